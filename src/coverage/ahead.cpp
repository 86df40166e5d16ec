#include "coverage/ahead.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "coverage/cut.hpp"

namespace bongsu::coverage {

namespace {

using device::Camera;

constexpr double kStep = 12;         // Metres between the places of a road that are looked at.
constexpr double kCell = 60;         // Metres.
constexpr double kLooksFrom = 150;   // Metres beyond what is reached: cameras that look in from there.
constexpr double kTurnBackS = 8;     // Who turns back comes later than the clock says.
constexpr double kTurnCameraS = 5;   // A camera that turns has to be turned first.
constexpr double kSlowShare = 0.5;   // Who goes half as fast as it can comes in twice the time.
constexpr double kPoleMetres = 12;   // As in the choice for a place.
constexpr std::size_t kLooks = 8;    // Places of one camera that are tried for a free view.
constexpr std::size_t kTriesMax = 200;

/// A place of a road, and when it is reached.
struct Sample {
    Spot at;
    Reach::Arrival arrival;
};

/// What a camera sees if nothing stands in between. `range` and half the field of view once for all places.
class Eye {
  public:
    Eye(const Camera& of, Spot where)
        : camera(&of), at(where), range_(static_cast<double>(of.range_m)), cosine_(std::cos(static_cast<double>(of.field_of_view) / 2 * std::numbers::pi / 180)) {
        const double bearing = static_cast<double>(of.bearing) * std::numbers::pi / 180;
        look_ = {std::sin(bearing), std::cos(bearing)};
    }

    enum class View : std::uint8_t { none, in_view, turned };
    View view_of(Spot place) const {
        const Spot line{place.x - at.x, place.y - at.y};
        const double square = line.x * line.x + line.y * line.y;
        if (square > range_ * range_) return View::none;
        const double distance = std::sqrt(square);
        // Right below a camera every direction is in its picture.
        if (distance < 3 || line.x * look_.x + line.y * look_.y >= cosine_ * distance) return View::in_view;
        return camera->ptz ? View::turned : View::none;
    }
    double range() const { return range_; }

    const Camera* camera;
    Spot at;

  private:
    double range_, cosine_;
    Spot look_;
};

/// The samples of an area, found by cell.
class Samples {
  public:
    Samples(Spot middle, double radius, std::vector<Sample> samples) : low_{middle.x - radius, middle.y - radius}, samples_(std::move(samples)) {
        columns_ = static_cast<std::size_t>(2 * radius / kCell) + 1;
        const auto cell_of = [&](const Sample& sample) { return clamped(sample.at.y - low_.y) * columns_ + clamped(sample.at.x - low_.x); };
        starts_.assign(columns_ * columns_ + 1, 0);
        for (const auto& sample : samples_) ++starts_[cell_of(sample) + 1];
        for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
        items_.resize(samples_.size());
        auto next = starts_;
        for (std::uint32_t i = 0; i < samples_.size(); ++i) items_[next[cell_of(samples_[i])]++] = i;
    }

    template <class Visit>
    void visit(Spot middle, double radius, const Visit& visit) const {
        for (auto row = clamped(middle.y - radius - low_.y); row <= clamped(middle.y + radius - low_.y); ++row) {
            for (auto column = clamped(middle.x - radius - low_.x); column <= clamped(middle.x + radius - low_.x); ++column) {
                const auto cell = row * columns_ + column;
                for (auto i = starts_[cell]; i < starts_[cell + 1]; ++i) visit(samples_[items_[i]]);
            }
        }
    }

  private:
    std::size_t clamped(double metres) const { return std::min(static_cast<std::size_t>(std::max(metres, 0.0) / kCell), columns_ - 1); }

    Spot low_;
    std::vector<Sample> samples_;
    std::size_t columns_ = 0;
    std::vector<std::uint32_t> starts_, items_;
};

/// Later for who turns back and for a camera that has to be turned.
double order_s(const Sample& sample, Eye::View view) { return sample.arrival.at_s + (sample.arrival.turns_back ? kTurnBackS : 0) + (view == Eye::View::turned ? kTurnCameraS : 0); }

std::string coded(std::string_view word, double value, std::string_view unit) { return std::string(word) + ":" + std::to_string(std::lround(value)) + std::string(unit); }

class Look {
  public:
    Look(const device::Directory& directory, const Roads& roads, const Seen& seen, const AheadRule& rule)
        : directory_(directory), roads_(roads), seen_(seen), rule_(rule), reach_(roads, seen, seen.age_s + rule.horizon_s), radius_(top_speed_of(seen.pace) * reach_.until_s() + kStep) {}

    Ahead ahead(std::vector<Choice> now) {
        Ahead out;
        out.now = std::move(now);
        out.is_on_road = reach_.is_on_road();
        if (!out.is_on_road) return out;
        out.next = next(out.now);
        add_exits(out);
        out.reached = lines(seen_.age_s);
        out.coming = lines(reach_.until_s());
        return out;
    }

  private:
    struct Found {
        Eye eye;
        Sample sample;
        Eye::View view;
        double order;
        bool looked_at = false;
        bool operator>(const Found& other) const { return order != other.order ? order > other.order : eye.camera->id > other.eye.camera->id; }
    };

    bool may_serve(const Camera& camera) const { return camera.live() && (!rule_.now.permitted || rule_.now.permitted(camera)); }

    bool is_free(const Eye& eye, Spot place) const {
        return rule_.now.houses == nullptr || !rule_.now.houses->is_hidden(eye.camera->position(), static_cast<double>(eye.camera->height_m), roads_.plane().position_of(place));
    }

    /// Of where it may be now or will be by the horizon; who has passed at its fastest may come there yet.
    Samples coming() const {
        std::vector<Sample> samples;
        const double from_s = seen_.age_s * kSlowShare;
        for (const auto number : reach_.edges()) {
            const auto& edge = roads_.edge(number);
            const auto steps = static_cast<int>(edge.length_m / kStep) + 1;
            for (int i = 0; i <= steps; ++i) {
                const double along = edge.length_m * i / steps;
                const auto arrival = reach_.arrival(number, along);
                if (arrival.at_s >= from_s && arrival.at_s <= reach_.until_s()) samples.push_back({roads_.spot(number, along), arrival});
            }
        }
        return Samples(reach_.from(), radius_, std::move(samples));
    }

    std::vector<Coming> next(const std::vector<Choice>& now) const {
        const auto samples = coming();
        std::vector<Found> open;
        directory_.connected_within(seen_.at, radius_ + kLooksFrom, [&](const Camera& camera, double) {
            const bool is_now = std::any_of(now.begin(), now.end(), [&](const Choice& choice) { return choice.id == camera.id; });
            if (is_now || !may_serve(camera)) return;
            const Eye eye(camera, roads_.plane().spot_of(camera.position()));
            Found first{eye, {}, Eye::View::none, kNever};
            samples.visit(eye.at, eye.range(), [&](const Sample& sample) {
                const auto view = eye.view_of(sample.at);
                if (view == Eye::View::none) return;
                const double order = order_s(sample, view);
                if (order < first.order) first.sample = sample, first.view = view, first.order = order;
            });
            if (first.view != Eye::View::none) open.push_back(first);
        });
        std::make_heap(open.begin(), open.end(), std::greater<>());
        std::vector<Found> taken;
        for (std::size_t tries = 0; tries < kTriesMax && taken.size() < rule_.next && !open.empty(); ++tries) {
            std::pop_heap(open.begin(), open.end(), std::greater<>());
            auto found = open.back();
            open.pop_back();
            const bool is_beside = std::any_of(taken.begin(), taken.end(), [&](const Found& other) { return distance_m(other.eye.at, found.eye.at) < kPoleMetres; });
            if (is_beside) continue;
            if (found.looked_at || is_free(found.eye, found.sample.at)) {
                taken.push_back(found);
                continue;
            }
            if (!look_past(found, samples)) continue;
            open.push_back(found);
            std::push_heap(open.begin(), open.end(), std::greater<>());
        }
        std::vector<Coming> out;
        for (const auto& found : taken) out.push_back(coming_of(found));
        return out;
    }

    /// The first place that no house hides from it; false when there is none among some.
    bool look_past(Found& found, const Samples& samples) const {
        struct Place {
            Sample sample;
            Eye::View view;
        };
        std::vector<Place> all;
        samples.visit(found.eye.at, found.eye.range(), [&](const Sample& sample) {
            if (const auto view = found.eye.view_of(sample.at); view != Eye::View::none) all.push_back({sample, view});
        });
        std::sort(all.begin(), all.end(), [](const Place& a, const Place& b) { return order_s(a.sample, a.view) < order_s(b.sample, b.view); });
        for (std::size_t i = 0; i < kLooks && i < all.size(); ++i) {
            const auto& one = all[i * all.size() / std::min(kLooks, all.size())];
            if (!is_free(found.eye, one.sample.at)) continue;
            found.sample = one.sample;
            found.view = one.view;
            found.order = order_s(one.sample, one.view);
            found.looked_at = true;
            return true;
        }
        return false;
    }

    double in_s(double arrival_s) const { return std::max(0.0, arrival_s - seen_.age_s); }

    static std::vector<std::string> words_of(const Eye& eye, Spot place, Eye::View view) {
        std::vector<std::string> words{coded("distance", distance_m(eye.at, place), "m")};
        if (view == Eye::View::turned || eye.camera->ptz) words.emplace_back("ptz");
        words.emplace_back(eye.camera->state == device::State::streaming ? "healthy" : "idle");
        return words;
    }

    Coming coming_of(const Found& found) const {
        Coming out{found.eye.camera->id, in_s(found.sample.arrival.at_s), roads_.plane().position_of(found.sample.at), {coded("next", in_s(found.sample.arrival.at_s), "s")}};
        for (auto& word : words_of(found.eye, found.sample.at, found.view)) out.reasons.push_back(std::move(word));
        if (found.sample.arrival.turns_back) out.reasons.emplace_back("turns_back");
        return out;
    }

    void add_exits(Ahead& out) const {
        const auto cut = least_cut(reach_, seen_.age_s + kReactS, kWaysMax);
        out.is_closed = cut.is_whole && !reach_.is_cut();
        out.exits = exits_of(cut.pieces);
        if (unwatched(out.exits) == 0 || cut.farther.empty()) return;
        // As few roads close it in farther out: better those that cameras see.
        auto farther = exits_of(cut.farther);
        if (unwatched(farther) < unwatched(out.exits)) out.exits = std::move(farther);
    }

    static std::size_t unwatched(const std::vector<Exit>& exits) {
        return static_cast<std::size_t>(std::count_if(exits.begin(), exits.end(), [](const Exit& one) { return !one.camera; }));
    }

    std::vector<Exit> exits_of(const std::vector<Piece>& pieces) const {
        std::vector<std::pair<double, Exit>> ordered;
        for (const auto& piece : pieces) ordered.emplace_back(order_of(piece), exit_of(piece));
        std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<Exit> out;
        for (auto& one : ordered) out.push_back(std::move(one.second));
        return out;
    }

    double order_of(const Piece& piece) const {
        const auto arrival = reach_.arrival(piece.edge, (piece.from_m + piece.to_m) / 2);
        return arrival.at_s + (arrival.turns_back ? kTurnBackS : 0);
    }

    /// Nobody leaves the road between two crossings: who sees any place of it sees whoever passes.
    Exit exit_of(const Piece& piece) const {
        const double length = piece.to_m - piece.from_m;
        const auto steps = static_cast<int>(length / kStep) + 1;
        // Of a long one what is reached by the horizon: there somebody can still be in time.
        std::vector<double> places;
        for (int i = 0; i <= steps; ++i) {
            const double along = piece.from_m + length * i / steps;
            if (reach_.arrival(piece.edge, along).at_s <= reach_.until_s()) places.push_back(along);
        }
        const double middle_m = places.empty() ? piece.from_m : places[places.size() / 2];
        Exit out{roads_.plane().position_of(roads_.spot(piece.edge, middle_m)), in_s(reach_.arrival(piece.edge, middle_m).at_s), std::nullopt, {}};
        struct Watcher {
            Eye eye;
            double along, cost;
            Eye::View view;
        };
        std::vector<Watcher> watchers;
        directory_.connected_within(out.where, length / 2 + kLooksFrom, [&](const Camera& camera, double) {
            if (!may_serve(camera)) return;
            const Eye eye(camera, roads_.plane().spot_of(camera.position()));
            Watcher best{eye, 0, kNever, Eye::View::none};
            for (const double along : places) {
                const auto at = roads_.spot(piece.edge, along);
                const auto view = eye.view_of(at);
                if (view == Eye::View::none) continue;
                // Nearer is better; a camera that has to be turned is as good as one twice as far.
                const double cost = distance_m(eye.at, at) / eye.range() * (view == Eye::View::turned ? 2 : 1);
                if (cost < best.cost && is_free(eye, at)) best.along = along, best.cost = cost, best.view = view;
            }
            if (best.view != Eye::View::none) watchers.push_back(best);
        });
        if (watchers.empty()) return out;
        const auto& best = *std::min_element(watchers.begin(), watchers.end(), [](const Watcher& a, const Watcher& b) { return a.cost != b.cost ? a.cost < b.cost : a.eye.camera->id < b.eye.camera->id; });
        const auto at = roads_.spot(piece.edge, best.along);
        out.where = roads_.plane().position_of(at);
        out.in_s = in_s(reach_.arrival(piece.edge, best.along).at_s);
        out.camera = best.eye.camera->id;
        out.reasons.push_back(coded("exit", out.in_s, "s"));
        for (auto& word : words_of(best.eye, at, best.view)) out.reasons.push_back(std::move(word));
        return out;
    }

    Lines lines(double by_s) const {
        Lines out;
        for (const auto& line : reach_.lines(by_s, kLinesMax)) {
            auto& kept = out.emplace_back();
            for (const auto& spot : line) kept.push_back(roads_.plane().position_of(spot));
        }
        return out;
    }

    const device::Directory& directory_;
    const Roads& roads_;
    const Seen& seen_;
    const AheadRule& rule_;
    Reach reach_;
    double radius_;
};

}  // namespace

Ahead look_ahead(const device::Directory& directory, const Roads& roads, const Seen& seen, const AheadRule& rule) {
    Ahead out;
    out.now = choose(directory, seen.at.lon, seen.at.lat, rule.now);
    out.is_lost = top_speed_of(seen.pace) * (seen.age_s + rule.horizon_s) > kLostMetres;
    return roads.is_empty() || out.is_lost ? out : Look(directory, roads, seen, rule).ahead(std::move(out.now));
}

}  // namespace bongsu::coverage
