#pragma once
// Seoul's 25 districts: codes, names, centres, and outlines drawn for the demonstration.

#include <optional>
#include <span>
#include <string_view>

#include "place/geometry.hpp"
#include "place/land.hpp"

namespace bongsu::place {

inline constexpr std::size_t kDistricts = 25;
inline constexpr std::string_view kCentreSite = "11000";

struct District {
    std::string_view code;      ///< Five digits of the administrative standard code, "11440".
    std::string_view name_ko;   ///< "마포구"
    std::string_view name_en;   ///< "Mapo"
    std::string_view short_ko;  ///< "마포", as camera names begin.
    Position centre;
    Bank bank;
    bool joined;  ///< Its platform is linked to the centre; the others are listed as "not joined".
};

/// In the order of their codes. Immutable; threads: any.
std::span<const District, kDistricts> districts();

/// The outline of `districts()[index]`: a cell of a power diagram of the centres on its bank, with borders
/// that neighbours share point for point. Together they tile the city.
const Ring& outline_of(std::size_t index);

/// Index of the district by code, or by position (nullopt outside the city).
std::optional<std::size_t> district_by_code(std::string_view code);
std::optional<std::size_t> district_at(Metres point);

}  // namespace bongsu::place
