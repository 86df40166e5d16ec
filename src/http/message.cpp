#include "http/message.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"

namespace bongsu::http {

namespace json = boost::json;

std::string_view Request::header(std::string_view lower_name) const {
    const auto found = headers.find(std::string(lower_name));
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::string> Request::param(std::string_view name) const {
    const auto found = query.find(std::string(name));
    if (found == query.end()) return std::nullopt;
    return found->second;
}

std::string_view Request::bearer() const {
    const auto value = header("authorization");
    constexpr std::string_view kScheme = "bearer ";
    if (value.size() <= kScheme.size()) return {};
    for (std::size_t i = 0; i < kScheme.size(); ++i) {
        const char c =
            value[i] >= 'A' && value[i] <= 'Z' ? static_cast<char>(value[i] - 'A' + 'a') : value[i];
        if (c != kScheme[i]) return {};
    }
    const auto begin = value.find_first_not_of(' ', kScheme.size() - 1);
    return begin == std::string_view::npos ? std::string_view() : value.substr(begin);
}

void Tap::close() {
    std::vector<std::function<void()>> stops;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        stops.assign(stops_.begin(), stops_.end());
    }
    for (const auto& stop : stops) stop();  // Whoever is ended may come back to us.
}

Tap::Stops::iterator Tap::add(std::function<void()> stop) {
    const std::lock_guard lock(mutex_);
    if (closed_) stop();
    return stops_.insert(stops_.end(), std::move(stop));
}

void Tap::remove(Stops::iterator one) {
    const std::lock_guard lock(mutex_);
    stops_.erase(one);
}

std::size_t Response::body_bytes() const {
    std::size_t bytes = body.size();
    for (const Piece& piece : pieces) bytes += piece.bytes.size();
    return bytes;
}

Response json_response(int status, const json::value& body) {
    Response response;
    response.status = status;
    response.body = json::serialize(body);
    return response;
}

namespace {

struct Meaning {
    int status;
    const char* title;
};

Meaning meaning_of(const Error& error) {
    switch (error.kind) {  // No default: a new kind is a build failure here.
        case ErrorKind::invalid:
            return {400, "The request cannot succeed as asked"};
        case ErrorKind::unauthenticated:
            return {401, "Not logged in"};
        case ErrorKind::forbidden:
            return {403, "Not allowed"};
        case ErrorKind::not_found:
            return {404, "Not found"};
        case ErrorKind::conflict:
            return {409, "The state has changed"};
        case ErrorKind::exhausted:
            // A full disk is the server's want of space; every other limit is the caller's pace.
            if (error.message.find("disk") != std::string::npos) return {507, "Out of storage"};
            return {429, "Too much at once"};
        case ErrorKind::unavailable:
            return {503, "Unavailable"};
        case ErrorKind::timeout:
            return {504, "Timed out"};
        case ErrorKind::cancelled:
            return {499, "Cancelled"};
        case ErrorKind::corrupt:
            return {422, "Unusable content"};
    }
    return {500, "Error"};
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Decodes %XX and, in forms, '+'. A broken escape is an error.
std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

}  // namespace

Response problem(int status, std::string_view word, std::string_view title, std::string_view detail) {
    Response response = json_response(status, {{"type", "/problems/" + std::string(word)},
                                               {"title", json::string(title)},
                                               {"status", status},
                                               {"detail", json::string(detail)}});
    response.content_type = "application/problem+json";
    return response;
}

Response not_allowed(std::string_view path, std::string_view allowed) {
    auto response = problem(405, "method_not_allowed", "Method not allowed", std::string(path) + " takes " + std::string(allowed));
    response.headers["Allow"] = allowed;
    return response;
}

Response problem(const Error& error) {
    const auto meaning = meaning_of(error);
    json::object body{{"type", "/problems/" + (error.code.empty() ? std::string(to_string(error.kind)) : error.code)},
                      {"title", meaning.title},
                      {"status", meaning.status},
                      {"detail", error.message}};
    if (!error.field.empty()) body["field"] = error.field;
    Response response = json_response(meaning.status, body);
    response.content_type = "application/problem+json";
    if (meaning.status == 401) response.headers["WWW-Authenticate"] = "Bearer";
    if (meaning.status == 503 || meaning.status == 429 || meaning.status == 507) {
        response.headers["Retry-After"] = std::to_string(std::max<std::int64_t>(1, error.retry_after.count()));
    }
    return response;
}

Result<json::object> parse_object(std::string_view body) {
    json::parse_options options;
    options.max_depth = 32;
    boost::system::error_code code;
    auto value = json::parse(body, code, {}, options);
    if (code) return fail_field("body", "is not JSON: " + code.message());
    if (!value.is_object()) return fail_field("body", "must be a JSON object");
    return std::move(value.get_object());
}

Result<std::string> required_text(const json::object& object, std::string_view field, std::size_t letters_max) {
    TRY(auto text, optional_text(object, field, letters_max));
    if (!text || text->empty()) return fail_field(field, "is required");
    return *std::move(text);
}

Result<std::optional<std::string>> optional_text(const json::object& object, std::string_view field,
                                                 std::size_t letters_max) {
    const auto* value = object.if_contains(field);
    if (value == nullptr || value->is_null()) return std::optional<std::string>{};
    if (!value->is_string()) return fail_field(field, "must be a string");
    if (letters(value->get_string()) > letters_max) {
        return fail_field(field, "must be at most " + std::to_string(letters_max) + " letters");
    }
    return std::optional<std::string>{std::string(value->get_string())};
}

Result<std::map<std::string, std::string>> parse_form(std::string_view body) {
    constexpr std::size_t kFieldsMax = 100;
    std::map<std::string, std::string> fields;
    for (std::size_t at = 0, count = 0; at < body.size(); ++count) {
        if (count == kFieldsMax) return fail(ErrorKind::invalid, "the form has more than 100 fields");
        const auto end = std::min(body.find('&', at), body.size());
        const auto pair = body.substr(at, end - at);
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = percent_decode(pair.substr(0, equals));
        const auto value =
            percent_decode(equals < pair.size() ? pair.substr(equals + 1) : std::string_view{});
        if (!name || !value) return fail(ErrorKind::invalid, "the form has a broken percent escape");
        if (!name->empty()) fields[*name] = *value;
        at = end + 1;
    }
    return fields;
}

}  // namespace bongsu::http
