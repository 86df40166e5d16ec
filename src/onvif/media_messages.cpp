#include "onvif/media_messages.hpp"

#include <algorithm>

#include "onvif/device_messages.hpp"
#include "onvif/names.hpp"

namespace bongsu::onvif {

namespace {

constexpr auto tt = names::schema;

std::string qualified(MediaVersion version, std::string_view name) {
    return (version == MediaVersion::media1 ? "trt:" : "tr2:") + std::string(name);
}

Encoding encoding_of(std::string_view text) {
    std::string low;
    for (const char c : text.substr(0, 16)) {
        if (c != '.' && c != '-') low += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (low == "h264") return Encoding::h264;
    if (low == "h265" || low == "hevc") return Encoding::h265;
    if (low == "jpeg" || low == "mjpeg") return Encoding::jpeg;
    if (low == "mpeg4" || low == "mpv4es") return Encoding::mpeg4;
    return Encoding::unknown;
}

std::optional<std::string> token_of(const xml::Element& element) {
    const auto token = element.attribute("token");
    if (token.empty() || token.size() > kTokenBytesMax) return std::nullopt;
    return std::string(token);
}

int number_or_zero(const xml::Element& element) { return number_of(element).value_or(0); }

Encoder encoder_of(const xml::Element& from) {
    Encoder out;
    out.token = token_of(from).value_or("");
    out.name = words_of(from.child(tt, "Name"));
    out.encoding = encoding_of(from.child(tt, "Encoding").text());
    const auto resolution = from.child(tt, "Resolution");
    out.width = number_or_zero(resolution.child(tt, "Width"));
    out.height = number_or_zero(resolution.child(tt, "Height"));
    const auto rate = from.child(tt, "RateControl");
    out.frames_per_second = number_or_zero(rate.child(tt, "FrameRateLimit"));
    out.kbits_per_second = number_or_zero(rate.child(tt, "BitrateLimit"));
    // Media has the group in the codec's own element, Media2 in an attribute.
    for (const auto* codec : {"H264", "MPEG4"}) {
        if (const auto length = number_of(from.child(tt, codec).child(tt, "GovLength"))) out.pictures_per_group = *length;
    }
    if (const auto text = from.attribute("GovLength"); !text.empty() && text.size() < 6 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        out.pictures_per_group = std::stoi(std::string(text));
    return out;
}

Call of_profile(MediaVersion version, std::string_view operation, xml::Writer out) {
    return {service_of(version), operation, out.take()};
}

std::string size_of(const Encoder& video) { return std::to_string(video.width) + "x" + std::to_string(video.height); }

std::int64_t area_of(const Encoder& video) { return std::int64_t{video.width} * video.height; }

}  // namespace

std::string_view service_of(MediaVersion version) { return version == MediaVersion::media1 ? names::media : names::media2; }

std::string_view to_string(Encoding encoding) {
    switch (encoding) {
        case Encoding::jpeg: return "JPEG";
        case Encoding::mpeg4: return "MPEG-4";
        case Encoding::h264: return "H.264";
        case Encoding::h265: return "H.265";
        case Encoding::unknown: break;
    }
    return "unknown";
}

Call ask_profiles(MediaVersion version) {
    auto out = soap::begin(qualified(version, "GetProfiles"));
    if (version == MediaVersion::media2) {
        // Without a type Media2 tells tokens and names alone.
        for (const auto* type : {"VideoSource", "VideoEncoder", "PTZ"}) out.element("tr2:Type", type);
    }
    return {service_of(version), "GetProfiles", out.take()};
}

Result<std::vector<Profile>> read_profiles(MediaVersion version, const xml::Element& answer) {
    std::vector<Profile> out;
    const auto ns = service_of(version);
    for (const auto& each : answer.children(ns, "Profiles")) {
        if (out.size() == kProfilesMax) break;
        const auto token = token_of(each);
        if (!token) continue;
        Profile profile;
        profile.token = *token;
        const bool is_old = version == MediaVersion::media1;
        profile.name = words_of(each.child(is_old ? tt : ns, "Name"));
        const auto parts = is_old ? each : each.child(ns, "Configurations");
        const auto part = [&](std::string_view name) {
            return is_old ? parts.child(tt, std::string(name) + "Configuration") : parts.child(ns, name);
        };
        profile.source = words_of(part("VideoSource").child(tt, "SourceToken"));
        if (const auto encoder = part("VideoEncoder")) profile.video = encoder_of(encoder);
        if (const auto ptz = part("PTZ")) {
            profile.ptz_configuration = token_of(ptz).value_or("");
            profile.ptz_node = words_of(ptz.child(tt, "NodeToken"));
        }
        out.push_back(std::move(profile));
    }
    return out;
}

Call ask_encoders(MediaVersion version) {
    return {service_of(version), "GetVideoEncoderConfigurations", soap::begin(qualified(version, "GetVideoEncoderConfigurations")).take()};
}

Result<std::vector<Encoder>> read_encoders(MediaVersion version, const xml::Element& answer) {
    std::vector<Encoder> out;
    for (const auto& each : answer.children(service_of(version), "Configurations")) {
        if (out.size() == kEncodersMax) break;
        if (token_of(each)) out.push_back(encoder_of(each));
    }
    return out;
}

Call ask_stream_uri(MediaVersion version, std::string_view profile_token) {
    auto out = soap::begin(qualified(version, "GetStreamUri"));
    if (version == MediaVersion::media1) {
        out.open("trt:StreamSetup").element("tt:Stream", "RTP-Unicast");
        out.open("tt:Transport").element("tt:Protocol", "RTSP").close().close();
    } else {
        out.element("tr2:Protocol", "RTSP");
    }
    out.element(qualified(version, "ProfileToken"), profile_token);
    return of_profile(version, "GetStreamUri", std::move(out));
}

Call ask_snapshot_uri(MediaVersion version, std::string_view profile_token) {
    auto out = soap::begin(qualified(version, "GetSnapshotUri"));
    out.element(qualified(version, "ProfileToken"), profile_token);
    return of_profile(version, "GetSnapshotUri", std::move(out));
}

Result<std::string> read_uri(MediaVersion version, const xml::Element& answer) {
    const auto uri = version == MediaVersion::media1 ? answer.child(names::media, "MediaUri").child(tt, "Uri")
                                                     : answer.child(names::media2, "Uri");
    if (uri.text().empty()) return fail(ErrorKind::corrupt, "the answer holds no address");
    return words_of(uri, 1000);
}

Choices choose_streams(const std::vector<Profile>& profiles) {
    Choices out;
    const auto is_live = [](const Profile& profile) {
        return profile.video && (profile.video->encoding == Encoding::h264 || profile.video->encoding == Encoding::h265);
    };
    for (const auto& each : profiles) {
        if (!is_live(each)) continue;
        const auto* best = out.main.profile;
        const bool is_larger = best == nullptr || area_of(*each.video) > area_of(*best->video);
        const bool is_simpler = best != nullptr && area_of(*each.video) == area_of(*best->video) &&
                                each.video->encoding == Encoding::h264 && best->video->encoding == Encoding::h265;
        if (is_larger || is_simpler) out.main.profile = &each;
    }
    if (out.main.profile == nullptr) {
        out.main.reason = profiles.empty() ? "the camera has no profile" : "no profile has H.264 or H.265 video";
        out.sub.reason = out.main.reason;
        return out;
    }
    const auto& main = *out.main.profile;
    out.main.reason = "the largest picture, " + size_of(*main.video) + " " + std::string(to_string(main.video->encoding));
    for (const auto& each : profiles) {
        const bool fits = is_live(each) && each.video->encoding == Encoding::h264 && each.video->width >= 320 && &each != &main &&
                          each.source == main.source && area_of(*each.video) <= area_of(*main.video);
        if (fits && (out.sub.profile == nullptr || area_of(*each.video) < area_of(*out.sub.profile->video))) out.sub.profile = &each;
    }
    if (out.sub.profile == nullptr) {
        out.sub.reason = "no other H.264 picture of this lens is at least 320 wide";
    } else {
        out.sub.reason = "the smallest H.264 picture from 320 wide, " + size_of(*out.sub.profile->video);
    }
    return out;
}

}  // namespace bongsu::onvif
