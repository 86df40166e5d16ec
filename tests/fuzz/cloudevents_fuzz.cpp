// Property: any bytes give an event within its bounds or a refusal that names what is wrong; as a body, and as a message in
// binary mode whose headers are the input's first lines.

#include "event/codec/cloudevents.hpp"
#include "fuzz.hpp"

using namespace bongsu;         // tidy-ok: a program of one function
using namespace bongsu::event;  // tidy-ok: a program of one function

namespace {

const Profile& profile() {
    static const Profile profile = [] {
        Profile out;
        out.format = Format::cloudevents;
        out.sender = "P1100000000";
        return out;
    }();
    return profile;
}

void hold(const cloudevents::Input& input) {
    const auto got = cloudevents::decode(input);
    fuzz::require(got.has_value() || !got.error().message.empty());
    if (got) fuzz::require_bounded(got->event);
    const auto admitted = decode(profile(), {.bytes = input.bytes,
                                             .received_at = input.received_at,
                                             .content_type = input.content_type,
                                             .headers = input.headers});
    fuzz::require(admitted.ok() == got.has_value());
    fuzz::require_claim(profile(),
                        {.bytes = input.bytes, .received_at = input.received_at, .content_type = input.content_type, .headers = input.headers},
                        admitted.event());
    fuzz::require_bounded(admitted);
}

/// A line for each header, "ce-id: value", up to one that is none; the event of the least that is required besides.
void hold_binary(std::string_view bytes) {
    cloudevents::Headers headers{{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "s"}, {"ce-type", "t"}};
    while (!bytes.empty()) {
        auto line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) break;
        const auto name = line.substr(line.starts_with("ce-") ? 3 : 0, colon - (line.starts_with("ce-") ? 3 : 0));
        headers["ce-" + std::string(name)] = line.substr(colon + 2);
    }
    const cloudevents::Input input{bytes, fuzz::received_at(), "application/json", &headers};
    const auto kept = cloudevents::kept_headers(input);
    fuzz::require(kept.size() <= cloudevents::kHeadersMax);
    hold(input);
    // What the journal keeps says the same.
    const auto whole = cloudevents::decode(input);
    const auto again = cloudevents::decode({bytes, fuzz::received_at(), "application/json", &kept});
    fuzz::require(whole.has_value() == again.has_value());
    if (whole) fuzz::require(whole->event.body_digest == again->event.body_digest && whole->event.faults == again->event.faults);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::view(data, size);
    hold({.bytes = bytes, .received_at = fuzz::received_at()});
    hold({.bytes = bytes, .received_at = fuzz::received_at(), .content_type = "application/cloudevents+json"});
    hold_binary(bytes);
    return 0;
}
