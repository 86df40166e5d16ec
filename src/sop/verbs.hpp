#pragma once
// What can be done to procedures, and what is read of them. A verb appends to the Book; it is so once Book::commit() has returned.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/book.hpp"
#include "sop/run.hpp"
#include "sop/sop.hpp"

namespace bongsu::sop {

constexpr std::size_t kReasonLettersMax = 500;

/// Puts each version that the record does not have into it: `sop.published` {sop, version, digest, text}. Answers how many.
/// Errors: conflict where a version on record says something else: what ran under it must stay what it was.
Result<std::size_t> publish(journal::Book& book, const std::string& actor, const Sops& sops);

/// The same of one. Answers whether it was new.
Result<bool> publish(journal::Book& book, const std::string& actor, const Sop& sop);

/// `sop.begun` {incident, sop, version}. Errors: conflict when the incident has one; not_found for a version that is not on record.
Result<void> begin(journal::Book& book, const std::string& actor, const IncidentId& incident, const std::string& sop, std::int64_t version);

/// A message to an agency and what came of it.
struct Told {
    std::string step, agency;
    WallTime at{};
    std::chrono::microseconds silent_after{0};  ///< 0: no acknowledgement is waited for.
    std::optional<WallTime> acknowledged_at;
    std::string acknowledged_by;  ///< "user:…" who heard it, "agency:…" itself.
    bool is_silent(WallTime now) const { return !acknowledged_at && silent_after.count() > 0 && now - at >= silent_after; }
};

/// Those whom nobody answered by `now`, the oldest first; of whichever incidents.
struct Silent {
    IncidentId incident;
    Told told;
};
Result<std::vector<Silent>> silent_at(sql::Db& db, WallTime now, std::size_t limit);

/// An incident's procedure as it stands. Owns what `progress` points to.
struct Run {
    Sop sop;
    WallTime begun{};
    std::vector<Done> done;
    std::vector<Told> told;
    Progress progress;
};
/// Null when the incident has none.
Result<std::shared_ptr<const Run>> run_of(sql::Db& db, const IncidentId& incident);

struct StepAct {
    std::string step, answer;
    bool skip = false;
    std::string reason;  ///< Required to skip: 1 to 500 letters.
};
/// `sop.step_done` {incident, sop, version, step, answer?, to?, silent?} or `sop.step_skipped` {incident, sop, version, step, reason}, which a
/// supervisor has to hear of. Errors: not_found; conflict `not_current` (names the step whose turn it is); invalid `answer`, `reason`.
Result<void> take_step(journal::Book& book, const std::string& actor, const IncidentId& incident, const StepAct& act);

/// An agency has heard it: `sop.acknowledged` {incident, step}. Errors: not_found, conflict (told nothing, or heard already).
Result<void> acknowledge(journal::Book& book, const std::string& actor, const IncidentId& incident, const std::string& step);

/// Whether `act` on the incident waits for a step. Errors: conflict `sop_gate`, which names the step.
Result<void> check_gate(sql::Db& db, const IncidentId& incident, std::string_view act);

}  // namespace bongsu::sop
