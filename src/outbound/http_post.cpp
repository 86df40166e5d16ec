#include "outbound/http_post.hpp"

#include <string_view>

namespace bongsu::outbound {

std::string to_text(const HttpPost& post) {
    const auto name = post.host.find(':') == std::string::npos ? post.host : "[" + post.host + "]";
    auto out = "POST " + post.path + " HTTP/1.1\r\nHost: " + name + ":" + std::to_string(post.port) +
               "\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\nContent-Length: " +
               std::to_string(post.body.size()) + "\r\n";
    const auto header = [&](std::string_view field, const std::string& value) {
        // What holds a line's end cannot be a header: a partner makes its session keys.
        if (!value.empty() && value.find_first_of("\r\n") == std::string::npos) out += "X-Scsns-" + std::string(field) + ": " + value + "\r\n";
    };
    header("svcTy", post.service);
    header("sendCd", post.sender);
    header("rcvCd", post.receiver);
    header("sysCd", post.system);
    header("encAt", post.is_encrypted ? "Y" : "N");
    header("Secret", post.session_key);
    header("type", "sync");
    return out + "\r\n" + post.body;
}

}  // namespace bongsu::outbound
