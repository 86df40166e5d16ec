#pragma once
// Drills made of recorded incidents, and what is read of them. A verb appends to the Book; it is so once Book::commit() has returned.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "journal/book.hpp"

namespace bongsu::drill {

constexpr std::size_t kStepsMax = 500;
constexpr std::size_t kRunningMax = 5;
constexpr std::int64_t kSpeedMax = 60;

/// A message that is told again: its `event.received`, so long after the first one.
struct Step {
    std::uint64_t seq = 0;
    std::chrono::milliseconds after{0};
};

struct Drill {
    std::string id;  ///< ULID.
    std::uint64_t seq = 0;
    IncidentId incident;  ///< That was recorded.
    std::int64_t speed = 1;  ///< So many times as fast.
    WallTime begun_at{};
    std::string begun_by;  ///< "user:…"
    std::optional<WallTime> ended_at;
    std::string ended_by, reason;  ///< "told" or "stopped".
    std::int64_t steps = 0, told = 0;
    std::vector<IncidentId> incidents;  ///< That it opened.
};

/// `drill.begun`. Errors: invalid `speed` (1 to 60); conflict without steps, with more than kStepsMax, or while kRunningMax run.
Result<std::string> begin(journal::Book& book, const std::string& actor, const IncidentId& incident, const std::vector<Step>& steps, std::int64_t speed);

struct Due {
    std::string drill;
    std::int64_t n = 0;
    std::uint64_t seq = 0;
    bool is_last = false;
};
/// Of the drills that run, the next step of each that is due at `now`.
Result<std::vector<Due>> due_at(sql::Db& db, WallTime now);
/// `drill.told`: a step is over. `incident`: that its message led to; empty where its words are gone.
Result<void> tell(journal::Book& book, const std::string& actor, const Due& due, const IncidentId& incident);
/// `drill.ended`, "told" or "stopped". Errors: not_found; conflict when it has ended.
Result<Drill> end(journal::Book& book, const std::string& actor, const std::string& id, const std::string& reason);

/// Errors: not_found.
Result<Drill> find(sql::Db& db, const std::string& id);
/// The newest first, seq < `before`.
Result<std::vector<Drill>> list(sql::Db& db, std::uint64_t before, std::size_t limit);
/// What the drills of a recorded incident opened.
Result<std::vector<IncidentId>> incidents_made_of(sql::Db& db, const IncidentId& recorded);
/// The number of a drill's message: one for each occurrence that was recorded.
std::string number_of(const std::string& drill, const EventId& recorded);

/// Tables: drill, drill_step.
class DrillFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "drill"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"drill", "drill_step"}; }
};

}  // namespace bongsu::drill
