#include "rtsp/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <limits>
#include <vector>

#include "crypto/crypto.hpp"

namespace bongsu::rtsp {
namespace {

constexpr auto kPemMax = static_cast<std::size_t>(std::numeric_limits<int>::max());
constexpr int kChainMax = 8;

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

/// What both sides share: OpenSSL over a non-blocking socket, read and written as the socket itself would be.
class SocketTls : public Tls {
  public:
    explicit SocketTls(Session session) : session_(std::move(session)) {}

    ssize_t receive(std::span<std::uint8_t> to) override {
        if (!secure()) return -1;
        std::size_t got = 0;
        ERR_clear_error();
        if (SSL_read_ex(session_.get(), to.data(), to.size(), &got) == 1) return static_cast<ssize_t>(got);
        return ended(0);
    }

    ssize_t transmit(std::span<const std::uint8_t> from) override {
        if (!secure()) return -1;
        if (const auto held = write_held(); held <= 0) return held;
        std::size_t taken = 0;
        while (taken < from.size()) {
            const auto record = from.subspan(taken, std::min(from.size() - taken, kRecordBytes));
            std::size_t sent = 0;
            ERR_clear_error();
            if (SSL_write_ex(session_.get(), record.data(), record.size(), &sent) == 1) {
                taken += sent;
                continue;
            }
            if (ended(0) == 0 || errno != EAGAIN) return taken > 0 ? static_cast<ssize_t>(taken) : -1;
            // OpenSSL has sealed this record and must be asked again with its bytes, whatever the caller has to say next.
            held_.assign(record.begin(), record.end());
            taken += record.size();
            break;
        }
        return static_cast<ssize_t>(taken);
    }

    bool secure() override {
        if (!why_.empty()) return errno = EPROTO, false;
        if (secured_) return true;
        ERR_clear_error();
        const int done = SSL_do_handshake(session_.get());
        if (done != 1) {
            if (ended(done) == 0) why_ = "tls: the peer closed the connection in the handshake", errno = EPROTO;
            return false;
        }
        why_ = objection();
        if (!why_.empty()) return errno = EPROTO, false;
        return secured_ = true;
    }
    bool is_secured() const override { return secured_; }
    bool wants_write() const override { return wants_write_; }
    bool holds() const override { return !held_.empty(); }
    const std::string& why() const override { return why_; }
    void close() override {
        if (secured_ && why_.empty() && held_.empty()) SSL_shutdown(session_.get());
        ERR_clear_error();
    }

  protected:
    /// Why the peer is not believed after all; empty when it is.
    virtual std::string objection() { return {}; }
    /// What a failed handshake or a broken connection is called; empty for the plain words.
    virtual std::string cause() const { return {}; }
    SSL* session() const { return session_.get(); }

  private:
    static constexpr std::size_t kRecordBytes = 16'384;  // RFC 8446 5.1.

    /// 1 when no sealed record waits; else as after a failed send(2).
    ssize_t write_held() {
        if (held_.empty()) return 1;
        std::size_t sent = 0;
        ERR_clear_error();
        if (SSL_write_ex(session_.get(), held_.data(), held_.size(), &sent) != 1) return ended(0) == 0 ? (errno = EPIPE, -1) : -1;
        std::vector<std::uint8_t>().swap(held_);
        return 1;
    }

    ssize_t ended(int done) {
        const int code = SSL_get_error(session_.get(), done);
        wants_write_ = code == SSL_ERROR_WANT_WRITE;
        if (code == SSL_ERROR_WANT_READ || wants_write_) return errno = EAGAIN, -1;
        if (code == SSL_ERROR_ZERO_RETURN) return 0;
        const auto reason = ERR_peek_last_error();
        why_ = cause();
        if (why_.empty() && reason != 0 && ERR_reason_error_string(reason) != nullptr)
            why_ = std::string("tls: ") + ERR_reason_error_string(reason);
        if (why_.empty()) why_ = secured_ ? "the peer closed the connection" : "tls: the peer hung up in the handshake";
        ERR_clear_error();
        return errno = EPROTO, -1;
    }

    Session session_;
    std::string why_;
    std::vector<std::uint8_t> held_;
    bool secured_ = false, wants_write_ = false;
};

class ClientTls final : public SocketTls {
  public:
    ClientTls(std::shared_ptr<const Trust> trust, Session session, std::string pinned)
        : SocketTls(std::move(session)), trust_(std::move(trust)), pinned_(std::move(pinned)) {}

  private:
    std::string objection() override {
        const bool other = !pinned_.empty() && digest_of_peer(session()) != pinned_;
        return other ? "tls: the camera's certificate is not the one that is agreed (sha256)" : "";
    }
    std::string cause() const override {
        const auto verdict = SSL_get_verify_result(session());
        if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
            return "tls: the camera's certificate stands for another address";
        if (!is_secured() && verdict != X509_V_OK && trust_->has_authorities && pinned_.empty())
            return std::string("tls: ") + X509_verify_cert_error_string(verdict);
        return {};
    }

    std::shared_ptr<const Trust> trust_;
    std::string pinned_;  // 32 bytes, or empty.
};

class Identity final : public TlsIdentity {
  public:
    explicit Identity(Context made) : context(std::move(made)) {}
    Context context;
};

/// The context holds the certificate: it lives as long as its sessions.
class ServerTls final : public SocketTls {
  public:
    ServerTls(std::shared_ptr<const Identity> identity, Session session)
        : SocketTls(std::move(session)), identity_(std::move(identity)) {}

  private:
    std::shared_ptr<const Identity> identity_;
};

Context make_context(const SSL_METHOD* method) {
    Context context(SSL_CTX_new(method));
    if (!context) return context;
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    return context;
}

std::unique_ptr<BIO, FreeBy<BIO_free>> bytes_of(const std::string& pem) {
    return std::unique_ptr<BIO, FreeBy<BIO_free>>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// A key with a pass phrase would have the program ask at a terminal.
int no_pass_phrase(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

/// The certificate and, behind it, those of the authorities up to the one that viewers know.
bool use_chain(SSL_CTX* context, const std::string& pem) {
    const auto bytes = bytes_of(pem);
    const Certificate own(bytes ? PEM_read_bio_X509(bytes.get(), nullptr, no_pass_phrase, nullptr) : nullptr);
    if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
    for (int i = 0; i < kChainMax; ++i) {
        Certificate next(PEM_read_bio_X509(bytes.get(), nullptr, no_pass_phrase, nullptr));
        if (!next) return true;
        if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return false;
        (void)next.release();  // The context's now.
    }
    return true;
}

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
    auto context = make_context(TLS_client_method());
    if (!context) return fail(ErrorKind::exhausted, "tls: no memory");
    if (!authorities.empty() && (authorities.size() > kPemMax || add_authorities(context.get(), authorities) == 0))
        return fail(ErrorKind::invalid, "the cameras' authorities: no certificate in PEM");
    return std::make_shared<const Trust>(std::move(context), !authorities.empty());
}

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::make(const std::string& certificate, const std::string& key) {
    auto context = make_context(TLS_server_method());
    if (!context) return fail(ErrorKind::exhausted, "tls: no memory");
    // AES-GCM costs us least; a viewer without AES in hardware puts ChaCha20 first, and gets it.
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    if (certificate.size() > kPemMax || !use_chain(context.get(), certificate)) {
        ERR_clear_error();
        return fail_field("certificate_file", "holds no certificate in PEM");
    }
    const auto bytes = key.size() > kPemMax ? nullptr : bytes_of(key);
    const std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>> secret(
        bytes ? PEM_read_bio_PrivateKey(bytes.get(), nullptr, no_pass_phrase, nullptr) : nullptr);
    const bool is_key = secret != nullptr, fits = is_key && SSL_CTX_use_PrivateKey(context.get(), secret.get()) == 1 &&
                                                  SSL_CTX_check_private_key(context.get()) == 1;
    ERR_clear_error();
    if (!is_key) return fail_field("key_file", "holds no private key in PEM without a pass phrase");
    if (!fits) return fail_field("key_file", "does not belong to certificate_file");
    return std::make_shared<const Identity>(std::move(context));
}

Result<std::unique_ptr<Tls>> Tls::server(const std::shared_ptr<const TlsIdentity>& identity, int fd) {
    const auto ours = std::dynamic_pointer_cast<const Identity>(identity);
    Session session(ours ? SSL_new(ours->context.get()) : nullptr);
    BIO* bio = session ? socket_bio(fd) : nullptr;
    if (bio == nullptr) return fail(ErrorKind::unavailable, "tls: the connection cannot be prepared");
    SSL_set_bio(session.get(), bio, bio);
    SSL_set_accept_state(session.get());
    return std::make_unique<ServerTls>(ours, std::move(session));
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
