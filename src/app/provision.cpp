// The demonstration city's first start: keys, cameras, contracts, people, map and footage.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "app/city.hpp"
#include "app/media_settings.hpp"
#include "app/site/site.hpp"
#include "config/toml.hpp"
#include "env/posix.hpp"
#include "footage/shelf.hpp"
#include "place/base_map.hpp"
#include "place/catalogue.hpp"
#include "place/districts.hpp"
#include "place/groups.hpp"
#include "place/people.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr std::uint64_t kSeed = 2019;  // The year of the plan.
constexpr std::size_t kCamerasAtFirst = 2000, kStreamingAtFirst = 48;

void say(const std::string& text) {
    std::printf("  %s\n", text.c_str());
    std::fflush(stdout);
}

struct Settings {
    std::uint64_t seed = kSeed;
    std::size_t cameras = kCamerasAtFirst, streaming = kStreamingAtFirst;
    device::Box area = kDemonstrationArea;
};

Result<Settings> read_settings(env::Disk& disk, const std::string& data, const CityOptions& options) {
    Settings out;
    const auto path = data + "/city.toml";
    if (disk.exists(path)) {
        TRY(const auto text, disk.read(path));
        TRY(const auto toml, config::parse_toml(text, path));
        std::string problems;
        const auto number = [&](std::string_view name, auto& into, std::int64_t low, std::int64_t high) {
            const auto* value = toml.if_contains(name);
            if (value == nullptr) return;
            if (!value->is_int64() || value->get_int64() < low || value->get_int64() > high) {
                problems += "\n  " + std::string(name) + " must be a number from " + std::to_string(low) +
                            " to " + std::to_string(high);
                return;
            }
            into = static_cast<std::decay_t<decltype(into)>>(value->get_int64());
        };
        number("seed", out.seed, 1, 1'000'000'000);
        number("cameras", out.cameras, 48, 300'000);
        number("streaming", out.streaming, 4, 48);
        if (const auto* value = toml.if_contains("area")) {
            if (const auto area = area_of(*value, "area"))
                out.area = *area;
            else
                problems += "\n  " + area.error().message;
        }
        for (const auto& item : toml) {
            if (item.key() != "seed" && item.key() != "cameras" && item.key() != "streaming" && item.key() != "area")
                problems += "\n  " + std::string(item.key()) + " is not a setting";
        }
        if (!problems.empty()) return fail(ErrorKind::invalid, path + ":" + problems);
    }
    if (options.cameras != 0) out.cameras = options.cameras;  // The command line wins, and is remembered.
    if (options.streaming != 0) out.streaming = options.streaming;
    TRY_DO(disk.replace(
        path,
        "# The demonstration city. The command line wins over this file and is written back to it.\nseed = " +
            std::to_string(out.seed) + "\ncameras = " + std::to_string(out.cameras) +
            "\nstreaming = " + std::to_string(out.streaming) +
            "\n# Where cameras of imported lists stand: west, south, east, north.\narea = [" +
            to_text(out.area) + "]\n"));
    return out;
}

Result<City> name_sites(env::Env& env, const CityOptions& options, int centre_rtsp) {
    City city{.centre = {std::string(place::kCentreSite)}, .sites = {}};
    SiteInfo centre{.id = city.centre,
                    .name_ko = "스마트서울 CCTV안전센터",
                    .name_en = "Smart Seoul CCTV Safety Centre",
                    .agency = {std::string(place::kCentreAgency)},
                    .joined = true,
                    .http = {},
                    .media = {},
                    .rtsp = {},
                    .udp = {},
                    .ticket_kid = {},
                    .ticket_public = {},
                    .checkpoint_kid = {},
                    .checkpoint_public = {}};
    city.sites.push_back(centre);
    for (const auto& district : place::districts()) {
        auto site = centre;
        site.id = {std::string(district.code)};
        site.name_ko = std::string(district.name_ko);
        site.name_en = std::string(district.name_en);
        site.agency = {"B" + std::string(district.code) + "00000"};
        site.joined = district.joined;
        city.sites.push_back(std::move(site));
    }
    int index = 0;
    for (auto& site : city.sites) {
        if (!site.joined) continue;
        const auto ports = ports_of(options.port, index);
        site.http = ports.http;
        site.media = ports.media;
        site.rtsp = index == 0 ? centre_rtsp : ports.rtsp;
        site.udp = ports.udp;
        TRY(const auto media, read_media_settings(env.disk, options.data, site.id));
        site.rtsps = media.rtsps ? media.rtsps->port : 0;
        site.plain_rtsp = media.plain_rtsp;
        TRY(const auto ticket, load_or_make_key(env, options.data, site.id, "ticket"));
        TRY(const auto checkpoint, load_or_make_key(env, options.data, site.id, "checkpoint"));
        site.ticket_kid = ticket.kid;
        site.ticket_public = ticket.pair.public_key;
        site.checkpoint_kid = checkpoint.kid;
        site.checkpoint_public = checkpoint.pair.public_key;
        ++index;
    }
    return city;
}

/// Cameras of a joined district go to it; the centre's own and the others' go to the centre's directory.
Result<void> write_catalogues(env::Disk& disk, const CityOptions& options, const City& city,
                              const place::Catalogue& catalogue) {
    std::string centre;
    for (const auto& [site, lines] : catalogue) {
        const auto* info = city.find({site});
        const auto text = place::to_jsonl(lines);
        if (info != nullptr && info->joined && info->id != city.centre) {
            TRY_DO(disk.make_folders(options.data + "/" + site));
            TRY_DO(disk.replace(options.data + "/" + site + "/catalogue.jsonl", text));
        } else {
            centre += text;
        }
    }
    return disk.replace(options.data + "/" + city.centre.value + "/catalogue.jsonl", centre);
}

Result<void> write_contracts(env::Disk& disk, const CityOptions& options, const City& city) {
    json::array purposes;
    for (const auto& purpose : grant::Purposes::defaults().all()) {
        if (purpose.holder != grant::HolderRule::person) purposes.emplace_back(purpose.key);
    }
    for (const auto& site : city.sites) {
        const auto path = options.data + "/" + site.id.value + "/contract.json";
        if (!site.joined || site.id == city.centre || disk.exists(path)) continue;
        TRY_DO(disk.replace(path, json::serialize(json::object{{"site", site.id.value},
                                                               {"with", city.centre.value},
                                                               {"purposes", purposes},
                                                               {"kinds", json::array{"live"}}})));
    }
    return {};
}

/// Opens a site as its own process would, and enters its people.
Result<void> add_people(env::Env& env, const CityOptions& options, const City& city, const SiteInfo& site,
                        json::array& accounts) {
    const auto stale = site_folder(options.data, site.id) + "/identity.db";
    for (const auto* suffix :
         {"", "-wal", "-shm"}) {  // A first start that broke off before the passwords were written down.
        if (env.disk.exists(stale + suffix)) TRY_DO(env.disk.remove(stale + suffix));
    }
    TRY(const auto opened,
        Site::open(env, {.data = options.data, .id = site.id, .city = city, .in_memory = false}));
    TRY_DO(opened->book().begin());
    for (const auto& person : place::people()) {
        if (person.site != site.id.value) continue;
        TRY(const auto role, identity::parse_role(person.role, "role"));
        TRY(const auto created,
            opened->accounts().create_account(opened->book(), {.login = std::string(person.login),
                                                               .name_ko = std::string(person.name_ko),
                                                               .name_en = std::string(person.name_en),
                                                               .role = role,
                                                               .site = site.id,
                                                               .agency = {std::string(person.agency)},
                                                               .send_cd = std::string(person.send_cd),
                                                               .rcv_cd = std::string(person.rcv_cd)}));
        accounts.push_back({{"role", person.role},
                            {"user", person.login},
                            {"password", created.password},
                            {"apiKey", created.api_key},
                            {"agency", person.agency},
                            {"sendCd", person.send_cd},
                            {"rcvCd", person.rcv_cd},
                            {"site", person.site},
                            {"name", person.name_ko}});
    }
    return opened->book().commit();
}

Result<void> make_accounts(env::Env& env, const CityOptions& options, const City& city) {
    const auto path = options.data + "/demo-accounts.json";
    if (env.disk.exists(path)) return {};
    say("drawing the accounts' passwords");
    json::array accounts;
    for (const auto& site : city.sites) {
        if (site.joined) TRY_DO(add_people(env, options, city, site, accounts));
    }
    return env.disk.replace(path, json::serialize(accounts) + "\n");
}

Result<footage::Film> render(const CityOptions& options, const Settings& settings, const place::Catalogue& catalogue) {
    std::vector<footage::Camera> cameras;
    for (const auto& camera : place::streaming_cameras(catalogue)) {
        cameras.push_back(
            {camera.number, camera.name, camera.park ? footage::Ground::park : footage::Ground::street});
    }
    bool told = false;
    const auto progress = [&](const footage::Progress& at) {
        if (!told) say("rendering the synthetic cameras' film, once: about a minute");
        told = true;
        if (at.done % 4 == 0 || at.done == at.total)
            say("  " + std::to_string(at.done) + " of " + std::to_string(at.total) + ": " + at.name);
    };
    return footage::take({.folder = options.footage,
                            .seed = settings.seed,
                            .cameras = std::move(cameras),
                            .progress = progress,
                            .stop = {},
                            .ffmpeg = "ffmpeg",
                            .font = {},
                            .at_once = 2});
}

}  // namespace

/// An existing folder must be empty or ours; it is marked as ours before anything else stands in it.
Result<void> claim_folder(env::Disk& disk, const std::string& data) {
    if (data.empty()) return fail(ErrorKind::invalid, "--data must not be empty");
    const auto path = data + "/FORMAT";
    if (!disk.exists(path)) {
        auto files = disk.list(data);
        const auto folders = disk.list_folders(data);
        // A start that broke off in the middle of this very mark left it under its other name.
        if (files) std::erase(*files, "FORMAT.new");
        if ((files && !files->empty()) || (folders && !folders->empty())) {
            return fail(ErrorKind::invalid,
                        data + " is not empty and is no DATA of Bongsu: choose another folder with --data");
        }
        TRY_DO(disk.make_folders(data));
        return disk.replace(path, std::string(kFormat) + "\n");
    }
    return check_format(disk, data);
}

Result<Provisioned> provision(env::Env& env, CityOptions& options, int centre_rtsp_port) {
    TRY(const auto settings, read_settings(env.disk, options.data, options));
    options.cameras = settings.cameras;
    options.streaming = settings.streaming;
    TRY(auto city, name_sites(env, options, centre_rtsp_port));
    city.area = settings.area;
    TRY_DO(save_city(env.disk, options.data, city));

    const auto drawn = place::draw_city(settings.seed);
    TRY(const auto catalogue,
        place::generate_catalogue(
            drawn, {.cameras = settings.cameras,
                    .streaming = settings.streaming,
                    .rtsp_base = "rtsp://127.0.0.1:" + std::to_string(cameras_port(options.port))}));
    TRY_DO(env.disk.make_folders(options.data + "/" + city.centre.value));
    TRY_DO(write_catalogues(env.disk, options, city, catalogue));
    TRY_DO(env.disk.replace(options.data + "/city/base.json", place::base_map(drawn)));
    const auto houses = place::houses(drawn), roads = place::roads(drawn);
    for (const auto& site : city.sites) {
        if (!site.joined) continue;
        TRY_DO(env.disk.replace(site_folder(options.data, site.id) + "/houses.geojsonl", houses));
        TRY_DO(env.disk.replace(site_folder(options.data, site.id) + "/roads.geojsonl", roads));
    }
    TRY_DO(write_contracts(env.disk, options, city));
    TRY_DO(make_accounts(env, options, city));
    TRY_DO(plan_demonstration_duty(env, options, city));
    TRY(auto film, render(options, settings, catalogue));
    return Provisioned{std::move(city), std::move(film)};
}

Result<int> render_film(env::Env&, const std::string& folder) {
    const Settings settings;
    CityOptions options;
    options.footage = folder;
    const auto drawn = place::draw_city(settings.seed);
    TRY(const auto catalogue, place::generate_catalogue(drawn, {.cameras = settings.cameras,
                                                                .streaming = settings.streaming,
                                                                .rtsp_base = "rtsp://127.0.0.1:1"}));
    TRY(const auto film, render(options, settings, catalogue));
    say("the film is in " + film.folder());
    return 0;
}

void print_accounts(const std::string& data) {
    auto& disk = env::process_env().disk;
    const auto text = disk.read(data + "/demo-accounts.json");
    if (!text) return;
    boost::system::error_code code;
    const auto accounts = json::parse(*text, code);
    if (code || !accounts.is_array()) return;
    std::printf("    %-11s %-14s %-22s %s\n", "role", "user", "password", "site");
    for (const auto& account : accounts.get_array()) {
        const auto field = [&](const char* name) { return std::string(account.at(name).as_string()); };
        std::printf("    %-11s %-14s %-22s %s\n", field("role").c_str(), field("user").c_str(),
                    field("password").c_str(), field("site").c_str());
    }
    if (const auto duty = disk.read(data + "/city/duty.json")) {
        const auto plan = json::parse(*duty, code);
        const auto* until = !code && plan.is_object() ? plan.get_object().if_contains("until") : nullptr;
        if (until != nullptr && until->is_string())
            std::printf("    on duty until %s (KST): operator1, operator2, police1, supervisor1\n", until->get_string().c_str());
    }
}

}  // namespace bongsu::app
