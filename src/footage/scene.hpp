#pragma once
// What a synthetic camera sees: a street or a park path, still background and what moves in it.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "footage/canvas.hpp"
#include "footage/lens.hpp"

namespace bongsu::footage {

inline constexpr std::size_t kMainWidth = 1'920;
inline constexpr std::size_t kMainHeight = 1'080;
inline constexpr int kFramesPerSecond = 15;
inline constexpr int kFrames = 150;  ///< A clip of 10 s; its last frame leads into its first.

enum class Ground : std::uint8_t { street, park };

/// Colours of the hour. A scene's own colours go through lit().
struct Light {
    Colour sky_top;
    Colour sky_low;
    Colour tint;
    bool lamps;  ///< Night: lamps, windows and headlights shine.
    Colour lit(Colour own) const {
        return {own.red * tint.red, own.green * tint.green, own.blue * tint.blue};
    }
};
Light light_of_hour(std::size_t hour);  ///< 0 day, 1 overcast, 2 dusk, 3 night.

enum class ActorKind : std::uint8_t { walker, car };

/// Moves from one spot to another in one clip and begins again, faded at both ends.
struct Actor {
    ActorKind kind;
    Spot from;
    Spot to;
    float phase;   ///< 0 to 1: where in its way it is in the first frame.
    float weave;   ///< Metres aside of a park path's bends; 0 on a street.
    Colour upper;  ///< Coat, or the car's paint.
    Colour lower;
};

struct Scene {
    Canvas background;
    Lens lens;
    Light light;
    std::vector<Actor> actors;
    float bend;  ///< Phase of the park path.
};

/// The same seed and number draw the same scene.
Scene draw_scene(std::uint64_t seed, int number, Ground ground);

/// Where a park path's middle runs, metres aside.
float path_middle(float along, float bend);

/// The still background, then what moves, as it is in that frame. `out` has the background's size and depths.
void draw_frame(const Scene& scene, int frame, Canvas& out);

/// A parked or driving car, and a person in the middle of a step; `alpha` fades them.
void draw_car(Canvas& canvas, const Lens& lens, const Light& light, Spot at, bool towards_us, Colour paint,
              float alpha);
void draw_walker(Canvas& canvas, const Lens& lens, const Light& light, Spot at, float step, Colour upper,
                 Colour lower, float alpha);

}  // namespace bongsu::footage
