#pragma once
// Who watches which cameras: sets by place and weight, as few changes as can be when somebody comes, goes or rests. Pure.

#include <cstddef>
#include <vector>

#include "base/id.hpp"
#include "device/geo.hpp"

namespace bongsu::duty {

/// A camera that is monitored (never one that is only linked: those are looked at for an event alone).
struct Watched {
    CameraId id;
    device::Position place;
    int weight = 1;  ///< How much of an operator it takes: 1 … 9.
};

struct Watcher {
    UserId user;
    bool away = false;  ///< On a break: the set stays theirs, others look after it meanwhile.
};

/// One person's, in the order in which one walks past them.
struct CameraSet {
    UserId user;
    std::vector<CameraId> own;
    std::vector<CameraId> lent;  ///< Of those who are away.
    std::size_t size() const { return own.size() + lent.size(); }
    bool operator==(const CameraSet&) const = default;
};

struct Shares {
    std::vector<CameraSet> sets;        ///< As the watchers were given; of who is away with nothing lent.
    std::vector<CameraId> unwatched;  ///< Nobody has room for them, or nobody is there.
    bool operator==(const Shares&) const = default;
};

/// Sets of neighbours, of about the same weight, of at most `most` cameras each; who is away lends theirs to the nearest who have
/// room. With the same people and cameras nobody's own set changes; else each gets the part that holds most of what was theirs
/// `before`. Where there are too many cameras the lightest are left out.
/// Bounds: some 10 ms for 10,000 cameras.
Shares share(const std::vector<Watched>& cameras, const std::vector<Watcher>& watchers, std::size_t most, const Shares& before = {});

/// Cameras in an order in which neighbours stand together: along a Hilbert curve over all of them.
std::vector<Watched> in_walking_order(std::vector<Watched> cameras);

}  // namespace bongsu::duty
