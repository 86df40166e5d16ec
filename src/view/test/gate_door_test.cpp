#include "view/gate_door.hpp"

#include <optional>

#include "view/test/gate_fixture.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;

struct GateDoorTest : test::GateFixture {
    void SetUp() override {
        GateFixture::SetUp();
        door = std::make_unique<GateDoor>(env, *gate, [this](const CameraId& id) { return here && id == camera; });
    }
    Ask ask(std::string ticket) { return {camera, std::move(ticket), "live", Way::rtsp, "127.0.0.1:5000"}; }
    auto into(std::optional<Result<Admitted>>& out) {
        return [&out](Result<Admitted> admitted) { out = std::move(admitted); };
    }
    Result<Pass> open(const std::string& ticket) {
        std::optional<Result<Pass>> out;
        door->open(ask(ticket), [this](const std::string& reason) { cuts.push_back(reason); }, [&](Result<Pass> pass) { out = std::move(pass); });
        EXPECT_TRUE(spool->sync());
        return *out;
    }
    std::unique_ptr<GateDoor> door;
    bool here = true;
    std::vector<std::string> cuts;
};

TEST_F(GateDoorTest, AdmitsWithoutUsingTheTicketAndOpensItOnce) {
    const std::string ticket = good();
    std::optional<Result<Admitted>> admitted;
    door->admit(ask(ticket), into(admitted));
    ASSERT_TRUE(admitted && *admitted);
    EXPECT_EQ((*admitted)->height, 360);
    EXPECT_FALSE((*admitted)->relay);

    EXPECT_TRUE(open(ticket));
    EXPECT_EQ(open(ticket).error().message, "ticket has been used");
}

TEST_F(GateDoorTest, AnOpenViewIsOnDiskBeforeItsOwnerHearsOfIt) {
    bool heard = false;
    door->open(ask(good()), {}, [&](const Result<Pass>& pass) { heard = pass.has_value(); });
    EXPECT_FALSE(heard);
    ASSERT_TRUE(spool->sync());
    EXPECT_TRUE(heard);
}

TEST_F(GateDoorTest, AGoodTicketWaitsASecondForItsCamera) {
    here = false;
    std::optional<Result<Admitted>> first, second, forged;
    door->admit(ask(good()), into(first));
    door->admit(ask("x.y.z"), into(forged));
    ASSERT_TRUE(forged) << "only a good ticket may wait";
    EXPECT_EQ(forged->error().kind, ErrorKind::unauthenticated);
    door->serve_arrived();
    EXPECT_FALSE(first);

    here = true;
    door->serve_arrived();
    ASSERT_TRUE(first && *first);

    here = false;
    door->admit(ask(good()), into(second));
    clock.advance(1s);
    door->serve_arrived();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->error().kind, ErrorKind::not_found);
}

TEST_F(GateDoorTest, NoMoreWaitForCamerasThanItsBound) {
    here = false;
    std::size_t refused = 0;
    for (std::size_t i = 0; i < GateDoor::kArrivingMax + 3; ++i) {
        door->admit(ask(good()), [&](const Result<Admitted>& admitted) { refused += !admitted; });
    }
    EXPECT_EQ(refused, 3U);
}

TEST_F(GateDoorTest, ACutReachesTheOwnerOnceAndCloseIsOnRecord) {
    const auto pass = open(good());
    ASSERT_TRUE(pass);
    gate->revoke({{{"grant-1"}, {}, "closed"}});
    gate->revoke({{{"grant-1"}, {}, "closed again"}});
    EXPECT_EQ(cuts, std::vector<std::string>{"grant is revoked: closed"});

    door->close(pass->number, cuts[0], 7, 70);
    door->close(pass->number, "twice", 9, 90);
    ASSERT_EQ(of_kind("view.closed").size(), 1U);
    EXPECT_EQ(of_kind("view.closed")[0].frames, 7U);
    EXPECT_EQ(gate->views(), 0U);
}

TEST_F(GateDoorTest, AViewThatIsCutBeforeItWasRecordedNeverBegins) {
    std::optional<Result<Pass>> out;
    door->open(ask(good()), [this](const std::string& reason) { cuts.push_back(reason); }, [&](Result<Pass> pass) { out = std::move(pass); });
    gate->revoke({{{"grant-1"}, {}, "closed"}});
    ASSERT_TRUE(out && !*out);
    EXPECT_EQ(out->error().kind, ErrorKind::forbidden);
    EXPECT_EQ(out->error().message, "grant is revoked: closed");

    ASSERT_TRUE(spool->sync());
    EXPECT_TRUE(cuts.empty());
    ASSERT_EQ(of_kind("view.closed").size(), 1U);
    EXPECT_EQ(of_kind("view.closed")[0].frames, 0U);
}

TEST_F(GateDoorTest, OnlyADesksOriginMayWatch) {
    EXPECT_TRUE(door->allows_origin("http://127.0.0.1:8000"));
    EXPECT_FALSE(door->allows_origin("http://127.0.0.1:8001"));
    EXPECT_FALSE(door->allows_origin(""));
}

}  // namespace
}  // namespace bongsu::view
