#pragma once
// What control wants of media (docs/adr/0005), as values and as two files that survive a restart.

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "env/env.hpp"
#include "ticket/ticket.hpp"

namespace bongsu::view {

struct CameraWish {
    CameraId id;
    std::string main, sub;  ///< URLs; `sub` may be empty. May hold a password: never log them.
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
    std::size_t relay_pairs = 0;  ///< Of `relays`, all grants together.
    std::uint64_t spool_from = 0;
};

/// Reads control's messages strictly; errors name the field.
Result<Desired> parse_state(const boost::json::object& message);
Result<std::vector<Revoked>> parse_revoke(const boost::json::object& message);
/// The grants that a `relays` message names, each with all its cameras; none: the grant may pull nothing any more.
Result<Relays> parse_relays(const boost::json::object& message);
/// Applies `cameras`, `revoke` or `relays` to `desired` at a cost that grows with the message and not with what
/// stands already (but for `cameras`). Bounds: what would stand afterwards, counted as the
/// file holds it: 100,000 revoked grants, 100,000 pairs of a relay. What only ends something is never too much.
/// Errors: invalid, exhausted; `desired` is then unchanged.
Result<void> apply_delta(Desired& desired, const boost::json::object& message);
boost::json::object to_json(const Desired& desired);

/// One file to write whole; Disk::replace blocks, so give it to the syncing thread. In the order given.
struct FileWrite {
    std::string path, bytes;
};

/// `<folder>/revoked.json` and `<folder>/desired.json`: revocations apart, for they must be on disk at once and come
/// far more often than a camera is added.
class StateFiles {
  public:
    StateFiles(env::Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

    /// What was saved, revocations read first; empty when either file is missing: serve nothing then.
    /// Errors: corrupt, with the file's name.
    Result<std::optional<Desired>> load() const;
    FileWrite revocations(const Desired& desired) const;
    FileWrite rest(const Desired& desired) const;
    /// Both, revocations first, so that a crash between the two never forgets one.
    Result<void> save(const Desired& desired) const;

  private:
    env::Disk& disk_;
    std::string folder_;
};

}  // namespace bongsu::view
