#pragma once
// Of a message that is refused: which occurrence it says to be about, as far as that can be read. Pure.

#include <string>

#include "event/codec/codec.hpp"

namespace bongsu::event {

struct Claim {
    std::string source;  ///< Of a CloudEvent alone: its `source`.
    std::string number;  ///< Empty: it does not say, or nobody can read it.
    bool operator==(const Claim&) const = default;
};

/// What is erased of an occurrence by law takes what was refused under its number with it: so a refusal names it, also where the
/// message could not be taken for another field. Only what could stand as an event's number is one.
///
/// Cost: as of decoding; for refused messages alone. Never fails otherwise than by an empty number. Threads: any.
Claim claim_of(const Profile& profile, const Wire& wire);

}  // namespace bongsu::event
