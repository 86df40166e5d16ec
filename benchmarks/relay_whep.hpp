#pragma once
// A WebRTC viewer without its socket: the offer, STUN, DTLS and SRTP keys of one WHEP session. DTLS is OpenSSL's; datagrams leave
// through `send`.

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <functional>
#include <memory>

#include "relay_net.hpp"
#include "webrtc/srtp.hpp"
#include "webrtc/stun.hpp"

namespace bongsu::relay {

/// One certificate for all viewers: what a viewer costs its server is the same, and the generator saves the keys.
class WhepContext {
  public:
    /// `profiles` by OpenSSL's names, in the order of preference, with ':' between.
    explicit WhepContext(const std::string& profiles) : context_(SSL_CTX_new(DTLS_client_method())) {
        EVP_PKEY* key = EVP_EC_gen("P-256");
        X509* certificate = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
        X509_set_pubkey(certificate, key);
        X509_sign(certificate, key, EVP_sha256());
        SSL_CTX_use_certificate(context_, certificate);
        SSL_CTX_use_PrivateKey(context_, key);
        if (SSL_CTX_set_tlsext_use_srtp(context_, profiles.c_str()) != 0) die("OpenSSL knows no such SRTP profile: " + profiles);
        unsigned char digest[32];
        unsigned size = 0;
        X509_digest(certificate, EVP_sha256(), digest, &size);
        for (unsigned i = 0; i < size; ++i) {
            char text[4];
            std::snprintf(text, sizeof text, "%s%02X", i == 0 ? "" : ":", digest[i]);
            fingerprint_ += text;
        }
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    SSL_CTX* get() const { return context_; }

    std::string offer() const {
        return "v=0\r\no=- 42 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
               "m=video 9 UDP/TLS/RTP/SAVPF 102\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
               "a=ice-ufrag:" + std::string(kUfrag) + "\r\na=ice-pwd:" + std::string(kPwd) + "\r\na=fingerprint:sha-256 " + fingerprint_ +
               "\r\na=setup:active\r\na=rtpmap:102 H264/90000\r\n"
               "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
               "a=rtcp-fb:102 nack\r\na=rtcp-fb:102 nack pli\r\n";
    }
    static constexpr std::string_view kUfrag = "view", kPwd = "viewerviewerviewerview12";

  private:
    SSL_CTX* context_;
    std::string fingerprint_;
};

/// SRTP in, by OpenSSL EVP (RFC 3711 4.1.1, RFC 7714 8.1).
class SrtpIn {
  public:
    SrtpIn(webrtc::SrtpProfile profile, const webrtc::SrtpSessionKeys& keys)
        : gcm_(profile == webrtc::SrtpProfile::aead_aes_128_gcm), salt_(keys.salt), context_(EVP_CIPHER_CTX_new()) {
        EVP_DecryptInit_ex(context_.get(), gcm_ ? EVP_aes_128_gcm() : EVP_aes_128_ctr(), nullptr, keys.cipher.data(), nullptr);
    }
    /// In place; the size of the RTP packet, or 0. AES-CM's tag is not looked at: bytes that are wrong show in the digest.
    std::size_t open(std::span<std::uint8_t> packet) {
        const std::size_t tag = gcm_ ? 16 : 10;
        if (packet.size() < 12 + tag) return 0;
        std::size_t head = 12 + 4U * (packet[0] & 0x0fU);
        if ((packet[0] & 0x10) != 0 && packet.size() >= head + 4) head += 4 + 4 * get16(packet.data() + head + 2);
        if (packet.size() < head + tag) return 0;
        const auto sequence = static_cast<std::uint16_t>(get16(packet.data() + 2));
        if (any_ && sequence < last_ && last_ - sequence > 0x8000) ++roc_;
        any_ = true;
        last_ = sequence;
        const std::uint64_t index = std::uint64_t{roc_} << 16 | sequence;
        // GCM: SSRC at 2, index at 6, 12 bytes. CM: SSRC at 4, index at 8, and a block counter behind.
        std::array<std::uint8_t, 16> iv{};
        const std::size_t at = gcm_ ? 2 : 4;
        std::copy(packet.begin() + 8, packet.begin() + 12, iv.begin() + static_cast<std::ptrdiff_t>(at));
        for (std::size_t i = 0; i < 6; ++i) iv[at + 4 + i] = static_cast<std::uint8_t>(index >> (40 - 8 * i));
        for (std::size_t i = 0; i < salt_.size(); ++i) iv[i] = static_cast<std::uint8_t>(iv[i] ^ salt_[i]);
        const auto body = packet.subspan(head, packet.size() - head - tag);
        int n = 0;
        EVP_DecryptInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data());
        if (gcm_) {
            EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, 16, packet.data() + packet.size() - tag);
            EVP_DecryptUpdate(context_.get(), nullptr, &n, packet.data(), static_cast<int>(head));
        }
        if (EVP_DecryptUpdate(context_.get(), body.data(), &n, body.data(), static_cast<int>(body.size())) != 1) return 0;
        if (gcm_ && EVP_DecryptFinal_ex(context_.get(), body.data(), &n) != 1) return 0;
        return packet.size() - tag;
    }

  private:
    struct Free {
        void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    };
    bool gcm_, any_ = false;
    std::array<std::uint8_t, 14> salt_;
    std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
    std::uint16_t last_ = 0;
    std::uint32_t roc_ = 0;
};

class WhepPeer {
  public:
    using Send = std::function<void(std::span<const std::uint8_t>)>;

    WhepPeer(const WhepContext& context, std::string ufrag, std::string pwd, Send send)
        : username_(ufrag + ":" + std::string(WhepContext::kUfrag)), pwd_(std::move(pwd)), send_(std::move(send)), ssl_(SSL_new(context.get())) {
        SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
        SSL_set_mtu(ssl_.get(), 1200);
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        BIO_set_mem_eof_return(in_, -1);
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_connect_state(ssl_.get());
    }

    bool answered() const { return answered_; }
    bool ready() const { return media_.has_value(); }
    const std::string& failure() const { return failure_; }
    SrtpIn& media() { return *media_; }
    std::string profile() const { return profile_; }

    /// A binding request that nominates (RFC 8445 7.2.2): the first, and each one that keeps the consent (RFC 7675).
    void ask() {
        std::vector<std::uint8_t> out(20);
        put16(out.data(), 1);
        put32(out.data() + 4, 0x2112A442);
        put32(out.data() + 16, ++transaction_);
        attribute(out, 0x0006, {reinterpret_cast<const std::uint8_t*>(username_.data()), username_.size()});
        attribute(out, 0x802A, std::array<std::uint8_t, 8>{0, 0, 0, 1, 0, 0, 0, 2});
        attribute(out, 0x0024, std::array<std::uint8_t, 4>{0x6e, 0, 1, 0xff});
        attribute(out, 0x0025, {});
        put16(out.data() + 2, static_cast<std::uint32_t>(out.size() - 20 + 24));
        std::array<std::uint8_t, 20> mac{};
        unsigned size = 0;
        HMAC(EVP_sha1(), pwd_.data(), static_cast<int>(pwd_.size()), out.data(), out.size(), mac.data(), &size);
        attribute(out, 0x0008, mac);
        put16(out.data() + 2, static_cast<std::uint32_t>(out.size() - 20 + 8));
        std::array<std::uint8_t, 4> check{};
        put32(check.data(), crc(out) ^ 0x5354554EU);
        attribute(out, 0x8028, check);
        send_(out);
    }

    /// Anything but RTP and RTCP (RFC 7983).
    void take(std::span<const std::uint8_t> datagram, const webrtc::Address& from) {
        if (datagram[0] < 4) return take_stun(datagram, from);
        if (datagram[0] < 20 || datagram[0] > 63 || !ssl_) return;
        BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
        step();
    }

    /// What is due of the handshake.
    void tick() {
        if (!answered_) return ask();
        if (!ssl_) return;
        DTLSv1_handle_timeout(ssl_.get());
        flush();
    }

    /// An empty receiver report but for the highest number: it says that somebody is there.
    void report(std::uint32_t of, std::uint32_t highest) {
        std::array<std::uint8_t, 64> bytes{0x81, 201, 0, 7};
        put32(bytes.data() + 4, 1);
        put32(bytes.data() + 8, of);
        put32(bytes.data() + 16, highest);
        const auto size = reports_->protect_rtcp(bytes, 32);
        if (size > 0) send_(std::span(bytes).first(size));
    }

  private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    static void attribute(std::vector<std::uint8_t>& out, std::uint32_t type, std::span<const std::uint8_t> value) {
        const auto at = out.size();
        out.resize(at + 4);
        put16(out.data() + at, type);
        put16(out.data() + at + 2, static_cast<std::uint32_t>(value.size()));
        out.insert(out.end(), value.begin(), value.end());
        while (out.size() % 4 != 0) out.push_back(0);
    }
    static std::uint32_t crc(std::span<const std::uint8_t> bytes) {
        std::uint32_t out = 0xFFFFFFFFU;
        for (const auto byte : bytes) {
            out ^= byte;
            for (int i = 0; i < 8; ++i) out = (out & 1U) != 0 ? (out >> 1) ^ 0xEDB88320U : out >> 1;
        }
        return ~out;
    }
    /// A full ICE agent asks us too.
    void take_stun(std::span<const std::uint8_t> datagram, const webrtc::Address& from) {
        if (datagram.size() < 20) return;
        if (datagram[0] == 0) {
            if (const auto request = webrtc::parse_stun_request(datagram)) send_(webrtc::write_stun_success(*request, from, WhepContext::kPwd));
            return;
        }
        if (answered_ || datagram[0] != 1 || datagram[1] != 1) return;
        answered_ = true;
        step();
    }
    void flush() {
        char* data = nullptr;
        const long size = BIO_get_mem_data(out_, &data);
        if (size <= 0) return;
        const std::vector<std::uint8_t> datagram(data, data + size);
        (void)BIO_reset(out_);
        send_(datagram);
    }
    void step() {
        const int done = SSL_do_handshake(ssl_.get());
        flush();
        if (done == 1) return finish();
        if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ) failure_ = "DTLS failed";
    }
    /// RFC 5764 4.2. The handshake's memory is given back.
    void finish() {
        const auto* chosen = SSL_get_selected_srtp_profile(ssl_.get());
        if (!chosen) return void(failure_ = "no SRTP profile in common");
        profile_ = chosen->name;
        const auto profile = static_cast<webrtc::SrtpProfile>(chosen->id);
        const std::size_t salt = profile == webrtc::SrtpProfile::aead_aes_128_gcm ? 12 : 14;
        std::vector<std::uint8_t> keys(2 * (16 + salt));
        constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
        SSL_export_keying_material(ssl_.get(), keys.data(), keys.size(), kLabel.data(), kLabel.size(), nullptr, 0, 0);
        webrtc::SrtpMaster ours, theirs;
        std::copy_n(keys.begin(), 16, ours.key.begin());
        std::copy_n(keys.begin() + 16, 16, theirs.key.begin());
        std::copy_n(keys.begin() + 32, salt, ours.salt.begin());
        std::copy_n(keys.begin() + 32 + static_cast<std::ptrdiff_t>(salt), salt, theirs.salt.begin());
        const auto media = webrtc::derive_session_keys(profile, theirs, webrtc::SrtpPart::rtp);
        auto reports = webrtc::SrtpSender::create(profile, ours);
        if (!media || !reports) return void(failure_ = "no SRTP ciphers");
        media_.emplace(profile, *media);
        reports_.emplace(*std::move(reports));
        ssl_.reset();
    }

    std::string username_, pwd_, failure_, profile_;
    Send send_;
    std::unique_ptr<SSL, Free> ssl_;
    BIO *in_ = nullptr, *out_ = nullptr;  // The SSL's.
    bool answered_ = false;
    std::uint32_t transaction_ = 0;
    std::optional<SrtpIn> media_;
    std::optional<webrtc::SrtpSender> reports_;
};

}  // namespace bongsu::relay
