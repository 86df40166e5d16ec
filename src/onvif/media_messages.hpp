#pragma once
// Media (ver10/media/wsdl) and Media2 (ver20/media/wsdl): profiles, encoders, addresses of streams. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onvif/soap.hpp"

namespace bongsu::onvif {

inline constexpr std::size_t kProfilesMax = 64;
inline constexpr std::size_t kEncodersMax = 64;

enum class MediaVersion : std::uint8_t { media1, media2 };
std::string_view service_of(MediaVersion version);

enum class Encoding : std::uint8_t { unknown, jpeg, mpeg4, h264, h265 };
std::string_view to_string(Encoding encoding);

struct Encoder {
    std::string token, name;
    Encoding encoding = Encoding::unknown;
    int width = 0, height = 0;  ///< 0: not said.
    int frames_per_second = 0, kbits_per_second = 0, pictures_per_group = 0;  ///< 0: not said.
};

struct Profile {
    std::string token;  ///< As the camera writes it, spaces and all: it wants it back so.
    std::string name;
    std::string source;  ///< Token of the video source: the lens of a camera with more than one.
    std::optional<Encoder> video;
    std::string ptz_configuration, ptz_node;  ///< Empty: cannot be turned by it. Media2 names no node.
};

Call ask_profiles(MediaVersion version);
/// At most kProfilesMax; profiles without a token, or with one longer than kTokenBytesMax, are left out.
Result<std::vector<Profile>> read_profiles(MediaVersion version, const xml::Element& answer);

Call ask_encoders(MediaVersion version);
Result<std::vector<Encoder>> read_encoders(MediaVersion version, const xml::Element& answer);

/// RTP over one RTSP connection (TCP interleaved): goes through what is between us and the camera.
Call ask_stream_uri(MediaVersion version, std::string_view profile_token);
Call ask_snapshot_uri(MediaVersion version, std::string_view profile_token);
/// Of both. As the camera said it: see url.hpp. Errors: corrupt when there is none.
Result<std::string> read_uri(MediaVersion version, const xml::Element& answer);

struct Choice {
    const Profile* profile = nullptr;  ///< None when there is nothing to choose.
    std::string reason;                ///< For a person: "the largest picture, 3840x2160 H.265".
};
struct Choices {
    Choice main, sub;
};
/// main: the largest H.264 or H.265 picture, H.264 where two are alike. sub: the smallest H.264 picture of the same video
/// source that is at least 320 wide and is not main. Points into `profiles`.
Choices choose_streams(const std::vector<Profile>& profiles);

}  // namespace bongsu::onvif
