// What is kept of a wearable: where it was last and how long it lasts, while its incident is in hand; else nothing.
#include "centre.hpp"

namespace bongsu::faults {
namespace {

class Wearables : public Centre {
  protected:
    /// A line of a wearable that is carried about.
    void speaks(const std::string& device, const std::string& emergency, const std::string& battery, const std::string& lon = "126.978") {
        world_.tell("bells", "SENSOR," + device + "," + device + "m,NORMAL," + battery + "," + emergency + "," + lon + ",37.5665,0");
    }
    std::vector<json::object> seen(const std::string& device) {
        std::vector<json::object> out;
        for (const auto& item : items("/api/v1/incidents/" + id_of(device) + "/timeline?limit=1000")) {
            if (item.at("kind") == "device.seen") out.push_back(item.as_object());
        }
        return out;
    }
    std::string id_of(const std::string& device) {
        for (const auto& item : items("/api/v1/incidents")) {
            if (item.at("number").as_string().starts_with(device + "-")) return std::string(item.at("id").as_string());
        }
        return {};
    }
    void pass(std::chrono::seconds time) {
        world_.clock().advance(time);
        world_.run(app::Tick{});
    }
    void close(const std::string& device) {
        auto request = policy::request_of("POST", "/api/v1/incidents/" + id_of(device) + "/acts", R"({"act":"close","outcome":"true"})");
        request.headers["content-type"] = "application/json";
        const auto received = world_.ask("operator", act_of(id_of(device)));
        EXPECT_EQ(world_.ask("operator", std::move(request)).status, 201) << received.body;
    }
};

TEST_F(Wearables, LastPositionAndBatteryStandWithTheIncident) {
    speaks("W1", "1", "41");
    auto kept = seen("W1");
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].at("battery"), 41);
    EXPECT_EQ(kept[0].at("device"), "W1");
    EXPECT_EQ(kept[0].at("position").as_array().size(), 2U);
    EXPECT_TRUE(kept[0].at("at").is_string());

    // The device says "clear" and is carried on: its incident is still in hand.
    speaks("W1", "0", "40");
    pass(31s);
    speaks("W1", "0", "12", "126.990");
    pass(31s);
    kept = seen("W1");
    ASSERT_GE(kept.size(), 2U);
    EXPECT_EQ(kept.back().at("battery"), 12);
    EXPECT_EQ(kept.back().at("position").as_array().at(0), 126.99);
}

TEST_F(Wearables, ALineASecondIsOnRecordTwiceAMinute) {
    speaks("W2", "1", "90");
    for (int i = 0; i < 120; ++i) {
        pass(1s);
        speaks("W2", i < 60 ? "1" : "0", std::to_string(89 - i / 2));
    }
    const auto kept = seen("W2");
    EXPECT_GE(kept.size(), 4U);
    EXPECT_LE(kept.size(), 5U);
}

TEST_F(Wearables, TheLastLineBeforeASilenceIsKept) {
    speaks("W3", "1", "5");
    pass(2s);
    speaks("W3", "1", "1", "126.985");
    EXPECT_EQ(seen("W3").size(), 1U) << "not yet its turn";
    pass(30s);
    const auto kept = seen("W3");
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept.back().at("battery"), 1);
    pass(300s);
    EXPECT_EQ(seen("W3").size(), 2U) << "a silent device is not seen again";
}

TEST_F(Wearables, OfADeviceWithoutAnIncidentNothingIsKept) {
    const auto before = world_.entries();
    for (int i = 0; i < 100; ++i) {
        speaks("W4", "0", "80");
        world_.clock().advance(31s);
    }
    EXPECT_EQ(world_.entries(), before);
    EXPECT_EQ(world_.entries_of("device.seen"), 0U);
}

TEST_F(Wearables, WithTheEndOfItsIncidentItIsNobodysToFollow) {
    speaks("W5", "1", "80");
    pass(2s);
    speaks("W5", "1", "79");
    close("W5");
    const auto kept = world_.entries_of("device.seen");
    for (int i = 0; i < 5; ++i) {
        speaks("W5", "0", "70");
        pass(31s);
    }
    EXPECT_EQ(world_.entries_of("device.seen"), kept) << "nor is what waited for its turn kept after the end";
}

TEST_F(Wearables, ATestIsNoPerson) {
    world_.tell("bells", bell("W6", "2", "TEST"));
    pass(31s);
    world_.tell("bells", bell("W6", "2", "TEST"));
    EXPECT_EQ(world_.entries_of("device.seen"), 0U);
}

}  // namespace
}  // namespace bongsu::faults
