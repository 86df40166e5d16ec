// Properties: how a stream is split changes nothing, in any encoding and unit of length; what was parsed,
// written and parsed again is the same; decoding stays within its bounds; a forwarding head that is read is
// written the same; an answer is read the same however it is split.

#include "fuzz.hpp"

using namespace bongsu;         // tidy-ok: a program of one function
using namespace bongsu::event;  // tidy-ok: a program of one function

namespace {

std::vector<Profile> make_profiles() {
    std::vector<Profile> out;
    for (const auto encoding : {Encoding::utf8, Encoding::cp949}) {
        for (const auto unit : {LengthUnit::bytes, LengthUnit::letters}) {
            for (const auto service :
                 {Service::dispatch_119, Service::video_112, Service::vulnerable, Service::disaster}) {
                Profile profile;
                profile.format = Format::telegram;
                profile.sender = "F1100000000";
                profile.encoding = encoding;
                profile.length = unit;
                profile.service = service;
                profile.type = "119UC001";
                out.push_back(std::move(profile));
            }
        }
    }
    return out;
}

void require_round_trip(const Profile& profile, const std::string& message) {
    const auto parsed = telegram::parse(message, profile.length, profile.encoding);
    if (parsed.refusal.code != Code::ok) return;
    const auto again = telegram::write(parsed.telegram, profile.length, profile.encoding);
    if (again.size() > telegram::kDataLengthMax) return;
    const auto second = telegram::parse(again, profile.length, profile.encoding);
    fuzz::require(second.refusal.code == Code::ok && second.telegram == parsed.telegram);
    fuzz::require(telegram::write(second.telegram, profile.length, profile.encoding) == again);
}

void require_answers(Encoding encoding, std::string_view bytes) {
    const auto whole = telegram::AnswerReader(encoding).feed(bytes);
    telegram::AnswerReader reader(encoding);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const auto got = reader.feed(bytes.substr(at, 1));
        if (!got) return fuzz::require(!whole);
        if (*got) return fuzz::require(whole && *whole && (*whole)->message == (*got)->message);
    }
    fuzz::require(whole && !*whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto profiles = make_profiles();
    const auto stream = fuzz::view(data, size);
    const auto& profile = profiles[fuzz::choice_of(stream) % profiles.size()];
    const auto outcome =
        fuzz::require_split_invariance(telegram::Framer(profile.length, profile.encoding), stream);
    for (const auto& message : outcome.messages) {
        const auto got = telegram::decode(profile, {message, fuzz::received_at()});
        fuzz::require_bounded(got);
        fuzz::require_claim(profile, {.bytes = message, .received_at = fuzz::received_at()}, got.event());
        fuzz::require(telegram::answer(got.refusal, profile.encoding).size() == telegram::kAnswerBytes);
        require_round_trip(profile, message);
    }
    require_answers(profile.encoding, stream);
    const auto head = telegram::parse_forward_head(stream);
    if (head) fuzz::require(telegram::write_forward_head(*head).value() == stream);
    return 0;
}
