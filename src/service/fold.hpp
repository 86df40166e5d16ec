#pragma once
// What the record says of the services: which declarations stand since when, what a report's code decided, and each case's times.

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "journal/book.hpp"
#include "service/service.hpp"

namespace bongsu::service {

/// Tables: service, service_judged, service_stage, service_case.
class ServiceFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "service"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"service", "service_judged", "service_stage", "service_case"}; }
};

/// A declaration as it was put in force last.
struct Standing {
    std::string key;
    std::int64_t version = 1;
    Life life = Life::proposed;
    std::string digest;
    WallTime since{};
    std::string by;  ///< "user:…", or "site:…" at a start.
};
/// In the order of their keys.
Result<std::vector<Standing>> standing(sql::Db& db);

/// What a report's code decided about the picture for whoever sent it.
struct Judged {
    EventId event;
    std::string service;
    int code = 0;
    Decision decision = Decision::by_itself;
};
/// None where nothing was judged: its grade decides.
Result<std::optional<Judged>> judged(sql::Db& db, const EventId& event);
/// Of all reports of a case.
Result<std::vector<Judged>> judged_of(sql::Db& db, const IncidentId& incident);

struct Reached {
    std::string service, stage;
    WallTime at{};  ///< As its sender says.
    EventId event;
};
/// In the order of their times.
Result<std::vector<Reached>> stages_of(sql::Db& db, const IncidentId& incident);
/// Empty while nothing was said.
Result<std::string> effect_of(sql::Db& db, const IncidentId& incident);

struct PurgeQuery {
    WallTime ended_before;
    IncidentId after;  ///< Only ids behind this one; empty: from the first.
    std::size_t limit = 20;
};
/// Cases of these types of which persons' words may still stand, by their ids.
Result<std::vector<IncidentId>> to_purge(sql::Db& db, const std::vector<std::string>& types, const PurgeQuery& query);

/// Of incidents that were opened in [from, to): counts, and times in seconds since each was reported here.
struct Times {
    std::int64_t n = 0, not_measured = 0;
    std::int64_t p50 = 0, p90 = 0, max = 0;        ///< Milliseconds; of the `n` that were measured.
    std::int64_t within_5_min = 0, within_7_min = 0;
};
struct Figures {
    std::int64_t opened = 0, ended = 0, tests = 0, refused = 0;  ///< Drills and tests are in `tests` alone.
    std::map<std::string, std::int64_t> outcomes, results;
    Times picture;  ///< Until cameras were lent.
    Times seen;     ///< Until the first picture left for somebody's screen.
    Times arrival;  ///< Until its sender told that somebody is there.
};
/// Of incidents of these types. Bounds: 100,000 of each type; exhausted beyond: ask for less time.
Result<Figures> figures(sql::Db& db, const std::vector<std::string>& types, WallTime from, WallTime to);

}  // namespace bongsu::service
