#include "identity/http.hpp"

#include <boost/json/serialize.hpp>

#include "identity/password.hpp"

namespace bongsu::identity {

Result<LoginRequest> parse_login(std::string_view body) {
    TRY(const auto object, http::parse_object(body));
    LoginRequest request;
    TRY(request.user, http::required_text(object, "user", kLoginLettersMax));
    TRY(request.password, http::required_text(object, "password", kPasswordLettersMax));
    return request;
}

boost::json::object user_json(const Session& session) {
    return {{"id", session.user.value},
            {"role", to_string(session.role)},
            {"site", session.site.value},
            {"agency", session.agency.value},
            {"name", {{"ko", session.name_ko}, {"en", session.name_en}}}};
}

http::Response login_response(const Login& login) {
    auto response = http::json_response(200, {{"token", login.token},
                                              {"expires", to_rfc3339(login.session.expires)},
                                              {"user", user_json(login.session)}});
    response.headers["Cache-Control"] = "no-store";
    return response;
}

http::Response get_me(const Session& session) {
    auto me = user_json(session);
    me["expires"] = to_rfc3339(session.expires);
    auto response = http::json_response(200, std::move(me));
    response.headers["Cache-Control"] = "no-store";
    return response;
}

http::Response post_logout(Accounts& accounts, journal::Book& book, const http::Request& request) {
    if (const auto done = accounts.logout(book, request.bearer()); !done) return http::problem(done.error());
    http::Response response;
    response.status = 204;
    response.content_type.clear();
    return response;
}

}  // namespace bongsu::identity
