#include "duty/results.hpp"

#include <algorithm>

#include "duty/seen.hpp"

namespace bongsu::duty {
namespace {

using std::chrono::minutes;

PersonResult& of(std::vector<PersonResult>& persons, const UserId& user, identity::Role role) {
    const auto found = std::find_if(persons.begin(), persons.end(), [&](const PersonResult& one) { return one.user == user; });
    if (found != persons.end()) return *found;
    PersonResult fresh;
    fresh.user = user;
    fresh.role = role;
    persons.push_back(std::move(fresh));
    return persons.back();
}

/// Nobody's time before the shift or behind its end counts: overtime is the roster's to pay.
minutes within(const Shift& shift, WallTime from, WallTime to) {
    from = std::max(from, shift.from);
    to = std::min(to, shift.to);
    return to > from ? std::chrono::floor<minutes>(to - from) : minutes(0);
}

Result<void> take_breaks(sql::Db& db, const Shift& shift, WallTime now, std::vector<PersonResult>& persons) {
    TRY(const auto rows, db.query("select person, from_at, coalesce(to_at, $2) from duty_break where shift = $1 order by seq limit 10000", {shift.id, to_us(now)}));
    for (const auto& row : rows) {
        const auto found = std::find_if(persons.begin(), persons.end(), [&](const PersonResult& one) { return one.user.value == row.text(0); });
        if (found != persons.end()) found->worked -= std::min(found->worked, within(shift, from_us(row.integer(1)), from_us(row.integer(2))));
    }
    return {};
}

}  // namespace

std::int64_t ShiftResult::late() const {
    return std::count_if(persons.begin(), persons.end(), [](const PersonResult& one) { return one.late > 0; });
}

std::int64_t ShiftResult::found() const {
    std::int64_t out = 0;
    for (const auto& [kind, count] : findings) out += count;
    return out;
}

minutes ShiftResult::worked() const {
    minutes out{0};
    for (const auto& one : persons) out += one.worked;
    return out;
}

Result<ShiftResult> result_of(sql::Db& db, const Shift& shift, WallTime now) {
    ShiftResult out;
    TRY(const auto roster, planned(db, shift));
    for (const auto& one : roster) {
        ++out.planned;
        if (!one.absent.empty()) ++out.absent;
        if (one.called_in) ++out.called_in;
    }
    TRY(const auto came, stays(db, shift.id));
    for (const auto& stay : came) {
        auto& person = of(out.persons, stay.user, stay.role);
        person.shifts = 1;
        // Late is who came late the first time.
        if (person.worked == minutes(0) && stay.late.count() > 0) person.late = 1;
        person.worked += within(shift, stay.in, stay.out.value_or(now));
    }
    TRY_DO(take_breaks(db, shift, now, out.persons));
    // Counted where they lie: a month has some hundred thousand passes, and the emergencies' thread reads them.
    TRY(const auto done, db.query("select person, count(*) from duty_pass where shift = $1 group by person order by person", {shift.id}));
    for (const auto& row : done) {
        out.passes += row.integer(1);
        of(out.persons, {row.text(0)}, identity::Role::operator_).passes += row.integer(1);
    }
    TRY(const auto found, db.query("select person, kind, count(*) from duty_finding where shift = $1 group by person, kind order by person, kind", {shift.id}));
    for (const auto& row : found) {
        out.findings[row.text(1)] += row.integer(2);
        of(out.persons, {row.text(0)}, identity::Role::operator_).findings += row.integer(2);
    }
    TRY(const auto lit, db.query("select count(distinct camera) from duty_lit where hour >= $1 and hour < $2", {to_us(hour_of(shift.from)), to_us(shift.to)}));
    out.cameras_lit = lit[0].integer(0);
    return out;
}

void add_persons(std::vector<PersonResult>& all, const std::vector<PersonResult>& more) {
    for (const auto& one : more) {
        auto& person = of(all, one.user, one.role);
        person.shifts += one.shifts;
        person.late += one.late;
        person.passes += one.passes;
        person.findings += one.findings;
        person.worked += one.worked;
    }
}

}  // namespace bongsu::duty
