#include "duty/share.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace bongsu::duty {
namespace {

constexpr std::uint32_t kSide = 1U << 16U;

/// How far along the Hilbert curve of side kSide the cell stands (Warren, Hacker's Delight, 16-1).
std::uint64_t along_curve(std::uint32_t x, std::uint32_t y) {
    std::uint64_t distance = 0;
    for (std::uint32_t side = kSide / 2; side > 0; side /= 2) {
        const bool right = (x & side) != 0, upper = (y & side) != 0;
        distance += std::uint64_t{side} * side * ((right ? 3U : 0U) ^ (upper ? 1U : 0U));
        if (upper) continue;
        if (right) {
            x = kSide - 1 - x;
            y = kSide - 1 - y;
        }
        std::swap(x, y);
    }
    return distance;
}

using Row = std::vector<Watched>;

/// Cuts cameras that stand in walking order into `parts` runs of about one weight, none longer than `most`.
std::vector<Row> cut(const Row& cameras, std::size_t parts, std::size_t most) {
    std::vector<Row> out;
    std::int64_t weight = 0;
    for (const auto& camera : cameras) weight += camera.weight;
    std::size_t at = 0;
    for (std::size_t left = parts; left > 0; --left) {
        const auto rest = cameras.size() - at;
        const auto others = (left - 1) * most;
        const std::size_t least = rest > others ? rest - others : 0;
        Row run;
        std::int64_t own = 0;
        while (at < cameras.size() && run.size() < most) {
            // Half of the next one's weight: the run ends where it is nearest to its share.
            const bool is_enough = (2 * own + cameras[at].weight) * static_cast<std::int64_t>(left) > 2 * weight;
            if (run.size() >= least && left > 1 && is_enough) break;
            own += cameras[at].weight;
            run.push_back(cameras[at++]);
        }
        weight -= own;
        out.push_back(std::move(run));
    }
    return out;
}

/// The heaviest `most` of them, still in their order; the others go to `left_out`.
Row heaviest(Row cameras, std::size_t most, std::vector<CameraId>& left_out) {
    if (cameras.size() <= most) return cameras;
    std::vector<std::size_t> places(cameras.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) { return cameras[a].weight > cameras[b].weight; });
    const std::set<std::size_t> kept(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(most));
    Row out;
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        if (kept.contains(i)) out.push_back(std::move(cameras[i]));
        else left_out.push_back(std::move(cameras[i].id));
    }
    return out;
}

device::Position middle_of(const Row& cameras) {
    device::Position sum;
    for (const auto& camera : cameras) {
        sum.lon += camera.place.lon;
        sum.lat += camera.place.lat;
    }
    const auto count = static_cast<double>(std::max<std::size_t>(cameras.size(), 1));
    return {sum.lon / count, sum.lat / count};
}

/// Owner of each camera in `before`.
std::map<CameraId, UserId> owners_of(const Shares& before) {
    std::map<CameraId, UserId> out;
    for (const auto& set : before.sets) {
        for (const auto& camera : set.own) out.emplace(camera, set.user);
    }
    return out;
}

/// Whose run is which: whoever had most of a run gets it; who had none of those left takes the next free one.
std::map<UserId, Row> hand_out(std::vector<Row> runs, const std::vector<Watcher>& watchers, const std::map<CameraId, UserId>& owners) {
    struct Claim {
        std::size_t shared, run, watcher;
    };
    std::vector<Claim> claims;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        for (std::size_t i = 0; i < watchers.size(); ++i) {
            const auto shared = static_cast<std::size_t>(std::count_if(runs[run].begin(), runs[run].end(), [&](const Watched& camera) {
                const auto owner = owners.find(camera.id);
                return owner != owners.end() && owner->second == watchers[i].user;
            }));
            claims.push_back({shared, run, i});
        }
    }
    std::stable_sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) { return a.shared > b.shared; });
    std::map<UserId, Row> out;
    std::vector<bool> taken(runs.size(), false);
    for (const auto& claim : claims) {
        const auto& user = watchers[claim.watcher].user;
        if (taken[claim.run] || out.contains(user)) continue;
        taken[claim.run] = true;
        out.emplace(user, std::move(runs[claim.run]));
    }
    return out;
}

/// The sets as they were, where the same people watch the same cameras.
std::map<UserId, Row> kept_as_before(const Row& cameras, const std::vector<Watcher>& watchers, std::size_t most, const std::map<CameraId, UserId>& owners) {
    std::map<UserId, Row> out;
    for (const auto& watcher : watchers) out[watcher.user];
    std::set<UserId> seen;
    for (const auto& camera : cameras) {
        const auto owner = owners.find(camera.id);
        if (owner == owners.end() || !out.contains(owner->second)) return {};
        seen.insert(owner->second);
        auto& row = out[owner->second];
        row.push_back(camera);
        if (row.size() > most) return {};
    }
    const bool is_same = cameras.size() == owners.size() && seen.size() == std::min(watchers.size(), cameras.size());
    return is_same ? out : std::map<UserId, Row>{};
}

/// A set whose owner is away goes to those who have room, the nearest first, in runs of about one length.
void lend(const Row& set, std::size_t most, const std::map<UserId, Row>& own, Shares& shares, const std::vector<Watcher>& watchers) {
    struct Taker {
        CameraSet* set;
        double metres;
    };
    std::vector<Taker> takers;
    std::size_t room = 0;
    const auto middle = middle_of(set);
    for (std::size_t i = 0; i < watchers.size(); ++i) {
        if (watchers[i].away || shares.sets[i].size() >= most) continue;
        room += most - shares.sets[i].size();
        takers.push_back({&shares.sets[i], device::distance_m(middle, middle_of(own.at(watchers[i].user)))});
    }
    std::stable_sort(takers.begin(), takers.end(), [](const Taker& a, const Taker& b) { return a.metres < b.metres; });
    const Row lent = heaviest(set, room, shares.unwatched);
    std::size_t at = 0;
    for (std::size_t i = 0; i < takers.size(); ++i) {
        auto& into = *takers[i].set;
        const auto rest = lent.size() - at;
        std::size_t later = 0;
        for (std::size_t j = i + 1; j < takers.size(); ++j) later += most - takers[j].set->size();
        const auto even = (rest + takers.size() - i - 1) / (takers.size() - i);
        const auto count = std::min({rest, most - into.size(), std::max(even, rest > later ? rest - later : 0)});
        for (std::size_t n = 0; n < count; ++n) into.lent.push_back(lent[at++].id);
    }
}

}  // namespace

std::vector<Watched> in_walking_order(std::vector<Watched> cameras) {
    if (cameras.empty()) return cameras;
    device::Position low = cameras.front().place, high = low;
    for (const auto& camera : cameras) {
        low = {std::min(low.lon, camera.place.lon), std::min(low.lat, camera.place.lat)};
        high = {std::max(high.lon, camera.place.lon), std::max(high.lat, camera.place.lat)};
    }
    const auto cell = [](double value, double from, double to) {
        return to > from ? static_cast<std::uint32_t>((value - from) / (to - from) * (kSide - 1)) : 0U;
    };
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        const auto& at = cameras[i].place;
        order.emplace_back(along_curve(cell(at.lon, low.lon, high.lon), cell(at.lat, low.lat, high.lat)), i);
    }
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : cameras[a.second].id < cameras[b.second].id;
    });
    std::vector<Watched> out;
    out.reserve(cameras.size());
    for (const auto& [distance, i] : order) out.push_back(std::move(cameras[i]));
    return out;
}

Shares share(const std::vector<Watched>& cameras, const std::vector<Watcher>& watchers, std::size_t most, const Shares& before) {
    Shares out;
    const Row all = heaviest(in_walking_order(cameras), watchers.size() * most, out.unwatched);
    const auto owners = owners_of(before);
    auto own = kept_as_before(all, watchers, most, owners);
    if (own.empty() && !watchers.empty()) own = hand_out(cut(all, watchers.size(), most), watchers, owners);
    for (const auto& watcher : watchers) {
        CameraSet set{watcher.user, {}, {}};
        for (const auto& camera : own[watcher.user]) set.own.push_back(camera.id);
        out.sets.push_back(std::move(set));
    }
    for (const auto& watcher : watchers) {
        if (watcher.away) lend(own.at(watcher.user), most, own, out, watchers);
    }
    return out;
}

}  // namespace bongsu::duty
