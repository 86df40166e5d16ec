#pragma once
// Korean coordinate systems to WGS84. PROJ lives in crs.cpp and nowhere else.

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::imports {

/// The systems that Korean offices send (EPSG codes).
///
/// The four metric ones in PROJ's own words, so that neither its database nor a network is needed:
///   5179, 5181, 5186   GRS80, KGD2002: the same as WGS84 within centimetres.
///   5174               Bessel, Korean 1985 with the 10.405" of the modified belts. Shifted by the seven
///   parameters
///                      and the pivot of the Geographic Information Institute's notice 2003-497 (EPSG:5189,
///                      and 5191 for WGS84): Molodensky-Badekas, coordinate frame, good to about 1 m. Without
///                      it a camera stands some 300 m off.
constexpr std::array<int, 5> kSystems{4326, 5179, 5181, 5186, 5174};

struct Degrees {
    double lon = 0, lat = 0;  ///< WGS84. Infinity where the system has no such point.
};
struct Pair {
    double x = 0, y = 0;  ///< Easting and northing in metres, or longitude and latitude in degrees (4326).
};

/// Threads: one.
class Transform {
  public:
    /// Errors: invalid for a code that is not in kSystems; unavailable when PROJ cannot do it.
    static Result<std::unique_ptr<Transform>> from(int epsg);
    virtual ~Transform() = default;
    virtual Degrees apply(Pair point) const = 0;
};

}  // namespace bongsu::imports
