#include "identity/policy.hpp"

#include <gtest/gtest.h>

namespace bongsu::identity {
namespace {

Session of(Role role) {
    Session session;
    session.role = role;
    return session;
}

TEST(Policy, PublicLetsEverybodyIn) {
    EXPECT_TRUE(allows(Policy::public_(), std::nullopt));
    EXPECT_TRUE(allows(Policy::public_(), of(Role::agency)));
}

TEST(Policy, RolesLetInTheirOwnAndNobodyElse) {
    constexpr auto policy = Policy::roles({Role::supervisor, Role::official});
    for (std::size_t i = 0; i < kRoles; ++i) {
        const auto role = static_cast<Role>(i);
        const bool named = role == Role::supervisor || role == Role::official;
        EXPECT_EQ(allows(policy, of(role)), named) << to_string(role);
        EXPECT_EQ(allows(Policy::staff(), of(role)), role != Role::agency);
        EXPECT_TRUE(allows(Policy::any_role(), of(role)));
        EXPECT_FALSE(allows(Policy::partner(), of(role)));
    }
    EXPECT_EQ(check(policy, std::nullopt).error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(check(policy, of(Role::operator_)).error().kind, ErrorKind::forbidden);
    EXPECT_EQ(check(policy, std::nullopt, Partner{}).error().kind, ErrorKind::unauthenticated);
}

TEST(Policy, PartnerLetsInSessionKeysOnly) {
    EXPECT_TRUE(allows(Policy::partner(), std::nullopt, Partner{}));
    EXPECT_EQ(check(Policy::partner(), of(Role::admin)).error().kind, ErrorKind::unauthenticated);
}

TEST(Role, WordsReadBackAndOthersAreRefused) {
    for (std::size_t i = 0; i < kRoles; ++i) {
        EXPECT_EQ(*parse_role(to_string(static_cast<Role>(i)), "role"), static_cast<Role>(i));
    }
    EXPECT_EQ(parse_role("root", "role").error().message.substr(0, 12), "role must be");
}

}  // namespace
}  // namespace bongsu::identity
