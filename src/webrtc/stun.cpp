#include "webrtc/stun.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "webrtc/bytes.hpp"

namespace bongsu::webrtc {
namespace {

constexpr std::uint32_t kCookie = 0x2112A442;
constexpr std::size_t kHeader = 20, kSha1 = 20;
constexpr std::uint16_t kRequest = 0x0001, kSuccess = 0x0101, kError = 0x0111;
constexpr std::uint16_t kUsername = 0x0006, kIntegrity = 0x0008, kErrorCode = 0x0009, kUnknown = 0x000A,
                        kMapped = 0x0020, kPriority = 0x0024, kUseCandidate = 0x0025, kFingerprint = 0x8028,
                        kControlled = 0x8029;

/// CRC-32 of ISO HDLC (RFC 8489 14.7).
std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = ~0U;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
    }
    return ~crc;
}

std::array<std::uint8_t, kSha1> hmac(std::span<const std::uint8_t> bytes, std::string_view password) {
    std::array<std::uint8_t, kSha1> out{};
    unsigned size = 0;
    HMAC(EVP_sha1(), password.data(), static_cast<int>(password.size()), bytes.data(), bytes.size(),
         out.data(), &size);
    return out;
}

Result<void> take(StunRequest& request, std::uint16_t type, std::size_t at, std::size_t size) {
    const std::uint8_t* value = request.datagram.data() + at + 4;
    switch (type) {
        case kUsername:
            if (size > 513) return fail(ErrorKind::invalid, "stun USERNAME is too long");
            request.username = {reinterpret_cast<const char*>(value), size};
            return {};
        case kIntegrity:
            if (size != kSha1) return fail(ErrorKind::invalid, "stun MESSAGE-INTEGRITY has a wrong size");
            request.integrity_at = at;
            return {};
        case kUseCandidate:
            request.use_candidate = true;
            return {};
        case kControlled:
            request.controlled = true;
            return {};
        case kPriority:
            return {};
        default:
            // Below 0x8000 an agent must understand an attribute or answer 420 (RFC 8489 6.3.1).
            if (type < 0x8000 && request.unknown.size() < 8) request.unknown.push_back(type);
            return {};
    }
}

std::vector<std::uint8_t> header(const StunRequest& request, std::uint16_t type) {
    std::vector<std::uint8_t> out;
    out.reserve(128);
    put16(out, type);
    put16(out, 0);
    put32(out, kCookie);
    out.insert(out.end(), request.transaction.begin(), request.transaction.end());
    return out;
}

void set_length(std::vector<std::uint8_t>& out, std::size_t still_to_come) {
    set16(out.data() + 2, static_cast<std::uint16_t>(out.size() - kHeader + still_to_come));
}

void sign(std::vector<std::uint8_t>& out, std::string_view password) {
    set_length(out, 4 + kSha1);
    const auto mac = hmac(out, password);
    put16(out, kIntegrity);
    put16(out, kSha1);
    out.insert(out.end(), mac.begin(), mac.end());
    set_length(out, 8);
    const std::uint32_t crc = crc32(out) ^ 0x5354554EU;
    put16(out, kFingerprint);
    put16(out, 4);
    put32(out, crc);
}

}  // namespace

Result<StunRequest> parse_stun_request(std::span<const std::uint8_t> datagram) {
    if (datagram.size() < kHeader || datagram.size() > 1500) return fail(ErrorKind::invalid, "stun size");
    const std::uint8_t* bytes = datagram.data();
    if (get16(bytes) != kRequest) return fail(ErrorKind::invalid, "stun type is not a binding request");
    const std::size_t length = get16(bytes + 2);
    if (length % 4 != 0 || length + kHeader != datagram.size())
        return fail(ErrorKind::invalid, "stun length");
    if (get32(bytes + 4) != kCookie) return fail(ErrorKind::invalid, "stun cookie");
    StunRequest request;
    request.datagram = datagram;
    std::copy_n(bytes + 8, 12, request.transaction.begin());
    std::size_t at = kHeader;
    bool fingerprint = false;
    for (int count = 0; at < datagram.size(); ++count) {
        if (count == 32) return fail(ErrorKind::invalid, "stun has too many attributes");
        if (datagram.size() - at < 4) return fail(ErrorKind::invalid, "stun attribute is cut off");
        const std::uint16_t type = get16(bytes + at);
        const std::size_t size = get16(bytes + at + 2);
        const std::size_t padded = (size + 3) & ~std::size_t{3};
        if (datagram.size() - at - 4 < padded) return fail(ErrorKind::invalid, "stun attribute is cut off");
        if (type == kFingerprint) {
            if (size != 4 || at + 8 != datagram.size() ||
                get32(bytes + at + 4) != (crc32(datagram.first(at)) ^ 0x5354554EU)) {
                return fail(ErrorKind::invalid, "stun FINGERPRINT does not hold");
            }
            fingerprint = true;
        } else if (request.integrity_at ==
                   0) {  // What follows MESSAGE-INTEGRITY is not covered by it: ignored.
            TRY_DO(take(request, type, at, size));
        }
        at += 4 + padded;
    }
    if (!fingerprint) return fail(ErrorKind::invalid, "stun FINGERPRINT is missing");
    return request;
}

bool stun_integrity_holds(const StunRequest& request, std::string_view password) {
    if (request.integrity_at == 0) return false;
    const auto covered = request.datagram.first(request.integrity_at);
    std::vector<std::uint8_t> copy(covered.begin(), covered.end());
    set_length(copy, 4 + kSha1);  // The length counts MESSAGE-INTEGRITY itself and nothing after it.
    const auto mac = hmac(copy, password);
    return CRYPTO_memcmp(mac.data(), request.datagram.data() + request.integrity_at + 4, kSha1) == 0;
}

std::vector<std::uint8_t> write_stun_success(const StunRequest& request, const Address& from,
                                             std::string_view password) {
    auto out = header(request, kSuccess);
    const std::size_t ip_size = from.v6 ? 16 : 4;
    put16(out, kMapped);
    put16(out, static_cast<std::uint16_t>(4 + ip_size));
    put16(out, from.v6 ? 2 : 1);
    put16(out, static_cast<std::uint16_t>(from.port ^ (kCookie >> 16)));
    // X-Address: IPv4 xor cookie; IPv6 xor cookie and transaction id, which is header bytes 4..19 (RFC
    // 8489 14.2).
    for (std::size_t i = 0; i < ip_size; ++i)
        out.push_back(static_cast<std::uint8_t>(from.ip[i] ^ out[4 + i]));
    sign(out, password);
    return out;
}

std::vector<std::uint8_t> write_stun_error(const StunRequest& request, int code, std::string_view password) {
    auto out = header(request, kError);
    put16(out, kErrorCode);
    put16(out, 4);
    put16(out, 0);
    out.push_back(static_cast<std::uint8_t>(code / 100));
    out.push_back(static_cast<std::uint8_t>(code % 100));
    if (code == 420) {
        put16(out, kUnknown);
        put16(out, static_cast<std::uint16_t>(request.unknown.size() * 2));
        for (const std::uint16_t type : request.unknown) put16(out, type);
        if (request.unknown.size() % 2 != 0) put16(out, 0);
    }
    sign(out, password);
    return out;
}

}  // namespace bongsu::webrtc
