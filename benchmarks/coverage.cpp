// Which cameras see a place: what the choice says against what is so, and what it costs.
//
// The truth is a ray caster of its own: each half metre of the line from the camera to a person's chest it asks whether some house stands
// there and is higher than the line. It shares no code with the room's own test but the drawn city.
// What lies ahead of a target that moves is measured besides: µs for each pace, freshly seen and half a minute ago, and how many ways out there are.
// The same places, cameras and houses go to three subjects: `bongsu` (with houses), `without_houses`, and `nearest` (the k nearest live cameras).

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <numbers>
#include <random>

#include "coverage/ahead.hpp"
#include "coverage/houses.hpp"
#include "place/base_map.hpp"
#include "place/catalogue.hpp"

namespace bongsu::coverage {
namespace {

namespace json = boost::json;

constexpr double kStep = 0.5, kChest = 1.5, kOwnWall = 1.0;
constexpr std::size_t kPlaces = 4000;

struct Plane {
    double x = 0, y = 0;
};

/// Houses by cells of 50 m; even-odd rule.
class Truth {
  public:
    explicit Truth(const std::vector<place::Building>& buildings) : buildings_(buildings) {
        for (std::size_t i = 0; i < buildings.size(); ++i) {
            const auto box = box_of(buildings[i].footprint);
            for (auto column = cell(box[0]); column <= cell(box[2]); ++column) {
                for (auto row = cell(box[1]); row <= cell(box[3]); ++row) cells_[{column, row}].push_back(i);
            }
        }
    }

    /// A camera sees a place: in its picture, within its range, nothing in between.
    bool sees(const device::Camera& camera, device::Position at) const {
        const auto eye = place::to_plane({camera.lon, camera.lat}), target = place::to_plane({at.lon, at.lat});
        const double distance = std::hypot(target.x - eye.x, target.y - eye.y);
        if (distance > static_cast<double>(camera.range_m)) return false;
        if (!camera.ptz && distance >= 3) {
            const double toward = std::atan2(target.x - eye.x, target.y - eye.y) * 180 / std::numbers::pi;
            const double off = std::abs(std::remainder(toward - static_cast<double>(camera.bearing), 360.0));
            if (off > static_cast<double>(camera.field_of_view) / 2) return false;
        }
        return is_free(eye, static_cast<double>(camera.height_m), target, distance);
    }

    bool is_built(place::Metres at) const { return highest(at, nullptr) > 0; }

  private:
    static std::int64_t cell(double metres) { return static_cast<std::int64_t>(std::floor(metres / 50)); }
    static std::array<double, 4> box_of(const place::Ring& ring) {
        std::array<double, 4> box{1e9, 1e9, -1e9, -1e9};
        for (const auto& corner : ring) box = {std::min(box[0], corner.x), std::min(box[1], corner.y), std::max(box[2], corner.x), std::max(box[3], corner.y)};
        return box;
    }
    static bool within(const place::Ring& ring, place::Metres at) {
        bool in = false;
        for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
            if ((ring[i].y > at.y) != (ring[j].y > at.y) && at.x < (ring[j].x - ring[i].x) * (at.y - ring[i].y) / (ring[j].y - ring[i].y) + ring[i].x) in = !in;
        }
        return in;
    }
    /// 0 where nothing stands. The house of the camera itself does not count.
    double highest(place::Metres at, const std::vector<std::size_t>* own) const {
        const auto found = cells_.find({cell(at.x), cell(at.y)});
        if (found == cells_.end()) return 0;
        double height = 0;
        for (const auto i : found->second) {
            if (own != nullptr && std::find(own->begin(), own->end(), i) != own->end()) continue;
            if (within(buildings_[i].footprint, at)) height = std::max(height, static_cast<double>(buildings_[i].height_m));
        }
        return height;
    }
    std::vector<std::size_t> houses_at(place::Metres eye) const {
        std::vector<std::size_t> own;
        for (int direction = 0; direction < 16; ++direction) {
            const double angle = direction * std::numbers::pi / 8;
            const place::Metres near{eye.x + kOwnWall * std::cos(angle), eye.y + kOwnWall * std::sin(angle)};
            for (const auto& at : {eye, near}) {
                const auto found = cells_.find({cell(at.x), cell(at.y)});
                if (found == cells_.end()) continue;
                for (const auto i : found->second) {
                    if (within(buildings_[i].footprint, at)) own.push_back(i);
                }
            }
        }
        return own;
    }
    bool is_free(place::Metres eye, double eye_m, place::Metres target, double distance) const {
        const auto own = houses_at(eye);
        const auto steps = static_cast<int>(distance / kStep);
        for (int i = 1; i <= steps; ++i) {
            const double share = i * kStep / std::max(distance, kStep);
            const place::Metres at{eye.x + (target.x - eye.x) * share, eye.y + (target.y - eye.y) * share};
            if (highest(at, &own) > eye_m + (kChest - eye_m) * share) return false;
        }
        return true;
    }

    const std::vector<place::Building>& buildings_;
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> cells_;
};

device::Camera camera_of(const place::CameraLine& line) {
    device::Camera camera;
    camera.id = {line.id};
    camera.name = line.name;
    camera.site = {line.site};
    camera.owner = {line.owner};
    camera.lon = line.lon;
    camera.lat = line.lat;
    camera.bearing = static_cast<float>(line.bearing);
    camera.field_of_view = static_cast<float>(line.fov);
    camera.range_m = static_cast<float>(line.range);
    camera.height_m = static_cast<float>(line.height);
    camera.ptz = line.ptz;
    camera.purpose = line.purpose;
    camera.main_url = "rtsp://127.0.0.1/";
    camera.state = device::State::idle;  // As if every camera of the city were joined.
    return camera;
}

/// CPU time of this thread: other work on the machine does not count.
double cpu_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

struct Score {
    std::size_t places = 0, seen_by_one = 0, chosen = 0, really = 0;
    std::vector<double> us;
};

void print(bool as_json, const std::string& subject, const std::string& figure, double value, const std::string& unit, std::size_t n) {
    if (as_json) std::printf("%s\n", json::serialize(json::object{{"figure", figure}, {"subject", subject}, {"value", value}, {"unit", unit}, {"n", n}}).c_str());
    else std::printf("%-26s %-15s %10.3f %-6s n %zu\n", figure.c_str(), subject.c_str(), value, unit.c_str(), n);
}

void report(bool as_json, const std::string& subject, Score& score) {
    print(as_json, subject, "places_in_view_share", static_cast<double>(score.seen_by_one) / static_cast<double>(score.places), "share", score.places);
    print(as_json, subject, "cameras_in_view_share", static_cast<double>(score.really) / static_cast<double>(std::max<std::size_t>(score.chosen, 1)), "share", score.chosen);
    if (score.us.empty()) return;
    std::sort(score.us.begin(), score.us.end());
    print(as_json, subject, "choice_us_p50", score.us[score.us.size() / 2], "us", score.us.size());
    print(as_json, subject, "choice_us_p99", score.us[score.us.size() * 99 / 100], "us", score.us.size());
}

/// Where people are: beside streets, where houses are drawn, not within one.
std::vector<device::Position> places_of(const place::City& city, const Truth& truth) {
    std::mt19937_64 random(20261130);  // NOLINT: the same places each run.
    std::uniform_int_distribution<std::size_t> any(0, city.buildings.size() - 1);
    std::uniform_real_distribution<double> off(-40, 40);
    std::vector<device::Position> out;
    while (out.size() < kPlaces) {
        const auto corner = city.buildings[any(random)].footprint.front();
        const place::Metres at{corner.x + off(random), corner.y + off(random)};
        if (truth.is_built(at)) continue;
        const auto position = place::from_plane(at);
        out.push_back({position.lon, position.lat});
    }
    return out;
}

/// By pace and age: what a place of a target costs, and what is found.
void measure_ahead(bool as_json, const device::Directory& directory, const Roads& roads, const Occluders& houses, const std::vector<device::Position>& places) {
    AheadRule rule;
    rule.now.houses = &houses;
    for (const auto pace : {Pace::walk, Pace::run, Pace::car}) {
        for (const double age : {0.0, 30.0}) {
            const auto subject = std::string(to_string(pace)) + "_" + std::to_string(std::lround(age)) + "s";
            std::vector<double> us;
            std::size_t next = 0, exits = 0, unseen = 0, closed = 0;
            for (std::size_t i = 0; i < places.size(); i += 4) {
                const Seen seen{.at = places[i], .age_s = age, .pace = pace, .heading_deg = static_cast<double>(i % 360)};
                const auto begun = cpu_us();
                const auto ahead = look_ahead(directory, roads, seen, rule);
                us.push_back(cpu_us() - begun);
                next += ahead.next.size();
                exits += ahead.exits.size();
                closed += ahead.is_closed ? 1 : 0;
                unseen += static_cast<std::size_t>(std::count_if(ahead.exits.begin(), ahead.exits.end(), [](const Exit& one) { return !one.camera; }));
            }
            std::sort(us.begin(), us.end());
            print(as_json, subject, "ahead_us_p50", us[us.size() / 2], "us", us.size());
            print(as_json, subject, "ahead_us_p99", us[us.size() * 99 / 100], "us", us.size());
            print(as_json, subject, "ahead_next", static_cast<double>(next) / static_cast<double>(us.size()), "", us.size());
            print(as_json, subject, "ahead_exits", static_cast<double>(exits) / static_cast<double>(us.size()), "", us.size());
            print(as_json, subject, "ahead_exits_unseen", static_cast<double>(unseen) / static_cast<double>(std::max<std::size_t>(exits, 1)), "share", exits);
            print(as_json, subject, "ahead_closed", static_cast<double>(closed) / static_cast<double>(us.size()), "share", us.size());
        }
    }
}

int run(std::size_t cameras, bool as_json) {
    const auto city = place::draw_city(1);
    const auto catalogue = place::generate_catalogue(city, {.cameras = cameras, .streaming = 48, .rtsp_base = "rtsp://127.0.0.1:1"});
    if (!catalogue) return std::fprintf(stderr, "%s\n", catalogue.error().message.c_str()), 1;
    std::vector<device::Camera> all;
    for (const auto& [site, lines] : *catalogue) {
        for (const auto& line : lines) all.push_back(camera_of(line));
    }
    auto directory = device::Directory::of(std::move(all));
    if (!directory) return std::fprintf(stderr, "%s\n", directory.error().message.c_str()), 1;
    const auto read = read_houses(place::houses(city));
    const Occluders houses(read.houses);
    const Truth truth(city.buildings);
    const auto places = places_of(city, truth);

    std::map<std::string, Score> scores;
    const auto judge = [&](const std::string& subject, const device::Position& at, const std::vector<CameraId>& chosen) {
        auto& score = scores[subject];
        std::size_t really = 0;
        for (const auto& id : chosen) really += truth.sees(*directory->find(id), at) ? 1 : 0;
        ++score.places;
        score.chosen += chosen.size();
        score.really += really;
        score.seen_by_one += really > 0 ? 1 : 0;
    };
    const auto choose_by = [&](const std::string& subject, const device::Position& at, const Occluders* known) {
        Rule rule;
        rule.houses = known;
        const auto begun = cpu_us();
        const auto choices = choose(*directory, at.lon, at.lat, rule);
        scores[subject].us.push_back(cpu_us() - begun);
        std::vector<CameraId> ids;
        for (const auto& choice : choices) ids.push_back(choice.id);
        judge(subject, at, ids);
    };
    for (const auto& at : places) {
        choose_by("bongsu", at, &houses);
        choose_by("without_houses", at, nullptr);
        std::vector<CameraId> nearest;
        for (const auto& near : directory->nearest(at, 6)) nearest.push_back(near.camera->id);
        judge("nearest", at, nearest);
    }
    print(as_json, "city", "houses", static_cast<double>(houses.size()), "", read.houses.size());
    for (const auto* subject : {"bongsu", "without_houses", "nearest"}) report(as_json, subject, scores[subject]);
    const Roads roads(read_roads(place::roads(city)).roads);
    print(as_json, "city", "roads", static_cast<double>(roads.size()), "", roads.nodes());
    measure_ahead(as_json, *directory, roads, houses, places);
    return 0;
}

}  // namespace
}  // namespace bongsu::coverage

int main(int argc, char** argv) {
    std::size_t cameras = 300'000;
    bool as_json = false;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--json") == 0) as_json = true;
        if (std::strcmp(argv[i], "--cameras") == 0 && i + 1 < argc) cameras = std::strtoull(argv[++i], nullptr, 10);
    }
    return bongsu::coverage::run(cameras, as_json);
}
