#include "outbound/delivery.hpp"

#include "env/sim/sim_world.hpp"
#include "profiles.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::outbound {
namespace {

class Deliveries : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(book_.catch_up());
        ASSERT_TRUE(book_.begin());
    }
    static std::vector<std::unique_ptr<journal::Fold>> folds() {
        std::vector<std::unique_ptr<journal::Fold>> all;
        all.push_back(std::make_unique<OutboundFold>());
        return all;
    }
    std::string queued(const std::string& partner, const std::string& code, bool simulated = false) {
        const auto id = queue(book_, "user:u", partner, {"I1"}, message_of(code), simulated);
        EXPECT_TRUE(id);
        return id.value_or("");
    }
    std::string head_of(const std::string& partner) {
        const auto found = head(*db_, partner);
        EXPECT_TRUE(found);
        return found && *found ? (*found)->id : std::string{};
    }

    env::sim::World world_{1};
    std::unique_ptr<journal::Journal> journal_ = *journal::Journal::open(world_.env, "/site/journal");
    std::unique_ptr<sql::Db> db_ = sql::open_store();
    journal::Book book_{world_.env, *journal_, *db_, folds()};
};

TEST_F(Deliveries, LeaveInOrderForEachPartner) {
    const auto first = queued("fire", "20");
    const auto second = queued("fire", "91");
    const auto other = queued("police", "91");
    EXPECT_EQ(head_of("fire"), first);
    EXPECT_EQ(head_of("police"), other);

    ASSERT_TRUE(record_tried(book_, "site:11000", first, "no answer"));
    EXPECT_EQ(head_of("fire"), first) << "the head is tried again, nothing overtakes it";
    ASSERT_TRUE(record_delivered(book_, "site:11000", first, "2000"));
    EXPECT_EQ(head_of("fire"), second);
    EXPECT_EQ(find(*db_, first)->attempts, 2);
    EXPECT_FALSE(record_delivered(book_, "site:11000", first, "2000")) << "once";
}

TEST_F(Deliveries, ASimulatedOneNeverWaits) {
    const auto id = queued("fire", "91", true);
    EXPECT_EQ(head_of("fire"), "");
    EXPECT_EQ(find(*db_, id)->state, State::simulated);
    EXPECT_EQ(to_json(*find(*db_, id)).at("why"), "SIMULATED, not sent");
    EXPECT_FALSE(record_requeued(book_, "user:u", id, "send it")) << "and cannot be made to";
    EXPECT_FALSE(record_delivered(book_, "site:11000", id, ""));
}

TEST_F(Deliveries, ADeadLetterWaitsForAPersonAndGoesToTheEnd) {
    const auto first = queued("fire", "20");
    ASSERT_TRUE(record_failed(book_, "site:11000", first, "4102 wrong"));
    EXPECT_EQ(head_of("fire"), "");
    EXPECT_EQ(*count(*db_, State::failed), 1);
    const auto second = queued("fire", "91");

    EXPECT_FALSE(record_requeued(book_, "user:u", first, " "));
    ASSERT_TRUE(record_requeued(book_, "user:u", first, "they mended it"));
    EXPECT_EQ(head_of("fire"), second);
    EXPECT_EQ(find(*db_, first)->attempts, 0);
}

TEST_F(Deliveries, TheFoldIsTheJournals) {
    const auto first = queued("fire", "20");
    queued("fire", "40", true);
    ASSERT_TRUE(record_tried(book_, "site:11000", first, "x"));
    ASSERT_TRUE(record_failed(book_, "site:11000", first, "y"));
    ASSERT_TRUE(record_requeued(book_, "user:u", first, "z"));
    ASSERT_TRUE(book_.commit());
    const auto before = book_.fingerprint();
    ASSERT_TRUE(before);
    EXPECT_EQ(*book_.rebuild(), *before);
    ASSERT_TRUE(book_.begin());
    EXPECT_EQ(head_of("fire"), first);
    EXPECT_EQ((*head(*db_, "fire"))->message.position, message_of().position);
}

}  // namespace
}  // namespace bongsu::outbound
