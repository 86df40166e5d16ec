#include "media/sdp.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <vector>

#include "crypto/crypto.hpp"
#include "media/h264.hpp"

namespace bongsu::media {
namespace {

constexpr std::size_t kTextMax = 64 * 1024, kLinesMax = 2000;

struct Media {
    std::string kind, control, encoding, fmtp;
    std::optional<std::uint8_t> payload_type;
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string_view trim(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// Cuts up to `mark` off the front of `text`.
std::string_view take(std::string_view& text, char mark) {
    const auto at = text.find(mark);
    const auto part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
    return part;
}

std::optional<std::uint8_t> payload_type_of(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > 127) return std::nullopt;
    return static_cast<std::uint8_t>(value);
}

Media media_line(std::string_view value) {  // "video 0 RTP/AVP 96 97"
    Media out;
    out.kind = lower(take(value, ' '));
    take(value, ' ');
    take(value, ' ');
    out.payload_type = payload_type_of(take(value, ' '));
    return out;
}

void attribute(Media& media, std::string_view value) {
    const std::string name = lower(take(value, ':'));
    value = trim(value);
    if (name == "control") media.control = std::string(value);
    if (name != "rtpmap" && name != "fmtp") return;
    const auto type = payload_type_of(take(value, ' '));
    if (!type || type != media.payload_type) return;
    (name == "rtpmap" ? media.encoding : media.fmtp) = std::string(trim(value));
}

/// SPS and PPS of `sprop-parameter-sets=base64,base64`; anything unreadable is left out: they may come in
/// band.
Format format_of(std::string_view fmtp) {
    Format out;
    while (!fmtp.empty()) {
        std::string_view value = trim(take(fmtp, ';'));
        if (lower(take(value, '=')) != "sprop-parameter-sets") continue;
        while (!value.empty()) {
            const auto unit = crypto::from_base64(trim(take(value, ',')), "sprop-parameter-sets");
            if (!unit || unit->empty()) continue;
            const auto type = nal::type(static_cast<std::uint8_t>(unit->front()));
            if (type == nal::kSps) out.sps = *unit;
            if (type == nal::kPps) out.pps = *unit;
        }
    }
    const auto size = parse_sps(as_bytes(out.sps));
    if (!size || out.pps.empty()) return {};
    out.width = size->width;
    out.height = size->height;
    return out;
}

}  // namespace

Result<CameraTrack> parse_camera_sdp(std::string_view text) {
    if (text.size() > kTextMax) return fail(ErrorKind::corrupt, "SDP longer than 64 KiB");
    if (text.substr(0, 2) != "v=") return fail(ErrorKind::corrupt, "SDP does not begin with v=");
    std::string session_control;
    std::vector<Media> all;
    for (std::size_t lines = 0; !text.empty(); ++lines) {
        if (lines == kLinesMax) return fail(ErrorKind::corrupt, "SDP has more than 2000 lines");
        std::string_view line = take(text, '\n');
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.size() < 2 || line[1] != '=') continue;  // Cameras write odd lines; none of those matters.
        const std::string_view value = line.substr(2);
        if (std::any_of(value.begin(), value.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\t'; })) {
            return fail(ErrorKind::corrupt, "SDP holds control characters");
        }
        if (line[0] == 'm') {
            all.push_back(media_line(value));
        } else if (line[0] == 'a' && !all.empty()) {
            attribute(all.back(), value);
        } else if (line[0] == 'a' && lower(value.substr(0, 8)) == "control:") {
            session_control = std::string(trim(value.substr(8)));
        }
    }
    std::string seen;
    for (const Media& media : all) {
        if (media.kind != "video") continue;
        std::string_view encoding = media.encoding;
        if (lower(take(encoding, '/')) == "h264" && media.payload_type) {
            return CameraTrack{*media.payload_type, format_of(media.fmtp), media.control, session_control};
        }
        seen += (seen.empty() ? "" : ", ") +
                (media.encoding.empty() ? "static payload" : media.encoding.substr(0, 40));
    }
    return fail(ErrorKind::invalid,
                "the camera offers no H.264 video (it offers: " + (seen.empty() ? "none" : seen) + ")");
}

std::string write_sdp(const Format& format, std::string_view session_name) {
    std::string out = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=";
    out += session_name;
    out +=
        "\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n"
        "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1";
    if (format.known() && format.sps.size() >= 4) {
        out += ";profile-level-id=" + crypto::to_hex(std::string_view(format.sps).substr(1, 3));
        out += ";sprop-parameter-sets=" + crypto::to_base64(format.sps) + "," + crypto::to_base64(format.pps);
    }
    out += "\r\n";
    if (format.width > 0) {
        out +=
            "a=framesize:96 " + std::to_string(format.width) + "-" + std::to_string(format.height) + "\r\n";
    }
    return out + "a=control:trackID=0\r\n";
}

}  // namespace bongsu::media
