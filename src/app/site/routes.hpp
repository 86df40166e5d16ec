#pragma once
// Every route with its policy and with what it shows of persons: a route without one of them does not compile, and tests
// walk route x role x grant state, and each route's entries.

#include <optional>
#include <string_view>

#include "app/site/shows.hpp"
#include "app/site/site.hpp"
#include "identity/policy.hpp"

namespace bongsu::app {

/// One request on its way through a handler.
struct Call {
    const http::Request& request;
    const std::function<void(http::Response)>& reply;  ///< For the answers that a worker gives later.
    Outputs& out;
    std::optional<identity::Session> session;
    std::optional<identity::Partner> partner;
    std::shared_ptr<event::Arrival> arrival;  ///< As HttpInput::arrival.
};

struct Route {
    std::string_view method, pattern;  ///< "/api/v1/incidents/{id}": {…} matches one segment.
    identity::Policy policy;           ///< No default: see identity/policy.hpp.
    Shows shows;                       ///< No default either: see shows.hpp.
    /// Nothing: the answer comes later through `reply`.
    std::optional<http::Response> (*handler)(Site&, Call&);
};

/// Who answers for the crew's messages: what is released may open an incident.
inline constexpr auto kReleases = identity::Policy::roles({identity::Role::operator_, identity::Role::police, identity::Role::supervisor});

/// The two doors for partners' SCSNS messages.
inline bool is_partner_message(const http::Request& request) {
    return request.path == "/linkHttp/recvEvent.json" || request.path == "/api/reqEvent.json";
}
/// On the way to the site, by whichever thread brings it: a partner's message, read as far as that goes.
void read_ahead(const Site& site, HttpInput& input);
std::optional<http::Response> dispatch(Site& site, HttpInput& input, Outputs& out);
http::Response finish_login(Site& site, PasswordChecked& checked);
/// What a sender hears when its batch could not be kept: partners in their own form.
http::Response failure_response(const http::Request& request, const Error& why);
/// The answer (413) to a body that was not read: partners hear it in their own form. `head` has no body.
void say_too_large(const http::Request& head, http::Response& answer);

}  // namespace bongsu::app
