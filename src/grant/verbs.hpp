#pragma once
// What can be done to grants. Each appends to the Book; it is so once Book::commit() has returned.

#include <optional>
#include <string>
#include <vector>

#include "grant/grant.hpp"
#include "grant/purpose.hpp"
#include "journal/book.hpp"

namespace bongsu::grant {

struct GrantRequest {
    std::string actor;    ///< "user:…" who asks, "site:…" when an event opens it.
    std::string purpose;  ///< Key.
    IncidentId incident;
    EventId event;  ///< Empty when a person opens it.
    Holder holder;
    std::vector<CameraId> cameras;     ///< At most kCamerasMax, each once; may be empty until some are found.
    std::optional<WallTime> from, to;  ///< Default: now, and as long as the purpose allows.
    std::optional<UserId> second_person;  ///< Who agreed, for a purpose of two persons.
};

/// `grant.issued` {grant,purpose,basis,incident,event,holder,cameras,from,to,kinds,roles,height,ptz,second}.
/// Errors: invalid names the field; forbidden when a second person is missing or is the one who asks.
Result<Grant> issue(journal::Book& book, const Purposes& purposes, const GrantRequest& request);

struct CameraChange {
    std::vector<CameraId> added, removed;
    bool any() const { return !added.empty() || !removed.empty(); }
};
/// The whole new list. `grant.changed` {grant,added,removed,cameras}; nothing when the list is the same.
/// Errors: not_found, conflict when it has ended, invalid.
Result<CameraChange> change_cameras(journal::Book& book, const std::string& actor, const GrantId& grant,
                                    const std::vector<CameraId>& cameras);

inline const std::string kEndedByPerson = "ended by a person";
/// `grant.ended` {grant,incident,reason,words}: `words` (1 to 500 letters) are the person's and may be erased, `reason` is what
/// media, views and districts are told. Errors: not_found, conflict when it has ended already, invalid names `reason`.
Result<Grant> end(journal::Book& book, const std::string& actor, const GrantId& grant, const std::string& words);
/// One, for a reason that is no person's word; nothing when it has ended already. Errors: not_found.
Result<void> end_for(journal::Book& book, const std::string& actor, const GrantId& grant, const std::string& reason);
/// Another incident's from now on, as that is the same case; whoever looks under it goes on looking. `grant.moved` {grant, from, incident}.
/// Errors: not_found, conflict when it has ended.
Result<void> move(journal::Book& book, const std::string& actor, const GrantId& grant, const IncidentId& incident);
/// All of an incident's grants that have not ended: released, closed, cancelled, auto_closed. Answers which.
Result<std::vector<GrantId>> end_of_incident(journal::Book& book, const std::string& actor,
                                             const IncidentId& incident, const std::string& reason);
/// Those that this event opened: a sender's 50, 90 or 91 ends its own, the incident may go on.
Result<std::vector<GrantId>> end_of_event(journal::Book& book, const std::string& actor, const EventId& event,
                                          const std::string& reason);
/// Those whose window is over at `now`, reason "expired"; at most 1,000 a call.
Result<std::vector<GrantId>> expire_due(journal::Book& book, const std::string& actor, WallTime now);

}  // namespace bongsu::grant
