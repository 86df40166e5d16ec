#include "http/face.hpp"

#include <charconv>

namespace bongsu::http {

namespace json = boost::json;

Response answer(int status, const Result<json::object>& body) {
    if (!body) return problem(body.error());
    auto response = json_response(status, *body);
    response.headers["Cache-Control"] = "no-store";
    return response;
}

Result<std::uint64_t> whole_parameter(const Request& request, std::string_view name, std::uint64_t min, std::uint64_t max, std::uint64_t otherwise) {
    const auto text = request.param(name);
    if (!text) return otherwise;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || end != text->data() + text->size() || number < min || number > max)
        return fail_field(name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return number;
}

json::value text_or_null(std::string_view text) {
    if (text.empty()) return nullptr;
    return json::string(text);
}

json::value time_or_null(const std::optional<WallTime>& time) {
    if (!time) return nullptr;
    return json::string(to_rfc3339(*time));
}

}  // namespace bongsu::http
