#include "coverage/reach.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace bongsu::coverage {

namespace {

constexpr double kFix = 25;         // Metres: a position beside a crossing may be on any of its roads.
constexpr std::size_t kStarts = 4;  // Roads that it may be on.
constexpr double kBackDegrees = 100;

struct Speeds {
    std::string_view word;
    std::array<double, 3> metres_per_s;  ///< By RoadClass.
};

constexpr std::array<Speeds, 4> kSpeeds{Speeds{"walk", {1.8, 1.8, 1.8}}, Speeds{"run", {6, 6, 6}}, Speeds{"car", {22, 14, 8}}, Speeds{"unknown", {22, 14, 8}}};

}  // namespace

std::string_view to_string(Pace pace) { return kSpeeds[static_cast<std::size_t>(pace)].word; }

std::optional<Pace> pace_of(std::string_view word) {
    const auto found = std::find_if(kSpeeds.begin(), kSpeeds.end(), [&](const Speeds& one) { return one.word == word; });
    return found == kSpeeds.end() ? std::nullopt : std::optional(static_cast<Pace>(found - kSpeeds.begin()));
}

double speed_of(Pace pace, RoadClass road) { return kSpeeds[static_cast<std::size_t>(pace)].metres_per_s[static_cast<std::size_t>(road)]; }

double top_speed_of(Pace pace) {
    const auto& speeds = kSpeeds[static_cast<std::size_t>(pace)].metres_per_s;
    return *std::max_element(speeds.begin(), speeds.end());
}

Reach::Reach(const Roads& roads, const Seen& seen, double until_s) : roads_(roads), from_(roads.plane().spot_of(seen.at)), pace_(seen.pace), heading_deg_(seen.heading_deg), until_s_(until_s) {
    begin();
    spread();
    // Of what was reached from two ends, once.
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
}

/// On which roads it may be, and when it comes to their ends.
void Reach::begin() {
    starts_ = roads_.near(from_, kOffRoad);
    if (starts_.empty()) return;
    const double near_m = starts_.front().away_m + kFix;
    std::erase_if(starts_, [&](const OnRoad& start) { return start.away_m > near_m; });
    if (starts_.size() > kStarts) starts_.resize(kStarts);
    for (const auto& start : starts_) {
        const auto& edge = roads_.edge(start.edge);
        edges_.push_back(start.edge);
        offer(edge.from, straight(start, 0));
        offer(edge.to, straight(start, edge.length_m));
    }
}

/// Along the start's own edge, and across what lies between the place and the road as fast as on it.
Reach::Arrival Reach::straight(const OnRoad& start, double along_m) const {
    const double metres = along_m > start.along_m ? along_m - start.along_m : start.along_m - along_m;
    Arrival out{(start.away_m + metres) / speed_on(start.edge)};
    if (heading_deg_ && metres > 0) {
        const double direction = roads_.direction_deg(start.edge, start.along_m) + (along_m > start.along_m ? 0 : 180);
        out.turns_back = device::angle_between_deg(direction, *heading_deg_) > kBackDegrees;
    }
    return out;
}

void Reach::offer(std::uint32_t node, const Arrival& arrival) {
    if (arrival.at_s > until_s_) return;
    auto& known = nodes_[node];
    if (known.at_s <= arrival.at_s) return;
    known = arrival;
    open_.push_back({arrival.at_s, node});
    std::push_heap(open_.begin(), open_.end(), std::greater<>());
}

/// Dijkstra (1959), up to the horizon.
void Reach::spread() {
    while (!open_.empty()) {
        const auto next = open_.front();
        std::pop_heap(open_.begin(), open_.end(), std::greater<>());
        open_.pop_back();
        const auto here = nodes_.at(next.node);
        if (next.at_s > here.at_s) continue;  // It was reached sooner meanwhile.
        if (nodes_.size() >= kReachNodesMax) {
            is_cut_ = true;
            return;
        }
        for (const auto number : roads_.edges_at(next.node)) {
            const auto& edge = roads_.edge(number);
            edges_.push_back(number);
            offer(roads_.other_end(edge, next.node), {here.at_s + edge.length_m / speed_on(number), here.turns_back});
        }
    }
}

Reach::Arrival Reach::arrival(std::uint32_t node) const {
    const auto found = nodes_.find(node);
    return found == nodes_.end() ? Arrival{} : found->second;
}

Reach::Arrival Reach::arrival(std::uint32_t number, double along_m) const {
    const auto& edge = roads_.edge(number);
    const double speed = speed_on(number);
    auto best = arrival(edge.from);
    best.at_s += along_m / speed;
    auto other = arrival(edge.to);
    other.at_s += (edge.length_m - along_m) / speed;
    if (other.at_s < best.at_s) best = other;
    for (const auto& start : starts_) {
        if (start.edge != number) continue;
        const auto direct = straight(start, along_m);
        if (direct.at_s < best.at_s) best = direct;
    }
    return best;
}

std::vector<std::vector<Spot>> Reach::lines(double by_s, std::size_t most) const {
    std::vector<std::vector<Spot>> out;
    struct Part {
        double from, to;
    };
    for (const auto number : edges_) {
        const auto& edge = roads_.edge(number);
        const double speed = speed_on(number), from_s = arrival(edge.from).at_s, to_s = arrival(edge.to).at_s;
        std::vector<Part> parts;
        if (from_s < by_s) parts.push_back({0, (by_s - from_s) * speed});
        if (to_s < by_s) parts.push_back({edge.length_m - (by_s - to_s) * speed, edge.length_m});
        for (const auto& start : starts_) {
            const double metres = by_s * speed - start.away_m;
            if (start.edge == number && metres > 0) parts.push_back({start.along_m - metres, start.along_m + metres});
        }
        for (auto& part : parts) part = {std::max(part.from, 0.0), std::min(part.to, edge.length_m)};
        std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.from < b.from; });
        for (std::size_t i = 0; i < parts.size();) {
            auto whole = parts[i++];
            for (; i < parts.size() && parts[i].from <= whole.to; ++i) whole.to = std::max(whole.to, parts[i].to);
            if (out.size() == most) return out;
            out.push_back(roads_.stretch(number, whole.from, whole.to));
        }
    }
    return out;
}

}  // namespace bongsu::coverage
