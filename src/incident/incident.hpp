#pragma once
// What is going on: the noun, its states, and what the desk reads of it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "event/position.hpp"
#include "event/types.hpp"

namespace bongsu::incident {

/// Words of the public contract; `fresh` is "new" outside, which C++ keeps for itself.
enum class State : std::uint8_t { fresh, received, acting, released, closed, cancelled, auto_closed };

std::string_view to_string(State state);
std::optional<State> state_of(std::string_view name);

/// No state follows: closed, cancelled, auto_closed.
constexpr bool is_terminal(State state) {
    return state == State::closed || state == State::cancelled || state == State::auto_closed;
}

/// Grants live and cameras follow: new, received, acting.
constexpr bool is_open(State state) {
    return state == State::fresh || state == State::received || state == State::acting;
}

/// The desk's row and card. Times are the journal's; `updated_at` is that of its last change or act.
struct Incident {
    IncidentId id;
    std::uint64_t seq = 0;  ///< Of `incident.opened`: the order and the cursor of lists.
    SiteId site;
    EventId event;  ///< The event that opened it.
    std::string sender, number;
    std::string type;
    std::string type_name;  ///< The sender's own; shows give the catalogue's name first.
    bool known = false;
    std::string grade;
    State state = State::fresh;
    std::optional<event::Position> position;
    event::PositionFault position_fault = event::PositionFault::none;
    std::string place, text;
    std::vector<std::string> faults;
    bool test = false;  ///< The sender calls it a test or drill: no grant, no video, nobody outside is told.
    std::string
        note;  ///< Why it was opened oddly: "receipt before start", "update before start", "end before start", "real after a test"; else empty.
    WallTime occurred_at;
    WallTime content_time;  ///< State time of the message whose content this is; older content does not
                            ///< replace it.
    WallTime opened_at, updated_at;
    std::optional<UserId> received_by;
    std::optional<WallTime> received_at, acting_at, ended_at;
    std::string
        outcome;  ///< Of an operator's close: "true", "false", "drill", "test", "duplicate", "unknown".
    std::int64_t cameras = 0;  ///< How many were chosen last.
    /// 담당: who has it in hand. The first who receives it or does something about it; then whom it was handed to.
    std::optional<UserId> owner;
    std::optional<WallTime> owned_at;
    std::optional<UserId> commander;  ///< The police officer who commands it, while one does.
    std::optional<WallTime> commanded_at;
    std::int64_t reports = 1;                ///< How many messages' occurrences are this one case; those that were taken out of it do not count.
    std::optional<IncidentId> merged_into;  ///< A person found it to be that case: closed, its reports go on there.
    std::int64_t moves = 0;  ///< How often one of its senders told another place than before.
    std::int64_t escalation = 0;  ///< How often those above were called because nobody received it; see escalation_of().
};

/// The list's and the card's JSON: design section 6, with more fields. `names`: of kinds that services name.
std::string to_json(const Incident& incident, const event::TypeNames& names);

}  // namespace bongsu::incident
