#include "view/played_codecs.hpp"

#include <algorithm>
#include <utility>

namespace bongsu::view {
namespace {

constexpr std::size_t kCodecsMax = 16, kCodecLettersMax = 32, kParameterLettersMax = 512;

std::vector<std::string> split_at_commas(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t from = 0; from <= text.size();) {
        const auto to = std::min(text.find(',', from), text.size());
        out.push_back(text.substr(from, to - from));
        from = to + 1;
    }
    return out;
}

}  // namespace

Result<std::vector<std::string>> parse_codecs(const std::vector<std::string>& names, std::string_view field) {
    if (names.size() > kCodecsMax) return fail_field(field, "names more than 16 codecs");
    std::vector<std::string> out;
    for (const auto& name : names) {
        if (name.empty() || name.size() > kCodecLettersMax) return fail_field(field, "holds a name of no or more than 32 letters");
        auto sample = name.substr(0, name.find('.'));
        out.push_back(sample == "hev1" ? "hvc1" : sample == "avc3" ? "avc1" : std::move(sample));
    }
    return out;
}

Result<std::vector<std::string>> codecs_of(const http::Request& request) {
    const auto asked = request.param("codecs");
    if (!asked) return std::vector<std::string>{};
    if (asked->size() > kParameterLettersMax) return fail_field("codecs", "is longer than 512 letters");
    return parse_codecs(split_at_commas(*asked), "codecs");
}

bool plays(const std::vector<std::string>& codecs, media::Codec codec) {
    const std::string_view name = codec == media::Codec::h265 ? "hvc1" : codec == media::Codec::h264 ? "avc1" : "jpeg";
    return codecs.empty() || std::find(codecs.begin(), codecs.end(), name) != codecs.end();
}

Error not_played(media::Codec codec) {
    Error error{ErrorKind::invalid, "the camera sends " + std::string(to_string(codec)) + ", which is not among the codecs that this viewer plays", Where::here()};
    error.code = "codec_unsupported";
    return error;
}

}  // namespace bongsu::view
