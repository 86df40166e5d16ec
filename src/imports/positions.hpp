#pragma once
// Which coordinate system a file's pairs are in, and which way its axes run.

#include <memory>
#include <optional>

#include "device/directory.hpp"
#include "imports/crs.hpp"
#include "imports/layout.hpp"

namespace bongsu::imports {

/// Degrees; where cameras of Korea can stand: the directory's own bounds.
constexpr device::Box kKorea{124, 33, 132, 39};
bool within(const device::Box& box, Degrees place);

struct Axes {
    std::size_t x = 0, y = 0;  ///< Columns: the one called 경도 or X, and the one called 위도 or Y.
    bool turned = false;       ///< What is called X runs north.
    int epsg = 4326;
    bool in_city = false;      ///< Most positions lie in the city: one that does not is then a fault.
    std::vector<Evidence> evidence;
    std::optional<Question> question;

    /// `a` from column x, `b` from column y.
    Pair pair(double a, double b) const { return turned ? Pair{b, a} : Pair{a, b}; }
};

/// `asked`: empty, or a code as "5186" or "EPSG:5186"; "5186-north" or "5186-east" says which way what is called X
/// runs, which the positions tell else (east where both ways fit alike). `named`: what a GeoJSON file's "crs" says.
/// `city`: where most positions should lie; it tells systems apart that differ by 100 km.
///
/// A system counts as found when one alone puts the positions where they can be. 5174 and 5181 differ by some
/// 300 m: no position tells them apart, so they are asked for unless the file names one. One that the file names
/// and that puts most positions outside the city is asked about when another one puts most within, and one that we do
/// not read always. Errors: invalid for an asked code that we do not read.
Result<Axes> find_axes(const Table& table, const Layout& layout, std::string_view asked,
                       std::string_view named, const device::Box& city);

}  // namespace bongsu::imports
