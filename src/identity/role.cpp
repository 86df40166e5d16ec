#include "identity/role.hpp"

#include <array>

namespace bongsu::identity {

namespace {
constexpr std::array<std::string_view, kRoles> kWords{"operator", "police", "supervisor",
                                                      "official", "admin",  "agency"};
}

std::string_view to_string(Role role) { return kWords[static_cast<std::size_t>(role)]; }

Result<Role> parse_role(std::string_view word, std::string_view field) {
    for (std::size_t i = 0; i < kWords.size(); ++i) {
        if (kWords[i] == word) return static_cast<Role>(i);
    }
    return fail_field(field, "must be operator, police, supervisor, official, admin or agency");
}

}  // namespace bongsu::identity
