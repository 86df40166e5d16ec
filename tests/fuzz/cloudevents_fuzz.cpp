// Property: any bytes give an event within its bounds or a refusal that names what is wrong.

#include "event/codec/cloudevents.hpp"
#include "fuzz.hpp"

using namespace bongsu;         // tidy-ok: a program of one function
using namespace bongsu::event;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Profile profile = [] {
        Profile out;
        out.format = Format::cloudevents;
        out.sender = "P1100000000";
        return out;
    }();
    const auto bytes = fuzz::view(data, size);
    const auto got = cloudevents::decode(bytes);
    fuzz::require(got.has_value() || !got.error().message.empty());
    if (got) fuzz::require_bounded(*got);
    const auto admitted = decode(profile, {.bytes = bytes, .received_at = fuzz::received_at()});
    fuzz::require(admitted.ok() == got.has_value());
    fuzz::require_bounded(admitted);
    return 0;
}
