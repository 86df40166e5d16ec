#include "intake/places.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace bongsu::intake {
namespace {

using namespace std::chrono_literals;

struct Peer : Guest {
    explicit Peer(Places& where) : places(where) {}
    std::optional<MonoTime> idle_since() const override { return idle; }
    std::optional<MonoTime> half_since() const override { return half; }
    void go_in() override { is_in = true; }
    void give_way() override {
        gave_way = true;
        places.gone(*this);
    }
    Places& places;
    std::optional<MonoTime> idle, half;
    bool is_in = false, gave_way = false;
};

class Door : public ::testing::Test {
  protected:
    /// Comes and is known at once, as without TLS.
    Peer& come(std::optional<MonoTime> idle, std::optional<MonoTime> half = std::nullopt) {
        auto& peer = peers_.emplace_back(places_);
        peer.idle = idle;
        peer.half = half;
        if (places_.come(peer)) places_.knock(peer, now_);
        return peer;
    }
    Peer& come_unknown() {
        auto& peer = peers_.emplace_back(places_);
        EXPECT_TRUE(places_.come(peer));
        return peer;
    }

    MonoTime now_{1h};
    Places places_{3};
    std::deque<Peer> peers_;
};

TEST_F(Door, WhoWasSilentForLongestMakesRoom) {
    auto& first = come(now_ - 5s);
    auto& second = come(now_ - 9s);
    auto& busy = come(std::nullopt);

    auto& late = come(now_);

    EXPECT_TRUE(late.is_in);
    EXPECT_TRUE(second.gave_way);
    EXPECT_FALSE(first.gave_way || busy.gave_way);
}

TEST_F(Door, HalfAFrameIsSparedWhileAnybodyIsIdleAndWhileItIsYoung) {
    auto& old_half = come(std::nullopt, now_ - 5s);
    auto& young_half = come(std::nullopt, now_ - 500ms);
    auto& idle = come(now_ - 300ms);

    EXPECT_TRUE(come(std::nullopt).is_in);
    EXPECT_TRUE(idle.gave_way);
    EXPECT_FALSE(old_half.gave_way);

    EXPECT_TRUE(come(std::nullopt).is_in);
    EXPECT_TRUE(old_half.gave_way);

    auto& waits = come(std::nullopt);
    EXPECT_FALSE(waits.is_in || young_half.gave_way);
    places_.let_in(now_ + 500ms);
    EXPECT_TRUE(waits.is_in && young_half.gave_way);
}

TEST_F(Door, WhoHasJustComeIsSparedWhileThereIsRoomAtTheDoor) {
    auto& first = come(now_);
    come(now_);
    come(now_);
    auto& next = come(now_);
    come(now_);
    EXPECT_FALSE(first.gave_way) << "its first bytes are on their way";
    come(now_);
    EXPECT_TRUE(first.gave_way && next.is_in) << "the door is full";

    auto& last = peers_.back();
    EXPECT_FALSE(last.is_in);
    places_.let_in(now_ + kIdleSpared);
    EXPECT_TRUE(last.is_in);
}

TEST_F(Door, WhoIsOwedAnAnswerKeepsItsPlaceAndTheOthersWait) {
    std::vector<Peer*> in;
    for (int i = 0; i < 3; ++i) in.push_back(&come(std::nullopt));
    auto& next = come(std::nullopt);
    auto& last = come(std::nullopt);
    EXPECT_FALSE(next.is_in);
    EXPECT_TRUE(places_.is_waited_for());

    in[1]->idle = now_ - 1s;  // Answered.
    places_.let_in(now_);

    EXPECT_TRUE(next.is_in);
    EXPECT_FALSE(last.is_in);
    places_.gone(*in[0]);
    places_.let_in(now_);
    EXPECT_TRUE(last.is_in);
    EXPECT_FALSE(places_.is_waited_for());
}

TEST_F(Door, WhoIsNotKnownTakesNobodysPlaceButAtTheDoor) {
    auto& idle = come(now_ - 1min);
    come(std::nullopt);
    come(std::nullopt);
    auto& half = come_unknown();
    for (int i = 0; i < 5; ++i) come_unknown();

    EXPECT_FALSE(idle.gave_way) << "no certificate, no place";
    EXPECT_TRUE(half.gave_way) << "the oldest handshake went";

    auto& known = come_unknown();
    places_.knock(known, now_);
    EXPECT_TRUE(known.is_in && idle.gave_way);
}

TEST_F(Door, FullOfPeopleWhoWaitItTakesNobody) {
    for (int i = 0; i < 6; ++i) come(std::nullopt);
    Peer surplus(places_);
    EXPECT_FALSE(places_.come(surplus));
}

TEST_F(Door, FewerPlacesAreLeftOneByOne) {
    auto& first = come(now_ - 2s);
    auto& second = come(now_ - 1s);
    come(std::nullopt);
    places_.set_most(1);
    EXPECT_FALSE(first.gave_way) << "whoever is in stays in";

    auto& next = come(std::nullopt);
    EXPECT_TRUE(first.gave_way && second.gave_way);
    EXPECT_FALSE(next.is_in);
}

}  // namespace
}  // namespace bongsu::intake
