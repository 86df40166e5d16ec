#pragma once
// Which message must never wait: told from its bytes before anything of it is decoded.

#include <string_view>

#include "event/profile.hpp"

namespace bongsu::event {

/// True for the types of 112, 119, SOS, bells and fire: somebody's life may hang on them.
bool is_emergency_type(std::string_view id);

/// A guess in the message's favour, from its bytes and what is agreed with its sender: the first `evtId` (SCSNS) or
/// `type` (CloudEvents, our JSON) that stands in it, the service of a telegram, any line of a wearable. Positions
/// (telegram 30) are none; what is encrypted may be one. Messages of one occurrence get the same answer, so that a
/// lane of their own keeps them in order.
/// Bounds: reads each byte at most once. Threads: any.
bool is_urgent(const Profile& profile, std::string_view bytes);

}  // namespace bongsu::event
