#include "journal/checkpoint.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace bongsu::journal {
namespace {

const crypto::KeyPair kKey =
    crypto::key_pair_of_seed(
        crypto::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "seed").value())
        .value();

Checkpoint sample() {
    return make({{"11440"}, 17, std::string(64, 'a'), from_us(1'795'442'400'000'001), "11440-c1"}, kKey);
}

TEST(Checkpoint, SignsTheTextOfTheDecision) {
    const std::string text =
        "bongsu checkpoint v1\n11440\n17\n" + std::string(64, 'a') + "\n2026-11-23T14:00:00.000001Z\n";
    EXPECT_EQ(sample().signature, crypto::sign(kKey, text));
    EXPECT_TRUE(check(sample(), kKey.public_key));
    EXPECT_FALSE(check(sample(), crypto::key_pair_of_seed(std::string(32, 'x'))->public_key));
}

TEST(Checkpoint, NoFieldCanBeChanged) {
    const auto changed = [](auto change) {
        auto checkpoint = sample();
        change(checkpoint);
        return check(checkpoint, kKey.public_key);
    };
    EXPECT_FALSE(changed([](Checkpoint& c) { c.site.value = "11680"; }));
    EXPECT_FALSE(changed([](Checkpoint& c) { ++c.seq; }));
    EXPECT_FALSE(changed([](Checkpoint& c) { c.digest[0] = 'b'; }));
    EXPECT_FALSE(changed([](Checkpoint& c) { c.time += std::chrono::microseconds(1); }));
    EXPECT_FALSE(changed([](Checkpoint& c) { c.signature[5] ^= 1; }));
}

TEST(Checkpoint, ComesBackFromJson) {
    const auto back =
        checkpoint_from_json(boost::json::parse(boost::json::serialize(to_json(sample()))).as_object());

    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->site, sample().site);
    EXPECT_EQ(back->seq, 17U);
    EXPECT_EQ(back->time, sample().time);
    EXPECT_EQ(back->kid, "11440-c1");
    EXPECT_TRUE(check(*back, kKey.public_key));
}

TEST(Checkpoint, RefusesWhatIsNoneByTheNameOfTheField) {
    const std::pair<const char*, boost::json::value> changes[] = {
        {"site", nullptr},     {"site", ""},
        {"site", "11440\n17"}, {"seq", 0},
        {"seq", "17"},         {"seq", -1},
        {"digest", "aa"},      {"digest", boost::json::value(std::string(64, 'A'))},
        {"time", "yesterday"}, {"time", 5},
        {"time", "2026-11-23t14:00:00.000001z"}, {"time", "2026-11-23T14:00:00.000001+00:00"},
        {"kid", ""},           {"signature", "AAAA"},
        {"signature", "?"},    {"site", boost::json::value(std::string(201, '1'))}};
    for (const auto& [name, value] : changes) {
        auto object = to_json(sample());
        object[name] = value;
        const auto result = checkpoint_from_json(object);
        ASSERT_FALSE(result) << name;
        EXPECT_EQ(result.error().kind, ErrorKind::invalid);
        EXPECT_NE(result.error().message.find(name), std::string::npos) << result.error().message;
        object.erase(name);
        EXPECT_FALSE(checkpoint_from_json(object)) << name;
    }
}

}  // namespace
}  // namespace bongsu::journal
