#pragma once
// A picture in planar YUV 4:2:0 (BT.709, video range) that polygons and discs are painted on.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace bongsu::footage {

/// Linear shares 0 to 1 of red, green and blue as they are shown (no gamma is applied).
struct Colour {
    float red;
    float green;
    float blue;
};
Colour mixed(Colour first, Colour second, float share);
Colour scaled(Colour colour, float factor);

struct Pixel {
    float x;
    float y;
};

inline constexpr float kNeverHidden = 0.0F;
inline constexpr float kHidesNothing = std::numeric_limits<float>::infinity();

/// How something is painted. What is painted at depth d (metres from the camera) is hidden where something
/// nearer was painted with `hides`, and hides what comes behind it only with `hides`.
struct Paint {
    Colour colour;
    float alpha = 1.0F;
    float depth = kNeverHidden;
    bool hides = false;
};

/// Ownership: a value. Threads: one at a time. Bounds: width and height are even, painting is clipped.
class Canvas {
  public:
    Canvas(std::size_t width, std::size_t height);

    std::size_t width() const { return width_; }
    std::size_t height() const { return height_; }
    /// Y, then U, then V, as ffmpeg's yuv420p rawvideo wants it.
    std::span<const std::uint8_t> bytes() const { return bytes_; }
    std::span<const std::uint8_t> luma() const { return std::span(bytes_).first(width_ * height_); }

    void polygon(std::span<const Pixel> corners, const Paint& paint);
    void rectangle(float left, float top, float right, float bottom, const Paint& paint);
    void disc(Pixel centre, float radius_x, float radius_y, const Paint& paint);
    /// Fades from `alpha` in the middle to nothing at the rim.
    void glow(Pixel centre, float radius, const Paint& paint);
    /// From one colour at `top` to another at `bottom`, over the whole width.
    void gradient(std::size_t top, std::size_t bottom, Colour upper, Colour lower);
    /// Paints where the mask (0 to 255, `columns` wide) is set, with its left upper corner at x, y.
    void stencil(std::span<const std::uint8_t> mask, std::size_t columns, int x, int y, const Paint& paint);

    /// The picture alone: the depths stay those of the still background.
    void copy_picture(const Canvas& other) { bytes_ = other.bytes_; }

  private:
    void blend_row(int y, int x0, int x1, std::span<const float> cover, const Paint& paint);

    std::size_t width_;
    std::size_t height_;
    std::vector<std::uint8_t> bytes_;
    std::vector<float> depths_;
    std::vector<float> cover_;
};

}  // namespace bongsu::footage
