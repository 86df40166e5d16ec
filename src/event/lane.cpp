#include "event/lane.hpp"

#include <algorithm>
#include <array>

namespace bongsu::event {

namespace {

constexpr std::array<std::string_view, 13> kEmergencies{"112UC001", "112UC120", "119UC001", "BNRCP140", "EBSCP110",
                                                        "EBSUC001", "LPRUM120", "MOJUC110", "POCCP103", "SEBSF110",
                                                        "STLSF110", "WLISF110", "WPSSF110"};
static_assert(std::is_sorted(kEmergencies.begin(), kEmergencies.end()));

/// The word behind the first `name` that stands as a key: past quotes, colons and what a form makes of them.
std::string_view word_behind(std::string_view bytes, std::string_view name) {
    constexpr std::array<std::string_view, 9> kBetween{"\"", ":", " ", "\\", "%22", "%3A", "%3a", "%5C", "="};
    const auto found = bytes.find(name);
    if (found == std::string_view::npos) return {};
    auto rest = bytes.substr(found + name.size());
    const auto skip = [&] {
        return std::any_of(kBetween.begin(), kBetween.end(), [&](std::string_view piece) {
            if (!rest.starts_with(piece)) return false;
            rest.remove_prefix(piece.size());
            return true;
        });
    };
    while (skip()) {
    }
    const auto end = std::find_if(rest.begin(), rest.end(), [](char c) {
        return !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
    });
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
}

/// The body's first field over TCP, which begins with DA.
std::string_view first_field(std::string_view bytes) {
    const auto start = bytes.find('\xDA');
    if (start == std::string_view::npos) return {};
    auto rest = bytes.substr(start + 1);
    if (rest.starts_with('\xD1')) rest.remove_prefix(1);
    return rest.substr(0, std::min(rest.find('\xD1'), rest.size()));
}

bool is_emergency_under(const Profile& profile, std::string_view type) {
    if (is_emergency_type(folded(type, CaseRule::ignore))) return true;
    const auto* target = profile.codes.find(type);
    return target != nullptr && is_emergency_type(target->type);
}

}  // namespace

bool is_emergency_type(std::string_view id) {
    return std::binary_search(kEmergencies.begin(), kEmergencies.end(), id);
}

bool is_urgent(const Profile& profile, std::string_view bytes) {
    switch (profile.format) {
        case Format::wearable:
            return true;
        case Format::telegram:
            return !bytes.starts_with("30") &&
                   (is_emergency_type(profile.type) || profile.service == Service::disaster);
        case Format::scsns_tcp:
            return is_emergency_under(profile, first_field(bytes));
        case Format::cloudevents:
            return is_emergency_type(word_behind(bytes, "\"type\""));
        case Format::scsns:
            break;
    }
    return word_behind(bytes, "encAt") == "Y" || is_emergency_under(profile, word_behind(bytes, "evtId"));
}

}  // namespace bongsu::event
