#include "duty/verbs.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <set>

#include "duty/attendance.hpp"

namespace bongsu::duty {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kReasons{"leave", "sick", "training", "other"};

WallTime now_of(journal::Book& book) { return book.env().clock.wall(); }

std::vector<std::string> subjects_of(const Shift& shift, const UserId& user) { return {"shift:" + shift.id, "user:" + user.value}; }

/// Errors: not_found; conflict once it is over.
Result<Shift> coming_shift(journal::Book& book, const Rules& rules, const std::string& id) {
    TRY(auto shift, rules.pattern().find(id));
    if (shift.to <= now_of(book)) return fail(ErrorKind::conflict, "the shift " + id + " is over");
    return shift;
}

const Planned* find(const std::vector<Planned>& planned, const UserId& user) {
    const auto found = std::find_if(planned.begin(), planned.end(), [&](const Planned& one) { return one.user == user; });
    return found == planned.end() ? nullptr : &*found;
}

Result<void> check_seat(const Rules& rules, const Member& member) {
    if (member.seat.empty()) return {};
    const auto* seat = rules.seat(member.seat);
    if (seat == nullptr) return fail_field("seat", "is not declared: " + member.seat.substr(0, 40));
    if (seat->role != member.role) return fail_field("seat", "is for the role " + std::string(identity::to_string(seat->role)) + ": " + member.seat);
    return {};
}

Result<void> check_members(const Rules& rules, const std::vector<Member>& members) {
    if (members.size() > kMembersMax) return fail_field("members", "must be at most 60");
    std::set<UserId> users;
    std::set<std::string> seats;
    for (const auto& member : members) {
        if (member.user.value.empty() || member.user.value.size() > 64) return fail_field("members", "must hold users' ids");
        if (!users.insert(member.user).second) return fail_field("members", "holds the user " + member.user.value + " twice");
        TRY_DO(check_seat(rules, member));
        if (!member.seat.empty() && !seats.insert(member.seat).second) return fail_field("members", "gives the seat " + member.seat + " to two");
    }
    return {};
}

/// Nobody works in two crews: they would follow each other without rest.
Result<void> check_other_crews(journal::Book& book, const Rules& rules, const std::string& crew, Day from, const std::vector<Member>& wanted) {
    for (const auto& other : rules.pattern().crews()) {
        if (other == crew) continue;
        TRY(const auto theirs, members(book.db(), other, from));
        for (const auto& member : theirs) {
            const bool is_wanted = std::any_of(wanted.begin(), wanted.end(), [&](const Member& one) { return one.user == member.user; });
            if (is_wanted) return fail(ErrorKind::conflict, "the user " + member.user.value + " is in crew " + other + " on that day");
        }
    }
    return {};
}

/// Whether the person works a shift that ends or begins less than the rules' rest from this one.
Result<bool> has_rest_around(journal::Book& book, const Rules& rules, const Shift& shift, const UserId& user) {
    const auto rest = rules.limits().rest;
    for (const auto& other : rules.pattern().between(shift.from - rest, shift.to + rest)) {
        if (other.id == shift.id) continue;
        TRY(const auto theirs, planned(book.db(), other));
        const auto* one = find(theirs, user);
        if (one != nullptr && one->absent.empty()) return false;
    }
    return true;
}

}  // namespace

Result<void> set_crew(journal::Book& book, const Rules& rules, const std::string& actor, const std::string& crew, Day from,
                      const std::vector<Member>& wanted) {
    const auto& crews = rules.pattern().crews();
    if (std::find(crews.begin(), crews.end(), crew) == crews.end()) return fail_field("crew", "is not declared");
    if (from < day_of(now_of(book))) return fail_field("from", "must not be before today");
    TRY_DO(check_members(rules, wanted));
    TRY_DO(check_other_crews(book, rules, crew, from, wanted));
    json::array list;
    std::vector<std::string> subjects{"crew:" + crew};
    for (const auto& member : wanted) {
        list.push_back(json::object{{"user", member.user.value}, {"role", json::string(identity::to_string(member.role))}, {"seat", member.seat}});
        subjects.push_back("user:" + member.user.value);
    }
    TRY_DO(book.append({"duty.crew_set", actor, std::move(subjects), {{"crew", crew}, {"from", to_text(from)}, {"members", std::move(list)}}}));
    return {};
}

Result<void> mark_absent(journal::Book& book, const Rules& rules, const std::string& actor, const std::string& shift_id, const UserId& user,
                         const std::string& reason) {
    if (std::find(kReasons.begin(), kReasons.end(), reason) == kReasons.end()) return fail_field("reason", "must be leave, sick, training or other");
    TRY(const auto shift, coming_shift(book, rules, shift_id));
    TRY(const auto roster, planned(book.db(), shift));
    const auto* one = find(roster, user);
    if (one == nullptr) return fail(ErrorKind::not_found, "the user is not on the roster of " + shift.id);
    if (!one->absent.empty()) return fail(ErrorKind::conflict, "the user is absent already: " + one->absent);
    TRY_DO(book.append({"duty.absent", actor, subjects_of(shift, user), {{"user", user.value}, {"shift", shift.id}, {"reason", reason}}}));
    TRY(const auto stay, stay_of(book.db(), user));
    if (stay && stay->shift == shift.id) TRY_DO(clock_out(book, actor, *stay, "left early"));
    return {};
}

Result<void> withdraw_absence(journal::Book& book, const Rules& rules, const std::string& actor, const std::string& shift_id, const UserId& user) {
    TRY(const auto shift, coming_shift(book, rules, shift_id));
    TRY(const auto roster, planned(book.db(), shift));
    const auto* one = find(roster, user);
    if (one == nullptr) return fail(ErrorKind::not_found, "the user is not on the roster of " + shift.id);
    if (one->absent.empty()) return fail(ErrorKind::conflict, "the user is not absent");
    TRY_DO(book.append({"duty.absence_withdrawn", actor, subjects_of(shift, user), {{"user", user.value}, {"shift", shift.id}}}));
    return {};
}

Result<void> call_in(journal::Book& book, const Rules& rules, const std::string& actor, const std::string& shift_id, const Member& member) {
    TRY(const auto shift, coming_shift(book, rules, shift_id));
    TRY_DO(check_seat(rules, member));
    TRY(const auto roster, planned(book.db(), shift));
    if (find(roster, member.user) != nullptr) return fail(ErrorKind::conflict, "the user is on the roster of " + shift.id + " already");
    TRY(const auto is_rested, has_rest_around(book, rules, shift, member.user));
    if (!is_rested) return fail(ErrorKind::conflict, "the user works a shift less than " + std::to_string(rules.limits().rest.count()) + " h from this one");
    TRY_DO(book.append({"duty.called_in",
                        actor,
                        subjects_of(shift, member.user),
                        {{"user", member.user.value}, {"role", json::string(identity::to_string(member.role))}, {"seat", member.seat}, {"shift", shift.id}}}));
    return {};
}

}  // namespace bongsu::duty
