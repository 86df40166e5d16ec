#pragma once
// The partners' own ports: which there are, and their sockets.

#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "env/env.hpp"
#include "event/profile.hpp"
#include "intake/session.hpp"

namespace bongsu::app {

/// A listening socket of a partner's port, for a child.
struct PartnerSocket {
    std::string key;  ///< Of its profile.
    int fd = -1;
};

/// The port of a profile that has `listen`, at a site whose first port is `first`.
int partner_port(const event::Profile& profile, int first);

/// The centre's partners of the demonstration, unless its folder has a partners.toml already: one of each
/// format, at N+20 to N+26.
Result<void> write_demo_partners(env::Disk& disk, const std::string& data);

/// The profiles of DATA/<site>/partners.toml; none when there is no such file. Errors: invalid, a line each.
Result<std::vector<event::Profile>> read_partners(env::Disk& disk, const std::string& data, const SiteId& site);

/// Binds the ports of a site's partners on the loopback address. Errors: conflict for a port that is in use.
Result<std::vector<PartnerSocket>> bind_partners(env::Disk& disk, const std::string& data, const SiteId& site,
                                                 int first);

/// The lines of /metrics for one partner's port.
void write_counters(const std::string& partner, const intake::Counters& counters, std::string& text);

}  // namespace bongsu::app
