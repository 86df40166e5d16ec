#pragma once
// From where a browser's page asks.

#include "http/message.hpp"

namespace bongsu::http {

/// Asked by a page that does not come from the host that it asks. What is no browser names no origin, and is none.
inline bool is_foreign(const Request& request) {
    const auto origin = request.header("origin");
    const std::string host(request.header("host"));
    return !origin.empty() && origin != "http://" + host && origin != "https://" + host;
}

}  // namespace bongsu::http
