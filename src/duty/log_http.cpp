// The shift log, the brief and what is reported as wanting, in the words of the contract.
#include <algorithm>
#include <boost/json/array.hpp>
#include <map>

#include "duty/faces.hpp"
#include "duty/logbook.hpp"
#include "duty/watch.hpp"
#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::duty {
namespace {

namespace json = boost::json;
using http::answer;
using http::text_or_null;
using http::time_or_null;

constexpr std::size_t kWordLettersMax = 64;

json::value user_or_null(const std::optional<UserId>& user) {
    if (!user) return nullptr;
    return json::string(user->value);
}

json::value name_or_null(const Office& office, const std::optional<UserId>& user) {
    if (!user) return nullptr;
    return names_of(office, *user);
}

/// Who was there, for how long, and what they did.
Result<json::array> persons_json(const Office& office, const std::string& shift) {
    auto& db = office.book.db();
    TRY(const auto came, stays(db, shift));
    TRY(const auto done, passes(db, shift));
    TRY(const auto found, findings(db, shift));
    std::map<std::string, std::int64_t> passes_of, findings_of;
    for (const auto& pass : done) ++passes_of[pass.user.value];
    for (const auto& finding : found) ++findings_of[finding.user.value];
    json::array out;
    for (const auto& stay : came) {
        // Somebody who moved to another seat is one person: what they did stands once.
        const auto take = [&](std::map<std::string, std::int64_t>& counts) { return std::exchange(counts[stay.user.value], 0); };
        out.push_back(json::object{{"user", stay.user.value},
                                   {"name", names_of(office, stay.user)},
                                   {"role", json::string(identity::to_string(stay.role))},
                                   {"seat", stay.seat},
                                   {"from", to_rfc3339(stay.in)},
                                   {"to", time_or_null(stay.out)},
                                   {"left", text_or_null(stay.out_why)},
                                   {"passes", take(passes_of)},
                                   {"findings", take(findings_of)}});
    }
    return out;
}

json::value about_json(const Named& about) {
    if (about.name_ko.empty()) return nullptr;
    return {{"ko", about.name_ko}, {"en", about.name_en}};
}

json::object line_json(const LogLine& line, json::value name) {
    return {{"at", to_rfc3339(line.at)},               {"kind", line.kind}, {"user", user_or_null(line.user)},
            {"name", std::move(name)},                 {"subject", text_or_null(line.subject)},
            {"detail", text_or_null(line.detail)},     {"about", about_json(line.about)},
            {"text", text_or_null(line.text)}};
}

Result<json::object> brief_json(const Office& office, const std::string& shift, const WordsOf& words) {
    TRY(const auto brief, brief_of(office.book.db(), shift));
    if (!brief) return fail(ErrorKind::not_found, "the shift has left no brief");
    json::array items;
    for (const auto& item : brief->items) {
        const auto said = words(item);
        items.push_back({{"kind", item.kind},
                         {"subject", item.subject},
                         {"state", text_or_null(item.state)},
                         {"about", about_json(said.about)},
                         {"text", text_or_null(said.text)},
                         {"ackedBy", user_or_null(item.acked_by)},
                         {"ackedName", name_or_null(office, item.acked_by)},
                         {"ackedAt", time_or_null(item.acked_at)}});
    }
    return json::object{{"shift", brief->shift}, {"to", brief->to}, {"at", to_rfc3339(brief->at)}, {"items", std::move(items)}};
}

json::object shortcoming_json(const Office& office, const Shortcoming& one) {
    return {{"no", one.number},
            {"state", one.state()},
            {"user", one.user.value},
            {"name", names_of(office, one.user)},
            {"shift", one.shift},
            {"text", text_or_null(one.text)},
            {"at", to_rfc3339(one.at)},
            {"assignedTo", user_or_null(one.assigned_to)},
            {"assignedName", name_or_null(office, one.assigned_to)},
            {"assignedAt", time_or_null(one.assigned_at)},
            {"answer", text_or_null(one.answer)},
            {"answeredBy", user_or_null(one.answered_by)},
            {"answeredName", name_or_null(office, one.answered_by)},
            {"answeredAt", time_or_null(one.answered_at)}};
}

Result<json::object> shortcoming_answer(const Office& office, const std::string& number) {
    TRY(const auto one, find_shortcoming(office.book.db(), number));
    return shortcoming_json(office, one);
}

Result<Stay> sitting(const Office& office, const identity::Session& caller) {
    TRY(auto stay, stay_of(office.book.db(), caller.user));
    if (!stay) return fail_code(ErrorKind::conflict, "not_at_a_seat", "the user sits at no seat");
    return *std::move(stay);
}

Result<bool> flag_in(const json::object& body, std::string_view field) {
    const auto* value = body.if_contains(field);
    if (value == nullptr) return false;
    if (!value->is_bool()) return fail_field(field, "must be true or false");
    return value->get_bool();
}

bool may_plan(const identity::Session& caller) { return caller.role == identity::Role::supervisor || caller.role == identity::Role::official; }

}  // namespace

http::Response get_log(Office office, const Shift& shift, std::vector<LogLine> more) {
    return answer(200, [&]() -> Result<json::object> {
        TRY(auto lines, log_lines(office.book.db(), shift.id));
        lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
        std::stable_sort(lines.begin(), lines.end(), [](const LogLine& a, const LogLine& b) { return a.at < b.at; });
        TRY(auto persons, persons_json(office, shift.id));
        json::array items;
        Names names(office);
        for (auto& line : lines) {
            const auto* kind = line.kind == "found" ? office.rules.finding(line.detail) : nullptr;
            if (kind != nullptr) line.about = *kind;
            items.push_back(line_json(line, line.user ? names.of(*line.user) : json::value(nullptr)));
        }
        return json::object{{"shift", shift.id}, {"from", to_rfc3339(shift.from)}, {"to", to_rfc3339(shift.to)}, {"persons", std::move(persons)}, {"lines", std::move(items)}};
    }());
}

http::Response post_note(Office office, const http::Request& request, const identity::Session& caller) {
    return answer(201, [&]() -> Result<json::object> {
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto text, http::required_text(body, "text", kNoteLettersMax));
        TRY(const bool hands_over, flag_in(body, "handOver"));
        TRY(const auto stay, sitting(office, caller));
        TRY_DO(note(office.book, stay, text, hands_over));
        return json::object{{"shift", stay.shift}, {"text", text}, {"handOver", hands_over}};
    }());
}

http::Response get_brief(Office office, const http::Request& request, const WordsOf& words) {
    return answer(200, brief_json(office, request.captures.at(0), words));
}

http::Response post_brief_ack(Office office, const http::Request& request, const identity::Session& caller, const WordsOf& words) {
    return answer(201, [&]() -> Result<json::object> {
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto kind, http::required_text(body, "kind", kWordLettersMax));
        TRY(const auto subject, http::required_text(body, "subject", kWordLettersMax));
        TRY_DO(acknowledge_item(office.book, caller.user, request.captures.at(0), kind, subject));
        return brief_json(office, request.captures.at(0), words);
    }());
}

http::Response get_shortcomings(Office office, const http::Request& request) {
    return answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"open"}));
        const auto open = request.param("open").value_or("false");
        if (open != "true" && open != "false") return fail_field("open", "must be true or false");
        TRY(const auto found, shortcomings(office.book.db(), open == "true"));
        json::array items;
        for (const auto& one : found) items.push_back(shortcoming_json(office, one));
        return json::object{{"items", std::move(items)}, {"next", nullptr}};
    }());
}

http::Response post_shortcoming(Office office, const http::Request& request, const identity::Session& caller) {
    return answer(201, [&]() -> Result<json::object> {
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto text, http::required_text(body, "text", kNoteLettersMax));
        TRY(const auto stay, sitting(office, caller));
        TRY(const auto number, report_shortcoming(office.book, stay, text));
        return shortcoming_answer(office, number);
    }());
}

http::Response post_assignment(Office office, const http::Request& request, const identity::Session& caller) {
    return answer(201, [&]() -> Result<json::object> {
        const auto& number = request.captures.at(0);
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto user, http::required_text(body, "user", kWordLettersMax));
        TRY(const auto colleagues, office.accounts.colleagues());
        const bool works_here = std::any_of(colleagues.begin(), colleagues.end(), [&](const identity::Colleague& one) { return one.user.value == user; });
        if (!works_here) return fail_field("user", "names nobody who works here: " + user);
        TRY_DO(assign_shortcoming(office.book, "user:" + caller.user.value, number, {user}));
        return shortcoming_answer(office, number);
    }());
}

http::Response post_answer(Office office, const http::Request& request, const identity::Session& caller) {
    return answer(201, [&]() -> Result<json::object> {
        const auto& number = request.captures.at(0);
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto text, http::required_text(body, "text", kNoteLettersMax));
        TRY_DO(answer_shortcoming(office.book, caller.user, may_plan(caller), number, text));
        return shortcoming_answer(office, number);
    }());
}

}  // namespace bongsu::duty
