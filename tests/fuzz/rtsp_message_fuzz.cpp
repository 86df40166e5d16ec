// Properties: how a stream is split changes nothing; a message that was read and written is read the same again; a URL
// without its secrets holds none.

#include <string>
#include <vector>

#include "camera_fuzz.hpp"
#include "rtsp/framer.hpp"
#include "rtsp/message.hpp"
#include "rtsp/transport.hpp"

using namespace bongsu;        // tidy-ok: a program of one function
using namespace bongsu::rtsp;  // tidy-ok: a program of one function

namespace {

struct Outcome {
    std::vector<std::string> units;
    bool failed = false;
    bool operator==(const Outcome&) const = default;
};

Outcome read_in_steps(std::span<const std::uint8_t> stream, std::size_t step) {
    Framer framer;
    Outcome out;
    while (!stream.empty() && !out.failed) {
        const auto piece = stream.first(std::min(step, stream.size()));
        stream = stream.subspan(piece.size());
        out.failed = !framer.feed(piece, [&](const Unit& unit) {
            if (const auto* text = std::get_if<Text>(&unit)) {
                fuzz::require(text->head.size() <= Framer::kHeadMax && text->body.size() <= Framer::kBodyMax);
                out.units.push_back("text " + std::string(text->head) + "\n" + std::string(text->body));
            } else {
                const auto& frame = std::get<Interleaved>(unit);
                out.units.push_back(std::to_string(frame.channel) + " " + std::string(frame.payload.begin(), frame.payload.end()));
            }
            return true;
        });
    }
    return out;
}

std::string_view head_of(const std::string& text) { return std::string_view(text).substr(0, text.find("\r\n\r\n")); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::span stream(data + 1, size - 1);
    fuzz::require(read_in_steps(stream, stream.size()) == read_in_steps(stream, std::size_t{data[0]} + 1));

    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto blank = text.find("\r\n\r\n");
    const auto message = parse(text.substr(0, blank), "");
    if (message) {
        const std::string again = std::visit([](const auto& one) { return write(one); }, *message);
        const auto second = parse(head_of(again), "");
        fuzz::require(second && second->index() == message->index());
        if (const auto* response = std::get_if<Response>(&*message)) {
            fuzz::require(std::get<Response>(*second).headers == response->headers);
            (void)read_transport(response->headers, data[0] % 2 == 0, "10.0.0.1", "cam");
        } else {
            fuzz::require(std::get<Request>(*second) == std::get<Request>(*message));
        }
    }
    if (const auto url = parse_url(text)) {
        const auto plain = url->without_secrets();
        const auto second = parse_url(plain);
        fuzz::require(second && second->user.empty() && second->password.empty() && second->host == url->host &&
                      second->port == url->port && second->secure == url->secure && second->without_secrets() == plain);
    }
    return 0;
}
