#pragma once
// Faces of grants and of the record of views. The route table has checked the role's policy
// (identity/policy.hpp) before; what a person may see among what exists is decided here.

#include <functional>

#include "device/directory.hpp"
#include "grant/json.hpp"
#include "grant/verbs.hpp"
#include "http/message.hpp"
#include "identity/policy.hpp"

namespace bongsu::grant {

/// Policies for the route table.
constexpr auto kMayRead = identity::Policy::any_role();
constexpr auto kMayIssue =
    identity::Policy::roles({identity::Role::police, identity::Role::supervisor, identity::Role::official});
constexpr auto kMayReadViews = identity::Policy::roles(
    {identity::Role::supervisor, identity::Role::official, identity::Role::admin, identity::Role::agency});

/// What the faces stand on; all of it outlives the call.
struct Desk {
    journal::Book& book;
    const Purposes& purposes;
    const device::Directory& directory;
    SiteId here;  ///< The site whose Book this is.
    /// Whether the incident is open; not_found when there is none that the person may see.
    std::function<Result<bool>(const IncidentId&)> is_open;
    /// Whether the person may see what belongs to the incident. Not set: all of it.
    std::function<bool(const IncidentId&)> is_seen = {};
};

/// GET /api/v1/grants?incident=&limit=&cursor=, newest first. An agency's people see their own.
http::Response get_grants(const Desk& desk, const http::Request& request, const identity::Session& session);
/// GET /api/v1/grants/{id}; captures[0] is the id.
http::Response get_grant(const Desk& desk, const http::Request& request, const identity::Session& session);
/// POST /api/v1/grants: 201, held by the person's own agency. Answer after Book::commit().
/// 400 names the field, also a camera that is unknown or not connected; 403 for a purpose that this role may
/// not ask for; 404 for the incident; 409 when it is not open.
http::Response post_grant(const Desk& desk, const http::Request& request, const identity::Session& session);
/// DELETE /api/v1/grants/{id} with `reason` in the query or the body: 200, the ended grant. Answer after
/// Book::commit().
http::Response delete_grant(const Desk& desk, const http::Request& request, const identity::Session& session);
/// GET /api/v1/views?incident=&camera=&user=&limit=&cursor=, newest first. An agency's people see their
/// agency's rows.
http::Response get_views(const Desk& desk, const http::Request& request, const identity::Session& session);

}  // namespace bongsu::grant
