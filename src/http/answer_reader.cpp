#include "http/answer_reader.hpp"

#include "http/beast_assertions.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace bongsu::http {

namespace beast = boost::beast;

namespace {
constexpr std::uint32_t kHeadBytesMax = 16 << 10;
constexpr std::size_t kLineBytesMax = 16 << 10;  // Of a chunk's size with its extensions, and of all trailers.
constexpr int kInterimMax = 8;
}

struct AnswerReader::Parser {
    explicit Parser(std::size_t body_bytes_max) : body_max(body_bytes_max) { begin(); }

    void begin() {
        parser.emplace();
        parser->eager(true);
        parser->header_limit(kHeadBytesMax);
        parser->body_limit(body_max);
    }

    std::optional<beast::http::response_parser<beast::http::string_body>> parser;
    std::string pending;
    std::size_t body_max;
    int interim = 0;

    ClientAnswer take() {
        auto message = parser->release();
        ClientAnswer out;
        out.status = static_cast<int>(message.result_int());
        for (const auto& field : message) out.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
        out.body = std::move(message.body());
        return out;
    }
};

std::string_view ClientAnswer::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (beast::iequals({key.data(), key.size()}, {name.data(), name.size()})) return value;
    return {};
}

AnswerReader::AnswerReader(std::size_t body_bytes_max) : parser_(std::make_unique<Parser>(body_bytes_max)) {}
AnswerReader::~AnswerReader() = default;
AnswerReader::AnswerReader(AnswerReader&&) noexcept = default;
AnswerReader& AnswerReader::operator=(AnswerReader&&) noexcept = default;

Result<std::optional<ClientAnswer>> AnswerReader::feed(std::string_view bytes) {
    auto& pending = parser_->pending;
    pending += bytes;
    while (!pending.empty()) {
        auto& parser = *parser_->parser;
        boost::system::error_code code;
        const auto used = parser.put(boost::asio::buffer(pending), code);
        pending.erase(0, used);
        if (code == beast::http::error::body_limit || code == beast::http::error::header_limit)
            return fail(ErrorKind::exhausted, "the answer is too long");
        if (code && code != beast::http::error::need_more) return fail(ErrorKind::corrupt, "the answer is no HTTP: " + code.message());
        if (parser.is_done()) {
            const auto status = parser.get().result_int();
            if (status < 100 || status >= 200) return std::optional{parser_->take()};
            // "100 Continue" and its kin come before the answer itself.
            if (++parser_->interim > kInterimMax) return fail(ErrorKind::corrupt, "the answer does not begin");
            parser_->begin();
            continue;
        }
        if (code || used == 0) break;
    }
    if (pending.size() > kLineBytesMax) return fail(ErrorKind::exhausted, "a line of the answer is too long");
    return std::optional<ClientAnswer>{};
}

Result<ClientAnswer> AnswerReader::ended() {
    auto& parser = *parser_->parser;
    // Of a connection that closed without a byte the parser may not be told: it ends the process.
    if (!parser.got_some()) return fail(ErrorKind::corrupt, "the connection was closed without an answer");
    boost::system::error_code code;
    parser.put_eof(code);
    if (code || !parser.is_done()) return fail(ErrorKind::corrupt, "the answer broke off");
    return parser_->take();
}

}  // namespace bongsu::http
