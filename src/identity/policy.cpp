#include "identity/policy.hpp"

namespace bongsu::identity {

bool allows(const Policy& policy, const std::optional<Session>& session,
            const std::optional<Partner>& partner) {
    if (policy.is_public()) return true;
    if (policy.is_partner()) return partner.has_value();
    return session && policy.has(session->role);
}

Result<void> check(const Policy& policy, const std::optional<Session>& session,
                   const std::optional<Partner>& partner) {
    if (allows(policy, session, partner)) return {};
    if (policy.is_partner()) return fail(ErrorKind::unauthenticated, "a session key of an agency is needed");
    if (!session) return fail(ErrorKind::unauthenticated, "a login is needed");
    return fail(ErrorKind::forbidden, "role " + std::string(to_string(session->role)) + " may not do this");
}

}  // namespace bongsu::identity
