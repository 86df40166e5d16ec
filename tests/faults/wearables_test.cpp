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

/// What is odd beside a call for help.
class OddBeside : public Centre {
  protected:
    json::object of_sender(std::string_view sender) {
        for (const auto& item : items("/api/v1/incidents?limit=200")) {
            if (std::string_view(item.at("sender").as_string()) == sender) return item.as_object();
        }
        return {};
    }
};

TEST_F(OddBeside, ABatteryThatCannotBeRead) {
    world_.tell("bells", "SMART,김아무개,9,010,종로 2,B7,B7m,NORMAL,87%,1,126.978,37.5665,0\n");

    const auto opened = of_sender("W1100000000");
    ASSERT_FALSE(opened.empty()) << "a call for help, whatever its battery";
    EXPECT_TRUE(has_fault(opened, "batteryFault"));
    EXPECT_FALSE(opened.at("position").is_null());
    EXPECT_EQ(grants_of(opened), 1U);
    EXPECT_TRUE(items("/api/v1/messages/dead").empty());
}

TEST_F(OddBeside, APlaceOfABellThatCannotBeRead) {
    world_.tell("bells", "SENSOR,B7,B7m,NORMAL,90,1,N/A,37.5665,0\n");

    const auto opened = of_sender("W1100000000");
    ASSERT_FALSE(opened.empty());
    EXPECT_TRUE(opened.at("position").is_null());
    EXPECT_TRUE(has_fault(opened, "positionFault:pointX"));
    EXPECT_EQ(grants_of(opened), 1U);
}

TEST_F(OddBeside, APlaceOfAFireThatCannotBeRead) {
    const auto now = world_.clock().wall();
    const auto bytes = telegram("10", {"f1", "화재", "주택", "동경 127도", "37.5665", "종로 1", "111101010", to_kst_digits(now), "u1"}, now);

    EXPECT_EQ(world_.tell("fire", bytes)[0], '0');
    EXPECT_TRUE(incident("f1").at("position").is_null());
    EXPECT_TRUE(has_fault(incident("f1"), "positionFault:lon"));
    EXPECT_TRUE(has_fault(incident("f1"), "bjdFault"));
}

TEST_F(OddBeside, APlaceOfA112CallThatCannotBeRead) {
    int number = 0;
    for (const auto* written : {R"("crdntX":"126,978")", R"("crdntX":"1e2")", R"("crdntX":[])", R"("crdntX":true)"}) {
        const auto name = "p" + std::to_string(number++);
        EXPECT_EQ(send_with(call(name), R"("crdntX":"126.978")", written).at("result"), "0") << written;
        EXPECT_TRUE(incident(name).at("position").is_null()) << written;
        EXPECT_TRUE(has_fault(incident(name), "positionFault:ocrLc.crdntX")) << written;
        EXPECT_EQ(grants_of(incident(name)), 2U);
    }
    auto later = call("p0", "40");
    later.position = event::Position{1'269'780'000, 375'665'000};
    ASSERT_TRUE(send(later));
    EXPECT_FALSE(incident("p0").at("position").is_null()) << "its next message places it";
}

}  // namespace
}  // namespace bongsu::faults
