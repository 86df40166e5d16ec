#include "duty/pattern.hpp"

#include <algorithm>
#include <set>

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

constexpr auto kSeoul = 9h;
constexpr auto kDay = std::chrono::minutes(24h);
constexpr std::size_t kCrewsMax = 26, kKindsMax = 6, kCycleMax = 364;

Result<void> check_kinds(const std::vector<ShiftKind>& kinds) {
    if (kinds.empty() || kinds.size() > kKindsMax) return fail_field("shifts", "must be 1 to 6");
    std::set<std::string> keys;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const bool is_word = !kinds[i].key.empty() && kinds[i].key.size() <= 20 &&
                             kinds[i].key.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
        if (!is_word) return fail_field("shifts", "must have keys of 1 to 20 letters a-z");
        if (!keys.insert(kinds[i].key).second) return fail_field("shifts", "names " + kinds[i].key + " twice");
        const auto next = i + 1 < kinds.size() ? kinds[i + 1].begins : kinds[0].begins + kDay;
        if (kinds[i].begins < 0min || kinds[i].begins >= kDay || kinds[i].ends <= kinds[i].begins || kinds[i].ends != next)
            return fail_field("shifts", "must follow each other without a gap: " + kinds[i].key + " does not end where the next one begins");
    }
    return {};
}

Result<void> check_cycle(const PatternParts& parts) {
    if (parts.crews.empty() || parts.crews.size() > kCrewsMax) return fail_field("crews", "must be 1 to 26");
    if (std::set(parts.crews.begin(), parts.crews.end()).size() != parts.crews.size()) return fail_field("crews", "must each be named once");
    if (parts.cycle.empty() || parts.cycle.size() > kCycleMax || parts.cycle.size() % parts.crews.size() != 0)
        return fail_field("cycle", "must have as many days as there are crews, or a multiple of it, at most 364");
    for (const auto& key : parts.cycle) {
        const bool is_known = key.empty() || std::any_of(parts.kinds.begin(), parts.kinds.end(), [&](const ShiftKind& kind) { return kind.key == key; });
        if (!is_known) return fail_field("cycle", "holds \"" + key + "\", which is no shift");
    }
    return {};
}

}  // namespace

Day day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time + kSeoul); }
WallTime midnight_of(Day day) { return WallTime(day) - kSeoul; }

std::string to_text(Day day) { return to_rfc3339(WallTime(day)).substr(0, 10); }

Result<Day> parse_day(std::string_view text, std::string_view field) {
    const auto time = parse_rfc3339(std::string(text) + "T00:00:00Z", field);
    if (!time || text.size() != 10) return fail_field(field, "must be a date such as 2026-11-30");
    return std::chrono::floor<std::chrono::days>(*time);
}

Result<Pattern> Pattern::make(PatternParts parts) {
    TRY_DO(check_kinds(parts.kinds));
    TRY_DO(check_cycle(parts));
    Pattern out(std::move(parts));
    for (std::size_t i = 0; i < out.parts_.cycle.size(); ++i) {
        const Day day = out.parts_.anchor + std::chrono::days(i);
        for (const auto& kind : out.parts_.kinds) {
            std::size_t crews = 0;
            for (std::size_t crew = 0; crew < out.parts_.crews.size(); ++crew) crews += out.parts_.cycle[out.place_of(day, crew)] == kind.key ? 1 : 0;
            if (crews != 1) return fail_field("cycle", "gives " + std::to_string(crews) + " crews to a " + kind.key + " shift: it must be one");
        }
    }
    return out;
}

std::size_t Pattern::place_of(Day day, std::size_t crew) const {
    const auto length = static_cast<std::int64_t>(parts_.cycle.size());
    const auto step = length / static_cast<std::int64_t>(parts_.crews.size());
    const auto place = ((day - parts_.anchor).count() - static_cast<std::int64_t>(crew) * step) % length;
    return static_cast<std::size_t>(place < 0 ? place + length : place);
}

const std::string* Pattern::crew_of(Day day, const std::string& kind) const {
    for (std::size_t crew = 0; crew < parts_.crews.size(); ++crew) {
        if (parts_.cycle[place_of(day, crew)] == kind) return &parts_.crews[crew];
    }
    return nullptr;
}

Shift Pattern::shift_of(Day day, const ShiftKind& kind) const {
    const auto* crew = crew_of(day, kind.key);
    BONGSU_CHECK(crew != nullptr);  // make() has seen to it.
    return {to_text(day) + "-" + kind.key, day, kind.key, *crew, midnight_of(day) + kind.begins, midnight_of(day) + kind.ends};
}

Shift Pattern::at(WallTime time) const {
    // Before the day's first shift begins, the last one of the day before still runs.
    for (const Day day : {day_of(time), day_of(time) - std::chrono::days(1)}) {
        for (const auto& kind : parts_.kinds) {
            if (time >= midnight_of(day) + kind.begins && time < midnight_of(day) + kind.ends) return shift_of(day, kind);
        }
    }
    BONGSU_CHECK(false);  // They follow each other without a gap.
    return {};
}

Result<Shift> Pattern::find(std::string_view id) const {
    const auto unknown = [&] { return fail(ErrorKind::not_found, "there is no such shift"); };
    if (id.size() < 12 || id[10] != '-') return unknown();
    const auto day = parse_day(id.substr(0, 10), "shift");
    if (!day) return unknown();
    for (const auto& kind : parts_.kinds) {
        if (kind.key == id.substr(11)) return shift_of(*day, kind);
    }
    return unknown();
}

std::vector<Shift> Pattern::between(WallTime from, WallTime to) const {
    std::vector<Shift> out;
    for (auto shift = at(from); shift.from < to && out.size() < kBetweenMax; shift = next(shift)) out.push_back(shift);
    return out;
}

std::chrono::minutes Pattern::shortest_rest() const {
    std::chrono::minutes shortest = std::chrono::hours(24 * 365), last_end{-1};
    const auto length = parts_.cycle.size();
    // Twice round: the way from the cycle's last shift to its first is one too.
    for (std::size_t i = 0; i < 2 * length; ++i) {
        for (const auto& kind : parts_.kinds) {
            if (kind.key != parts_.cycle[i % length]) continue;
            const auto begins = static_cast<std::int64_t>(i) * kDay + kind.begins;
            if (last_end >= 0min) shortest = std::min(shortest, begins - last_end);
            last_end = static_cast<std::int64_t>(i) * kDay + kind.ends;
        }
    }
    return shortest;
}

std::chrono::minutes Pattern::weekly() const {
    std::chrono::minutes worked{0};
    for (const auto& key : parts_.cycle) {
        for (const auto& kind : parts_.kinds) worked += kind.key == key ? kind.ends - kind.begins : 0min;
    }
    return worked * 7 / static_cast<std::int64_t>(parts_.cycle.size());
}

}  // namespace bongsu::duty
