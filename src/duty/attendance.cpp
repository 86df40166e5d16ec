#include "duty/attendance.hpp"

#include <algorithm>

namespace bongsu::duty {
namespace {

using std::chrono::microseconds;

std::vector<std::string> subjects_of(const Stay& stay) { return {"shift:" + stay.shift, "user:" + stay.user.value}; }

struct Place {
    Shift shift;
    Planned member;
};

/// The shift that the person is expected in now: the running one, or soon the next.
Result<Place> place_of(journal::Book& book, const Rules& rules, const UserId& user) {
    const auto now = book.env().clock.wall();
    const auto running = rules.pattern().at(now);
    std::vector<Shift> open{running};
    if (const auto next = rules.pattern().next(running); next.from - now <= rules.limits().early) open.push_back(next);
    std::string why = "not on the roster of the shift " + running.id;
    for (const auto& shift : open) {
        TRY(const auto roster, planned(book.db(), shift));
        for (const auto& member : roster) {
            if (member.user != user) continue;
            if (member.absent.empty()) return Place{shift, member};
            why = "down as absent from the shift " + shift.id + ": " + member.absent;
        }
    }
    return fail_code(ErrorKind::forbidden, "not_on_roster", why);
}

const Stay* at_seat(const std::vector<Stay>& present, const std::string& seat) {
    const auto found = std::find_if(present.begin(), present.end(), [&](const Stay& stay) { return stay.seat == seat; });
    return found == present.end() ? nullptr : &*found;
}

/// Free, or held by one of an earlier shift, who is to be relieved.
bool may_take(const Rules& rules, const std::vector<Stay>& present, const std::string& seat, const Place& place) {
    const auto* stay = at_seat(present, seat);
    if (stay == nullptr || stay->user == place.member.user) return true;
    const auto shift = rules.pattern().find(stay->shift);
    return !shift || shift->from < place.shift.from;
}

Result<std::string> choose_seat(const Rules& rules, const Coming& coming, const Place& place, const std::vector<Stay>& present) {
    const auto fits = [&](const Seat& seat) { return seat.role == place.member.role; };
    if (!coming.seat.empty()) {
        const auto* seat = rules.seat(coming.seat);
        if (seat == nullptr) return fail_field("seat", "is not declared");
        if (!fits(*seat)) return fail_field("seat", "is for the role " + std::string(identity::to_string(seat->role)));
        if (!may_take(rules, present, seat->key, place)) return fail_code(ErrorKind::conflict, "seat_taken", "somebody of this shift sits at " + seat->key);
        return seat->key;
    }
    const auto& own = place.member.seat;
    if (!own.empty() && may_take(rules, present, own, place)) return own;
    for (const auto& seat : rules.seats()) {
        if (fits(seat) && at_seat(present, seat.key) == nullptr) return seat.key;
    }
    for (const auto& seat : rules.seats()) {
        if (fits(seat) && may_take(rules, present, seat.key, place)) return seat.key;
    }
    return fail_code(ErrorKind::conflict, "seats_full", "there is no free seat for this role");
}

Result<Stay> stay_at_seat(journal::Book& book, const UserId& user) {
    TRY(auto stay, stay_of(book.db(), user));
    if (!stay) return fail_code(ErrorKind::conflict, "not_at_a_seat", "the user sits at no seat");
    return *std::move(stay);
}

Result<void> append_break(journal::Book& book, std::string_view kind, const Stay& stay) {
    TRY_DO(book.append({std::string(kind), "user:" + stay.user.value, subjects_of(stay), {{"user", stay.user.value}, {"seat", stay.seat}, {"shift", stay.shift}}}));
    return {};
}

}  // namespace

Result<Stay> clock_in(journal::Book& book, const Rules& rules, const Coming& coming) {
    TRY(const auto place, place_of(book, rules, coming.user));
    if (place.member.role != coming.role) return fail_code(ErrorKind::forbidden, "not_on_roster", "on the roster as " + std::string(identity::to_string(place.member.role)));
    TRY(const auto present_now, present(book.db()));
    TRY(const auto before, stay_of(book.db(), coming.user));
    const bool keeps = before && before->shift == place.shift.id && (coming.seat.empty() || coming.seat == before->seat);
    if (keeps) return *before;
    TRY(const auto seat, choose_seat(rules, coming, place, present_now));
    const std::string actor = "user:" + coming.user.value;
    if (before) TRY_DO(clock_out(book, actor, *before, before->shift == place.shift.id ? "moved" : "end"));
    const auto* holder = at_seat(present_now, seat);
    if (holder != nullptr && holder->user != coming.user) TRY_DO(clock_out(book, actor, *holder, "relieved"));
    const auto behind = book.env().clock.wall() - place.shift.from;
    // Who moves within the shift, or was logged out, came when they came first.
    TRY(const auto earlier, stays(book.db(), place.shift.id));
    const bool came_before = std::any_of(earlier.begin(), earlier.end(), [&](const Stay& stay) { return stay.user == coming.user; });
    const auto late = came_before || behind <= rules.limits().late ? microseconds(0) : std::chrono::duration_cast<microseconds>(behind);
    TRY_DO(book.append({"duty.clocked_in",
                        actor,
                        {"shift:" + place.shift.id, actor},
                        {{"user", coming.user.value},
                         {"role", std::string(identity::to_string(coming.role))},
                         {"seat", seat},
                         {"shift", place.shift.id},
                         {"crew", place.shift.crew},
                         {"source", coming.source},
                         {"late", late.count()}}}));
    return stay_at_seat(book, coming.user);
}

Result<void> clock_out(journal::Book& book, const std::string& actor, const Stay& stay, const std::string& why) {
    TRY_DO(book.append({"duty.clocked_out", actor, subjects_of(stay), {{"user", stay.user.value}, {"seat", stay.seat}, {"shift", stay.shift}, {"why", why}}}));
    return {};
}

Result<void> clock_out(journal::Book& book, const Rules& rules, const UserId& user) {
    TRY(const auto stay, stay_at_seat(book, user));
    const auto shift = rules.pattern().find(stay.shift);
    const bool is_over = !shift || book.env().clock.wall() >= shift->to;
    return clock_out(book, "user:" + user.value, stay, is_over ? "end" : "left early");
}

Result<void> begin_break(journal::Book& book, const UserId& user) {
    TRY(const auto stay, stay_at_seat(book, user));
    if (stay.away_since) return fail_code(ErrorKind::conflict, "on_break", "the user is on a break already");
    return append_break(book, "duty.break_began", stay);
}

Result<void> end_break(journal::Book& book, const UserId& user) {
    TRY(const auto stay, stay_at_seat(book, user));
    if (!stay.away_since) return fail_code(ErrorKind::conflict, "not_on_break", "the user is not on a break");
    return append_break(book, "duty.break_ended", stay);
}

Result<std::vector<Stay>> end_forgotten(journal::Book& book, const Rules& rules, const std::string& actor) {
    const auto now = book.env().clock.wall();
    TRY(auto sitting, present(book.db()));
    std::vector<Stay> out;
    for (auto& stay : sitting) {
        const auto shift = rules.pattern().find(stay.shift);
        if (shift && now < shift->to + rules.limits().overtime) continue;
        TRY_DO(clock_out(book, actor, stay, "forgotten"));
        out.push_back(std::move(stay));
    }
    return out;
}

}  // namespace bongsu::duty
