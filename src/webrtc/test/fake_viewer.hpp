#pragma once
// A WebRTC viewer for tests, made of other people's code: OpenSSL's DTLS client and libsrtp2. No socket:
// datagrams leave through `out` and come in through take().

#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <srtp2/srtp.h>

#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace bongsu::webrtc::test {

using Bytes = std::vector<std::uint8_t>;

inline std::uint32_t crc32_of(const Bytes& bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int i = 0; i < 8; ++i) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0xEDB88320U : crc >> 1;
    }
    return ~crc;
}

inline void put(Bytes& out, std::uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

/// A binding request as a browser sends it.
inline Bytes stun_request(const std::string& username, const std::string& pwd, bool nominate = true,
                          std::uint16_t extra_attribute = 0) {
    Bytes body;
    put(body, 0x0006, 2);
    put(body, static_cast<std::uint32_t>(username.size()), 2);
    body.insert(body.end(), username.begin(), username.end());
    while (body.size() % 4 != 0) body.push_back(0);
    put(body, 0x802A, 2), put(body, 8, 2), put(body, 1, 4), put(body, 2, 4);
    put(body, 0x0024, 2), put(body, 4, 2), put(body, 0x6E0001FF, 4);
    if (nominate) put(body, 0x0025, 2), put(body, 0, 2);
    if (extra_attribute != 0) put(body, extra_attribute, 2), put(body, 0, 2);
    Bytes out;
    put(out, 1, 2), put(out, static_cast<std::uint32_t>(body.size() + 24), 2), put(out, 0x2112A442, 4);
    for (std::uint8_t i = 0; i < 12; ++i) out.push_back(i);
    out.insert(out.end(), body.begin(), body.end());
    std::uint8_t mac[20];
    unsigned size = 0;
    HMAC(EVP_sha1(), pwd.data(), static_cast<int>(pwd.size()), out.data(), out.size(), mac, &size);
    put(out, 0x0008, 2), put(out, 20, 2);
    out.insert(out.end(), mac, mac + 20);
    const auto length = out.size() - 20 + 8;
    out[2] = static_cast<std::uint8_t>(length >> 8), out[3] = static_cast<std::uint8_t>(length);
    const auto crc = crc32_of(out) ^ 0x5354554EU;
    put(out, 0x8028, 2), put(out, 4, 2), put(out, crc, 4);
    return out;
}

inline std::string line_after(const std::string& sdp, const std::string& prefix) {
    const auto at = sdp.find(prefix);
    if (at == std::string::npos) return {};
    const auto from = at + prefix.size();
    return sdp.substr(from, sdp.find('\r', from) - from);
}

struct RtpIn {
    std::uint8_t type = 0;
    bool marker = false;
    std::uint16_t sequence = 0;
    std::uint32_t time = 0, ssrc = 0;
    Bytes payload;
};

class FakeViewer {
  public:
    explicit FakeViewer(const char* profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80") {
        static const bool ready = srtp_init() == srtp_err_status_ok;
        EXPECT_TRUE(ready);
        key_ = EVP_EC_gen("P-256");
        certificate_ = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 7);
        X509_gmtime_adj(X509_getm_notBefore(certificate_), -10);
        X509_gmtime_adj(X509_getm_notAfter(certificate_), 1000);
        X509_set_pubkey(certificate_, key_);
        X509_sign(certificate_, key_, EVP_sha256());
        context_ = SSL_CTX_new(DTLS_client_method());
        SSL_CTX_use_certificate(context_, certificate_);
        SSL_CTX_use_PrivateKey(context_, key_);
        SSL_CTX_set_tlsext_use_srtp(context_, profiles);
        ssl_ = SSL_new(context_);
        SSL_set_options(ssl_, SSL_OP_NO_QUERY_MTU);
        SSL_set_mtu(ssl_, 1200);
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        BIO_set_mem_eof_return(in_, -1);
        SSL_set_bio(ssl_, in_, out_);
        SSL_set_connect_state(ssl_);
    }
    ~FakeViewer() {
        if (receive_ != nullptr) srtp_dealloc(receive_);
        if (send_ != nullptr) srtp_dealloc(send_);
        SSL_free(ssl_);
        SSL_CTX_free(context_);
        X509_free(certificate_);
        EVP_PKEY_free(key_);
    }
    FakeViewer(const FakeViewer&) = delete;
    FakeViewer& operator=(const FakeViewer&) = delete;

    std::function<void(const Bytes&)> out;
    std::vector<RtpIn> received;
    std::vector<Bytes> rtcp;
    std::size_t stun_answers = 0, undecryptable = 0;
    bool said_goodbye = false;

    std::string raw_fingerprint() const {
        unsigned char digest[32];
        unsigned size = 0;
        X509_digest(certificate_, EVP_sha256(), digest, &size);
        return {reinterpret_cast<char*>(digest), size};
    }
    std::string offer(const std::string& extra_media = "") const {
        std::string hex;
        for (const char c : raw_fingerprint()) {
            char text[4];
            std::snprintf(text, sizeof text, "%02X", static_cast<unsigned char>(c));
            hex += (hex.empty() ? "" : ":") + std::string(text);
        }
        return "v=0\r\no=- 42 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n" + extra_media +
               "m=video 9 UDP/TLS/RTP/SAVPF 96 102 104\r\nc=IN IP4 "
               "0.0.0.0\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n"
               "a=rtcp-rsize\r\na=ice-ufrag:view\r\na=ice-pwd:viewerviewerviewerview12\r\n"
               "a=fingerprint:sha-256 " +
               hex +
               "\r\na=setup:actpass\r\n"
               "a=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\n"
               "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
               "a=rtcp-fb:102 nack\r\na=rtcp-fb:102 nack pli\r\na=rtpmap:104 H264/90000\r\n"
               "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n";
    }
    /// Takes ufrag, pwd, fingerprint and SSRC from our answer.
    void accept(const std::string& answer) {
        server_ufrag_ = line_after(answer, "a=ice-ufrag:");
        server_pwd_ = line_after(answer, "a=ice-pwd:");
        ssrc_ = static_cast<std::uint32_t>(std::stoul(line_after(answer, "a=ssrc:")));
    }
    std::uint32_t ssrc() const { return ssrc_; }
    bool connected() const { return receive_ != nullptr; }
    std::string profile() const {
        const auto* profile = SSL_get_selected_srtp_profile(ssl_);
        return profile != nullptr ? profile->name : "";
    }

    void consent() { out(stun_request(server_ufrag_ + ":view", server_pwd_)); }
    void start_dtls() { step(); }
    void take(std::span<const std::uint8_t> datagram) {
        if (datagram.empty()) return;
        if (datagram[0] < 4) {
            ++stun_answers;
        } else if (datagram[0] < 64) {
            BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
            step();
        } else {
            take_srtp({datagram.begin(), datagram.end()});
        }
    }
    void nack(std::uint16_t sequence, std::uint16_t mask = 0) {
        Bytes packet{0x81, 205, 0, 3};
        put(packet, 1, 4), put(packet, ssrc_, 4), put(packet, sequence, 2), put(packet, mask, 2);
        send_rtcp(packet);
    }
    void picture_lost() {
        Bytes packet{0x81, 206, 0, 2};
        put(packet, 1, 4), put(packet, ssrc_, 4);
        send_rtcp(packet);
    }
    void send_rtcp(Bytes packet) {
        int size = static_cast<int>(packet.size());
        packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
        ASSERT_EQ(srtp_protect_rtcp(send_, packet.data(), &size), srtp_err_status_ok);
        packet.resize(static_cast<std::size_t>(size));
        last_rtcp = packet;
        out(packet);
    }
    void close() {
        SSL_shutdown(ssl_);
        flush();
    }
    Bytes last_rtcp;

  private:
    void flush() {
        char* data = nullptr;
        const long size = BIO_get_mem_data(out_, &data);
        if (size <= 0) return;
        const Bytes datagram(data, data + size);
        (void)BIO_reset(out_);
        out(datagram);
    }
    void step() {
        if (!SSL_is_init_finished(ssl_)) {
            SSL_do_handshake(ssl_);
            flush();
            if (SSL_is_init_finished(ssl_) && SSL_get_selected_srtp_profile(ssl_) != nullptr) key();
            return;
        }
        char unused[1500];
        SSL_read(ssl_, unused, sizeof unused);
        if ((SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0) said_goodbye = true;
    }
    void key() {
        const bool gcm = profile() == "SRTP_AEAD_AES_128_GCM";
        const std::size_t salt = gcm ? 12 : 14;
        Bytes material(2 * (16 + salt));
        SSL_export_keying_material(ssl_, material.data(), material.size(), "EXTRACTOR-dtls_srtp", 19, nullptr,
                                   0, 0);
        Bytes ours(material.begin(), material.begin() + 16),
            theirs(material.begin() + 16, material.begin() + 32);
        ours.insert(ours.end(), material.data() + 32, material.data() + 32 + salt);
        theirs.insert(theirs.end(), material.data() + 32 + salt, material.data() + 32 + 2 * salt);
        receive_ = make(gcm, theirs, ssrc_any_inbound);
        send_ = make(gcm, ours, ssrc_any_outbound);
    }
    static srtp_t make(bool gcm, Bytes& key, srtp_ssrc_type_t direction) {
        srtp_policy_t policy{};
        if (gcm) {
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        } else {
            srtp_crypto_policy_set_rtp_default(&policy.rtp);
            srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
        }
        policy.ssrc.type = direction;
        policy.key = key.data();
        policy.window_size = 1024;
        srtp_t out = nullptr;
        EXPECT_EQ(srtp_create(&out, &policy), srtp_err_status_ok);
        return out;
    }
    void take_srtp(Bytes packet) {
        int size = static_cast<int>(packet.size());
        const std::uint8_t type = packet.size() > 1 ? packet[1] : 0;
        if (type >= 192 && type <= 223) {
            if (srtp_unprotect_rtcp(receive_, packet.data(), &size) != srtp_err_status_ok) {
                ++undecryptable;
                return;
            }
            packet.resize(static_cast<std::size_t>(size));
            rtcp.push_back(packet);
            return;
        }
        if (srtp_unprotect(receive_, packet.data(), &size) != srtp_err_status_ok) {
            ++undecryptable;
            return;
        }
        RtpIn in;
        in.marker = (packet[1] & 0x80) != 0;
        in.type = packet[1] & 0x7f;
        in.sequence = static_cast<std::uint16_t>(packet[2] << 8 | packet[3]);
        for (int i = 4; i < 8; ++i) in.time = in.time << 8 | packet[static_cast<std::size_t>(i)];
        for (int i = 8; i < 12; ++i) in.ssrc = in.ssrc << 8 | packet[static_cast<std::size_t>(i)];
        in.payload.assign(packet.begin() + 12, packet.begin() + size);
        received.push_back(in);
    }

    EVP_PKEY* key_ = nullptr;
    X509* certificate_ = nullptr;
    SSL_CTX* context_ = nullptr;
    SSL* ssl_ = nullptr;
    BIO *in_ = nullptr, *out_ = nullptr;
    srtp_t receive_ = nullptr, send_ = nullptr;
    std::string server_ufrag_, server_pwd_;
    std::uint32_t ssrc_ = 0;
};

}  // namespace bongsu::webrtc::test
