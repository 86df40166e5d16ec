#pragma once
// What the folds of this room say.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "grant/grant.hpp"
#include "sql/sql.hpp"

namespace bongsu::grant {

constexpr std::size_t kPageMax = 1000;

/// Errors: not_found.
Result<Grant> find_grant(sql::Db& db, const GrantId& id);

struct GrantFilter {
    std::optional<IncidentId> incident;
    std::optional<identity::Session> holder;  ///< Only those that this person or the person's agency holds.
    std::string before;                       ///< Cursor: ids below it; empty for the newest.
    std::size_t limit = 100;                  ///< 1 … kPageMax.
};
struct GrantPage {
    std::vector<Grant> items;  ///< Newest first.
    std::string next;          ///< Empty on the last page.
};
Result<GrantPage> list_grants(sql::Db& db, const GrantFilter& filter);
/// Those that hold or held a grant of this incident.
Result<std::set<std::string>> agencies_of_incident(sql::Db& db, const IncidentId& incident);
/// Of all grants of this incident that the agency, or this person, holds or held.
Result<std::set<std::string>> cameras_of_incident(sql::Db& db, const IncidentId& incident, const AgencyId& agency,
                                                  const UserId& user = {});
/// Not ended and within their window at `now`, oldest first.
Result<std::vector<Grant>> live_grants_of_incident(sql::Db& db, const IncidentId& incident, WallTime now);
/// The same with those that begin later.
Result<std::vector<Grant>> coming_grants_of_incident(sql::Db& db, const IncidentId& incident, WallTime now);
/// Whether a person ended the newest grant that an event of this incident opened for this purpose and agency: what somebody ended
/// in their own words is opened again by a person alone.
Result<bool> is_ended_by_person_of_event(sql::Db& db, const EventId& event, const std::string& purpose, const AgencyId& agency);
Result<bool> is_ended_by_person(sql::Db& db, const IncidentId& incident, const std::string& purpose, const AgencyId& agency);
/// All that live at `now`: what media may have to serve. At most 100,000.
Result<std::vector<Grant>> live_grants(sql::Db& db, WallTime now);

/// What media must refuse although a ticket's own times would allow it (ADR 0005, "revoked").
struct Revocation {
    GrantId grant;
    std::optional<std::vector<CameraId>> cameras;  ///< None: all of the grant.
    std::string reason;
};
/// The full list at `now`: grants that ended before their `to`, and cameras that left a grant. When a camera
/// comes back into a grant it leaves this list: send media the full state then, since a `revoke` only ever
/// adds.
Result<std::vector<Revocation>> revocations(sql::Db& db, WallTime now);

/// A row of the record: who saw which camera from when to when, for what.
struct View {
    ViewId id;
    std::string user, agency, holder;  ///< `user` and `agency` are empty for a relay between sites.
    GrantId grant;
    CameraId camera;
    std::string incident, purpose, basis, kind, way;
    int height = 0;
    std::optional<WallTime> permitted_at, opened_at, closed_at;
    std::int64_t frames = 0, bytes = 0;
    std::string reason;
};
/// Grants under this purpose that live or are to live.
Result<std::vector<GrantId>> standing_of_purpose(sql::Db& db, const std::string& purpose, WallTime now);

struct ViewFilter {
    std::optional<IncidentId> incident;
    std::optional<CameraId> camera;
    std::optional<UserId> user;
    std::optional<AgencyId> agency;
    std::string before;  ///< As in GrantFilter.
    std::size_t limit = 100;
};
struct ViewPage {
    std::vector<View> items;  ///< Newest first.
    std::string next;
};
Result<ViewPage> views_of(sql::Db& db, const ViewFilter& filter);
/// Whether one of the user's newest 20 views of the camera was not over before `from`. A view's entry has the record's time, which never
/// goes back as a clock does: nothing is asked of its beginning but that it was opened, or permitted within the minute before.
Result<bool> was_shown(sql::Db& db, const UserId& user, const CameraId& camera, WallTime from);
/// Errors: not_found.
Result<View> find_view(sql::Db& db, const ViewId& id);

}  // namespace bongsu::grant
