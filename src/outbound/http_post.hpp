#pragma once
// One HTTP/1.1 request to a partner. Pure.

#include <cstdint>
#include <string>

namespace bongsu::outbound {

struct HttpPost {
    std::string host{};
    std::uint16_t port = 0;
    std::string path{}, session_key{}, body{};
    bool is_encrypted = false;  ///< The body holds a body under ARIA: said in a header too.
    std::string service{}, sender{}, receiver{}, system{};  ///< Of the envelope: svcTy, sendCd, rcvCd, sysCd; platforms route by these headers.
};
/// With a JSON body, "Connection: close".
std::string to_text(const HttpPost& post);

}  // namespace bongsu::outbound
