#include "app/media_sandbox.hpp"

#include <filesystem>

#include "app/sites.hpp"
#include "base/log.hpp"

namespace bongsu::app {

namespace {

/// How glibc and OpenSSL come to know names, times and authorities. One of these that is replaced by a new file (and
/// not written in place) is out of reach until the process starts again.
const char* const kRead[] = {"/etc/resolv.conf", "/run/systemd/resolve", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
                             "/etc/services", "/etc/localtime", "/usr/share/zoneinfo", "/etc/ssl/openssl.cnf", "/etc/ssl/certs",
                             "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/dev/urandom", "/dev/null",
                             "/sys/devices/system/cpu/online"};

std::string folder_of(const std::string& file) {
    const auto slash = file.rfind('/');
    return slash == std::string::npos ? "." : file.substr(0, slash + 1);
}

}  // namespace

sandbox::Layers close_media(const std::string& data, const SiteId& site, const MediaSettings& settings) {
    const auto folder = site_folder(data, site);
    sandbox::Files files{.read = {std::begin(kRead), std::end(kRead)}, .written = {folder + "/spool"}};
    files.read.push_back(folder + "/cameras.toml");
    if (settings.rtsps) {
        for (const auto& file : {settings.rtsps->certificate_file, settings.rtsps->key_file}) {
            files.read.push_back(folder_of(file));
            // Who renews certificates often leaves a link: the kernel judges where it leads.
            std::error_code none;
            if (const auto target = std::filesystem::canonical(file, none); !none) files.read.push_back(target.parent_path().string());
        }
    }
    auto layers = sandbox::close(files, sandbox::Calls::media);
    for (const auto& why : layers.missing) LOG_WARN("media.sandbox_missing", {{"layer", why}});
    for (const auto& layer : layers.active) LOG_INFO("media.sandbox", {{"layer", layer}});
    return layers;
}

boost::json::array to_json(const std::vector<std::string>& layers) {
    boost::json::array out;
    for (const auto& layer : layers) out.emplace_back(layer);
    return out;
}

}  // namespace bongsu::app
