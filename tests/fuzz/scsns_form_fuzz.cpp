// Property: a form post gives an event within its bounds or a refusal; under a profile with ARIA too.

#include "fuzz.hpp"

using namespace bongsu;         // tidy-ok: a program of one function
using namespace bongsu::event;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Profile aria = [] {
        Profile profile;
        profile.aria_phrase = "봉수 시험 암호문구 2026";
        return profile;
    }();
    const auto bytes = fuzz::view(data, size);
    for (const auto* profile : {static_cast<const Profile*>(nullptr), &aria}) {
        scsns::Input input{.content_type = "application/x-www-form-urlencoded", .bytes = bytes};
        input.profile = profile;
        input.received_at = fuzz::received_at();
        const auto got = scsns::decode(input);
        fuzz::require(got.ok() || !got.refusal.reason.empty());
        if (got.event) fuzz::require_bounded(*got.event);
        fuzz::require_claim(profile == nullptr ? Profile{} : *profile,
                            {.bytes = bytes, .received_at = fuzz::received_at(), .content_type = input.content_type}, got.event ? &*got.event : nullptr);
        fuzz::require(!scsns::reply(got.refusal).empty());
    }
    return 0;
}
