#pragma once
// Faces of identity: the login's parts, logout, me.

#include <string>

#include "http/message.hpp"
#include "identity/accounts.hpp"

namespace bongsu::identity {

struct LoginRequest {
    std::string user, password;
};

/// POST /api/v1/login {"user","password"}. Errors: invalid names the field and never shows its value.
Result<LoginRequest> parse_login(std::string_view body);
/// 200 {"token","expires","user":{…}}, not to be stored by caches.
http::Response login_response(const Login& login);

/// {"id","role","site","agency","name":{"ko","en"}}
boost::json::object user_json(const Session& session);
/// 200 the user with "expires".
http::Response get_me(const Session& session);
/// 204. Answer after Book::commit().
http::Response post_logout(Accounts& accounts, journal::Book& book, const http::Request& request);

}  // namespace bongsu::identity
