#include "media/sdp.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "crypto/crypto.hpp"
#include "media/format.hpp"
#include "media/h264.hpp"
#include "media/h265.hpp"

namespace bongsu::media {
namespace {

constexpr std::size_t kTextMax = 64 * 1024, kLinesMax = 2000, kTracksMax = 64, kFormatsMax = 32;
constexpr std::string_view kBlanks = " \t";

struct Offered {  // One format of an m= line.
    std::uint8_t payload_type = 0;
    std::string encoding, fmtp;
    int width = 0, height = 0;
};

struct Track {
    std::string kind, control;
    std::vector<Offered> formats;
    int width = 0, height = 0;
};

struct Description {
    std::string control;
    std::vector<Track> tracks;
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string_view trim(std::string_view text, std::string_view blanks = kBlanks) {
    const auto from = text.find_first_not_of(blanks);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

/// Cuts up to `mark` off the front of `text`.
std::string_view take(std::string_view& text, char mark) {
    const auto at = text.find(mark);
    const auto part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
    return part;
}

std::string_view take_word(std::string_view& text) {
    text = trim(text);
    const auto part = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(part.size());
    text = trim(text);
    return part;
}

std::optional<int> number(std::string_view text, int most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > most)
        return std::nullopt;
    return value;
}

/// The names of static payload types (RFC 3551 table 5): a camera need not write their rtpmap.
std::string_view static_encoding(std::uint8_t payload_type) {
    switch (payload_type) {
        case 26:
            return "JPEG/90000";
        case 31:
            return "H261/90000";
        case 32:
            return "MPV/90000";
        case 33:
            return "MP2T/90000";
        case 34:
            return "H263/90000";
        default:
            return {};
    }
}

Track media_line(std::string_view value) {  // "video 0 RTP/AVP 96 97"
    Track out;
    out.kind = lower(take_word(value));
    take_word(value);
    take_word(value);
    while (!value.empty() && out.formats.size() < kFormatsMax) {
        const auto type = number(take_word(value), 127);
        if (!type) continue;
        const auto payload_type = static_cast<std::uint8_t>(*type);
        out.formats.push_back({payload_type, std::string(static_encoding(payload_type)), {}});
    }
    return out;
}

/// "640-480" or "640,480".
void read_size(std::string_view value, char mark, int& width, int& height) {
    const auto w = number(trim(take(value, mark)), 65535), h = number(trim(value), 65535);
    if (!w || !h || *w == 0 || *h == 0) return;
    width = *w;
    height = *h;
}

void attribute(Track& track, std::string_view value) {
    const std::string name = lower(trim(take(value, ':')));
    value = trim(value);
    if (name == "control") track.control = std::string(value);
    if (name == "x-dimensions") read_size(value, ',', track.width, track.height);
    if (name != "rtpmap" && name != "fmtp" && name != "framesize") return;
    const auto type = number(take_word(value), 127);
    for (Offered& format : track.formats) {
        if (type != format.payload_type) continue;
        if (name == "framesize") {
            read_size(value, '-', format.width, format.height);
        } else {
            (name == "rtpmap" ? format.encoding : format.fmtp) = std::string(value);
        }
    }
}

Result<Description> read_lines(std::string_view text) {
    if (text.size() > kTextMax) return fail(ErrorKind::corrupt, "SDP longer than 64 KiB");
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text = trim(text, std::string_view(" \t\r\n\0", 5));  // A C string's end counted in, blank lines before.
    if (text.substr(0, 2) != "v=") return fail(ErrorKind::corrupt, "SDP does not begin with v=");
    Description out;
    for (std::size_t lines = 0; !text.empty(); ++lines) {
        if (lines == kLinesMax) return fail(ErrorKind::corrupt, "SDP has more than 2000 lines");
        std::string_view line = trim(take(text, '\n'), " \t\r");
        if (line.size() < 2 || line[1] != '=') continue;  // Cameras write odd lines; none of those matters.
        const std::string_view value = line.substr(2);
        if (std::any_of(value.begin(), value.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\t'; })) {
            return fail(ErrorKind::corrupt, "SDP holds control characters");
        }
        if (line[0] == 'm') {
            if (out.tracks.size() == kTracksMax)
                return fail(ErrorKind::corrupt, "SDP has more than 64 tracks");
            out.tracks.push_back(media_line(value));
        } else if (line[0] == 'a' && !out.tracks.empty()) {
            attribute(out.tracks.back(), value);
        } else if (line[0] == 'a' && lower(value.substr(0, 8)) == "control:") {
            out.control = std::string(trim(value.substr(8)));
        }
    }
    return out;
}

/// Calls `visit(name, value)` for each parameter of an fmtp, the name in lower case.
template <class Visit>
void visit_parameters(std::string_view fmtp, Visit&& visit) {
    while (!fmtp.empty()) {
        std::string_view value = trim(take(fmtp, ';'));
        const std::string name = lower(trim(take(value, '=')));
        visit(name, trim(value, " \t\""));
    }
}

/// One parameter set: base64 with blanks, without padding, with a start code before the unit, as makers write
/// it.
std::string unit_of(std::string_view text) {
    std::string letters(text);
    std::erase_if(letters, [](char c) { return c == ' ' || c == '\t' || c == '"' || c == '='; });
    while (letters.size() % 4 != 0) letters += '=';
    const auto bytes = crypto::from_base64(letters, "sprop");
    if (!bytes) return {};
    std::string_view unit = *bytes;
    if (unit.starts_with(std::string_view("\0\0\1", 3))) unit.remove_prefix(3);
    if (unit.starts_with(std::string_view("\0\0\0\1", 4))) unit.remove_prefix(4);
    return std::string(unit);
}

SetKind kind_of(Codec codec, const std::string& unit) {
    if (unit.empty()) return SetKind::none;
    const auto first = static_cast<std::uint8_t>(unit[0]);
    return set_kind(codec, codec == Codec::h265 ? h265::type(first) : nal::type(first));
}

/// The parameter sets of an fmtp; anything unreadable is left out: it may come in band.
void read_parameter_sets(std::string_view fmtp, Format& out) {
    std::vector<std::string> units;
    visit_parameters(fmtp, [&](const std::string& name, std::string_view value) {
        const bool wanted = out.codec == Codec::h264
                                ? name == "sprop-parameter-sets"
                                : name == "sprop-vps" || name == "sprop-sps" || name == "sprop-pps";
        while (wanted && !value.empty()) units.push_back(unit_of(take(value, ',')));
    });
    for (const auto kind : {SetKind::vps, SetKind::sps, SetKind::pps}) {
        for (const auto& unit : units) {
            if (kind_of(out.codec, unit) == kind) learn(out, kind, as_bytes(unit));
        }
    }
    if (!out.known()) out = {.codec = out.codec};
}

/// Why we cannot relay a format; empty when we can. `codec` is set then.
std::string refusal(const Offered& format, Codec& codec) {
    if (format.encoding.empty()) return "payload type " + std::to_string(format.payload_type);
    std::string_view rest = format.encoding;
    const std::string name = lower(trim(take(rest, '/')));
    std::string shown = format.encoding.substr(0, 40);
    // A stranger's bytes: they go on into logs, JSON and pages.
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    const auto rate = trim(take(rest, '/'));
    if (name == "h264") {
        codec = Codec::h264;
    } else if (name == "h265" || name == "hevc") {
        codec = Codec::h265;
    } else if (name == "jpeg") {
        codec = Codec::jpeg;
    } else {
        return shown;
    }
    if (!rate.empty() && rate != "90000") return shown;
    std::string why;
    visit_parameters(format.fmtp, [&](const std::string& parameter, std::string_view value) {
        const bool is_set = !value.empty() && value != "0";
        if (codec == Codec::h264 && parameter == "packetization-mode" && value == "2")
            why = shown + " with packetization-mode 2";
        if (codec == Codec::h265 && parameter == "sprop-max-don-diff" && is_set)
            why = shown + " with sprop-max-don-diff";
    });
    return why;
}

}  // namespace

Result<CameraTrack> parse_camera_sdp(std::string_view text) {
    TRY(const Description all, read_lines(text));
    std::string seen;
    for (const Track& track : all.tracks) {
        if (track.kind != "video") continue;
        for (const Offered& offered : track.formats) {
            CameraTrack out{offered.payload_type, {}, track.control, all.control};
            const std::string why = refusal(offered, out.format.codec);
            if (!why.empty()) {
                if (seen.size() < 200) seen += (seen.empty() ? "" : ", ") + why;
                continue;
            }
            read_parameter_sets(offered.fmtp, out.format);
            if (out.format.width == 0) {
                out.format.width = offered.width != 0 ? offered.width : track.width;
                out.format.height = offered.width != 0 ? offered.height : track.height;
            }
            return out;
        }
    }
    Error error{ErrorKind::invalid, "the camera offers no H.264, H.265 or JPEG video (it offers: " + (seen.empty() ? "none" : seen) + ")", Where::here()};
    if (!seen.empty()) error.code = "codec";
    return tl::unexpected(std::move(error));
}

std::string write_sdp(const Format& format, std::string_view session_name) {
    std::string out = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=";
    out += session_name;
    out += "\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 ";
    out += to_string(format.codec);
    out += "/90000\r\n";
    if (format.codec == Codec::h264) {
        out += "a=fmtp:96 packetization-mode=1";
        if (format.known() && format.sps.size() >= 4) {
            out += ";profile-level-id=" + crypto::to_hex(std::string_view(format.sps).substr(1, 3));
            out += ";sprop-parameter-sets=" + crypto::to_base64(format.sps) + "," +
                   crypto::to_base64(format.pps);
        }
        out += "\r\n";
    } else if (format.codec == Codec::h265 && format.known()) {
        out += "a=fmtp:96 sprop-vps=" + crypto::to_base64(format.vps) +
               ";sprop-sps=" + crypto::to_base64(format.sps) + ";sprop-pps=" + crypto::to_base64(format.pps) +
               "\r\n";
    }
    if (format.width > 0) {
        out +=
            "a=framesize:96 " + std::to_string(format.width) + "-" + std::to_string(format.height) + "\r\n";
    }
    return out + "a=control:trackID=0\r\n";
}

}  // namespace bongsu::media
