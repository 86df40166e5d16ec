#pragma once
// The agencies' times: 14 digits of Asia/Seoul, or 17 with milliseconds, in the years that a partner can
// mean.

#include <string_view>

#include "base/time.hpp"

namespace bongsu::event {

/// 2000 to 2100 by Seoul's calendar. Errors: invalid, of `field`.
inline Result<WallTime> within_partner_years(WallTime time, std::string_view field) {
    using namespace std::chrono;
    constexpr WallTime kFirst = sys_days{year{1999} / December / 31} + 15h;  // Midnight in Seoul.
    constexpr WallTime kEnd = sys_days{year{2100} / December / 31} + 15h;
    if (time < kFirst || time >= kEnd) return fail_field(field, "must be in the years 2000 to 2100");
    return time;
}

/// 14 to 23 digits, an existing date, 2000 to 2100. Errors: invalid, of `field`.
inline Result<WallTime> parse_partner_time(std::string_view digits, std::string_view field) {
    TRY(const auto time, parse_kst_digits(digits, field));
    return within_partner_years(time, field);
}

/// In whole seconds: one of two times may come with milliseconds and the other without.
inline bool is_before_begin(WallTime time, WallTime begin) {
    using std::chrono::seconds;
    return std::chrono::floor<seconds>(time) < std::chrono::floor<seconds>(begin);
}

}  // namespace bongsu::event
