#pragma once
#include <string_view>

#include "incident/incident.hpp"

namespace bongsu::app {

/// Under which the centre's people look where the kind of incident has no purpose of its own for them.
inline constexpr std::string_view kOperatorPurpose = "operator-incident";

/// Why grants end when an incident comes to this state: shown on the blank tile and kept in the record.
std::string_view end_reason(incident::State state);

}  // namespace bongsu::app
