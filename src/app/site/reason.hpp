#pragma once
// Why somebody does what goes on record.

#include <string>

#include "event/dead_letter.hpp"
#include "http/message.hpp"

namespace bongsu::app {

/// The body's `reason`: 1 to kReleaseReasonLettersMax letters that are not all blanks. Errors: invalid names `reason`.
inline Result<std::string> reason_in(const boost::json::object& body) {
    TRY(auto reason, http::required_text(body, "reason", event::kReleaseReasonLettersMax));
    if (reason.find_first_not_of(" \t\r\n") == std::string::npos) return fail_field("reason", "must say something");
    return reason;
}

}  // namespace bongsu::app
