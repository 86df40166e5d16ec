#include "webrtc/srtp.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>

#include "webrtc/bytes.hpp"

namespace bongsu::webrtc {
namespace {

constexpr std::size_t kGcmTag = 16, kSha1Tag = 10, kIndex = 4, kRtcpHeader = 8;
constexpr std::uint32_t kEncrypted = 0x80000000U;

/// Header, CSRCs and extension, which stay in clear; 0 if this is no RTP packet.
std::size_t rtp_header_size(std::span<const std::uint8_t> packet) {
    if (packet.size() < 12 || packet[0] >> 6 != 2) return 0;
    std::size_t size = 12 + 4U * (packet[0] & 15U);
    if ((packet[0] & 0x10) != 0) {
        if (packet.size() < size + 4) return 0;
        size += 4 + 4U * get16(packet.data() + size + 2);
    }
    return size <= packet.size() ? size : 0;
}

int to_int(std::size_t size) { return static_cast<int>(size); }

}  // namespace

void EvpCipherFree::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }
void EvpMacFree::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

Result<SrtpSessionKeys> derive_session_keys(SrtpProfile, const SrtpMaster& master, SrtpPart part) {
    const std::unique_ptr<evp_cipher_ctx_st, EvpCipherFree> context(EVP_CIPHER_CTX_new());
    // AES-CM as a generator (RFC 3711 4.3.3): IV = (label * 2^48 xor salt) * 2^16, the derivation rate being
    // 0.
    const auto generate = [&](std::uint8_t label, std::span<std::uint8_t> out) {
        std::array<std::uint8_t, 16> iv{};
        std::copy(master.salt.begin(), master.salt.end(), iv.begin());
        iv[7] ^= label;
        std::fill(out.begin(), out.end(), std::uint8_t{0});
        int size = 0;
        return EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, master.key.data(), iv.data()) ==
                   1 &&
               EVP_EncryptUpdate(context.get(), out.data(), &size, out.data(), to_int(out.size())) == 1;
    };
    const auto first = static_cast<std::uint8_t>(part);
    SrtpSessionKeys keys;
    const bool done = context && generate(first, keys.cipher) &&
                      generate(static_cast<std::uint8_t>(first + 1), keys.auth) &&
                      generate(static_cast<std::uint8_t>(first + 2), keys.salt);
    if (!done) return fail(ErrorKind::unavailable, "OpenSSL has no AES-128-CTR");
    return keys;
}

Result<SrtpCipher> SrtpCipher::create(SrtpProfile profile, const SrtpSessionKeys& keys) {
    SrtpCipher out;
    out.profile_ = profile;
    out.salt_ = keys.salt;
    out.cipher_.reset(EVP_CIPHER_CTX_new());
    const EVP_CIPHER* cipher = out.gcm() ? EVP_aes_128_gcm() : EVP_aes_128_ctr();
    if (!out.cipher_ ||
        EVP_EncryptInit_ex(out.cipher_.get(), cipher, nullptr, keys.cipher.data(), nullptr) != 1) {
        return fail(ErrorKind::unavailable, "OpenSSL has no AES-128");
    }
    if (out.gcm()) return out;
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    out.mac_.reset(EVP_MAC_CTX_new(mac));
    EVP_MAC_free(mac);
    char sha1[] = "SHA1";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha1, 0),
                                 OSSL_PARAM_construct_end()};
    if (!out.mac_ || EVP_MAC_init(out.mac_.get(), keys.auth.data(), keys.auth.size(), params) != 1) {
        return fail(ErrorKind::unavailable, "OpenSSL has no HMAC-SHA1");
    }
    return out;
}

/// CM (RFC 3711 4.1.1): salt * 2^16 xor SSRC * 2^64 xor index * 2^16.
/// GCM (RFC 7714 8.1, 9.1): 12 bytes: 0 | SSRC | index, xor salt; for SRTCP the 48-bit index has a zero top.
std::array<std::uint8_t, 16> SrtpCipher::iv(std::uint32_t ssrc, std::uint64_t index) const {
    std::array<std::uint8_t, 16> out{};
    std::copy(salt_.begin(), salt_.begin() + (gcm() ? 12 : 14), out.begin());
    const std::size_t at = gcm() ? 2 : 4;
    for (std::size_t i = 0; i < 4; ++i) out[at + i] ^= static_cast<std::uint8_t>(ssrc >> (24 - 8 * i));
    for (std::size_t i = 0; i < 6; ++i) out[at + 4 + i] ^= static_cast<std::uint8_t>(index >> (40 - 8 * i));
    return out;
}

bool SrtpCipher::crypt_ctr(std::span<std::uint8_t> bytes, std::uint32_t ssrc, std::uint64_t index) {
    const auto start = iv(ssrc, index);
    int size = 0;
    return EVP_EncryptInit_ex(cipher_.get(), nullptr, nullptr, nullptr, start.data()) == 1 &&
           EVP_EncryptUpdate(cipher_.get(), bytes.data(), &size, bytes.data(), to_int(bytes.size())) == 1;
}

bool SrtpCipher::seal(std::span<const std::uint8_t> aad, std::span<const std::uint8_t> more_aad,
                      std::span<std::uint8_t> bytes, std::uint8_t* tag, std::uint32_t ssrc,
                      std::uint64_t index) {
    const auto nonce = iv(ssrc, index);
    EVP_CIPHER_CTX* c = cipher_.get();
    int size = 0;
    return EVP_EncryptInit_ex(c, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
           EVP_EncryptUpdate(c, nullptr, &size, aad.data(), to_int(aad.size())) == 1 &&
           (more_aad.empty() ||
            EVP_EncryptUpdate(c, nullptr, &size, more_aad.data(), to_int(more_aad.size())) == 1) &&
           (bytes.empty() ||
            EVP_EncryptUpdate(c, bytes.data(), &size, bytes.data(), to_int(bytes.size())) == 1) &&
           EVP_EncryptFinal_ex(c, tag, &size) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, kGcmTag, tag) == 1;
}

bool SrtpCipher::unseal(std::span<const std::uint8_t> aad, std::span<const std::uint8_t> more_aad,
                        std::span<std::uint8_t> bytes, std::uint8_t* tag, std::uint32_t ssrc,
                        std::uint64_t index) {
    const auto nonce = iv(ssrc, index);
    EVP_CIPHER_CTX* c = cipher_.get();
    int size = 0;
    std::uint8_t none[16];
    return EVP_DecryptInit_ex(c, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, kGcmTag, tag) == 1 &&
           EVP_DecryptUpdate(c, nullptr, &size, aad.data(), to_int(aad.size())) == 1 &&
           EVP_DecryptUpdate(c, nullptr, &size, more_aad.data(), to_int(more_aad.size())) == 1 &&
           (bytes.empty() ||
            EVP_DecryptUpdate(c, bytes.data(), &size, bytes.data(), to_int(bytes.size())) == 1) &&
           EVP_DecryptFinal_ex(c, none, &size) == 1;
}

bool SrtpCipher::tag_of(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> more,
                        std::uint8_t* tag) {
    std::array<std::uint8_t, 20> whole{};
    std::size_t size = 0;
    EVP_MAC_CTX* m = mac_.get();
    if (EVP_MAC_init(m, nullptr, 0, nullptr) != 1 || EVP_MAC_update(m, bytes.data(), bytes.size()) != 1 ||
        (!more.empty() && EVP_MAC_update(m, more.data(), more.size()) != 1) ||
        EVP_MAC_final(m, whole.data(), &size, whole.size()) != 1) {
        return false;
    }
    std::copy_n(whole.begin(), kSha1Tag, tag);
    return true;
}

std::size_t SrtpCipher::protect_rtp(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t index) {
    if (size > buffer.size() || buffer.size() - size < rtp_overhead()) return 0;
    const std::size_t header = rtp_header_size(buffer.first(size));
    if (header == 0) return 0;
    const std::uint32_t ssrc = get32(buffer.data() + 8);
    const auto payload = buffer.subspan(header, size - header);
    std::uint8_t* tag = buffer.data() + size;
    if (gcm()) return seal(buffer.first(header), {}, payload, tag, ssrc, index) ? size + kGcmTag : 0;
    std::array<std::uint8_t, 4> roc{};
    set32(roc.data(), static_cast<std::uint32_t>(index >> 16));
    return crypt_ctr(payload, ssrc, index) && tag_of(buffer.first(size), roc, tag) ? size + kSha1Tag : 0;
}

std::size_t SrtpCipher::protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size, std::uint32_t index) {
    const std::size_t added = kIndex + (gcm() ? kGcmTag : kSha1Tag);
    if (size < kRtcpHeader || size > buffer.size() || buffer.size() - size < added) return 0;
    const std::uint32_t ssrc = get32(buffer.data() + 4);
    std::array<std::uint8_t, 4> word{};
    set32(word.data(), kEncrypted | index);
    const auto payload = buffer.subspan(kRtcpHeader, size - kRtcpHeader);
    if (gcm()) {  // RFC 7714 9.2: tag first, then the index.
        if (!seal(buffer.first(kRtcpHeader), word, payload, buffer.data() + size, ssrc, index)) return 0;
        std::copy(word.begin(), word.end(), buffer.data() + size + kGcmTag);
        return size + added;
    }
    if (!crypt_ctr(payload, ssrc, index)) return 0;
    std::copy(word.begin(), word.end(), buffer.data() + size);
    return tag_of(buffer.first(size + kIndex), {}, buffer.data() + size + kIndex) ? size + added : 0;
}

std::size_t SrtpCipher::unprotect_rtcp(std::span<std::uint8_t> packet, std::uint32_t& index) {
    const std::size_t added = kIndex + (gcm() ? kGcmTag : kSha1Tag);
    if (packet.size() < kRtcpHeader + added || packet[0] >> 6 != 2) return 0;
    const std::size_t size = packet.size() - added;
    const std::size_t word_at = gcm() ? size + kGcmTag : size;
    const std::uint32_t word = get32(packet.data() + word_at);
    // Both profiles of WebRTC encrypt always: an unencrypted packet is refused.
    if ((word & kEncrypted) == 0) return 0;
    index = word & ~kEncrypted;
    const std::uint32_t ssrc = get32(packet.data() + 4);
    const auto payload = packet.subspan(kRtcpHeader, size - kRtcpHeader);
    if (gcm()) {
        return unseal(packet.first(kRtcpHeader), packet.subspan(word_at, kIndex), payload,
                      packet.data() + size, ssrc, index)
                   ? size
                   : 0;
    }
    std::array<std::uint8_t, kSha1Tag> tag{};
    if (!tag_of(packet.first(size + kIndex), {}, tag.data()) ||
        CRYPTO_memcmp(tag.data(), packet.data() + size + kIndex, kSha1Tag) != 0) {
        return 0;
    }
    return crypt_ctr(payload, ssrc, index) ? size : 0;
}

Result<SrtpSender> SrtpSender::create(SrtpProfile profile, const SrtpMaster& master) {
    TRY(const auto rtp_keys, derive_session_keys(profile, master, SrtpPart::rtp));
    TRY(const auto rtcp_keys, derive_session_keys(profile, master, SrtpPart::rtcp));
    TRY(auto rtp, SrtpCipher::create(profile, rtp_keys));
    TRY(auto rtcp, SrtpCipher::create(profile, rtcp_keys));
    return SrtpSender(std::move(rtp), std::move(rtcp));
}

std::size_t SrtpSender::protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size) {
    if (next_rtcp_ >= kEncrypted) return 0;
    return rtcp_.protect_rtcp(buffer, size, next_rtcp_++);
}

Result<SrtcpReceiver> SrtcpReceiver::create(SrtpProfile profile, const SrtpMaster& master) {
    TRY(const auto keys, derive_session_keys(profile, master, SrtpPart::rtcp));
    TRY(auto cipher, SrtpCipher::create(profile, keys));
    return SrtcpReceiver(std::move(cipher));
}

SrtcpReceiver::Window* SrtcpReceiver::window_of(std::uint32_t ssrc) {
    for (std::size_t i = 0; i < windows_used_; ++i) {
        if (windows_[i].ssrc == ssrc) return &windows_[i];
    }
    if (windows_used_ == windows_.size()) return nullptr;
    windows_[windows_used_].ssrc = ssrc;
    return &windows_[windows_used_++];
}

std::size_t SrtcpReceiver::unprotect(std::span<std::uint8_t> packet) {
    std::uint32_t index = 0;
    const std::size_t size = cipher_.unprotect_rtcp(packet, index);
    if (size == 0) return 0;
    // The window moves only after the packet proved authentic.
    Window* window = window_of(get32(packet.data() + 4));
    if (window == nullptr) return 0;
    if (window->seen == 0 || index > window->newest) {
        const std::uint32_t shift = window->seen == 0 ? 64 : index - window->newest;
        window->seen = (shift >= 64 ? 0 : window->seen << shift) | 1;
        window->newest = index;
        return size;
    }
    const std::uint32_t age = window->newest - index;
    if (age >= 64 || (window->seen >> age & 1) != 0) return 0;
    window->seen |= std::uint64_t{1} << age;
    return size;
}

}  // namespace bongsu::webrtc
