#include "place/districts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/result.hpp"

namespace bongsu::place {
namespace {

using enum Bank;

// Centres are drawn by hand near the districts' middles.
constexpr std::array<District, kDistricts> kTable{{
    {"11110", "종로구", "Jongno", "종로", {126.978, 37.590}, north, false},
    {"11140", "중구", "Jung", "중구", {126.997, 37.561}, north, false},
    {"11170", "용산구", "Yongsan", "용산", {126.980, 37.532}, north, false},
    {"11200", "성동구", "Seongdong", "성동", {127.042, 37.551}, north, true},
    {"11215", "광진구", "Gwangjin", "광진", {127.086, 37.546}, north, false},
    {"11230", "동대문구", "Dongdaemun", "동대문", {127.054, 37.582}, north, false},
    {"11260", "중랑구", "Jungnang", "중랑", {127.093, 37.598}, north, false},
    {"11290", "성북구", "Seongbuk", "성북", {127.020, 37.605}, north, false},
    {"11305", "강북구", "Gangbuk", "강북", {127.012, 37.643}, north, false},
    {"11320", "도봉구", "Dobong", "도봉", {127.032, 37.670}, north, false},
    {"11350", "노원구", "Nowon", "노원", {127.075, 37.653}, north, false},
    {"11380", "은평구", "Eunpyeong", "은평", {126.927, 37.619}, north, false},
    {"11410", "서대문구", "Seodaemun", "서대문", {126.940, 37.578}, north, false},
    {"11440", "마포구", "Mapo", "마포", {126.910, 37.560}, north, true},
    {"11470", "양천구", "Yangcheon", "양천", {126.855, 37.523}, south, false},
    {"11500", "강서구", "Gangseo", "강서", {126.822, 37.561}, south, false},
    {"11530", "구로구", "Guro", "구로", {126.856, 37.495}, south, false},
    {"11545", "금천구", "Geumcheon", "금천", {126.901, 37.460}, south, false},
    {"11560", "영등포구", "Yeongdeungpo", "영등포", {126.910, 37.520}, south, false},
    {"11590", "동작구", "Dongjak", "동작", {126.952, 37.499}, south, false},
    {"11620", "관악구", "Gwanak", "관악", {126.945, 37.467}, south, false},
    {"11650", "서초구", "Seocho", "서초", {127.018, 37.478}, south, true},
    {"11680", "강남구", "Gangnam", "강남", {127.063, 37.495}, south, false},
    {"11710", "송파구", "Songpa", "송파", {127.115, 37.504}, south, false},
    {"11740", "강동구", "Gangdong", "강동", {127.147, 37.548}, south, false},
}};

constexpr double kEdgeMax = 1'600.0;  // Longer borders get bends.

/// A smooth shift of the plane by at most 150 m: it bends straight borders like drawn ones, and because it
/// depends on the place alone, both neighbours' borders bend alike.
Metres bent(Metres point) {
    const double east = 110.0 * std::sin(point.y / 620.0) + 40.0 * std::sin(point.x / 410.0 + 1.0);
    const double north = 110.0 * std::sin(point.x / 700.0 + 2.0) + 40.0 * std::sin(point.y / 380.0);
    return {point.x + east, point.y + north};
}

Ring cell(std::size_t index) {
    const District& own = kTable[index];
    const Metres centre = to_plane(own.centre);
    Ring ring = land_of(own.bank);
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (i == index || kTable[i].bank != own.bank) continue;
        const Metres other = to_plane(kTable[i].centre);
        const Metres normal{2 * (other.x - centre.x), 2 * (other.y - centre.y)};
        const double limit =
            other.x * other.x + other.y * other.y - centre.x * centre.x - centre.y * centre.y;
        ring = clipped(ring, normal, limit);
    }
    BONGSU_CHECK(ring.size() >= 3);
    return ring;
}

Ring drawn(std::size_t index) {
    const Ring sharp = cell(index);
    Ring soft;
    for (std::size_t i = 0; i < sharp.size(); ++i) {
        const Metres& from = sharp[i];
        const Metres& to = sharp[(i + 1) % sharp.size()];
        const double length = distance_m(from, to);
        if (length < 0.01) continue;  // Two cuts met in one corner.
        const auto parts = static_cast<int>(std::ceil(length / kEdgeMax));
        for (int part = 0; part < parts; ++part) {
            const double share = static_cast<double>(part) / parts;
            soft.push_back(bent({from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share}));
        }
    }
    return soft;
}

const std::array<Ring, kDistricts>& outlines() {
    static const std::array<Ring, kDistricts> made = [] {
        std::array<Ring, kDistricts> rings;
        for (std::size_t i = 0; i < kDistricts; ++i) rings[i] = drawn(i);
        return rings;
    }();
    return made;
}

}  // namespace

std::span<const District, kDistricts> districts() { return kTable; }

const Ring& outline_of(std::size_t index) {
    BONGSU_CHECK(index < kDistricts);
    return outlines()[index];
}

std::optional<std::size_t> district_by_code(std::string_view code) {
    const auto found =
        std::find_if(kTable.begin(), kTable.end(), [&](const District& d) { return d.code == code; });
    if (found == kTable.end()) return std::nullopt;
    return static_cast<std::size_t>(found - kTable.begin());
}

std::optional<std::size_t> district_at(Metres point) {
    for (std::size_t i = 0; i < kDistricts; ++i) {
        if (contains(outlines()[i], point)) return i;
    }
    return std::nullopt;
}

}  // namespace bongsu::place
