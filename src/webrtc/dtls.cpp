#include "webrtc/dtls.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

namespace bongsu::webrtc {
namespace {

constexpr long kMtu = 1200;  // Fits an IPv6 minimum path with room for headers.

// ---- A BIO whose write is one datagram out and whose read is the one datagram in (OpenSSL 3.0 has no such
// pair).

int bio_write(BIO* bio, const char* bytes, int size) {
    auto* datagrams = static_cast<DtlsSession::Datagrams*>(BIO_get_data(bio));
    if (size <= 0) return 0;
    datagrams->send({reinterpret_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(size)});
    return size;  // A lost datagram is retransmitted by the handshake's timer.
}

int bio_read(BIO* bio, char* out, int room) {
    auto* datagrams = static_cast<DtlsSession::Datagrams*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (datagrams->in.empty() || room <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const std::size_t size = std::min(datagrams->in.size(), static_cast<std::size_t>(room));
    std::copy_n(datagrams->in.data(), size, reinterpret_cast<std::uint8_t*>(out));
    datagrams->in = {};
    return static_cast<int>(size);
}

long bio_ctrl(BIO*, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_DGRAM_QUERY_MTU || command == BIO_CTRL_DGRAM_GET_FALLBACK_MTU) return kMtu;
    return 0;
}

int bio_create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD* bio_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_ctrl(made, bio_ctrl);
        BIO_meth_set_create(made, bio_create);
        return made;
    }();
    return method;
}

struct X509Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, X509Free>;
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    return {reinterpret_cast<const char*>(digest.data()), size};
}

Certificate make_certificate(EVP_PKEY* key) {
    Certificate certificate(X509_new());
    std::uint32_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial | 1U);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400L * 365);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("bongsu"), -1,
                               -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_set_pubkey(certificate.get(), key);
    if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) return nullptr;
    return certificate;
}

}  // namespace

void DtlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void DtlsSession::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

Result<std::shared_ptr<const DtlsContext>> DtlsContext::make() {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = key ? make_certificate(key.get()) : nullptr;
    std::shared_ptr<DtlsContext> out(new DtlsContext);
    out->context_.reset(SSL_CTX_new(DTLS_server_method()));
    SSL_CTX* c = out->context_.get();
    if (!certificate || c == nullptr)
        return fail(ErrorKind::unavailable, "OpenSSL makes no DTLS certificate");
    SSL_CTX_set_min_proto_version(c, DTLS1_2_VERSION);
    SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(c, 1);
    // Any certificate passes here: the fingerprint from the offer decides in finish() (RFC 8827 6.5).
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       [](int, X509_STORE_CTX*) { return 1; });
    const bool done =
        SSL_CTX_use_certificate(c, certificate.get()) == 1 && SSL_CTX_use_PrivateKey(c, key.get()) == 1 &&
        SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES") == 1 &&
        // Returns 0 on success. The server's order decides: GCM costs a quarter of CM with SHA-1.
        SSL_CTX_set_tlsext_use_srtp(c, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80") == 0;
    if (!done) return fail(ErrorKind::unavailable, "OpenSSL refuses the DTLS settings");
    out->fingerprint_ = fingerprint_of(certificate.get());
    return std::shared_ptr<const DtlsContext>(std::move(out));
}

Result<std::unique_ptr<DtlsSession>> DtlsSession::create(std::shared_ptr<const DtlsContext> context,
                                                         std::string peer_fingerprint, Send send) {
    std::unique_ptr<DtlsSession> out(new DtlsSession);
    out->context_ = std::move(context);
    out->peer_fingerprint_ = std::move(peer_fingerprint);
    out->datagrams_.send = std::move(send);
    out->ssl_.reset(SSL_new(out->context_->get()));
    BIO* bio = BIO_new(bio_method());
    if (!out->ssl_ || bio == nullptr) return fail(ErrorKind::unavailable, "OpenSSL makes no DTLS session");
    BIO_set_data(bio, &out->datagrams_);
    SSL_set_bio(out->ssl_.get(), bio, bio);
    SSL_set_mtu(out->ssl_.get(), kMtu);
    SSL_set_accept_state(out->ssl_.get());
    return out;
}

DtlsSession::~DtlsSession() = default;

DtlsSession::State DtlsSession::on_datagram(std::span<const std::uint8_t> datagram) {
    if (state_ == State::closed || state_ == State::failed) return state_;
    ERR_clear_error();
    datagrams_.in = datagram;
    if (state_ == State::handshaking) {
        const int rc = SSL_do_handshake(ssl_.get());
        if (rc == 1) {
            finish();
        } else if (const int why = SSL_get_error(ssl_.get(), rc);
                   why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            const char* reason = ERR_reason_error_string(ERR_peek_last_error());
            give_up(reason != nullptr ? reason : "handshake ended");
        }
    } else {
        std::array<std::uint8_t, 1500> unused;  // No data channel: application data is read and dropped.
        SSL_read(ssl_.get(), unused.data(), static_cast<int>(unused.size()));
        if ((SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0) state_ = State::closed;
    }
    datagrams_.in = {};
    ERR_clear_error();
    return state_;
}

DtlsSession::State DtlsSession::on_timer() {
    if (state_ != State::handshaking) return state_;
    ERR_clear_error();
    if (DTLSv1_handle_timeout(ssl_.get()) < 0) give_up("handshake timed out");
    ERR_clear_error();
    return state_;
}

void DtlsSession::close() {
    if (state_ == State::ready) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
    if (state_ != State::failed) state_ = State::closed;
}

void DtlsSession::finish() {
    const Certificate peer(SSL_get1_peer_certificate(ssl_.get()));
    if (!peer || fingerprint_of(peer.get()) != peer_fingerprint_) {
        return give_up("certificate is not the offer's fingerprint");
    }
    const SRTP_PROTECTION_PROFILE* profile = SSL_get_selected_srtp_profile(ssl_.get());
    if (profile == nullptr) return give_up("no SRTP profile in common");
    SrtpKeys keys;
    keys.profile = static_cast<SrtpProfile>(profile->id);
    const std::size_t salt = keys.profile == SrtpProfile::aead_aes_128_gcm ? 12 : 14;
    // RFC 5764 4.2: client key, server key, client salt, server salt; we are the server.
    std::array<std::uint8_t, 2 * (16 + 14)> material{};
    if (SSL_export_keying_material(ssl_.get(), material.data(), 2 * (16 + salt), "EXTRACTOR-dtls_srtp", 19,
                                   nullptr, 0, 0) != 1) {
        return give_up("no SRTP keys");
    }
    std::copy_n(material.begin(), 16, keys.theirs.key.begin());
    std::copy_n(material.begin() + 16, 16, keys.ours.key.begin());
    std::copy_n(material.data() + 32, salt, keys.theirs.salt.begin());
    std::copy_n(material.data() + 32 + salt, salt, keys.ours.salt.begin());
    OPENSSL_cleanse(material.data(), material.size());
    keys_ = keys;
    state_ = State::ready;
}

void DtlsSession::give_up(std::string cause) {
    state_ = State::failed;
    cause_ = std::move(cause);
}

}  // namespace bongsu::webrtc
