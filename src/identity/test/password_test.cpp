#include "identity/password.hpp"

#include <argon2.h>
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

/// A login that nobody has must not answer sooner: the letters of a real hash, its parameters and lengths.
TEST(Password, OfNobodyHasTheShapeOfOne) {
    env::sim::SimRandom random(4);
    const auto none = hash_of_none(random), real = *hash("a", "0123456789abcdef");
    EXPECT_EQ(none.size(), real.size());
    EXPECT_EQ(none.substr(0, none.find('$', 25)), real.substr(0, real.find('$', 25)));
    EXPECT_FALSE(verify(none, "a"));
    const std::string least = hash_of_none(random, Cost::least);
    EXPECT_EQ(argon2id_verify(least.c_str(), "a", 1), ARGON2_VERIFY_MISMATCH) << "it is read and hashed before it fails";
    EXPECT_EQ(argon2id_verify(none.c_str(), "a", 1), ARGON2_VERIFY_MISMATCH);
}

TEST(Password, RefusesEmptyAndOverlongOnes) {
    EXPECT_EQ(hash("", "0123456789abcdef").error().kind, ErrorKind::invalid);
    EXPECT_EQ(hash(std::string(kPasswordBytesMax + 1, 'a'), "0123456789abcdef").error().kind, ErrorKind::invalid);
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

Attempt of(std::string account, std::string address = "10.0.0.1", bool familiar = false) {
    return {std::move(account), std::move(address), familiar};
}

TEST(Attempts, FiveWithinAMinuteThenNoneUntilTheFirstIsOld) {
    using namespace std::chrono_literals;
    Attempts attempts;
    const MonoTime now{};
    for (int i = 0; i < 5; ++i) EXPECT_EQ(attempts.begin(of("kim"), now + std::chrono::seconds(i)), 0s);
    EXPECT_EQ(attempts.begin(of("kim"), now + 30s), 30s);
    EXPECT_EQ(attempts.begin(of("lee"), now + 30s), 0s);
    EXPECT_EQ(attempts.begin(of("kim", "10.0.0.2"), now + 30s), 0s);
    EXPECT_EQ(attempts.begin(of("kim"), now + 59'999ms), 1s);
    EXPECT_EQ(attempts.begin(of("kim"), now + 60s), 0s);
    EXPECT_EQ(attempts.begin(of("kim"), now + 60s), 1s);
    attempts.succeeded(of("kim"));
    EXPECT_EQ(attempts.begin(of("kim"), now + 60s), 0s);
}

TEST(Attempts, RemembersABoundedNumberOfKeys) {
    Attempts attempts;
    const auto begun = [&](const std::string& name, MonoTime now) {
        return attempts.begin(of(name, "address of " + name), now).count() == 0;
    };
    for (std::size_t i = 0; i <= Attempts::kKeysMax; ++i) EXPECT_TRUE(begun(std::to_string(i), MonoTime{}));
    EXPECT_EQ(attempts.forgotten_total(), 3U);  // Of the pair, of the account and of the address.
    EXPECT_TRUE(begun("late", MonoTime{} + std::chrono::minutes(2)));
    EXPECT_EQ(attempts.forgotten_total(), 3U);  // The old ones had run out by themselves.
}

}  // namespace
}  // namespace bongsu::identity
