#pragma once
// Where: degrees as integers, and the judgement of a pair of numbers that a partner calls a place.

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bongsu::event {

/// WGS84 in units of 1e-7 degree (1.1 cm): the journal holds integers only (ADR 0002).
struct Position {
    std::int32_t lon_e7 = 0;
    std::int32_t lat_e7 = 0;
    friend bool operator==(const Position&, const Position&) = default;
};

enum class PositionFault : std::uint8_t {
    none,
    zero,       ///< 0, "0.0" or empty: the sender has no position.
    swapped,    ///< Latitude came as longitude; the position is the corrected one.
    projected,  ///< Metres of EPSG 5179, 5181, 5186 or 3857 in a field of degrees: no position.
    far,        ///< Outside of Korea (124–132 E, 33–39 N): no position.
};

std::string_view to_string(PositionFault fault);         ///< "" for none.
PositionFault position_fault_of(std::string_view name);  ///< none for a name that it does not know.

struct Located {
    std::optional<Position> position;
    PositionFault fault = PositionFault::none;
};

/// Judges a finite pair, degrees expected (partners' crdntX is the longitude).
Located locate(double lon, double lat);

/// A decimal number without exponent, spaces around it allowed; nullopt for anything else (NaN and inf too).
std::optional<double> parse_decimal(std::string_view text);

/// `[127.0374512,37.5012345]` or `null`, written digit by digit: Boost.JSON would print 1.270374512E2.
std::string to_json_text(const std::optional<Position>& position);

/// [lonE7, latE7] or null, as the journal keeps it.
boost::json::value to_journal(const std::optional<Position>& position);
std::optional<Position> from_journal(const boost::json::value* value);

}  // namespace bongsu::event
