#include "sop/verbs.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::sop {
namespace {

namespace json = boost::json;

std::string named(const Sop& sop) { return sop.key + " " + std::to_string(sop.version); }

Result<std::vector<Done>> done_of(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select step, answer, skipped, reason, actor, at from sop_step where incident = $1 order by seq", {incident.value}));
    std::vector<Done> out;
    for (const auto& row : rows) out.push_back({row.text(0), row.text(1), row.integer(2) != 0, row.text(3), row.text(4), from_us(row.integer(5))});
    return out;
}

Result<std::vector<Told>> told_of(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select step, agency, at, silent_us, acknowledged_at, acknowledged_by from sop_told where incident = $1 order by at, step", {incident.value}));
    std::vector<Told> out;
    for (const auto& row : rows) {
        Told told{row.text(0), row.text(1), from_us(row.integer(2)), std::chrono::microseconds(row.integer(3)), {}, row.text(5)};
        if (!row.is_null(4)) told.acknowledged_at = from_us(row.integer(4));
        out.push_back(std::move(told));
    }
    return out;
}

Result<std::shared_ptr<const Run>> known_run(sql::Db& db, const IncidentId& incident) {
    TRY(auto run, run_of(db, incident));
    if (!run) return fail(ErrorKind::not_found, "the incident has no procedure");
    return run;
}

Result<void> check_reason(const std::string& reason) {
    const bool is_blank = reason.find_first_not_of(" \t\r\n") == std::string::npos;
    if (is_blank || letters(reason) > kReasonLettersMax) return fail_field("reason", "must be 1 to 500 letters: a step is not skipped without one");
    return {};
}

}  // namespace

Result<std::size_t> publish(journal::Book& book, const std::string& actor, const Sops& sops) {
    std::size_t published = 0;
    for (const auto& sop : sops.all()) {
        TRY(const bool is_new, publish(book, actor, sop));
        published += is_new ? 1 : 0;
    }
    return published;
}

Result<bool> publish(journal::Book& book, const std::string& actor, const Sop& sop) {
    const auto text = sop.to_json();
    const auto digest = crypto::to_hex(crypto::sha256(text));
    TRY(const auto rows, book.db().query("select digest from sop_text where sop = $1 and version = $2", {sop.key, sop.version}));
    if (!rows.empty()) {
        if (rows[0].text(0) != digest) return fail(ErrorKind::conflict, "procedure " + named(sop) + " is on record with another text: give the new one a new version");
        return false;
    }
    TRY_DO(book.append({"sop.published", actor, {"sop:" + sop.key}, {{"sop", sop.key}, {"version", sop.version}, {"digest", digest}, {"text", text}}}));
    return true;
}

Result<void> begin(journal::Book& book, const std::string& actor, const IncidentId& incident, const std::string& sop, std::int64_t version) {
    TRY(const auto known, book.db().query("select 1 from sop_text where sop = $1 and version = $2", {sop, version}));
    if (known.empty()) return fail(ErrorKind::not_found, "procedure " + sop + " " + std::to_string(version) + " is not on record");
    TRY(const auto running, book.db().query("select sop from sop_run where incident = $1", {incident.value}));
    if (!running.empty()) return fail(ErrorKind::conflict, "the incident has the procedure " + running[0].text(0));
    TRY_DO(book.append({"sop.begun", actor, {"incident:" + incident.value, "sop:" + sop}, {{"incident", incident.value}, {"sop", sop}, {"version", version}}}));
    return {};
}

Result<std::shared_ptr<const Run>> run_of(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select t.body, r.begun_at from sop_run r join sop_text t on t.sop = r.sop and t.version = r.version where r.incident = $1", {incident.value}));
    if (rows.empty()) return std::shared_ptr<const Run>{};
    auto run = std::make_shared<Run>();
    TRY(run->sop, from_json(rows[0].text(0)));
    run->begun = from_us(rows[0].integer(1));
    TRY(run->done, done_of(db, incident));
    TRY(run->told, told_of(db, incident));
    run->progress = progress_of(run->sop, run->begun, run->done);
    return std::shared_ptr<const Run>(std::move(run));
}

Result<void> take_step(journal::Book& book, const std::string& actor, const IncidentId& incident, const StepAct& act) {
    TRY(const auto run, known_run(book.db(), incident));
    const auto* current = run->progress.current;
    if (current == nullptr) return fail_code(ErrorKind::conflict, "not_current", "the procedure " + run->sop.key + " is at its end");
    if (act.step != current->key) return fail_code(ErrorKind::conflict, "not_current", "the step whose turn it is is " + current->key);
    if (act.skip) TRY_DO(check_reason(act.reason));
    if (act.skip && !act.answer.empty()) return fail_field("answer", "is not for a step that is skipped");
    if (!act.skip && !act.reason.empty()) return fail_field("reason", "is for a step that is skipped");
    TRY_DO(step_after(run->sop, *current, act.answer, act.skip));
    json::object payload{{"incident", incident.value}, {"sop", run->sop.key}, {"version", run->sop.version}, {"step", current->key}};
    if (act.skip) payload["reason"] = act.reason;
    if (!act.answer.empty()) payload["answer"] = act.answer;
    if (!act.skip && current->kind == StepKind::tell) {
        payload["to"] = current->to;
        payload["silent"] = std::chrono::duration_cast<std::chrono::microseconds>(current->acknowledge).count();
    }
    TRY_DO(book.append({act.skip ? "sop.step_skipped" : "sop.step_done", actor, {"incident:" + incident.value, "sop:" + run->sop.key}, std::move(payload)}));
    return {};
}

Result<void> acknowledge(journal::Book& book, const std::string& actor, const IncidentId& incident, const std::string& step) {
    TRY(const auto run, known_run(book.db(), incident));
    const auto told = std::find_if(run->told.begin(), run->told.end(), [&](const Told& one) { return one.step == step; });
    if (told == run->told.end()) return fail(ErrorKind::conflict, "nobody was told anything by the step " + step.substr(0, 40));
    if (told->acknowledged_at) return fail(ErrorKind::conflict, "it is acknowledged already");
    TRY_DO(book.append({"sop.acknowledged", actor, {"incident:" + incident.value, "sop:" + run->sop.key}, {{"incident", incident.value}, {"step", step}}}));
    return {};
}

Result<void> check_gate(sql::Db& db, const IncidentId& incident, std::string_view act) {
    TRY(const auto run, run_of(db, incident));
    if (!run) return {};
    for (const auto& view : run->progress.steps) {
        const bool is_ahead = view.state == StepState::current || view.state == StepState::coming;
        const auto& gates = view.step->gates;
        if (is_ahead && std::find(gates.begin(), gates.end(), act) != gates.end())
            return fail_code(ErrorKind::conflict, "sop_gate", "act '" + std::string(act) + "' waits for the step " + view.step->key + " of the procedure: do it, or skip it with a reason");
    }
    return {};
}

Result<std::vector<Silent>> silent_at(sql::Db& db, WallTime now, std::size_t limit) {
    TRY(const auto rows, db.query("select incident, step, agency, at, silent_us from sop_told where acknowledged_at is null and over = 0 and silent_us > 0 and at + silent_us <= $1 order by at limit $2",
                                  {to_us(now), static_cast<std::int64_t>(limit)}));
    std::vector<Silent> out;
    for (const auto& row : rows) out.push_back({{row.text(0)}, {row.text(1), row.text(2), from_us(row.integer(3)), std::chrono::microseconds(row.integer(4)), {}, {}}});
    return out;
}

}  // namespace bongsu::sop
