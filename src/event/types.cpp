#include "event/types.hpp"

#include <algorithm>
#include <array>

namespace bongsu::event {

namespace {

// One public table lists BISTR110 twice and calls WPSSF110 a bus service: names are checked against several.
// clang-format off
constexpr std::array kTypes{
    TypeInfo{"112UC001", "112센터 긴급영상 지원", "112 emergency video"},
    TypeInfo{"112UC110", "112 순찰차량 위치", "112 patrol car position", true},
    TypeInfo{"112UC120", "112 긴급출동 지원", "112 emergency dispatch"},
    TypeInfo{"119UC001", "119 긴급출동 지원", "119 emergency dispatch"},
    TypeInfo{"APLEN110", "기상특보", "Weather warning"},
    TypeInfo{"BISTR110", "버스정보", "Bus information", true},
    TypeInfo{"BNRCP140", "강도 발생", "Robbery"},
    TypeInfo{"BSFND001", "관제 중 발견", "Found while watching"},
    TypeInfo{"CALDP001", "재난 수신정보", "Disaster feed"},
    TypeInfo{"DUCDP110", "재난상황 긴급대응 지원", "Disaster response"},
    TypeInfo{"EBSCP110", "비상벨", "Emergency bell"},
    TypeInfo{"EBSUC001", "비상벨", "Emergency bell"},
    TypeInfo{"FCLFT101", "시설물 장애", "Facility fault"},
    TypeInfo{"FMSFT110", "차량번호 인식", "Number plate recognised"},
    TypeInfo{"LPRUM104", "대포차 발견", "Illegal-title vehicle found"},
    TypeInfo{"LPRUM120", "수배·문제차량 발견", "Wanted vehicle found"},
    TypeInfo{"MOJUC110", "전자발찌 위치추적", "Electronic anklet tracking"},
    TypeInfo{"MTSUC210", "범죄 시설물", "Crime prevention facility"},
    TypeInfo{"MTSUC220", "방재 시설물", "Disaster prevention facility"},
    TypeInfo{"MTSUC230", "안전 시설물", "Safety facility"},
    TypeInfo{"MTSUC240", "CCTV 시설물", "CCTV facility"},
    TypeInfo{"MTSUC250", "일반 시설물", "General facility"},
    TypeInfo{"POCCP103", "안심귀가", "Safe way home"},
    TypeInfo{"SEBSF110", "비상벨", "Emergency bell"},
    TypeInfo{"STLSF110", "안심택시", "Safe taxi"},
    TypeInfo{"TUATR100", "교통돌발", "Traffic incident"},
    TypeInfo{"WESEN110", "환경 정보", "Environment reading", true},
    TypeInfo{"WLISF110", "개인 안전 서비스", "Personal safety service"},
    TypeInfo{"WPSSF110", "사회적 약자 지원", "Support of the vulnerable"},
};
// clang-format on
static_assert(std::is_sorted(kTypes.begin(), kTypes.end(),
                             [](const TypeInfo& a, const TypeInfo& b) { return a.id < b.id; }));

constexpr TypeInfo kUnregistered{"", "미등록 이벤트", "Unregistered event"};

}  // namespace

std::span<const TypeInfo> types() { return kTypes; }

const TypeInfo* find_type(std::string_view id) {
    const auto found =
        std::lower_bound(kTypes.begin(), kTypes.end(), id,
                         [](const TypeInfo& type, std::string_view key) { return type.id < key; });
    return found != kTypes.end() && found->id == id ? &*found : nullptr;
}

ShownType shown_type(std::string_view id, const TypeNames& names) {
    if (const auto named = names.find(id); named != names.end()) return {named->second.ko, named->second.en, true};
    const auto* type = find_type(id);
    return type == nullptr ? ShownType{kUnregistered.name_ko, kUnregistered.name_en, false} : ShownType{type->name_ko, type->name_en, true};
}

const TypeInfo& type_or_unregistered(std::string_view id) {
    const auto* type = find_type(id);
    return type == nullptr ? kUnregistered : *type;
}

}  // namespace bongsu::event
