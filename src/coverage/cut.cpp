#include "coverage/cut.hpp"

#include <algorithm>
#include <unordered_map>

namespace bongsu::coverage {

namespace {

constexpr std::uint32_t kSource = 0, kSink = 1;

class Network {
  public:
    Network(const Reach& reach, double near_s) : reach_(reach), near_s_(near_s), arcs_at_(2) {
        for (const auto number : reach.edges()) add_edge(number);
        came_.resize(arcs_at_.size());
    }

    /// Whether one more way was found.
    bool add_way() {
        spread(kSource, 1);
        if (!is_seen(kSink, kSource)) return false;
        for (std::uint32_t at = kSink; at != kSource;) {
            auto& arc = arcs_[came_[at] - 1];
            const bool is_forward = arc.to == at;
            arc.flow += is_forward ? 1 : -1;
            at = is_forward ? arc.from : arc.to;
        }
        return true;
    }

    /// After add_way() found none: those that lead from what has room left behind it to what has not.
    std::vector<Piece> nearest() {
        spread(kSource, 1);
        return border(kSource);
    }
    /// The same from the other side.
    std::vector<Piece> farthest() {
        spread(kSink, -1);
        return border(kSink);
    }
    /// The first pieces of the ways that were found.
    std::vector<Piece> beginnings() const {
        std::vector<Piece> out;
        for (const auto& arc : arcs_) {
            if (arc.flow != 0 && (arc.from == kSource || arc.to == kSource)) out.push_back(arc.piece);
        }
        return out;
    }

  private:
    struct Arc {
        std::uint32_t from, to;
        Piece piece;
        int flow = 0;  // -1, 0 or 1: roads are gone both ways.
    };

    bool is_seen(std::uint32_t node, std::uint32_t begin) const { return node == begin || came_[node] != 0; }

    std::vector<Piece> border(std::uint32_t begin) const {
        std::vector<Piece> out;
        for (const auto& arc : arcs_) {
            if (is_seen(arc.from, begin) != is_seen(arc.to, begin)) out.push_back(arc.piece);
        }
        return out;
    }

    std::uint32_t local(std::uint32_t node) {
        const double at_s = reach_.arrival(node).at_s;
        if (at_s <= near_s_) return kSource;
        if (at_s > reach_.until_s()) return kSink;
        const auto [found, is_new] = numbers_.try_emplace(node, static_cast<std::uint32_t>(arcs_at_.size()));
        if (is_new) arcs_at_.emplace_back();
        return found->second;
    }

    void add_arc(std::uint32_t from, std::uint32_t to, const Piece& piece) {
        if (from == to) return;
        arcs_at_[from].push_back(static_cast<std::uint32_t>(arcs_.size()));
        arcs_at_[to].push_back(static_cast<std::uint32_t>(arcs_.size()));
        arcs_.push_back({from, to, piece});
    }

    void add_edge(std::uint32_t number) {
        const auto& edge = reach_.roads().edge(number);
        const auto from = local(edge.from), to = local(edge.to);
        const auto start = std::find_if(reach_.starts().begin(), reach_.starts().end(), [&](const OnRoad& one) { return one.edge == number; });
        if (start == reach_.starts().end() || from == kSource || to == kSource) return add_arc(from, to, {number, 0, edge.length_m});
        // It is in the middle of this one: both halves lead away.
        add_arc(kSource, from, {number, 0, start->along_m});
        add_arc(kSource, to, {number, start->along_m, edge.length_m});
    }

    /// Breadth first along what has room left: for a flow of `sign` 1 from `begin` on, of -1 towards it.
    void spread(std::uint32_t begin, int sign) {
        std::fill(came_.begin(), came_.end(), 0U);
        queue_.assign(1, begin);
        for (std::size_t at = 0; at < queue_.size(); ++at) {
            const auto here = queue_[at];
            for (const auto number : arcs_at_[here]) {
                const auto& arc = arcs_[number];
                const bool is_forward = arc.from == here;
                const auto there = is_forward ? arc.to : arc.from;
                if (is_seen(there, begin) || arc.flow == (is_forward ? sign : -sign)) continue;
                came_[there] = number + 1;
                queue_.push_back(there);
            }
        }
    }

    const Reach& reach_;
    double near_s_;
    std::vector<Arc> arcs_;
    std::vector<std::vector<std::uint32_t>> arcs_at_;
    std::unordered_map<std::uint32_t, std::uint32_t> numbers_;
    std::vector<std::uint32_t> came_, queue_;  // By which arc a node was come to, from 1 on; 0: it was not.
};

}  // namespace

Cut least_cut(const Reach& reach, double near_s, std::size_t most) {
    Network network(reach, near_s);
    for (std::size_t ways = 0; ways <= most; ++ways) {
        if (!network.add_way()) return {network.nearest(), network.farthest(), true};
    }
    auto some = network.beginnings();
    some.resize(std::min(some.size(), most));
    return {std::move(some), {}, false};
}

}  // namespace bongsu::coverage
