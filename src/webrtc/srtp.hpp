#pragma once
// SRTP and SRTCP (RFC 3711, RFC 7714) on OpenSSL EVP: keyed once, only the IV changes per packet.

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace bongsu::webrtc {

/// Values of the DTLS use_srtp extension (RFC 5764 4.1.2, RFC 7714 14.2).
enum class SrtpProfile : std::uint16_t { aes128_cm_hmac_sha1_80 = 0x0001, aead_aes_128_gcm = 0x0007 };

/// Key 128 bits; salt 112 bits for CM, 96 bits for GCM (then the last two bytes are 0).
struct SrtpMaster {
    std::array<std::uint8_t, 16> key{};
    std::array<std::uint8_t, 14> salt{};
};

/// What RFC 3711 4.3 derives from a master for one of RTP or RTCP.
struct SrtpSessionKeys {
    std::array<std::uint8_t, 16> cipher{};
    std::array<std::uint8_t, 20> auth{};  ///< Unused by GCM.
    std::array<std::uint8_t, 14> salt{};
};
enum class SrtpPart : std::uint8_t { rtp = 0, rtcp = 3 };  ///< The first of its three labels.
Result<SrtpSessionKeys> derive_session_keys(SrtpProfile profile, const SrtpMaster& master, SrtpPart part);

struct EvpCipherFree {
    void operator()(evp_cipher_ctx_st* context) const;
};
struct EvpMacFree {
    void operator()(evp_mac_ctx_st* context) const;
};

/// One direction of one part, already keyed. Threads: one. Not copyable.
class SrtpCipher {
  public:
    static constexpr std::size_t kOverheadMax = 20;  ///< GCM tag 16 + SRTCP index 4.

    static Result<SrtpCipher> create(SrtpProfile profile, const SrtpSessionKeys& keys);

    /// Bytes that protect_rtp() adds.
    std::size_t rtp_overhead() const { return gcm() ? 16 : 10; }

    /// Encrypts in place the packet in the first `size` bytes of `buffer`; `index` = ROC << 16 | sequence.
    /// Returns the new size, 0 if the packet is no RTP or the buffer has no room. Never call it for two
    /// different packets of one index.
    std::size_t protect_rtp(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t index);
    /// The same for a compound RTCP packet; `index` below 2^31.
    std::size_t protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size, std::uint32_t index);
    /// Checks and decrypts in place; returns the RTCP's size and sets `index`, or 0 for anything not
    /// authentic.
    std::size_t unprotect_rtcp(std::span<std::uint8_t> packet, std::uint32_t& index);

  private:
    bool gcm() const { return profile_ == SrtpProfile::aead_aes_128_gcm; }
    std::array<std::uint8_t, 16> iv(std::uint32_t ssrc, std::uint64_t index) const;
    bool crypt_ctr(std::span<std::uint8_t> bytes, std::uint32_t ssrc, std::uint64_t index);
    bool seal(std::span<const std::uint8_t> aad, std::span<const std::uint8_t> more_aad,
              std::span<std::uint8_t> bytes, std::uint8_t* tag, std::uint32_t ssrc, std::uint64_t index);
    bool unseal(std::span<const std::uint8_t> aad, std::span<const std::uint8_t> more_aad,
                std::span<std::uint8_t> bytes, std::uint8_t* tag, std::uint32_t ssrc, std::uint64_t index);
    bool tag_of(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> more, std::uint8_t* tag);

    SrtpProfile profile_{};
    std::array<std::uint8_t, 14> salt_{};
    std::unique_ptr<evp_cipher_ctx_st, EvpCipherFree> cipher_;
    std::unique_ptr<evp_mac_ctx_st, EvpMacFree> mac_;
};

/// Our outgoing SRTP and SRTCP.
class SrtpSender {
  public:
    static Result<SrtpSender> create(SrtpProfile profile, const SrtpMaster& master);
    std::size_t overhead() const { return rtp_.rtp_overhead(); }
    std::size_t protect(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t index) {
        return rtp_.protect_rtp(buffer, size, index);
    }
    /// Numbers the packets itself; 0 once 2^31 are used up.
    std::size_t protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size);

  private:
    SrtpSender(SrtpCipher rtp, SrtpCipher rtcp) : rtp_(std::move(rtp)), rtcp_(std::move(rtcp)) {}
    SrtpCipher rtp_, rtcp_;
    std::uint32_t next_rtcp_ = 1;
};

/// The viewer's SRTCP, with the replay window of RFC 3711 3.3.2: 64 packets for each of at most 8 SSRCs.
class SrtcpReceiver {
  public:
    static Result<SrtcpReceiver> create(SrtpProfile profile, const SrtpMaster& master);
    /// In place; 0 for a packet that is forged, cut off or replayed.
    std::size_t unprotect(std::span<std::uint8_t> packet);

  private:
    explicit SrtcpReceiver(SrtpCipher cipher) : cipher_(std::move(cipher)) {}
    struct Window {
        std::uint32_t ssrc = 0, newest = 0;
        std::uint64_t seen = 0;  ///< Bit i: index newest - i was seen.
    };
    Window* window_of(std::uint32_t ssrc);

    SrtpCipher cipher_;
    std::array<Window, 8> windows_{};
    std::size_t windows_used_ = 0;
};

}  // namespace bongsu::webrtc
