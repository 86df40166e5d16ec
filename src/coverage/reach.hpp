#pragma once
// Where somebody can be who was seen at a place some time ago: along roads, not in a circle.

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "coverage/roads.hpp"

namespace bongsu::coverage {

/// How somebody moves. `unknown` is taken for a car: rather a way too many than one that nobody watches.
enum class Pace : std::uint8_t { walk, run, car, unknown };
std::string_view to_string(Pace pace);
std::optional<Pace> pace_of(std::string_view word);

/// Metres a second at most: 1.8 on foot, 6 running or on a bicycle, by car 22, 14 and 8 on an arterial, a street and a lane (more than is allowed
/// there: who flees hurries).
double speed_of(Pace pace, RoadClass road);
/// The fastest of all roads.
double top_speed_of(Pace pace);

struct Seen {
    device::Position at;
    double age_s = 0;  ///< Since then.
    Pace pace = Pace::unknown;
    std::optional<double> heading_deg = {};  ///< Where to it went, if that is known.
};

constexpr double kNever = std::numeric_limits<double>::infinity();

/// When each place of the roads round about is reached at the earliest, in seconds since it was seen; up to a horizon.
/// Bounds: kReachNodesMax crossings; the answer says when there were more (`is_cut`).
class Reach {
  public:
    /// `roads` outlives it. `until_s` since it was seen.
    Reach(const Roads& roads, const Seen& seen, double until_s);

    /// False where no road is within kOffRoad of the place: nothing is reached.
    bool is_on_road() const { return !starts_.empty(); }
    bool is_cut() const { return is_cut_; }
    double until_s() const { return until_s_; }
    const Roads& roads() const { return roads_; }
    Spot from() const { return from_; }

    /// The edges of which some part is reached, in no particular order, each once.
    const std::vector<std::uint32_t>& edges() const { return edges_; }
    const std::vector<OnRoad>& starts() const { return starts_; }

    struct Arrival {
        double at_s = kNever;
        bool turns_back = false;  ///< The way there begins against the heading.
    };
    /// Beyond the horizon too, where the edge has an end or a start before it.
    Arrival arrival(std::uint32_t edge, double along_m) const;
    /// At a crossing; kNever where that is beyond the horizon.
    Arrival arrival(std::uint32_t node) const;

    /// What is reached by then, as lines on the plane; at most `most` of them.
    std::vector<std::vector<Spot>> lines(double by_s, std::size_t most) const;

  private:
    void begin();
    void spread();
    void offer(std::uint32_t node, const Arrival& arrival);
    double speed_on(std::uint32_t edge) const { return speed_of(pace_, roads_.edge(edge).kind); }
    Arrival straight(const OnRoad& start, double along_m) const;

    const Roads& roads_;
    Spot from_;
    Pace pace_;
    std::optional<double> heading_deg_;
    double until_s_;
    bool is_cut_ = false;
    std::vector<OnRoad> starts_;
    std::unordered_map<std::uint32_t, Arrival> nodes_;
    std::vector<std::uint32_t> edges_;
    struct Open {
        double at_s;
        std::uint32_t node;
        bool operator>(const Open& other) const { return at_s != other.at_s ? at_s > other.at_s : node > other.node; }
    };
    std::vector<Open> open_;  // A heap.
};

inline constexpr std::size_t kReachNodesMax = 20'000;
inline constexpr double kOffRoad = 150;  ///< Metres: who is farther from every road is in a park or on the river.

}  // namespace bongsu::coverage
