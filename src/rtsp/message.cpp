#include "rtsp/message.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace bongsu::rtsp {
namespace {

constexpr std::size_t kHeadersMax = 100;
constexpr std::size_t kUrlMax = 2048;
constexpr const char* kTooLong = "RTSP URL is longer than 2048 bytes";
constexpr std::uint16_t kPort = 554, kSecurePort = 322;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F; });
}

std::string_view take_line(std::string_view& text) {
    const auto at = text.find("\r\n");
    const auto line = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 2);
    return line;
}

Result<Headers> parse_headers(std::string_view text) {
    Headers out;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (has_control(line)) return fail(ErrorKind::corrupt, "RTSP header holds control characters");
        if (!line.empty() && (line[0] == ' ' || line[0] == '\t') && !out.fields().empty()) {
            out.append_to_last(trim(line));  // Folded line (RFC 2068 2.2).
            continue;
        }
        const auto colon = line.find(':');
        const auto name = line.substr(0, colon);
        if (colon == std::string_view::npos || !is_token(trim(name))) {
            return fail(ErrorKind::corrupt, "RTSP header line without a name");
        }
        if (out.fields().size() == kHeadersMax)
            return fail(ErrorKind::corrupt, "RTSP message has over 100 headers");
        out.add(std::string(trim(name)), std::string(trim(line.substr(colon + 1))));
    }
    return out;
}

Result<Response> parse_status_line(std::string_view line) {
    const std::string_view version = line.substr(0, line.find(' '));
    if (version != "RTSP/1.0") return fail(ErrorKind::corrupt, "RTSP answer has another version than 1.0");
    line = line.substr(std::min(line.size(), version.size() + 1));
    Response out;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out.status);
    if (error != std::errc{} || end != line.data() + 3 || out.status < 100) {
        return fail(ErrorKind::corrupt, "RTSP answer without a status of three digits");
    }
    out.reason = std::string(trim(line.substr(3)));
    return out;
}

Result<Request> parse_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return fail(ErrorKind::corrupt, "RTSP request line is not method, URL, version");
    }
    Request out{
        std::string(line.substr(0, first)), std::string(line.substr(first + 1, last - first - 1)), {}, {}};
    if (!is_token(out.method)) return fail(ErrorKind::corrupt, "RTSP method is no token");
    if (line.substr(last + 1) != "RTSP/1.0") return fail(ErrorKind::corrupt, "RTSP version is not 1.0");
    if (out.url.find(' ') != std::string::npos || out.url.empty() || out.url.size() > 8 * kUrlMax) {
        return fail(ErrorKind::corrupt, "RTSP URL is empty, too long or holds spaces");
    }
    return out;
}

void write_tail(std::string& out, const Headers& headers, const std::string& body) {
    for (const auto& [name, value] : headers.fields()) out += name + ": " + value + "\r\n";
    if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    out += "\r\n" + body;
}

Result<std::string> percent_decoded(std::string_view text, std::string_view field) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        const char* from = text.data() + i + 1;
        if (i + 2 >= text.size() || std::from_chars(from, from + 2, value, 16).ptr != from + 2 ||
            value < 0x20) {
            return fail(ErrorKind::invalid, "bad percent code in the URL's " + std::string(field));
        }
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

/// IPv6, with or without a zone, as it stands between brackets (RFC 3986 3.2.2, RFC 6874).
bool looks_like_ipv6(std::string_view text) {
    const std::string_view address = text.substr(0, text.find('%'));
    return address.find(':') != std::string_view::npos &&
           address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
           text.find_first_of("[]") == std::string_view::npos;
}

/// The host goes to `host`; answers what stands behind it: nothing, or ':' and a port.
Result<std::string_view> take_host(std::string_view authority, std::string& host) {
    if (authority.substr(0, 1) == "[") {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return fail(ErrorKind::invalid, "RTSP URL: '[' without ']'");
        host = std::string(authority.substr(1, close - 1));
        if (!looks_like_ipv6(host))
            return fail(ErrorKind::invalid, "RTSP URL: no IPv6 address between '[' and ']'");
        return authority.substr(close + 1);
    }
    host = std::string(authority.substr(0, authority.find(':')));
    if (host.empty()) return fail(ErrorKind::invalid, "RTSP URL without a host");
    if (host.find_first_of("[]") != std::string::npos)
        return fail(ErrorKind::invalid, "RTSP URL: a bracket in the host's name");
    return authority.substr(host.size());
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string_view Headers::get(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (equal_ignoring_case(key, name)) return value;
    }
    return {};
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
    std::vector<std::string_view> out;
    for (const auto& [key, value] : fields_) {
        if (equal_ignoring_case(key, name)) out.emplace_back(value);
    }
    return out;
}

Result<Message> parse(std::string_view head, std::string_view body) {
    const std::string_view line = take_line(head);
    if (has_control(line)) return fail(ErrorKind::corrupt, "RTSP start line holds control characters");
    if (line.substr(0, 5) == "HTTP/") return fail(ErrorKind::corrupt, "the peer speaks HTTP, not RTSP");
    if (line.substr(0, 5) == "RTSP/") {
        TRY(Response response, parse_status_line(line));
        TRY(response.headers, parse_headers(head));
        response.body = std::string(body);
        return response;
    }
    TRY(Request request, parse_request_line(line));
    TRY(request.headers, parse_headers(head));
    request.body = std::string(body);
    return request;
}

std::string write(const Request& request) {
    std::string out = request.method + " " + request.url + " RTSP/1.0\r\n";
    write_tail(out, request.headers, request.body);
    return out;
}

std::string write(const Response& response) {
    std::string out = "RTSP/1.0 " + std::to_string(response.status) + " ";
    out += response.reason.empty() ? reason_of(response.status) : std::string_view(response.reason);
    out += "\r\n";
    write_tail(out, response.headers, response.body);
    return out;
}

Result<std::uint32_t> cseq_of(const Headers& headers) {
    const std::string_view text = headers.get("CSeq");
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > 0x7FFFFFFFU) {
        return fail(ErrorKind::corrupt, "RTSP message without a CSeq");
    }
    return value;
}

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 453:
            return "Not Enough Bandwidth";
        case 454:
            return "Session Not Found";
        case 455:
            return "Method Not Valid in This State";
        case 461:
            return "Unsupported Transport";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 551:
            return "Option not supported";
        default:
            return status < 500 ? "Request Failed" : "Server Error";
    }
}

std::string Url::without_secrets() const {
    const bool six = host.find(':') != std::string::npos;
    std::string out = (secure ? "rtsps://" : "rtsp://") + (six ? "[" + host + "]" : host);
    if (port != (secure ? kSecurePort : kPort)) out += ":" + std::to_string(port);
    out += path;
    return query.empty() ? out : out + "?" + query;
}

Result<Url> parse_url(std::string_view text) {
    if (text.size() > kUrlMax) return fail(ErrorKind::invalid, kTooLong);
    Url out;
    out.secure = equal_ignoring_case(text.substr(0, 8), "rtsps://");
    if (out.secure) out.port = kSecurePort;
    if (!out.secure && !equal_ignoring_case(text.substr(0, 7), "rtsp://")) {
        return fail(ErrorKind::invalid, "URL does not begin with rtsp:// or rtsps://");
    }
    if (has_control(text) || text.find_first_of(" \t\"<>") != std::string_view::npos) {
        return fail(ErrorKind::invalid, "RTSP URL holds spaces or control characters");
    }
    text.remove_prefix(out.secure ? 8 : 7);
    std::string_view authority = text.substr(0, text.find_first_of("/?"));
    std::string_view rest = text.substr(authority.size());
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view secret = authority.substr(0, at);
        const auto colon = secret.find(':');
        TRY(out.user, percent_decoded(secret.substr(0, colon), "user"));
        if (colon != std::string_view::npos) {
            TRY(out.password, percent_decoded(secret.substr(colon + 1), "password"));
        }
        authority.remove_prefix(at + 1);
    }
    TRY(const std::string_view port, take_host(authority, out.host));
    if (!port.empty()) {
        const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), out.port);
        if (port[0] != ':' || error != std::errc{} || end != port.data() + port.size() || out.port == 0) {
            return fail(ErrorKind::invalid, "RTSP URL: the port is no number from 1 to 65535");
        }
    }
    const auto question = rest.find('?');
    out.path = std::string(rest.substr(0, question));
    if (out.path.empty()) out.path = "/";
    if (question != std::string_view::npos) out.query = std::string(rest.substr(question + 1));
    // A '/' may have been put in: what goes out has to be readable again.
    if (out.without_secrets().size() > kUrlMax) return fail(ErrorKind::invalid, kTooLong);
    return out;
}

}  // namespace bongsu::rtsp
