#include "view/far_door.hpp"

#include <deque>
#include <optional>

#include "hub/test/hand_loop.hpp"
#include "view/gate_door.hpp"
#include "view/test/gate_fixture.hpp"

namespace bongsu::view {
namespace {

using hub::test::HandLoop;

struct FarDoorTest : test::GateFixture {
    void SetUp() override {
        GateFixture::SetUp();
        near.emplace(env, *gate, [this](const CameraId& id) { return id == camera; });
        door.emplace(*near, at_gate.post, here.post);
    }
    void turn() {
        at_gate.turn();
        ASSERT_TRUE(spool->sync());
        here.turn();
    }
    Ask ask(std::string ticket) { return {camera, std::move(ticket), "live", Way::rtsp, "127.0.0.1:5000"}; }
    void open(const std::string& ticket) {
        door->open(ask(ticket), [this](const std::string& reason) { cuts.push_back(reason); }, [this](Result<Pass> pass) { opened = std::move(pass); });
    }

    HandLoop at_gate, here;
    std::optional<GateDoor> near;
    std::optional<FarDoor> door;
    std::optional<Result<Pass>> opened;
    std::vector<std::string> cuts;
};

TEST_F(FarDoorTest, AsksOnTheGatesLoopAndHearsOnItsOwn) {
    std::optional<Result<Admitted>> admitted;
    door->admit(ask(good()), [&](Result<Admitted> answer) { admitted = std::move(answer); });
    at_gate.turn();
    EXPECT_FALSE(admitted) << "not on the gate's loop";
    here.turn();
    ASSERT_TRUE(admitted && *admitted);
    EXPECT_EQ((*admitted)->height, 360);

    open("x.y.z");
    turn();
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->error().kind, ErrorKind::unauthenticated);
}

TEST_F(FarDoorTest, ACutFollowsItsOpeningAndTheCloseIsOnRecord) {
    open(good());
    turn();
    ASSERT_TRUE(opened && *opened);
    gate->revoke({{{"grant-1"}, {}, "closed"}});
    EXPECT_TRUE(cuts.empty());
    here.turn();
    EXPECT_EQ(cuts, std::vector<std::string>{"grant is revoked: closed"});
    door->close((*opened)->number, cuts[0], 7, 70);
    at_gate.turn();
    ASSERT_EQ(of_kind("view.closed").size(), 1U);
    EXPECT_EQ(of_kind("view.closed")[0].frames, 7U);
}

TEST_F(FarDoorTest, NobodyIsToldOnceItHasGone) {
    open(good());
    at_gate.turn();
    ASSERT_TRUE(spool->sync());
    gate->revoke({{{"grant-1"}, {}, "closed"}});
    door.reset();
    here.turn();
    EXPECT_FALSE(opened);
    EXPECT_TRUE(cuts.empty());
}

TEST_F(FarDoorTest, KnowsTheDesksOriginsThatItWasTold) {
    EXPECT_FALSE(door->allows_origin("http://127.0.0.1:8000"));
    door->set_origins(gate->origins());
    EXPECT_TRUE(door->allows_origin("http://127.0.0.1:8000"));
}

}  // namespace
}  // namespace bongsu::view
