#pragma once
// A pole camera's view of flat ground: from metres along, beside and above a street to pixels.

#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "footage/canvas.hpp"

namespace bongsu::footage {

/// Metres: along the street from the pole's foot, to the right of the street's middle, above the ground.
struct Spot {
    float along;
    float right;
    float up;
};

struct Lens {
    float width;   ///< Pixels.
    float height;  ///< Pixels.
    float focal;   ///< Pixels.
    float mast;    ///< Metres above the ground.
    float beside;  ///< Metres to the right of the street's middle.
    float pitch;   ///< Radians downwards.
    float yaw;     ///< Radians to the right of the street's direction.

    struct Seen {
        float x, y, z;
    };
    Seen turned(Spot spot) const {
        const float forward = spot.along * std::cos(yaw) + (spot.right - beside) * std::sin(yaw);
        const float aside = (spot.right - beside) * std::cos(yaw) - spot.along * std::sin(yaw);
        const float above = spot.up - mast;
        return {aside, above * std::cos(pitch) + forward * std::sin(pitch),
                forward * std::cos(pitch) - above * std::sin(pitch)};
    }
    Pixel shown(Seen seen) const {
        return {width / 2 + focal * seen.x / seen.z, height / 2 - focal * seen.y / seen.z};
    }
    float depth(Spot spot) const { return turned(spot).z; }
    /// Pixels of a metre at that spot; 0 behind the camera.
    float metre(Spot spot) const {
        const float z = depth(spot);
        return z < kNear ? 0.0F : focal / z;
    }
    Pixel pixel(Spot spot) const { return shown(turned(spot)); }
    float horizon() const { return height / 2 - focal * std::tan(pitch); }

    /// Paints a flat polygon of at most 16 corners, cut at the lens.
    void polygon(Canvas& canvas, std::span<const Spot> corners, const Paint& paint) const {
        std::array<Pixel, 34> pixels;
        std::size_t count = 0;
        for (std::size_t i = 0, j = corners.size() - 1; i < corners.size() && i < 16; j = i++) {
            const Seen before = turned(corners[j]);
            const Seen here = turned(corners[i]);
            if ((before.z < kNear) != (here.z < kNear)) {
                const float share = (kNear - before.z) / (here.z - before.z);
                pixels[count++] = shown(
                    {before.x + (here.x - before.x) * share, before.y + (here.y - before.y) * share, kNear});
            }
            if (here.z >= kNear) pixels[count++] = shown(here);
        }
        canvas.polygon(std::span(pixels).first(count), paint);
    }

    static constexpr float kNear = 0.8F;  ///< Metres; nearer things are cut away.
};

}  // namespace bongsu::footage
