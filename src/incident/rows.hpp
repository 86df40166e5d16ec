#pragma once
// Rows of the fold `incident`, as its reads have them.

#include <string>
#include <string_view>
#include <vector>

#include "incident/incident.hpp"
#include "sql/sql.hpp"

namespace bongsu::incident {

inline constexpr std::string_view kSelect =
    "select id, seq, site, event, sender, number, type, type_name, known, grade, state, lon_e7, lat_e7, "
    "position_fault, place, body, faults, note, occurred_at, content_time, opened_at, updated_at, "
    "received_by, "
    "received_at, acting_at, ended_at, outcome, cameras, test, owner, owned_at, commander, commanded_at, escalation, reports, merged_into, moves from incident ";

/// Of a row of kSelect.
Incident incident_of(const sql::Row& row);
/// A list of texts in JSON.
std::vector<std::string> texts_of(const std::string& serialized);

}  // namespace bongsu::incident
