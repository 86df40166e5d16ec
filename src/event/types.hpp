#pragma once
// The catalogue of event types: ids are the contract, names are ours.

#include <map>
#include <span>
#include <string>
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

/// Names that a site's services give to kinds of messages, by id: before the catalogue's.
struct TypeName {
    std::string ko, en;
};
using TypeNames = std::map<std::string, TypeName, std::less<>>;

/// What the screens call a kind; `is_known` is false for what neither names: "미등록 이벤트" / "Unregistered event". Views into either.
struct ShownType {
    std::string_view ko, en;
    bool is_known = false;
};
ShownType shown_type(std::string_view id, const TypeNames& names);

/// The entry, or "미등록 이벤트" / "Unregistered event" with an empty id: kept and shown, never dropped.
const TypeInfo& type_or_unregistered(std::string_view id);

}  // namespace bongsu::event
