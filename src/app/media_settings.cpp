#include "app/media_settings.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <string_view>
#include <thread>

#include "app/sites.hpp"
#include "config/toml.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr std::size_t kCertificatesMax = 1U << 20;
constexpr std::int64_t kTranscodesMax = 256;

/// Gathers what is wrong with a table's settings.
class Problems {
  public:
    void add(std::string_view setting, std::string_view what) { text_ += "\n  " + std::string(setting) + " " + std::string(what); }
    void unknown(const json::object& table, std::string_view prefix, std::initializer_list<std::string_view> known) {
        for (const auto& item : table) {
            if (std::find(known.begin(), known.end(), item.key()) == known.end()) add(std::string(prefix) + std::string(item.key()), "is not a setting");
        }
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

std::string read_path(const json::object& table, std::string_view key, const std::string& folder, Problems& problems) {
    const auto* value = table.if_contains(key);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr || text->empty()) return problems.add("media.rtsps." + std::string(key), "must name a file"), std::string{};
    return (text->starts_with('/') ? "" : folder + "/") + std::string(*text);
}

RtspsSettings read_rtsps(const json::object& table, const std::string& folder, Problems& problems) {
    RtspsSettings out;
    problems.unknown(table, "media.rtsps.", {"certificate_file", "key_file", "port"});
    out.certificate_file = read_path(table, "certificate_file", folder, problems);
    out.key_file = read_path(table, "key_file", folder, problems);
    const auto* port = table.if_contains("port");
    const bool fits = port != nullptr && port->is_int64() && port->get_int64() >= 1 && port->get_int64() <= 65'535;
    if (fits) out.port = static_cast<int>(port->get_int64());
    else problems.add("media.rtsps.port", "must be a number from 1 to 65535");
    return out;
}

void try_files(env::Disk& disk, const RtspsSettings& settings, Problems& problems) {
    const auto files = read_rtsps_files(disk, settings);
    const auto made = files ? rtsp::TlsIdentity::make(files->certificate, files->key) : tl::unexpected(files.error());
    if (!made) problems.add("", "media.rtsps." + made.error().message);
}

}  // namespace

unsigned MediaSettings::transcodes_by_default() { return std::max(std::thread::hardware_concurrency() / 2, 1U); }

Result<RtspsFiles> read_rtsps_files(env::Disk& disk, const RtspsSettings& settings) {
    RtspsFiles out;
    auto certificate = disk.read(settings.certificate_file, 0, kCertificatesMax);
    if (!certificate) return fail_field("certificate_file", "cannot be read: " + settings.certificate_file);
    auto key = disk.read_secret(settings.key_file);
    if (!key && key.error().kind == ErrorKind::forbidden) return fail_field("key_file", "must be its owner's alone (chmod 600): " + settings.key_file);
    if (!key) return fail_field("key_file", "cannot be read: " + settings.key_file);
    return RtspsFiles{*std::move(certificate), *std::move(key)};
}

Result<MediaSettings> read_media_settings(env::Disk& disk, const std::string& data, const SiteId& site) {
    MediaSettings out;
    const auto folder = site_folder(data, site);
    const auto path = folder + "/site.toml";
    if (!disk.exists(path)) return out;
    TRY(const auto text, disk.read(path));
    TRY(const auto toml, config::parse_toml(text, path));
    const auto* value = toml.if_contains("media");
    if (value == nullptr) return out;
    Problems problems;
    if (const auto* media = value->if_object(); media == nullptr) {
        problems.add("media", "must be a table");
    } else {
        problems.unknown(*media, "media.", {"rtsps", "plain_rtsp", "transcodes"});
        if (const auto* plain = media->if_contains("plain_rtsp")) {
            if (plain->is_bool()) out.plain_rtsp = plain->get_bool();
            else problems.add("media.plain_rtsp", "must be true or false");
        }
        if (const auto* transcodes = media->if_contains("transcodes")) {
            const bool fits = transcodes->is_int64() && transcodes->get_int64() >= 0 && transcodes->get_int64() <= kTranscodesMax;
            if (fits) out.transcodes = static_cast<unsigned>(transcodes->get_int64());
            else problems.add("media.transcodes", "must be a number from 0 to 256");
        }
        if (const auto* rtsps = media->if_contains("rtsps")) {
            if (rtsps->is_object()) out.rtsps = read_rtsps(rtsps->get_object(), folder, problems);
            else problems.add("media.rtsps", "must be a table: {certificate_file, key_file, port}");
        } else if (!out.plain_rtsp) {
            problems.add("media.plain_rtsp", "is off, and media.rtsps is not there: nobody could watch by RTSP");
        }
        if (out.rtsps && problems.text().empty()) try_files(disk, *out.rtsps, problems);
    }
    if (!problems.text().empty()) return fail(ErrorKind::invalid, path + ":" + problems.text());
    return out;
}

}  // namespace bongsu::app
