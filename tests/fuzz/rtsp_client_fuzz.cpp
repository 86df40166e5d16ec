// A camera that answers anything, in any order: what the puller says stays RTSP, is bounded, never leaks the password, and
// never leaves TLS.

#include <string>

#include "camera_fuzz.hpp"
#include "rtsp/client_session.hpp"

using namespace bongsu;        // tidy-ok: a program of one function
using namespace bongsu::rtsp;  // tidy-ok: a program of one function

namespace {

constexpr std::string_view kPassword = "s3cr3t-w0rd";
constexpr const char* kSdp =
    "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n";

void check(const std::string& said) {
    if (said.empty()) return;
    fuzz::require(said.size() < 64 * 1024 && said.ends_with("\r\n\r\n"));
    fuzz::require(said.find("\r\n\r\n") == said.size() - 4);  // One message: nothing of the camera's smuggled in another.
    fuzz::require(parse(std::string_view(said).substr(0, said.size() - 4), "").has_value());
    fuzz::require(said.find(kPassword) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A camera that guesses the password hears it in its own words.
    if (std::string_view(reinterpret_cast<const char*>(data), size).find(kPassword) != std::string_view::npos) return 0;
    fuzz::Script script(data, size);
    const std::uint8_t flags = script.byte();
    ClientSession::Options options;
    options.url = *parse_url((flags & 1U) != 0 ? "rtsps://cam/live?x=1" : "rtsp://cam/live");
    options.url.user = "admin";
    options.credentials = {"admin", std::string(kPassword)};
    options.cnonce = "cn";
    options.transport = static_cast<Transport>(flags >> 1U & 1U ? 2 : flags >> 2U & 1U);
    options.client_port = 5000;
    options.peer = "10.0.0.9";
    const bool secure = options.url.secure;
    ClientSession session(std::move(options));
    check(session.start());
    MonoTime now{std::chrono::hours(1)};
    int steps = 0, accepted = 0;
    while (script.more() && ++steps < 64) {
        now += std::chrono::seconds(script.byte());
        // Kind answers take a script far; its own text goes behind the status or is all of the message.
        const std::uint8_t kind = script.byte();
        const std::string_view text = script.text('\0');
        std::string head(text);
        if (kind % 4 != 0) {
            head = std::string(kind % 4 == 1 ? "RTSP/1.0 200 OK" : kind % 4 == 2 ? "RTSP/1.0 401 No" : "RTSP/1.0 302 Go") +
                   "\r\nSession: 7" + (text.empty() ? "" : "\r\n" + std::string(text));
        }
        const auto answer = session.on_text(head, (kind & 64U) != 0 ? std::string(text) : kSdp, now);
        if (!answer) {
            fuzz::require(answer.error().message.find(kPassword) == std::string::npos && answer.error().message.size() < 1000);
            return 0;
        }
        check(*answer);
        accepted += answer->empty() ? 0 : 1;
        if (session.redirect()) {
            fuzz::require(!secure || session.redirect()->secure);
            fuzz::require(session.redirect()->without_secrets().find(kPassword) == std::string::npos);
            break;
        }
        check(session.tick(now));
    }
    check(session.teardown());
    return 0;
}
