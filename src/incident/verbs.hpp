#pragma once
// Everything that can be done to an incident. A verb appends to the batch of a Book; the fold follows at
// once.

#include <functional>

#include "event/event.hpp"
#include "incident/incident.hpp"
#include "incident/joining.hpp"
#include "journal/book.hpp"

namespace bongsu::incident {

/// What an event did. The integrator opens grants on `opened` (unless `ended`), chooses cameras again on
/// `moved`, ends grants on `ended`.
struct Change {
    IncidentId incident;
    std::optional<State> from;  ///< None when it was opened.
    State to = State::fresh;
    bool opened = false;
    bool moved = false;  ///< Its position is another than before; only while it is open.
    bool ended = false;  ///< It stopped being open by this event (or was born so): its grants end.
    bool late = false;   ///< Recorded as `event.late`, nothing changed.
    bool joined = false;        ///< It is another report of a case that was known.
    bool report_ended = false;  ///< Its sender's part is over and the incident goes on: its grants end, the others' stay.
    bool real = false;   ///< What was opened as a test is none: cameras and video follow as if opened now.
    bool test = false;   ///< The incident is a test after this: no cameras, no grant.
    EventId event;
};

/// Who acts. `role` is a role of identity/; "agency" may not act.
struct Actor {
    UserId user;
    std::string role;
};

struct Act {
    std::string act;     ///< A name of kActs.
    std::string text{};  ///< At most 2,000 letters of UTF-8; required for note and cancel.
    std::string outcome{};  ///< Required for close: "true", "false", "drill", "test", "duplicate" or "unknown".
    UserId person{};        ///< Required for hand_over: to whom.
};

/// Who sits at a seat now: an incident is not handed to an empty one. Not set: everybody does.
using Sits = std::function<Result<bool>(const UserId&)>;

inline constexpr std::size_t kActTextLettersMax = 2000;

/// All verbs: between book.begin() and book.commit(), on the store thread. Journal errors pass through.

/// Opens, changes or ends the incident of `id`, or records the event as late. Call it once per
/// event::Recorded that is fresh or an update (a repeat has nothing to tell). `site` is the site whose
/// journal this is.
///
/// Content (position, place, text) follows the newest state time, never the order of arrival; an empty place,
/// text or position does not erase what is known. A test's message under a real number is late ("test"): it
/// cannot move or end what is real. A message that would open an incident joins one that is open, where `joining` says that they are
/// reports of one case; the incident ends with the last of its reports. A real message under a test's number, unless it ends it, makes the incident
/// real: rather a drill too many with video than a call without; where the test is over it opens another incident. Errors: invalid for an event whose state is not in the
/// list.
Result<Change> receive_event(journal::Book& book, const event::Event& event, const EventId& id,
                             const SiteId& site, const Joining& joining = Joining::defaults());

/// Records what is older than what stands as `event.late`, whatever it says; nothing for an event without an incident.
/// `id` and `event` as above. Errors: the journal's.
Result<std::optional<Change>> receive_late(journal::Book& book, const event::Event& event, const EventId& id);

/// Appends `incident.acted` and answers the incident as it is after.
///
/// Whose it is: the first who receives it or takes a step has it in hand. It is handed over by who has it, a police officer or a
/// supervisor, to somebody who sits; taken over by those two, or by anybody when who had it sits nowhere any more. A police officer alone
/// commands, whoever has it in hand; another officer's command ends the one before.
/// Errors: not_found; forbidden (role); invalid (names act, text, outcome or person); conflict when the state does not admit the act,
///         "already received" to a second operator among them, `not_seated` for a person who sits nowhere.
Result<Incident> act(journal::Book& book, const Actor& actor, const IncidentId& id, const Act& act, const Sits& sits = {});

/// Something was done about it that is no act of its own (a step of its procedure): who did it has it in hand if nobody had, and it is
/// acted on from now on. Answers whether that changed anything. Errors: not_found.
Result<bool> note_step(journal::Book& book, const Actor& actor, const IncidentId& id);

/// Nobody has received it for so long: `incident.escalated` {incident, level, after}. Errors: not_found; conflict when
/// somebody of ours has it in hand or commands it, when it is over, or that level was reached.
Result<void> escalate(journal::Book& book, const IncidentId& id, std::int64_t level, std::chrono::seconds after);

struct Merge {
    IncidentId into, other;
    std::string text{};  ///< At most 2,000 letters.
};
/// A person finds that both are one case: `incident.merged` {incident, other, from, to, grade, distance, takesPlace, text}. The other one is closed as a
/// duplicate, its reports go on here. Answers the incident as it is after. Errors: not_found; forbidden (role); conflict: the same, ended, a
/// drill and a case, more than kReportsMax reports; invalid text.
Result<Incident> merge(journal::Book& book, const Actor& actor, const Merge& merge);

/// A person finds that a report is another case: `incident.split` {incident, event, other} and `incident.opened` with the report's words,
/// received by that person. Answers the new incident. Errors: not_found; forbidden (role); conflict: the incident or the report has
/// ended, or it is the one that opened the incident.
Result<Incident> split(journal::Book& book, const Actor& actor, const IncidentId& id, const EventId& event);

struct ChosenCamera {
    CameraId id;
    int score = 0;  ///< 0–1000, coverage's.
    std::vector<std::string> reasons;
};

/// Appends `cameras.chosen`; the newest choice is the whole choice. At most 64. Errors: not_found, invalid.
Result<void> record_cameras(journal::Book& book, const IncidentId& id,
                            const std::vector<ChosenCamera>& cameras);

}  // namespace bongsu::incident
