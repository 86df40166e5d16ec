#pragma once
#include <string_view>

#include "incident/incident.hpp"

namespace bongsu::app {

/// Why grants end when an incident comes to this state: shown on the blank tile and kept in the record.
std::string_view end_reason(incident::State state);

}  // namespace bongsu::app
