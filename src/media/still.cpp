#include "media/still.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "media/h264.hpp"
#include "media/h265.hpp"
#include "media/jpeg.hpp"

namespace bongsu::media {
namespace {

constexpr std::array<std::uint8_t, 4> kStartCode{0, 0, 0, 1};

void put(std::vector<std::uint8_t>& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void put_start(std::vector<std::uint8_t>& out) { put(out, kStartCode); }

bool put_h264(std::vector<std::uint8_t>& out, OpenFragment& fragment, Bytes payload) {
    const bool fits = visit_nals(payload, [&](std::uint8_t type, Bytes whole) {
        put_start(out);
        if (!whole.empty()) return put(out, whole);
        out.push_back(static_cast<std::uint8_t>((payload[0] & 0xE0U) | type));
    });
    if (!fits || !take_fragment(fragment, payload)) return false;
    if (nal::type(payload[0]) == nal::kFuA) put(out, payload.subspan(2));
    return true;
}

bool put_h265(std::vector<std::uint8_t>& out, OpenFragment& fragment, Bytes payload) {
    const bool fits = h265::visit_nals(payload, [&](std::uint8_t type, Bytes whole) {
        put_start(out);
        if (!whole.empty()) return put(out, whole);
        out.push_back(static_cast<std::uint8_t>((payload[0] & 0x81U) | static_cast<unsigned>(type) << 1));
        out.push_back(payload[1]);
    });
    if (!fits || !h265::take_fragment(fragment, payload)) return false;
    if (h265::type(payload[0]) == h265::kFu) put(out, payload.subspan(3));
    return true;
}

/// Sums of one tile.
struct Sum {
    std::uint64_t mean = 0, squares = 0, texture = 0, count = 0;
};

Sum sum_of(const LumaPlane& plane, int x_from, int x_to, int y_from, int y_to) {
    Sum out;
    for (int y = y_from; y < y_to; ++y) {
        const std::uint8_t* row = plane.bytes + y * plane.stride;
        std::uint32_t mean = 0, squares = 0, texture = 0;  // A row of 8,192 fits 32 bits.
        for (int x = x_from; x + 1 < x_to; ++x) {
            const std::uint32_t here = row[x];
            mean += here;
            squares += here * here;
            texture += static_cast<std::uint32_t>(std::abs(row[x] - row[x + 1]));
        }
        out.mean += mean;
        out.squares += squares;
        out.texture += texture;
    }
    out.count = static_cast<std::uint64_t>(x_to - x_from - 1) * static_cast<std::uint64_t>(y_to - y_from);
    return out;
}

std::uint16_t fine(double value) { return static_cast<std::uint16_t>(std::clamp(std::lround(value * 256), 0L, 65535L)); }

}  // namespace

Result<void> append_still(std::vector<std::uint8_t>& out, const Block& block, const Format& format) {
    if (!block.key) return fail(ErrorKind::invalid, "not a picture that stands by itself");
    if (format.codec == Codec::jpeg) {
        TRY(const auto file, jpeg::to_file(block, format));
        put(out, file);
        return {};
    }
    return append_access_unit(out, block, format.codec);
}

Result<void> append_access_unit(std::vector<std::uint8_t>& out, const Block& block, Codec codec) {
    OpenFragment fragment;
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        TRY(const RtpPacket rtp, parse_rtp(block.packet(i)));
        const bool fits = codec == Codec::h265 ? put_h265(out, fragment, rtp.payload) : put_h264(out, fragment, rtp.payload);
        if (!fits) return fail(ErrorKind::corrupt, "a block's RTP payload cannot be put together");
    }
    return {};
}

PictureNumbers numbers_of(const LumaPlane& plane) {
    PictureNumbers out{.width = plane.width, .height = plane.height};
    constexpr int kSide = 8;
    if (plane.width < 2 * kSide || plane.height < 2 * kSide) return out;
    const double scale = plane.limited ? 255.0 / 219.0 : 1.0, base = plane.limited ? 16.0 : 0.0;
    double mean = 0, squares = 0, count = 0;
    for (int row = 0; row < kSide; ++row) {
        for (int column = 0; column < kSide; ++column) {
            const Sum sum = sum_of(plane, plane.width * column / kSide, plane.width * (column + 1) / kSide, plane.height * row / kSide,
                                   plane.height * (row + 1) / kSide);
            const auto n = static_cast<double>(sum.count);
            auto& tile = out.tiles[static_cast<std::size_t>(row * kSide + column)];
            tile.mean = fine((static_cast<double>(sum.mean) / n - base) * scale);
            tile.texture = fine(static_cast<double>(sum.texture) / n * scale);
            mean += static_cast<double>(sum.mean);
            squares += static_cast<double>(sum.squares);
            count += n;
        }
    }
    mean /= count;
    out.deviation = static_cast<float>(std::sqrt(std::max(0.0, squares / count - mean * mean)) * scale);
    out.mean = static_cast<float>(std::clamp((mean - base) * scale, 0.0, 255.0));
    return out;
}

}  // namespace bongsu::media
