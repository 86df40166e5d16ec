#pragma once
// Ids that cannot be mistaken for one another, and the ULIDs behind most of them.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace bongsu {

/// A string id of one kind. Construct it where bytes enter (face, store) and nowhere else.
template <class Tag>
struct Id {
    std::string value;
    friend auto operator<=>(const Id&, const Id&) = default;
};

using CameraId = Id<struct CameraTag>;      ///< `<site code>-<local id>`, url-safe: "11440-0001".
using SiteId = Id<struct SiteTag>;          ///< Administrative code: "11000" the centre, "11440" Mapo.
using EventId = Id<struct EventTag>;        ///< ULID.
using IncidentId = Id<struct IncidentTag>;  ///< ULID.
using GrantId = Id<struct GrantTag>;        ///< ULID.
using ViewId = Id<struct ViewTag>;          ///< ULID.
using UserId = Id<struct UserTag>;          ///< ULID; pseudonymous: the name stands in identity/ only.
using AgencyId = Id<struct AgencyTag>;      ///< Organisation code: letter + 10 digits, "P1100000000".

/// ULID (github.com/ulid/spec): 48 bits of milliseconds, 80 random bits, Crockford base 32, 26 letters.
std::string make_ulid(WallTime time, const std::array<std::uint8_t, 10>& random);

}  // namespace bongsu

template <class Tag>
struct std::hash<bongsu::Id<Tag>> {
    std::size_t operator()(const bongsu::Id<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.value);
    }
};
