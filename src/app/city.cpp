#include "app/city.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "app/listen.hpp"
#include "app/media_settings.hpp"
#include "app/partners.hpp"
#include "app/static_files.hpp"
#include "app/supervisor.hpp"
#include "base/log.hpp"
#include "env/posix.hpp"
#include "place/districts.hpp"

namespace bongsu::app {

namespace {

constexpr int kRtspStandardPort = 8554;
constexpr int kLoopsMax = 16;

struct Sockets {
    int http = -1, media = -1, rtsp = -1, rtsps = -1;
    std::vector<int> udp, rtp, rtcp;  // One for each event loop of the media process.
    std::vector<PartnerSocket> partners;
};

/// One city at a time on a DATA: the lock lives as long as this process.
Result<void> lock_data(const std::string& data) {
    const auto path = data + "/city/lock";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(ErrorKind::unavailable, "cannot write to " + data);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorKind::conflict, "another city is running on " + data +
                                             ": stop it first, or choose another folder with --data");
    }
    return {};
}

Result<Sockets> bind_site(const SitePorts& ports, int rtsp_fd, int loops) {
    Sockets out;
    TRY(out.http, listen_tcp(ports.http));
    TRY(out.media, listen_tcp(ports.media));
    if (rtsp_fd >= 0) {
        out.rtsp = rtsp_fd;
    } else {
        TRY(out.rtsp, listen_tcp(ports.rtsp));
    }
    for (int i = 0; i < loops; ++i) {
        TRY(const int udp, bind_udp(ports.udp + i));
        TRY(const int rtp, bind_udp(ports.rtp + 2 * i));
        TRY(const int rtcp, bind_udp(ports.rtp + 2 * i + 1));
        out.udp.push_back(udp);
        out.rtp.push_back(rtp);
        out.rtcp.push_back(rtcp);
    }
    return out;
}

/// RTSP under TLS, where the site's settings want it.
Result<int> bind_rtsps(env::Disk& disk, const std::string& data, const SiteId& site) {
    TRY(const auto settings, read_media_settings(disk, data, site));
    if (!settings.rtsps) return -1;
    const auto bound = listen_tcp(settings.rtsps->port);
    if (!bound) return fail(bound.error().kind, site_folder(data, site) + "/site.toml: media.rtsps.port: " + bound.error().message);
    return *bound;
}

std::string number(int value) { return std::to_string(value); }

/// Its socket is listened on here, so that a picture waits for a decoder that is started again.
Result<void> add_decoder(Supervisor& supervisor, env::Disk& disk, const CityOptions& options, const SiteInfo& site) {
    TRY_DO(disk.make_folders(site_folder(options.data, site.id) + "/spool"));
    TRY(const int fd, listen_unix(decoder_socket(options.data, site.id)));
    supervisor.add({.name = "decoder " + site.id.value,
                    .args = {"decoder", "--site", site.id.value, "--fd", number(fd)},
                    .inherited_fds = {fd},
                    .log_path = options.data + "/city/log/decoder-" + site.id.value + ".log",
                    .stop_order = 1});
    return {};
}

/// As the decoder; none where the site's settings want none.
Result<void> add_transcoder(Supervisor& supervisor, env::Disk& disk, const CityOptions& options, const SiteInfo& site) {
    TRY(const auto settings, read_media_settings(disk, options.data, site.id));
    if (settings.transcodes == 0) return {};
    TRY(const int fd, listen_unix(transcoder_socket(options.data, site.id)));
    supervisor.add({.name = "transcoder " + site.id.value,
                    .args = {"transcoder", "--site", site.id.value, "--fd", number(fd), "--transcodes", std::to_string(settings.transcodes)},
                    .inherited_fds = {fd},
                    .log_path = options.data + "/city/log/transcoder-" + site.id.value + ".log",
                    .stop_order = 1});
    return {};
}

void add_site(Supervisor& supervisor, const CityOptions& options, const SiteInfo& site,
              const Sockets& sockets) {
    const auto log = [&](const char* name) {
        return options.data + "/city/log/" + name + "-" + site.id.value + ".log";
    };
    std::vector<std::string> media{"media", "--data", options.data, "--site", site.id.value, "--http-fd", number(sockets.media),
                                   "--rtsp-fd", number(sockets.rtsp), "--udp-port", number(site.udp)};
    std::vector<int> media_fds{sockets.media, sockets.rtsp};
    if (sockets.rtsps >= 0) {
        media.insert(media.end(), {"--rtsps-fd", number(sockets.rtsps)});
        media_fds.push_back(sockets.rtsps);
    }
    for (const auto& [option, fds] : {std::pair("--udp-fd", &sockets.udp), std::pair("--rtp-fd", &sockets.rtp), std::pair("--rtcp-fd", &sockets.rtcp)}) {
        for (const int fd : *fds) media.insert(media.end(), {option, number(fd)});
        media_fds.insert(media_fds.end(), fds->begin(), fds->end());
    }
    supervisor.add({.name = "media " + site.id.value,
                    .args = std::move(media),
                    .inherited_fds = std::move(media_fds),
                    .log_path = log("media"),
                    .stop_order = 0});
    std::vector<std::string> args{"control", "--data", options.data, "--site", site.id.value, "--http-fd",
                                  number(sockets.http), "--console", options.console};
    std::vector<int> inherited{sockets.http};
    for (const auto& partner : sockets.partners) {
        args.insert(args.end(), {"--partner-fd", partner.key + "=" + number(partner.fd)});
        inherited.push_back(partner.fd);
    }
    supervisor.add({.name = "control " + site.id.value,
                    .args = std::move(args),
                    .inherited_fds = std::move(inherited),
                    .log_path = log("control"),
                    .stop_order = 1});  // After media, whose last view records it takes down.
}

/// Asks a local port for a path; true for 200.
bool answers(int port, const std::string& path) {
    const auto socket = connect_tcp(port);
    if (!socket) return false;
    const auto request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    bool good = ::write(*socket, request.data(), request.size()) == static_cast<ssize_t>(request.size());
    char head[12]{};
    good = good && ::read(*socket, head, sizeof head) == static_cast<ssize_t>(sizeof head) &&
           std::string_view(head + 9, 3) == "200";
    ::close(*socket);
    return good;
}

void print_ready(const CityOptions& options, const City& city) {
    std::printf("\n  Bongsu (봉수) is ready\n\n");
    std::printf("  desk      http://127.0.0.1:%d/\n", options.port);
    std::printf("  RTSP      rtsp://127.0.0.1:%d/{camera}\n", city.centre_info().rtsp);
    for (const auto& site : city.sites) {
        if (site.joined && site.id != city.centre)
            std::printf("  district  %s %s  http://127.0.0.1:%d/\n", site.id.value.c_str(),
                        site.name_ko.c_str(), site.http);
    }
    std::printf("  partners  TCP ports from %d on, by %s/%s/partners.toml\n", options.port + 20, options.data.c_str(),
                city.centre.value.c_str());
    std::printf("\n  accounts (also in %s/demo-accounts.json)\n", options.data.c_str());
    print_accounts(options.data);
    std::printf(
        "\n  try       ./bongsu simulate 112 --near 서울숲 --data %s\n            ./bongsu simulate 119 --near 마포 --data %s\n  logs      %s/city/log/\n  stop      "
        "Ctrl-C\n\n",
        options.data.c_str(), options.data.c_str(), options.data.c_str());
    std::fflush(stdout);
}

}  // namespace

Result<int> run_city(CityOptions options) {
    auto& env = env::process_env();
    if (options.bind != "127.0.0.1" && options.bind != "localhost") {
        return fail(ErrorKind::invalid, "--bind " + options.bind +
                                            ": this release serves the loopback address only (127.0.0.1); "
                                            "other addresses need TLS, which it does not have yet");
    }
    if (options.port < 1024 || options.port > 65000)
        return fail(ErrorKind::invalid, "--port must be between 1024 and 65000");
    TRY_DO(StaticFiles::check(options.console));
    TRY_DO(claim_folder(env.disk, options.data));
    TRY_DO(env.disk.make_folders(options.data + "/city/log"));
    TRY_DO(lock_data(options.data));
    if (options.media_loops == 0) options.media_loops = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kLoopsMax);
    // All ports are bound before anything starts: "in use" is one sentence now, not a riddle later.
    const auto standard = listen_tcp(kRtspStandardPort);
    const int rtsp_port = standard ? kRtspStandardPort : ports_of(options.port, 0).rtsp;
    std::vector<Sockets> sockets;
    for (int index = 0; index < 4; ++index) {
        TRY(const auto bound,
            bind_site(ports_of(options.port, index), index == 0 && standard ? *standard : -1, options.media_loops));
        sockets.push_back(bound);
    }
    TRY_DO(write_demo_partners(env.disk, options.data));
    TRY(sockets[0].rtsps, bind_rtsps(env.disk, options.data, {std::string(place::kCentreSite)}));
    TRY(sockets[0].partners,
        bind_partners(env.disk, options.data, {std::string(place::kCentreSite)}, options.port));
    std::size_t joined_before = 0;
    for (const auto& district : place::districts()) {
        if (!district.joined) continue;
        const auto first = ports_of(options.port, static_cast<int>(++joined_before)).http;
        TRY(sockets.at(joined_before).rtsps, bind_rtsps(env.disk, options.data, {std::string(district.code)}));
        TRY(sockets.at(joined_before).partners,
            bind_partners(env.disk, options.data, {std::string(district.code)}, first));
    }
    TRY(const int cameras_fd, listen_tcp(cameras_port(options.port)));
    TRY(const auto provisioned, provision(env, options, rtsp_port));
    const City& city = provisioned.city;

    Supervisor supervisor(env.clock);
    supervisor.add(
        {.name = "cameras",
         .args = {"cameras", "--footage", provisioned.film.folder(), "--fd", number(cameras_fd), "--count",
                  std::to_string(options.streaming), "--control", options.data + "/city/cameras.sock"},
         .inherited_fds = {cameras_fd},
         .log_path = options.data + "/city/log/cameras.log",
         .stop_order = 2});
    std::size_t index = 0;
    std::vector<const SiteInfo*> joined;
    for (const auto& site : city.sites) {
        if (!site.joined) continue;
        TRY_DO(add_decoder(supervisor, env.disk, options, site));
        TRY_DO(add_transcoder(supervisor, env.disk, options, site));
        add_site(supervisor, options, site, sockets.at(index++));
        joined.push_back(&site);
    }
    std::printf("  starting the centre, %zu districts and %zu cameras\n", joined.size() - 1,
                options.streaming);
    std::fflush(stdout);
    const auto is_ready = [&] {
        for (const auto* site : joined) {
            if (!answers(site->http, "/ready") || !answers(site->media, "/ready")) return false;
        }
        return true;
    };
    return supervisor.run(is_ready, [&] { print_ready(options, city); });
}

}  // namespace bongsu::app
