// The faults that partners' messages bring, one test named after each: what the centre keeps, shows and answers.
#include "centre.hpp"

namespace bongsu::faults {
namespace {

class Fault : public Centre {};

TEST_F(Fault, DuplicateUpdate) {
    ASSERT_TRUE(send(call("d1")));
    auto update = call("d1", "40");
    update.place = "시청역";
    ASSERT_TRUE(send(update));
    const auto before = incident("d1");

    for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(update)) << "a repeat is a success to its sender";

    const auto after = incident("d1");
    EXPECT_EQ(after.at("place"), "시청역");
    EXPECT_EQ(after.at("updatedAt"), before.at("updatedAt")) << "nothing followed";
    EXPECT_EQ(world_.entries_of("event.repeated"), 5U);
    const auto seen = timeline(after);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), "event.repeated"), 5) << "and it is shown";
}

TEST_F(Fault, LateUpdate) {
    ASSERT_TRUE(send(call("l1")));
    const auto early = call("l1", "40");
    world_.clock().advance(5s);
    ASSERT_TRUE(send(call("l1", "91")));

    ASSERT_TRUE(send(early));

    EXPECT_EQ(incident("l1").at("state"), "closed") << "nothing reopens";
    EXPECT_EQ(timeline(incident("l1")).back(), "event.late ended");
}

TEST_F(Fault, OutOfOrderUpdate) {
    ASSERT_TRUE(send(call("o1")));
    world_.clock().advance(1s);
    auto older = call("o1", "40");
    older.place = "옛 장소";
    world_.clock().advance(1s);
    auto newer = call("o1", "40");
    newer.place = "새 장소";
    ASSERT_TRUE(send(newer));

    ASSERT_TRUE(send(older));

    EXPECT_EQ(incident("o1").at("place"), "새 장소");
    EXPECT_EQ(timeline(incident("o1")).back(), "event.late older");
}

TEST_F(Fault, EndBeforeBegin) {
    ASSERT_TRUE(send(call("e1", "91")));
    ASSERT_TRUE(send(call("e1", "10")));

    const auto ended = incident("e1");
    EXPECT_EQ(ended.at("state"), "closed");
    EXPECT_EQ(ended.at("note"), "end before start");
    EXPECT_EQ(grants_of(ended), 0U);
}

TEST_F(Fault, AnEndsTimeBeforeItsBegins) {
    auto ended = call("e2", "91");
    ended.occurred_at += 1h;
    ASSERT_TRUE(send(ended));

    EXPECT_TRUE(has_fault(incident("e2"), "endBeforeBegin"));
    const auto entry = last_payload("event.received");
    EXPECT_EQ(entry.at("endedAt").as_int64(), to_us(std::chrono::floor<std::chrono::seconds>(ended.state_time)));
    EXPECT_GT(entry.at("occurredAt").as_int64(), entry.at("endedAt").as_int64()) << "both as they were said";
}

TEST_F(Fault, TheSameNumberFromTwoSenders) {
    ASSERT_TRUE(send(call("same")));
    EXPECT_EQ(world_.tell("fire", fire("same"))[0], '0');

    std::set<std::string> senders;
    for (const auto& item : items("/api/v1/incidents?limit=200")) {
        if (item.at("number") == "same") senders.insert(std::string(item.at("sender").as_string()));
    }
    EXPECT_EQ(senders, (std::set<std::string>{"P1100000000", "F1100000000"}));
}

TEST_F(Fault, CoordinatesZeroZero) {
    auto event = call("z1");
    event.position.reset();
    ASSERT_TRUE(send(event));

    EXPECT_TRUE(incident("z1").at("position").is_null());
    EXPECT_EQ(incident("z1").at("positionFault"), "zero");
}

TEST_F(Fault, SwappedLongitudeAndLatitude) {
    auto event = call("s1");
    event.position = event::Position{375'665'000, 1'269'780'000};
    ASSERT_TRUE(send(event));

    EXPECT_EQ(incident("s1").at("positionFault"), "swapped");
    EXPECT_EQ(incident("s1").at("cameras"), 1) << "the corrected place has its camera";
}

TEST_F(Fault, OutsideOfKorea) {
    auto event = call("k1");
    event.position = event::Position{1'396'917'000, 356'895'000};
    ASSERT_TRUE(send(event));

    EXPECT_EQ(incident("k1").at("positionFault"), "far");
    EXPECT_TRUE(incident("k1").at("position").is_null());
}

TEST_F(Fault, ProjectedMetresInADegreeField) {
    struct Grid {
        const char *name, *east, *north;
    };
    for (const auto& grid : {Grid{"5179", "953898.467", "1952035.979"}, Grid{"5181", "198053.647", "451888.916"},
                             Grid{"5186", "198053.647", "551888.916"}, Grid{"3857", "14135124.9", "4518386.6"}}) {
        const auto event = call(std::string("m") + grid.name);
        const auto reply = send_with(event, R"("crdntX":"126.978","crdntY":"37.5665")",
                                     R"("crdntX":")" + std::string(grid.east) + R"(","crdntY":")" + grid.north + "\"");

        EXPECT_EQ(reply.at("result"), "0") << grid.name;
        EXPECT_EQ(incident(event.number).at("positionFault"), "projected") << grid.name;
        EXPECT_TRUE(incident(event.number).at("position").is_null()) << grid.name;
    }
}

TEST_F(Fault, NoCameraNear) {
    auto event = call("n1");
    event.position = event::Position{1'271'500'000, 376'900'000};
    ASSERT_TRUE(send(event));

    EXPECT_EQ(incident("n1").at("cameras"), 0);
    EXPECT_EQ(incident("n1").at("state"), "new") << "it is on the list all the same";
}

TEST_F(Fault, BodyLongerThanBodyLen) {
    const auto event = call("b1");
    const auto text = event::scsns::write_event({.send_cd = "P1100000000", .rcv_cd = "B1100000000", .rr_key = world_.partner_key(), .at = world_.clock().wall()}, event);
    const auto at = text.find("\"bodyLen\":\"");
    ASSERT_NE(at, std::string::npos);
    const auto length = text.substr(at, text.find('"', at + 11) - at);

    EXPECT_EQ(send_with(event, length, "\"bodyLen\":\"12").at("result"), "0");
    EXPECT_TRUE(has_fault(incident("b1"), "bodyLenFault"));
}

TEST_F(Fault, InvalidUtf8) {
    const auto reply = send_with(call("u1"), "폭행", "\xC6\xF8\xC7\xE0");  // The same in CP949.

    EXPECT_EQ(reply.at("result"), "1");
    EXPECT_EQ(reply.at("type"), "4000");
    EXPECT_TRUE(incident("u1").empty());
    EXPECT_EQ(last_refused().at("actor"), "agency:P1100000000");
}

TEST_F(Fault, SeventeenDigitsOfTimeAgainstFourteen) {
    const auto now = world_.clock().wall();
    const auto event = call("t1");
    const auto short_time = "\"ocrEvtStsTime\":\"" + to_kst_digits(now);

    EXPECT_EQ(send_with(event, short_time, short_time + "123").at("result"), "0");
    EXPECT_EQ(incident("t1").at("state"), "new");
}

TEST_F(Fault, TheThirtiethOfFebruary) {
    const auto event = call("f1");
    const auto reply = send_with(event, "\"ocrEvtStsTime\":\"" + to_kst_digits(world_.clock().wall()),
                                 "\"ocrEvtStsTime\":\"20190230120000");

    EXPECT_EQ(reply.at("result"), "1");
    EXPECT_EQ(last_refused().at("field"), "ocrEvtStsTime");
}

TEST_F(Fault, ClockSkewOfMinutes) {
    auto first = call("c1");
    first.state_time += 4min;
    first.occurred_at += 4min;
    ASSERT_TRUE(send(first));
    EXPECT_TRUE(has_fault(incident("c1"), "clockAhead"));
    world_.clock().advance(30s);

    auto right = call("c1", "40");
    right.place = "바른 시계의 장소";
    ASSERT_TRUE(send(right));

    EXPECT_EQ(incident("c1").at("place"), "바른 시계의 장소") << "a right message is newer than what a fast clock said";
    ASSERT_TRUE(send(first));
    EXPECT_EQ(world_.entries_of("event.repeated"), 1U) << "the same message again is a repeat, whatever the hour";
    const auto kept = last_payload("event.received");
    EXPECT_TRUE(kept.at("statedTime").is_null());
}

TEST_F(Fault, AClockFarAheadIsKeptAndOrdersByArrival) {
    auto event = call("c2");
    event.state_time += 24h * 400;
    ASSERT_TRUE(send(event));

    const auto kept = last_payload("event.received");
    EXPECT_EQ(kept.at("statedTime").as_int64() / 1'000'000, to_us(event.state_time) / 1'000'000);
    EXPECT_LT(kept.at("stateTime").as_int64(), to_us(world_.clock().wall()));
}

TEST_F(Fault, LoopInTheRoute) {
    const auto reply = send_with(call("r1"), R"({"tranSysHis":"P1100000000_SCSNS"})",
                                 R"({"tranSysHis":"B1_SCSNS"},{"tranSysHis":"P1100000000_SCSNS"},{"tranSysHis":"B1_SCSNS"})");

    EXPECT_EQ(reply.at("result"), "0");
    EXPECT_TRUE(has_fault(incident("r1"), "routeLoop"));
}

TEST_F(Fault, FloodOfThousands) {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(send(call("q" + std::to_string(i)))) << i;

    EXPECT_EQ(items("/api/v1/incidents?limit=200").size(), 200U);
    EXPECT_EQ(world_.entries_of("incident.opened"), 1004U) << "none lost, none doubled; four stood before";
}

TEST_F(Fault, SessionKeyExpiredInTheMiddle) {
    ASSERT_TRUE(send(call("x1")));
    world_.clock().advance(24h);

    const auto entries = world_.entries();
    EXPECT_FALSE(send(call("x1", "40")));
    EXPECT_EQ(world_.entries(), entries) << "unauthenticated bytes are counted, never stored";
}

TEST_F(Fault, UnknownEventType) {
    auto event = call("y1");
    event.type = "ENVEN001";
    ASSERT_TRUE(send(event));

    const auto shown = incident("y1");
    EXPECT_EQ(shown.at("known"), false);
    EXPECT_EQ(shown.at("type"), "ENVEN001");
    EXPECT_EQ(shown.at("typeName").at("ko"), "미등록 이벤트");
}

/// A service that is switched off for a partner: its types are not among the agreed ones.
class DisabledService : public Centre {
  protected:
    DisabledService()
        : Centre(R"(
[[partner]]
key = "police-http"
format = "scsns"
sender = "P1100000000"
types = ["112UC001"]
)") {}
};

TEST_F(DisabledService, IsRefusedByNameAndTheUnknownIsKeptAllTheSame) {
    auto off = call("off");
    off.type = "112UC120";
    const auto reply = world_.room112_sends(off);
    EXPECT_EQ(reply.at("result"), "1");
    EXPECT_EQ(reply.at("type"), "4004");
    EXPECT_TRUE(incident("off").empty());
    EXPECT_EQ(last_refused().at("field"), "evtId");

    EXPECT_TRUE(send(call("on")));
    auto unknown = call("new-kind");
    unknown.type = "ENVEN001";
    EXPECT_TRUE(send(unknown)) << "what no list knows is never dropped";
    EXPECT_FALSE(incident("new-kind").empty());
}

TEST_F(Fault, ItemCountAgainstItems) {
    auto event = call("i1");
    event.items = {{"CAR_NUM", "12가3456"}};

    EXPECT_EQ(send_with(event, R"("ocrEvtItemCnt":"1")", R"("ocrEvtItemCnt":"7")").at("result"), "0");
    EXPECT_TRUE(has_fault(incident("i1"), "itemCount"));
    EXPECT_EQ(last_payload("event.received").at("items").at("CAR_NUM"), "12가3456");
}

TEST_F(Fault, TextWithControlBytes) {
    EXPECT_EQ(send_with(call("w1"), "폭행", "폭\\u0007행\\u202E").at("result"), "0");

    EXPECT_TRUE(has_fault(incident("w1"), "control:ocrEvtCn"));
    EXPECT_EQ(incident("w1").at("text"), "폭\uFFFD행\uFFFD");
}

TEST_F(Fault, DrillMixedWithReal) {
    EXPECT_EQ(world_.tell("disaster", disaster("drill", "10", "Y"))[0], '0');
    EXPECT_EQ(world_.tell("disaster", disaster("real", "10", "N"))[0], '0');

    EXPECT_EQ(incident("drill").at("test"), true);
    EXPECT_EQ(grants_of(incident("drill")), 0U) << "a drill opens no grant";
    EXPECT_EQ(incident("drill").at("cameras"), 0);
    EXPECT_EQ(incident("real").at("test"), false);
    EXPECT_EQ(grants_of(incident("real")), 2U) << "the disaster office's and the centre's";
}

TEST_F(Fault, ATestOfABellOpensNothing) {
    EXPECT_EQ(world_.tell("bells", bell("B7", "2", "TEST")), "") << "the format has no answer";
    EXPECT_EQ(world_.tell("bells", bell("B7", "1")), "");

    std::size_t tests = 0;
    std::size_t calls = 0;
    for (const auto& item : items("/api/v1/incidents?limit=200")) {
        if (item.at("sender") != "W1100000000") continue;
        const bool is_test = item.at("test").as_bool();
        ++(is_test ? tests : calls);
        EXPECT_EQ(grants_of(item.as_object()), is_test ? 0U : 1U);
    }
    EXPECT_EQ(tests, 1U);
    EXPECT_EQ(calls, 1U) << "a test that stands open hides no emergency";
}

TEST_F(Fault, APersonCannotOpenVideoForATest) {
    world_.tell("disaster", disaster("drill", "10", "Y"));
    const auto id = std::string(incident("drill").at("id").as_string());
    const auto act = [&](const char* name) {
        return world_.ask("operator", "POST", "/api/v1/incidents/" + id + "/acts", {{"act", name}}).status;
    };

    EXPECT_EQ(act("receive"), 201);
    EXPECT_EQ(act("open_video"), 409);
    EXPECT_EQ(grants_of(incident("drill")), 0U);
    EXPECT_EQ(world_.ask("supervisor", "POST", "/api/v1/grants",
                         {{"incident", id}, {"purpose", "operator-incident"}, {"cameras", {world_.camera()}}})
                  .status,
              409);
}

TEST_F(Fault, ARealCallUnderTheNumberOfADrillThatIsOverIsACaseOfItsOwn) {
    world_.tell("disaster", disaster("drill", "10", "Y"));
    const auto waiting = [&] {
        json::array found;
        for (const auto& item : items("/api/v1/incidents?state=new")) {
            if (item.at("number") == "drill") found.push_back(item);
        }
        return found;
    };
    const auto drill = std::string(incident("drill").at("id").as_string());
    for (json::object act : {json::object{{"act", "receive"}}, json::object{{"act", "close"}, {"outcome", "drill"}}})
        ASSERT_EQ(world_.ask("operator", "POST", "/api/v1/incidents/" + drill + "/acts", act).status, 201);
    EXPECT_EQ(world_.tell("disaster", disaster("drill", "90", "N"))[0], '0');
    EXPECT_EQ(waiting().size(), 0U) << "an end opens nothing";

    EXPECT_EQ(world_.tell("disaster", disaster("drill", "10", "N"))[0], '0');

    const auto open = waiting();
    ASSERT_EQ(open.size(), 1U);
    EXPECT_NE(open[0].at("id").as_string(), json::string_view(drill));
    EXPECT_EQ(open[0].at("number"), "drill");
    EXPECT_EQ(open[0].at("test"), false);
    EXPECT_EQ(open[0].at("note"), "real after a test");
    EXPECT_EQ(policy::body_of(world_.ask("operator", "GET", "/api/v1/incidents/" + drill)).at("state"), "closed") << "nothing reopens";
    EXPECT_EQ(world_.tell("disaster", disaster("drill", "40", "N"))[0], '0');
    EXPECT_EQ(waiting().size(), 1U) << "what follows is the new one's";
    EXPECT_EQ(world_.tell("disaster", disaster("drill", "91", "N"))[0], '0');
    EXPECT_EQ(waiting().size(), 0U);
    EXPECT_EQ(world_.tell("disaster", disaster("drill", "10", "N"))[0], '0');
    EXPECT_EQ(waiting().size(), 0U) << "a case that is over stays over";
}

TEST_F(Fault, ATestsMessageCannotEndWhatIsReal) {
    world_.tell("disaster", disaster("mix", "10", "N"));
    EXPECT_EQ(world_.tell("disaster", disaster("mix", "91", "Y"))[0], '0');

    EXPECT_EQ(incident("mix").at("state"), "new");
    EXPECT_EQ(timeline(incident("mix")).back(), "event.late test");
}

TEST_F(Fault, ARealMessageMakesATestReal) {
    world_.tell("disaster", disaster("turn", "10", "Y"));
    world_.clock().advance(1s);
    EXPECT_EQ(world_.tell("disaster", disaster("turn", "40", "N"))[0], '0');

    EXPECT_EQ(incident("turn").at("test"), false);
    EXPECT_EQ(grants_of(incident("turn")), 2U);
    EXPECT_EQ(incident("turn").at("cameras"), 1);
}

TEST_F(Fault, ASessionKeyInTheText) {
    const auto& key = world_.partner_key();
    std::string escaped;
    for (const char c : key.substr(0, 4)) {
        char text[8];
        std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned char>(c));
        escaped += text;
    }
    auto event = call("key");
    EXPECT_EQ(send_with(event, "폭행", "앞 " + escaped + key.substr(4) + " 뒤").at("result"), "0");

    const auto masked_text = "앞 " + std::string(escaped.size() + key.size() - 4, '*') + " 뒤";
    EXPECT_EQ(incident("key").at("text").as_string(), json::string_view(masked_text));
    const auto raw = last_payload("message.received");
    EXPECT_EQ(raw.at("masked").as_array().size(), 2U) << "its field and the text";
    std::int64_t masked = 0;
    for (const auto& place : raw.at("masked").as_array()) masked += place.at("bytes").as_int64();
    EXPECT_EQ(raw.at("maskedBytes").as_int64(), masked);
    EXPECT_TRUE(world_.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        EXPECT_EQ(json::serialize(entry.payload).find(key), std::string::npos) << entry.kind;
        return true;
    }));
}

TEST_F(Fault, RepeatedEmergencyWithoutClear) {
    for (int i = 0; i < 3; ++i) world_.tell("bells", bell("B9", "1"));
    std::size_t incidents = 0;
    for (const auto& item : items("/api/v1/incidents?limit=200")) incidents += item.at("sender") == "W1100000000" ? 1 : 0;
    EXPECT_EQ(incidents, 1U);

    world_.tell("bells", bell("B9", "0", "CLEAR"));
    for (const auto& item : items("/api/v1/incidents?limit=200")) {
        if (item.at("sender") == "W1100000000") {
            EXPECT_EQ(item.at("state"), "released");
        }
    }
}

TEST_F(Fault, ANewEmergencyOfADeviceWhoseLastOneTheDeskClosed) {
    const auto bells = [&] {
        std::vector<json::object> out;
        for (const auto& item : items("/api/v1/incidents?limit=200")) {
            if (item.at("sender") == "W1100000000") out.push_back(item.as_object());
        }
        return out;
    };
    world_.tell("bells", bell("B8", "1"));
    ASSERT_EQ(bells().size(), 1U);
    const auto path = "/api/v1/incidents/" + std::string(bells()[0].at("id").as_string()) + "/acts";
    ASSERT_EQ(world_.ask("operator", "POST", path, {{"act", "close"}, {"outcome", "false"}}).status, 201);

    world_.tell("bells", bell("B8", "1"));

    ASSERT_EQ(bells().size(), 2U) << "a second press is a second call for help";
    EXPECT_EQ(bells()[0].at("state"), "new");
    EXPECT_EQ(grants_of(bells()[0]), 1U);
}

TEST_F(Fault, AnEmptyOrOddSessionKeyFieldDoesNotSpoilTheMessage) {
    const auto field = "\"rrKey\":\"" + world_.partner_key() + "\"";
    const auto ask = [&](const std::string& number, const std::string& written) {
        auto request = policy::request_of("POST", "/linkHttp/recvEvent.json");
        request.headers["x-scsns-secret"] = world_.partner_key();
        request.body = event::scsns::write_event({.send_cd = "P1100000000",
                                                  .rcv_cd = "B1100000000",
                                                  .rr_key = world_.partner_key(),
                                                  .at = world_.clock().wall()},
                                                 call(number));
        request.body.replace(request.body.find(field), field.size(), written);
        return policy::body_of(world_.ask("anonymous", std::move(request)));
    };
    int number = 0;
    for (const auto* written : {"\"rrKey\":\"\"", "\"rrKey\":null", "\"rrKey\":12", "\"rrKey\" : \"short\"", "\"x\":1"}) {
        const auto name = "k" + std::to_string(number++);
        EXPECT_EQ(ask(name, written).at("result"), "0") << written;
        EXPECT_FALSE(incident(name).empty()) << written;
    }
}

TEST_F(Fault, HalfATelegramIsKeptAsItCame) {
    std::optional<std::string> answer;
    world_.run(app::PartnerInput{.profile = "fire",
                                 .remote = "127.0.0.1:40001",
                                 .bytes = fire("half").substr(0, 70),
                                 .framing = {event::Code::bad_request, "DATA_LEN", "DATA_LEN says more than came"},
                                 .reply = [&](std::string text) { answer = std::move(text); }});

    EXPECT_EQ(answer.value_or("")[0], '1');
    EXPECT_EQ(last_refused().at("field"), "DATA_LEN");
    EXPECT_EQ(last_refused().at("actor"), "agency:F1100000000");
}

TEST_F(Fault, ALoginIsNeverWrittenDown) {
    const auto now = world_.clock().wall();
    event::telegram::Telegram login{.head = {.type = "99",
                                             .status = "99",
                                             .status_time = to_kst_digits(now),
                                             .send = "119",
                                             .receive = "UCP",
                                             .sent = to_kst_digits(now)},
                                    .fields = {{"user-of-119"}, {"the-secret"}}};
    const auto before = world_.entries();
    EXPECT_EQ(world_.tell("fire", event::telegram::write(login))[0], '0');
    login.head.send = "XXX";
    EXPECT_EQ(world_.tell("fire", event::telegram::write(login))[0], '1') << "not an agreed pair";

    EXPECT_EQ(world_.entries(), before);
}

TEST_F(Fault, APairThatIsNotAgreed) {
    const auto now = world_.clock().wall();
    const auto bytes = telegram("10", {"p1", "화재", "", "126.978", "37.5665", "", "", to_kst_digits(now), "u"}, now, "112");

    EXPECT_EQ(world_.tell("fire", bytes)[0], '1');
    EXPECT_EQ(last_refused().at("field"), "SND_SYS_CD");
    EXPECT_TRUE(incident("p1").empty());
}

}  // namespace
}  // namespace bongsu::faults
