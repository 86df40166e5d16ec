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

tl::unexpected<Error> bad(std::string_view field, std::string_view why) {
    return fail_field(field, why);
}

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
    if (parts.size() < 4) return bad("m=", "is incomplete");
    if (parts.size() > 3 + 128) return bad("m=", "has more than 128 formats");
    Section section;
    const auto port = number(parts[1]);
    if (!port || *port > 65535) return bad("m=", "has no port");
    section.port = *port;
    for (std::size_t i : {0U, 2U, 3U}) {
        if (parts[i].size() > 64 || !is_plain(parts[i], false)) return bad("m=", "is not made of tokens");
    }
    section.media = {std::string(parts[0]), std::string(parts[2]), std::string(parts[3]), ""};
    section.formats.assign(parts.begin() + 3, parts.end());
    return section;
}

Result<Parsed> parse_lines(std::string_view sdp) {
    if (sdp.size() > 64U << 10) return bad("body", "is larger than 64 KiB");
    if (!sdp.starts_with("v=0")) return bad("v=", "must be 0 and the first line");
    Parsed parsed;
    int lines = 0;
    while (!sdp.empty()) {
        if (++lines > 4000) return bad("body", "has more than 4000 lines");
        const std::size_t end = sdp.find('\n');
        std::string_view line = sdp.substr(0, end);
        sdp.remove_prefix(end == std::string_view::npos ? sdp.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        if (line.size() < 2 || line[1] != '=')
            return bad("body", "has a line that is not <letter>=<value>");
        const std::string_view value = line.substr(2);
        if (line[0] == 'm') {
            if (parsed.media.size() == 16) return bad("m=", "is there more than 16 times");
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
            return bad("a=mid", "is no token");
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

/// The parameters of an fmtp line, in lower case.
std::vector<std::string> parameters_of(std::string_view fmtp) {
    std::vector<std::string> out;
    for (const std::string_view part : split(fmtp, ';', 32)) {
        const std::string text = lower(part);
        out.push_back(text.substr(std::min(text.find_first_not_of(' '), text.size())));
    }
    return out;
}

/// 0 = cannot be served. A receiver of a higher profile reads constrained baseline; browsers also read Main
/// and High under 42e01f, and list that profile always.
int rank_of_h264(std::string_view fmtp) {
    int rank = 1;
    bool mode_1 = false;
    for (const auto& parameter : parameters_of(fmtp)) {
        if (parameter == "packetization-mode=1") mode_1 = true;
        if (parameter.starts_with("profile-level-id=42e0")) rank = std::max(rank, 2);
        if (parameter == "profile-level-id=42e01f") rank = 3;
    }
    return mode_1 ? rank : 0;
}

/// RFC 7798 7.1: absent, profile-id is 1 (Main) and tx-mode SRST; with DON fields a packet looks otherwise.
int rank_of_h265(std::string_view fmtp) {
    int rank = 2;
    for (const auto& parameter : parameters_of(fmtp)) {
        if (parameter.starts_with("tx-mode=") && parameter != "tx-mode=srst") return 0;
        if (parameter.starts_with("sprop-max-don-diff=") && parameter != "sprop-max-don-diff=0") return 0;
        if (parameter.starts_with("profile-id=") && parameter != "profile-id=1") rank = 1;
    }
    return rank;
}

void read_feedback(const Section& section, OfferedFormat& format) {
    const std::string payload = std::to_string(format.payload_type);
    for (const auto& [key, value] : section.attributes) {
        if (key != "rtcp-fb") continue;
        const std::size_t space = value.find(' ');
        if (space == std::string_view::npos) continue;
        const std::string_view who = value.substr(0, space), what = value.substr(space + 1);
        if (who != "*" && who != payload) continue;
        if (what == "nack") format.nack = true;
        if (what == "nack pli") format.pli = true;
    }
}

Result<void> choose_formats(const Section& section, Offer& offer) {
    int best_h264 = 0, best_h265 = 0;
    bool any = false;
    for (const std::string_view payload : section.formats) {
        const auto type = number(payload);
        const std::string codec = lower(for_payload(section, "rtpmap", payload));
        const bool h264 = codec == "h264/90000";
        // 35..63 and 96..127 are dynamic; 64..95 would look like RTCP when multiplexed (RFC 5761).
        if (!type || *type > 127 || *type < 35 || (*type > 63 && *type < 96) || (!h264 && codec != "h265/90000")) continue;
        any = true;
        const std::string_view fmtp = for_payload(section, "fmtp", payload);
        const int rank = h264 ? rank_of_h264(fmtp) : rank_of_h265(fmtp);
        int& best = h264 ? best_h264 : best_h265;
        if (rank <= best || fmtp.size() > 512 || !is_plain(fmtp, true)) continue;
        best = rank;
        OfferedFormat format{static_cast<std::uint8_t>(*type), std::string(fmtp)};
        read_feedback(section, format);
        (h264 ? offer.h264 : offer.h265) = std::move(format);
    }
    if (!any) return bad("a=rtpmap", "of the video m-line must offer H264/90000 or H265/90000 under a dynamic payload type");
    if (!offer.h264 && !offer.h265) return bad("a=fmtp", "must offer packetization-mode=1 of H264, or tx-mode=SRST of H265");
    return {};
}

bool in_bundle(const Parsed& parsed, std::string_view mid) {
    for (const auto& [key, value] : parsed.session.attributes) {
        if (key != "group" || !value.starts_with("BUNDLE ") || mid.empty()) continue;
        const auto mids = split(value, ' ', 32);
        if (std::find(mids.begin() + 1, mids.end(), mid) != mids.end()) return true;
    }
    return false;
}

/// A port of 0 is no wish, but for a bundle-only m-line (RFC 8843 6).
bool is_open(const Parsed& parsed, const Section& section) {
    return section.port != 0 || (section.find("bundle-only") && in_bundle(parsed, section.media.mid));
}

/// Its own direction, else the session's, else both ways (RFC 8866 6.7).
bool receives(const Parsed& parsed, const Section& section) {
    for (const Section* where : {&section, &parsed.session}) {
        if (where->find("sendonly") || where->find("inactive")) return false;
        if (where->find("recvonly") || where->find("sendrecv")) return true;
    }
    return true;
}

/// The one video m-line that wants a picture; null for none of them, with the reason.
Result<const Section*> find_video(const Parsed& parsed) {
    const Section* found = nullptr;
    tl::unexpected<Error> lack = bad("m=video", "is missing");
    for (const Section& section : parsed.media) {
        if (section.media.kind != "video") continue;
        if (!is_open(parsed, section)) {
            lack = bad("m=video", "has port 0");
        } else if (!receives(parsed, section)) {
            lack = bad("m=video", "must be recvonly or sendrecv");
        } else if (section.media.protocol != "UDP/TLS/RTP/SAVPF" && section.media.protocol != "RTP/SAVPF") {
            lack = bad("m=video", "must be UDP/TLS/RTP/SAVPF");
        } else if (found != nullptr) {
            return bad("m=video", "is there twice: a session serves one picture");
        } else {
            found = &section;
        }
    }
    if (found == nullptr) return lack;
    return found;
}

/// "AB:CD:…" (RFC 8122 5).
Result<std::string> parse_sha256(std::string_view hex) {
    if (hex.size() != 32 * 3 - 1) return bad("a=fingerprint", "of sha-256 must have 32 bytes");
    std::string raw;
    for (std::size_t at = 0; at < hex.size(); at += 3) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
        if (error != std::errc{} || end != hex.data() + at + 2 ||
            (at + 2 < hex.size() && hex[at + 2] != ':')) {
            return bad("a=fingerprint", "must be bytes in hex with colons between them");
        }
        raw.push_back(static_cast<char>(byte));
    }
    return raw;
}

/// One certificate may come with several hashes (RFC 8122 5); those of the m-line stand for the session's.
Result<std::string> read_fingerprint(const Parsed& parsed, const Section& video) {
    const Section& where = video.find("fingerprint") ? video : parsed.session;
    if (!where.find("fingerprint")) return bad("a=fingerprint", "is missing");
    for (const auto& [key, value] : where.attributes) {
        const std::size_t space = value.find(' ');
        if (key == "fingerprint" && space != std::string_view::npos && lower(value.substr(0, space)) == "sha-256")
            return parse_sha256(value.substr(space + 1));
    }
    return bad("a=fingerprint", "must be of sha-256");
}

/// 4 (or 22) to 256 letters, digits, "+" and "/" (RFC 8839 5.4).
Result<std::string> read_ice(std::optional<std::string_view> value, std::string_view field, std::size_t least) {
    if (!value) return bad(field, "is missing");
    const bool plain = std::all_of(value->begin(), value->end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/';
    });
    if (value->size() < least || value->size() > 256 || !plain) {
        return bad(field, "must be " + std::to_string(least) + " to 256 letters, digits, + and /");
    }
    return std::string(*value);
}

Result<void> read_transport(const Parsed& parsed, const Section& video, Offer& offer) {
    // Attributes of the m-line win over those of the session (RFC 8839 5.4, RFC 8842 5).
    const auto get = [&](std::string_view name) {
        const auto own = video.find(name);
        return own ? own : parsed.session.find(name);
    };
    // We are lite and wait for the peer's checks: two that wait never meet (RFC 8445 6.1.1).
    if (get("ice-lite")) return bad("a=ice-lite", "must not be there: this side is lite already");
    TRY(offer.ufrag, read_ice(get("ice-ufrag"), "a=ice-ufrag", 4));
    TRY(offer.pwd, read_ice(get("ice-pwd"), "a=ice-pwd", 22));
    TRY(offer.fingerprint, read_fingerprint(parsed, video));
    const auto setup = get("setup");
    if (!setup) return bad("a=setup", "is missing");
    if (*setup != "actpass" && *setup != "active") return bad("a=setup", "must be actpass or active");
    if (!video.find("rtcp-mux")) return bad("a=rtcp-mux", "is missing");
    offer.reduced_rtcp = video.find("rtcp-rsize").has_value();
    offer.bundle = in_bundle(parsed, video.media.mid);
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

void write_video(std::string& out, const Offer& offer, media::Codec codec, const AnswerFields& fields) {
    const OfferedMedia& media = offer.media[offer.video];
    const OfferedFormat& format = *offer.format(codec);
    const std::string payload = std::to_string(format.payload_type);
    const std::string port = fields.candidates.empty() ? "9" : std::to_string(fields.candidates[0].port);
    out += "m=video " + port + " " + media.protocol + " " + payload + "\r\nc=IN IP4 0.0.0.0\r\n";
    if (!media.mid.empty()) out += "a=mid:" + media.mid + "\r\n";
    out += "a=sendonly\r\na=rtcp-mux\r\n";
    if (offer.reduced_rtcp) out += "a=rtcp-rsize\r\n";
    out += "a=ice-ufrag:" + fields.ufrag + "\r\na=ice-pwd:" + fields.pwd + "\r\n";
    out += "a=fingerprint:sha-256 " + hex_fingerprint(fields.fingerprint) + "\r\na=setup:passive\r\n";
    out += "a=rtpmap:" + payload + " " + std::string(to_string(codec)) + "/90000\r\n";
    if (!format.fmtp.empty()) out += "a=fmtp:" + payload + " " + format.fmtp + "\r\n";
    if (format.nack) out += "a=rtcp-fb:" + payload + " nack\r\n";
    if (format.pli) out += "a=rtcp-fb:" + payload + " nack pli\r\n";
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
    TRY(const Section* video, find_video(parsed));
    Offer offer;
    for (const Section& section : parsed.media) {
        if (&section == video) offer.video = offer.media.size();
        offer.media.push_back(section.media);
    }
    TRY_DO(choose_formats(*video, offer));
    TRY_DO(read_transport(parsed, *video, offer));
    return offer;
}

std::string write_answer(const Offer& offer, media::Codec codec, const AnswerFields& fields) {
    std::string out = "v=0\r\no=- " + std::to_string(fields.session) +
                      " 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n";
    if (offer.bundle) out += "a=group:BUNDLE " + offer.media[offer.video].mid + "\r\n";
    out += "a=msid-semantic: WMS " + fields.stream_id + "\r\n";
    for (std::size_t i = 0; i < offer.media.size(); ++i) {
        if (i == offer.video) {
            write_video(out, offer, codec, fields);
        } else {
            write_rejected(out, offer.media[i]);
        }
    }
    return out;
}

}  // namespace bongsu::webrtc
