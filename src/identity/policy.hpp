#pragma once
// Who may call a route. A route's entry in the table does not compile without one.

#include <initializer_list>
#include <optional>

#include "identity/role.hpp"

namespace bongsu::identity {

/// A constant of the route table: `Policy::roles({Role::supervisor, Role::official})`. It has no default.
class Policy {
  public:
    static constexpr Policy public_() { return Policy(Kind::everyone, 0); }
    /// An agency's system with a session key; people's sessions do not count.
    static constexpr Policy partner() { return Policy(Kind::partner, 0); }
    static constexpr Policy any_role() { return Policy(Kind::people, (1U << kRoles) - 1); }
    static constexpr Policy roles(std::initializer_list<Role> roles) {
        unsigned mask = 0;
        for (const auto role : roles) mask |= 1U << static_cast<unsigned>(role);
        return Policy(Kind::people, mask);
    }
    /// Everybody who works at the centre, that is, all but the agencies.
    static constexpr Policy staff() {
        return roles({Role::operator_, Role::police, Role::supervisor, Role::official, Role::admin});
    }

    constexpr bool is_public() const { return kind_ == Kind::everyone; }
    constexpr bool is_partner() const { return kind_ == Kind::partner; }
    constexpr bool has(Role role) const { return (mask_ >> static_cast<unsigned>(role) & 1U) != 0; }

  private:
    enum class Kind : std::uint8_t { everyone, partner, people };
    constexpr Policy(Kind kind, unsigned mask) : kind_(kind), mask_(mask) {}
    Kind kind_;
    unsigned mask_;
};

bool allows(const Policy& policy, const std::optional<Session>& session,
            const std::optional<Partner>& partner = {});

/// The same as an answer: unauthenticated when nobody is logged in, forbidden when somebody is who may not.
Result<void> check(const Policy& policy, const std::optional<Session>& session,
                   const std::optional<Partner>& partner = {});

}  // namespace bongsu::identity
