#include "sop/http.hpp"

#include <boost/json/array.hpp>

#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::sop {
namespace {

namespace json = boost::json;
using http::text_or_null;
using http::time_or_null;

json::object text_json(const Text& text) { return {{"ko", text.ko}, {"en", text.en}}; }

json::value done_json(const Done* done) {
    if (done == nullptr) return nullptr;
    return json::object{{"at", to_rfc3339(done->at)}, {"by", done->actor}, {"answer", text_or_null(done->answer)}, {"reason", text_or_null(done->reason)}};
}

json::object step_json(const StepView& view) {
    const auto& step = *view.step;
    json::array answers;
    for (const auto& answer : step.answers) answers.push_back(json::object{{"key", answer.key}, {"text", text_json(answer.text)}});
    return {{"key", step.key},
            {"kind", json::string(to_string(step.kind))},
            {"text", text_json(step.text)},
            {"answers", std::move(answers)},
            {"to", text_or_null(step.to)},
            {"does", text_or_null(step.does)},
            {"gates", json::array(step.gates.begin(), step.gates.end())},
            {"state", json::string(to_string(view.state))},
            {"since", time_or_null(view.since)},
            {"dueAt", time_or_null(view.due_at)},
            {"done", done_json(view.done)}};
}

json::object told_json(const Told& told, WallTime now) {
    return {{"step", told.step},
            {"agency", told.agency},
            {"at", to_rfc3339(told.at)},
            {"silentAfterS", std::chrono::duration_cast<std::chrono::seconds>(told.silent_after).count()},
            {"silent", told.is_silent(now)},
            {"acknowledgedAt", time_or_null(told.acknowledged_at)},
            {"acknowledgedBy", text_or_null(told.acknowledged_by)}};
}

IncidentId incident_in(const http::Request& request) { return {request.captures.empty() ? std::string() : request.captures[0]}; }

}  // namespace

json::object to_json(const Run& run, WallTime now) {
    json::array steps, told;
    for (const auto& view : run.progress.steps) steps.push_back(step_json(view));
    for (const auto& one : run.told) told.push_back(told_json(one, now));
    json::value current = nullptr;
    if (run.progress.current != nullptr) current = json::string(run.progress.current->key);
    return {{"sop", run.sop.key},
            {"version", run.sop.version},
            {"name", text_json(run.sop.name)},
            {"begunAt", to_rfc3339(run.begun)},
            {"current", std::move(current)},
            {"gated", json::array(run.progress.gated.begin(), run.progress.gated.end())},
            {"steps", std::move(steps)},
            {"told", std::move(told)}};
}

http::Response get_procedure(journal::Book& book, const http::Request& request) {
    if (const auto known = http::only_parameters(request, {}); !known) return http::problem(known.error());
    return answer(200, book, incident_in(request), {});
}

Result<StepAct> step_in(const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    StepAct act;
    TRY(act.step, http::required_text(body, "step", 40));
    TRY(auto answer, http::optional_text(body, "answer", 40));
    TRY(auto reason, http::optional_text(body, "reason", kReasonLettersMax));
    act.answer = std::move(answer).value_or("");
    act.reason = std::move(reason).value_or("");
    const auto* skip = body.if_contains("skip");
    if (skip != nullptr && !skip->is_bool()) return fail_field("skip", "must be true or false");
    act.skip = skip != nullptr && skip->get_bool();
    return act;
}

http::Response answer(int status, journal::Book& book, const IncidentId& incident, const Result<void>& done) {
    const auto body = [&]() -> Result<json::object> {
        TRY_DO(done);
        TRY(const auto run, run_of(book.db(), incident));
        if (!run) return fail(ErrorKind::not_found, "the incident has no procedure: it begins when somebody receives it");
        return to_json(*run, book.env().clock.wall());
    }();
    return http::answer(status, body);
}

http::Response post_ack(journal::Book& book, const http::Request& request, const std::string& actor) {
    const auto incident = incident_in(request);
    const auto done = [&]() -> Result<void> {
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto step, http::required_text(body, "step", 40));
        return acknowledge(book, actor, incident, step);
    }();
    return answer(201, book, incident, done);
}

}  // namespace bongsu::sop
