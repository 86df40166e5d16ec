#include "event/profile.hpp"

#include <algorithm>
#include <array>

#include "event/types.hpp"

namespace bongsu::event {

namespace {

void note(Event& event, std::string fault) {
    if (event.faults.size() < kFaultsMax) event.faults.push_back(std::move(fault));
}

const CodeMap::Target* find_code(const CodeMap& codes, const std::vector<std::string_view>& partner_codes) {
    for (const auto code : partner_codes) {
        if (const auto* target = codes.find(code)) return target;
    }
    return nullptr;
}

/// Never a known type for an unknown code: that made fire reports out of anything.
void map_type(const Profile& profile, Event& event, const std::vector<std::string_view>& partner_codes) {
    if (!profile.codes.empty()) {
        const auto* target = find_code(profile.codes, partner_codes);
        if (target == nullptr && !event.type.empty()) target = profile.codes.find(event.type);
        if (target != nullptr) {
            event.type = target->type;
            if (!target->grade.empty()) event.grade = target->grade;
        } else if (event.type.empty()) {
            event.type = std::string(kUnregisteredType);
            note(event, "typeUnmapped");
        }
    }
    if (event.type.empty()) event.type = profile.type.empty() ? std::string(kUnregisteredType) : profile.type;
    if (profile.case_rule == CaseRule::ignore) event.type = folded(event.type, CaseRule::ignore);
    event.known = find_type(event.type) != nullptr;
}

}  // namespace

std::string_view to_string(Format format) {
    constexpr std::array<std::string_view, 5> kNames{"scsns", "scsns-tcp", "telegram", "wearable",
                                                     "cloudevents"};
    return kNames.at(static_cast<std::size_t>(format));
}

std::optional<crypto::Aria> Profile::aria() const {
    if (aria_phrase.empty()) return std::nullopt;
    auto key_bytes = crypto::aria_key_of_phrase(aria_phrase);
    if (!key_bytes) return std::nullopt;
    return crypto::Aria{
        .key = *std::move(key_bytes), .mode = aria_mode, .iv = aria_iv, .padding = aria_padding};
}

bool Profile::allows_pair(std::string_view from, std::string_view to) const {
    const auto same = [](std::string_view a, std::string_view b) {
        return folded(a, CaseRule::ignore) == folded(b, CaseRule::ignore);
    };
    return pairs.empty() || std::any_of(pairs.begin(), pairs.end(), [&](const Pair& pair) {
               return same(pair.send, from) && same(pair.receive, to);
           });
}

void bound_clock(Event& event, WallTime received, std::chrono::seconds ahead_max) {
    if (event.state_time - received <= ahead_max) return;
    event.stated_time = event.state_time;
    event.state_time = received;
    note(event, "clockAhead");
}

bool is_skewed(const Profile& profile, Times times) {
    if (!times.sent || !times.received) return false;
    const auto ahead = *times.sent - profile.clock_offset - *times.received;
    return ahead > profile.skew_max || -ahead > profile.skew_max;
}

Refusal admit(const Profile& profile, Event& event, const std::vector<std::string_view>& partner_codes,
              Times times) {
    map_type(profile, event, partner_codes);
    const bool is_agreed =
        profile.types.empty() || !event.known ||
        std::find(profile.types.begin(), profile.types.end(), event.type) != profile.types.end();
    if (!is_agreed) return {Code::not_found, "evtId", "evtId is not agreed with this partner"};
    if (is_skewed(profile, times)) note(event, "clockSkew");
    event.occurred_at -= profile.clock_offset;
    event.state_time -= profile.clock_offset;
    if (event.ended_at) *event.ended_at -= profile.clock_offset;
    if (!profile.sender.empty()) event.sender = profile.sender;
    return {};
}

std::optional<int> code_112(const Profile& profile, const Event& event) {
    const auto found = event.items.find(profile.code_item);
    if (found == event.items.end()) return std::nullopt;
    auto text = folded(found->second, CaseRule::ignore);
    text.erase(
        std::remove_if(text.begin(), text.end(), [](char c) { return c == ' ' || c == '-' || c == '_'; }),
        text.end());
    for (const std::string_view prefix : {"CODE", "코드", "C"}) {
        if (text.starts_with(prefix)) {
            text.erase(0, prefix.size());
            break;
        }
    }
    if (text.size() != 1 || text[0] < '0' || text[0] > '4') return std::nullopt;
    return text[0] - '0';
}

}  // namespace bongsu::event
