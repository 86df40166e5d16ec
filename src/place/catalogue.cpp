#include "place/catalogue.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "place/dice.hpp"
#include "place/districts.hpp"
#include "place/gazetteer.hpp"
#include "place/groups.hpp"

namespace bongsu::place {
namespace {

std::string padded(std::size_t value, std::size_t width) {
    std::string digits = std::to_string(value);
    if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
    return digits;
}

/// To the six decimals that are written, so that what is checked is what is read back.
double rounded(double degrees) { return std::round(degrees * 1e6) / 1e6; }
int whole_bearing(double degrees) { return (static_cast<int>(std::lround(degrees)) % 360 + 360) % 360; }

Result<void> check(const CatalogueOptions& options) {
    if (options.streaming < kGroups || options.streaming > kGroups * kGroupCameras ||
        options.streaming % kGroups != 0) {
        return fail(ErrorKind::invalid, "streaming must be a multiple of 4 from 4 to 48, not " +
                                            std::to_string(options.streaming));
    }
    if (options.cameras < options.streaming || options.cameras > kCamerasMax) {
        return fail(ErrorKind::invalid, "cameras must be from streaming (" +
                                            std::to_string(options.streaming) + ") to 300000, not " +
                                            std::to_string(options.cameras));
    }
    if (!options.rtsp_base.starts_with("rtsp://") || options.rtsp_base.ends_with('/')) {
        return fail(ErrorKind::invalid, "rtsp_base must begin with rtsp:// and not end with a slash");
    }
    return {};
}

/// Where a group's camera is wanted: eight in a ring about the middle, four further out; neighbours in the
/// list look from opposite sides, so that a smaller group is spread as well.
struct Post {
    double direction;  ///< From the middle, degrees.
    double distance;   ///< Metres.
};
constexpr std::array<Post, kGroupCameras> kPosts{{
    {20, 120},
    {200, 125},
    {110, 130},
    {290, 120},
    {65, 150},
    {245, 145},
    {155, 140},
    {335, 150},
    {0, 250},
    {180, 240},
    {90, 260},
    {270, 250},
}};
constexpr int kPostFov = 96;

/// The free point of a street nearest to where the camera is wanted: crossings and the middles of streets.
Metres on_street(const Streets& streets, Metres wanted, const std::vector<Metres>& taken) {
    Metres best = wanted;
    double best_distance = std::numeric_limits<double>::infinity();
    for (const StreetEdge& edge : streets.edges) {
        const Metres& a = streets.nodes[edge.from].at;
        const Metres& b = streets.nodes[edge.to].at;
        if (edge.bridge || std::fabs(a.x - wanted.x) > 600 || std::fabs(a.y - wanted.y) > 600) continue;
        for (const double share : {0.0, 0.25, 0.5, 0.75}) {
            const Metres at{a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
            const double distance = distance_m(at, wanted);
            const bool free = std::none_of(taken.begin(), taken.end(),
                                           [&](Metres other) { return distance_m(at, other) < 15; });
            if (distance >= best_distance || !free) continue;
            best_distance = distance;
            best = at;
        }
    }
    return best;
}

std::vector<CameraLine> streaming_group(const City& city, const CatalogueOptions& options,
                                        std::size_t index) {
    const StreamGroup& group = groups()[index];
    const std::size_t count = options.streaming / kGroups;
    Dice dice(city.seed, 10 + index);
    std::vector<Metres> taken;
    std::vector<CameraLine> cameras;
    for (std::size_t i = 0; i < count; ++i) {
        const Post& post = kPosts[i];
        const Position wanted = moved(group.middle, post.direction, post.distance);
        const Metres at = on_street(city.streets, to_plane(wanted), taken);
        taken.push_back(at);
        const Position where{rounded(from_plane(at).lon), rounded(from_plane(at).lat)};
        const bool far = post.distance > 200;
        const int number = static_cast<int>(index * count + i);
        const std::string path = options.rtsp_base + "/cam/" + padded(static_cast<std::size_t>(number), 2);
        cameras.push_back({std::string(group.site) + '-' + padded(i + 1, 4),
                           std::string(group.prefix_ko) + ' ' + std::to_string(i + 1),
                           std::string(group.site), std::string(group.owner), where.lon, where.lat,
                           whole_bearing(bearing_deg(where, group.middle) + dice.between(-6, 6)), kPostFov,
                           far ? 380 : 290, 5.0 + 0.5 * static_cast<double>(dice.below(7)), far && i % 2 == 0,
                           group.purpose, true, path + "/main", path + "/sub", number});
    }
    return cameras;
}

/// Whole numbers in proportion to the weights that add up to `total` (largest remainder).
std::vector<std::size_t> share_out(std::size_t total, const std::vector<double>& weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<std::size_t> counts(weights.size());
    std::vector<std::pair<double, std::size_t>> rests;
    std::size_t given = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const double exact = static_cast<double>(total) * weights[i] / sum;
        counts[i] = static_cast<std::size_t>(exact);
        given += counts[i];
        rests.emplace_back(-(exact - std::floor(exact)), i);
    }
    std::sort(rests.begin(), rests.end());
    for (std::size_t i = 0; given < total; ++i, ++given) ++counts[rests[i % rests.size()].second];
    return counts;
}

/// Draws the cameras of one district that are registered but not connected.
class Registrar {
  public:
    Registrar(const City& city, std::size_t district, std::size_t first_number, std::size_t width)
        : city_(city),
          district_(district),
          next_(first_number),
          width_(width),
          dice_(city.seed, 100 + district) {
        for (std::uint32_t i = 0; i < city.streets.edges.size(); ++i) {
            const StreetEdge& edge = city.streets.edges[i];
            if (!edge.bridge && city.streets.nodes[edge.from].district == district) edges_.push_back(i);
        }
        for (const Landmark& landmark : landmarks()) {
            if (landmark.district != district || landmark.kind != LandmarkKind::neighbourhood) continue;
            names_.push_back({&landmark, to_plane(landmark.position), 0});
        }
        BONGSU_CHECK(!edges_.empty() && !names_.empty());
        for (const std::uint32_t edge : edges_)
            ends_.push_back((length_ += city.streets.edges[edge].length_m));
    }

    CameraLine draw() {
        const auto picked =
            std::upper_bound(ends_.begin(), ends_.end(), dice_.between(0, length_)) - ends_.begin();
        const auto last = static_cast<std::ptrdiff_t>(edges_.size()) - 1;
        const StreetEdge& edge =
            city_.streets.edges[edges_[static_cast<std::size_t>(std::min(picked, last))]];
        const Metres& a = city_.streets.nodes[edge.from].at;
        const Metres& b = city_.streets.nodes[edge.to].at;
        const double share = dice_.between(0.02, 0.98);
        const double aside = dice_.chance(0.5) ? 6.0 : -6.0;
        const double length = std::max(1.0, static_cast<double>(edge.length_m));
        const Metres at{a.x + (b.x - a.x) * share - (b.y - a.y) / length * aside,
                        a.y + (b.y - a.y) * share + (b.x - a.x) / length * aside};
        const double along = bearing_deg(from_plane(a), from_plane(b)) + (dice_.chance(0.5) ? 180.0 : 0.0);
        return line(from_plane(at), at, along + dice_.between(-25, 25));
    }

  private:
    struct Named {
        const Landmark* landmark;
        Metres at;
        std::size_t used;
    };

    CameraLine line(Position where, Metres at, double bearing) {
        constexpr std::array<std::string_view, 10> kPurposes{
            "crime", "crime", "crime", "crime", "crime", "child", "child", "park", "traffic", "disaster"};
        const District& district = districts()[district_];
        Named& named = *std::min_element(names_.begin(), names_.end(), [&](const Named& x, const Named& y) {
            return distance_m(x.at, at) < distance_m(y.at, at);
        });
        const bool ptz = dice_.chance(0.2);
        return {std::string(district.code) + '-' + padded(next_++, width_),
                std::string(district.short_ko) + ' ' + named.landmark->name_ko + ' ' +
                    std::to_string(++named.used),
                std::string(district.code),
                'B' + std::string(district.code) + "00000",
                rounded(where.lon),
                rounded(where.lat),
                whole_bearing(bearing),
                ptz ? 60 : 55 + 5 * static_cast<int>(dice_.below(10)),
                40 + 10 * static_cast<int>(dice_.below(9)),
                4.0 + 0.5 * static_cast<double>(dice_.below(9)),
                ptz,
                kPurposes[dice_.below(kPurposes.size())],
                false,
                "",
                "",
                -1};
    }

    const City& city_;
    std::size_t district_;
    std::size_t next_;
    std::size_t width_;
    Dice dice_;
    std::vector<std::uint32_t> edges_;
    std::vector<double> ends_;  ///< Running sum of the edges' lengths.
    double length_ = 0;
    std::vector<Named> names_;
};

void append_line(std::string& out, const CameraLine& camera) {
    const auto text = [&out](std::string_view key, std::string_view value) {
        out += key;
        append_quoted(out, value);
    };
    text("{\"id\":", camera.id);
    text(",\"name\":", camera.name);
    text(",\"site\":", camera.site);
    text(",\"owner\":", camera.owner);
    out += ",\"lon\":";
    append_decimal(out, camera.lon, 6);
    out += ",\"lat\":";
    append_decimal(out, camera.lat, 6);
    out += ",\"bearing\":" + std::to_string(camera.bearing);
    out += ",\"fov\":" + std::to_string(camera.fov);
    out += ",\"range\":" + std::to_string(camera.range);
    out += ",\"height\":";
    append_decimal(out, camera.height, 1);
    out += camera.ptz ? ",\"ptz\":true" : ",\"ptz\":false";
    text(",\"purpose\":", camera.purpose);
    out += camera.connected ? ",\"connected\":true" : ",\"connected\":false";
    text(",\"main\":", camera.main);
    text(",\"sub\":", camera.sub);
    out += "}\n";
}

}  // namespace

Result<Catalogue> generate_catalogue(const City& city, const CatalogueOptions& options) {
    TRY_DO(check(options));
    std::map<std::string, std::vector<CameraLine>> sites;
    for (std::size_t i = 0; i < kGroups; ++i)
        sites[std::string(groups()[i].site)] = streaming_group(city, options, i);

    std::vector<double> weights;  // By area, with a floor so that small dense districts have their part.
    for (std::size_t i = 0; i < kDistricts; ++i) weights.push_back(area_m2(outline_of(i)) / 1e6 + 8.0);
    const std::vector<std::size_t> counts = share_out(options.cameras - options.streaming, weights);
    for (std::size_t i = 0; i < kDistricts; ++i) {
        if (counts[i] == 0) continue;
        std::vector<CameraLine>& cameras = sites[std::string(districts()[i].code)];
        const std::size_t total = cameras.size() + counts[i];
        const std::size_t width = total > 9'999 ? 5 : 4;
        for (CameraLine& camera : cameras) {  // One width in one site, so that ids sort as they count.
            camera.id =
                camera.site + '-' + padded(static_cast<std::size_t>(&camera - cameras.data()) + 1, width);
        }
        cameras.reserve(total);
        Registrar registrar(city, i, cameras.size() + 1, width);
        for (std::size_t n = 0; n < counts[i]; ++n) cameras.push_back(registrar.draw());
    }
    Catalogue catalogue;
    for (auto& [site, cameras] : sites) catalogue.emplace_back(site, std::move(cameras));
    return catalogue;
}

std::string to_jsonl(const std::vector<CameraLine>& cameras) {
    std::string out;
    out.reserve(cameras.size() * 288);
    for (const CameraLine& camera : cameras) append_line(out, camera);
    return out;
}

std::vector<StreamingCamera> streaming_cameras(const Catalogue& catalogue) {
    std::vector<StreamingCamera> found;
    for (const auto& [site, cameras] : catalogue) {
        for (const CameraLine& camera : cameras) {
            if (camera.number >= 0) found.push_back({camera.number, camera.name, camera.purpose == "park"});
        }
    }
    std::sort(found.begin(), found.end(),
              [](const StreamingCamera& a, const StreamingCamera& b) { return a.number < b.number; });
    return found;
}

}  // namespace bongsu::place
