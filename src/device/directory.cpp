#include "device/directory.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "device/search_text.hpp"

namespace bongsu::device {

namespace {

constexpr std::size_t kCauseMax = 200, kCauseCodeMax = 32;

constexpr double kMetresPerDegree = 111'195;  // Of latitude, on geo.cpp's sphere.
constexpr double kCellMetres = 250;
constexpr std::size_t kCellsMax = 1U << 20U;

std::size_t cells(double degrees, double cell) { return static_cast<std::size_t>(degrees / cell) + 1; }

/// The box that holds the circle.
Box box_around(Position place, double radius_m) {
    const double lat = radius_m / kMetresPerDegree;
    const double widest = std::min(89.0, std::abs(place.lat) + lat);
    const double lon = lat / std::cos(widest * std::numbers::pi / 180);
    return {place.lon - lon, place.lat - lat, place.lon + lon, place.lat + lat};
}

bool in_scope(const Camera& camera, const Scope& scope) { return !scope.site || camera.site == *scope.site; }

}  // namespace

Directory::Directory() { index_grid(); }

Result<std::size_t> Directory::load(std::string_view lines) {
    TRY(auto added, parse_catalogue(lines));
    const auto count = added.size();
    auto cameras = cameras_;
    cameras.insert(cameras.end(), std::make_move_iterator(added.begin()),
                   std::make_move_iterator(added.end()));
    TRY_DO(adopt(std::move(cameras)));
    return count;
}

Result<std::size_t> Directory::replace_site(const SiteId& site, std::string_view lines) {
    TRY(auto cameras, parse_catalogue(lines));
    const auto count = cameras.size();
    for (auto& camera : cameras) {
        if (camera.site != site) {
            return fail(ErrorKind::invalid, "site of camera " + camera.id.value + " must be " + site.value);
        }
        const auto* known = find(camera.id);
        if (known != nullptr && known->connected() && camera.connected()) {
            camera.state = known->state;
            camera.cause = known->cause;
            camera.cause_code = known->cause_code;
            camera.state_at = known->state_at;
        }
    }
    std::copy_if(cameras_.begin(), cameras_.end(), std::back_inserter(cameras),
                 [&](const Camera& camera) { return camera.site != site; });
    TRY_DO(adopt(std::move(cameras)));
    return count;
}

Result<std::size_t> Directory::adopt(std::vector<Camera> cameras) {
    if (cameras.size() > kCamerasMax) {
        return fail(ErrorKind::exhausted,
                    "a directory holds at most " + std::to_string(kCamerasMax) + " cameras");
    }
    // A camera is large: order its numbers, then move each camera once.
    std::vector<std::uint32_t> order(cameras.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return cameras[a].id < cameras[b].id; });
    const auto twin = std::adjacent_find(order.begin(), order.end(),
                                         [&](auto a, auto b) { return cameras[a].id == cameras[b].id; });
    if (twin != order.end()) {
        return fail(ErrorKind::conflict, "id " + cameras[*twin].id.value + " is in the catalogue twice");
    }
    std::vector<Camera> sorted;
    sorted.reserve(cameras.size());
    for (const auto number : order) sorted.push_back(std::move(cameras[number]));
    cameras_ = std::move(sorted);
    index_counts();
    index_grid();
    index_text();
    return cameras_.size();
}

Result<Directory> Directory::of(std::vector<Camera> cameras) {
    Directory directory;
    TRY_DO(directory.adopt(std::move(cameras)));
    return directory;
}

void Directory::keep_states_of(const Directory& before) {
    for (const auto number : before.connected_items_) {
        const auto& was = before.cameras_[number];
        const auto* now = find(was.id);
        if (now == nullptr || !now->connected()) continue;
        change(cameras_[static_cast<std::size_t>(now - cameras_.data())], was.state, {was.cause, was.cause_code}, was.state_at);
    }
}

void Directory::index_counts() {
    counts_.clear();
    for (const auto& camera : cameras_) ++counts_[camera.site][static_cast<std::size_t>(camera.state)];
}

void Directory::index_grid() {
    constexpr double kFar = std::numeric_limits<double>::max();
    bounds_ = cameras_.empty() ? Box{} : Box{kFar, kFar, -kFar, -kFar};
    for (const auto& camera : cameras_) {
        bounds_.west = std::min(bounds_.west, camera.lon);
        bounds_.east = std::max(bounds_.east, camera.lon);
        bounds_.south = std::min(bounds_.south, camera.lat);
        bounds_.north = std::max(bounds_.north, camera.lat);
    }
    cell_lat_ = kCellMetres / kMetresPerDegree;
    cell_lon_ = cell_lat_ / std::cos(bounds_.south * std::numbers::pi / 180);
    while (cells(bounds_.east - bounds_.west, cell_lon_) * cells(bounds_.north - bounds_.south, cell_lat_) >
           kCellsMax) {
        cell_lon_ *= 2;
        cell_lat_ *= 2;
    }
    columns_ = cells(bounds_.east - bounds_.west, cell_lon_);
    rows_ = cells(bounds_.north - bounds_.south, cell_lat_);

    index_cells(grid_starts_, grid_items_, [](const Camera&) { return true; });
    index_cells(connected_starts_, connected_items_, [](const Camera& camera) { return camera.connected(); });
}

/// The wanted cameras' numbers, cell by cell.
void Directory::index_cells(Numbers& starts, Numbers& items,
                            const std::function<bool(const Camera&)>& wanted) const {
    const auto cell_of = [this](const Camera& camera) {
        const auto at = span_of({camera.lon, camera.lat, camera.lon, camera.lat});
        return at.y0 * columns_ + at.x0;
    };
    starts.assign(columns_ * rows_ + 1, 0);
    for (const auto& camera : cameras_) {
        if (wanted(camera)) ++starts[cell_of(camera) + 1];
    }
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    items.resize(starts.back());
    auto next = starts;
    for (std::uint32_t i = 0; i < cameras_.size(); ++i) {
        if (wanted(cameras_[i])) items[next[cell_of(cameras_[i])]++] = i;
    }
}

void Directory::index_text() {
    text_.clear();
    text_starts_.clear();
    text_starts_.reserve(cameras_.size());
    for (const auto& camera : cameras_) {
        text_starts_.push_back(static_cast<std::uint32_t>(text_.size()));
        text_.append(fold_case(camera.name))
            .append(1, '\n')
            .append(fold_case(camera.id.value))
            .append(1, '\n');
        text_.append(leading_consonants(camera.name)).append(1, '\0');
    }
}

/// The cells that the box touches; the nearest ones for a box outside the grid.
Directory::Span Directory::span_of(const Box& box) const {
    const auto cell = [](double offset, double size, std::size_t count) {
        return static_cast<std::size_t>(
            std::clamp(std::floor(offset / size), 0.0, static_cast<double>(count - 1)));
    };
    return {cell(box.west - bounds_.west, cell_lon_, columns_),
            cell(box.east - bounds_.west, cell_lon_, columns_),
            cell(box.south - bounds_.south, cell_lat_, rows_),
            cell(box.north - bounds_.south, cell_lat_, rows_)};
}

std::size_t Directory::first_after(std::string_view id) const {
    const auto found = std::upper_bound(
        cameras_.begin(), cameras_.end(), id,
        [](std::string_view wanted, const Camera& camera) { return wanted < camera.id.value; });
    return static_cast<std::size_t>(found - cameras_.begin());
}

const Camera* Directory::find(const CameraId& id) const {
    const auto found =
        std::lower_bound(cameras_.begin(), cameras_.end(), id,
                         [](const Camera& camera, const CameraId& wanted) { return camera.id < wanted; });
    return found != cameras_.end() && found->id == id ? &*found : nullptr;
}

Directory::Cause Directory::kept_cause(State state, std::string_view words, std::string_view code) {
    const bool is_word = code.size() <= kCauseCodeMax &&
                         std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!is_word || code == "none") code = {};
    if (state == State::idle || (state == State::streaming && code.empty())) return {};
    return {std::string(words.substr(0, kCauseMax)), std::string(code)};
}

void Directory::change(Camera& camera, State state, const Cause& cause, WallTime at) {
    auto& counts = counts_[camera.site];
    --counts[static_cast<std::size_t>(camera.state)];
    ++counts[static_cast<std::size_t>(state)];
    camera.state = state;
    camera.cause = cause.words;
    camera.cause_code = cause.code;
    camera.state_at = at;
}

Result<bool> Directory::set_state(const CameraId& id, State state, std::string_view cause, WallTime at, std::string_view code) {
    if (state == State::not_connected) {
        return fail(ErrorKind::invalid, "state not_connected comes from the catalogue alone");
    }
    const auto* known = find(id);
    if (known == nullptr) return fail(ErrorKind::not_found, "camera " + id.value + " is not registered");
    if (!known->connected())
        return fail(ErrorKind::conflict, "camera " + id.value + " is registered, not connected");
    const auto kept = kept_cause(state, cause, code);
    if (at < known->state_at || (known->state == state && kept == Cause{known->cause, known->cause_code}))
        return false;
    change(cameras_[static_cast<std::size_t>(known - cameras_.data())], state, kept, at);
    return true;
}

std::size_t Directory::set_site_unreachable(const SiteId& site, std::string_view cause, WallTime at) {
    std::size_t changed = 0;
    for (auto& camera : cameras_) {
        if (camera.site != site || !camera.live() || at < camera.state_at) continue;
        change(camera, State::unreachable, kept_cause(State::unreachable, cause, "site_unreachable"), at);
        ++changed;
    }
    return changed;
}

void Directory::within(Position place, double radius_m, const Visit& visit) const {
    visit_within(grid_starts_, grid_items_, place, radius_m, visit);
}

void Directory::connected_within(Position place, double radius_m, const Visit& visit) const {
    visit_within(connected_starts_, connected_items_, place, radius_m, visit);
}

void Directory::visit_within(const Numbers& starts, const Numbers& items, Position place, double radius_m,
                             const Visit& visit) const {
    const auto span = span_of(box_around(place, radius_m));
    for (std::size_t y = span.y0; y <= span.y1; ++y) {
        // A row's cells lie side by side, so a row is one run of items.
        for (auto i = starts[y * columns_ + span.x0]; i < starts[y * columns_ + span.x1 + 1]; ++i) {
            const auto& camera = cameras_[items[i]];
            const double distance = distance_m(place, camera.position());
            if (distance <= radius_m) visit(camera, distance);
        }
    }
}

std::vector<Near> Directory::nearest(Position place, std::size_t k, const std::optional<SiteId>& site) const {
    constexpr double kHalfTheEarth = 20'100'000;
    std::vector<Near> found;
    auto there = cameras_.size();
    if (site) {
        const auto counted = counts_.find(*site);
        there = counted == counts_.end()
                    ? 0
                    : std::accumulate(counted->second.begin(), counted->second.end(), std::size_t{0});
    }
    // A site that has fewer than k must not be looked for round the Earth.
    k = std::min(k, there);
    // Everything within the radius is found, so once there are k the nearest k are among them.
    for (double radius = kCellMetres; k > 0; radius *= 2) {
        found.clear();
        within(place, radius, [&](const Camera& camera, double distance) {
            if (!site || camera.site == *site) found.push_back({&camera, distance});
        });
        if (found.size() >= k || radius > kHalfTheEarth) break;
    }
    const auto nearer = [](const Near& a, const Near& b) {
        return a.distance_m != b.distance_m ? a.distance_m < b.distance_m : a.camera->id < b.camera->id;
    };
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(k, found.size()));
    std::partial_sort(found.begin(), end, found.end(), nearer);
    found.erase(end, found.end());
    return found;
}

Page Directory::in_box(const Box& box, const Scope& scope) const {
    const auto first = first_after(scope.after);
    const auto span = span_of(box);
    std::vector<std::uint32_t> found;
    for (std::size_t y = span.y0; y <= span.y1; ++y) {
        for (auto i = grid_starts_[y * columns_ + span.x0]; i < grid_starts_[y * columns_ + span.x1 + 1];
             ++i) {
            const auto number = grid_items_[i];
            const auto& camera = cameras_[number];
            if (number >= first && camera.lon >= box.west && camera.lon <= box.east &&
                camera.lat >= box.south && camera.lat <= box.north && in_scope(camera, scope)) {
                found.push_back(number);
            }
        }
    }
    const auto shown = std::min(found.size(), scope.limit);
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(shown), found.end());
    Page page;
    for (std::size_t i = 0; i < shown; ++i) page.items.push_back(&cameras_[found[i]]);
    if (found.size() > shown && shown > 0) page.next = page.items.back()->id.value;
    return page;
}

Page Directory::matching(std::string_view query, const Scope& scope) const {
    auto wanted = fold_case(query);
    if (is_leading_consonants(query)) std::erase(wanted, ' ');
    Page page;
    const auto first = first_after(scope.after);
    for (auto at = first < cameras_.size() ? text_starts_[first] : std::string::npos;;) {
        at = at == std::string::npos ? at : text_.find(wanted, at);
        if (at == std::string::npos) return page;
        const auto owner = std::upper_bound(text_starts_.begin(), text_starts_.end(), at) - 1;
        const auto& camera = cameras_[static_cast<std::size_t>(owner - text_starts_.begin())];
        if (in_scope(camera, scope)) {
            if (page.items.size() == scope.limit) {
                page.next = page.items.back()->id.value;
                return page;
            }
            page.items.push_back(&camera);
        }
        at = owner + 1 == text_starts_.end() ? std::string::npos : *(owner + 1);
    }
}

Page Directory::all(const Scope& scope) const {
    Page page;
    for (auto i = first_after(scope.after); i < cameras_.size(); ++i) {
        if (!in_scope(cameras_[i], scope)) continue;
        if (page.items.size() == scope.limit) {
            page.next = page.items.back()->id.value;
            break;
        }
        page.items.push_back(&cameras_[i]);
    }
    return page;
}

}  // namespace bongsu::device
