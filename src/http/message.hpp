#pragma once
// A request and a response as plain values: handlers are functions, testable without a socket.

#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace bongsu::http {

struct Request {
    std::string method;                         ///< "GET"
    std::string path;                           ///< Percent-decoded, without the query: "/api/v1/me".
    std::map<std::string, std::string> query;   ///< Percent-decoded; the last of a repeated name wins.
    std::map<std::string, std::string> headers; ///< Names in lower case.
    std::string body;                           ///< At most ServerLimits::body_bytes_max.
    /// The body of a request whose limit was raised (server.hpp); `body` is empty then. Copies of the request share it.
    std::shared_ptr<const std::string> file = {};
    std::string remote;                         ///< "127.0.0.1:51234", for the record.
    std::vector<std::string> captures;          ///< Values of the route's {placeholders}, in order.
    bool is_head = false;                       ///< It was HEAD, and `method` says "GET": its answer's body is not sent.

    std::string_view header(std::string_view lower_name) const;  ///< Empty when absent.
    std::optional<std::string> param(std::string_view name) const;
    /// The token of `Authorization: Bearer …`; empty when absent.
    std::string_view bearer() const;
};

/// Bytes that responses share: sent as they lie, without a copy.
struct Piece {
    std::shared_ptr<const void> owner;
    std::string_view bytes;
};

/// What the pieces of some responses flow through: it counts their bytes, and when it is closed no further byte leaves; what the
/// kernel had not sent is thrown away with the connection. Threads: any; on the server's loop it closes at once.
class Tap {
  public:
    void close();
    bool is_closed() const { return closed_; }
    /// Of the pieces, given to the kernel.
    std::uint64_t bytes() const { return bytes_; }

    // For the server: a response under way, and what ends it, which calls nothing here.
    using Stops = std::list<std::function<void()>>;
    Stops::iterator add(std::function<void()> stop);
    void remove(Stops::iterator one);
    void count(std::size_t bytes) { bytes_ += bytes; }

  private:
    std::mutex mutex_;
    Stops stops_;
    std::atomic<std::uint64_t> bytes_ = 0;
    std::atomic<bool> closed_ = false;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::map<std::string, std::string> headers;
    std::vector<Piece> pieces = {};  ///< Behind `body`.
    std::shared_ptr<Tap> tap = {};   ///< Null: nothing ends the response in the middle.
    /// Called once on the server's loop: the kernel took all of it, or the connection ended before that.
    std::function<void(bool whole)> ended = {};

    std::size_t body_bytes() const;  ///< With its pieces.
};

Response json_response(int status, const boost::json::value& body);

/// RFC 9457 problem document {"type","title","status","detail","field"?}: the one place where an ErrorKind becomes a
/// status (invalid 400, unauthenticated 401, forbidden 403, not_found 404, conflict 409, exhausted 507 for a disk
/// and 429 otherwise, unavailable 503, timeout 504, cancelled 499, corrupt 422). `type` is "/problems/" and the
/// error's code, or its kind where it has none; `field` is there when the error has one; Retry-After is the error's
/// own, at least 1 s.
Response problem(const Error& error);
/// The same document for what only HTTP knows: `word` in small letters and '_', such as "too_large".
Response problem(int status, std::string_view word, std::string_view title, std::string_view detail);
/// 405 for this path, with Allow: what it takes, such as "GET, HEAD".
Response not_allowed(std::string_view path, std::string_view allowed);

/// Strict JSON object in UTF-8; ErrorKind::invalid of the field `body`. Depth at most 32.
Result<boost::json::object> parse_object(std::string_view body);
/// Required (and then not empty) / optional fields; the error names the field. Lengths are in letters.
Result<std::string> required_text(const boost::json::object& object, std::string_view field, std::size_t letters_max);
Result<std::optional<std::string>> optional_text(const boost::json::object& object, std::string_view field,
                                                 std::size_t letters_max);
/// Decodes application/x-www-form-urlencoded; at most 100 fields.
Result<std::map<std::string, std::string>> parse_form(std::string_view body);

}  // namespace bongsu::http
