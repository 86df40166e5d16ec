#pragma once
// Targets that move: what a site keeps of them while they do. moving.cpp says what follows.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "coverage/ahead.hpp"
#include "coverage/motion.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

class Site;

/// The target of an incident, as its sender told it.
struct Target {
    std::vector<incident::TrailPoint> trail;
    coverage::Motion motion;
    coverage::Seen seen;
    WallTime seen_at{};
};

/// In memory alone: after a start and after a lost batch it is made anew from the newest choices on record.
struct Moving {
    struct One {
        std::set<CameraId> warm;                 ///< Other sites' cameras that it comes to.
        std::map<CameraId, MonoTime> leaves_at;  ///< Of those that stay a while.
        bool is_due(const CameraId& camera, MonoTime now) const {
            const auto found = leaves_at.find(camera);
            return found == leaves_at.end() || found->second <= now;
        }
    };
    coverage::Roads roads;                  ///< Of roads.geojsonl; none where nobody gave a map.
    std::map<IncidentId, One> ones;         ///< Open ones alone.
    std::map<std::string, std::size_t> warm;  ///< How many of them want a camera pulled before anybody watches.
    bool is_known = false;                  ///< Not at a start, nor after a lost batch.

    bool is_warm(const std::string& camera) const { return warm.contains(camera); }
};

/// A friend of Site. Threads: as Site.
struct Movement {
    static Result<void> load_roads(Site& site);
    static Result<Target> target_of(Site& site, const incident::Incident& incident);
    static coverage::Ahead ahead_of(const Site& site, const Target& target);
    /// The cameras of a target that is now elsewhere.
    static Result<std::vector<incident::ChosenCamera>> choose(Site& site, const incident::Incident& incident);
    /// What stands now of an incident that moves: which cameras are to be warm, and since when which ones leave.
    static void note_chosen(Site& site, const IncidentId& incident, const std::vector<incident::ChosenCamera>& chosen);
    static void forget(Site& site, const IncidentId& incident);
    /// Those whose time is over leave the choice and the grants.
    static Result<void> let_leave(Site& site);
};

}  // namespace bongsu::app
