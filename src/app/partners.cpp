#include "app/partners.hpp"

#include "app/listen.hpp"
#include "app/sites.hpp"
#include "place/districts.hpp"

namespace bongsu::app {

namespace {

constexpr std::string_view kDemoPartners = R"(# The partners that speak to this site: format, port, who may say what, and how much. See src/event/README.md.
# Written once by the demonstration; it is yours to change. In force at a start, or by POST /api/v1/partners/reload (not the ports).
#
# Who comes over HTTP needs no port and no account: a key in a file beside this one, one line, readable by its owner alone.
#   umask 077; openssl rand -hex 32 > mapo-lpr.key
#   [[partner]]
#   key = "mapo-lpr"
#   format = "scsns"                 # getAuth with the key, then messages; or "cloudevents": the key as Bearer to /api/v1/events
#   sender = "L1144000000"
#   pairs = [{ send = "L1144000000", receive = "B1100000000" }]   # of SCSNS
#   api_key_file = "mapo-lpr.key"
#   rate = { per_s = 50, burst = 500 }

[[partner]]   # 119 emergency dispatch
key = "fire-dispatch"
format = "telegram"
service = "119-dispatch"
sender = "F1100000000"
pairs = [{ send = "119", receive = "UCP" }]
listen = { offset = 20 }

[[partner]]   # 112 emergency video
key = "police-video"
format = "telegram"
service = "112-video"
sender = "P1100000000"
pairs = [{ send = "112", receive = "UCP" }]
listen = { offset = 21 }

[[partner]]   # 112 emergency dispatch
key = "police-dispatch"
format = "telegram"
service = "112-dispatch"
sender = "P1100000000"
pairs = [{ send = "112", receive = "UCP" }]
listen = { offset = 22 }

[[partner]]   # Support of the vulnerable: the carrier's and the welfare platform's
key = "vulnerable"
format = "telegram"
service = "vulnerable"
sender = "S1100000000"
pairs = [{ send = "SKT", receive = "UCP" }, { send = "WP1", receive = "UCP" }]
listen = { offset = 23 }

[[partner]]   # Disasters
key = "disaster"
format = "telegram"
service = "disaster"
sender = "D1100000000"
grade = "20"
pairs = [{ send = "DSC", receive = "UCP" }]
listen = { offset = 24 }

[[partner]]   # The 112 room's platform over TCP
key = "police-tcp"
format = "scsns-tcp"
sender = "P1100000000"
pairs = [{ send = "P1100000000", receive = "B1100000000" }]
listen = { offset = 25 }

[[partner]]   # Wearables and emergency bells
key = "bells"
format = "wearable"
sender = "W1100000000"
type = "EBSCP110"
listen = { offset = 26 }
)";

std::string path_of(const std::string& data, const SiteId& site) {
    return site_folder(data, site) + "/partners.toml";
}

}  // namespace

int partner_port(const event::Profile& profile, int first) {
    BONGSU_CHECK(profile.listen.has_value());
    return profile.listen->port != 0 ? static_cast<int>(profile.listen->port)
                                     : first + static_cast<int>(profile.listen->offset);
}

Result<void> write_demo_partners(env::Disk& disk, const std::string& data) {
    const SiteId centre{std::string(place::kCentreSite)};
    const auto path = path_of(data, centre);
    if (disk.exists(path)) return {};
    TRY_DO(disk.make_folders(site_folder(data, centre)));
    return disk.replace(path, std::string(kDemoPartners));
}

Result<std::vector<event::Profile>> read_partners(env::Disk& disk, const std::string& data, const SiteId& site) {
    const auto path = path_of(data, site);
    if (!disk.exists(path)) return std::vector<event::Profile>{};
    TRY(const auto toml, disk.read(path));
    return event::parse_profiles(toml, path);
}

Result<std::vector<PartnerSocket>> bind_partners(env::Disk& disk, const std::string& data, const SiteId& site,
                                                 int first) {
    TRY(const auto profiles, read_partners(disk, data, site));
    std::vector<PartnerSocket> out;
    for (const auto& profile : profiles) {
        if (!profile.listen) continue;
        TRY(const int fd, listen_tcp(partner_port(profile, first)));
        out.push_back({profile.key, fd});
    }
    return out;
}

void write_counters(const std::string& partner, const intake::Counters& counters, std::string& text) {
    const std::pair<const char*, const std::atomic<std::uint64_t>*> lines[] = {
        {"connections", &counters.connections},
        {"connections_total", &counters.connections_total},
        {"connections_refused_total", &counters.connections_refused},
        {"messages_total", &counters.messages},
        {"over_rate_total", &counters.over_rate},
        {"broken_frames_total", &counters.broken_frames},
        {"not_taken_total", &counters.not_taken},
        {"silent_total", &counters.silent},
        {"slow_total", &counters.slow},
        {"closed_for_room_total", &counters.closed_for_room}};
    for (const auto& [name, value] : lines)
        text += std::string("bongsu_partner_") + name + "{partner=\"" + partner + "\"} " + std::to_string(value->load()) + "\n";
}

}  // namespace bongsu::app
