#include "base/time.hpp"

namespace bongsu {

namespace {

constexpr std::chrono::hours kSeoul{9};

/// Reads `count` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

struct Parts {
    int year, month, day, hour, minute, second;
};

Result<WallTime> compose(const Parts& p, std::chrono::microseconds fraction, std::string_view field) {
    using namespace std::chrono;
    const year_month_day date{year{p.year}, month{static_cast<unsigned>(p.month)},
                              day{static_cast<unsigned>(p.day)}};
    const bool clock_ok = p.hour >= 0 && p.hour < 24 && p.minute >= 0 && p.minute < 60 && p.second >= 0 &&
                          p.second <= 60;  // 60: a leap second, which becomes the next second.
    if (p.year < 0 || p.month < 0 || p.day < 0 || !date.ok() || !clock_ok) {
        return fail_field(field, "is not a possible date and time");
    }
    return WallTime{sys_days{date}} + hours{p.hour} + minutes{p.minute} + seconds{p.second} + fraction;
}

/// A leap second or an offset may lead out of the years that can be written.
Result<WallTime> within_years(WallTime time, std::string_view field) {
    using namespace std::chrono;
    constexpr WallTime kFirst{sys_days{year{0} / 1 / 1}}, kPast{sys_days{year{10000} / 1 / 1}};
    if (time < kFirst || time >= kPast) return fail_field(field, "must be within the years 0000 to 9999 UTC");
    return time;
}

/// Up to nine decimals to microseconds; nullopt-like -1 when a character is no digit.
std::int64_t fraction_us(std::string_view decimals) {
    std::int64_t us = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        const int d = i < decimals.size() ? digits(decimals, i, 1) : 0;
        if (d < 0) return -1;
        us = us * 10 + d;
    }
    for (std::size_t i = 6; i < decimals.size(); ++i) {
        if (digits(decimals, i, 1) < 0) return -1;
    }
    return us;
}

}  // namespace

std::string to_rfc3339(WallTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    const int year = static_cast<int>(date.year());
    // In each entry of the journal: snprintf() stood out among what an append costs.
    std::string out("0000-00-00T00:00:00.000000Z");
    const auto put = [&](std::size_t last, std::int64_t number) {
        for (; number > 0; number /= 10) out[last--] = static_cast<char>('0' + number % 10);
    };
    put(6, static_cast<unsigned>(date.month()));
    put(9, static_cast<unsigned>(date.day()));
    put(12, clock.hours().count());
    put(15, clock.minutes().count());
    put(18, clock.seconds().count());
    put(25, clock.subseconds().count());
    if (year < 0 || year > 9999) return std::to_string(year) + out.substr(4);  // No RFC 3339, and no lie.
    put(3, year);
    return out;
}

Result<WallTime> parse_rfc3339(std::string_view text, std::string_view field) {
    const auto bad = [&] {
        return fail_field(field, "must be an RFC 3339 time such as 2026-01-31T09:00:00Z");
    };
    if (text.size() < 20 || text.size() > 40 || text[4] != '-' || text[7] != '-' || text[13] != ':' ||
        text[16] != ':' || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) {
        return bad();
    }
    const Parts parts{digits(text, 0, 4),  digits(text, 5, 2),  digits(text, 8, 2),
                      digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)};
    std::size_t at = 19;
    std::int64_t us = 0;
    if (text[at] == '.') {
        const auto end = text.find_first_not_of("0123456789", at + 1);
        if (end == std::string_view::npos || end == at + 1 || end - at > 10) return bad();
        us = fraction_us(text.substr(at + 1, end - at - 1));
        at = end;
    }
    std::chrono::minutes offset{0};
    const auto zone = text.substr(at);
    if (zone != "Z" && zone != "z") {
        const int hour = digits(zone, 1, 2);
        const int minute = digits(zone, 4, 2);
        if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || hour < 0 ||
            hour > 23 || minute < 0 || minute > 59) {
            return bad();
        }
        offset = std::chrono::minutes{(zone[0] == '-' ? -1 : 1) * (hour * 60 + minute)};
    }
    TRY(const auto local, compose(parts, std::chrono::microseconds{us}, field));
    return within_years(local - offset, field);
}

Result<WallTime> parse_kst_digits(std::string_view text, std::string_view field) {
    const auto us = text.size() >= 14 && text.size() <= 23 ? fraction_us(text.substr(14)) : -1;
    if (us < 0 || text.substr(0, 14).find_first_not_of("0123456789") != std::string_view::npos) {
        return fail_field(field, "must be yyyyMMddHHmmss with up to 9 more digits");
    }
    const Parts parts{digits(text, 0, 4), digits(text, 4, 2),  digits(text, 6, 2),
                      digits(text, 8, 2), digits(text, 10, 2), digits(text, 12, 2)};
    TRY(const auto local, compose(parts, std::chrono::microseconds{us}, field));
    return within_years(local - kSeoul, field);
}

std::string to_kst_digits(WallTime time) {
    const auto text = to_rfc3339(time + kSeoul);
    return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + text.substr(11, 2) +
           text.substr(14, 2) + text.substr(17, 2);
}

}  // namespace bongsu
