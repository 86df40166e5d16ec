#pragma once
// What every way out over HTTP does with a request before the door and with an error after it.

#include <optional>
#include <string>

#include "http/message.hpp"
#include "http/server.hpp"
#include "view/door.hpp"

namespace bongsu::view {

/// RFC 6750 3: visible ASCII without quote and backslash.
std::string quotable(std::string text);

/// The ticket of `Authorization: Bearer`, else of `?ticket=`; empty for neither.
std::string ticket_of(const http::Request& request);

/// The problem document of an error; with WWW-Authenticate where the ticket is at fault.
http::Response refusal_of(const Error& error);

/// A page of a foreign origin gets 403, and not even the reason; a client that is no browser sends no Origin. Answers the
/// reply to go on with, which lets a desk's page read the answer, or none: then it was answered.
std::optional<http::Reply> for_origin(const Door& door, const http::Request& request, http::Reply reply);

/// What a browser asks before a request of another origin (Fetch, CORS preflight): 204.
http::Response preflight_of(std::string methods, std::string headers);

}  // namespace bongsu::view
