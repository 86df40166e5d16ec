#include "http/answer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bongsu::http {

namespace {

/// RFC 9110 15, RFC 6585 and RFC 4918; 499 is nginx's word for a client that left. A phrase is for people who read along:
/// a status without one is sent without.
constexpr auto kReasons = std::to_array<std::pair<int, std::string_view>>({
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
});

std::string_view reason_of(int status) {
    const auto* found = std::ranges::find(kReasons, status, &std::pair<int, std::string_view>::first);
    return found == kReasons.end() ? std::string_view{} : found->second;
}

/// Names of fields are ASCII.
bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    const auto at = out.size();
    out += value;
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
    out += "\r\n";
}

}  // namespace

std::string to_text(const Response& response, bool keep, bool head) {
    std::string out;
    out.reserve(256 + (head ? 0 : response.body.size()));
    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reason_of(response.status);
    out += "\r\n";
    if (!keep) append_field(out, "Connection", "close");
    const bool has_body = response.status != 204 && response.status != 304;
    if (has_body && !response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
    bool says_type_options = false, says_cache = false;
    for (const auto& [name, value] : response.headers) {
        append_field(out, name, value);
        says_type_options = says_type_options || same_name(name, "X-Content-Type-Options");
        says_cache = says_cache || same_name(name, "Cache-Control");
    }
    if (!says_type_options) append_field(out, "X-Content-Type-Options", "nosniff");
    if (!says_cache) append_field(out, "Cache-Control", "no-store");
    if (has_body) append_field(out, "Content-Length", std::to_string(response.body_bytes()));
    out += "\r\n";
    if (has_body && !head) out += response.body;
    return out;
}

}  // namespace bongsu::http
