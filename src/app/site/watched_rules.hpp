#pragma once
// The alarms that a centre raises and clears by looking (alarms.toml says what they are).

#include <algorithm>
#include <array>
#include <string_view>

namespace bongsu::app {

inline constexpr std::string_view kPoliceMissing = "duty.police-missing", kOperatorsMissing = "duty.operators-missing", kLinkSilent = "link.silent",
                                  kNotDelivered = "outbound.dead-letter", kNotReceived = "incident.not-received", kUnattended = "incident.unattended",
                                  kWithoutOwner = "incident.without-owner", kSilent = "sop.silent", kReviewDue = "hold.review-due";

inline constexpr std::array kWatchedRules{kPoliceMissing, kOperatorsMissing, kLinkSilent, kNotDelivered, kNotReceived, kUnattended, kWithoutOwner, kSilent, kReviewDue};

/// Raised and cleared at once, latched: what happened stands until somebody has seen it.
inline constexpr std::string_view kStepSkipped = "sop.step-skipped";

}  // namespace bongsu::app
