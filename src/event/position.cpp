#include "event/position.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace bongsu::event {

namespace {

bool is_within(double value, double low, double high) { return value >= low && value <= high; }

bool is_korea(double lon, double lat) { return is_within(lon, 124, 132) && is_within(lat, 33, 39); }

/// Ranges of Seoul in the three grids (EPSG 5179, 5181, 5186) and of Korea in web maps' metres (3857), east
/// first.
bool is_projected(double east, double north) {
    const bool utm_k = is_within(east, 930e3, 980e3) && is_within(north, 1930e3, 1980e3);
    const bool central =
        is_within(east, 150e3, 250e3) && (is_within(north, 430e3, 470e3) || is_within(north, 530e3, 570e3));
    const bool web_mercator = is_within(east, 13.80e6, 14.70e6) && is_within(north, 3.89e6, 4.73e6);
    return utm_k || central || web_mercator;
}

Position rounded(double lon, double lat) {
    return {static_cast<std::int32_t>(std::llround(lon * 1e7)),
            static_cast<std::int32_t>(std::llround(lat * 1e7))};
}

std::string degrees(std::int32_t e7) {
    const auto magnitude = std::llabs(e7);
    auto decimals = std::to_string(magnitude % 10'000'000);
    decimals.insert(0, 7 - decimals.size(), '0');
    decimals.erase(decimals.find_last_not_of('0') + 1);
    auto text = (e7 < 0 ? "-" : "") + std::to_string(magnitude / 10'000'000);
    if (!decimals.empty()) text += "." + decimals;
    return text;
}

constexpr std::array kFaultNames{std::string_view{}, std::string_view{"zero"}, std::string_view{"swapped"},
                                 std::string_view{"projected"}, std::string_view{"far"}};

}  // namespace

std::string_view to_string(PositionFault fault) { return kFaultNames.at(static_cast<std::size_t>(fault)); }

PositionFault position_fault_of(std::string_view name) {
    for (std::size_t i = 0; i < kFaultNames.size(); ++i) {
        if (kFaultNames[i] == name) return static_cast<PositionFault>(i);
    }
    return PositionFault::none;
}

Located locate(double lon, double lat) {
    if (lon == 0 || lat == 0) return {std::nullopt, PositionFault::zero};
    if (is_korea(lon, lat)) return {rounded(lon, lat), PositionFault::none};
    if (is_korea(lat, lon)) return {rounded(lat, lon), PositionFault::swapped};
    // Geodetic documents call north X, so grids come in either order.
    if (is_projected(lon, lat) || is_projected(lat, lon)) return {std::nullopt, PositionFault::projected};
    return {std::nullopt, PositionFault::far};
}

std::optional<double> parse_decimal(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return std::nullopt;
    text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
    if (text.size() > 40) return std::nullopt;
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::string to_json_text(const std::optional<Position>& position) {
    if (!position) return "null";
    return "[" + degrees(position->lon_e7) + "," + degrees(position->lat_e7) + "]";
}

boost::json::value to_journal(const std::optional<Position>& position) {
    if (!position) return nullptr;
    return boost::json::array{position->lon_e7, position->lat_e7};
}

std::optional<Position> from_journal(const boost::json::value* value) {
    const auto* pair = value == nullptr ? nullptr : value->if_array();
    if (pair == nullptr || pair->size() != 2) return std::nullopt;
    const auto* lon = (*pair)[0].if_int64();
    const auto* lat = (*pair)[1].if_int64();
    if (lon == nullptr || lat == nullptr) return std::nullopt;
    return Position{static_cast<std::int32_t>(*lon), static_cast<std::int32_t>(*lat)};
}

}  // namespace bongsu::event
