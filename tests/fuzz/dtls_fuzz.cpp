// A viewer's DTLS: bytes of its own, or a real client's whose datagrams are changed, lost, repeated and cut on their way. Properties: an
// end is an end; no datagram beyond the MTU; keys only for the certificate of the offer, and then the client's; silence costs nothing.

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "camera_fuzz.hpp"
#include "webrtc/dtls.hpp"

using namespace bongsu;          // tidy-ok: a program of one function
using namespace bongsu::webrtc;  // tidy-ok: a program of one function

namespace {

using Datagram = std::vector<std::uint8_t>;
using State = DtlsSession::State;

/// One certificate for all runs.
struct Identity {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    std::string fingerprint;
    Identity() {
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -1000);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 100'000);
        X509_set_pubkey(certificate, key);
        X509_sign(certificate, key, EVP_sha256());
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        X509_digest(certificate, EVP_sha256(), digest.data(), &size);
        fingerprint.assign(reinterpret_cast<const char*>(digest.data()), size);
    }
};

/// OpenSSL's own client over memory; each of its writes is a datagram.
class Client {
  public:
    explicit Client(const Identity& identity) : context_(SSL_CTX_new(DTLS_client_method())) {
        SSL_CTX_use_certificate(context_, identity.certificate);
        SSL_CTX_use_PrivateKey(context_, identity.key);
        SSL_CTX_set_tlsext_use_srtp(context_, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80");
        SSL_CTX_set_options(context_, SSL_OP_NO_QUERY_MTU);
        ssl_ = SSL_new(context_);
        SSL_set_mtu(ssl_, 1200);
        SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        BIO_set_mem_eof_return(SSL_get_rbio(ssl_), -1);
        SSL_set_connect_state(ssl_);
    }
    ~Client() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// What it has to say, cut into records: a record a datagram.
    void say(std::deque<Datagram>& out) {
        if (!done()) SSL_do_handshake(ssl_);
        ERR_clear_error();
        std::array<std::uint8_t, 16'384> bytes{};
        const int got = BIO_read(SSL_get_wbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
        for (int at = 0; at + 13 <= got;) {
            const int size = 13 + (bytes[static_cast<std::size_t>(at) + 11] << 8 | bytes[static_cast<std::size_t>(at) + 12]);
            const auto* from = bytes.data() + at;
            out.emplace_back(from, from + std::min(size, got - at));
            at += size;
        }
    }
    void hear(const Datagram& datagram) { BIO_write(SSL_get_rbio(ssl_), datagram.data(), static_cast<int>(datagram.size())); }
    bool done() const { return SSL_is_init_finished(ssl_) == 1; }
    std::string keys(std::size_t size) const {
        std::string out(size, '\0');
        fuzz::require(SSL_export_keying_material(ssl_, reinterpret_cast<unsigned char*>(out.data()), size, "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0) == 1);
        return out;
    }

  private:
    SSL_CTX* context_;
    SSL* ssl_ = nullptr;
};

void change(Datagram& datagram, std::uint8_t how, fuzz::Script& script) {
    if (datagram.empty()) return;
    const std::size_t at = (std::size_t{script.byte()} << 8 | script.byte()) % datagram.size();
    if (how % 4 == 0) datagram[at] ^= script.byte();
    if (how % 4 == 1) datagram.resize(at);
    if (how % 4 == 2) {
        const auto more = script.bytes(64);
        datagram.insert(datagram.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
    }
    if (how % 4 == 3 && at + 1 < datagram.size()) datagram[at] = datagram[at + 1] = 0xFF;
}

class Server {
  public:
    Server(const std::shared_ptr<const DtlsContext>& context, const std::string& fingerprint) {
        auto made = DtlsSession::create(context, fingerprint, [this](std::span<const std::uint8_t> datagram) {
            fuzz::require(!datagram.empty() && datagram.size() <= 1200 && said.size() < 1000);
            said.emplace_back(datagram.begin(), datagram.end());
        });
        fuzz::require(made.has_value());
        session = *std::move(made);
    }
    void hear(std::span<const std::uint8_t> datagram) { note(session->on_datagram(datagram)); }
    void note(State now) {
        fuzz::require(last != State::failed || now == State::failed);
        fuzz::require(last != State::closed || now == State::closed);
        fuzz::require(last != State::ready || now != State::handshaking);
        last = now;
    }
    std::unique_ptr<DtlsSession> session;
    std::deque<Datagram> said;
    State last = State::handshaking;
};

void talk(fuzz::Script& script, Server& server, Client& client) {
    std::deque<Datagram> asked;
    for (int round = 0; round < 24 && (script.more() || round < 6); ++round) {
        client.say(asked);
        while (!asked.empty()) {
            auto datagram = std::move(asked.front());
            asked.pop_front();
            const std::uint8_t what = script.byte();
            if (what % 8 == 7) continue;  // Lost.
            if (what % 8 == 6) asked.push_back(datagram);
            if (what % 8 == 5) change(datagram, what / 8, script);
            if (!datagram.empty()) server.hear(datagram);
            if (asked.size() > 64) break;
        }
        server.note(server.session->on_timer());
        for (; !server.said.empty(); server.said.pop_front()) client.hear(server.said.front());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto context = *DtlsContext::make();
    static const Identity identity;
    fuzz::Script script(data, size);
    const std::uint8_t mode = script.byte();
    if (mode % 4 != 0) {  // Bytes of its own.
        Server server(context, identity.fingerprint);
        while (script.more()) {
            const auto datagram = script.bytes(std::size_t{script.byte()} * 6 + 1);
            server.hear(datagram);
            if (mode % 4 == 2) server.note(server.session->on_timer());
            fuzz::require(server.last != State::ready);
        }
        return 0;
    }
    const bool is_right = (mode & 4U) == 0;
    Server server(context, is_right ? identity.fingerprint : std::string(32, 'x'));
    Client client(identity);
    talk(script, server, client);
    fuzz::require(is_right || server.last != State::ready);
    if (size == 1 && is_right) fuzz::require(server.last == State::ready && client.done());  // Nobody disturbed it.
    if (server.last == State::ready && client.done()) {
        fuzz::require(server.session->keys().has_value());
        const auto theirs = client.keys(32);
        fuzz::require(std::equal(theirs.begin(), theirs.begin() + 16, server.session->keys()->theirs.key.begin(),
                                 [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
    }
    return 0;
}
