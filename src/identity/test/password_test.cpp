#include "identity/password.hpp"

#include <gtest/gtest.h>

#include <set>

#include "env/sim/sim_world.hpp"
#include "identity/attempts.hpp"

namespace bongsu::identity {
namespace {

TEST(Password, IsArgon2idWithNineteenMebibytesAndTwoPasses) {
    const auto encoded = hash("kuwa-bdth-mmxe-qyzr", "0123456789abcdef");
    ASSERT_TRUE(encoded);
    EXPECT_TRUE(encoded->starts_with("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$")) << *encoded;
    EXPECT_TRUE(verify(*encoded, "kuwa-bdth-mmxe-qyzr"));
    EXPECT_FALSE(verify(*encoded, "kuwa-bdth-mmxe-qyzs"));
    EXPECT_FALSE(verify(*encoded, ""));
    EXPECT_FALSE(verify("no hash at all", "kuwa-bdth-mmxe-qyzr"));
    EXPECT_FALSE(verify(*encoded, std::string(200, 'a')));
    EXPECT_NE(*hash("kuwa-bdth-mmxe-qyzr", "0123456789abcdeX"), *encoded);
}

TEST(Password, RefusesEmptyAndOverlongOnes) {
    EXPECT_EQ(hash("", "0123456789abcdef").error().kind, ErrorKind::invalid);
    EXPECT_EQ(hash(std::string(129, 'a'), "0123456789abcdef").error().kind, ErrorKind::invalid);
    EXPECT_EQ(hash("a", "short").error().kind, ErrorKind::invalid);
}

TEST(Password, ReadableOnesHaveFourGroupsAndSeventyBits) {
    env::sim::SimRandom random(3);
    std::set<std::string> seen;
    std::set<char> letters;
    for (int i = 0; i < 500; ++i) {
        const auto password = make_password(random);
        ASSERT_EQ(password.size(), 19U);
        for (std::size_t at = 0; at < password.size(); ++at) {
            if (at % 5 == 4) {
                EXPECT_EQ(password[at], '-');
            } else {
                EXPECT_EQ(std::string_view("ilo").find(password[at]), std::string_view::npos);
                letters.insert(password[at]);
            }
        }
        seen.insert(password);
    }
    EXPECT_EQ(seen.size(), 500U);
    EXPECT_EQ(letters.size(), 23U);  // 16 letters of 23: 72 bits.
}

TEST(Attempts, FiveWithinAMinuteThenNoneUntilTheFirstIsOld) {
    Attempts attempts;
    MonoTime now{};
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(attempts.begin("kim", now + std::chrono::seconds(i)));
    EXPECT_FALSE(attempts.begin("kim", now + std::chrono::seconds(30)));
    EXPECT_TRUE(attempts.begin("lee", now + std::chrono::seconds(30)));
    EXPECT_FALSE(attempts.begin("kim", now + std::chrono::milliseconds(59'999)));
    EXPECT_TRUE(attempts.begin("kim", now + std::chrono::seconds(60)));
    EXPECT_FALSE(attempts.begin("kim", now + std::chrono::seconds(60)));
    attempts.succeeded("kim");
    EXPECT_TRUE(attempts.begin("kim", now + std::chrono::seconds(60)));
}

TEST(Attempts, RemembersABoundedNumberOfKeys) {
    Attempts attempts;
    for (std::size_t i = 0; i <= Attempts::kKeysMax; ++i)
        EXPECT_TRUE(attempts.begin(std::to_string(i), MonoTime{}));
    EXPECT_EQ(attempts.forgotten_total(), 1U);
    EXPECT_TRUE(attempts.begin("late", MonoTime{} + std::chrono::minutes(2)));
    EXPECT_EQ(attempts.forgotten_total(), 1U);  // The old ones had run out by themselves.
}

}  // namespace
}  // namespace bongsu::identity
