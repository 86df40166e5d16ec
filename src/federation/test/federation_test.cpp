#include <gtest/gtest.h>

#include "env/sim/sim_world.hpp"
#include "federation/contract.hpp"
#include "federation/held.hpp"
#include "federation/outbox.hpp"
#include "federation/relay.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::federation {
namespace {

constexpr std::string_view kContract =
    R"({"site":"11440","with":"11000","purposes":["112-emergency-video","operator-incident"],"kinds":["live"]})";

/// A district's book on a simulated disk.
class FederationTest : public testing::Test {
  protected:
    void SetUp() override {
        journal_ = journal::Journal::open(world_.env, "/d/journal").value();
        db_ = sql::open_store();
        std::vector<std::unique_ptr<journal::Fold>> folds;
        folds.push_back(make_relay_fold());
        folds.push_back(make_outbox_fold({"11000"}));
        folds.push_back(make_held_fold());
        book_ = std::make_unique<journal::Book>(world_.env, *journal_, *db_, std::move(folds));
        ASSERT_TRUE(create_cursors(*db_));
        ASSERT_TRUE(book_->catch_up());
        ASSERT_TRUE(book_->begin());
    }
    RelayOrder order_of(std::string grant, std::vector<CameraId> cameras) {
        return {.grant = {std::move(grant)},
                .cameras = std::move(cameras),
                .purpose = "operator-incident",
                .basis = "b",
                .incident = "i1",
                .to = world_.env.clock.wall() + std::chrono::hours(1)};
    }

    env::sim::World world_{7};
    Contract contract_ = parse_contract(kContract).value();
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<sql::Db> db_;
    std::unique_ptr<journal::Book> book_;
};

TEST(Contract, EachMissingOrWrongFieldIsNamed) {
    EXPECT_TRUE(parse_contract(kContract));
    for (const auto& [text, field] : std::vector<std::pair<std::string, std::string>>{
             {"{}", "site"},
             {R"({"site":"1","with":2})", "with"},
             {R"({"site":"1","with":"2","purposes":"x"})", "purposes"},
             {R"({"site":"1","with":"2","purposes":["x"],"kinds":[1]})", "kinds"},
             {"nonsense", "JSON"}}) {
        const auto contract = parse_contract(text);
        ASSERT_FALSE(contract) << text;
        EXPECT_NE(contract.error().message.find(field), std::string::npos) << contract.error().message;
    }
}

TEST_F(FederationTest, AnOrderWithinTheContractIsPermittedOnceAndEnded) {
    const auto order1 = order_of("g1", {{"11440-0002"}, {"11440-0001"}});
    ASSERT_TRUE(order(*book_, contract_, {"11000"}, order1).value().permitted);
    const auto entries = book_->appended().size();
    ASSERT_TRUE(order(*book_, contract_, {"11000"}, order1).value().permitted);
    EXPECT_EQ(book_->appended().size(), entries) << "a repeated order writes nothing";
    EXPECT_EQ(relays(*book_).value(),
              (std::vector<Relay>{{{"g1"}, {"11440-0001"}}, {{"g1"}, {"11440-0002"}}}));

    EXPECT_TRUE(end(*book_, {"g1"}, "closed").value());
    EXPECT_FALSE(end(*book_, {"g1"}, "closed").value());
    EXPECT_TRUE(relays(*book_).value().empty());
}

TEST_F(FederationTest, WhatTheContractDoesNotNameIsRefusedWithAReasonOnRecord) {
    auto other_purpose = order_of("g2", {{"11440-0001"}});
    other_purpose.purpose = "wanted-vehicle";
    const auto answer = order(*book_, contract_, {"11000"}, other_purpose).value();
    EXPECT_FALSE(answer.permitted);
    EXPECT_NE(answer.reason.find("wanted-vehicle"), std::string::npos);
    EXPECT_EQ(book_->appended().back().kind, "relay.refused");
    EXPECT_FALSE(order(*book_, contract_, {"11999"}, order_of("g3", {{"11440-0001"}})).value().permitted);
    EXPECT_TRUE(relays(*book_).value().empty());
}

TEST_F(FederationTest, AfterAReconnectOnlyTheCentresLiveGrantsStay) {
    for (const auto* grant : {"g1", "g2", "g3"})
        ASSERT_TRUE(order(*book_, contract_, {"11000"}, order_of(grant, {{"11440-0001"}})).value().permitted);
    EXPECT_EQ(keep_only(*book_, {{"g2"}}, "gone").value().size(), 2U);
    EXPECT_EQ(relays(*book_).value(), (std::vector<Relay>{{{"g2"}, {"11440-0001"}}}));
    EXPECT_TRUE(end_due(*book_, world_.env.clock.wall()).value().empty());
    EXPECT_EQ(end_due(*book_, world_.env.clock.wall() + std::chrono::hours(2)).value().size(), 1U);
}

TEST_F(FederationTest, AViewOfAnotherSitesCameraWaitsUntilItIsAcknowledged) {
    const auto permit = [&](const char* camera) {
        ASSERT_TRUE(book_->append({"view.permitted",
                                   "user:u1",
                                   {"view:v1", std::string("camera:") + camera},
                                   {{"view", "v1"}, {"camera", camera}}}));
    };
    permit("11440-0001");
    permit("11000-0001");  // Our own: nobody else's business.
    permit("11440-0002");
    const auto first = parcels(*db_, {"11440"}, 0, 10).value();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(parcel_of(to_json(first[0])).value().payload.at("camera"), "11440-0001");
    EXPECT_EQ(waiting(*db_, {"11440"}).value(), 2U);
    ASSERT_TRUE(acknowledge(*db_, {"11440"}, first[0].seq));
    ASSERT_TRUE(acknowledge(*db_, {"11440"}, first[0].seq - 1))
        << "an old acknowledgement takes nothing back";
    EXPECT_EQ(acknowledged(*db_, {"11440"}).value(), first[0].seq);
    EXPECT_EQ(waiting(*db_, {"11440"}).value(), 1U);
}

TEST_F(FederationTest, AParcelThatIsNoViewRecordIsRefused) {
    EXPECT_FALSE(parcel_of({{"seq", 1},
                            {"kind", "grant.issued"},
                            {"time", 1},
                            {"actor", "x"},
                            {"payload", boost::json::object{}}}));
    EXPECT_FALSE(parcel_of({{"seq", 0},
                            {"kind", "view.opened"},
                            {"time", 1},
                            {"actor", "x"},
                            {"payload", boost::json::object{}}}));
    EXPECT_FALSE(parcel_of({{"kind", "view.opened"}}));
}

TEST_F(FederationTest, OnlyNewerCheckpointsWithATrueSignatureAreKept) {
    const auto key = crypto::key_pair_of_seed(std::string(32, 'k')).value();
    const auto made = journal::make({.site = {"11000"},
                                     .seq = 5,
                                     .digest = std::string(64, 'a'),
                                     .time = world_.env.clock.wall(),
                                     .kid = "11000-c1"},
                                    key);
    EXPECT_TRUE(hold(*book_, made, key.public_key).value());
    EXPECT_FALSE(hold(*book_, made, key.public_key).value());
    auto forged = made;
    forged.seq = 6;
    EXPECT_FALSE(hold(*book_, forged, key.public_key));
    EXPECT_EQ(held_seq(*db_, {"11000"}).value(), 5U);
}

}  // namespace
}  // namespace bongsu::federation
