#include "app/camera_settings.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "config/toml.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr std::size_t kAuthoritiesMax = 1U << 20;
constexpr int kControlPorts = 100;  // Its own, and from the twentieth on its partners'.

/// Reads one table's settings and gathers what is wrong with them.
class Table {
  public:
    Table(const json::object& values, std::string name, std::string& problems)
        : values_(values), name_(std::move(name)), problems_(problems) {}

    const json::value* find(std::string_view key) {
        known_.emplace_back(key);
        return values_.if_contains(key);
    }
    void problem(std::string_view key, const std::string& what) { problems_ += "\n  " + name_ + std::string(key) + " " + what; }
    std::string text(std::string_view key) {
        const auto* value = find(key);
        if (value == nullptr) return {};
        if (value->is_string() && !value->get_string().empty()) return std::string(value->get_string());
        problem(key, "must be a text");
        return {};
    }
    void transport(rtsp::Transport& into) {
        const auto word = text("transport");
        if (word.empty()) return;
        if (const auto read = rtsp::parse_transport(word)) {
            into = *read;
        } else {
            problem("transport", "must be tcp, udp or auto");
        }
    }
    std::int64_t number(std::string_view key, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
        const auto* value = find(key);
        if (value == nullptr) return otherwise;
        if (value->is_int64() && value->get_int64() >= least && value->get_int64() <= most) return value->get_int64();
        problem(key, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
        return otherwise;
    }
    void finish() {
        for (const auto& item : values_) {
            if (std::find(known_.begin(), known_.end(), item.key()) == known_.end()) problem(item.key(), "is not a setting");
        }
    }

  private:
    const json::object& values_;
    std::string name_;
    std::string& problems_;
    std::vector<std::string> known_;
};

void read_networks(Table& table, ingest::PullSettings& out) {
    const auto* value = table.find("networks");
    if (value == nullptr) return;
    std::vector<std::string> texts;
    const auto* list = value->if_array();
    for (const auto& one : list != nullptr ? *list : json::array{}) {
        if (one.is_string()) texts.emplace_back(one.get_string());
    }
    if (list == nullptr || list->empty() || texts.size() != list->size())
        return table.problem("networks", "must be a list of networks such as \"10.1.0.0/16\"");
    auto networks = address::Networks::parse(texts);
    if (!networks) return table.problem("networks", "cannot be used: " + networks.error().message);
    out.reach.networks = *std::move(networks);
    out.reach.is_default = false;
}

void read_authorities(Table& table, env::Disk& disk, const std::string& folder, ingest::PullSettings& out) {
    auto path = table.text("authorities_file");
    if (path.empty()) return;
    if (!path.starts_with('/')) path = folder + "/" + path;
    const auto pem = disk.read(path, 0, kAuthoritiesMax);
    if (!pem) return table.problem("authorities_file", "cannot be read: " + path);
    auto trust = rtsp::TlsTrust::make(*pem);
    if (pem->empty() || !trust) return table.problem("authorities_file", "holds no certificate in PEM: " + path);
    out.tls_trust = *std::move(trust);
}

/// What an [camera.ID] table says in the place of its URLs.
std::optional<ingest::OnvifSource> read_onvif(Table& table, env::Disk& disk, const std::string& folder, const std::string& tls_sha256) {
    const auto address = table.text("onvif");
    const auto user = table.text("user");
    auto path = table.text("password_file");
    if (address.empty()) {
        for (const auto& [key, is_set] : {std::pair{"user", !user.empty()}, std::pair{"password_file", !path.empty()}})
            if (is_set) table.problem(key, "goes with onvif alone: an RTSP URL holds its own");
        return std::nullopt;
    }
    ingest::OnvifSource out;
    auto device = onvif::parse_place(address);
    if (!device || address.find("://") == std::string::npos) {
        table.problem("onvif", "must be a URL such as \"http://10.1.2.3/onvif/device_service\"");
        return std::nullopt;
    }
    out.device = *std::move(device);
    if (auto digest = crypto::from_hex(tls_sha256, "tls_sha256")) out.tls_sha256 = *std::move(digest);
    if (user.empty() != path.empty()) table.problem(user.empty() ? "user" : "password_file", "must be there too: they go together");
    if (user.empty() || path.empty()) return out;
    if (!path.starts_with('/')) path.insert(0, folder + "/");
    auto password = disk.read_secret(path);
    if (!password) {
        table.problem("password_file", "cannot be read: " + password.error().message);
        return out;
    }
    password->erase(std::min(password->find_first_of("\r\n"), password->size()));
    out.credentials = {user, *std::move(password)};
    return out;
}

/// What all of a site's [camera.ID] tables need.
struct Around {
    env::Disk& disk;
    const std::string& folder;
    rtsp::Transport transport;
    std::string& problems;
};

CameraSettings::Way read_way(const json::object& values, const std::string& name, const Around& around) {
    Table table(values, "camera." + name + ".", around.problems);
    CameraSettings::Way out{.transport = around.transport};
    table.transport(out.transport);
    out.tls.sha256 = table.text("tls_sha256");
    const bool is_hex = std::all_of(out.tls.sha256.begin(), out.tls.sha256.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
    if (!out.tls.sha256.empty() && (out.tls.sha256.size() != 64 || !is_hex))
        table.problem("tls_sha256", "must be 64 hexadecimal digits");
    if (const auto* value = table.find("tls_insecure")) {
        if (value->is_bool()) out.tls.insecure = value->get_bool();
        else table.problem("tls_insecure", "must be true or false");
    }
    out.onvif = read_onvif(table, around.disk, around.folder, out.tls.sha256);
    table.finish();
    return out;
}

}  // namespace

void CameraSettings::apply(ingest::CameraSource& source) const {
    source.transport = transport;
    const auto found = ways.find(source.id);
    if (found == ways.end()) return;
    source.transport = found->second.transport;
    source.tls = found->second.tls;
    source.onvif = found->second.onvif;
}

std::vector<std::uint16_t> own_ports(const City& city) {
    std::vector<std::uint16_t> out;
    for (const auto& site : city.sites) {
        if (!site.joined) continue;
        for (int port = site.http; port < site.http + kControlPorts; ++port) out.push_back(static_cast<std::uint16_t>(port));
        for (const int port : {site.media, site.rtsp}) out.push_back(static_cast<std::uint16_t>(port));
    }
    return out;
}

Result<CameraSettings> read_camera_settings(env::Disk& disk, const std::string& data, const SiteId& site, const MediaPlace& place) {
    CameraSettings out;
    out.pull.reach = ingest::Reach::of_private(place.is_on_loopback);
    out.pull.reach.own_ports = place.own_ports;
    const auto folder = site_folder(data, site);
    const auto path = folder + "/cameras.toml";
    if (!disk.exists(path)) return out;
    TRY(const auto text, disk.read(path));
    TRY(const auto toml, config::parse_toml(text, path));
    std::string problems;
    Table table(toml, "", problems);
    read_networks(table, out.pull);
    read_authorities(table, disk, folder, out.pull);
    table.transport(out.transport);
    out.pull.clock.offset_alarm = std::chrono::milliseconds(table.number("clock_offset_ms", 1000, 10, 3'600'000));
    out.pull.clock.drift_alarm_ppm = static_cast<double>(table.number("clock_drift_ppm", 100, 1, 100'000));
    if (const auto* cameras = table.find("camera")) {
        const auto* each = cameras->if_object();
        if (each == nullptr) table.problem("camera", "must be tables: [camera.11440-0001]");
        for (const auto& [id, values] : each != nullptr ? *each : json::object{}) {
            if (values.is_object()) out.ways[CameraId{std::string(id)}] = read_way(values.get_object(), std::string(id), {disk, folder, out.transport, problems});
            else table.problem("camera." + std::string(id), "must be a table");
        }
    }
    table.finish();
    if (!problems.empty()) return fail(ErrorKind::invalid, path + ":" + problems);
    return out;
}

}  // namespace bongsu::app
