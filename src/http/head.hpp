#pragma once
// What a request's head must be before anything of it is believed (RFC 9112), on plain values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace bongsu::http {

struct Head {
    unsigned version = 11;  ///< 11 is HTTP/1.1.
    std::vector<std::string_view> hosts;               ///< Each Host field's value.
    std::vector<std::string_view> transfer_encodings;  ///< Each Transfer-Encoding field's value.
    bool has_length = false;                           ///< There is a Content-Length.
};

/// A status and a sentence; the connection has no known place to go on from.
struct Refusal {
    int status;
    std::string detail;
};

/// 400 for a request of HTTP/1.1 without Host, for two of them and for one that no host has (RFC 9112 3.2), and for a
/// length beside a transfer coding (6.3), 501 for a transfer coding other than `chunked` (6.1).
std::optional<Refusal> fault_of(const Head& head);

/// What is wrong with an upgrade to a WebSocket: 400 for a key that is none (RFC 6455 4.2.1), 426 for another version than 13 (4.2.2).
std::optional<Response> fault_of_handshake(const Request& request);

/// The document that says so.
Response to_response(const Refusal& refusal);

/// A path without its percent signs; '+' means itself. nullopt when it cannot be one: a sign without two digits, a zero
/// byte, no UTF-8.
std::optional<std::string> decode_path(std::string_view path);

/// A request's target into its path and its query; false, with `out` of no use, when it cannot be read.
bool read_target(std::string_view target, Request& out);

/// Whether a decoded path or parameter is UTF-8, as the answers that name it have to be.
bool is_utf8(std::string_view text);

}  // namespace bongsu::http
