#include "view/http_ask.hpp"

#include <utility>

namespace bongsu::view {

std::string quotable(std::string text) {
    for (char& letter : text) {
        if (letter < 0x20 || letter > 0x7e || letter == '"' || letter == '\\') letter = '.';
    }
    return text;
}

std::string ticket_of(const http::Request& request) {
    if (const auto bearer = request.bearer(); !bearer.empty()) return std::string(bearer);
    return request.param("ticket").value_or("");
}

http::Response refusal_of(const Error& error) {
    http::Response response = http::problem(error);
    if (error.kind == ErrorKind::unauthenticated) {
        response.headers["WWW-Authenticate"] =
            R"(Bearer error="invalid_token", error_description=")" + quotable(error.message) + "\"";
    }
    return response;
}

std::optional<http::Reply> for_origin(const Door& door, const http::Request& request, http::Reply reply) {
    const std::string origin(request.header("origin"));
    if (origin.empty()) return reply;
    if (!door.allows_origin(origin)) {
        reply(http::problem(403, "forbidden", "Not allowed", "this origin is no desk of ours"));
        return std::nullopt;
    }
    return [origin, inner = std::move(reply)](http::Response response) {
        response.headers["Access-Control-Allow-Origin"] = origin;
        response.headers["Access-Control-Expose-Headers"] = "Location, Content-Length, Content-Range, WWW-Authenticate";
        response.headers["Vary"] = "Origin";
        inner(std::move(response));
    };
}

http::Response preflight_of(std::string methods, std::string headers) {
    http::Response response;
    response.status = 204;
    response.content_type.clear();
    response.headers["Access-Control-Allow-Methods"] = std::move(methods);
    response.headers["Access-Control-Allow-Headers"] = std::move(headers);
    response.headers["Access-Control-Max-Age"] = "600";
    return response;
}

}  // namespace bongsu::view
