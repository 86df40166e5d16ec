#pragma once
// The WHEP offer and our answer (RFC 8866, RFC 8829, RFC 9725). Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"
#include "webrtc/address.hpp"

namespace bongsu::webrtc {

/// One m-line of the offer, as much of it as the answer must repeat.
struct OfferedMedia {
    std::string kind;      ///< "video", "audio", "application"
    std::string protocol;  ///< "UDP/TLS/RTP/SAVPF"
    std::string format;    ///< The first one, for a rejection.
    std::string mid;
};

/// A payload type under which the viewer takes a codec.
struct OfferedFormat {
    std::uint8_t payload_type = 0;
    std::string fmtp;  ///< Echoed.
    bool nack = false, pli = false;
};

/// What an offer asks for, cut down to what we serve.
struct Offer {
    std::vector<OfferedMedia> media;
    std::size_t video = 0;  ///< Index in `media` of the one m-line that is accepted.
    std::string ufrag, pwd;
    std::string fingerprint;  ///< SHA-256 of the peer's certificate, raw 32 bytes.
    std::optional<OfferedFormat> h264, h265;  ///< At least one of them.
    bool bundle = false, reduced_rtcp = false;

    /// Null where the viewer does not take this codec.
    const OfferedFormat* format(media::Codec codec) const {
        const auto& found = codec == media::Codec::h265 ? h265 : h264;
        return codec != media::Codec::jpeg && found ? &*found : nullptr;
    }
};

/// Reads an offer strictly: H.264 with packetization-mode=1 (profile 42e01f preferred), H.265 in one RTP stream (RFC 7798
/// tx-mode SRST; Main profile preferred), or both, on the one video m-line that receives, a SHA-256 fingerprint, full ICE, DTLS active or actpass, rtcp-mux. What passes can be answered and
/// connected to. Bounds: 64 KiB, 4000 lines, 16 m-lines, 128 formats each.
/// Errors: invalid, of the line or attribute at fault: "a=setup is missing" of `a=setup`.
Result<Offer> parse_offer(std::string_view sdp);

struct AnswerFields {
    std::uint64_t session = 0;  ///< o= id, below 2^63.
    std::string ufrag, pwd;
    std::string fingerprint;  ///< SHA-256 of our certificate, raw 32 bytes.
    std::uint32_t ssrc = 0;
    std::string cname, stream_id;  ///< Tokens without spaces.
    std::span<const Address> candidates;
};

/// ICE-lite, passive, one sendonly video m-line of `codec`, which the offer has; every other m-line is rejected with port 0.
std::string write_answer(const Offer& offer, media::Codec codec, const AnswerFields& fields);

}  // namespace bongsu::webrtc
