#include "app/sites.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "device/catalogue.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

json::object to_json(const SiteInfo& site) {
    return {{"id", site.id.value},
            {"nameKo", site.name_ko},
            {"nameEn", site.name_en},
            {"agency", site.agency.value},
            {"joined", site.joined},
            {"http", site.http},
            {"media", site.media},
            {"rtsp", site.rtsp},
            {"udp", site.udp},
            {"rtsps", site.rtsps},
            {"plainRtsp", site.plain_rtsp},
            {"ticketKid", site.ticket_kid},
            {"ticketPublic", crypto::to_hex(site.ticket_public)},
            {"checkpointKid", site.checkpoint_kid},
            {"checkpointPublic", crypto::to_hex(site.checkpoint_public)}};
}

Result<SiteInfo> site_of(const json::object& in) {
    const auto text = [&](const char* field) {
        const auto* value = in.if_contains(field);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    const auto port = [&](const char* field) {
        const auto* value = in.if_contains(field);
        return value != nullptr && value->is_int64() ? static_cast<int>(value->get_int64()) : 0;
    };
    SiteInfo site{.id = {text("id")},
                  .name_ko = text("nameKo"),
                  .name_en = text("nameEn"),
                  .agency = {text("agency")},
                  .joined = in.contains("joined") && in.at("joined").is_bool() && in.at("joined").get_bool(),
                  .http = port("http"),
                  .media = port("media"),
                  .rtsp = port("rtsp"),
                  .udp = port("udp"),
                  .rtsps = port("rtsps"),
                  .plain_rtsp = !in.contains("plainRtsp") || in.at("plainRtsp") != json::value(false),
                  .ticket_kid = text("ticketKid"),
                  .ticket_public = {},
                  .checkpoint_kid = text("checkpointKid"),
                  .checkpoint_public = {}};
    if (site.id.value.empty()) return fail(ErrorKind::corrupt, "city/sites.json: a site without an id");
    TRY(site.ticket_public, crypto::from_hex(text("ticketPublic"), "ticketPublic"));
    TRY(site.checkpoint_public, crypto::from_hex(text("checkpointPublic"), "checkpointPublic"));
    return site;
}

}  // namespace

const SiteInfo* City::find(const SiteId& id) const {
    const auto found =
        std::find_if(sites.begin(), sites.end(), [&](const SiteInfo& s) { return s.id == id; });
    return found == sites.end() ? nullptr : &*found;
}

const SiteInfo& City::centre_info() const {
    const auto* info = find(centre);
    BONGSU_CHECK(info != nullptr);
    return *info;
}

Result<device::Box> area_of(const json::value& value, std::string_view field) {
    std::array<double, 4> side{};
    bool good = value.is_array() && value.get_array().size() == side.size();
    for (std::size_t i = 0; good && i < side.size(); ++i) {
        boost::system::error_code code;
        side[i] = value.get_array()[i].to_number<double>(code);
        good = !code;
    }
    const device::Box area{side[0], side[1], side[2], side[3]};
    good = good && area.west < area.east && area.south < area.north &&
           imports::within(imports::kKorea, {area.west, area.south}) &&
           imports::within(imports::kKorea, {area.east, area.north});
    if (!good)
        return fail_field(field, "must be [west, south, east, north] in degrees, from 124 to 132 east and 33 to 39 north");
    return area;
}

std::string to_text(const device::Box& area) {
    std::string out;
    for (const double side : {area.west, area.south, area.east, area.north}) {
        if (!out.empty()) out += ", ";
        device::append_decimal(out, side, 7);
    }
    return out;
}

Result<void> check_format(env::Disk& disk, const std::string& data) {
    const auto path = data + "/FORMAT";
    if (data.empty()) return fail(ErrorKind::invalid, "the folder of DATA must not be empty");
    if (!disk.exists(path)) return fail(ErrorKind::invalid, data + " has no FORMAT: it is no DATA of Bongsu");
    TRY(auto text, disk.read(path, 0, 64));
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    if (text == kFormat) return {};
    return fail(ErrorKind::invalid, data + " has the format " + text.substr(0, 20) + " and this program knows format " +
                                        std::string(kFormat) +
                                        ": use the newer program, or another folder with --data");
}

Result<City> load_city(env::Disk& disk, const std::string& data) {
    if (data.empty()) return fail(ErrorKind::invalid, "the folder of DATA must not be empty");
    TRY(const auto text, disk.read(data + "/city/sites.json"));
    boost::system::error_code code;
    const auto value = json::parse(text, code);
    if (code || !value.is_object() || !value.get_object().contains("centre") ||
        !value.at("centre").is_string() || !value.get_object().contains("sites") ||
        !value.at("sites").is_array()) {
        return fail(ErrorKind::corrupt, "city/sites.json is not readable");
    }
    City city;
    city.centre.value = std::string(value.at("centre").get_string());
    for (const auto& item : value.at("sites").get_array()) {
        if (!item.is_object()) return fail(ErrorKind::corrupt, "city/sites.json: a site must be an object");
        TRY(auto site, site_of(item.get_object()));
        city.sites.push_back(std::move(site));
    }
    if (const auto* area = value.get_object().if_contains("area")) {
        auto read = area_of(*area, "area");
        if (!read) return fail(ErrorKind::corrupt, "city/sites.json: " + read.error().message);
        city.area = *read;
    }
    if (city.find(city.centre) == nullptr)
        return fail(ErrorKind::corrupt, "city/sites.json: the centre is not in the list");
    return city;
}

Result<void> save_city(env::Disk& disk, const std::string& data, const City& city) {
    json::array sites;
    for (const auto& site : city.sites) sites.push_back(to_json(site));
    return disk.replace(data + "/city/sites.json",
                        json::serialize(json::object{
                            {"centre", city.centre.value}, {"area", json::array{city.area.west, city.area.south, city.area.east, city.area.north}}, {"sites", sites}}));
}

Result<SiteKey> load_or_make_key(env::Env& env, const std::string& data, const SiteId& site,
                                 std::string_view use) {
    const auto folder = site_folder(data, site) + "/keys/";
    const auto path = folder + std::string(use) + ".key";
    SiteKey key{.kid = site.value + "-" + std::string(use.substr(0, 1)) + "1", .pair = {}};
    if (env.disk.exists(path)) {
        TRY(auto text, env.disk.read(path));
        while (!text.empty() && text.back() == '\n') text.pop_back();
        TRY(const auto seed, crypto::from_hex(text, path));
        TRY(key.pair, crypto::key_pair_of_seed(seed));
        return key;
    }
    std::array<std::uint8_t, 32> seed{};
    env.random.fill(seed);
    TRY(key.pair, crypto::key_pair_of_seed({reinterpret_cast<const char*>(seed.data()), seed.size()}));
    TRY_DO(env.disk.make_folders(folder));
    TRY_DO(env.disk.replace(folder + std::string(use) + ".pub",
                            key.kid + " " + crypto::to_hex(key.pair.public_key) + "\n"));
    TRY_DO(env.disk.replace(path, crypto::to_hex(key.pair.seed) + "\n"));
    return key;
}

}  // namespace bongsu::app
