#pragma once
// What a partner said happened, decoded and checked: the noun that every wire format ends in.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "event/position.hpp"

namespace bongsu::event {

/// Bounds of a decoded event. Longer text is cut at a letter and noted; the raw message keeps all of it.
inline constexpr std::size_t kPlaceBytesMax = 2048;
inline constexpr std::size_t kTextBytesMax = 16 << 10;
inline constexpr std::size_t kItemsMax = 64;  // With its values escaped it still fits one journal entry.
inline constexpr std::size_t kItemKeyBytesMax = 100;
inline constexpr std::size_t kItemValueBytesMax = 1000;
inline constexpr std::size_t kFaultsMax = 50;
/// Of these a codec's own notes take so many. The rest is kept for what must not be lost behind oddities: the clock, addresses
/// that lead inside, and at the end a place for each kind of text that held a secret.
inline constexpr std::size_t kNotesMax = 35, kSecretFaultsMax = 5;

/// One message about one occurrence. Immutable once decoded.
///
/// `faults` are oddities that did not keep the message out, each `<what>` or `<what>:<field>`:
/// "bodyLenFault", "itemCount", "itemKey", "itemRepeated", "itemsMax", "itemShape", "control:FIELD",
/// "cut:FIELD", "stateMismatch", "routeLoop", "headerMismatch:FIELD", "bodyTwice", "rawControl", "clockSkew", "clockAhead", "secret:FIELD", "attachmentAddress:NAME", "internalAddress:NAME",
/// "typeUnmapped", "dtCnt", "fieldsMore:N", "positionsMore", "commaIn:FIELD", "absent:FIELD",
/// "endBeforeBegin", "stateBeforeBegin", "timeFault:FIELD", "emergencyRepeated", "batteryFault", "positionFault:FIELD" and "bjdFault" (it cannot be read), "absent:time", "absent:data", "dataUnread", "notUri:NAME", "attribute:NAME", "attributeName",
/// "attributeValue" (codec/cloudevents.hpp).
struct Event {
    std::string codec;  ///< "scsns/1", "scsns-tcp/1", "telegram/1", "wearable/1", "cloudevents/1",
                        ///< "bongsu/1": the decoder and its version.
    std::string
        sender;  ///< Organisation code, of CloudEvents "code:source": the half of the key that says who.
    std::string number;   ///< The sender's own number of the occurrence: the other half of the key.
    std::string state;    ///< "10" "20" "30" "40" "50" "90" "91" "92".
    WallTime state_time;  ///< When the sender says that this state began.
    /// What the sender's clock said, when that was so far ahead that `state_time` is when the message came:
    /// else no right message after it could ever be newer.
    std::optional<WallTime> stated_time{};
    std::optional<std::int64_t> revision;  ///< Of formats that have one; higher replaces lower.
    std::string body_digest;               ///< Hex SHA-256 of the body's bytes as they came.
    std::string type;                      ///< "112UC001": ids are the contract, names are not.
    std::string type_name;                 ///< The sender's name of it; may be wrong.
    bool known = false;                    ///< `type` is in the catalogue.
    std::string grade;                     ///< "10" urgent, "20" ordinary.
    std::optional<Position> position;
    PositionFault position_fault = PositionFault::none;
    std::string place;
    std::string text;
    std::string detail;  ///< The sender's code within the type; may be empty.
    std::string
        sender_user;  ///< The sender's id of the person who set the state; the name stays in the raw message.
    WallTime occurred_at;
    std::optional<WallTime> ended_at{};  ///< When the sender says that the occurrence ended, of formats that say it.
    std::map<std::string, std::string> items;
    std::vector<std::string> faults;
    bool test = false;  ///< The sender says that it is a test or drill: shown as such, nobody is told,
                        ///< nothing leaves.
};

/// True for the eight codes of the state's list; anything else is refused, never taken for "10".
constexpr bool is_state(std::string_view code) {
    return code == "10" || code == "20" || code == "30" || code == "40" || code == "50" || code == "90" ||
           code == "91" || code == "92";
}

/// Of those, the ones that end an occurrence.
constexpr bool ends_occurrence(std::string_view code) { return code == "50" || code == "90" || code == "91" || code == "92"; }

constexpr bool is_grade(std::string_view code) { return code == "10" || code == "20"; }

}  // namespace bongsu::event
