#include "coverage/occluders.hpp"

#include <algorithm>
#include <cmath>

namespace bongsu::coverage {
namespace {

constexpr double kOwnWall = 1;  // Metres: a camera that hangs on a wall looks away from it.

double cross(Spot a, Spot b, Spot c) { return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x); }

}  // namespace

Occluders::Occluders(const std::vector<House>& houses) {
    Extent extent;
    for (const auto& house : houses) {
        for (const auto& corner : house.outline) extent.add(corner);
    }
    if (extent.is_empty()) return;
    plane_ = Plane(extent);
    for (const auto& house : houses) {
        if (house.outline.size() < 3 || !(house.height_m > 0)) continue;
        houses_.push_back({static_cast<std::uint32_t>(corners_.size()), static_cast<std::uint32_t>(house.outline.size()), house.height_m});
        for (const auto& corner : house.outline) corners_.push_back(plane_.spot_of(corner));
    }
    low_ = plane_.spot_of({extent.west, extent.south});
    const auto high = plane_.spot_of({extent.east, extent.north});
    columns_ = static_cast<std::int64_t>((high.x - low_.x) / kCell) + 1;
    rows_ = static_cast<std::int64_t>((high.y - low_.y) / kCell) + 1;
    index();
}

std::int64_t Occluders::column_of(double x) const { return std::clamp<std::int64_t>(static_cast<std::int64_t>((x - low_.x) / kCell), 0, columns_ - 1); }
std::int64_t Occluders::row_of(double y) const { return std::clamp<std::int64_t>(static_cast<std::int64_t>((y - low_.y) / kCell), 0, rows_ - 1); }

/// Each house in every cell that its box touches.
void Occluders::index() {
    const auto visit = [&](const auto& into) {
        for (std::uint32_t number = 0; number < houses_.size(); ++number) {
            const auto* first = corners_.data() + houses_[number].first;
            const auto* last = first + houses_[number].corners;
            const auto [low_x, high_x] = std::minmax_element(first, last, [](Spot a, Spot b) { return a.x < b.x; });
            const auto [low_y, high_y] = std::minmax_element(first, last, [](Spot a, Spot b) { return a.y < b.y; });
            for (auto row = row_of(low_y->y); row <= row_of(high_y->y); ++row) {
                for (auto column = column_of(low_x->x); column <= column_of(high_x->x); ++column) into(static_cast<std::size_t>(row * columns_ + column), number);
            }
        }
    };
    starts_.assign(static_cast<std::size_t>(columns_ * rows_) + 1, 0);
    visit([&](std::size_t cell, std::uint32_t) { ++starts_[cell + 1]; });
    for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
    items_.resize(starts_.back());
    auto next = starts_;
    visit([&](std::size_t cell, std::uint32_t number) { items_[next[cell]++] = number; });
}

bool Occluders::is_within(const Kept& house, Spot spot) const {
    bool inside = false;
    const auto* corner = corners_.data() + house.first;
    for (std::uint32_t i = 0, j = house.corners - 1; i < house.corners; j = i++) {
        if ((corner[i].y > spot.y) == (corner[j].y > spot.y)) continue;
        if (spot.x < (corner[j].x - corner[i].x) * (spot.y - corner[i].y) / (corner[j].y - corner[i].y) + corner[i].x) inside = !inside;
    }
    return inside;
}

double Occluders::distance_to(const Kept& house, Spot spot) const {
    double least = 1e9;
    const auto* corner = corners_.data() + house.first;
    for (std::uint32_t i = 0, j = house.corners - 1; i < house.corners; j = i++) {
        const Spot side{corner[i].x - corner[j].x, corner[i].y - corner[j].y};
        const double length = side.x * side.x + side.y * side.y;
        const double along = length > 0 ? std::clamp(((spot.x - corner[j].x) * side.x + (spot.y - corner[j].y) * side.y) / length, 0.0, 1.0) : 0;
        least = std::min(least, std::hypot(spot.x - corner[j].x - along * side.x, spot.y - corner[j].y - along * side.y));
    }
    return least;
}

/// Cuts the line with the outline: where it is over the house and not above its roof, the house hides the target.
bool Occluders::hides(const Kept& house, Spot eye, double eye_m, Spot target, double target_m) const {
    double cuts[32];
    std::size_t count = 0;
    const auto* corner = corners_.data() + house.first;
    for (std::uint32_t i = 0, j = house.corners - 1; i < house.corners && count < std::size(cuts); j = i++) {
        const double of_a = cross(eye, target, corner[j]), of_b = cross(eye, target, corner[i]);
        if ((of_a > 0) == (of_b > 0)) continue;
        const Spot at{corner[j].x + (corner[i].x - corner[j].x) * of_a / (of_a - of_b), corner[j].y + (corner[i].y - corner[j].y) * of_a / (of_a - of_b)};
        const bool is_wide = std::abs(target.x - eye.x) > std::abs(target.y - eye.y);
        cuts[count++] = is_wide ? (at.x - eye.x) / (target.x - eye.x) : (at.y - eye.y) / (target.y - eye.y);
    }
    std::sort(cuts, cuts + count);
    for (std::size_t i = 0; i + 1 < count; i += 2) {
        const double from = std::max(cuts[i], 0.0), to = std::min(cuts[i + 1], 1.0);
        if (from >= to) continue;
        // The line is straight: it is lowest at one of the ends.
        const double lowest = std::min(eye_m + (target_m - eye_m) * from, eye_m + (target_m - eye_m) * to);
        if (lowest < house.height) return !is_within(house, eye) && distance_to(house, eye) > kOwnWall;
    }
    return false;
}

bool Occluders::is_hidden(device::Position eye_at, double eye_m, device::Position target_at, double target_m) const {
    if (houses_.empty()) return false;
    const auto eye = plane_.spot_of(eye_at), target = plane_.spot_of(target_at);
    // Cell by cell along the line, row by row: of each row of cells the part that the line crosses.
    const double low_y = std::min(eye.y, target.y), high_y = std::max(eye.y, target.y);
    for (auto row = row_of(low_y); row <= row_of(high_y); ++row) {
        double from = 0, to = 1;
        if (high_y > low_y) {
            const double begin = low_.y + static_cast<double>(row) * kCell;
            const double a = (begin - eye.y) / (target.y - eye.y), b = (begin + kCell - eye.y) / (target.y - eye.y);
            // The outermost rows hold what lies beyond the grid too.
            if (row > 0 && row + 1 < rows_) from = std::clamp(std::min(a, b), 0.0, 1.0), to = std::clamp(std::max(a, b), 0.0, 1.0);
        }
        const double x0 = eye.x + (target.x - eye.x) * from, x1 = eye.x + (target.x - eye.x) * to;
        for (auto column = column_of(std::min(x0, x1)); column <= column_of(std::max(x0, x1)); ++column) {
            const auto cell = static_cast<std::size_t>(row * columns_ + column);
            for (auto i = starts_[cell]; i < starts_[cell + 1]; ++i) {
                if (hides(houses_[items_[i]], eye, eye_m, target, target_m)) return true;
            }
        }
    }
    return false;
}

}  // namespace bongsu::coverage
