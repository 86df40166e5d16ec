#pragma once
// Names of places -> positions, in Korean or English. Placements are the demonstration's own, near the real
// ones.

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "place/geometry.hpp"

namespace bongsu::place {

enum class LandmarkKind : unsigned char { station, landmark, neighbourhood };

struct Landmark {
    std::string name_ko;
    std::string name_en;
    LandmarkKind kind;
    std::size_t district;  ///< Index into districts().
    Position position;
};

/// Stations and landmarks first, then the neighbourhoods (dong) of each district. Immutable; threads: any.
std::span<const Landmark> landmarks();

struct Found {
    std::string name;  ///< Korean, or the numbers as given.
    Position position;
};

/// Takes "홍대입구역", "홍대입구", "Hongik Univ. Station", "마포구", "마포", "Mapo-gu", "11440" or
/// "127.0374,37.5446"; spaces, dots and capitals do not matter. A joined district's name means the
/// neighbourhood whose cameras are connected. Errors: invalid (empty, longer than 100 bytes, numbers outside
/// Seoul: says so when swapped), not_found.
Result<Found> find(std::string_view name);

}  // namespace bongsu::place
