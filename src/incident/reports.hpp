#pragma once
// The reports of an incident: what each sender says of the one case. Reads of the fold `incident`.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "incident/incident.hpp"
#include "incident/joining.hpp"
#include "sql/sql.hpp"

namespace bongsu::incident {

constexpr std::size_t kReportsMax = 20;  ///< Of one incident: the next one opens another.

/// One sender's occurrence as that sender tells it.
struct Report {
    EventId event;
    IncidentId incident;
    std::uint64_t seq = 0;  ///< Of the entry that brought it here.
    std::string sender, number, type, type_name;
    bool known = false;
    std::string grade;
    std::optional<event::Position> position;
    event::PositionFault position_fault = event::PositionFault::none;
    std::string place, text;
    std::vector<std::string> faults;
    std::string note;
    WallTime occurred_at, content_time;
    std::optional<WallTime> ended_at;
    std::string ended_code;      ///< "50", "90", "91" or "92".
    std::string joined_by;       ///< Empty for the one that opened it, "rule:KEY", or "user:…" of who merged it.
    std::int64_t distance_m = 0;  ///< From the incident, when it joined.
    bool gone = false;            ///< Taken out, or gone on with another incident; of all_reports() alone.

    AgencyId agency() const { return {sender.substr(0, sender.find(':'))}; }
};

/// In the order in which they came; those that were taken out are left out.
Result<std::vector<Report>> reports(sql::Db& db, const IncidentId& incident);
/// The same with those that were taken out or went on elsewhere: who once reported it sees its own words of then.
Result<std::vector<Report>> all_reports(sql::Db& db, const IncidentId& incident);
/// Every incident that this event ever was a report of.
Result<std::vector<IncidentId>> ever_of(sql::Db& db, const EventId& event);
/// Errors: not_found.
Result<Report> report_of(sql::Db& db, const IncidentId& incident, const EventId& event);
/// How many go on besides `event`.
Result<std::int64_t> others_open(sql::Db& db, const IncidentId& incident, const EventId& event);

/// An open incident that a message which opens one is a report of, by the first row of `joining` that fits.
struct Case {
    Incident incident;
    std::string rule;
    std::int64_t distance_m = 0;
};
Result<std::optional<Case>> find_case(sql::Db& db, const Joining& joining, const event::Event& event, WallTime now);

/// Open incidents about this one's place and time, which may be the same case: the nearest first.
struct Near {
    Incident incident;
    std::int64_t distance_m = 0;
};
constexpr double kNearMetres = 300;
constexpr std::chrono::minutes kNearTime{30};
Result<std::vector<Near>> near_ones(sql::Db& db, const Incident& incident, std::size_t limit);

/// The incident as one of its senders tells it: what another said of the same case is not for its eyes.
Incident face_of(Incident incident, const Report& report);
/// The face for an agency, of all_reports(): its own report's, rather one that goes on; the opening one's for whom it was shown to without having
/// reported it. Who of ours does what is not for it.
Incident face_for(Incident incident, const std::vector<Report>& reports, std::string_view agency);
/// Of the entries about an incident that ever had several reports, those whose event an agency may read.
std::set<std::string> events_for(const Incident& incident, const std::vector<Report>& reports, std::string_view agency);

}  // namespace bongsu::incident
