// A target that moves: where it may be, the cameras before it, and that nobody's picture goes dark while they change.
#include "app/site/moving.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "app/site/handlers.hpp"
#include "base/log.hpp"
#include "device/http.hpp"
#include "http/page.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kNow = 6, kExits = 4;  ///< Of the cameras that go into the grants; as many are next as AheadRule says.
constexpr std::size_t kLeavingMax = 20;      ///< A target on a motorway changes them faster than anybody looks.
constexpr auto kLeavesAfter = 15s;           ///< A camera whose place it has left stays until the next one's picture stands.
constexpr std::size_t kWarmMax = 32;         ///< Other sites' cameras that are pulled before anybody watches, of all incidents.
constexpr auto kStaleAfter = 60s;            ///< From then on a position is shown with its age (domain study 6.5: lost after a minute).
constexpr int kNextScore = 300, kExitScore = 150;  ///< Of the first; those that see it now stand before them as a rule.

constexpr std::string_view kLeaving = "leaving";

bool has_word(const incident::ChosenCamera& camera, std::string_view word) {
    return std::any_of(camera.reasons.begin(), camera.reasons.end(), [&](const std::string& reason) { return reason.substr(0, reason.find(':')) == word; });
}

bool is_leaving(const incident::ChosenCamera& camera) { return has_word(camera, kLeaving); }
bool is_ahead(const incident::ChosenCamera& camera) { return has_word(camera, "next") || has_word(camera, "exit"); }

bool holds(const std::vector<incident::ChosenCamera>& cameras, const CameraId& id) {
    return std::any_of(cameras.begin(), cameras.end(), [&](const incident::ChosenCamera& camera) { return camera.id == id; });
}

SiteId site_of(const CameraId& camera) { return {camera.value.substr(0, camera.value.find('-'))}; }

device::Position degrees_of(const event::Position& position) { return {position.lon_e7 / 1e7, position.lat_e7 / 1e7}; }

/// What sees it now, what it comes to, what stands at the ways out.
std::vector<incident::ChosenCamera> chosen_of(const coverage::Ahead& ahead) {
    std::vector<incident::ChosenCamera> out;
    for (const auto& choice : ahead.now) out.push_back({choice.id, choice.score, choice.reasons});
    int score = kNextScore;
    for (const auto& coming : ahead.next) out.push_back({coming.id, score--, coming.reasons});
    std::size_t exits = 0;
    score = kExitScore;
    for (const auto& one : ahead.exits) {
        if (exits == kExits) break;
        if (!one.camera || holds(out, *one.camera)) continue;
        out.push_back({*one.camera, score--, one.reasons});
        ++exits;
    }
    return out;
}

}  // namespace

/// A map of roads with a slip in it is better than none: what cannot be read of it is said and left out.
Result<void> Movement::load_roads(Site& site) {
    const auto path = site_folder(site.options_.data, site.options_.id) + "/roads.geojsonl";
    if (!site.env_.disk.exists(path)) return {};
    TRY(const auto lines, site.env_.disk.read(path));
    const auto read = coverage::read_roads(lines);
    if (read.refused > 0) LOG_WARN("coverage.roads_left_out", {{"file", path}, {"count", read.refused}, {"first", read.first}});
    site.moving_.roads = coverage::Roads(read.roads);
    return {};
}

Result<Target> Movement::target_of(Site& site, const incident::Incident& incident) {
    Target out;
    TRY(out.trail, incident::trail(*site.folds_db_, incident.id));
    if (!incident.position) return out;
    std::vector<coverage::Fix> fixes;
    for (const auto& point : out.trail) fixes.push_back({degrees_of(point.position), point.seen_at});
    out.motion = coverage::motion_of(fixes);
    out.seen_at = out.trail.empty() ? incident.content_time : out.trail.back().seen_at;
    const auto age = std::max<WallTime::duration>(site.env_.clock.wall() - out.seen_at, 0s);
    out.seen = {degrees_of(*incident.position), std::chrono::duration<double>(age).count(), out.motion.pace, out.motion.heading_deg};
    return out;
}

coverage::Ahead Movement::ahead_of(const Site& site, const Target& target) {
    coverage::AheadRule rule;
    rule.now.count = kNow;
    rule.now.houses = site.houses_.size() > 0 ? &site.houses_ : nullptr;
    return coverage::look_ahead(site.directory_, site.moving_.roads, target.seen, rule);
}

/// Those before it come at once; those behind it go when whoever looks has had time to look on.
Result<std::vector<incident::ChosenCamera>> Movement::choose(Site& site, const incident::Incident& incident) {
    TRY(const auto target, target_of(site, incident));
    auto chosen = chosen_of(ahead_of(site, target));
    TRY(const auto before, incident::cameras(*site.folds_db_, incident.id));
    const auto known = site.moving_.ones.find(incident.id);
    std::size_t leaving = 0;
    for (const auto& camera : before) {
        if (holds(chosen, camera.id) || leaving == kLeavingMax) continue;
        const bool is_due = is_leaving(camera) && (known == site.moving_.ones.end() || known->second.is_due(camera.id, site.env_.clock.mono()));
        if (is_due) continue;
        chosen.push_back({camera.id, 0, {std::string(kLeaving)}});
        ++leaving;
    }
    return chosen;
}

void Movement::note_chosen(Site& site, const IncidentId& id, const std::vector<incident::ChosenCamera>& chosen) {
    auto& moving = site.moving_;
    const auto known = moving.ones.find(id);
    const auto before = known == moving.ones.end() ? std::map<CameraId, MonoTime>{} : known->second.leaves_at;
    forget(site, id);
    Moving::One now;
    for (const auto& camera : chosen) {
        if (is_leaving(camera)) {
            const auto since = before.find(camera.id);
            now.leaves_at[camera.id] = since == before.end() ? site.env_.clock.mono() + kLeavesAfter : since->second;
        } else if (is_ahead(camera) && site_of(camera.id) != site.options_.id) {
            const bool is_shared = moving.is_warm(camera.id.value);
            if (!is_shared && moving.warm.size() >= kWarmMax) continue;
            now.warm.insert(camera.id);
            ++moving.warm[camera.id.value];
            site.relays_touched_.insert(camera.id.value);
        }
    }
    if (!now.warm.empty() || !now.leaves_at.empty()) moving.ones[id] = std::move(now);
}

void Movement::forget(Site& site, const IncidentId& id) {
    auto& moving = site.moving_;
    const auto known = moving.ones.find(id);
    if (known == moving.ones.end()) return;
    for (const auto& camera : known->second.warm) {
        site.relays_touched_.insert(camera.value);
        if (const auto counted = moving.warm.find(camera.value); counted != moving.warm.end() && --counted->second == 0) moving.warm.erase(counted);
    }
    moving.ones.erase(known);
}

Result<void> Movement::let_leave(Site& site) {
    auto& moving = site.moving_;
    if (!moving.is_known) {
        TRY(const auto on_record, incident::cameras_of_moving(*site.folds_db_));
        // Of those that are known already the times stand.
        const auto before = moving.ones;
        for (const auto& [id, one] : before) {
            if (!on_record.contains(id)) forget(site, id);
        }
        for (const auto& [id, chosen] : on_record) note_chosen(site, id, chosen);
        moving.is_known = true;
    }
    const auto now = site.env_.clock.mono();
    std::vector<IncidentId> due;
    for (const auto& [id, one] : moving.ones) {
        if (std::any_of(one.leaves_at.begin(), one.leaves_at.end(), [&](const auto& leaves) { return leaves.second <= now; })) due.push_back(id);
    }
    for (const auto& id : due) {
        TRY(const auto incident, incident::get(*site.folds_db_, id));
        if (!incident::is_open(incident.state)) {
            forget(site, id);
            continue;
        }
        TRY(auto chosen, incident::cameras(*site.folds_db_, id));
        const auto& one = moving.ones.at(id);
        std::erase_if(chosen, [&](const incident::ChosenCamera& camera) { return is_leaving(camera) && one.is_due(camera.id, now); });
        TRY_DO(incident::record_cameras(*site.book_, id, chosen));
        TRY_DO(site.follow(id, chosen));
    }
    return {};
}

namespace {

/// Digit by digit, as everywhere in the contract.
std::string text_of(const device::Position& at) {
    return event::to_json_text(event::Position{static_cast<std::int32_t>(std::llround(at.lon * 1e7)), static_cast<std::int32_t>(std::llround(at.lat * 1e7))});
}

template <class Items, class Text>
std::string list_text(const Items& items, const Text& text) {
    std::string out = "[";
    for (const auto& item : items) {
        const auto one = text(item);
        if (!one.empty()) out += (out.size() > 1 ? "," : "") + one;
    }
    return out + "]";
}

std::string lines_text(const coverage::Lines& lines) {
    return list_text(lines, [](const auto& line) { return list_text(line, text_of); });
}

std::string words_text(const std::vector<std::string>& words) { return json::serialize(json::array(words.begin(), words.end())); }

std::string whole(double seconds) { return std::to_string(std::lround(seconds)); }

/// As in the list of cameras, and `more`; empty for one that is not known any more.
std::string camera_text(const device::Directory& directory, const CameraId& id, const std::string& more) {
    const auto* camera = directory.find(id);
    if (camera == nullptr) return {};
    auto text = device::camera_json(*camera);
    text.pop_back();
    return text + more + "}";
}

std::string ahead_text(const device::Directory& directory, const coverage::Ahead& ahead) {
    const auto now = list_text(ahead.now, [&](const coverage::Choice& one) { return camera_text(directory, one.id, ",\"score\":" + std::to_string(one.score) + ",\"reasons\":" + words_text(one.reasons)); });
    const auto next = list_text(ahead.next, [&](const coverage::Coming& one) {
        return camera_text(directory, one.id, ",\"inS\":" + whole(one.in_s) + ",\"where\":" + text_of(one.where) + ",\"reasons\":" + words_text(one.reasons));
    });
    const auto exits = list_text(ahead.exits, [&](const coverage::Exit& one) {
        const auto camera = one.camera ? camera_text(directory, *one.camera, {}) : std::string();
        return "{\"where\":" + text_of(one.where) + ",\"inS\":" + whole(one.in_s) + ",\"camera\":" + (camera.empty() ? "null" : camera) + ",\"reasons\":" + words_text(one.reasons) + "}";
    });
    return "\"now\":" + now + ",\"next\":" + next + ",\"exits\":" + exits + ",\"allExits\":" + (ahead.is_closed ? "true" : "false") + ",\"onRoad\":" + (ahead.is_on_road ? "true" : "false") +
           ",\"lost\":" + (ahead.is_lost ? "true" : "false") + ",\"reached\":" + lines_text(ahead.reached) + ",\"coming\":" + lines_text(ahead.coming);
}

std::string number_or_null(const std::optional<double>& number) { return number ? whole(*number) : "null"; }

}  // namespace

Handlers::Answer Handlers::incident_ahead(Site& site, Call& call) {
    const auto body = [&]() -> Result<std::string> {
        TRY_DO(http::only_parameters(call.request, {"pace"}));
        TRY_DO(site.may_see(*call.session, {call.request.captures.at(0)}));
        TRY(const auto incident, incident::get(*site.folds_db_, {call.request.captures.at(0)}));
        if (!incident::is_open(incident.state)) return fail(ErrorKind::conflict, "the incident has ended");
        if (!incident.position) return fail(ErrorKind::conflict, "the incident has no position");
        TRY(auto target, Movement::target_of(site, incident));
        if (const auto word = call.request.param("pace")) {
            const auto pace = coverage::pace_of(*word);
            if (!pace) return fail_field("pace", "must be walk, run, car or unknown");
            target.seen.pace = *pace;
        }
        const auto trail = list_text(target.trail, [](const incident::TrailPoint& point) { return "{\"position\":" + event::to_json_text(point.position) + ",\"seenAt\":\"" + to_rfc3339(point.seen_at) + "\"}"; });
        return "{\"incident\":" + json::serialize(json::string(incident.id.value)) + ",\"at\":" + event::to_json_text(incident.position) + ",\"seenAt\":\"" + to_rfc3339(target.seen_at) +
               "\",\"ageS\":" + whole(target.seen.age_s) + ",\"staleAfterS\":" + std::to_string(kStaleAfter.count()) + ",\"horizonS\":" + whole(coverage::AheadRule{}.horizon_s) +
               ",\"moves\":" + (target.motion.moves ? "true" : "false") + ",\"pace\":\"" + std::string(coverage::to_string(target.seen.pace)) + "\",\"headingDeg\":" + number_or_null(target.seen.heading_deg) +
               ",\"trail\":" + trail + "," + ahead_text(site.directory_, Movement::ahead_of(site, target)) + "}";
    }();
    if (!body) return http::problem(body.error());
    http::Response response;
    response.body = *body;
    response.headers["Cache-Control"] = "no-store";
    return response;
}

}  // namespace bongsu::app
