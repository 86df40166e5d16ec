#pragma once
// Three times, three types: mixing them does not compile.

#include <chrono>
#include <cstdint>
#include <ratio>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu {

/// What a person calls "when": UTC in microseconds. It may step: store it, show it, never time with it.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// Since an arbitrary start; never steps. Deadlines and rates use only this.
struct MonoClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<MonoClock>;
    static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;

/// A camera's own 90 kHz clock (RFC 3551), unwrapped to 64 bits.
using MediaTicks = std::chrono::duration<std::int64_t, std::ratio<1, 90'000>>;

constexpr std::int64_t to_us(WallTime time) { return time.time_since_epoch().count(); }
constexpr WallTime from_us(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }

/// RFC 3339 UTC with six decimals: `2026-11-23T14:17:54.000001Z`. Years 0000–9999.
std::string to_rfc3339(WallTime time);

/// Reads RFC 3339 with `Z` or an offset and 0–9 decimals (cut to microseconds). Refuses impossible dates.
Result<WallTime> parse_rfc3339(std::string_view text, std::string_view field);

/// Reads the agencies' `yyyyMMddHHmmss` with 0 to 9 further digits of fraction, as Asia/Seoul (UTC+9,
/// no daylight saving since 1988). Refuses impossible dates such as 20190230.
Result<WallTime> parse_kst_digits(std::string_view text, std::string_view field);

/// `yyyyMMddHHmmss` in Asia/Seoul.
std::string to_kst_digits(WallTime time);

}  // namespace bongsu
