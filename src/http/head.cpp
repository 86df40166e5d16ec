#include "http/head.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace bongsu::http {

namespace {

constexpr std::size_t kHostBytesMax = 255 + 6;  // A name, ':' and a port.

/// uri-host [ ":" port ] by its letters (RFC 3986 3.2.2); empty is a target without an authority.
bool is_host(std::string_view host) {
    constexpr std::string_view kOthers = "-._~%!$&'()*+,;=:[]";
    return host.size() <= kHostBytesMax && std::all_of(host.begin(), host.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               kOthers.find(c) != std::string_view::npos;
    });
}

bool is_chunked(std::string_view coding) {
    constexpr std::string_view kChunked = "chunked";
    return coding.size() == kChunked.size() &&
           std::equal(coding.begin(), coding.end(), kChunked.begin(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

}  // namespace

bool is_utf8(std::string_view text) {
    // The parser of JSON is the one that knows.
    boost::system::error_code code;
    [[maybe_unused]] const auto value =
        boost::json::parse(boost::json::serialize(boost::json::string(text)), code);
    return !code;
}

std::optional<Refusal> fault_of(const Head& head) {
    if (head.hosts.empty() && head.version >= 11) return Refusal{400, "Host is required"};
    if (head.hosts.size() > 1) return Refusal{400, "Host must be there once"};
    if (!head.hosts.empty() && !is_host(head.hosts[0])) return Refusal{400, "Host must be a host and perhaps a port"};
    if (head.transfer_encodings.empty()) return std::nullopt;
    if (head.transfer_encodings.size() > 1 || !is_chunked(head.transfer_encodings[0]))
        return Refusal{501, "Transfer-Encoding must be chunked: no other transfer coding is taken"};
    if (head.has_length) return Refusal{400, "Content-Length must not stand beside Transfer-Encoding"};
    if (head.version < 11) return Refusal{400, "Transfer-Encoding needs HTTP/1.1"};
    return std::nullopt;
}

std::optional<Response> fault_of_handshake(const Request& request) {
    if (request.header("sec-websocket-version") != "13") {
        auto response = problem(426, "upgrade_required", "Upgrade required", "Sec-WebSocket-Version must be 13");
        response.headers["Sec-WebSocket-Version"] = "13";
        response.headers["Upgrade"] = "websocket";
        return response;
    }
    constexpr std::size_t kKeyLetters = 24;  // 16 bytes in base64.
    const auto key = request.header("sec-websocket-key");
    const bool is_key = key.size() == kKeyLetters && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/';
    });
    if (!is_key) return to_response({400, "Sec-WebSocket-Key must be 16 bytes in base64"});
    return std::nullopt;
}

Response to_response(const Refusal& refusal) {
    const auto word = refusal.status == 413   ? "too_large"
                      : refusal.status == 431 ? "headers_too_large"
                      : refusal.status == 501 ? "not_implemented"
                      : refusal.status == 503 ? "unavailable"
                                              : "unreadable";
    auto response = problem(refusal.status, word, "The request cannot be taken", refusal.detail);
    if (refusal.status == 503) response.headers["Retry-After"] = "60";
    return response;
}

std::optional<std::string> decode_path(std::string_view path) {
    std::string kept = "x=";
    for (const char c : path) kept += c == '+' ? "%2B" : c == '&' ? "%26" : std::string(1, c);
    auto form = parse_form(kept);
    if (!form) return std::nullopt;
    auto text = std::move((*form)["x"]);
    if (text.find('\0') != std::string::npos || !is_utf8(text)) return std::nullopt;
    return text;
}

bool read_target(std::string_view target, Request& out) {
    // The absolute form, which a server has to take (RFC 9112 3.2.2), and whose path may be empty.
    const std::size_t scheme = target.starts_with("http://") ? 7 : target.starts_with("https://") ? 8 : 0;
    if (scheme > 0) target.remove_prefix(std::min(target.find_first_of("/?", scheme), target.size()));
    const auto question = std::min(target.find('?'), target.size());
    const auto written = scheme > 0 && question == 0 ? std::string_view("/") : target.substr(0, question);
    if (!written.starts_with('/')) return false;
    auto path = decode_path(written);
    if (!path) return false;
    out.path = *std::move(path);
    if (question == target.size()) return true;
    auto query = parse_form(target.substr(question + 1));
    if (!query) return false;
    for (const auto& [name, value] : *query) {
        if (!is_utf8(name) || !is_utf8(value)) return false;
    }
    out.query = *std::move(query);
    return true;
}

}  // namespace bongsu::http
