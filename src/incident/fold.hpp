#pragma once
// The fold `incident`, and what is read from it.

#include <map>

#include "incident/incident.hpp"
#include "incident/verbs.hpp"
#include "journal/book.hpp"

namespace bongsu::incident {

/// Tables: incident; incident_event (what each sender says of it); incident_timeline (every entry with the subject incident:<id>, whichever room wrote it);
/// incident_camera (the newest choice).
class IncidentFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "incident"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override {
        return {"incident", "incident_event", "incident_timeline", "incident_camera"};
    }
};

inline constexpr std::size_t kPageMax = 1000;

struct ListQuery {
    std::vector<State> states;  ///< Empty: all.
    std::optional<std::vector<IncidentId>>
        only_these;                         ///< What the viewer may see; at most 1,000 are looked at.
    std::string sender = {};  ///< With `only_these`: those that this organisation sent are seen besides.
    std::vector<std::string> hidden = {};  ///< Kinds that the viewer does not see.
    std::uint64_t before_seq = UINT64_MAX;  ///< The cursor: only incidents opened before.
    std::size_t limit = 50;                 ///< 1–kPageMax.
};

struct Page {
    std::vector<Incident> items;        ///< Newest first.
    std::optional<std::uint64_t> next;  ///< The cursor of the page after, if there is one.
};

Result<Page> list(sql::Db& db, const ListQuery& query);
/// Those that were opened or ended in [from, to) and are no tests, by their opening; at most 10,000.
Result<std::vector<Incident>> between(sql::Db& db, WallTime from, WallTime to);

/// Those that are open and no tests: how many, and the oldest `limit` of them.
struct OpenOnes {
    std::size_t count = 0;
    std::vector<Incident> items;
};
Result<OpenOnes> open_ones(sql::Db& db, std::size_t limit);

/// Those that nobody of ours has in hand or commands, whatever their sender says, and that were opened so long ago, by their grade; the urgent
/// ones first, then the oldest. More than 5,000 of a grade count as so many.
Result<OpenOnes> not_received(sql::Db& db, WallTime urgent_before, WallTime ordinary_before, std::size_t limit);
/// Of those, the ones that were not escalated to `level` yet.
Result<std::vector<Incident>> to_escalate(sql::Db& db, std::int64_t level, WallTime urgent_before, WallTime ordinary_before, std::size_t limit);
/// What each person has in hand that is open and no test; at most 5,000 incidents.
Result<std::map<UserId, std::vector<IncidentId>>> in_hand(sql::Db& db);

/// What was done about those that were opened in a time; tests do not count.
struct Work {
    std::int64_t opened = 0, urgent = 0;
    std::int64_t received = 0, received_in_time = 0;  ///< By a person, and within kInTime.
    std::int64_t ended = 0, as_true = 0, as_false = 0;
    std::chrono::seconds handling{0};  ///< Of all that ended, from the opening on, together.
};
inline constexpr std::chrono::seconds kInTime{30};  ///< 접수 within 30 s (domain study 18.5).
Result<Work> work_between(sql::Db& db, WallTime from, WallTime to);

/// Errors: not_found.
Result<Incident> get(sql::Db& db, const IncidentId& id);
/// The same, or the case that it went on as, however often it was merged. Errors: not_found.
Result<Incident> get_case(sql::Db& db, const IncidentId& id);
/// The newest, where a case came behind a drill under its number.
Result<std::optional<IncidentId>> incident_of_event(sql::Db& db, const EventId& event);

struct TimelineEntry {
    std::uint64_t seq = 0;
    WallTime time;
    std::string kind, actor;
    std::string payload;  ///< JSON as the journal has it.
};

/// Oldest first, seq > `after`, at most `limit` (<= kPageMax + 1: one more than a page says whether there is another).
Result<std::vector<TimelineEntry>> timeline(sql::Db& db, const IncidentId& id, std::uint64_t after,
                                            std::size_t limit);

/// The newest choice in its order (best first).
Result<std::vector<ChosenCamera>> cameras(sql::Db& db, const IncidentId& id);
/// The same of all that are open and moved; at most 5,000 cameras.
Result<std::map<IncidentId, std::vector<ChosenCamera>>> cameras_of_moving(sql::Db& db);

/// A place that a sender told.
struct TrailPoint {
    event::Position position;
    WallTime seen_at;  ///< As its sender says, and no later than the message came.
    EventId event;
};
inline constexpr std::size_t kTrailMax = 100;
/// Where it was seen by who told its newest place, oldest first; at most kTrailMax places. What several senders tell of one case is no way that
/// somebody went. What was erased is left out.
Result<std::vector<TrailPoint>> trail(sql::Db& db, const IncidentId& id);

}  // namespace bongsu::incident
