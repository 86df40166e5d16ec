#pragma once
// Roles and the person behind a request.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"

namespace bongsu::identity {

enum class Role : std::uint8_t {
    operator_,   ///< 관제요원
    police,      ///< 상주 경찰관, in the crew
    supervisor,  ///< crew chief
    official,    ///< 공무원: the site's official in charge
    admin,       ///< runs the system; sees no camera
    agency,      ///< a partner agency's room, such as 112
};
constexpr std::size_t kRoles = 6;

/// "operator", "police", "supervisor", "official", "admin", "agency".
std::string_view to_string(Role role);
/// `field` is named in the error.
Result<Role> parse_role(std::string_view word, std::string_view field);

/// A person who is logged in.
struct Session {
    UserId user;
    Role role = Role::agency;
    SiteId site;                   ///< Where the person works.
    AgencyId agency;               ///< Whom the person works for.
    std::string name_ko, name_en;  ///< For the person's own screen; never into a journal or a log.
    WallTime expires{};
    /// Which of the person's logins: 16 hex digits that say nothing of the token. For the record.
    std::string id = {};
};

/// An agency's system that is logged in by its session key (SCSNS).
struct Partner {
    UserId user;  ///< The agency's account.
    AgencyId agency;
    std::string send_cd, rcv_cd;  ///< The codes its messages must carry.
    std::string profile;          ///< Which dialect it speaks.
    /// As open_agreed_session() was told, when it came with an agreement's key: then this alone is filled, and what the
    /// agreement of today says is its reader's to look up.
    std::string agreement = {};
};

}  // namespace bongsu::identity
