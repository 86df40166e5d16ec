#include "outbound/http_answer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace bongsu::outbound {

namespace http = boost::beast::http;

struct HttpAnswer::Parser {
    http::response_parser<http::string_body> parser;
    std::string pending;
};

HttpAnswer::HttpAnswer() : parser_(std::make_unique<Parser>()) {
    parser_->parser.eager(true);
    parser_->parser.header_limit(kAnswerHeadBytesMax);
    parser_->parser.body_limit(kAnswerBodyBytesMax);
}
HttpAnswer::~HttpAnswer() = default;
HttpAnswer::HttpAnswer(HttpAnswer&&) noexcept = default;
HttpAnswer& HttpAnswer::operator=(HttpAnswer&&) noexcept = default;

Result<std::optional<HttpAnswer::Answer>> HttpAnswer::feed(std::string_view bytes) {
    auto& parser = parser_->parser;
    auto& pending = parser_->pending;
    pending += bytes;
    while (!pending.empty() && !parser.is_done()) {
        boost::system::error_code code;
        const auto used = parser.put(boost::asio::buffer(pending), code);
        pending.erase(0, used);
        if (code == http::error::need_more) break;
        if (code) return fail(ErrorKind::corrupt, "the answer is no HTTP: " + code.message());
        if (used == 0) break;
    }
    if (!parser.is_done()) return std::optional<Answer>{};
    return std::optional{Answer{static_cast<int>(parser.get().result_int()), parser.get().body()}};
}

Result<std::optional<HttpAnswer::Answer>> HttpAnswer::ended() {
    // Of a connection that closed without a byte the parser may not be told: it ends the process.
    if (!parser_->parser.got_some()) return fail(ErrorKind::corrupt, "the partner closed without an answer");
    boost::system::error_code code;
    parser_->parser.put_eof(code);
    if (code || !parser_->parser.is_done()) return fail(ErrorKind::corrupt, "the answer broke off");
    return std::optional{Answer{static_cast<int>(parser_->parser.get().result_int()), parser_->parser.get().body()}};
}

std::string to_text(const HttpPost& post) {
    const auto name = post.host.find(':') == std::string::npos ? post.host : "[" + post.host + "]";
    auto out = "POST " + post.path + " HTTP/1.1\r\nHost: " + name + ":" + std::to_string(post.port) +
               "\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\nContent-Length: " +
               std::to_string(post.body.size()) + "\r\n";
    if (post.is_encrypted) out += "X-Scsns-encAt: Y\r\n";
    // Made of hex digits by its maker; what holds a line's end cannot be a header.
    if (!post.session_key.empty() && post.session_key.find_first_of("\r\n") == std::string::npos)
        out += "X-Scsns-Secret: " + post.session_key + "\r\nX-Scsns-type: sync\r\n";
    return out + "\r\n" + post.body;
}

}  // namespace bongsu::outbound
