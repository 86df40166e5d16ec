#pragma once
// Figures counted again from the entries alone: what a centre reports must follow from its record.

#include <boost/json/object.hpp>
#include <string>

#include "base/result.hpp"
#include "env/env.hpp"

namespace bongsu::app {

/// Of a folder of segments, as far as it holds: {"Entries by kind": {kind: n}, "Entries by day (UTC)", "Incidents by type",
/// "Drills and tests by type", "Incidents by state", "Closed with the outcome", "Grants by purpose", "Views", "Views permitted by
/// person"}; what is empty is left out. Drills and tests are in no other figure of incidents. The same figures as docs/verify counts, by code of its own. Errors: the disk's.
Result<boost::json::object> statistics_of(env::Disk& disk, const std::string& folder);

}  // namespace bongsu::app
