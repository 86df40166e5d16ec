#include "rtsp/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <limits>

#include "crypto/crypto.hpp"

namespace bongsu::rtsp {
namespace {

template <auto Free>
struct FreeBy {
    template <class T>
    void operator()(T* one) const {
        Free(one);
    }
};
using Context = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, FreeBy<SSL_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;

class Trust final : public TlsTrust {
  public:
    Trust(Context made, bool any) : context(std::move(made)), has_authorities(any) {}
    Context context;
    bool has_authorities;
};

/// Every certificate of the text. Answers how many.
int add_authorities(SSL_CTX* context, const std::string& pem) {
    const std::unique_ptr<BIO, FreeBy<BIO_free>> bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    int added = 0;
    while (bytes) {
        const Certificate one(PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr));
        if (!one || X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get()) != 1) break;
        ++added;
    }
    ERR_clear_error();
    return added;
}

std::string digest_of_peer(SSL* session) {
    const Certificate certificate(SSL_get1_peer_certificate(session));
    unsigned char* der = nullptr;
    const int size = certificate ? i2d_X509(certificate.get(), &der) : -1;
    if (size < 0) return {};
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return crypto::sha256(bytes);
}

// OpenSSL's own socket BIO writes with write(2), and a peer that is gone would end the process by SIGPIPE.
int fd_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int bio_outcome(BIO* bio, int flag, ssize_t done) {
    BIO_clear_retry_flags(bio);
    if (done < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_flags(bio, flag | BIO_FLAGS_SHOULD_RETRY);
    return static_cast<int>(done);
}
int bio_read(BIO* bio, char* to, int size) {
    return bio_outcome(bio, BIO_FLAGS_READ, ::recv(fd_of(bio), to, static_cast<std::size_t>(size), MSG_DONTWAIT));
}
int bio_write(BIO* bio, const char* from, int size) {
    return bio_outcome(bio, BIO_FLAGS_WRITE, ::send(fd_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT));
}
long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO* socket_bio(int fd) {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rtsp socket");
        if (made == nullptr || BIO_meth_set_read(made, bio_read) != 1 || BIO_meth_set_write(made, bio_write) != 1 ||
            BIO_meth_set_ctrl(made, bio_control) != 1)
            return static_cast<BIO_METHOD*>(nullptr);
        return made;
    }();
    BIO* bio = method == nullptr ? nullptr : BIO_new(method);
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    BIO_set_init(bio, 1);
    return bio;
}

class ClientTls final : public Tls {
  public:
    ClientTls(std::shared_ptr<const Trust> trust, Session session, std::string pinned)
        : trust_(std::move(trust)), session_(std::move(session)), pinned_(std::move(pinned)) {}

    ssize_t receive(std::span<std::uint8_t> to) override {
        if (!shake_hands()) return -1;
        std::size_t got = 0;
        ERR_clear_error();
        if (SSL_read_ex(session_.get(), to.data(), to.size(), &got) == 1) return static_cast<ssize_t>(got);
        return ended(0);
    }

    ssize_t transmit(std::span<const std::uint8_t> from) override {
        if (!shake_hands()) return -1;
        std::size_t sent = 0;
        ERR_clear_error();
        if (from.empty() || SSL_write_ex(session_.get(), from.data(), from.size(), &sent) == 1)
            return static_cast<ssize_t>(sent);
        return ended(0);
    }

    bool is_secured() const override { return secured_; }
    bool wants_write() const override { return wants_write_; }
    const std::string& why() const override { return why_; }
    void close() override {
        if (secured_ && why_.empty()) SSL_shutdown(session_.get());
        ERR_clear_error();
    }

  private:
    /// False with errno set, as after a failed recv(2).
    bool shake_hands() {
        if (!why_.empty()) return errno = EPROTO, false;
        if (secured_) return true;
        ERR_clear_error();
        const int done = SSL_do_handshake(session_.get());
        if (done != 1) return ended(done), false;
        if (!pinned_.empty() && digest_of_peer(session_.get()) != pinned_) {
            why_ = "tls: the camera's certificate is not the one that is agreed (sha256)";
            return errno = EPROTO, false;
        }
        return secured_ = true;
    }

    ssize_t ended(int done) {
        const int code = SSL_get_error(session_.get(), done);
        wants_write_ = code == SSL_ERROR_WANT_WRITE;
        if (code == SSL_ERROR_WANT_READ || wants_write_) return errno = EAGAIN, -1;
        if (code == SSL_ERROR_ZERO_RETURN) return 0;
        const auto verdict = SSL_get_verify_result(session_.get());
        const auto reason = ERR_peek_last_error();
        if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
            why_ = "tls: the camera's certificate stands for another address";
        } else if (!secured_ && verdict != X509_V_OK && trust_->has_authorities && pinned_.empty()) {
            why_ = std::string("tls: ") + X509_verify_cert_error_string(verdict);
        } else if (reason != 0 && ERR_reason_error_string(reason) != nullptr) {
            why_ = std::string("tls: ") + ERR_reason_error_string(reason);
        } else {
            why_ = secured_ ? "the peer closed the connection" : "tls: the camera hung up in the handshake";
        }
        ERR_clear_error();
        return errno = EPROTO, -1;
    }

    std::shared_ptr<const Trust> trust_;
    Session session_;
    std::string pinned_;  // 32 bytes, or empty.
    std::string why_;
    bool secured_ = false, wants_write_ = false;
};

bool expect_host(SSL* session, const std::string& host) {
    boost::system::error_code code;
    boost::asio::ip::make_address(host, code);
    auto* verifying = SSL_get0_param(session);
    if (!code) return X509_VERIFY_PARAM_set1_ip_asc(verifying, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(verifying, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(verifying, host.c_str(), host.size()) == 1;
}

}  // namespace

Result<std::shared_ptr<const TlsTrust>> TlsTrust::make(const std::string& authorities) {
    Context context(SSL_CTX_new(TLS_client_method()));
    if (!context) return fail(ErrorKind::exhausted, "tls: no memory");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    constexpr auto kPemMax = static_cast<std::size_t>(std::numeric_limits<int>::max());
    if (!authorities.empty() && (authorities.size() > kPemMax || add_authorities(context.get(), authorities) == 0))
        return fail(ErrorKind::invalid, "the cameras' authorities: no certificate in PEM");
    return std::make_shared<const Trust>(std::move(context), !authorities.empty());
}

Result<std::unique_ptr<Tls>> Tls::client(const std::shared_ptr<const TlsTrust>& trust, const TlsProof& proof,
                                         const std::string& host, int fd) {
    const auto ours = std::dynamic_pointer_cast<const Trust>(trust);
    std::string pinned;
    if (!proof.sha256.empty()) {
        TRY(pinned, crypto::from_hex(proof.sha256, "tls_sha256"));
        if (pinned.size() != 32) return fail_field("tls_sha256", "must be 64 hexadecimal digits");
    }
    const bool by_authorities = pinned.empty() && ours && ours->has_authorities;
    if (!ours || (pinned.empty() && !by_authorities && !proof.insecure)) {
        return fail(ErrorKind::invalid,
                    "tls: nothing says which certificate of the camera to believe (authorities, its sha256, or tls_insecure)");
    }
    Session session(SSL_new(ours->context.get()));
    BIO* bio = session ? socket_bio(fd) : nullptr;
    if (bio != nullptr) SSL_set_bio(session.get(), bio, bio);
    bool ready = bio != nullptr;
    if (ready && by_authorities) {
        SSL_set_verify(session.get(), SSL_VERIFY_PEER, nullptr);
        ready = expect_host(session.get(), host);
    }
    boost::system::error_code no_literal;
    boost::asio::ip::make_address(host, no_literal);
    if (ready && no_literal) ready = SSL_set_tlsext_host_name(session.get(), host.c_str()) == 1;
    if (!ready) return fail(ErrorKind::unavailable, "tls: the connection cannot be prepared");
    SSL_set_connect_state(session.get());
    return std::make_unique<ClientTls>(ours, std::move(session), std::move(pinned));
}

}  // namespace bongsu::rtsp
