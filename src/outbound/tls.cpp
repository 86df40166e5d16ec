#include "outbound/tls.hpp"

#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "crypto/crypto.hpp"

namespace bongsu::outbound {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Where a session keeps that the partner asked for a certificate which we do not have. Asio uses the session's app data.
int asked_slot() {
    static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return slot;
}

int note_that_asked(SSL* session, X509** /*certificate*/, EVP_PKEY** /*key*/) {
    if (auto* asked = static_cast<bool*>(SSL_get_ex_data(session, asked_slot())); asked != nullptr) *asked = true;
    return 0;  // None.
}

std::string digest_of_peer(SSL* session) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(session), &X509_free);
    unsigned char* der = nullptr;
    const int size = certificate ? i2d_X509(certificate.get(), &der) : -1;
    if (size < 0) return {};
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return crypto::sha256(bytes);
}

/// What every wire of a profile uses.
struct Agreed {
    Agreed() : context(ssl::context::tls_client) {}
    ssl::context context;
    std::string server_digest;  ///< 32 bytes, or empty.
};

class TlsWire final : public Wire, public std::enable_shared_from_this<TlsWire> {
  public:
    TlsWire(asio::io_context& loop, std::shared_ptr<Agreed> agreed, address::Target target)
        : agreed_(std::move(agreed)), target_(std::move(target)), stream_(loop, agreed_->context) {}

    void open(const tcp::endpoint& to, Done done) override {
        if (!set_up()) return asio::post(stream_.get_executor(), [self = shared_from_this(), done = std::move(done)] {
            if (!self->is_closed_) done("tls: the connection cannot be prepared");
        });
        stream_.next_layer().async_connect(to, [self = shared_from_this(), done = std::move(done)](error_code code) mutable {
            if (self->is_closed_) return;
            if (code) return done("not reached: " + code.message());
            self->is_connected_ = true;
            self->shake_hands(std::move(done));
        });
    }

    void write(std::string_view bytes, Done done) override {
        asio::async_write(stream_, asio::buffer(bytes), [self = shared_from_this(), done = std::move(done)](error_code code, std::size_t) {
            if (!self->is_closed_) done(code ? self->why("not sent: ", code) : std::string{});
        });
    }

    void read(std::function<void(Piece)> got) override {
        stream_.async_read_some(asio::buffer(piece_), [self = shared_from_this(), got = std::move(got)](error_code code, std::size_t n) {
            if (self->is_closed_) return;
            self->has_read_ = self->has_read_ || n > 0;
            // An end that the partner did not say (no close_notify) is a cut: what came before it is no whole answer.
            const bool is_end = code == asio::error::eof && !self->is_unknown_to_partner();
            got({.bytes = {self->piece_.data(), n},
                 .ended = is_end,
                 .why = code && !is_end ? self->why("the connection broke: ", code) : std::string{}});
        });
    }

    void close() override {
        is_closed_ = true;
        error_code ignored;
        stream_.next_layer().close(ignored);
    }

    std::string_view missing() const override {
        if (is_known_) return "no answer";
        return is_connected_ ? "tls: no end of the handshake" : "not reached";
    }

  private:
    bool set_up() {
        auto* session = stream_.native_handle();
        auto* verifying = SSL_get0_param(session);
        X509_VERIFY_PARAM_set_hostflags(verifying, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (SSL_set_ex_data(session, asked_slot(), &was_asked_) != 1) return false;
        if (target_.literal) return X509_VERIFY_PARAM_set1_ip_asc(verifying, target_.host.c_str()) == 1;
        return X509_VERIFY_PARAM_set1_host(verifying, target_.host.c_str(), target_.host.size()) == 1 &&
               SSL_set_tlsext_host_name(session, target_.host.c_str()) == 1;
    }

    void shake_hands(Done done) {
        stream_.async_handshake(ssl::stream_base::client, [self = shared_from_this(), done = std::move(done)](error_code code) {
            if (self->is_closed_) return;
            if (code) return done(self->why_no_handshake(code));
            const auto& wanted = self->agreed_->server_digest;
            if (!wanted.empty() && digest_of_peer(self->stream_.native_handle()) != wanted)
                return done("tls: the certificate is not the agreed one");
            self->is_known_ = true;
            done({});
        });
    }

    std::string why_no_handshake(error_code code) {
        const auto verdict = SSL_get_verify_result(stream_.native_handle());
        if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
            return "tls: the certificate does not stand for " + target_.host;
        if (verdict != X509_V_OK) return std::string("tls: ") + X509_verify_cert_error_string(verdict);
        return why("tls: ", code);
    }

    /// With TLS 1.3 a server that wanted a certificate says so after our handshake is over, or just closes.
    bool is_unknown_to_partner() const { return was_asked_ && !has_read_; }

    std::string why(std::string_view plain, error_code code) {
        if (is_unknown_to_partner()) return "tls: the partner asks for a certificate of ours, and send.certificate_file names none: " + code.message();
        const bool is_tls = code.category() == asio::error::get_ssl_category() || code.category() == ssl::error::get_stream_category();
        return (is_tls ? "tls: " : std::string(plain)) + code.message();
    }

    std::shared_ptr<Agreed> agreed_;
    address::Target target_;
    ssl::stream<tcp::socket> stream_;
    std::array<char, 4096> piece_;
    bool is_connected_ = false, is_known_ = false, is_closed_ = false, has_read_ = false, was_asked_ = false;
};

class Client final : public TlsClient {
  public:
    explicit Client(std::shared_ptr<Agreed> agreed) : agreed_(std::move(agreed)) {}
    std::shared_ptr<Wire> wire(asio::io_context& loop, const address::Target& target) const override {
        return std::make_shared<TlsWire>(loop, agreed_, target);
    }

  private:
    std::shared_ptr<Agreed> agreed_;
};

tl::unexpected<Error> unreadable(std::string_view field, const error_code& code) {
    return fail(ErrorKind::invalid, std::string(field) + " cannot be used: " + code.message());
}

Result<void> trust(ssl::context& context, const event::Profile::Send& send) {
    error_code code;
    if (send.ca_file.empty()) {
        context.set_default_verify_paths(code);
        if (code) return unreadable("send.ca_file: the machine's own authorities", code);
    } else {
        context.add_certificate_authority(asio::buffer(send.ca), code);
        if (code || send.ca.empty()) return unreadable("send.ca_file", code);
    }
    context.set_verify_mode(ssl::verify_peer, code);
    return code ? Result<void>(unreadable("send.ca_file", code)) : Result<void>{};
}

Result<void> identify(ssl::context& context, const event::Profile::Send& send) {
    auto* native = context.native_handle();
    if (send.certificate_file.empty()) {
        SSL_CTX_set_client_cert_cb(native, &note_that_asked);
        return {};
    }
    error_code code;
    context.use_certificate_chain(asio::buffer(send.certificate), code);
    if (code) return unreadable("send.certificate_file", code);
    // A key with a pass phrase would have the program ask at a terminal.
    context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string{}; }, code);
    if (!code) context.use_private_key(asio::buffer(send.key), ssl::context::pem, code);
    if (code) return unreadable("send.key_file", code);
    if (SSL_CTX_check_private_key(native) != 1)
        return fail(ErrorKind::invalid, "send.key_file does not belong to send.certificate_file");
    return {};
}

}  // namespace

Result<std::shared_ptr<const TlsClient>> TlsClient::make(const event::Profile::Send& send) {
    auto agreed = std::make_shared<Agreed>();
    auto* native = agreed->context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    TRY_DO(trust(agreed->context, send));
    TRY_DO(identify(agreed->context, send));
    TRY(agreed->server_digest, crypto::from_hex(send.server_sha256, "send.server_sha256"));
    return std::shared_ptr<const TlsClient>(std::make_shared<Client>(std::move(agreed)));
}

}  // namespace bongsu::outbound
