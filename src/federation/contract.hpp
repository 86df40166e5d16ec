#pragma once
// A district's contract: the machine-readable policy that it signed, asked at its own door.

#include <set>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"

namespace bongsu::federation {

/// What a district lets the centre do with its cameras (기관 간 연계 협약; 112신고 처리법 시행령 제8조: purpose, scope and
/// method of a link are agreed in writing).
struct Contract {
    SiteId site;                     ///< Who signed.
    SiteId with;                     ///< The centre.
    std::set<std::string> purposes;  ///< Purpose keys whose grants it serves.
    std::set<std::string> kinds;     ///< "live" today.
    std::string digest;              ///< sha256 of the text, hex: names the version in the journal.
};

/// Reads `contract.json`. Errors: invalid, naming the field.
Result<Contract> parse_contract(std::string_view text);

/// Empty when the contract allows it, else the reason in words.
std::string refusal(const Contract& contract, const SiteId& asking, std::string_view purpose, std::string_view kind);

}  // namespace bongsu::federation
