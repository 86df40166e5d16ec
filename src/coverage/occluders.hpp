#pragma once
// Houses that stand between a camera and what it should see.

#include <cstdint>
#include <vector>

#include "coverage/plane.hpp"

namespace bongsu::coverage {

/// A house: its outline without a closing point, at least three corners, and how high it is above the street.
struct House {
    std::vector<device::Position> outline;
    double height_m = 0;
};

/// Whether a line of sight is free. Houses are what they were drawn: the line is cut with their outlines, not with cells. Immutable; threads: any.
/// Bounds: some 150 bytes a house; a look costs the houses along the line (some microseconds for 200 m of a dense city).
class Occluders {
  public:
    Occluders() = default;
    /// Outlines of fewer than three corners and houses without a height are left out.
    explicit Occluders(const std::vector<House>& houses);

    /// From `eye_m` above the street at `eye` to `target_m` above it at `target`. A house that the camera hangs on or stands in (within
    /// a metre of its outline) is not in its way; a target within a house is hidden by it.
    bool is_hidden(device::Position eye, double eye_m, device::Position target, double target_m = 1.5) const;
    std::size_t size() const { return houses_.size(); }

  private:
    struct Kept {
        std::uint32_t first = 0, corners = 0;  // Of corners_.
        double height = 0;
    };
    static constexpr double kCell = 40;  // Metres: a few houses each.

    std::int64_t column_of(double x) const;
    std::int64_t row_of(double y) const;
    void index();
    bool hides(const Kept& house, Spot eye, double eye_m, Spot target, double target_m) const;
    bool is_within(const Kept& house, Spot spot) const;
    double distance_to(const Kept& house, Spot spot) const;

    Plane plane_;
    Spot low_;
    std::int64_t columns_ = 0, rows_ = 0;
    std::vector<Kept> houses_;
    std::vector<Spot> corners_;
    // The houses of cell c are items_[starts_[c] … starts_[c + 1]).
    std::vector<std::uint32_t> starts_, items_;
};

}  // namespace bongsu::coverage
