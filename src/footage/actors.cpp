#include <algorithm>
#include <array>
#include <cmath>

#include "footage/scene.hpp"

namespace bongsu::footage {
namespace {

/// The sides of a box on the ground that the lens can see, from its far to its near ones, and its lid.
struct Box {
    Spot middle;
    float length, width, low, high;

    void draw(Canvas& canvas, const Lens& lens, Colour side, Colour lid, float alpha, float depth) const {
        const float a0 = middle.along - length / 2, a1 = middle.along + length / 2;
        const float r0 = middle.right - width / 2, r1 = middle.right + width / 2;
        const bool right_of_us = middle.right > lens.beside;
        const float flank = right_of_us ? r0 : r1;
        const auto paint = [&](std::array<Spot, 4> corners, Colour colour) {
            lens.polygon(canvas, corners, {.colour = colour, .alpha = alpha, .depth = depth});
        };
        paint({Spot{a0, flank, low}, Spot{a1, flank, low}, Spot{a1, flank, high}, Spot{a0, flank, high}},
              side);
        paint({Spot{a0, r0, low}, Spot{a0, r1, low}, Spot{a0, r1, high}, Spot{a0, r0, high}},
              scaled(side, 0.82F));
        paint({Spot{a0, r0, high}, Spot{a0, r1, high}, Spot{a1, r1, high}, Spot{a1, r0, high}}, lid);
    }
};

}  // namespace

void draw_car(Canvas& canvas, const Lens& lens, const Light& light, Spot at, bool towards_us, Colour paint,
              float alpha) {
    const float depth = lens.depth(at);
    if (depth < 2) return;
    const auto lit = [&](Colour own) { return light.lit(own); };
    const std::array<Spot, 4> shadow{
        Spot{at.along - 2.4F, at.right - 1.1F, 0}, Spot{at.along - 2.4F, at.right + 1.1F, 0},
        Spot{at.along + 2.4F, at.right + 1.1F, 0}, Spot{at.along + 2.4F, at.right - 1.1F, 0}};
    lens.polygon(canvas, shadow,
                 {.colour = lit({0.08F, 0.08F, 0.09F}), .alpha = alpha * 0.6F, .depth = depth});
    Box{at, 4.4F, 1.8F, 0.28F, 0.86F}.draw(canvas, lens, lit(paint), lit(scaled(paint, 1.1F)), alpha, depth);
    const Spot cabin{at.along + (towards_us ? 0.25F : -0.25F), at.right, 0};
    Box{cabin, 2.3F, 1.6F, 0.86F, 1.42F}.draw(canvas, lens, lit({0.16F, 0.19F, 0.23F}),
                                              lit(scaled(paint, 1.05F)), alpha, depth);
    const float flank = at.right > lens.beside ? at.right - 0.9F : at.right + 0.9F;
    const float metre = lens.metre(at);
    for (const float axle : {-1.4F, 1.4F}) {
        const Spot hub{at.along + axle, flank, 0.32F};
        if (lens.depth(hub) < Lens::kNear * 2) continue;
        const float radius = lens.metre(hub) * 0.32F;
        canvas.disc(lens.pixel(hub), radius * 0.55F, radius,
                    {.colour = lit({0.07F, 0.07F, 0.08F}), .alpha = alpha, .depth = depth});
    }
    const Colour lights = towards_us ? Colour{1.0F, 0.96F, 0.84F} : Colour{0.86F, 0.10F, 0.08F};
    for (const float half : {-0.65F, 0.65F}) {
        const Spot bulb{at.along - 2.2F, at.right + half, 0.62F};
        if (lens.depth(bulb) < Lens::kNear * 2) continue;
        const Pixel centre = lens.pixel(bulb);
        canvas.disc(centre, metre * 0.17F, metre * 0.10F,
                    {.colour = light.lamps ? lights : lit(lights), .alpha = alpha, .depth = depth});
        if (light.lamps)
            canvas.glow(centre, metre * (towards_us ? 0.9F : 0.5F),
                        {.colour = lights, .alpha = alpha * 0.7F, .depth = depth});
    }
}

void draw_walker(Canvas& canvas, const Lens& lens, const Light& light, Spot at, float step, Colour upper,
                 Colour lower, float alpha) {
    const float depth = lens.depth(at);
    if (depth < 2) return;
    const float metre = lens.metre(at);
    const auto lit = [&](Colour own) { return light.lit(own); };
    const Pixel foot = lens.pixel(at);
    canvas.disc(foot, metre * 0.42F, metre * 0.16F,
                {.colour = lit({0.07F, 0.07F, 0.08F}), .alpha = alpha * 0.5F, .depth = depth});
    const auto point = [&](float aside, float up) {
        const Pixel base = lens.pixel({at.along, at.right, up});
        return Pixel{base.x + aside * metre, base.y};
    };
    const auto limb = [&](float x0, float up0, float x1, float up1, float thick, Colour colour) {
        const Pixel a = point(x0, up0);
        const Pixel b = point(x1, up1);
        const float half = thick * metre / 2;
        const std::array<Pixel, 4> corners{
            {{a.x - half, a.y}, {a.x + half, a.y}, {b.x + half, b.y}, {b.x - half, b.y}}};
        canvas.polygon(corners, {.colour = lit(colour), .alpha = alpha, .depth = depth});
    };
    const float swing = std::sin(step) * 0.22F;
    limb(0.06F, 0.9F, 0.06F + swing, 0.0F, 0.17F, lower);
    limb(-0.06F, 0.9F, -0.06F - swing, 0.0F, 0.17F, scaled(lower, 0.8F));
    limb(0.24F, 1.42F, 0.24F - swing, 0.82F, 0.11F, scaled(upper, 0.8F));
    limb(-0.24F, 1.42F, -0.24F + swing, 0.82F, 0.11F, scaled(upper, 0.8F));
    limb(0.0F, 1.48F, 0.0F, 0.82F, 0.44F, upper);
    canvas.disc(point(0, 1.62F), metre * 0.13F, metre * 0.16F,
                {.colour = lit({0.72F, 0.55F, 0.44F}), .alpha = alpha, .depth = depth});
    canvas.disc(point(0, 1.70F), metre * 0.135F, metre * 0.11F,
                {.colour = lit({0.10F, 0.08F, 0.07F}), .alpha = alpha, .depth = depth});
}

void draw_frame(const Scene& scene, int frame, Canvas& out) {
    out.copy_picture(scene.background);
    struct Placed {
        const Actor* actor;
        Spot at;
        float turn;
    };
    std::vector<Placed> placed;
    for (const Actor& actor : scene.actors) {
        const float turn = std::fmod(actor.phase + static_cast<float>(frame) / kFrames, 1.0F);
        Spot at{actor.from.along + (actor.to.along - actor.from.along) * turn,
                actor.from.right + (actor.to.right - actor.from.right) * turn, 0};
        if (actor.weave != 0) at.right += actor.weave * path_middle(at.along, scene.bend);
        placed.push_back({&actor, at, turn});
    }
    std::stable_sort(placed.begin(), placed.end(), [&](const Placed& a, const Placed& b) {
        return scene.lens.depth(a.at) > scene.lens.depth(b.at);
    });
    for (const Placed& one : placed) {
        const float alpha = std::clamp(std::min(one.turn, 1.0F - one.turn) / 0.06F, 0.0F, 1.0F);
        const Actor& actor = *one.actor;
        if (actor.kind == ActorKind::car) {
            draw_car(out, scene.lens, scene.light, one.at, actor.to.along < actor.from.along, actor.upper,
                     alpha);
            continue;
        }
        const float way = std::hypot(actor.to.along - actor.from.along, actor.to.right - actor.from.right);
        const float step = std::round(way / 1.4F) * 6.2831853F * one.turn;  // Whole strides in one clip.
        draw_walker(out, scene.lens, scene.light, one.at, step, actor.upper, actor.lower, alpha);
    }
}

}  // namespace bongsu::footage
