#pragma once
// What control wants of media (docs/adr/0005), as values.

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "ticket/ticket.hpp"

namespace bongsu::view {

struct CameraWish {
    CameraId id;
    std::string main, sub;  ///< URLs; `sub` may be empty, `main` too where cameras.toml says how it is reached. May hold a password: never log them.
    std::string mode;       ///< "always" | "demand" | "warm"
    bool relay = false;     ///< The URLs are another site's; each connection needs a ticket.
    friend bool operator==(const CameraWish&, const CameraWish&) = default;
};

struct Revoked {
    GrantId grant;
    std::optional<std::vector<CameraId>> cameras;  ///< Empty: all of the grant's.
    std::string reason;
};

/// Which cameras this district lets another site pull, by the grant that it said yes to.
using Relays = std::map<GrantId, std::set<CameraId>>;

/// The full desired state: the `state` message and its deltas, folded.
struct Desired {
    SiteId site;
    std::vector<std::string> origins;
    ticket::Keys keys;  ///< Raw public keys by kid.
    std::map<CameraId, CameraWish> cameras;
    std::map<GrantId, Revoked> revoked;
    Relays relays;
    /// Who has left their seat: no view of theirs stands. By user id, as a ticket's holder.
    std::set<std::string> off_duty;
    std::size_t relay_pairs = 0;  ///< Of `relays`, all grants together.
    std::uint64_t spool_from = 0;
};

/// Reads control's messages strictly; errors name the field.
Result<Desired> parse_state(const boost::json::object& message);
Result<std::vector<Revoked>> parse_revoke(const boost::json::object& message);
/// The grants that a `relays` message names, each with all its cameras; none: the grant may pull nothing any more.
Result<Relays> parse_relays(const boost::json::object& message);
/// All who have left their seat, in place of those of the message before.
Result<std::set<std::string>> parse_off_duty(const boost::json::object& message);
/// Applies `cameras`, `revoke`, `relays` or `off_duty` to `desired` at a cost that grows with the message and not with what
/// stands already (but for `cameras`). Bounds: what would stand afterwards, counted as the
/// file holds it: 100,000 revoked grants, 100,000 pairs of a relay. What only ends something is never too much.
/// Errors: invalid, exhausted; `desired` is then unchanged.
Result<void> apply_delta(Desired& desired, const boost::json::object& message);
boost::json::object to_json(const Desired& desired);

}  // namespace bongsu::view
