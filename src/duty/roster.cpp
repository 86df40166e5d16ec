#include "duty/roster.hpp"

#include <algorithm>

namespace bongsu::duty {
namespace {

using identity::Role;

/// The fold holds what verbs wrote: a word that is no role is an operator's, who may do least.
Role role_of(const std::string& word) { return identity::parse_role(word, "role").value_or(Role::operator_); }

constexpr std::string_view kStayColumns =
    "select a.seq, a.person, a.role, a.shift, a.crew, a.seat, a.source, a.late_us, a.in_at, a.out_at, a.out_why, "
    "(select b.from_at from duty_break b where b.person = a.person and b.to_at is null) from duty_attendance a ";

Stay stay_of_row(const sql::Row& row) {
    Stay out;
    out.seq = static_cast<std::uint64_t>(row.integer(0));
    out.user = {row.text(1)};
    out.role = role_of(row.text(2));
    out.shift = row.text(3);
    out.crew = row.text(4);
    out.seat = row.text(5);
    out.source = row.text(6);
    out.late = std::chrono::microseconds(row.integer(7));
    out.in = from_us(row.integer(8));
    if (row.is_null(9)) {
        if (!row.is_null(11)) out.away_since = from_us(row.integer(11));
    } else {
        out.out = from_us(row.integer(9));
    }
    out.out_why = row.text(10);
    return out;
}

Result<std::vector<Stay>> stays_where(sql::Db& db, std::string_view condition, std::initializer_list<sql::Value> values) {
    TRY(const auto rows, db.query(std::string(kStayColumns) + std::string(condition), values));
    std::vector<Stay> out;
    for (const auto& row : rows) out.push_back(stay_of_row(row));
    return out;
}

template <class Counts>
std::vector<Shortfall> shortfall(const Rules& rules, const Counts& counts) {
    std::vector<Shortfall> out;
    for (const auto& need : rules.needs()) {
        const std::size_t there = counts(need.role);
        if (there < need.persons) out.push_back({need.role, need.persons, there});
    }
    return out;
}

}  // namespace

Result<std::vector<Member>> members(sql::Db& db, const std::string& crew, Day day) {
    TRY(const auto rows, db.query("select person, role, seat from duty_member where crew = $1 and from_day = "
                                  "(select from_day from duty_roster where crew = $1 and from_day <= $2 order by from_day desc limit 1) order by place",
                                  {crew, to_text(day)}));
    std::vector<Member> out;
    for (const auto& row : rows) out.push_back({{row.text(0)}, role_of(row.text(1)), row.text(2)});
    return out;
}

Result<std::vector<Planned>> planned(sql::Db& db, const Shift& shift) {
    std::vector<Planned> out;
    TRY(const auto crew, members(db, shift.crew, shift.day));
    for (const auto& member : crew) out.push_back({member, false, {}});
    TRY(const auto called, db.query("select person, role, seat from duty_called_in where shift = $1 order by seq", {shift.id}));
    for (const auto& row : called) out.push_back({{{row.text(0)}, role_of(row.text(1)), row.text(2)}, true, {}});
    TRY(const auto absent, db.query("select person, reason from duty_absence where shift = $1 order by person", {shift.id}));
    for (const auto& row : absent) {
        for (auto& person : out) {
            if (person.user.value == row.text(0)) person.absent = row.text(1);
        }
    }
    return out;
}

Result<std::vector<Stay>> present(sql::Db& db) { return stays_where(db, "where a.out_at is null order by a.seq", {}); }

Result<std::vector<Stay>> stays(sql::Db& db, const std::string& shift) { return stays_where(db, "where a.shift = $1 order by a.seq", {shift}); }

Result<std::optional<Stay>> stay_of(sql::Db& db, const UserId& user) {
    TRY(auto found, stays_where(db, "where a.person = $1 and a.out_at is null order by a.seq desc limit 1", {user.value}));
    if (found.empty()) return std::optional<Stay>{};
    return std::optional(std::move(found.front()));
}

Result<std::optional<Stay>> last_stay_of(sql::Db& db, const UserId& user) {
    TRY(auto found, stays_where(db, "where a.person = $1 order by a.seq desc limit 1", {user.value}));
    if (found.empty()) return std::optional<Stay>{};
    return std::optional(std::move(found.front()));
}

Result<bool> is_on_duty(sql::Db& db, const Rules& rules, const UserId& user, WallTime now) {
    TRY(const auto stay, stay_of(db, user));
    if (!stay) return false;
    const auto shift = rules.pattern().find(stay->shift);
    return shift && now < shift->to + rules.limits().overtime;
}

Result<std::vector<UserId>> left_since(sql::Db& db, WallTime since) {
    TRY(const auto rows, db.query("select distinct a.person from duty_attendance a where a.out_at > $1 and not exists "
                                  "(select 1 from duty_attendance b where b.person = a.person and b.out_at is null) order by a.person",
                                  {to_us(since)}));
    std::vector<UserId> out;
    for (const auto& row : rows) out.push_back({row.text(0)});
    return out;
}

std::vector<Shortfall> shortfall_of(const Rules& rules, const std::vector<Planned>& planned) {
    return shortfall(rules, [&](Role role) {
        return static_cast<std::size_t>(std::count_if(planned.begin(), planned.end(), [&](const Planned& one) { return one.role == role && one.absent.empty(); }));
    });
}

std::vector<Shortfall> shortfall_of(const Rules& rules, const std::vector<Stay>& present) {
    return shortfall(rules, [&](Role role) {
        return static_cast<std::size_t>(std::count_if(present.begin(), present.end(), [&](const Stay& one) { return one.role == role && !one.away_since; }));
    });
}

}  // namespace bongsu::duty
