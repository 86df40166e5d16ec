// Properties: how a stream is split changes nothing; a line gives a value within its bounds or a refusal,
// whether an occurrence is open or not; a test is always marked and never joins what is open.

#include "fuzz.hpp"

using namespace bongsu;         // tidy-ok: a program of one function
using namespace bongsu::event;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto profiles = [] {
        std::vector<Profile> out(2);
        for (auto& profile : out) {
            profile.format = Format::wearable;
            profile.sender = "W1100000000";
            profile.type = "WPSSF110";
        }
        out[1].encoding = Encoding::cp949;
        out[1].case_rule = CaseRule::ignore;
        return out;
    }();
    const auto stream = fuzz::view(data, size);
    const auto& profile = profiles[fuzz::choice_of(stream) % profiles.size()];
    const auto outcome = fuzz::require_split_invariance(wearable::Framer{}, stream);
    const std::string open = "SN-1-20261123213006000";
    for (const auto& line : outcome.messages) {
        const auto got = wearable::read(profile, line);
        if (got.refusal.code != Code::ok) {
            fuzz::require(!got.refusal.reason.empty());
            continue;
        }
        for (const auto& number : {std::optional<std::string>{}, std::optional{open}}) {
            const auto content = wearable::to_content(profile, got.reading, fuzz::received_at(), number);
            fuzz::require_bounded(content);
            const auto* event = content.event();
            fuzz::require(!got.reading.is_test() ||
                          (event != nullptr && event->test && event->number != open));
            fuzz::require(event == nullptr || event->state == "10" || event->number == open);
        }
    }
    return 0;
}
