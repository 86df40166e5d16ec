// What shifts did, in the words of the contract.
#include <boost/json/array.hpp>

#include "duty/faces.hpp"
#include "duty/results.hpp"
#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::duty {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kDaysMax = 31;

json::array findings_json(const Rules& rules, const std::map<std::string, std::int64_t>& findings) {
    json::array out;
    const auto add = [&](const std::string& kind, json::value name, std::int64_t count) { out.push_back(json::object{{"kind", kind}, {"name", std::move(name)}, {"count", count}}); };
    for (const auto& kind : rules.findings()) {
        const auto found = findings.find(kind.key);
        add(kind.key, {{"ko", kind.name_ko}, {"en", kind.name_en}}, found == findings.end() ? 0 : found->second);
    }
    for (const auto& [kind, count] : findings) {
        if (rules.finding(kind) == nullptr) add(kind, nullptr, count);
    }
    return out;
}

json::object shift_json(const Rules& rules, const Shift& shift, const ShiftResult& result, json::object work) {
    return {{"id", shift.id},
            {"day", to_text(shift.day)},
            {"kind", shift.kind},
            {"crew", shift.crew},
            {"from", to_rfc3339(shift.from)},
            {"to", to_rfc3339(shift.to)},
            {"planned", result.planned},
            {"came", result.came()},
            {"late", result.late()},
            {"absent", result.absent},
            {"calledIn", result.called_in},
            {"workedMinutes", static_cast<std::int64_t>(result.worked().count())},
            {"passes", result.passes},
            {"camerasLit", result.cameras_lit},
            {"found", result.found()},
            {"findings", findings_json(rules, result.findings)},
            {"work", std::move(work)}};
}

json::array persons_json(const Office& office, const std::vector<PersonResult>& persons) {
    json::array out;
    for (const auto& one : persons) {
        out.push_back(json::object{{"user", one.user.value},
                                   {"name", names_of(office, one.user)},
                                   {"role", json::string(identity::to_string(one.role))},
                                   {"shifts", one.shifts},
                                   {"late", one.late},
                                   {"workedMinutes", static_cast<std::int64_t>(one.worked.count())},
                                   {"passes", one.passes},
                                   {"findings", one.findings}});
    }
    return out;
}

}  // namespace

http::Response get_results(Office office, const http::Request& request, const identity::Session& caller, const WorkOf& work) {
    return http::answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"from", "days"}));
        TRY(const auto days, http::whole_parameter(request, "days", 1, kDaysMax, 1));
        auto from = day_of(now_of(office));
        if (const auto text = request.param("from")) {
            TRY(from, parse_day(*text, "from"));
        }
        const auto begin = midnight_of(from), end = begin + std::chrono::hours(24) * static_cast<std::int64_t>(days);
        json::array shifts;
        std::vector<PersonResult> persons;
        for (const auto& shift : office.rules.pattern().between(begin, end)) {
            // A shift belongs to the day on which it begins.
            if (shift.day < from || shift.from >= end || shift.from > now_of(office)) continue;
            TRY(const auto result, result_of(office.book.db(), shift, now_of(office)));
            TRY(auto done, work(shift));
            shifts.push_back(shift_json(office.rules, shift, result, std::move(done)));
            add_persons(persons, result.persons);
        }
        json::object out{{"from", to_text(from)}, {"days", static_cast<std::int64_t>(days)}, {"shifts", std::move(shifts)}, {"persons", nullptr}};
        // A ranking is for who is answerable for the contract, not for the room (domain study 18.5).
        if (caller.role == identity::Role::official) out["persons"] = persons_json(office, persons);
        return out;
    }());
}

}  // namespace bongsu::duty
