#include "synthetic/clip.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "media/h264.hpp"

namespace bongsu::synthetic {
namespace {

constexpr std::uintmax_t kFileMax = 64U << 20;

Result<std::string> read_file(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) return fail(ErrorKind::not_found, path.string() + ": " + error.message());
    if (size > kFileMax) return fail(ErrorKind::invalid, path.string() + " is larger than 64 MiB");
    std::ifstream file(path, std::ios::binary);
    std::string out(static_cast<std::size_t>(size), '\0');
    if (!file.read(out.data(), static_cast<std::streamsize>(size))) {
        return fail(ErrorKind::unavailable, path.string() + " cannot be read");
    }
    return out;
}

Result<int> read_fps(const std::filesystem::path& path) {
    TRY(const std::string text, read_file(path));
    boost::system::error_code error;
    const auto value = boost::json::parse(text, error);
    const auto* fps = !error && value.is_object() ? value.get_object().if_contains("fps") : nullptr;
    if (!fps || !fps->is_int64() || fps->get_int64() < 1 || fps->get_int64() > 120) {
        return fail(ErrorKind::invalid, path.string() + ": \"fps\" is no integer from 1 to 120");
    }
    return static_cast<int>(fps->get_int64());
}

media::Block packetised(const media::AccessUnit& unit) {
    media::Block out;
    out.key = unit.key;
    for (const auto nal : unit.nals) {
        const auto type = media::nal::type(nal[0]);
        if (type != media::nal::kAud) media::append_nal(out, nal);
    }
    out.bytes.shrink_to_fit();
    return out;
}

}  // namespace

Result<std::shared_ptr<Clip>> load_clip(const std::string& path) {
    TRY(const std::string film, read_file(path));
    auto out = std::make_shared<Clip>();
    TRY(out->fps, read_fps(std::filesystem::path(path).replace_extension(".json")));
    const auto units = media::split_access_units(media::split_annex_b(media::as_bytes(film)));
    std::uint32_t key = 0;
    for (const auto& unit : units) {
        for (const auto nal : unit.nals) {
            const auto type = media::nal::type(nal[0]);
            if (type == media::nal::kSps) out->format.sps = std::string(media::as_text(nal));
            if (type == media::nal::kPps) out->format.pps = std::string(media::as_text(nal));
        }
        if (out->pictures.empty() && !unit.key) continue;
        if (unit.key) key = static_cast<std::uint32_t>(out->pictures.size());
        out->pictures.push_back(packetised(unit));
        out->key_before.push_back(key);
    }
    const auto size = media::parse_sps(media::as_bytes(out->format.sps));
    if (out->pictures.empty() || !out->format.known() || !size) {
        return fail(ErrorKind::corrupt, path + " holds no H.264 film with parameter sets and a key picture");
    }
    out->format.width = size->width;
    out->format.height = size->height;
    return out;
}

}  // namespace bongsu::synthetic
