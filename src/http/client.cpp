#include "http/client.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace bongsu::http {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

bool is_plain(std::string_view text, char lowest) {
    return std::all_of(text.begin(), text.end(), [&](char c) { return c >= lowest && c != 0x7F; });
}

std::string sha256_of_peer(SSL* session) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(session), &X509_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) return {};
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += "0123456789abcdef"[byte >> 4U];
        out += "0123456789abcdef"[byte & 15U];
    }
    return out;
}

Error not_reached(const error_code& code) {
    const bool has_no_route = code == asio::error::host_unreachable || code == asio::error::network_unreachable;
    return {.kind = ErrorKind::unavailable,
            .message = "not reached: " + code.message(),
            .where = Where::here(),
            .code = code == asio::error::connection_refused ? "refused"
                    : code == asio::error::timed_out        ? "timed_out"
                    : has_no_route                          ? "no_route"
                                                            : ""};
}

tl::unexpected<Error> tls_failed(ErrorKind kind, const std::string& words) {
    return tl::unexpected(Error{.kind = kind, .message = "tls: " + words, .where = Where::here(), .code = "tls"});
}

class Exchange final : public ClientExchange, public std::enable_shared_from_this<Exchange> {
  public:
    Exchange(asio::io_context& loop, ClientRequest request, Done done)
        : request_(std::move(request)), done_(std::move(done)), reader_(request_.body_bytes_max), socket_(loop), timer_(loop) {}

    void begin() {
        auto text = to_text(request_);
        if (!text) {
            return asio::post(socket_.get_executor(), [self = shared_from_this(), error = std::move(text).error()]() mutable {
                self->finish(tl::unexpected(std::move(error)));
            });
        }
        text_ = *std::move(text);
        timer_.expires_after(request_.time_max);
        timer_.async_wait([self = shared_from_this()](error_code code) {
            if (code) return;
            if (self->is_connected_) return self->finish(fail(ErrorKind::timeout, "no whole answer in time"));
            self->finish(tl::unexpected(Error{.kind = ErrorKind::timeout, .message = "not reached in time", .where = Where::here(), .code = "timed_out"}));
        });
        socket_.async_connect(request_.to, [self = shared_from_this()](error_code code) {
            if (!self->done_) return;
            if (code) return self->finish(tl::unexpected(not_reached(code)));
            self->is_connected_ = true;
            self->request_.is_tls ? self->shake_hands() : self->send(self->socket_);
        });
    }

    void cancel() override {
        done_ = nullptr;
        end();
    }

  private:
    void end() {
        timer_.cancel();
        error_code ignored;
        socket_.close(ignored);
    }

    void finish(Result<ClientAnswer> result) {
        if (!done_) return;
        const auto done = std::exchange(done_, nullptr);
        end();
        done(std::move(result));
    }

    void shake_hands() {
        context_.emplace(ssl::context::tls_client);
        SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
        SSL_CTX_set_options(context_->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
        error_code ignored;
        context_->set_default_verify_paths(ignored);  // Without them nothing is trusted but a pinned certificate.
        stream_.emplace(socket_, *context_);
        auto* session = stream_->native_handle();
        auto* verifying = SSL_get0_param(session);
        error_code no_address;
        asio::ip::make_address(request_.host, no_address);
        X509_VERIFY_PARAM_set_hostflags(verifying, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (no_address) {
            X509_VERIFY_PARAM_set1_host(verifying, request_.host.c_str(), request_.host.size());
            SSL_set_tlsext_host_name(session, request_.host.c_str());
        } else {
            X509_VERIFY_PARAM_set1_ip_asc(verifying, request_.host.c_str());
        }
        // Judged below, where the certificate can be named. Nothing of the request is sent before.
        SSL_set_verify(session, SSL_VERIFY_NONE, nullptr);
        stream_->async_handshake(ssl::stream_base::client, [self = shared_from_this()](error_code code) {
            if (!self->done_) return;
            if (code) return self->finish(tls_failed(ErrorKind::unavailable, code.message()));
            self->judge();
        });
    }

    void judge() {
        auto* session = stream_->native_handle();
        const auto shown = sha256_of_peer(session);
        const auto verdict = SSL_get_verify_result(session);
        const bool is_pinned = !request_.tls_sha256.empty();
        if (shown.empty() || (is_pinned && shown != request_.tls_sha256))
            return finish(tls_failed(ErrorKind::forbidden, "the certificate is not the one that was agreed; its SHA-256 is " + hex(shown)));
        if (!is_pinned && verdict != X509_V_OK)
            return finish(tls_failed(ErrorKind::forbidden, std::string() + X509_verify_cert_error_string(verdict) + "; the certificate's SHA-256 is " + hex(shown)));
        send(*stream_);
    }

    template <class Stream>
    void send(Stream& stream) {
        asio::async_write(stream, asio::buffer(text_), [self = shared_from_this(), &stream](error_code code, std::size_t) {
            // A peer may answer and close before it has read all: then its answer says more than our error.
            if (!self->done_) return;
            static_cast<void>(code);
            self->receive(stream);
        });
    }

    template <class Stream>
    void receive(Stream& stream) {
        stream.async_read_some(asio::buffer(piece_), [self = shared_from_this(), &stream](error_code code, std::size_t size) {
            if (!self->done_) return;
            if (size > 0) {
                auto got = self->reader_.feed({self->piece_.data(), size});
                if (!got) return self->finish(tl::unexpected(std::move(got).error()));
                if (*got) return self->finish(**std::move(got));
            }
            if (!code) return self->receive(stream);
            // Cameras close TLS without saying so; how long the answer is, its head or its XML says.
            if (code == asio::error::eof || code == ssl::error::stream_truncated) return self->finish(self->reader_.ended());
            self->finish(fail(ErrorKind::unavailable, "the connection broke: " + code.message()));
        });
    }

    ClientRequest request_;
    Done done_;
    std::string text_;
    AnswerReader reader_;
    tcp::socket socket_;
    asio::steady_timer timer_;
    std::optional<ssl::context> context_;
    std::optional<ssl::stream<tcp::socket&>> stream_;
    std::array<char, 8192> piece_{};
    bool is_connected_ = false;
};

}  // namespace

std::shared_ptr<ClientExchange> ClientExchange::start(asio::io_context& loop, ClientRequest request, Done done) {
    auto out = std::make_shared<Exchange>(loop, std::move(request), std::move(done));
    out->begin();
    return out;
}

Result<std::string> to_text(const ClientRequest& request) {
    bool is_right = is_plain(request.method, '!') && is_plain(request.host, '!') && is_plain(request.target, '!') && request.target.starts_with('/');
    for (const auto& [name, value] : request.headers) is_right = is_right && is_plain(name, '!') && (value.empty() || is_plain(value, ' '));
    if (!is_right) return fail(ErrorKind::invalid, "the request holds a character that HTTP does not take");
    const auto host = request.host.find(':') == std::string::npos ? request.host : "[" + request.host + "]";
    const std::uint16_t usual = request.is_tls ? 443 : 80;
    auto out = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host;
    if (request.to.port() != usual) out += ":" + std::to_string(request.to.port());
    out += "\r\nConnection: close\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
    for (const auto& [name, value] : request.headers) out.append(name).append(": ").append(value).append("\r\n");
    return out + "\r\n" + request.body;
}

}  // namespace bongsu::http
