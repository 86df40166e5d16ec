#include "view/gate.hpp"

#include "view/test/gate_fixture.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;

struct GateTest : test::GateFixture {};

TEST_F(GateTest, OpensAGoodTicketAndRecordsIt) {
    const auto lease = open(good());

    ASSERT_TRUE(lease) << lease.error().message;
    EXPECT_EQ(lease->view.value, "view-1");
    EXPECT_EQ(lease->height, 360);
    EXPECT_TRUE(gate->allowed(lease->view));
    const auto opened = of_kind("view.opened");
    ASSERT_EQ(opened.size(), 1U);
    EXPECT_EQ(opened[0].n, lease->spool_n);
    EXPECT_EQ(opened[0].holder, "user-1");
    EXPECT_EQ(opened[0].way, "whep");
    EXPECT_EQ(opened[0].remote, "127.0.0.1:5000");
}

TEST_F(GateTest, RefusesWhateverIsNotExactlyRightAndRecordsWhy) {
    auto expired = claims(), far = claims(), foreign = claims(), other = claims(), playback = claims();
    auto relay = claims(), early = claims(), late = claims(), nameless = claims();
    expired.expires = clock.wall() - 1s;
    far.expires = clock.wall() + 121s;
    foreign.audience = {"11000"};
    other.camera = {"11440-0002"};
    playback.kind = "playback";
    relay.kind = "relay";
    early.from = clock.wall() + 1s;
    late.to = clock.wall();
    nameless.grant = {""};
    std::string forged = good();
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "missing"},
        {"nonsense", "malformed"},
        {forged, "forged"},
        {ticket::sign(claims(), stranger), "forged"},
        {sign(expired), "expired"},
        {sign(far), "too long"},
        {sign(foreign), "another site"},
        {sign(other), "another camera"},
        {sign(playback), "another kind"},
        {sign(relay), "another kind"},
        {sign(early), "not begun"},
        {sign(late), "over"},
        {sign(nameless), "malformed"},
    };

    for (const auto& [ticket, reason] : cases) {
        const auto lease = open(ticket);
        ASSERT_FALSE(lease) << reason;
        EXPECT_EQ(lease.error().kind, ErrorKind::unauthenticated) << reason;
        EXPECT_NE(lease.error().message.find(reason), std::string::npos) << lease.error().message;
        EXPECT_NE(of_kind("view.refused").back().reason.find(reason), std::string::npos);
    }
    EXPECT_EQ(of_kind("view.refused").size(), cases.size());
    EXPECT_EQ(of_kind("view.refused")[7].holder, "user-1") << "a genuine ticket says whose it was";
    EXPECT_EQ(of_kind("view.refused")[4].holder, "user-1") << "also when it has expired";
    EXPECT_EQ(of_kind("view.refused")[2].holder, "");
    EXPECT_TRUE(of_kind("view.opened").empty());
    EXPECT_EQ(gate->views(), 0U);
}

TEST_F(GateTest, OpensATicketOnce) {
    const std::string ticket = good();
    ASSERT_TRUE(open(ticket));
    gate->close({"view-1"}, "viewer left", 1, 1);

    EXPECT_EQ(refusal(ticket), "ticket has been used");
}

TEST_F(GateTest, OpensATicketOnceAlsoOverACrash) {
    const std::string ticket = good();
    ASSERT_TRUE(open(ticket));
    ASSERT_TRUE(spool->sync());
    disk.crash(random);

    start();
    gate->set_state(desired);

    EXPECT_EQ(refusal(ticket), "ticket has been used");
}

TEST_F(GateTest, KeepsUsedTicketsForAsLongAsTheyCouldBeShownAgain) {
    auto long_lived = claims();
    long_lived.expires = clock.wall() + 119s;
    const std::string ticket = sign(long_lived);
    ASSERT_TRUE(open(ticket));
    ASSERT_TRUE(spool->sync());
    gate->close({"view-1"}, "viewer left", 1, 1);
    ASSERT_TRUE(spool->sync());
    spool->ack(spool->synced());

    clock.advance(118s);
    gate->tick(clock.wall());
    EXPECT_EQ(refusal(ticket), "ticket has been used");
    ASSERT_TRUE(spool->sync());
    start();
    gate->set_state(desired);

    EXPECT_EQ(refusal(ticket), "ticket has been used");
}

TEST_F(GateTest, ClosesViewsThatACrashLeftOpen) {
    ASSERT_TRUE(open(good()));
    ASSERT_TRUE(spool->sync());

    start();

    const auto closed = of_kind("view.closed");
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].view.value, "view-1");
    EXPECT_EQ(closed[0].reason, "media restarted");
    EXPECT_FALSE(closed[0].frames) << "a crash took the figures: they are not made up";
    start();
    EXPECT_EQ(of_kind("view.closed").size(), 1U);
}

TEST_F(GateTest, ServesNothingWhileItDoesNotKnowWhatIsRevoked) {
    start();

    const auto lease = open(good());

    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().kind, ErrorKind::unavailable);
}

TEST_F(GateTest, ServesNothingOnceViewsCannotBeRecorded) {
    disk.fail_sync(1);
    ASSERT_TRUE(open(good()));
    ASSERT_FALSE(spool->sync());

    const auto lease = open(good());

    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().kind, ErrorKind::unavailable);
}

TEST_F(GateTest, RefusesARevokedGrantAndCutsItsViews) {
    std::vector<std::string> cuts;
    const auto lease = open(good());
    ASSERT_TRUE(lease);
    gate->on_cut(lease->view, [&](const std::string& reason) {
        EXPECT_FALSE(gate->allowed(lease->view)) << "already dark when its owner hears of it";
        cuts.push_back(reason);
        gate->close(lease->view, reason, 7, 900);
    });

    gate->revoke({{{"grant-1"}, std::nullopt, "incident closed"}});

    EXPECT_EQ(cuts, (std::vector<std::string>{"grant is revoked: incident closed"}));
    EXPECT_NE(refusal(good()).find("revoked"), std::string::npos);
    const auto closed = of_kind("view.closed");
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].frames, 7U);
    EXPECT_EQ(closed[0].bytes, 900U);
}

TEST_F(GateTest, CutsTheViewsOfWhoLeavesTheSeatAndOpensNoneUntilTheyAreBack) {
    ASSERT_TRUE(open(good()));
    auto of_other = claims();
    of_other.holder = "user-2";
    ASSERT_TRUE(open(sign(of_other)));
    std::vector<std::string> cuts;
    gate->on_cut({"view-1"}, [&](const std::string& reason) {
        cuts.push_back(reason);
        gate->close({"view-1"}, reason, 1, 1);
    });

    gate->set_off_duty({"user-1"});

    EXPECT_EQ(cuts, (std::vector<std::string>{"its holder is not on duty any more"}));
    EXPECT_TRUE(gate->allowed({"view-2"}));
    EXPECT_NE(refusal(good()).find("not on duty"), std::string::npos);
    desired.off_duty = {"user-1", "user-2"};
    gate->set_state(desired);
    EXPECT_FALSE(gate->allowed({"view-2"})) << "a full state says it too";
    gate->set_off_duty({});
    EXPECT_TRUE(open(good()));
}

TEST_F(GateTest, RevokesSingleCamerasOfAGrant) {
    ASSERT_TRUE(open(good()));

    gate->revoke({{{"grant-1"}, std::vector<CameraId>{{"11440-0009"}}, ""}});
    EXPECT_TRUE(gate->allowed({"view-1"}));
    EXPECT_TRUE(open(good()));
    gate->revoke({{{"grant-1"}, std::vector<CameraId>{camera}, ""}});

    EXPECT_FALSE(gate->allowed({"view-1"}));
    EXPECT_FALSE(open(good()));
}

TEST_F(GateTest, AppliesTheRevocationsOfANewStateToOpenViews) {
    ASSERT_TRUE(open(good()));
    desired.revoked = {{{"grant-1"}, {{"grant-1"}, std::nullopt, "shift over"}}};

    gate->set_state(desired);

    EXPECT_FALSE(gate->allowed({"view-1"}));
}

TEST_F(GateTest, OpensARelayOnlyWhileThisDistrictPermitsIt) {
    auto relay = claims(), again = claims();
    relay.kind = again.kind = "relay";
    const std::string ticket = sign(relay);
    EXPECT_NE(refusal(ticket, "").find("relay is not permitted"), std::string::npos);
    desired.relays = {{{"grant-1"}, {camera}}};
    gate->set_state(desired);

    ASSERT_TRUE(open(ticket, ""));
    EXPECT_FALSE(open(sign(again), "live"));
    desired.relays = {{{"grant-1"}, {{"11440-0002"}}}};
    gate->set_state(desired);

    EXPECT_FALSE(gate->allowed({"view-1"}));
}

TEST_F(GateTest, FollowsWhatOneGrantMayPullAndLeavesTheOthersAlone) {
    auto first = claims(), second = claims(), third = claims();
    first.kind = second.kind = third.kind = "relay";
    second.grant = third.grant = {"grant-2"};
    second.view = {"view-2"};
    second.jti = "jti-2";
    third.view = {"view-3"};
    third.jti = "jti-3";
    gate->permit({{{"grant-1"}, {camera}}, {{"grant-2"}, {camera}}});
    ASSERT_TRUE(open(sign(first), ""));
    ASSERT_TRUE(open(sign(second), ""));

    gate->permit({{{"grant-2"}, {}}});

    EXPECT_TRUE(gate->allowed({"view-1"}));
    EXPECT_FALSE(gate->allowed({"view-2"}));
    EXPECT_NE(refusal(sign(third), "").find("relay is not permitted"), std::string::npos);
}

TEST_F(GateTest, AnotherSitesKeyOpensNothingButAPermittedRelay) {
    desired.keys["11000-t1"] = stranger.public_key;
    desired.relays = {{{"grant-1"}, {camera}}};
    gate->set_state(desired);
    auto live = claims(), relay = claims(), unordered = claims();
    live.kid = relay.kid = unordered.kid = "11000-t1";
    relay.kind = unordered.kind = "relay";
    unordered.grant = {"grant-2"};

    EXPECT_NE(refusal(ticket::sign(live, stranger), "").find("must be for a relay"), std::string::npos);
    EXPECT_NE(refusal(ticket::sign(unordered, stranger), "").find("not permitted"), std::string::npos);
    EXPECT_EQ(refusal(ticket::sign(relay, stranger), ""), "");
}

TEST_F(GateTest, EndsAViewWithItsGrant) {
    auto window = claims();
    window.to = clock.wall() + 10s;
    ASSERT_TRUE(open(sign(window)));
    std::string why;
    gate->on_cut({"view-1"}, [&](std::string reason) { why = std::move(reason); });

    clock.advance(9999ms);
    gate->tick(clock.wall());
    EXPECT_TRUE(gate->allowed({"view-1"}));
    clock.advance(1ms);
    gate->tick(clock.wall());

    EXPECT_EQ(why, "grant is over");
    EXPECT_FALSE(gate->allowed({"view-1"}));
}

TEST_F(GateTest, RecordsAHundredRefusalsOfGenuineTicketsASecondAndCountsTheRest) {
    const std::string used = good();
    ASSERT_TRUE(open(used));
    for (int i = 0; i < 250; ++i) open(used);

    EXPECT_EQ(of_kind("view.refused").size(), 100U);
    EXPECT_EQ(gate->stats().refused, 250U);
    EXPECT_EQ(gate->stats().refused_unrecorded, 150U);
    clock.advance(1s);
    open(used);
    EXPECT_EQ(of_kind("view.refused").size(), 101U);
    clock.advance(59s);
    gate->tick(clock.wall());
    EXPECT_EQ(of_kind("view.refused").back().count, 150U);
}

TEST_F(GateTest, StrangersGrowTheRecordBySevenItemsAMinuteWhateverTheySend) {
    const std::string used = good();
    ASSERT_TRUE(open(used));
    std::uint64_t told = 0;
    for (int second = 0; second < 600; ++second) {
        for (int i = 0; i < 20; ++i) {
            std::string forged = used;
            forged.replace(forged.size() - 12, 10, crypto::to_hex(std::string(5, static_cast<char>(i))));
            open(i % 2 == 0 ? forged : "x" + std::to_string(second * 20 + i));
        }
        clock.advance(1s);
        gate->tick(clock.wall());
    }
    gate->sum_up_refusals();

    const auto refused = of_kind("view.refused");
    EXPECT_LE(refused.size(), 72U);
    for (const auto& item : refused) told += item.count.value_or(1);
    EXPECT_EQ(told, 12'000U) << "nothing is silent";
    EXPECT_EQ(gate->stats().refused, 12'000U);
    EXPECT_EQ(refused[0].reason.find("ticket is "), 0U) << "the first say all that they can";
    EXPECT_EQ(refused[0].way, "whep");
    EXPECT_EQ(refused[6].reason,
              "not listed one by one, in the last 60 s: beyond 6 a minute without a genuine ticket or 100 a second with one");
    EXPECT_EQ(refused[6].remote + refused[6].camera.value + refused[6].holder, "");

    open(used);
    EXPECT_EQ(of_kind("view.refused").back().reason, "ticket has expired") << "who cries does not cover what matters";
    EXPECT_EQ(of_kind("view.refused").back().holder, "user-1");
}

TEST_F(GateTest, ASumThatFoundNoRoomIsToldLater) {
    for (int i = 0; i < 10; ++i) open("x");
    const Item other = spool->items().front();
    while (spool->append(other)) {
    }
    clock.advance(60s);
    gate->tick(clock.wall());
    EXPECT_FALSE(of_kind("view.refused").back().count);

    ASSERT_TRUE(spool->sync());
    spool->ack(spool->synced());
    clock.advance(Spool::kKeep + 1s);
    ASSERT_TRUE(spool->sync());
    gate->tick(clock.wall());

    ASSERT_EQ(of_kind("view.refused").size(), 1U);
    EXPECT_EQ(of_kind("view.refused")[0].count, 4U);
    clock.advance(120s);
    gate->tick(clock.wall());
    EXPECT_EQ(of_kind("view.refused").size(), 1U) << "once, and never nothing";
}

TEST_F(GateTest, WritesNoStrangersTextIntoTheRecord) {
    (void)gate->open("x", CameraId{"<script>\n" + std::string(500, 'a')}, "live", Way::rtsp,
                     std::string(500, 'r'));

    const auto refused = of_kind("view.refused");
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].camera.value, "");
    EXPECT_LE(refused[0].remote.size(), 64U);
}

TEST_F(GateTest, RefusesTwoOpenViewsOfOneName) {
    auto first = claims(), second = claims();
    second.view = first.view;
    ASSERT_TRUE(open(sign(first)));

    EXPECT_EQ(refusal(sign(second)), "ticket names a view that is open");
}

TEST_F(GateTest, ATicketThatWasCheckedBeforeIsStillJudgedAnew) {
    const auto judged = [&](const std::string& ticket) {
        EXPECT_TRUE(gate->check(ticket, camera, "live"));
        EXPECT_FALSE(gate->check(ticket, {"11440-0002"}, "live")) << "another camera";
        return ticket;
    };
    const std::string late = judged(good());
    clock.advance(61s);
    EXPECT_EQ(refusal(late), "ticket has expired");

    const std::string changed = judged(good());
    std::string changed_byte = judged(good());
    changed_byte.back() = changed_byte.back() == 'A' ? 'Q' : 'A';
    EXPECT_NE(refusal(changed_byte), "");

    desired.keys = {{"11440-t1", stranger.public_key}};
    gate->set_state(desired);
    EXPECT_EQ(refusal(changed), "ticket is forged") << "its key is gone";
}

TEST_F(GateTest, ACheckUsesNothingUp) {
    const std::string ticket = good();

    EXPECT_TRUE(gate->check(ticket, camera, "live"));
    EXPECT_TRUE(gate->check(ticket, camera, "live"));
    EXPECT_TRUE(open(ticket));
    EXPECT_FALSE(gate->check(ticket, camera, "live"));
}

}  // namespace
}  // namespace bongsu::view
