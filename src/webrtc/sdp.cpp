#include "webrtc/sdp.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace bongsu::webrtc {
namespace {

/// Attributes of the session or of one m-line, with the m-line's own first.
struct Section {
    OfferedMedia media;
    std::vector<std::string_view> formats;
    std::vector<std::pair<std::string_view, std::string_view>> attributes;  ///< name, value ("" for a flag)
    unsigned port = 0;

    std::optional<std::string_view> find(std::string_view name) const {
        for (const auto& [key, value] : attributes) {
            if (key == name) return value;
        }
        return std::nullopt;
    }
};

struct Parsed {
    Section session;
    std::vector<Section> media;
};

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text, char by, std::size_t parts_max) {
    std::vector<std::string_view> parts;
    while (!text.empty() && parts.size() < parts_max) {
        const std::size_t end = text.find(by);
        if (end != 0) parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return parts;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& letter : out) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
    }
    return out;
}

/// Visible ASCII: what we echo back can smuggle no line into the answer.
bool is_plain(std::string_view text, bool spaces) {
    return std::all_of(text.begin(), text.end(),
                       [spaces](char c) { return (c > 0x20 && c < 0x7f) || (spaces && c == ' '); });
}

Result<Section> parse_media_line(std::string_view value) {
    const auto parts = split(value, ' ', 3 + 129);
    if (parts.size() < 4) return fail(ErrorKind::invalid, "sdp m-line is incomplete");
    if (parts.size() > 3 + 128) return fail(ErrorKind::invalid, "sdp m-line has too many formats");
    Section section;
    const auto port = number(parts[1]);
    if (!port || *port > 65535) return fail(ErrorKind::invalid, "sdp m-line has no port");
    section.port = *port;
    for (std::size_t i : {0U, 2U, 3U}) {
        if (parts[i].size() > 64 || !is_plain(parts[i], false)) return fail(ErrorKind::invalid, "sdp m-line");
    }
    section.media = {std::string(parts[0]), std::string(parts[2]), std::string(parts[3]), ""};
    section.formats.assign(parts.begin() + 3, parts.end());
    return section;
}

Result<Parsed> parse_lines(std::string_view sdp) {
    if (sdp.size() > 64U << 10) return fail(ErrorKind::invalid, "sdp is larger than 64 KiB");
    if (!sdp.starts_with("v=0")) return fail(ErrorKind::invalid, "sdp does not start with v=0");
    Parsed parsed;
    int lines = 0;
    while (!sdp.empty()) {
        if (++lines > 4000) return fail(ErrorKind::invalid, "sdp has too many lines");
        const std::size_t end = sdp.find('\n');
        std::string_view line = sdp.substr(0, end);
        sdp.remove_prefix(end == std::string_view::npos ? sdp.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        if (line.size() < 2 || line[1] != '=')
            return fail(ErrorKind::invalid, "sdp line is not <letter>=<value>");
        const std::string_view value = line.substr(2);
        if (line[0] == 'm') {
            if (parsed.media.size() == 16) return fail(ErrorKind::invalid, "sdp has more than 16 m-lines");
            TRY(auto section, parse_media_line(value));
            parsed.media.push_back(std::move(section));
        } else if (line[0] == 'a') {
            const std::size_t colon = value.find(':');
            Section& section = parsed.media.empty() ? parsed.session : parsed.media.back();
            section.attributes.emplace_back(value.substr(0, colon), colon == std::string_view::npos
                                                                        ? std::string_view{}
                                                                        : value.substr(colon + 1));
        }
    }
    for (Section& section : parsed.media) {
        const auto mid = section.find("mid").value_or(std::string_view{});
        if (mid.size() > 64 || !is_plain(mid, false))
            return fail(ErrorKind::invalid, "sdp a=mid is no token");
        section.media.mid = mid;
    }
    return parsed;
}

/// `<pt> <rest>` of an attribute for this payload type.
std::string_view for_payload(const Section& section, std::string_view name, std::string_view payload) {
    for (const auto& [key, value] : section.attributes) {
        if (key == name && value.starts_with(payload) && value.size() > payload.size() &&
            value[payload.size()] == ' ') {
            return value.substr(payload.size() + 1);
        }
    }
    return {};
}

/// 0 = cannot be served. A receiver of a higher profile reads constrained baseline; browsers also read Main
/// and High under 42e01f, and list that profile always.
int rank_of(std::string_view fmtp) {
    int rank = 1;
    bool mode_1 = false;
    for (const std::string_view part : split(fmtp, ';', 32)) {
        const std::string text = lower(part);
        const std::string_view trimmed =
            std::string_view(text).substr(std::min(text.find_first_not_of(' '), text.size()));
        if (trimmed == "packetization-mode=1") mode_1 = true;
        if (trimmed.starts_with("profile-level-id=42e0")) rank = std::max(rank, 2);
        if (trimmed == "profile-level-id=42e01f") rank = 3;
    }
    return mode_1 ? rank : 0;
}

bool choose_format(const Section& section, Offer& offer) {
    int best = 0;
    for (const std::string_view payload : section.formats) {
        const auto type = number(payload);
        const std::string codec = lower(for_payload(section, "rtpmap", payload));
        // 35..63 and 96..127 are dynamic; 64..95 would look like RTCP when multiplexed (RFC 5761).
        if (!type || *type > 127 || *type < 35 || (*type > 63 && *type < 96) || codec != "h264/90000")
            continue;
        const std::string_view fmtp = for_payload(section, "fmtp", payload);
        const int rank = rank_of(fmtp);
        if (rank <= best || fmtp.size() > 512 || !is_plain(fmtp, true)) continue;
        best = rank;
        offer.payload_type = static_cast<std::uint8_t>(*type);
        offer.fmtp = fmtp;
    }
    return best > 0;
}

void read_feedback(const Section& section, Offer& offer) {
    const std::string payload = std::to_string(offer.payload_type);
    for (const auto& [key, value] : section.attributes) {
        if (key != "rtcp-fb") continue;
        const std::size_t space = value.find(' ');
        if (space == std::string_view::npos) continue;
        const std::string_view who = value.substr(0, space), what = value.substr(space + 1);
        if (who != "*" && who != payload) continue;
        if (what == "nack") offer.nack = true;
        if (what == "nack pli") offer.pli = true;
    }
}

bool wants_video(const Section& section) {
    // A bundle-only m-line has port 0 and is no rejection (RFC 8843 6).
    const bool open = section.port != 0 || section.find("bundle-only");
    const bool receives = !section.find("sendonly") && !section.find("inactive");
    const bool secure =
        section.media.protocol == "UDP/TLS/RTP/SAVPF" || section.media.protocol == "RTP/SAVPF";
    return section.media.kind == "video" && open && receives && secure;
}

/// "sha-256 AB:CD:…" (RFC 8122 5).
Result<std::string> parse_fingerprint(std::string_view value) {
    const std::size_t space = value.find(' ');
    if (space == std::string_view::npos || lower(value.substr(0, space)) != "sha-256") {
        return fail(ErrorKind::invalid, "sdp a=fingerprint is not sha-256");
    }
    const std::string_view hex = value.substr(space + 1);
    if (hex.size() != 32 * 3 - 1) return fail(ErrorKind::invalid, "sdp a=fingerprint has a wrong length");
    std::string raw;
    for (std::size_t at = 0; at < hex.size(); at += 3) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
        if (error != std::errc{} || end != hex.data() + at + 2 ||
            (at + 2 < hex.size() && hex[at + 2] != ':')) {
            return fail(ErrorKind::invalid, "sdp a=fingerprint is not hex");
        }
        raw.push_back(static_cast<char>(byte));
    }
    return raw;
}

Result<void> read_transport(const Parsed& parsed, const Section& video, Offer& offer) {
    // Attributes of the m-line win over those of the session (RFC 8839 5.4, RFC 8842 5).
    const auto get = [&](std::string_view name) {
        const auto own = video.find(name);
        return own ? own : parsed.session.find(name);
    };
    const auto ufrag = get("ice-ufrag"), pwd = get("ice-pwd"), fingerprint = get("fingerprint"),
               setup = get("setup");
    if (!ufrag || ufrag->size() < 4 || ufrag->size() > 256)
        return fail(ErrorKind::invalid, "sdp a=ice-ufrag");
    if (!pwd || pwd->size() < 22 || pwd->size() > 256) return fail(ErrorKind::invalid, "sdp a=ice-pwd");
    if (!fingerprint) return fail(ErrorKind::invalid, "sdp a=fingerprint is missing");
    if (!setup || (*setup != "actpass" && *setup != "active")) {
        return fail(ErrorKind::invalid, "sdp a=setup must be actpass or active");
    }
    if (!video.find("rtcp-mux")) return fail(ErrorKind::invalid, "sdp a=rtcp-mux is missing");
    TRY(offer.fingerprint, parse_fingerprint(*fingerprint));
    offer.ufrag = *ufrag;
    offer.pwd = *pwd;
    offer.reduced_rtcp = video.find("rtcp-rsize").has_value();
    for (const auto& [key, value] : parsed.session.attributes) {
        if (key != "group" || !value.starts_with("BUNDLE")) continue;
        const auto mids = split(value, ' ', 32);
        offer.bundle = std::find(mids.begin() + 1, mids.end(), video.media.mid) != mids.end();
    }
    return {};
}

void write_rejected(std::string& out, const OfferedMedia& media) {
    out += "m=" + media.kind + " 0 " + media.protocol + " " + media.format + "\r\nc=IN IP4 0.0.0.0\r\n";
    if (!media.mid.empty()) out += "a=mid:" + media.mid + "\r\n";
    out += "a=inactive\r\n";
}

std::string hex_fingerprint(std::string_view raw) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char letter : raw) {
        const auto byte = static_cast<std::uint8_t>(letter);
        if (!out.empty()) out += ':';
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

void write_video(std::string& out, const Offer& offer, const AnswerFields& fields) {
    const OfferedMedia& media = offer.media[offer.video];
    const std::string payload = std::to_string(offer.payload_type);
    const std::string port = fields.candidates.empty() ? "9" : std::to_string(fields.candidates[0].port);
    out += "m=video " + port + " " + media.protocol + " " + payload + "\r\nc=IN IP4 0.0.0.0\r\n";
    if (!media.mid.empty()) out += "a=mid:" + media.mid + "\r\n";
    out += "a=sendonly\r\na=rtcp-mux\r\n";
    if (offer.reduced_rtcp) out += "a=rtcp-rsize\r\n";
    out += "a=ice-ufrag:" + fields.ufrag + "\r\na=ice-pwd:" + fields.pwd + "\r\n";
    out += "a=fingerprint:sha-256 " + hex_fingerprint(fields.fingerprint) + "\r\na=setup:passive\r\n";
    out += "a=rtpmap:" + payload + " H264/90000\r\na=fmtp:" + payload + " " + offer.fmtp + "\r\n";
    if (offer.nack) out += "a=rtcp-fb:" + payload + " nack\r\n";
    if (offer.pli) out += "a=rtcp-fb:" + payload + " nack pli\r\n";
    out += "a=msid:" + fields.stream_id + " video\r\n";
    out += "a=ssrc:" + std::to_string(fields.ssrc) + " cname:" + fields.cname + "\r\n";
    // RFC 8445 5.1.2.1: type preference 126 (host) << 24, local preference << 8, 256 - component.
    std::uint32_t local = 65535;
    std::size_t foundation = 1;
    for (const Address& address : fields.candidates) {
        out += "a=candidate:" + std::to_string(foundation++) + " 1 udp " +
               std::to_string((126U << 24) + (local-- << 8) + 255U) + " " + address.host() + " " +
               std::to_string(address.port) + " typ host\r\n";
    }
    out += "a=end-of-candidates\r\n";
}

}  // namespace

Result<Offer> parse_offer(std::string_view sdp) {
    TRY(const auto parsed, parse_lines(sdp));
    Offer offer;
    const Section* video = nullptr;
    for (const Section& section : parsed.media) {
        if (video == nullptr && wants_video(section) && choose_format(section, offer)) {
            video = &section;
            offer.video = offer.media.size();
        }
        offer.media.push_back(section.media);
    }
    if (video == nullptr) {
        return fail(ErrorKind::invalid,
                    "sdp has no video m-line that receives H264/90000 with packetization-mode=1");
    }
    TRY_DO(read_transport(parsed, *video, offer));
    read_feedback(*video, offer);
    return offer;
}

std::string write_answer(const Offer& offer, const AnswerFields& fields) {
    std::string out = "v=0\r\no=- " + std::to_string(fields.session) +
                      " 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n";
    if (offer.bundle) out += "a=group:BUNDLE " + offer.media[offer.video].mid + "\r\n";
    out += "a=msid-semantic: WMS " + fields.stream_id + "\r\n";
    for (std::size_t i = 0; i < offer.media.size(); ++i) {
        if (i == offer.video) {
            write_video(out, offer, fields);
        } else {
            write_rejected(out, offer.media[i]);
        }
    }
    return out;
}

}  // namespace bongsu::webrtc
