#include "footage/canvas.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/result.hpp"

namespace bongsu::footage {
namespace {

struct Yuv {
    float y, u, v;
};

/// BT.709, video range (ITU-R BT.709-6 section 3).
Yuv to_yuv(Colour colour) {
    const float luma = 0.2126F * colour.red + 0.7152F * colour.green + 0.0722F * colour.blue;
    return {16.0F + 219.0F * luma, 128.0F + 224.0F * (colour.blue - luma) / 1.8556F,
            128.0F + 224.0F * (colour.red - luma) / 1.5748F};
}

std::uint8_t blended(std::uint8_t under, float over, float alpha) {
    const float value = static_cast<float>(under) + (over - static_cast<float>(under)) * alpha;
    return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

}  // namespace

Colour mixed(Colour first, Colour second, float share) {
    return {first.red + (second.red - first.red) * share, first.green + (second.green - first.green) * share,
            first.blue + (second.blue - first.blue) * share};
}

Colour scaled(Colour colour, float factor) {
    return {std::min(1.0F, colour.red * factor), std::min(1.0F, colour.green * factor),
            std::min(1.0F, colour.blue * factor)};
}

Canvas::Canvas(std::size_t width, std::size_t height)
    : width_(width),
      height_(height),
      bytes_(width * height * 3 / 2, 128),
      depths_(width * height, kHidesNothing),
      cover_(width + 2) {
    BONGSU_CHECK(width % 2 == 0 && height % 2 == 0);
}

void Canvas::blend_row(int y, int x0, int x1, std::span<const float> cover, const Paint& paint) {
    const Yuv colour = to_yuv(paint.colour);
    const std::size_t row = static_cast<std::size_t>(y) * width_;
    const std::size_t plane = width_ * height_;
    for (int x = x0; x < x1; ++x) {
        const float alpha = std::min(1.0F, cover[static_cast<std::size_t>(x - x0)]) * paint.alpha;
        if (alpha <= 0.004F) continue;
        const std::size_t at = row + static_cast<std::size_t>(x);
        if (paint.depth > depths_[at]) continue;
        if (paint.hides && alpha > 0.5F) depths_[at] = paint.depth;
        bytes_[at] = blended(bytes_[at], colour.y, alpha);
        if ((x & 1) != 0 || (y & 1) != 0) continue;
        const std::size_t chroma =
            plane + static_cast<std::size_t>(y / 2) * (width_ / 2) + static_cast<std::size_t>(x / 2);
        bytes_[chroma] = blended(bytes_[chroma], colour.u, alpha);
        bytes_[chroma + plane / 4] = blended(bytes_[chroma + plane / 4], colour.v, alpha);
    }
}

void Canvas::polygon(std::span<const Pixel> corners, const Paint& paint) {
    constexpr int kSamples = 3;  // Rows of samples in a pixel; across, coverage is exact.
    if (corners.size() < 3) return;
    float top = corners[0].y, bottom = corners[0].y, left = corners[0].x, right = corners[0].x;
    for (const Pixel& corner : corners) {
        top = std::min(top, corner.y);
        bottom = std::max(bottom, corner.y);
        left = std::min(left, corner.x);
        right = std::max(right, corner.x);
    }
    const auto limit = static_cast<float>(width_);
    if (!(right > 0 && left < limit && bottom > 0 && top < static_cast<float>(height_))) return;
    const int y0 = static_cast<int>(std::max(0.0F, std::floor(top)));
    const int y1 = static_cast<int>(std::min(static_cast<float>(height_), std::ceil(bottom)));
    const int x0 = static_cast<int>(std::max(0.0F, std::floor(left)));
    const int x1 = static_cast<int>(std::min(limit, std::ceil(right)));
    std::array<float, 32> cuts;
    for (int y = y0; y < y1; ++y) {
        std::fill(cover_.begin(), cover_.begin() + (x1 - x0), 0.0F);
        for (int sample = 0; sample < kSamples; ++sample) {
            const float line = static_cast<float>(y) + (static_cast<float>(sample) + 0.5F) / kSamples;
            std::size_t count = 0;
            for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
                if ((corners[i].y > line) == (corners[j].y > line) || count == cuts.size()) continue;
                cuts[count++] = corners[j].x + (corners[i].x - corners[j].x) * (line - corners[j].y) /
                                                   (corners[i].y - corners[j].y);
            }
            std::sort(cuts.begin(), cuts.begin() + static_cast<std::ptrdiff_t>(count));
            for (std::size_t cut = 0; cut + 1 < count; cut += 2) {
                const float from = std::clamp(cuts[cut], static_cast<float>(x0), static_cast<float>(x1));
                const float to = std::clamp(cuts[cut + 1], static_cast<float>(x0), static_cast<float>(x1));
                for (int x = static_cast<int>(from); static_cast<float>(x) < to; ++x) {
                    const float part =
                        std::min(to, static_cast<float>(x + 1)) - std::max(from, static_cast<float>(x));
                    cover_[static_cast<std::size_t>(x - x0)] += part / kSamples;
                }
            }
        }
        blend_row(y, x0, x1, cover_, paint);
    }
}

void Canvas::rectangle(float left, float top, float right, float bottom, const Paint& paint) {
    const std::array<Pixel, 4> corners{{{left, top}, {right, top}, {right, bottom}, {left, bottom}}};
    polygon(corners, paint);
}

void Canvas::disc(Pixel centre, float radius_x, float radius_y, const Paint& paint) {
    std::array<Pixel, 28> corners;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const float angle = 6.2831853F * static_cast<float>(i) / static_cast<float>(corners.size());
        corners[i] = {centre.x + std::cos(angle) * radius_x, centre.y + std::sin(angle) * radius_y};
    }
    polygon(corners, paint);
}

void Canvas::glow(Pixel centre, float radius, const Paint& paint) {
    const int y0 = std::max(0, static_cast<int>(centre.y - radius));
    const int y1 = std::min(static_cast<int>(height_), static_cast<int>(centre.y + radius) + 1);
    const int x0 = std::clamp(static_cast<int>(centre.x - radius), 0, static_cast<int>(width_));
    const int x1 = std::clamp(static_cast<int>(centre.x + radius) + 1, x0, static_cast<int>(width_));
    for (int y = y0; y < y1; ++y) {
        for (int x = x0; x < x1; ++x) {
            const float far =
                std::hypot(static_cast<float>(x) - centre.x, static_cast<float>(y) - centre.y) / radius;
            const float near = std::max(0.0F, 1.0F - far);
            cover_[static_cast<std::size_t>(x - x0)] = near * near;
        }
        blend_row(y, x0, x1, cover_, paint);
    }
}

void Canvas::gradient(std::size_t top, std::size_t bottom, Colour upper, Colour lower) {
    std::fill(cover_.begin(), cover_.end(), 1.0F);
    for (std::size_t y = top; y < std::min(bottom, height_); ++y) {
        const float share = static_cast<float>(y - top) / static_cast<float>(bottom - top);
        blend_row(static_cast<int>(y), 0, static_cast<int>(width_), cover_,
                  {.colour = mixed(upper, lower, share)});
    }
}

void Canvas::stencil(std::span<const std::uint8_t> mask, std::size_t columns, int x, int y,
                     const Paint& paint) {
    const int x0 = std::max(0, x);
    const int x1 = std::min(static_cast<int>(width_), x + static_cast<int>(columns));
    for (std::size_t row = 0; row < mask.size() / columns; ++row) {
        const int at = y + static_cast<int>(row);
        if (at < 0 || at >= static_cast<int>(height_)) continue;
        for (int column = x0; column < x1; ++column) {
            const std::size_t from = row * columns + static_cast<std::size_t>(column - x);
            cover_[static_cast<std::size_t>(column - x0)] = static_cast<float>(mask[from]) / 255.0F;
        }
        blend_row(at, x0, x1, cover_, paint);
    }
}

}  // namespace bongsu::footage
