#pragma once
// RTSP 1.0 messages (RFC 2326): read strictly, written plainly. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace bongsu::rtsp {

/// Header fields in their order; names compare without case.
class Headers {
  public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// The first of that name, or empty.
    std::string_view get(std::string_view name) const;
    /// All of that name, in order.
    std::vector<std::string_view> all(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
    /// A folded line's text, behind one blank.
    void append_to_last(std::string_view more) {
        std::string& value = fields_.back().second;
        if (!value.empty() && !more.empty()) value += ' ';
        value += more;
    }
    bool operator==(const Headers&) const = default;

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
    std::string method, url;
    Headers headers;
    std::string body;
    bool operator==(const Request&) const = default;
};

struct Response {
    int status = 200;
    std::string reason;  ///< Empty: the standard words of the status.
    Headers headers;
    std::string body;
    bool operator==(const Response&) const = default;
};

using Message = std::variant<Request, Response>;

/// `head` without its blank line, as the framer gives it. Bounds: 100 headers.
/// Errors: corrupt, naming what is wrong with which line.
Result<Message> parse(std::string_view head, std::string_view body);

/// Content-Length is written for a body that is not empty.
std::string write(const Request& request);
std::string write(const Response& response);

/// CSeq, 0 to 2^31-1. Errors: corrupt when missing or no number.
Result<std::uint32_t> cseq_of(const Headers& headers);

std::string_view reason_of(int status);

/// Parts of an RTSP URL. `path` begins with '/', `query` is without '?'. User and password are
/// percent-decoded.
struct Url {
    std::string host;
    std::uint16_t port = 554;
    bool secure = false;  ///< rtsps: TLS.
    std::string path = "/";
    std::string query;
    std::string user, password;  ///< Secret.
    /// The URL as it may travel and be logged: without user and password.
    std::string without_secrets() const;
};
/// `rtsp[s]://[user[:password]@]host[:port][/path][?query]`, at most 2,048 bytes; the port is 554, or 322 for rtsps.
/// Errors: invalid; never quotes the password.
Result<Url> parse_url(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);

}  // namespace bongsu::rtsp
