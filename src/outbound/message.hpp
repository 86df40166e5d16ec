#pragma once
// A message of ours in a partner's format. Pure.

#include <string>

#include "event/profile.hpp"
#include "outbound/delivery.hpp"

namespace bongsu::outbound {

inline constexpr const char* kSystem = "IPC";  ///< sysCd of ours: the integrated platform.

/// False for what the format has no word for: wearables hear nothing at all, and a telegram says "received" as status 40
/// with 접수 in its text, so not where the agreed fields have none.
bool can_say(const event::Profile& profile, std::string_view code);

/// The bytes as they go out (over HTTP: the body), under ARIA where that is agreed. The same message gives the same bytes
/// but for the times of sending and the session key, so that a partner knows a repeat. `profile` has pairs; ours are theirs
/// turned round. Errors: unavailable when ARIA is agreed and cannot be had.
Result<std::string> write(const event::Profile& profile, const Message& message, WallTime now, const std::string& session_key);

/// The body of getAuth with our key, under ARIA as above.
Result<std::string> write_auth(const event::Profile& profile, WallTime now);

}  // namespace bongsu::outbound
