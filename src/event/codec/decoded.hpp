#pragma once
// What every codec answers: an event, a reading, a login, or a refusal.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "event/codec/refusal.hpp"
#include "event/event.hpp"

namespace bongsu::event {

/// A position or reading that opens nothing by itself: for the bounded stores, not for the journal.
/// Bounds: as of an Event. `faults` as there.
struct Telemetry {
    std::string codec;   ///< "telegram/1", "wearable/1".
    std::string sender;  ///< As Event::sender.
    std::string kind;    ///< "vehicle", "device", or "text" for a wearable's SMS message.
    std::string source;  ///< The vehicle's number or the device's id at its sender.
    std::string number;  ///< The sender's number of the occurrence that it belongs to; may be empty.
    WallTime at;
    std::optional<Position> position;
    PositionFault position_fault = PositionFault::none;
    std::map<std::string, std::string> items;
    std::vector<std::string> faults;
    bool test = false;
};

/// Who wants to speak. Never write its raw bytes down when `secret` is not empty.
struct Login {
    std::string codec;
    std::string system;  ///< "119", "WP1": the sender's system code.
    std::string user;
    std::string secret;  ///< Empty when the format's field list has none.
    WallTime at;         ///< The sender's clock.
};

using Content = std::variant<Event, Telemetry, Login>;

/// Either `content`, or a refusal whose code is not ok.
struct Decoding {
    Refusal refusal;
    std::optional<Content> content;

    bool ok() const { return refusal.code == Code::ok; }
    const Event* event() const { return content ? std::get_if<Event>(&*content) : nullptr; }
    const Telemetry* telemetry() const { return content ? std::get_if<Telemetry>(&*content) : nullptr; }
    const Login* login() const { return content ? std::get_if<Login>(&*content) : nullptr; }
};

}  // namespace bongsu::event
