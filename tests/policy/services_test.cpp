// The linked services at the API: what a report's code decides, who sees whose incidents, a ninth service that comes by a file.
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <set>

#include "grant/read.hpp"
#include "service/service.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

constexpr std::string_view kNinth = R"(key = "wanted-vehicle"
version = 1
name = { ko = "수배차량 검색", en = "Wanted vehicles" }
life = "running"
senders = ["F"]
types = [{ id = "WVHCL110", ko = "수배차량 통과", en = "Wanted vehicle passed" }]
results = [{ key = "stopped", ko = "검거", en = "Stopped", helped = true }]

[[purpose]]
key = "wanted-vehicle"
basis = [{ from = 2019-01-01, text = "개인정보 보호법 제18조제2항제7호" }]
opens_at_grades = ["10"]
agencies = ["F"]
asked_by = []
holder = "requesting-agency"
roles = ["agency"]
cameras = { rule = "nearest-views", count = 6, radius_m = 1000 }
kinds = ["live"]
height = 0
ptz = false
persons = 1
minutes = 60

[sop]
[[sop.step]]
key = "plate"
text = { ko = "번호판을 확인합니다", en = "Check the plate" }
)";

class ServicesTest : public testing::Test {
  protected:
    json::object read(const std::string& path, std::string_view caller = "supervisor") { return body_of(world.ask(caller, "GET", path)); }
    http::Response act(std::string_view caller, const std::string& which, json::object body) { return world.ask(caller, "POST", "/api/v1/incidents/" + which + "/acts", body); }
    json::object service_of(const std::string& which, std::string_view caller = "supervisor") { return read("/api/v1/incidents/" + which + "/service", caller); }
    /// Of an agency's own program.
    std::string sends(const std::string& number, const std::string& type, json::object items = {}, std::string_view caller = "room112") {
        const auto answer = world.ask(caller, "POST", "/api/v1/events",
                                      {{"id", number}, {"source", "room"}, {"type", type}, {"grade", "10"}, {"time", to_rfc3339(world.clock().wall())}, {"position", {126.978, 37.5665}},
                                       {"text", "words of " + number}, {"items", std::move(items)}, {"revision", ++revision_}});
        EXPECT_LT(answer.status, 300) << answer.body;
        const auto body = body_of(answer);
        return body.contains("incident") && body.at("incident").is_string() ? std::string(body.at("incident").as_string()) : std::string();
    }
    std::set<std::string> purposes(const std::string& which) {
        std::set<std::string> out;
        const auto grants = grant::live_grants_of_incident(world.site().book().db(), {which}, world.clock().wall()).value();
        for (const auto& grant : grants) out.insert(grant.purpose);
        return out;
    }
    bool lends_to_112(const std::string& which) { return purposes(which).contains("112-emergency-video"); }
    void write(const std::string& name, std::string_view text) {
        const auto folder = app::site_folder("DATA", {"11000"}) + "/services";
        ASSERT_TRUE(world.disk().make_folders(folder));
        ASSERT_TRUE(world.disk().replace(folder + "/" + name, text));
    }
    http::Response reload() { return world.ask("official", "POST", "/api/v1/services/reload", {{"reason", "ninth service"}}); }
    static std::string with(std::string_view text, std::string_view what, std::string_view instead) {
        std::string out(text);
        return out.replace(out.find(what), what.size(), instead);
    }
    std::set<std::string> listed(std::string_view caller) {
        std::set<std::string> out;
        const auto list = read("/api/v1/incidents", caller);
        for (const auto& item : list.at("items").as_array()) out.emplace(item.at("id").as_string());
        return out;
    }

    std::int64_t revision_ = 0;
    World world;
};

TEST_F(ServicesTest, TheCodeOfA112ReportDecidesAboutItsPicture) {
    for (const auto* code : {"0", "1"}) {
        const auto id = sends(std::string("c") + code, "112UC001", {{"CODE", std::string("CODE") + code}});
        EXPECT_TRUE(lends_to_112(id)) << code;
    }
    const auto waits = sends("c2", "112UC001", {{"CODE", "CODE2"}});
    EXPECT_FALSE(lends_to_112(waits));
    EXPECT_TRUE(purposes(waits).contains("operator-incident")) << "our own people look by the grade";
    EXPECT_EQ(act("operator", waits, {{"act", "receive"}}).status, 201);
    EXPECT_TRUE(lends_to_112(waits)) << "접수 is the approval";
    for (const auto* code : {"3", "4"}) {
        const auto id = sends(std::string("c") + code, "112UC001", {{"CODE", std::string("코드 ") + code}});
        EXPECT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
        EXPECT_EQ(act("operator", id, {{"act", "open_video"}}).status, 201);
        EXPECT_FALSE(lends_to_112(id)) << "refused stays refused, whoever asks";
        const auto answer = service_of(id, "room112");
        const auto& told = answer.at("codes").as_array();
        ASSERT_EQ(told.size(), 1U);
        EXPECT_EQ(told[0].at("decision"), "refused");
        EXPECT_EQ(told[0].at("code").as_int64(), code[0] - '0');
    }
    const auto none = sends("c-none", "112UC001");
    EXPECT_TRUE(lends_to_112(none)) << "without a code its grade decides, as before";
    EXPECT_TRUE(service_of(none).at("codes").as_array().empty());
}

TEST_F(ServicesTest, AnotherCodeOpensAndTakesBack) {
    const auto id = sends("up", "112UC001", {{"CODE", "CODE3"}});
    EXPECT_FALSE(lends_to_112(id));
    sends("up", "112UC001", {{"CODE", "CODE0"}});
    EXPECT_TRUE(lends_to_112(id)) << "it became urgent";
    EXPECT_EQ(world.entries_of("service.judged"), 2U);
    sends("up", "112UC001", {{"CODE", "CODE0"}});
    EXPECT_EQ(world.entries_of("service.judged"), 2U) << "the same once more is nothing new";
    sends("up", "112UC001", {{"CODE", "CODE4"}});
    EXPECT_FALSE(lends_to_112(id)) << "what is no case for a picture gives it back";
    EXPECT_TRUE(purposes(id).contains("operator-incident"));
}

TEST_F(ServicesTest, TheFireServiceHasAPictureAndItsStagesAreTold) {
    const auto id = sends("fire", "119UC001", {{"STATE", "출동지령"}}, "room119");
    EXPECT_TRUE(purposes(id).contains("119-dispatch"));
    sends("fire", "119UC001", {{"STATE", "완진"}}, "room119");
    world.clock().advance(2min);
    sends("fire", "119UC001", {{"STATE", "현장도착"}}, "room119");
    const auto answer = service_of(id);
    const auto& stages = answer.at("stages").as_array();
    ASSERT_EQ(stages.size(), 3U);
    EXPECT_EQ(stages[2].at("key"), "arrived");
    EXPECT_EQ(stages[2].at("name").at("ko"), "현장도착");
    const auto figures = read("/api/v1/services/statistics");
    for (const auto& one : figures.at("items").as_array()) {
        if (one.at("service") != "119-dispatch") continue;
        EXPECT_EQ(one.at("arrival").at("n").as_int64(), 1);
        EXPECT_EQ(one.at("arrival").at("p50S").as_double(), 120.0);
        EXPECT_EQ(one.at("arrival").at("within5Min").as_int64(), 1);
        EXPECT_GE(one.at("seen").at("notMeasured").as_int64(), 1);
    }
    // What another agency sends under its types is no case of the service's.
    const auto alien = sends("alien", "119UC001", {{"STATE", "현장도착"}}, "room112");
    EXPECT_TRUE(service_of(alien).at("stages").as_array().empty());
    EXPECT_FALSE(purposes(alien).contains("119-dispatch"));
}

TEST_F(ServicesTest, ANinthServiceComesByOneFile) {
    const auto before = sends("before", "WVHCL110", {}, "room119");
    EXPECT_EQ(read("/api/v1/incidents/" + before).at("typeName").at("ko"), "미등록 이벤트");
    EXPECT_FALSE(purposes(before).contains("wanted-vehicle"));
    write("ninth.toml", kNinth);
    const auto answer = reload();
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(body_of(answer).at("added").as_array().size(), 1U);
    EXPECT_EQ(world.entries_of("services.declared"), 2U) << "at the start, and now";

    EXPECT_EQ(read("/api/v1/incidents/" + before).at("typeName").at("ko"), "수배차량 통과") << "its messages have a name";
    const auto id = sends("after", "WVHCL110", {}, "room119");
    const auto seen = world.ask("supervisor", "GET", "/api/v1/incidents/" + id);
    ASSERT_EQ(seen.status, 200) << seen.body;
    const auto incident = body_of(seen);
    EXPECT_EQ(incident.at("typeName").at("en"), "Wanted vehicle passed");
    EXPECT_TRUE(incident.at("known").as_bool());
    EXPECT_TRUE(purposes(id).contains("wanted-vehicle"));
    EXPECT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
    const auto procedure = world.ask("supervisor", "GET", "/api/v1/incidents/" + id + "/procedure");
    ASSERT_EQ(procedure.status, 200) << procedure.body;
    EXPECT_EQ(body_of(procedure).at("sop"), "wanted-vehicle");
    EXPECT_EQ(service_of(id).at("service").at("key"), "wanted-vehicle");
    EXPECT_EQ(act("operator", id, {{"act", "close"}, {"outcome", "true"}, {"result", "stopped"}}).status, 201);
    EXPECT_EQ(service_of(id).at("result"), "stopped");
    const auto figures = read("/api/v1/services/statistics");
    bool found = false;
    for (const auto& one : figures.at("items").as_array()) {
        if (one.at("service") != "wanted-vehicle") continue;
        found = true;
        EXPECT_EQ(one.at("opened").as_int64(), 2);
        EXPECT_EQ(one.at("helped").at("n").as_int64(), 1);
    }
    EXPECT_TRUE(found);
    // It goes only when it was retired.
    write("ninth.toml", with(kNinth, "\"running\"", "\"proposed\""));
    EXPECT_EQ(reload().status, 409);
    write("ninth.toml", with(kNinth, "minutes = 60", "minutes = 90"));
    const auto same_version = reload();
    EXPECT_EQ(same_version.status, 409);
    EXPECT_NE(same_version.body.find("another text is another version"), std::string::npos) << same_version.body;
    write("ninth.toml", with(with(kNinth, "version = 1", "version = 2"), "\"running\"", "\"retired\""));
    EXPECT_EQ(reload().status, 200);
    EXPECT_FALSE(purposes(sends("late", "WVHCL110", {}, "room119")).contains("wanted-vehicle"));
    EXPECT_EQ(world.entries_of("services.declared"), 3U);
    world.restart();
    EXPECT_EQ(world.entries_of("services.declared"), 3U) << "what stands is not said again at a start";
}

TEST_F(ServicesTest, WhatIsRetiredLendsNothingAlsoWhatStood) {
    const auto id = sends("stands", "112UC001", {{"CODE", "CODE0"}});
    EXPECT_TRUE(lends_to_112(id));
    auto text = service::default_services().at("112-emergency-video.toml");
    write("mine.toml", with(with(text, "version = 1", "version = 2"), "life = \"running\"", "life = \"retired\""));
    ASSERT_EQ(reload().status, 200);
    EXPECT_FALSE(lends_to_112(id));
    EXPECT_FALSE(lends_to_112(sends("later", "112UC001", {{"CODE", "CODE0"}})));
    EXPECT_TRUE(purposes(id).contains("operator-incident")) << "our own people's is another purpose";
    // A file that is gone, or of another text, undoes no retirement at a start.
    ASSERT_TRUE(world.disk().remove(app::site_folder("DATA", {"11000"}) + "/services/mine.toml"));
    EXPECT_EQ(reload().status, 409);
    world.restart();
    EXPECT_EQ(world.entries_of("services.declared"), 2U);
}

TEST_F(ServicesTest, AFileWithAnythingWrongChangesNothing) {
    write("ninth.toml", with(kNinth, "kinds = [\"live\"]", "kinds = [\"film\"]"));
    const auto answer = reload();
    EXPECT_EQ(answer.status, 409);
    EXPECT_NE(answer.body.find("purpose wanted-vehicle: kinds"), std::string::npos) << answer.body;
    EXPECT_EQ(world.entries_of("services.declared"), 1U);
    EXPECT_EQ(world.ask("supervisor", "POST", "/api/v1/services/reload", {{"reason", "x"}}).status, 403);
    EXPECT_EQ(world.ask("official", "POST", "/api/v1/services/reload", {{"reason", " "}}).status, 400);
    EXPECT_TRUE(lends_to_112(sends("still", "112UC001", {{"CODE", "CODE1"}})));
}

TEST_F(ServicesTest, ATrackedPersonsCaseIsBeforeThoseEyesAlone) {
    // The tracking centre's message comes by the hands of an agency here: whose incidents are whose is the kind's to say.
    const auto id = sends("anklet", "MOJUC110");
    for (const auto* caller : {"police", "supervisor"}) {
        EXPECT_TRUE(listed(caller).contains(id)) << caller;
        EXPECT_EQ(world.ask(caller, "GET", "/api/v1/incidents/" + id).status, 200) << caller;
    }
    for (const auto* caller : {"operator", "official", "admin"}) {
        EXPECT_FALSE(listed(caller).contains(id)) << caller;
        for (const auto* tail : {"", "/timeline", "/cameras", "/reports", "/near", "/service", "/procedure", "/ahead"}) EXPECT_EQ(world.ask(caller, "GET", "/api/v1/incidents/" + id + tail).status, 404) << caller << tail;
        EXPECT_EQ(body_of(world.ask(caller, "GET", "/api/v1/grants?incident=" + id)).at("items").as_array().size(), 0U) << caller;
    }
    EXPECT_EQ(act("operator", id, {{"act", "receive"}}).status, 404);
    EXPECT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + id + "/procedure/steps", {{"step", "judge"}}).status, 404);
    const auto other = sends("other", "112UC001");
    EXPECT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + other + "/merge", {{"other", id}}).status, 404);
    EXPECT_EQ(purposes(id), (std::set<std::string>{"e-anklet-desk"})) << "our own people's purpose is the law's for it";
    const auto near = read("/api/v1/incidents/" + other + "/near", "operator");
    for (const auto& one : near.at("items").as_array()) EXPECT_NE(one.at("id"), id.c_str());
    EXPECT_EQ(act("police", id, {{"act", "receive"}}).status, 201);
    const auto handed = act("police", id, {{"act", "hand_over"}, {"person", world.user("operator").value}});
    EXPECT_EQ(handed.status, 400) << "nobody has in hand what that person may not see: " << handed.body;
    EXPECT_EQ(body_of(world.ask("operator", "GET", "/api/v1/grants?limit=1")).at("items").as_array().size(), 1U);
    const auto lent = grant::live_grants_of_incident(world.site().book().db(), {id}, world.clock().wall()).value();
    for (const auto& grant : lent) {
        EXPECT_EQ(world.ask("operator", "GET", "/api/v1/grants/" + grant.id.value).status, 404);
        EXPECT_EQ(world.ask("operator", "POST", "/api/v1/tickets", {{"grant", grant.id.value}, {"camera", world.camera()}, {"kind", "live"}}).status, 404);
    }
    // Nor in what the room keeps of its shift, nor by way of another case.
    EXPECT_EQ(act("police", id, {{"act", "request_hold"}}).status, 201);
    const auto holds = [&](std::string_view caller) { return body_of(world.ask(caller, "GET", "/api/v1/holds")).at("items").as_array().size(); };
    EXPECT_EQ(holds("police"), 1U);
    EXPECT_EQ(holds("operator"), 0U);
    const auto log = [&](std::string_view caller) { return world.ask(caller, "GET", "/api/v1/duty/shifts/2026-09-21-night/log").body; };
    EXPECT_NE(log("supervisor").find(id), std::string::npos);
    EXPECT_EQ(log("operator").find(id), std::string::npos);
    EXPECT_NE(log("operator").find(other), std::string::npos);
    const auto merged = world.ask("police", "POST", "/api/v1/incidents/" + other + "/merge", {{"other", id}});
    EXPECT_EQ(merged.status, 409) << "what only some may see becomes no part of what all see";
    EXPECT_EQ(world.ask("police", "POST", "/api/v1/incidents/" + id + "/merge", {{"other", other}}).status, 409);
}

TEST_F(ServicesTest, ATrackedPersonsCaseIsNoNewsToOthers) {
    const auto published = [&](const std::string& number) {
        http::Request request = request_of("POST", "/api/v1/events",
                                           json::serialize(json::object{{"id", number}, {"source", "room"}, {"type", "MOJUC110"}, {"grade", "10"}, {"time", to_rfc3339(world.clock().wall())}, {"position", {126.978, 37.5665}}}));
        request.headers["authorization"] = "Bearer " + world.token("room112");
        app::HttpInput input;
        input.request = std::move(request);
        input.reply = [](http::Response) {};
        return world.run(std::move(input)).published;
    }("news");
    ASSERT_FALSE(published.empty());
    identity::Session operator_, police;
    operator_.role = identity::Role::operator_;
    police.role = identity::Role::police;
    operator_.agency = police.agency = {"B1100000000"};
    bool told = false;
    for (const auto& change : published) {
        if (change.kind != "incident" && change.kind != "grant" && change.kind != "camera_choice") continue;
        told = true;
        EXPECT_FALSE(app::may_hear(operator_, {"B1100000000"}, change)) << change.kind;
        EXPECT_EQ(app::may_hear(police, {"B1100000000"}, change), change.staff) << change.kind;
    }
    EXPECT_TRUE(told);
}

TEST_F(ServicesTest, WordsOfAServiceThatKeepsThemForAMonthGoByThemselvesButForWhatIsHeld) {
    const auto gone = sends("gone", "POCCP103"), held = sends("held", "POCCP103"), open = sends("open", "POCCP103"), other = sends("other", "112UC001");
    for (const auto& id : {gone, held, other}) EXPECT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
    EXPECT_EQ(act("operator", held, {{"act", "request_hold"}}).status, 201);
    for (const auto& id : {gone, held, other}) EXPECT_EQ(act("operator", id, {{"act", "close"}, {"outcome", "false"}}).status, 201);
    const auto text = [&](const std::string& id) {
        const auto rows = world.site().book().db().query("select body from incident where id = $1", {id}).value();
        return rows[0].text(0);
    };
    const auto later = [&](std::chrono::hours time) {
        world.clock().advance(time);
        for (int i = 0; i < 4; ++i) {
            world.clock().advance(61s);
            world.run(app::Tick{});
        }
    };
    later(24h * 29);
    EXPECT_EQ(text(gone), "words of gone");
    later(48h);
    EXPECT_EQ(text(gone), "");
    EXPECT_EQ(world.entries_of("service.purged"), 1U) << "and that is on record";
    EXPECT_EQ(text(held), "words of held");
    EXPECT_EQ(text(open), "words of open");
    EXPECT_EQ(text(other), "words of other") << "its service does not say how long";
}

TEST_F(ServicesTest, AResultIsOneThatTheServiceAsksFor) {
    const auto id = sends("r", "112UC001", {{"CODE", "CODE1"}});
    EXPECT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
    const auto wrong = act("operator", id, {{"act", "close"}, {"outcome", "false"}, {"result", "rained"}});
    EXPECT_EQ(wrong.status, 400);
    EXPECT_EQ(body_of(wrong).at("field"), "result");
    EXPECT_EQ(read("/api/v1/incidents/" + id).at("state"), "received") << "what was refused has closed nothing";
    EXPECT_EQ(act("operator", id, {{"act", "note"}, {"text", "x"}, {"result", "arrested"}}).status, 400);
    EXPECT_EQ(act("operator", id, {{"act", "close"}, {"outcome", "false"}}).status, 201) << "it is asked, and need not be answered";
}

}  // namespace
}  // namespace bongsu::policy
