// Properties: a code map that is written again as CSV is read the same; a profile that is taken keeps its
// bounds.

#include "fuzz.hpp"

using namespace bongsu;         // tidy-ok: a program of one function
using namespace bongsu::event;  // tidy-ok: a program of one function

namespace {

void require_round_trip(const CodeMap& map) {
    std::string csv = "code,evtId,grade\r\n";
    for (const auto& [code, target] : map.targets()) {
        csv += '"';
        for (const char c : code) csv += c == '"' ? std::string("\"\"") : std::string(1, c);
        csv += "\"," + target.type + "," + target.grade + "\r\n";
    }
    const auto again = CodeMap::parse(csv);
    fuzz::require(csv.size() > kCodeMapBytesMax || again.has_value());
    if (!again) return;
    fuzz::require(again->size() == map.size());
    for (const auto& [code, target] : map.targets()) {
        const auto* found = again->find(code);
        fuzz::require(found != nullptr && found->type == target.type && found->grade == target.grade);
    }
}

void require_bounded_profile(const Profile& profile) {
    fuzz::require(!profile.key.empty() && profile.key.size() <= 40 && is_grade(profile.grade));
    fuzz::require(profile.rate.per_second >= 1 && profile.retry.cap >= profile.retry.first);
    fuzz::require(profile.aria_iv.size() == (profile.aria_mode == crypto::AriaMode::cbc ? 16U : 0U));
    fuzz::require(profile.types.size() <= 100 && profile.pairs.size() <= 100);
    for (const auto& [kind, list] : profile.fields) fuzz::require(!kind.empty() && list.size() <= 100);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::view(data, size);
    for (const auto rule : {CaseRule::exact, CaseRule::ignore}) {
        const auto map = CodeMap::parse(text, rule);
        fuzz::require(map.has_value() || !map.error().message.empty());
        if (map) require_round_trip(*map);
    }
    const auto profiles = parse_profiles(text, "fuzz");
    fuzz::require(profiles.has_value() || !profiles.error().message.empty());
    if (!profiles) return 0;
    for (const auto& profile : *profiles) require_bounded_profile(profile);
    return 0;
}
