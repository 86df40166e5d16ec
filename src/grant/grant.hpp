#pragma once
// The nouns: a grant, its holder, its state.

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "identity/role.hpp"

namespace bongsu::grant {

constexpr std::size_t kCamerasMax = 64;  ///< Of one grant.

/// Exactly one of the two.
struct Holder {
    std::optional<UserId> user;
    std::optional<AgencyId> agency;
};

enum class GrantState : std::uint8_t { waiting, live, ended };
std::string_view to_string(GrantState state);

/// As it stands in the fold. Purpose, basis, roles, kinds and height are those of the time of issue.
struct Grant {
    GrantId id;
    std::string purpose, basis;
    IncidentId incident;
    EventId event;  ///< Empty when no event but a person opened it.
    Holder holder;
    std::vector<CameraId> cameras;  ///< Best first, as given.
    WallTime from{}, to{};          ///< [from, to)
    std::vector<std::string> kinds, roles;
    int height = 0;  ///< Greatest picture height, 0 = no limit.
    bool ptz = false;
    WallTime issued_at{};
    std::string issued_by;             ///< "user:…" or "site:…"
    std::optional<WallTime> ended_at;  ///< Ended before or at `to`, and why.
    std::string reason;  ///< Why it ended; "ended by a person" beside that person's `words`.
    std::string words;   ///< Empty once erased.

    /// It was issued for later than its entry's time, which never goes back. One that begins with its issue never waits, wherever a
    /// clock is set to since.
    bool is_planned() const { return from > issued_at; }
    /// Past `to` it is ended whether or not expire_due() has run.
    GrantState state_at(WallTime now) const;
    bool has(const CameraId& camera) const;
    bool allows(std::string_view kind) const;
    /// The holder's people whose role the purpose names, or the very user.
    bool held_by(const identity::Session& session) const;
};

/// The holder's people see a grant, and so do all who work at the site `here`, agencies excepted.
bool may_see(const Grant& grant, const identity::Session& session, const SiteId& here);
bool works_at(const identity::Session& session, const SiteId& here);

}  // namespace bongsu::grant
