#pragma once
// The catalogue of event types: ids are the contract, names are ours.

#include <span>
#include <string_view>

namespace bongsu::event {

struct TypeInfo {
    std::string_view id;
    std::string_view name_ko;
    std::string_view name_en;
    bool telemetry = false;  ///< Positions and readings: bounded stores, not incidents.
};

/// What an operator found on a screen; the only id that is ours.
inline constexpr std::string_view kFound = "BSFND001";

/// All known types, sorted by id. Source: what centres' programs and the national platform use.
std::span<const TypeInfo> types();

/// nullptr for an id that is not in the catalogue.
const TypeInfo* find_type(std::string_view id);

/// The entry, or "미등록 이벤트" / "Unregistered event" with an empty id: kept and shown, never dropped.
const TypeInfo& type_or_unregistered(std::string_view id);

}  // namespace bongsu::event
