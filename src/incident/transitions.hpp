#pragma once
// The incident's life, as tables. If it is not a row here, it cannot happen.

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "incident/incident.hpp"

namespace bongsu::incident {

/// A sender's state code on an incident that it has: the state after it.
struct Sent {
    State from;
    std::string_view code;
    State to;
};

// clang-format off
inline constexpr std::array kSent{
    Sent{State::fresh,    "10", State::fresh},       Sent{State::fresh,    "30", State::fresh},
    Sent{State::fresh,    "20", State::received},    Sent{State::fresh,    "40", State::fresh},
    Sent{State::fresh,    "50", State::released},    Sent{State::fresh,    "90", State::cancelled},
    Sent{State::fresh,    "91", State::closed},      Sent{State::fresh,    "92", State::auto_closed},
    Sent{State::received, "10", State::received},    Sent{State::received, "30", State::received},
    Sent{State::received, "20", State::received},    Sent{State::received, "40", State::received},
    Sent{State::received, "50", State::released},    Sent{State::received, "90", State::cancelled},
    Sent{State::received, "91", State::closed},      Sent{State::received, "92", State::auto_closed},
    Sent{State::acting,   "10", State::acting},      Sent{State::acting,   "30", State::acting},
    Sent{State::acting,   "20", State::acting},      Sent{State::acting,   "40", State::acting},
    Sent{State::acting,   "50", State::released},    Sent{State::acting,   "90", State::cancelled},
    Sent{State::acting,   "91", State::closed},      Sent{State::acting,   "92", State::auto_closed},
    // Released ends the views, so nothing may bring it back; only its proper end is still to come.
    Sent{State::released, "90", State::cancelled},   Sent{State::released, "91", State::closed},
    Sent{State::released, "92", State::auto_closed},
};

/// The sender's code of a state that is no open one.
constexpr std::string_view ending_code(State state) {
    switch (state) {
        case State::released:
            return "50";
        case State::cancelled:
            return "90";
        case State::auto_closed:
            return "92";
        default:
            return "91";
    }
}

/// The state in which a sender's first message opens an incident, and why that is odd (empty: it is not).
struct Opening {
    std::string_view code;
    State state;
    std::string_view note;
};

inline constexpr std::array kOpenings{
    Opening{"10", State::fresh, ""},
    Opening{"30", State::fresh, ""},
    Opening{"20", State::received, "receipt before start"},
    Opening{"40", State::fresh, "update before start"},
    // An end that came first is kept as an incident that is born ended: nobody looks for it, nobody loses it.
    Opening{"50", State::released, "end before start"},
    Opening{"90", State::cancelled, "end before start"},
    Opening{"91", State::closed, "end before start"},
    Opening{"92", State::auto_closed, "end before start"},
};

/// What an act of a person does: a step is something done about the situation; `hand` changes whose it is, `command` who commands.
enum class ActClass : std::uint8_t { receive, hand, command, yield, step, video, note, close, cancel };

struct ActName {
    std::string_view name;
    ActClass kind;
};

inline constexpr std::array kActs{
    ActName{"receive", ActClass::receive},   ActName{"note", ActClass::note},
    ActName{"hand_over", ActClass::hand},    ActName{"take_over", ActClass::hand},
    ActName{"command", ActClass::command},   ActName{"yield_command", ActClass::yield},
    ActName{"dispatch", ActClass::step},     ActName{"notify", ActClass::step},
    ActName{"notify_112", ActClass::step},   ActName{"notify_119", ActClass::step},
    ActName{"notify_disaster", ActClass::step}, ActName{"call", ActClass::step},
    ActName{"ptz", ActClass::step},          ActName{"request_hold", ActClass::step},
    ActName{"open_video", ActClass::video},  ActName{"close", ActClass::close},
    ActName{"cancel", ActClass::cancel},
};

/// The act that a step of a procedure is, where it changes the incident: nobody asks for it by name.
inline constexpr std::string_view kProcedureStep = "procedure_step";

struct Acted {
    State from;
    ActClass act;
    State to;
};

inline constexpr std::array kActed{
    Acted{State::fresh,       ActClass::receive, State::received},
    // Its sender said "received", or the first who had it was nobody of ours: whoever receives it has it in hand. One alone: act().
    Acted{State::received,    ActClass::receive, State::received},
    Acted{State::acting,      ActClass::receive, State::acting},
    Acted{State::received,    ActClass::hand,    State::received},
    Acted{State::acting,      ActClass::hand,    State::acting},
    // One key in an emergency: who commands what nobody has received has received it.
    Acted{State::fresh,       ActClass::command, State::received},
    Acted{State::received,    ActClass::command, State::received},
    Acted{State::acting,      ActClass::command, State::acting},
    Acted{State::received,    ActClass::yield,   State::received},
    Acted{State::acting,      ActClass::yield,   State::acting},
    // Looking comes before judging: an ordinary incident's video may be opened before it is received.
    Acted{State::fresh,       ActClass::video,   State::fresh},
    Acted{State::fresh,       ActClass::note,    State::fresh},
    Acted{State::fresh,       ActClass::close,   State::closed},
    Acted{State::fresh,       ActClass::cancel,  State::cancelled},
    Acted{State::received,    ActClass::step,    State::acting},
    Acted{State::received,    ActClass::video,   State::acting},
    Acted{State::received,    ActClass::note,    State::received},
    Acted{State::received,    ActClass::close,   State::closed},
    Acted{State::received,    ActClass::cancel,  State::cancelled},
    Acted{State::acting,      ActClass::step,    State::acting},
    Acted{State::acting,      ActClass::video,   State::acting},
    Acted{State::acting,      ActClass::note,    State::acting},
    Acted{State::acting,      ActClass::close,   State::closed},
    Acted{State::acting,      ActClass::cancel,  State::cancelled},
    Acted{State::released,    ActClass::note,    State::released},
    Acted{State::released,    ActClass::close,   State::closed},
    Acted{State::released,    ActClass::cancel,  State::cancelled},
    // What is learnt afterwards belongs to the record.
    Acted{State::closed,      ActClass::note,    State::closed},
    Acted{State::cancelled,   ActClass::note,    State::cancelled},
    Acted{State::auto_closed, ActClass::note,    State::auto_closed},
};
// clang-format on

/// nullopt: the message is late; it is recorded and changes nothing.
constexpr std::optional<State> after_sent(State from, std::string_view code) {
    for (const auto& row : kSent) {
        if (row.from == from && row.code == code) return row.to;
    }
    return std::nullopt;
}

/// nullopt for a code that is no state.
constexpr std::optional<Opening> opening_of(std::string_view code) {
    for (const auto& row : kOpenings) {
        if (row.code == code) return row;
    }
    return std::nullopt;
}

constexpr std::optional<ActClass> act_class(std::string_view name) {
    for (const auto& row : kActs) {
        if (row.name == name) return row.kind;
    }
    return std::nullopt;
}

constexpr std::optional<State> after_act(State from, ActClass act) {
    for (const auto& row : kActed) {
        if (row.from == from && row.act == act) return row.to;
    }
    return std::nullopt;
}

// The tables are functions, and nothing leaves a terminal state or comes back from released.
static_assert(std::all_of(kSent.begin(), kSent.end(), [](const Sent& a) {
    return !is_terminal(a.from) && (a.from != State::released || is_terminal(a.to)) &&
           std::count_if(kSent.begin(), kSent.end(),
                         [&](const Sent& b) { return b.from == a.from && b.code == a.code; }) == 1;
}));
static_assert(std::all_of(kActed.begin(), kActed.end(), [](const Acted& a) {
    return (!is_terminal(a.from) || a.to == a.from) && (a.from != State::released || !is_open(a.to)) &&
           std::count_if(kActed.begin(), kActed.end(),
                         [&](const Acted& b) { return b.from == a.from && b.act == a.act; }) == 1;
}));

}  // namespace bongsu::incident
