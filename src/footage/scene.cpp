#include "footage/scene.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "place/dice.hpp"

namespace bongsu::footage {
namespace {

using place::Dice;

float draw(Dice& dice, double low, double high) { return static_cast<float>(dice.between(low, high)); }

Colour any_of(Dice& dice, std::span<const Colour> colours) { return colours[dice.below(colours.size())]; }

constexpr std::array<Colour, 7> kWalls{{{0.62F, 0.60F, 0.56F},
                                        {0.55F, 0.42F, 0.34F},
                                        {0.70F, 0.67F, 0.60F},
                                        {0.46F, 0.48F, 0.50F},
                                        {0.60F, 0.52F, 0.42F},
                                        {0.38F, 0.40F, 0.44F},
                                        {0.66F, 0.62F, 0.62F}}};
constexpr std::array<Colour, 6> kSigns{{{0.72F, 0.16F, 0.14F},
                                        {0.12F, 0.36F, 0.66F},
                                        {0.12F, 0.48F, 0.30F},
                                        {0.82F, 0.62F, 0.12F},
                                        {0.48F, 0.20F, 0.52F},
                                        {0.80F, 0.78F, 0.72F}}};
constexpr std::array<Colour, 7> kCoats{{{0.70F, 0.18F, 0.16F},
                                        {0.16F, 0.26F, 0.52F},
                                        {0.12F, 0.12F, 0.14F},
                                        {0.84F, 0.82F, 0.78F},
                                        {0.24F, 0.44F, 0.28F},
                                        {0.78F, 0.60F, 0.18F},
                                        {0.42F, 0.30F, 0.24F}}};
constexpr std::array<Colour, 6> kCars{{{0.86F, 0.86F, 0.86F},
                                       {0.12F, 0.12F, 0.14F},
                                       {0.46F, 0.48F, 0.52F},
                                       {0.16F, 0.24F, 0.46F},
                                       {0.58F, 0.12F, 0.12F},
                                       {0.72F, 0.72F, 0.70F}}};
constexpr Colour kTrousers{0.18F, 0.19F, 0.24F};
constexpr Colour kLampLight{1.0F, 0.86F, 0.58F};

struct StreetPlan {
    float road;  ///< Metres from the middle to the kerb,
    float wall;  ///< and to the houses.
    float crossing;
};

/// Paints still things in the order in which they are called: from far to near.
class Painter {
  public:
    Painter(Scene& scene, std::uint64_t seed, int number)
        : scene_(scene), dice_(seed, 1'000 + static_cast<std::uint64_t>(number)) {}

    void street() {
        const StreetPlan plan{draw(dice_, 3.4, 5.2), 0, draw(dice_, 13, 19)};
        StreetPlan full = plan;
        full.wall = plan.road + draw(dice_, 3.0, 4.2);
        sky();
        flat(-4'000, 4'000, -4, 6'000, {0.36F, 0.36F, 0.37F});
        road(full);
        houses(full, -1);
        houses(full, 1);
        furniture(full);
        street_actors(full);
    }

    void park() {
        sky();
        flat(-4'000, 4'000, -4, 6'000,
             dice_.chance(0.5) ? Colour{0.30F, 0.42F, 0.20F} : Colour{0.36F, 0.42F, 0.22F});
        for (int patch = 0; patch < 40; ++patch) {
            const Spot middle{draw(dice_, 3, 70), draw(dice_, -28, 28), 0};
            ellipse(middle, draw(dice_, 1.0, 4.0), {0.26F, 0.38F, 0.18F}, 0.5F);
        }
        const float side = dice_.chance(0.5) ? 1.0F : -1.0F;
        ellipse({draw(dice_, 26, 36), side * draw(dice_, 14, 18), 0}, 8.5F, {0.34F, 0.46F, 0.54F}, 1.0F);
        path();
        park_furniture(-side);
        park_actors();
    }

  private:
    Colour lit(Colour own) const { return scene_.light.lit(own); }

    void sky() {
        const auto horizon = static_cast<std::size_t>(std::clamp(scene_.lens.horizon(), 2.0F, 1'000.0F));
        scene_.background.gradient(0, horizon + 2, scene_.light.sky_top, scene_.light.sky_low);
        const Colour haze = mixed(lit({0.42F, 0.45F, 0.50F}), scene_.light.sky_low, 0.55F);
        for (float x = -20; x < 1'940;) {  // Far houses and hills on the horizon.
            const float wide = draw(dice_, 30, 110);
            const float tall = draw(dice_, 8, 70);
            const auto base = static_cast<float>(horizon) + 2;
            scene_.background.rectangle(x, base - tall, x + wide, base,
                                        {.colour = scaled(haze, draw(dice_, 0.9, 1.05))});
            x += wide * draw(dice_, 0.7, 1.1);
        }
    }

    void quad(Spot a, Spot b, Spot c, Spot d, Colour colour, float alpha = 1.0F) {
        const std::array<Spot, 4> corners{a, b, c, d};
        scene_.lens.polygon(scene_.background, corners, {.colour = lit(colour), .alpha = alpha});
    }

    void flat(float left, float right, float from, float to, Colour colour, float alpha = 1.0F) {
        quad({from, left, 0}, {from, right, 0}, {to, right, 0}, {to, left, 0}, colour, alpha);
    }

    void ellipse(Spot middle, float radius, Colour colour, float alpha) {
        std::array<Spot, 16> corners;
        for (std::size_t i = 0; i < corners.size(); ++i) {
            const float angle = 6.2831853F * static_cast<float>(i) / static_cast<float>(corners.size());
            corners[i] = {middle.along + std::cos(angle) * radius, middle.right + std::sin(angle) * radius,
                          0};
        }
        scene_.lens.polygon(scene_.background, corners, {.colour = lit(colour), .alpha = alpha});
    }

    void road(const StreetPlan& plan) {
        const Colour asphalt = dice_.chance(0.5) ? Colour{0.22F, 0.22F, 0.23F} : Colour{0.27F, 0.27F, 0.28F};
        flat(-plan.wall, plan.wall, -4, 220, {0.52F, 0.50F, 0.47F});
        for (float along = 0; along < 80; along += 2) {  // Joints of the pavement.
            flat(-plan.wall, plan.wall, along, along + 0.06F, {0.42F, 0.40F, 0.38F});
        }
        flat(-plan.road - 0.3F, plan.road + 0.3F, -4, 220, {0.66F, 0.65F, 0.62F});
        flat(-plan.road, plan.road, -4, 220, asphalt);
        for (int patch = 0; patch < 9; ++patch) {  // Mended asphalt.
            const float along = draw(dice_, 4, 60);
            const float right = draw(dice_, -plan.road, plan.road - 1.5);
            flat(right, right + 1.4F, along, along + draw(dice_, 1, 5),
                 scaled(asphalt, draw(dice_, 0.82, 1.12)));
        }
        constexpr Colour kYellow{0.82F, 0.66F, 0.16F};
        constexpr Colour kWhite{0.86F, 0.86F, 0.84F};
        for (float along = 0; along < 200; along += 8) flat(-0.09F, 0.09F, along, along + 5, kYellow);
        for (const float side : {-1.0F, 1.0F}) {
            flat(side * (plan.road - 0.4F) - 0.06F, side * (plan.road - 0.4F) + 0.06F, -4, 220, kWhite);
        }
        flat(-plan.road, plan.road, plan.crossing - 0.4F, plan.crossing + 4.4F, asphalt);
        for (float right = -plan.road + 0.3F; right < plan.road - 0.4F; right += 1.0F) {
            flat(right, right + 0.5F, plan.crossing, plan.crossing + 4, kWhite);
        }
    }

    void houses(const StreetPlan& plan, float side) {
        struct House {
            float from, to;
        };
        std::vector<House> row;
        for (float along = draw(dice_, 2, 8); along < 190;) {
            const float length = draw(dice_, 9, 22);
            row.push_back({along, along + length});
            along += length + (dice_.chance(0.3) ? draw(dice_, 1.5, 4) : 0.2F);
        }
        for (auto house = row.rbegin(); house != row.rend(); ++house) {
            build(plan, side, house->from, house->to, 3.2F * static_cast<float>(2 + dice_.below(6)));
        }
    }

    void build(const StreetPlan& plan, float side, float from, float to, float tall) {
        const float face = side * plan.wall;
        const float back = side * (plan.wall + 14);
        const Colour wall = any_of(dice_, kWalls);
        quad({from, face, 0}, {from, back, 0}, {from, back, tall}, {from, face, tall}, scaled(wall, 0.78F));
        quad({from, face, 0}, {to, face, 0}, {to, face, tall}, {from, face, tall}, wall);
        const Colour sign = any_of(dice_, kSigns);
        quad({from, face, 0.2F}, {to, face, 0.2F}, {to, face, 2.5F}, {from, face, 2.5F},
             {0.20F, 0.22F, 0.25F});
        shine({from + 0.4F, face, 2.5F}, {to - 0.4F, face, 3.2F}, sign, 0.75F);
        const auto columns = static_cast<int>((to - from) / 2.6F);
        for (float floor = 3.9F; floor + 1.6F < tall; floor += 3.2F) {
            for (int column = 0; column < columns; ++column) {
                const float at = from + 0.8F + static_cast<float>(column) * 2.6F;
                window({at, face, floor}, {std::min(at + 1.5F, to - 0.2F), face, floor + 1.5F});
            }
            for (int column = 0; column < 4; ++column) {
                const float at = face + side * (1.2F + static_cast<float>(column) * 3.1F);
                window({from, at, floor}, {from, at + side * 1.5F, floor + 1.5F});
            }
        }
    }

    void upright(Spot low, Spot high, const Paint& paint) {
        const std::array<Spot, 4> corners{low, Spot{high.along, high.right, low.up}, high,
                                          Spot{low.along, low.right, high.up}};
        scene_.lens.polygon(scene_.background, corners, paint);
    }

    void window(Spot low, Spot high) {
        const bool bright = scene_.light.lamps && dice_.chance(0.4);
        const Colour glass =
            bright ? scaled(kLampLight, draw(dice_, 0.5, 0.8))
                   : lit(mixed({0.26F, 0.31F, 0.37F}, {0.44F, 0.52F, 0.60F}, draw(dice_, 0, 1)));
        upright(low, high, {.colour = glass});
    }

    /// A sign: painted by day, shining by night.
    void shine(Spot low, Spot high, Colour colour, float night) {
        upright(low, high, {.colour = scene_.light.lamps ? scaled(colour, night) : lit(colour)});
    }

    void post(Spot foot, float tall, float thick, Colour colour) {
        const float depth = scene_.lens.depth(foot);
        if (depth < 3) return;
        const float half = thick / 2;
        const std::array<Spot, 4> corners{
            Spot{foot.along, foot.right - half, 0}, Spot{foot.along, foot.right + half, 0},
            Spot{foot.along, foot.right + half, tall}, Spot{foot.along, foot.right - half, tall}};
        scene_.lens.polygon(scene_.background, corners,
                            {.colour = lit(colour), .depth = depth, .hides = true});
    }

    void tree(Spot foot) {
        const float depth = scene_.lens.depth(foot);
        if (depth < 11) return;  // Nearer it would hide the street.
        const float tall = draw(dice_, 4.5, 7.5);
        ellipse(foot, 1.6F, {0.14F, 0.16F, 0.14F}, 0.35F);
        post(foot, tall * 0.6F, 0.28F, {0.30F, 0.22F, 0.16F});
        const Colour leaves = mixed({0.16F, 0.32F, 0.14F}, {0.34F, 0.42F, 0.16F}, draw(dice_, 0, 1));
        for (int blob = 0; blob < 16; ++blob) {
            const Spot middle{foot.along, foot.right + draw(dice_, -1.5, 1.5), tall * draw(dice_, 0.50, 1.0)};
            const float radius = scene_.lens.metre(foot) * draw(dice_, 0.5, 1.0);
            const float shade = 0.65F + 0.45F * middle.up / tall + draw(dice_, -0.1, 0.1);
            scene_.background.disc(scene_.lens.pixel(middle), radius, radius * 0.85F,
                                   {.colour = lit(scaled(leaves, shade)), .depth = depth, .hides = true});
        }
    }

    void lamp(Spot foot, float arm) {
        if (scene_.lens.depth(foot) < 5) return;
        post(foot, 5.6F, 0.14F, {0.34F, 0.36F, 0.38F});
        const Spot head{foot.along, foot.right + arm, 5.6F};
        const float metre = scene_.lens.metre(head);
        upright({foot.along, foot.right, 5.52F}, {foot.along, foot.right + arm, 5.64F},
                {.colour = lit({0.34F, 0.36F, 0.38F})});
        if (!scene_.light.lamps) return;
        scene_.background.glow(scene_.lens.pixel(head), metre * 1.6F, {.colour = kLampLight, .alpha = 0.95F});
        const Spot below{foot.along, head.right, 0};
        const float strength = 0.05F / scene_.light.tint.red;  // Weaker at dusk than at night.
        for (const float radius : {4.6F, 3.8F, 3.0F, 2.0F}) {
            ellipse(below, radius, {1.7F, 1.5F, 1.1F}, std::min(0.08F, strength * 0.6F));
        }
    }

    void furniture(const StreetPlan& plan) {
        const float gap = draw(dice_, 11, 16);
        for (float along = 110; along > 7; along -= gap) {
            for (const float side : {-1.0F, 1.0F}) {
                if (dice_.chance(0.8)) tree({along, side * (plan.road + 0.9F), 0});
                lamp({along - gap / 2, side * (plan.road + 0.7F), 0}, -side * 1.4F);
            }
        }
        for (float along = 70; along > 24; along -= 7) {
            if (dice_.chance(0.4)) {
                draw_car(scene_.background, scene_.lens, scene_.light, {along, plan.road - 1.0F, 0}, false,
                         any_of(dice_, kCars), 1.0F);
            }
        }
    }

    void path() {
        constexpr float kHalf = 2.1F;
        for (float along = 120; along > -3; along -= 1.5F) {
            const float near = path_middle(along, scene_.bend);
            const float far = path_middle(along + 1.6F, scene_.bend);
            quad({along, near - kHalf - 0.2F, 0}, {along, near + kHalf + 0.2F, 0},
                 {along + 1.6F, far + kHalf + 0.2F, 0}, {along + 1.6F, far - kHalf - 0.2F, 0},
                 {0.46F, 0.42F, 0.36F});
            quad({along, near - kHalf, 0}, {along, near + kHalf, 0}, {along + 1.6F, far + kHalf, 0},
                 {along + 1.6F, far - kHalf, 0}, {0.62F, 0.57F, 0.49F});
        }
    }

    void park_furniture(float bench_side) {
        for (float along = 120; along > 8; along -= 2.2F) {
            const float middle = path_middle(along, scene_.bend);
            const float side = dice_.chance(0.5) ? 1.0F : -1.0F;
            const float away = draw(dice_, 4.5, 30);
            if (dice_.chance(along > 40 ? 0.9 : 0.5)) tree({along, middle + side * away, 0});
            if (static_cast<int>(along / 2.2F) % 7 == 0) lamp({along, middle - 2.8F, 0}, 0.8F);
            if (static_cast<int>(along / 2.2F) % 6 == 3) bench({along, middle + bench_side * 3.0F, 0});
        }
    }

    void bench(Spot at) {
        constexpr Colour kWood{0.44F, 0.30F, 0.18F};
        quad({at.along, at.right - 0.25F, 0.45F}, {at.along, at.right + 0.25F, 0.45F},
             {at.along + 1.7F, at.right + 0.25F, 0.45F}, {at.along + 1.7F, at.right - 0.25F, 0.45F}, kWood);
        quad({at.along, at.right + 0.25F, 0.45F}, {at.along, at.right + 0.25F, 0.95F},
             {at.along + 1.7F, at.right + 0.25F, 0.95F}, {at.along + 1.7F, at.right + 0.25F, 0.45F},
             scaled(kWood, 0.8F));
    }

    void walkers(float from, float to, float right, int count, float weave) {
        for (int i = 0; i < count; ++i) {
            const float start = draw(dice_, from, to);
            const float way = draw(dice_, 11, 15) * (dice_.chance(0.5) ? 1.0F : -1.0F);
            const float aside = right + draw(dice_, -0.9, 0.9);
            scene_.actors.push_back({ActorKind::walker,
                                     {start, aside, 0},
                                     {start + way, aside, 0},
                                     draw(dice_, 0, 1),
                                     weave,
                                     any_of(dice_, kCoats),
                                     kTrousers});
        }
    }

    void street_actors(const StreetPlan& plan) {
        for (const float side : {-1.0F, 1.0F}) {
            const float phase = draw(dice_, 0, 1);
            const float lane = side * plan.road * 0.42F;  // Korea drives on the right.
            for (int car = 0; car < 2; ++car) {
                const Spot far{150, lane, 0};
                const Spot near{-12, lane, 0};
                const float turn = std::fmod(phase + 0.45F * static_cast<float>(car), 1.0F);
                scene_.actors.push_back({ActorKind::car,
                                         side > 0 ? near : far,
                                         side > 0 ? far : near,
                                         turn,
                                         0,
                                         any_of(dice_, kCars),
                                         {}});
            }
            walkers(8, 34, side * (plan.road + plan.wall + 0.9F) / 2, 3, 0);
        }
        for (int i = 0; i < 2; ++i) {
            const float along = plan.crossing + draw(dice_, 0.6, 3.4);
            const float end = plan.road + 2.4F;
            const bool over = dice_.chance(0.5);
            scene_.actors.push_back({ActorKind::walker,
                                     {along, over ? -end : end, 0},
                                     {along, over ? end : -end, 0},
                                     draw(dice_, 0, 1),
                                     0,
                                     any_of(dice_, kCoats),
                                     kTrousers});
        }
    }

    void park_actors() {
        walkers(7, 20, 0, 3, 1);
        walkers(18, 42, 0, 4, 1);
        const float start = draw(dice_, 6, 9);  // Somebody runs.
        scene_.actors.push_back({ActorKind::walker,
                                 {start, 0.8F, 0},
                                 {start + 32, 0.8F, 0},
                                 draw(dice_, 0, 1),
                                 1,
                                 any_of(dice_, kCoats),
                                 kTrousers});
    }

    Scene& scene_;
    Dice dice_;
};

}  // namespace

Light light_of_hour(std::size_t hour) {
    switch (hour % 4) {
        case 0:
            return {{0.36F, 0.56F, 0.82F}, {0.78F, 0.86F, 0.92F}, {1.08F, 1.06F, 1.0F}, false};
        case 1:
            return {{0.60F, 0.64F, 0.68F}, {0.80F, 0.82F, 0.83F}, {0.86F, 0.88F, 0.92F}, false};
        case 2:
            return {{0.30F, 0.32F, 0.50F}, {0.90F, 0.58F, 0.38F}, {0.78F, 0.62F, 0.52F}, true};
        default:
            return {{0.03F, 0.04F, 0.08F}, {0.12F, 0.12F, 0.17F}, {0.34F, 0.36F, 0.46F}, true};
    }
}

float path_middle(float along, float bend) {
    return 2.6F * std::sin(along / 13.0F + bend) -
           2.6F * std::sin(bend);  // Below the camera it starts in the middle.
}

Scene draw_scene(std::uint64_t seed, int number, Ground ground) {
    Dice dice(seed, 500 + static_cast<std::uint64_t>(number));
    const float side = dice.chance(0.5) ? 1.0F : -1.0F;
    const float yaw =
        ground == Ground::street ? -side * draw(dice, 0.10, 0.30) : side * draw(dice, -0.12, 0.12);
    const Lens lens{static_cast<float>(kMainWidth),
                    static_cast<float>(kMainHeight),
                    draw(dice, 1'250, 1'480),
                    draw(dice, 5.0, 6.6),
                    ground == Ground::street ? side * draw(dice, 4.2, 5.2) : draw(dice, -1, 1),
                    draw(dice, 0.22, 0.30),
                    yaw};
    const std::size_t hour =
        (static_cast<std::size_t>(number) + seed + static_cast<std::size_t>(number / 4)) % 4;
    Scene scene{Canvas(kMainWidth, kMainHeight), lens, light_of_hour(hour), {}, draw(dice, 0, 6)};
    Painter painter(scene, seed, number);
    if (ground == Ground::street)
        painter.street();
    else
        painter.park();
    return scene;
}

}  // namespace bongsu::footage
