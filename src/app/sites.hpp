#pragma once
// Which sites there are, where they listen and whose keys are whose: DATA/city/sites.json, written by the
// supervisor.

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "crypto/crypto.hpp"
#include "env/env.hpp"
#include "imports/positions.hpp"

namespace bongsu::app {

struct SiteInfo {
    SiteId id;
    std::string name_ko, name_en;
    AgencyId agency;      ///< The organisation that runs it: "B1144000000".
    bool joined = false;  ///< Districts that have not joined yet have no process, no ports and no keys.
    int http = 0, media = 0, rtsp = 0, udp = 0;     ///< Ports on 127.0.0.1.
    int rtsps = 0;           ///< RTSP under TLS; 0: none.
    bool plain_rtsp = true;  ///< False: viewers are told rtsps:// alone.
    std::string ticket_kid, ticket_public;          ///< Raw 32 bytes.
    std::string checkpoint_kid, checkpoint_public;  ///< Raw 32 bytes.
};

struct City {
    SiteId centre;
    std::vector<SiteInfo> sites;  ///< The centre first, then the districts by code.
    /// Where the city's cameras stand, with a margin. All Korea where sites.json does not say: then lists of cameras
    /// are not checked against it, and more of their coordinate systems are asked for.
    device::Box area = imports::kKorea;

    const SiteInfo* find(const SiteId& id) const;
    const SiteInfo& centre_info() const;
};

/// The demonstration's city: Seoul, with a margin.
inline constexpr device::Box kDemonstrationArea{126.65, 37.3, 127.25, 37.75};

/// [west, south, east, north] in degrees within Korea. Errors: invalid names `field`.
Result<device::Box> area_of(const boost::json::value& value, std::string_view field);
/// "126.65, 37.3, 127.25, 37.75": the same as a person writes it.
std::string to_text(const device::Box& area);

inline constexpr std::string_view kFormat = "1";  ///< What DATA/FORMAT says, with a line end.

/// Whether DATA is of this program's format. Errors: invalid names the other format, or says that there is none.
Result<void> check_format(env::Disk& disk, const std::string& data);
/// Errors: invalid for an empty `data`, not_found, corrupt.
Result<City> load_city(env::Disk& disk, const std::string& data);
Result<void> save_city(env::Disk& disk, const std::string& data, const City& city);

struct SiteKey {
    std::string kid;
    crypto::KeyPair pair;
};

/// Reads DATA/<site>/keys/<use>.key (0600, seed in hex) or makes it, with <use>.pub ("<kid> <64 hex>\n")
/// beside it. `use` is "ticket" or "checkpoint"; kids are "<site>-t1" and "<site>-c1".
Result<SiteKey> load_or_make_key(env::Env& env, const std::string& data, const SiteId& site,
                                 std::string_view use);

/// Paths, in one place.
inline std::string site_folder(const std::string& data, const SiteId& site) {
    return data + "/" + site.value;
}
inline std::string media_socket(const std::string& data, const SiteId& site) {
    return site_folder(data, site) + "/spool/media.sock";
}
inline std::string decoder_socket(const std::string& data, const SiteId& site) {
    return site_folder(data, site) + "/spool/decoder.sock";
}
inline std::string transcoder_socket(const std::string& data, const SiteId& site) {
    return site_folder(data, site) + "/spool/transcoder.sock";
}
inline std::string bus_socket(const std::string& data, const SiteId& centre) {
    return site_folder(data, centre) + "/spool/bus.sock";
}

}  // namespace bongsu::app
