#include "duty/http.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "duty/attendance.hpp"
#include "duty/faces.hpp"
#include "duty/roster.hpp"
#include "duty/verbs.hpp"
#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::duty {
namespace {

namespace json = boost::json;
using http::answer;
using http::text_or_null;
using http::time_or_null;
using identity::Role;

constexpr std::size_t kIdLettersMax = 64, kWordLettersMax = 40;
constexpr std::size_t kDaysDefault = 14, kDaysMax = 62;

json::object name_json(const Named& named) { return {{"key", named.key}, {"name", {{"ko", named.name_ko}, {"en", named.name_en}}}}; }

/// Of somebody whose account is gone the id alone is left.
json::object person_json(const Office& office, const UserId& user) {
    return {{"user", user.value}, {"name", names_of(office, user)}};
}

json::object shift_json(const Shift& shift) {
    return {{"id", shift.id}, {"day", to_text(shift.day)}, {"kind", shift.kind}, {"crew", shift.crew}, {"from", to_rfc3339(shift.from)}, {"to", to_rfc3339(shift.to)}};
}

json::object stay_json(const Office& office, const Stay& stay) {
    auto out = person_json(office, stay.user);
    out["role"] = json::string(identity::to_string(stay.role));
    out["seat"] = stay.seat;
    out["shift"] = stay.shift;
    out["crew"] = stay.crew;
    out["source"] = stay.source;
    out["since"] = to_rfc3339(stay.in);
    out["breakSince"] = time_or_null(stay.away_since);
    return out;
}

template <class There>
json::array needs_json(const Rules& rules, const There& there) {
    json::array out;
    const auto missing = shortfall_of(rules, there);
    for (const auto& need : rules.needs()) {
        const auto found = std::find_if(missing.begin(), missing.end(), [&](const Shortfall& one) { return one.role == need.role; });
        const auto count = static_cast<std::int64_t>(found == missing.end() ? need.persons : found->there);
        out.push_back(json::object{{"role", json::string(identity::to_string(need.role))},
                                   {"needed", static_cast<std::int64_t>(need.persons)},
                                   {"there", count},
                                   {"isMet", found == missing.end()}});
    }
    return out;
}

/// The shift that the caller is expected in now, or soon.
Result<std::optional<Shift>> expected_in(const Office& office, const UserId& user) {
    const auto running = office.rules.pattern().at(now_of(office));
    for (const auto& shift : {running, office.rules.pattern().next(running)}) {
        if (shift.from - now_of(office) > office.rules.limits().early) break;
        TRY(const auto roster, planned(office.book.db(), shift));
        for (const auto& member : roster) {
            if (member.user == user && member.absent.empty()) return std::optional(shift);
        }
    }
    return std::optional<Shift>{};
}

Result<json::object> own_part(const Office& office, const identity::Session& caller) {
    TRY(const auto shift, expected_in(office, caller.user));
    TRY(const auto stay, stay_of(office.book.db(), caller.user));
    TRY(const bool on_duty, is_on_duty(office.book.db(), office.rules, caller.user, now_of(office)));
    json::object out{{"onDuty", on_duty}, {"expected", nullptr}, {"seat", nullptr}, {"shift", nullptr}, {"since", nullptr}, {"breakSince", nullptr}};
    if (shift) out["expected"] = shift_json(*shift);
    if (stay) {
        out["seat"] = stay->seat;
        out["shift"] = stay->shift;
        out["since"] = to_rfc3339(stay->in);
        out["breakSince"] = time_or_null(stay->away_since);
    }
    return out;
}

Result<json::object> duty_json(const Office& office, const identity::Session& caller) {
    const auto running = office.rules.pattern().at(now_of(office));
    TRY(const auto sitting, present(office.book.db()));
    json::array crews, kinds, seats;
    for (const auto& crew : office.rules.crews()) crews.push_back(name_json(crew));
    for (const auto& kind : office.rules.shifts()) kinds.push_back(name_json(kind));
    for (const auto& seat : office.rules.seats()) {
        auto item = name_json(seat);
        item["role"] = json::string(identity::to_string(seat.role));
        item["taken"] = nullptr;
        for (const auto& stay : sitting) {
            if (stay.seat == seat.key) item["taken"] = stay_json(office, stay);
        }
        seats.push_back(std::move(item));
    }
    TRY(auto me, own_part(office, caller));
    return json::object{{"now", to_rfc3339(now_of(office))},
                        {"shift", shift_json(running)},
                        {"next", shift_json(office.rules.pattern().next(running))},
                        {"before", shift_json(office.rules.pattern().previous(running))},
                        {"crews", std::move(crews)},
                        {"kinds", std::move(kinds)},
                        {"seats", std::move(seats)},
                        {"needs", needs_json(office.rules, sitting)},
                        {"me", std::move(me)}};
}

Result<json::object> shift_with_persons(const Office& office, const Shift& shift) {
    auto out = shift_json(shift);
    TRY(const auto roster, planned(office.book.db(), shift));
    TRY(const auto came, stays(office.book.db(), shift.id));
    json::array people, attendance;
    for (const auto& member : roster) {
        auto item = person_json(office, member.user);
        item["role"] = json::string(identity::to_string(member.role));
        item["seat"] = text_or_null(member.seat);
        item["calledIn"] = member.called_in;
        item["absent"] = text_or_null(member.absent);
        people.push_back(std::move(item));
    }
    for (const auto& stay : came) {
        auto item = stay_json(office, stay);
        item["until"] = time_or_null(stay.out);
        item["left"] = text_or_null(stay.out_why);
        item["lateMinutes"] = std::chrono::duration_cast<std::chrono::minutes>(stay.late).count();
        attendance.push_back(std::move(item));
    }
    out["planned"] = std::move(people);
    out["attendance"] = std::move(attendance);
    out["needs"] = needs_json(office.rules, roster);
    return out;
}

Result<json::object> crew_json(const Office& office, const std::string& crew, Day day) {
    TRY(const auto list, members(office.book.db(), crew, day));
    json::array items;
    for (const auto& member : list) {
        auto item = person_json(office, member.user);
        item["role"] = json::string(identity::to_string(member.role));
        item["seat"] = text_or_null(member.seat);
        items.push_back(std::move(item));
    }
    return json::object{{"crew", crew}, {"members", std::move(items)}};
}

std::string actor_of(const identity::Session& caller) { return "user:" + caller.user.value; }

/// A day of a query or a body; today when it is not named.
Result<Day> day_or_today(const Office& office, const std::optional<std::string>& text, std::string_view field) {
    if (!text) return day_of(now_of(office));
    return parse_day(*text, field);
}

/// Somebody who works here, in the role that the account says.
Result<Member> member_of(const Office& office, const std::vector<identity::Colleague>& colleagues, const json::object& object, std::string_view field) {
    TRY(const auto user, http::required_text(object, "user", kIdLettersMax));
    TRY(const auto seat, http::optional_text(object, "seat", kWordLettersMax));
    const auto found = std::find_if(colleagues.begin(), colleagues.end(), [&](const identity::Colleague& one) { return one.user.value == user; });
    if (found == colleagues.end()) return fail_field(field, "names nobody who works here: " + user);
    if (!office.rules.has_seat_for(found->role)) return fail_field(field, "names one of the role " + std::string(identity::to_string(found->role)) + ", for which there is no seat: " + user);
    return Member{found->user, found->role, seat.value_or("")};
}

Result<std::vector<Member>> members_in(const Office& office, const json::object& body) {
    const auto* list = body.if_contains("members");
    if (list == nullptr || !list->is_array() || list->get_array().size() > kMembersMax)
        return fail_field("members", "must be a list of at most " + std::to_string(kMembersMax));
    TRY(const auto colleagues, office.accounts.colleagues());
    std::vector<Member> out;
    for (const auto& item : list->get_array()) {
        if (!item.is_object()) return fail_field("members", "must hold objects with user and seat");
        TRY(auto member, member_of(office, colleagues, item.get_object(), "members"));
        out.push_back(std::move(member));
    }
    return out;
}

Result<Shift> shift_in_path(const Office& office, const http::Request& request) { return office.rules.pattern().find(request.captures.at(0)); }

/// The shift as it is after the change.
http::Response answer_shift(const Office& office, const http::Request& request, int status, const Result<void>& done) {
    if (!done) return http::problem(done.error());
    const auto shift = shift_in_path(office, request);
    return shift ? answer(status, shift_with_persons(office, *shift)) : http::problem(shift.error());
}

http::Response answer_own(const Office& office, const identity::Session& caller, int status, const Result<void>& done) {
    return done ? answer(status, own_part(office, caller)) : http::problem(done.error());
}

}  // namespace

http::Response get_duty(Office office, const http::Request& request, const identity::Session& caller) {
    if (const auto known = http::only_parameters(request, {}); !known) return http::problem(known.error());
    return answer(200, duty_json(office, caller));
}

http::Response post_seat(Office office, const http::Request& request, const identity::Session& caller) {
    const auto done = [&]() -> Result<void> {
        TRY(const auto body, http::parse_object(request.body.empty() ? "{}" : request.body));
        TRY(const auto seat, http::optional_text(body, "seat", kWordLettersMax));
        TRY_DO(clock_in(office.book, office.rules, {.user = caller.user, .role = caller.role, .seat = seat.value_or(""), .source = "desk"}));
        return {};
    }();
    return answer_own(office, caller, 201, done);
}

http::Response delete_seat(Office office, const identity::Session& caller) {
    return answer_own(office, caller, 200, clock_out(office.book, office.rules, caller.user));
}

http::Response post_break(Office office, const identity::Session& caller) { return answer_own(office, caller, 200, begin_break(office.book, caller.user)); }

http::Response delete_break(Office office, const identity::Session& caller) { return answer_own(office, caller, 200, end_break(office.book, caller.user)); }

http::Response get_shifts(Office office, const http::Request& request) {
    return answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"from", "days"}));
        TRY(const auto from, day_or_today(office, request.param("from"), "from"));
        TRY(const auto days, http::whole_parameter(request, "days", 1, kDaysMax, kDaysDefault));
        json::array items;
        for (const auto& shift : office.rules.pattern().between(midnight_of(from), midnight_of(from + std::chrono::days(days)))) {
            if (shift.day >= from) items.push_back(shift_json(shift));
        }
        return json::object{{"items", std::move(items)}, {"next", nullptr}};
    }());
}

http::Response get_shift(Office office, const http::Request& request) {
    return answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {}));
        TRY(const auto shift, shift_in_path(office, request));
        return shift_with_persons(office, shift);
    }());
}

http::Response post_absence(Office office, const http::Request& request, const identity::Session& caller) {
    const auto done = [&]() -> Result<void> {
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto user, http::required_text(body, "user", kIdLettersMax));
        TRY(const auto reason, http::required_text(body, "reason", kWordLettersMax));
        return mark_absent(office.book, office.rules, actor_of(caller), request.captures.at(0), {user}, reason);
    }();
    return answer_shift(office, request, 201, done);
}

http::Response delete_absence(Office office, const http::Request& request, const identity::Session& caller) {
    return answer_shift(office, request, 200, withdraw_absence(office.book, office.rules, actor_of(caller), request.captures.at(0), {request.captures.at(1)}));
}

http::Response post_call(Office office, const http::Request& request, const identity::Session& caller) {
    const auto done = [&]() -> Result<void> {
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto colleagues, office.accounts.colleagues());
        TRY(const auto member, member_of(office, colleagues, body, "user"));
        return call_in(office.book, office.rules, actor_of(caller), request.captures.at(0), member);
    }();
    return answer_shift(office, request, 201, done);
}

http::Response get_crews(Office office, const http::Request& request) {
    return answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"day"}));
        TRY(const auto day, day_or_today(office, request.param("day"), "day"));
        json::array items;
        for (const auto& crew : office.rules.crews()) {
            TRY(auto item, crew_json(office, crew.key, day));
            items.push_back(std::move(item));
        }
        return json::object{{"day", to_text(day)}, {"items", std::move(items)}, {"next", nullptr}};
    }());
}

http::Response put_crew(Office office, const http::Request& request, const identity::Session& caller) {
    return answer(200, [&]() -> Result<json::object> {
        const auto& crew = request.captures.at(0);
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto text, http::optional_text(body, "from", kWordLettersMax));
        TRY(const auto from, day_or_today(office, text, "from"));
        TRY(const auto wanted, members_in(office, body));
        TRY_DO(set_crew(office.book, office.rules, actor_of(caller), crew, from, wanted));
        return crew_json(office, crew, from);
    }());
}

}  // namespace bongsu::duty
