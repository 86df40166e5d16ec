#include "coverage/choose.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bongsu::coverage {

namespace {

using device::Camera;
using device::Position;

// What a perfect view is made of. They add up to 1000.
constexpr double kInView = 400, kNear = 350, kHealth = 150, kSide = 100;
constexpr double kPtzShare = 0.8;    // A turning camera sees the place only after somebody turned it.
constexpr double kIdleShare = 0.7;   // Its picture has to be fetched first.
constexpr double kBlurDegrees = 15;  // Beyond the edge of the catalogue's field of view, which is rounded.
constexpr double kOtherSideDegrees = 60;  // From here on a view counts as another side.
constexpr double kPoleMetres = 12;        // Cameras this close to one another hang on one pole or wall.
constexpr double kSamePole = 250;         // Lost by a second camera of a pole.
constexpr std::size_t kCandidatesMax = 512;
constexpr double kFarRanges = 2;          // Beyond so many ranges it does not matter what stands in between: nobody is recognised.
constexpr double kFirstLook = 200, kWiden = 2;  // Metres; a city's middle has some fifty cameras within them.
constexpr std::size_t kEnough = 4;        // Candidates for each choice: those farther away are worth less than any of them.

struct Candidate {
    const Camera* camera;
    double distance;   // Metres.
    double off_axis;   // Degrees between where it looks and the place.
    double side;       // Degrees, from the place to the camera.
    double range;      // Metres.
    bool hidden;       // A house stands in between, as far as somebody looked.
    double own_score;  // Without what depends on the others.
    bool looked_at = false;
};

bool sees(const Candidate& candidate) {
    // Right below a camera every direction is in its picture.
    return candidate.off_axis <= static_cast<double>(candidate.camera->field_of_view) / 2 ||
           candidate.distance < 3;
}

double view_score(const Candidate& candidate) {
    if (candidate.hidden) return 0;
    const double half = static_cast<double>(candidate.camera->field_of_view) / 2;
    if (sees(candidate)) return kInView * (1 - 0.25 * std::min(1.0, candidate.off_axis / half));
    if (candidate.camera->ptz) return kInView * kPtzShare * 0.75;
    const double past = candidate.off_axis - half;
    return past < kBlurDegrees ? kInView * 0.5 * (1 - past / kBlurDegrees) : 0;
}

double near_score(const Candidate& candidate) {
    const double range = candidate.range;
    if (candidate.distance <= range) return kNear * (1 - 0.3 * candidate.distance / range);
    return kNear * 0.7 * range / candidate.distance * range / candidate.distance;
}

double own_score(const Candidate& candidate) {
    const double near = near_score(candidate);
    // What is too far away to be recognised is worth little even in the middle of the picture.
    const double view = view_score(candidate) * std::min(1.0, near / (kNear * 0.7));
    const double health =
        candidate.camera->state == device::State::streaming ? kHealth : kHealth * kIdleShare;
    return view + near + health;
}

bool is_hidden(const Candidate& candidate, Position place, const Rule& rule) {
    const auto& camera = *candidate.camera;
    const bool may_see = (sees(candidate) || camera.ptz) && candidate.distance <= candidate.range * kFarRanges;
    return rule.houses != nullptr && may_see && rule.houses->is_hidden(camera.position(), static_cast<double>(camera.height_m), place);
}

std::vector<Candidate> candidates_within(const device::Directory& directory, Position place, double radius_m, const Rule& rule) {
    std::vector<Candidate> found;
    directory.connected_within(place, radius_m, [&](const Camera& camera, double distance) {
        if (!camera.live() || (rule.permitted && !rule.permitted(camera))) return;
        Candidate candidate{&camera, distance, 0, device::direction_deg(place, camera.position()), static_cast<double>(camera.range_m), false, 0};
        candidate.off_axis = device::angle_between_deg(static_cast<double>(camera.bearing),
                                                       device::direction_deg(camera.position(), place));
        candidate.own_score = own_score(candidate);
        found.push_back(candidate);
    });
    return found;
}

/// Whether somebody among the first had not been looked at.
bool look_at_first(std::vector<Candidate>& found, std::size_t first, Position place, const Rule& rule) {
    bool any = false;
    for (std::size_t i = 0; rule.houses != nullptr && i < std::min(first, found.size()); ++i) {
        if (std::exchange(found[i].looked_at, true)) continue;
        any = true;
        found[i].hidden = is_hidden(found[i], place, rule);
        if (found[i].hidden) found[i].own_score = own_score(found[i]);
    }
    return any;
}

/// From the nearest on, until there are enough of them that those farther away cannot matter.
std::vector<Candidate> candidates(const device::Directory& directory, Position place, const Rule& rule) {
    std::vector<Candidate> found;
    for (double radius = std::min(kFirstLook, rule.radius_m);; radius = std::min(radius * kWiden, rule.radius_m)) {
        found = candidates_within(directory, place, radius, rule);
        if (found.size() >= rule.count * kEnough || radius >= rule.radius_m) break;
    }
    const auto sort = [&] {
        std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
            return a.own_score != b.own_score ? a.own_score > b.own_score : a.camera->id < b.camera->id;
        });
    };
    sort();
    // Along the line to those that may be chosen alone: who is behind them as if nothing stood there is behind them anyway.
    while (look_at_first(found, rule.count * kEnough, place, rule)) sort();
    if (found.size() > kCandidatesMax) found.resize(kCandidatesMax);
    return found;
}

struct Company {
    double score = kSide;
    bool other_side = true;
};

/// What a candidate adds to those that are chosen already.
Company company(const Candidate& candidate, const std::vector<const Candidate*>& chosen) {
    Company result;
    for (const auto* other : chosen) {
        const double apart = device::angle_between_deg(candidate.side, other->side);
        double score = kSide * std::min(1.0, apart / kOtherSideDegrees);
        if (device::distance_m(candidate.camera->position(), other->camera->position()) < kPoleMetres) {
            score -= kSamePole;
        }
        result.score = std::min(result.score, score);
        result.other_side = result.other_side && apart >= kOtherSideDegrees;
    }
    return result;
}

std::string coded(std::string_view word, double value, std::string_view unit) {
    return std::string(word) + ":" + std::to_string(std::lround(value)) + std::string(unit);
}

std::vector<std::string> reasons(const Candidate& candidate, const Company& company, bool first) {
    std::vector<std::string> words{coded("distance", candidate.distance, "m")};
    if (candidate.hidden) {
        words.emplace_back("hidden");
    } else if (sees(candidate)) {
        words.push_back(coded("in_view", candidate.off_axis, "deg"));
    } else if (!candidate.camera->ptz) {
        words.push_back(coded("out_of_view", candidate.off_axis, "deg"));
    }
    if (candidate.camera->ptz) words.emplace_back("ptz");
    if (candidate.distance > candidate.range)
        words.emplace_back("out_of_range");
    words.emplace_back(candidate.camera->state == device::State::streaming ? "healthy" : "idle");
    if (!first) words.emplace_back(company.other_side ? "other_side" : "same_side");
    return words;
}

}  // namespace

std::vector<Choice> choose(const device::Directory& directory, double lon, double lat, const Rule& rule) {
    auto left = candidates(directory, {lon, lat}, rule);
    std::vector<const Candidate*> chosen;
    std::vector<Choice> choices;
    std::vector<bool> taken(left.size(), false);
    while (choices.size() < rule.count && choices.size() < left.size()) {
        std::size_t best = left.size();
        double best_score = 0;
        Company best_company;
        for (std::size_t i = 0; i < left.size(); ++i) {
            if (taken[i]) continue;
            // They stand in order of their own score: nobody further on can win any more.
            if (best < left.size() && left[i].own_score + kSide < best_score) break;
            const auto with = company(left[i], chosen);
            const double score = left[i].own_score + with.score;
            if (best < left.size() &&
                (score < best_score || (score == best_score && left[best].camera->id < left[i].camera->id))) {
                continue;
            }
            best = i;
            best_score = score;
            best_company = with;
        }
        taken[best] = true;
        choices.push_back({left[best].camera->id,
                           static_cast<int>(std::clamp(std::lround(best_score), 0L, 1000L)),
                           reasons(left[best], best_company, chosen.empty())});
        chosen.push_back(&left[best]);
    }
    // Best first as a person reads it: the company's share may have put a lower figure before a higher one.
    std::stable_sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    return choices;
}

}  // namespace bongsu::coverage
