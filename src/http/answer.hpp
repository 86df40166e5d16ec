#pragma once
// A response as the text that a connection sends (RFC 9112 4 and 5).

#include <string>

#include "http/message.hpp"

namespace bongsu::http {

/// One piece: a buffer for each field would cost more than its bytes. Response::pieces are counted in its length and follow it.
/// `keep`: the connection stays open behind it;
/// `head`: it answers HEAD, without the body. No value of a field ends its line. Without Content-Length where the status
/// has no body (204 and 304, RFC 9110 8.6); `X-Content-Type-Options: nosniff` and `Cache-Control: no-store` unless the
/// response says otherwise.
std::string to_text(const Response& response, bool keep, bool head);

}  // namespace bongsu::http
