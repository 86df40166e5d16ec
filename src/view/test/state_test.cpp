#include "view/state.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/crypto.hpp"
#include "env/sim/sim_world.hpp"

namespace bongsu::view {
namespace {

namespace json = boost::json;

json::object message() {
    return json::
        parse(R"({"t":"state","v":1,"site":"11440","origins":["http://127.0.0.1:8000"],"keys":{"11440-t1":")" +
              crypto::to_base64url(std::string(32, 'k')) + R"("},
        "cameras":[{"id":"11440-0001","main":"rtsp://a/1","sub":"","mode":"demand","relay":false}],
        "revoked":[{"grant":"g1","cameras":null,"reason":"closed"},{"grant":"g2","cameras":["11440-0001"],"reason":""}],
        "relays":[{"grant":"g3","camera":"11440-0001"}],"offDuty":["u1"],"spoolFrom":12})")
            .as_object();
}

TEST(State, IsReadWholeAndWrittenBackTheSame) {
    const auto desired = parse_state(message());

    ASSERT_TRUE(desired) << desired.error().message;
    EXPECT_EQ(desired->site.value, "11440");
    EXPECT_EQ(desired->keys.at("11440-t1"), std::string(32, 'k'));
    EXPECT_EQ(desired->cameras.at({"11440-0001"}).mode, "demand");
    EXPECT_FALSE(desired->revoked.at({"g1"}).cameras);
    EXPECT_EQ(desired->revoked.at({"g2"}).cameras->size(), 1U);
    EXPECT_EQ(desired->spool_from, 12U);
    auto again = message();
    again.erase("t");
    EXPECT_EQ(to_json(*desired), again);
}

TEST(State, NamesTheFieldThatIsWrong) {
    const std::vector<std::pair<std::string, json::value>> cases{
        {"v", 2},
        {"site", 7},
        {"offDuty", "x"},
        {"origins", "x"},
        {"keys", json::object{{"a", "AAAA"}}},
        {"cameras", json::array{1}},
        {"revoked", nullptr},
        {"relays", json::array{json::object{{"grant", "g"}}}},
        {"spoolFrom", -1}};
    for (const auto& [field, value] : cases) {
        auto broken = message();
        broken[field] = value;

        const auto desired = parse_state(broken);

        ASSERT_FALSE(desired) << field;
        EXPECT_EQ(desired.error().kind, ErrorKind::invalid) << field;
    }
}

TEST(State, AppliesDeltas) {
    auto desired = *parse_state(message());
    const auto delta = [&](const char* text) { return apply_delta(desired, json::parse(text).as_object()); };

    EXPECT_TRUE(delta(
        R"({"t":"cameras","set":[{"id":"11440-0002","main":"rtsp://a/2","sub":"","mode":"always"}],"remove":["11440-0001"]})"));
    EXPECT_TRUE(delta(
        R"({"t":"revoke","grants":[{"grant":"g2","cameras":["11440-0002"],"reason":"x"},{"grant":"g9","cameras":null,"reason":"y"}]})"));
    EXPECT_TRUE(delta(R"({"t":"revoke","grants":[{"grant":"g1","cameras":["11440-0002"],"reason":"x"}]})"));
    EXPECT_TRUE(delta(
        R"({"t":"relays","grants":[{"grant":"g3","cameras":[]},{"grant":"g4","cameras":["11440-0002","11440-0003"]}]})"));
    EXPECT_TRUE(delta(R"({"t":"relays","grants":[{"grant":"g4","cameras":["11440-0003"]}]})"));
    EXPECT_FALSE(delta(R"({"t":"relays","grants":[{"grant":"g5"}]})"));
    EXPECT_TRUE(delta(R"({"t":"off_duty","holders":["u1","u2"]})"));
    EXPECT_TRUE(delta(R"({"t":"off_duty","holders":["u3"]})"));
    EXPECT_FALSE(delta(R"({"t":"off_duty"})"));
    EXPECT_FALSE(delta(R"({"t":"off_duty","holders":[7]})"));
    EXPECT_FALSE(delta(R"({"t":"reboot"})"));
    EXPECT_FALSE(delta(R"({"t":"cameras","set":[{"id":"c","main":"m","mode":"sometimes"}]})"));

    EXPECT_EQ(desired.cameras.size(), 1U);
    EXPECT_TRUE(desired.cameras.contains({"11440-0002"}));
    ASSERT_EQ(desired.revoked.size(), 3U);
    EXPECT_FALSE(desired.revoked.at({"g1"}).cameras) << "a whole grant stays revoked whole";
    EXPECT_EQ(desired.revoked.at({"g2"}).cameras->size(), 2U);
    EXPECT_EQ(desired.relays, (Relays{{{"g4"}, {{"11440-0003"}}}})) << "a grant's list is the newest one";
    EXPECT_EQ(desired.off_duty, std::set<std::string>{"u3"}) << "the newest list alone";
    EXPECT_EQ(parse_state(json::parse(json::serialize(to_json(desired))).as_object())->off_duty, desired.off_duty);
}

/// Relays of grants "r0", "r1", …, with `cameras` each, as control sends them; 0 ends them.
json::object relays_of(std::size_t grants, std::size_t cameras, std::size_t first = 0) {
    json::array list;
    for (std::size_t i = first; i < first + grants; ++i) {
        json::array ids;
        for (std::size_t j = 0; j < cameras; ++j) ids.emplace_back("11440-000" + std::to_string(j));
        list.push_back(json::object{{"grant", "r" + std::to_string(i)}, {"cameras", std::move(ids)}});
    }
    return {{"t", "relays"}, {"grants", std::move(list)}};
}

TEST(State, AtTheBoundOfRelaysWhatEndsOrReplacesSomeIsTaken) {
    auto desired = *parse_state(message());
    desired.relays.clear();
    desired.relay_pairs = 0;
    ASSERT_TRUE(apply_delta(desired, relays_of(50'000, 2)));

    const auto more = apply_delta(desired, relays_of(1, 1, 70'000));
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().kind, ErrorKind::exhausted);
    EXPECT_TRUE(apply_delta(desired, relays_of(1'000, 2))) << "nothing new";
    EXPECT_TRUE(apply_delta(desired, relays_of(10, 0))) << "ends only";
    EXPECT_TRUE(apply_delta(desired, relays_of(20, 1, 70'000))) << "into the place of those that ended";
    EXPECT_FALSE(apply_delta(desired, relays_of(1, 1, 80'000)));
    EXPECT_TRUE(apply_delta(desired, relays_of(50'000, 0)));
    EXPECT_EQ(desired.relay_pairs, 20U);
}

TEST(State, AtTheBoundOfRevocationsARepeatedOneIsTaken) {
    auto desired = *parse_state(message());
    for (std::size_t i = desired.revoked.size(); i < 100'000; ++i) {
        const GrantId grant{"x" + std::to_string(i)};
        desired.revoked.emplace(grant, Revoked{grant, {}, "closed"});
    }
    const auto revoke = [&](const char* grant) {
        return apply_delta(desired, json::object{{"t", "revoke"},
                                                 {"grants", json::array{json::object{
                                                                {"grant", grant}, {"reason", "again"}}}}});
    };
    EXPECT_TRUE(revoke("x99999"));
    const auto more = revoke("new");
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().kind, ErrorKind::exhausted);
}

}  // namespace
}  // namespace bongsu::view
