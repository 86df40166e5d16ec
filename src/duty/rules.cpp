#include "duty/rules.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <set>
#include <span>

#include "config/reader.hpp"
#include "config/toml.hpp"

namespace bongsu::duty {
namespace {

namespace json = boost::json;
using config::Reader;
using identity::Role;
using std::chrono::minutes;

constexpr std::size_t kCrewsMax = 26, kShiftsMax = 6, kSeatsMax = 200, kPatrolsMax = 100, kFindingsMax = 9;
constexpr std::array kDutyRoles{Role::operator_, Role::police, Role::supervisor};
constexpr minutes kDay{24 * 60};

/// "07:30" after midnight.
minutes read_clock(Reader& reader, const json::object& table, std::string_view key, const std::string& field) {
    const auto text = config::text_at(table, key).value_or("");
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4)) {
        const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
        if (hour < 24 && minute < 60) return minutes(hour * 60 + minute);
    }
    reader.wrong(field, "must be a time such as \"07:00\"");
    return minutes(0);
}

/// Key and name; keys stand in the record, and each once.
Named read_named(Reader& reader, const json::object& table, const std::string& field, std::set<std::string>& seen) {
    Named out{reader.text(table, "key", field + ".key"), {}, {}};
    if (out.key.size() > Reader::kWordMax ||
        out.key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != std::string::npos)
        reader.wrong(field + ".key", "must be of letters, digits and '-', at most 40");
    if (!seen.insert(out.key).second) reader.wrong(field + ".key", "is declared twice: " + out.key);
    const auto name = reader.name(table, field);
    out.name_ko = name.ko;
    out.name_en = name.en;
    return out;
}

Role read_role(Reader& reader, const json::object& table, const std::string& field) {
    const auto role = identity::parse_role(config::text_at(table, "role").value_or(""), field);
    if (role && std::find(kDutyRoles.begin(), kDutyRoles.end(), *role) != kDutyRoles.end()) return *role;
    reader.wrong(field, "must be \"operator\", \"police\" or \"supervisor\"");
    return Role::operator_;
}

std::vector<Need> read_needs(Reader& reader) {
    std::vector<Need> out;
    const auto* needs = reader.sub_table("needs");
    if (needs == nullptr) return out;
    reader.only(*needs, "needs", {"operator", "police", "supervisor"});
    for (const auto role : kDutyRoles) {
        const auto word = identity::to_string(role);
        if (needs->if_contains(word) == nullptr) continue;
        const auto persons = reader.whole(*needs, word, "needs." + std::string(word), 0, 100);
        if (persons > 0) out.push_back({role, static_cast<std::size_t>(persons)});
    }
    return out;
}

Limits read_limits(Reader& reader) {
    Limits out;
    const auto* limits = reader.sub_table("limits");
    if (limits == nullptr) return out;
    reader.only(*limits, "limits", {"cameras", "late_minutes", "early_minutes", "overtime_minutes", "rest_hours", "week_hours", "receive_urgent_s", "receive_ordinary_s"});
    const auto number = [&](std::string_view key, std::int64_t min, std::int64_t max) {
        return reader.whole(*limits, key, "limits." + std::string(key), min, max);
    };
    out.cameras = static_cast<std::size_t>(number("cameras", 1, 50));
    out.late = minutes(number("late_minutes", 0, 240));
    out.early = minutes(number("early_minutes", 0, 240));
    out.overtime = minutes(number("overtime_minutes", 0, 720));
    out.rest = std::chrono::hours(number("rest_hours", 0, 48));
    out.week = std::chrono::hours(number("week_hours", 1, 168));
    if (limits->contains("receive_urgent_s")) out.receive_urgent = std::chrono::seconds(number("receive_urgent_s", 5, 3600));
    if (limits->contains("receive_ordinary_s")) out.receive_ordinary = std::chrono::seconds(number("receive_ordinary_s", 5, 3600));
    return out;
}

std::vector<PatrolRule> read_patrols(Reader& reader) {
    std::vector<PatrolRule> out;
    for (const auto* table : reader.tables("patrol", kPatrolsMax)) {
        reader.only(*table, "patrol", {"from", "to", "purposes", "risk", "seconds"});
        PatrolRule rule;
        rule.from = read_clock(reader, *table, "from", "patrol.from");
        rule.to = read_clock(reader, *table, "to", "patrol.to");
        rule.purposes = reader.texts(*table, "purposes", "patrol.purposes");
        rule.risk = static_cast<int>(reader.whole(*table, "risk", "patrol.risk", 1, 3));
        rule.dwell = std::chrono::seconds(reader.whole(*table, "seconds", "patrol.seconds", 3, 600));
        out.push_back(std::move(rule));
    }
    return out;
}

std::string read_one_of(Reader& reader, const json::object& table, std::string_view key, const std::string& field, std::span<const std::string_view> words) {
    auto word = config::text_at(table, key).value_or("");
    if (std::find(words.begin(), words.end(), word) != words.end()) return word;
    std::string all;
    for (const auto each : words) all += (all.empty() ? "\"" : ", \"") + std::string(each) + "\"";
    reader.wrong(field, "must be one of " + all);
    return word;
}

std::vector<FindingKind> read_findings(Reader& reader) {
    static constexpr std::array<std::string_view, 2> kGrades{"10", "20"};
    static constexpr std::array<std::string_view, 5> kAgencies{"112", "119", "disaster", "district", "none"};
    std::vector<FindingKind> out;
    std::set<std::string> seen;
    for (const auto* table : reader.tables("finding", kFindingsMax)) {
        reader.only(*table, "finding", {"key", "name", "grade", "agency"});
        out.push_back({read_named(reader, *table, "finding", seen), read_one_of(reader, *table, "grade", "finding.grade", kGrades),
                       read_one_of(reader, *table, "agency", "finding.agency", kAgencies)});
    }
    return out;
}

struct Shifts {
    std::vector<Named> named;
    std::vector<ShiftKind> kinds;
};

Shifts read_shifts(Reader& reader) {
    Shifts out;
    std::set<std::string> seen;
    for (const auto* table : reader.tables("shift", kShiftsMax)) {
        reader.only(*table, "shift", {"key", "name", "from", "to"});
        out.named.push_back(read_named(reader, *table, "shift", seen));
        const auto from = read_clock(reader, *table, "from", "shift.from");
        const auto to = read_clock(reader, *table, "to", "shift.to");
        out.kinds.push_back({out.named.back().key, from, to > from ? to : to + kDay});
    }
    return out;
}

/// What labour law and the contract allow (domain study 18.2): the cycle of every crew has to keep to it.
void check_hours(Reader& reader, const Pattern& pattern, const Limits& limits) {
    const auto hours = [](minutes time) { return std::to_string(time / std::chrono::hours(1)); };
    if (pattern.shortest_rest() < limits.rest) reader.wrong("cycle", "gives a crew " + hours(pattern.shortest_rest()) + " h of rest: less than rest_hours");
    if (pattern.weekly() > limits.week) reader.wrong("cycle", "gives a crew " + hours(pattern.weekly()) + " h a week: more than week_hours");
}

Result<Pattern> read_pattern(Reader& reader, const json::object& root, const std::vector<Named>& crews, std::vector<ShiftKind> kinds) {
    PatternParts parts;
    for (const auto& crew : crews) parts.crews.push_back(crew.key);
    parts.kinds = std::move(kinds);
    parts.cycle = reader.texts("cycle");
    for (auto& key : parts.cycle) key = key == "off" ? "" : key;
    TRY(parts.anchor, parse_day(config::text_at(root, "anchor").value_or(""), "anchor"));
    return Pattern::make(std::move(parts));
}

}  // namespace

bool PatrolRule::holds_at(WallTime time) const {
    if (from == to) return true;
    const auto now = std::chrono::floor<minutes>(time - midnight_of(day_of(time)));
    return from < to ? now >= from && now < to : now >= from || now < to;
}

Result<Rules> Rules::parse(std::string_view text) {
    TRY(const auto root, config::parse_toml(text, "duty"));
    std::string errors;
    Reader reader(root, "duty", errors);
    reader.only(root, "the file", {"anchor", "cycle", "crew", "shift", "seat", "needs", "limits", "patrol", "finding"});
    std::set<std::string> seen;
    std::vector<Named> crews;
    for (const auto* table : reader.tables("crew", kCrewsMax)) {
        reader.only(*table, "crew", {"key", "name"});
        crews.push_back(read_named(reader, *table, "crew", seen));
    }
    auto shifts = read_shifts(reader);
    auto pattern = read_pattern(reader, root, crews, std::move(shifts.kinds));
    const auto limits = read_limits(reader);
    if (!pattern) {
        if (errors.empty()) reader.wrong("", pattern.error().message);
        return fail(ErrorKind::invalid, std::move(errors));
    }
    check_hours(reader, *pattern, limits);
    Rules out(*std::move(pattern));
    out.crews_ = std::move(crews);
    out.shifts_ = std::move(shifts.named);
    seen.clear();
    for (const auto* table : reader.tables("seat", kSeatsMax)) {
        reader.only(*table, "seat", {"key", "name", "role"});
        Seat seat{read_named(reader, *table, "seat", seen), read_role(reader, *table, "seat.role")};
        out.seats_.push_back(std::move(seat));
    }
    out.needs_ = read_needs(reader);
    out.limits_ = limits;
    out.patrols_ = read_patrols(reader);
    // A centre that says nothing of findings has the program's.
    out.findings_ = root.if_contains("finding") == nullptr ? defaults().findings_ : read_findings(reader);
    if (!errors.empty()) return fail(ErrorKind::invalid, std::move(errors));
    return out;
}

const Rules& Rules::defaults() {
    static const Rules rules = [] {
        auto parsed = parse(default_rules());
        BONGSU_CHECK(parsed.has_value());
        return *std::move(parsed);
    }();
    return rules;
}

bool Rules::has_seat_for(Role role) const {
    return std::any_of(seats_.begin(), seats_.end(), [&](const Seat& seat) { return seat.role == role; });
}

const Seat* Rules::seat(std::string_view key) const {
    const auto found = std::find_if(seats_.begin(), seats_.end(), [&](const Seat& seat) { return seat.key == key; });
    return found == seats_.end() ? nullptr : &*found;
}

const FindingKind* Rules::finding(std::string_view key) const {
    const auto found = std::find_if(findings_.begin(), findings_.end(), [&](const FindingKind& kind) { return kind.key == key; });
    return found == findings_.end() ? nullptr : &*found;
}

const PatrolRule& Rules::patrol(std::string_view purpose, WallTime time) const {
    static const PatrolRule otherwise;
    const auto fits = [&](const PatrolRule& rule) {
        const bool is_meant = rule.purposes.empty() || std::find(rule.purposes.begin(), rule.purposes.end(), purpose) != rule.purposes.end();
        return is_meant && rule.holds_at(time);
    };
    const auto last = std::find_if(patrols_.rbegin(), patrols_.rend(), fits);
    return last == patrols_.rend() ? otherwise : *last;
}

}  // namespace bongsu::duty
