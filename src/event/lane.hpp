#pragma once
// Which message must never wait: told from its bytes before anything of it is decoded.

#include <string_view>

#include "event/profile.hpp"

namespace bongsu::event {

/// True for the types of 112, 119, SOS, bells and fire: somebody's life may hang on them.
bool is_emergency_type(std::string_view id);

/// A guess in the message's favour, from its bytes and what is agreed with its sender: any `evtId` that stands in it (SCSNS),
/// the object's own `type` (CloudEvents, our JSON) or what the sender's code map holds of it, the service of a telegram and what its code map holds, any line of a
/// wearable. Positions (telegram 30) are none; what is encrypted or cannot be looked into may be one. Messages of one
/// occurrence get the same answer, so that a lane of their own keeps them in order.
/// `enc_at`: of HTTP, the header X-Scsns-encAt.
/// Bounds: reads each byte at most twice, of CloudEvents 16 KiB. Threads: any.
bool is_urgent(const Profile& profile, std::string_view bytes, std::string_view enc_at = {});

/// The same of a CloudEvent over HTTP: in binary mode its type is the header ce-type (`ce_type`; quoted or not), and its body is
/// the sender's own.
bool is_urgent_event(const Profile& profile, std::string_view ce_type, std::string_view body);

/// What stands in an SCSNS message as its `rrKey`, unread otherwise: a secret. Empty: nothing.
std::string_view session_key_in(std::string_view bytes);

}  // namespace bongsu::event
