#include "place/geometry.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "base/result.hpp"

namespace bongsu::place {
namespace {

constexpr Position kOrigin{126.98, 37.55};
constexpr double kMetresPerLat = 110'990.0;  // WGS84 meridian arc at 37.55 N.
constexpr double kMetresPerLon = 88'370.0;   // WGS84 parallel arc at 37.55 N.
constexpr double kDegrees = 180.0 / std::numbers::pi;

double cross(Metres a, Metres b, Metres c) { return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x); }

}  // namespace

Metres to_plane(Position position) {
    return {(position.lon - kOrigin.lon) * kMetresPerLon, (position.lat - kOrigin.lat) * kMetresPerLat};
}

Position from_plane(Metres point) {
    return {kOrigin.lon + point.x / kMetresPerLon, kOrigin.lat + point.y / kMetresPerLat};
}

Ring to_plane(std::span<const Position> outline) {
    Ring ring;
    ring.reserve(outline.size());
    for (const Position& position : outline) ring.push_back(to_plane(position));
    return ring;
}

Outline from_plane(std::span<const Metres> ring) {
    Outline outline;
    outline.reserve(ring.size());
    for (const Metres& point : ring) outline.push_back(from_plane(point));
    return outline;
}

double distance_m(Metres from, Metres to) { return std::hypot(to.x - from.x, to.y - from.y); }
double distance_m(Position from, Position to) { return distance_m(to_plane(from), to_plane(to)); }

double bearing_deg(Position from, Position to) {
    const Metres a = to_plane(from);
    const Metres b = to_plane(to);
    const double bearing = std::atan2(b.x - a.x, b.y - a.y) * kDegrees;
    return bearing < 0 ? bearing + 360.0 : bearing;
}

double angle_between_deg(double first, double second) {
    const double turn = std::fabs(std::fmod(first - second, 360.0));
    return turn > 180.0 ? 360.0 - turn : turn;
}

Position moved(Position from, double bearing, double metres) {
    const Metres start = to_plane(from);
    const double angle = bearing / kDegrees;
    return from_plane({start.x + std::sin(angle) * metres, start.y + std::cos(angle) * metres});
}

bool contains(std::span<const Metres> ring, Metres point) {
    bool inside = false;
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
        const Metres& a = ring[i];
        const Metres& b = ring[j];
        if ((a.y > point.y) != (b.y > point.y) &&
            point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x) {
            inside = !inside;
        }
    }
    return inside;
}

double area_m2(std::span<const Metres> ring) {
    double twice = 0;
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
        twice += ring[j].x * ring[i].y - ring[i].x * ring[j].y;
    }
    return std::fabs(twice) / 2;
}

Ring clipped(const Ring& ring, Metres normal, double limit) {
    Ring kept;
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
        const double before = normal.x * ring[j].x + normal.y * ring[j].y - limit;
        const double here = normal.x * ring[i].x + normal.y * ring[i].y - limit;
        if ((before <= 0) != (here <= 0)) {
            const double part = before / (before - here);
            kept.push_back(
                {ring[j].x + (ring[i].x - ring[j].x) * part, ring[j].y + (ring[i].y - ring[j].y) * part});
        }
        if (here <= 0) kept.push_back(ring[i]);
    }
    return kept;
}

bool crosses(Metres a, Metres b, Metres c, Metres d) {
    return (cross(a, b, c) > 0) != (cross(a, b, d) > 0) && (cross(c, d, a) > 0) != (cross(c, d, b) > 0);
}

Ring smoothed(const Ring& line) {
    Ring smooth = line;
    for (int round = 0; round < 2 && smooth.size() > 2; ++round) {
        Ring next{smooth.front()};
        for (std::size_t i = 0; i + 1 < smooth.size(); ++i) {
            const Metres& a = smooth[i];
            const Metres& b = smooth[i + 1];
            if (i > 0) next.push_back({a.x * 0.75 + b.x * 0.25, a.y * 0.75 + b.y * 0.25});
            if (i + 2 < smooth.size()) next.push_back({a.x * 0.25 + b.x * 0.75, a.y * 0.25 + b.y * 0.75});
        }
        next.push_back(smooth.back());
        smooth = std::move(next);
    }
    return smooth;
}

Ring band(std::span<const Metres> line, double half_width) {
    BONGSU_CHECK(line.size() >= 2);
    Ring left;
    Ring right;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const Metres& before = line[i == 0 ? 0 : i - 1];
        const Metres& after = line[i + 1 == line.size() ? i : i + 1];
        const double length = distance_m(before, after);
        const Metres side{-(after.y - before.y) / length * half_width,
                          (after.x - before.x) / length * half_width};
        left.push_back({line[i].x + side.x, line[i].y + side.y});
        right.push_back({line[i].x - side.x, line[i].y - side.y});
    }
    left.insert(left.end(), right.rbegin(), right.rend());
    return left;
}

void append_decimal(std::string& out, double value, int decimals) {
    BONGSU_CHECK(decimals >= 0 && decimals <= 7);
    std::int64_t scale = 1;
    for (int i = 0; i < decimals; ++i) scale *= 10;
    const std::int64_t scaled = std::llround(value * static_cast<double>(scale));
    if (scaled < 0) out += '-';
    const auto whole = static_cast<std::uint64_t>(scaled < 0 ? -scaled : scaled);
    const auto divisor = static_cast<std::uint64_t>(scale);
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), whole / divisor).ptr;
    out.append(digits.data(), end);
    std::uint64_t rest = whole % divisor;
    if (rest == 0) return;
    out += '.';
    for (std::uint64_t unit = divisor / 10; rest != 0; unit /= 10) {
        out += static_cast<char>('0' + rest / unit);
        rest %= unit;
    }
}

void append_quoted(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            out += '\\';
            out += letter;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += letter;
        }
    }
    out += '"';
}

}  // namespace bongsu::place
