#include "outbound/http_post.hpp"

namespace bongsu::outbound {

std::string to_text(const HttpPost& post) {
    const auto name = post.host.find(':') == std::string::npos ? post.host : "[" + post.host + "]";
    auto out = "POST " + post.path + " HTTP/1.1\r\nHost: " + name + ":" + std::to_string(post.port) +
               "\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\nContent-Length: " +
               std::to_string(post.body.size()) + "\r\n";
    if (post.is_encrypted) out += "X-Scsns-encAt: Y\r\n";
    // Made of hex digits by its maker; what holds a line's end cannot be a header.
    if (!post.session_key.empty() && post.session_key.find_first_of("\r\n") == std::string::npos)
        out += "X-Scsns-Secret: " + post.session_key + "\r\nX-Scsns-type: sync\r\n";
    return out + "\r\n" + post.body;
}

}  // namespace bongsu::outbound
