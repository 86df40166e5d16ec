// Erasure by law over the API: what a case of the 112 room said goes from files, tables and answers; that it was,
// stays; and every fold equals its replay.

#include <boost/json/serialize.hpp>

#include "app/site/folds.hpp"
#include "incident/fold.hpp"
#include "journal/erasable.hpp"
#include "journal/verify.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

constexpr auto kErasures = "/api/v1/journal/erasures";

struct ErasuresTest : testing::Test {
    World world;
    /// A person's report of an occurrence, under a number and revision of its own.
    http::Response say(std::string_view id, std::string_view text, std::string_view state, int revision) {
        return world.ask("operator", "POST", "/api/v1/events",
                         {{"id", json::string(id)}, {"source", "s"}, {"type", "119UC001"}, {"time", "2026-09-21T00:00:00Z"},
                          {"text", json::string(text)}, {"state", json::string(state)}, {"revision", revision}});
    }

    std::string ended() { return world.own_ended.incident; }
    json::object body(std::string_view reason = "retention") {
        return {{"reason", reason}, {"basis", "개인정보 보호법 제21조"}};
    }
    json::object with(std::string_view field, json::value value) {
        auto all = body();
        all[field] = std::move(value);
        return all;
    }
    http::Response post(const json::object& asked) { return world.ask("official", "POST", kErasures, asked); }
    std::string replayed() {
        auto& book = world.site().book();
        const auto db = sql::open_sqlite(":memory:").value();
        journal::Book fresh(book.env(), book.journal(), *db, app::make_folds(world.site().options().id));
        return fresh.rebuild().value();
    }
    std::string kept() { return world.site().book().fingerprint().value(); }
    std::string timeline(const std::string& incident) {
        return world.ask("operator", "GET", "/api/v1/incidents/" + incident + "/timeline").body;
    }
};

TEST_F(ErasuresTest, AnIncidentsWordsGoEverywhereAndThatItWasStays) {
    world.ask("operator", "POST", "/api/v1/incidents/" + ended() + "/acts",
              {{"act", "note"}, {"text", "보호자 홍길동 확인"}});
    const auto shown = body_of(world.ask("operator", "GET", "/api/v1/incidents/" + ended()));
    ASSERT_FALSE(shown.at("position").is_null());
    const auto before = world.entries();

    const auto answer = post(with("incident", json::string(ended())));

    ASSERT_EQ(answer.status, 201) << answer.body;
    const auto orders = body_of(answer).at("items").as_array();
    ASSERT_EQ(orders.size(), 1U);
    EXPECT_EQ(orders[0].at("state"), "ordered");
    EXPECT_EQ(world.entries(), before + 2) << "the order and its end";
    EXPECT_EQ(kept(), replayed());
    const auto after = body_of(world.ask("operator", "GET", "/api/v1/incidents/" + ended()));
    EXPECT_TRUE(after.at("position").is_null());
    EXPECT_EQ(after.at("state"), shown.at("state"));
    EXPECT_EQ(after.at("openedAt"), shown.at("openedAt"));
    EXPECT_EQ(after.at("type"), shown.at("type"));
    for (const auto* place : {"홍길동", "126.97", "\"bytes\":\"ey"})
        EXPECT_EQ(timeline(ended()).find(place), std::string::npos) << place;
    // Its raw messages and their event went too; those of other incidents did not.
    const auto raw = world.entries_of("message.received");
    std::size_t wiped = 0;
    auto read = world.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.kind == "message.received" && entry.erased) ++wiped;
        return true;
    });
    ASSERT_TRUE(read);
    EXPECT_EQ(wiped, 2U) << "opened and ended";
    EXPECT_LT(wiped, raw);
    const auto list = body_of(world.ask("supervisor", "GET", kErasures)).at("items").as_array();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].at("state"), "done");
    EXPECT_EQ(list[0].at("reason"), "retention");
    const auto report = journal::verify_folder(world.disk(), "DATA/11000/journal").value();
    EXPECT_FALSE(report.problem) << to_string(*report.problem);
    EXPECT_GT(report.erased, 3U);

    EXPECT_EQ(post(with("incident", json::string(ended()))).status, 409) << "nothing is left to go";
}

TEST_F(ErasuresTest, WhatAPersonSaidOfAGrantAndWhereTheCamerasStoodToThePlaceGoToo) {
    world.room112_calls("N9", "10", "10");
    const auto live = body_of(world.ask("operator", "GET", "/api/v1/incidents?limit=1")).at("items").as_array().at(0);
    const std::string id(live.at("id").as_string());
    const auto grants = body_of(world.ask("supervisor", "GET", "/api/v1/grants?incident=" + id)).at("items").as_array();
    ASSERT_FALSE(grants.empty());
    const std::string grant(grants[0].at("id").as_string());
    ASSERT_EQ(world.ask("supervisor", "DELETE", "/api/v1/grants/" + grant, {{"reason", "홍길동 씨를 찾았음"}}).status, 200);
    EXPECT_EQ(body_of(world.ask("supervisor", "GET", "/api/v1/grants/" + grant)).at("reason"), "홍길동 씨를 찾았음");
    ASSERT_NE(timeline(id).find("distance:"), std::string::npos);
    world.room112_calls("N9", "10", "91");

    auto request = request_of("POST", kErasures, json::serialize(with("incident", json::string(id))));
    request.headers["authorization"] = "Bearer " + world.token("official");
    int status = 0;
    const auto out = world.run(app::HttpInput{std::move(request), [&](const http::Response& response) { status = response.status; }});
    ASSERT_EQ(status, 201);
    std::set<std::string> told;  // So that open screens forget it too.
    for (const auto& change : out.published) {
        told.insert(change.kind);
        for (const auto* gone : {"홍길동", "distance:"}) EXPECT_EQ(change.item.find(gone), std::string::npos) << change.item;
    }
    EXPECT_EQ(told, (std::set<std::string>{"incident", "grant", "camera_choice"}));

    for (const auto* gone : {"홍길동", "distance:", "in_view:"}) EXPECT_EQ(timeline(id).find(gone), std::string::npos) << gone;
    EXPECT_EQ(body_of(world.ask("supervisor", "GET", "/api/v1/grants/" + grant)).at("reason"), "ended by a person");
    EXPECT_TRUE(body_of(world.ask("operator", "GET", "/api/v1/incidents/" + id + "/cameras")).at("items").as_array().empty());
    EXPECT_EQ(kept(), replayed());
}

TEST_F(ErasuresTest, ATypeInSomebodysWordsGoesAndACodeStays) {
    const auto say = [&](std::string_view type, std::string_view id, std::string_view state) {
        return world.ask("operator", "POST", "/api/v1/events",
                         {{"specversion", "1.0"}, {"id", json::string(id)}, {"source", "/bells"}, {"type", json::string(type)},
                          {"time", "2026-09-21T00:00:00Z"}, {"data", {{"state", json::string(state)}, {"revision", state == "10" ? 1 : 2}}}});
    };
    const std::map<std::string, std::string> types{{"a", "홍길동 씨가 신고함"}, {"b", "kr.go.seoul.bell"}};
    for (const auto& [id, type] : types) {
        const auto opened = say(type, id, "10");
        ASSERT_EQ(opened.status, 201) << opened.body;
        const auto incident = body_of(opened).at("incident");
        ASSERT_EQ(say(type, id, "91").status, 201);
        const auto path = "/api/v1/incidents/" + std::string(incident.as_string());
        ASSERT_EQ(body_of(world.ask("operator", "GET", path)).at("type"), json::value(type));

        ASSERT_EQ(post(with("incident", incident)).status, 201);

        EXPECT_EQ(body_of(world.ask("operator", "GET", path)).at("type"), json::value(id == "a" ? "" : type));
        EXPECT_EQ(timeline(std::string(incident.as_string())).find(type) == std::string::npos, id == "a") << type;
    }
    auto read = world.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        EXPECT_EQ(json::serialize(entry.payload).find("홍길동"), std::string::npos) << entry.seq << " " << entry.kind;
        return true;
    });
    ASSERT_TRUE(read);
    EXPECT_EQ(kept(), replayed());
    EXPECT_FALSE(journal::verify_folder(world.disk(), "DATA/11000/journal").value().problem);
}

TEST_F(ErasuresTest, AnAnswerKeptForARepeatGoesAndThatItWasDoneStays) {
    const auto acts = "/api/v1/incidents/" + ended() + "/acts";
    const json::object note{{"act", "note"}, {"text", "보호자 홍길동"}};
    const std::map<std::string, std::string> key{{"idempotency-key", "k1"}};
    ASSERT_EQ(world.ask("operator", "POST", acts, note, key).status, 201);
    ASSERT_EQ(world.ask("operator", "POST", acts, note, key).status, 201);

    ASSERT_EQ(post(with("incident", json::string(ended()))).status, 201);

    const auto again = world.ask("operator", "POST", acts, note, key);
    EXPECT_EQ(again.status, 409);
    EXPECT_NE(again.body.find("an erasure by law took its answer"), std::string::npos) << again.body;
    EXPECT_EQ(world.entries_of("incident.acted"), 1U);
}

TEST_F(ErasuresTest, RecordsOfAccessAreKeptForTwoYears) {
    std::uint64_t login = 0;
    auto read = world.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.kind == "login.accepted") login = entry.seq;
        return true;
    });
    ASSERT_TRUE(read);
    const auto erase_login = [&] { return post(with("seqs", json::array{static_cast<std::int64_t>(login)})); };
    const auto refused = erase_login();
    EXPECT_EQ(refused.status, 409);
    EXPECT_NE(refused.body.find("is a record of access, which is kept for two years"), std::string::npos) << refused.body;
    world.clock().advance(48h);
    world.log_in_again("official");
    ASSERT_LT(post(with("before", json::string(to_rfc3339(world.clock().wall() - 25h)))).status, 300);
    EXPECT_EQ(erase_login().status, 409) << "nor by its time";

    world.clock().advance(24h * 730);
    world.log_in_again("official");
    EXPECT_EQ(erase_login().status, 201);
}

TEST_F(ErasuresTest, WhatWasRefusedUnderItsNumberGoesWithAnIncident) {
    const auto event = [](std::string_view text, std::string_view state, int revision) {
        return json::object{{"id", "shared"}, {"source", "s"}, {"type", "119UC001"}, {"time", "2026-09-21T00:00:00Z"},
                            {"text", json::string(text)}, {"state", json::string(state)}, {"revision", revision}};
    };
    const auto say = [&](std::string_view text, std::string_view state, int revision) {
        return world.ask("operator", "POST", "/api/v1/events", event(text, state, revision));
    };
    const auto opened = say("a fire", "10", 1);
    ASSERT_EQ(opened.status, 201) << opened.body;
    ASSERT_EQ(say("홍길동", "10", 1).status, 409);
    const auto seq = body_of(world.ask("supervisor", "GET", "/api/v1/messages/dead")).at("items").at(0).at("seq").as_int64();
    EXPECT_EQ(post(with("seqs", json::array{seq})).status, 409) << "the incident is open, and its number is in it";
    const auto raw = "/api/v1/messages/dead/" + std::to_string(seq);
    ASSERT_EQ(world.ask("supervisor", "POST", raw + "/release", {{"reason", "of 홍길동"}}).status, 409);
    ASSERT_EQ(world.ask("supervisor", "POST", raw + "/dismiss", {{"reason", "of 홍길동"}}).status, 200);
    ASSERT_EQ(say("over", "91", 2).status, 201);

    const auto answer = post(with("incident", body_of(opened).at("incident")));

    ASSERT_EQ(answer.status, 201) << answer.body;
    std::map<std::string, std::size_t> wiped;
    auto read = world.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.erased) ++wiped[entry.kind];
        EXPECT_EQ(json::serialize(entry.payload).find("홍길동"), std::string::npos) << entry.seq << " " << entry.kind;
        return true;
    });
    ASSERT_TRUE(read);
    EXPECT_EQ(wiped["message.received"], 3U);
    EXPECT_EQ(wiped["message.refused"], 2U) << "as it came, and when it was tried again";
    EXPECT_EQ(wiped["message.released"], 2U);
    EXPECT_EQ(kept(), replayed());
    EXPECT_FALSE(journal::verify_folder(world.disk(), "DATA/11000/journal").value().problem);
}

TEST_F(ErasuresTest, WhatWasRefusedForAnotherFieldUnderItsNumberGoesToo) {
    const auto post_event = [&](std::string_view text, std::string_view state, std::string_view grade) {
        return world.ask("operator", "POST", "/api/v1/events",
                         json::object{{"id", "odd"}, {"source", "s"}, {"type", "119UC001"}, {"time", "2026-09-21T00:00:00Z"},
                                      {"text", json::string(text)}, {"state", json::string(state)}, {"grade", json::string(grade)}, {"revision", state == "91" ? 2 : 1}});
    };
    ASSERT_EQ(post_event("홍길동, before there was one", "10", "77").status, 400);
    const auto early = body_of(world.ask("supervisor", "GET", "/api/v1/messages/dead")).at("items").at(0).at("seq").as_int64();
    const auto letter = "/api/v1/messages/dead/" + std::to_string(early);
    for (const auto* why : {"홍길동 asks again", "홍길동 is right"})
        ASSERT_GE(world.ask("supervisor", "POST", letter + "/release", {{"reason", why}}).status, 400) << "its grade is none";
    ASSERT_EQ(world.ask("supervisor", "POST", letter + "/dismiss", {{"reason", "홍길동 called himself"}}).status, 200);
    const auto opened = post_event("a fire", "10", "20");
    ASSERT_EQ(opened.status, 201) << opened.body;
    ASSERT_EQ(post_event("홍길동, behind it", "10", "77").status, 400);
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/events", json::object{{"id", "other"}, {"source", "s"}, {"type", "119UC001"}, {"text", "another's"}, {"grade", "77"}}).status, 400);
    ASSERT_EQ(post_event("over", "91", "20").status, 201);

    const auto answer = post(with("incident", body_of(opened).at("incident")));

    ASSERT_EQ(answer.status, 201) << answer.body;
    std::map<std::string, std::size_t> wiped;
    ASSERT_TRUE(world.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.erased) ++wiped[entry.kind];
        EXPECT_EQ(json::serialize(entry.payload).find("홍길동"), std::string::npos) << entry.seq << " " << entry.kind;
        return true;
    }));
    EXPECT_EQ(wiped["message.received"], 4U) << "and not the one under another number";
    EXPECT_EQ(wiped["message.refused"], 2U);
    EXPECT_EQ(wiped["message.released"], 3U) << "what was said at each try, and when it was dismissed";
    EXPECT_EQ(kept(), replayed());
    EXPECT_EQ(post(with("incident", body_of(opened).at("incident"))).status, 409) << "nothing more of it";
}

TEST_F(ErasuresTest, AMessageThatToldAnotherEventWhenItWasReadAgainGoesWithThatOne) {
    const auto first = say("first", "a fire", "10", 1), second = say("second", "a flood", "10", 1);
    ASSERT_EQ(second.status, 201) << second.body;
    ASSERT_EQ(say("first", "홍길동", "10", 1).status, 409);
    const auto raw = body_of(world.ask("supervisor", "GET", "/api/v1/messages/dead")).at("items").at(0).at("seq").as_int64();
    auto& book = world.site().book();
    const auto told = incident::get(book.db(), IncidentId{std::string(body_of(second).at("incident").as_string())}).value().event;
    ASSERT_TRUE(book.begin());
    ASSERT_TRUE(book.append(journal::Draft{"event.repeated", "user:U", {}, json::object{{"event", told.value}, {"raw", raw}, {"original", 0}}}));
    ASSERT_TRUE(book.append(journal::Draft{"message.released", "user:U", {}, json::object{{"raw", raw}, {"outcome", "event"}, {"event", told.value}, {"why", "a slip"}}}));
    ASSERT_TRUE(book.commit());
    const auto wiped = [&] {
        std::map<std::string, std::set<std::int64_t>> out;
        auto read = book.journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
            if (entry.erased) out[entry.kind].insert(static_cast<std::int64_t>(entry.seq));
            return true;
        });
        return out;
    };

    // What was refused under the first one's number is about both; the first one is open yet.
    ASSERT_EQ(say("second", "over", "91", 2).status, 201);
    const auto of_second = post(with("incident", body_of(second).at("incident")));
    ASSERT_EQ(of_second.status, 201) << of_second.body;
    EXPECT_TRUE(wiped()["message.received"].contains(raw));
    EXPECT_EQ(wiped()["message.released"].size(), 1U);
    EXPECT_TRUE(wiped()["message.refused"].empty());
    ASSERT_EQ(say("first", "over", "91", 2).status, 201);
    EXPECT_EQ(post(with("incident", body_of(first).at("incident"))).status, 201);
    EXPECT_EQ(wiped()["message.refused"].size(), 1U);
    EXPECT_EQ(kept(), replayed());
}

TEST_F(ErasuresTest, AnOpenIncidentsMessageThatWasRefusedUnderAnothersNumberIsInNobodysWay) {
    const auto first = say("first", "a fire", "10", 1), second = say("second", "a flood", "10", 1);
    ASSERT_EQ(second.status, 201) << second.body;
    ASSERT_EQ(say("first", "홍길동", "10", 1).status, 409);
    const auto raw = body_of(world.ask("supervisor", "GET", "/api/v1/messages/dead")).at("items").at(0).at("seq").as_int64();
    auto& book = world.site().book();
    const auto told = incident::get(book.db(), IncidentId{std::string(body_of(second).at("incident").as_string())}).value().event;
    ASSERT_TRUE(book.begin());
    ASSERT_TRUE(book.append(journal::Draft{"event.repeated", "user:U", {}, json::object{{"event", told.value}, {"raw", raw}, {"original", 0}}}));
    ASSERT_TRUE(book.commit());
    ASSERT_EQ(say("first", "over", "91", 2).status, 201);

    const auto answer = post(with("incident", body_of(first).at("incident")));

    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_FALSE(book.entry_at(static_cast<std::uint64_t>(raw)).value().erased) << "those who respond to the second one need it";
    EXPECT_EQ(kept(), replayed());
}

TEST_F(ErasuresTest, OfACrowdOfRefusalsEachRequestReadsItsOwnPartAlone) {
    const auto say = [&](std::string_view text, std::string_view state, int revision) {
        return world.ask("operator", "POST", "/api/v1/events",
                         {{"id", "shared"}, {"source", "s"}, {"type", "119UC001"}, {"time", "2026-09-21T00:00:00Z"},
                          {"text", json::string(text)}, {"state", json::string(state)}, {"revision", revision}});
    };
    const auto opened = say("a fire", "10", 1);
    ASSERT_EQ(opened.status, 201) << opened.body;
    for (int i = 0; i < 1600; ++i) ASSERT_EQ(say(std::to_string(i), "10", 1).status, 409) << i;
    ASSERT_EQ(say("over", "91", 2).status, 201);
    const auto erase = [&](int status) {
        const auto reads = world.disk().reads();
        const auto answer = post(with("incident", body_of(opened).at("incident")));
        EXPECT_EQ(answer.status, status) << answer.body;
        return std::pair(status == 201 ? body_of(answer).at("entries").as_int64() : 0, world.disk().reads() - reads);
    };

    const auto first = erase(201), second = erase(201), third = erase(409);

    EXPECT_EQ(first.first, 3000);
    EXPECT_GT(second.first, 200);
    EXPECT_LT(second.first, 220) << "two of each refusal, and the incident's own";
    EXPECT_LT(first.second, 100U) << "what lies close together is read together";
    EXPECT_LT(second.second, 30U) << "what is ordered is not read again";
    EXPECT_LT(third.second, 20U);
    EXPECT_EQ(kept(), replayed());
    EXPECT_FALSE(journal::verify_folder(world.disk(), "DATA/11000/journal").value().problem);
}

TEST_F(ErasuresTest, AnOrderReachesWhatCameInTheSameBatch) {
    const auto request = [&](std::string_view who, std::string path, const json::object& body, int& status, std::string& answer) {
        auto made = request_of("POST", std::move(path), json::serialize(body));
        made.headers["authorization"] = "Bearer " + world.token(who);
        return app::HttpInput{std::move(made), [&](const http::Response& response) {
                                  status = response.status;
                                  answer = response.body;
                              }};
    };
    int noted = 0, ordered = 0, again = 0;
    std::string note, order, refused;
    std::vector<app::Input> batch;
    batch.emplace_back(request("operator", "/api/v1/incidents/" + ended() + "/acts", {{"act", "note"}, {"text", "보호자 홍길동"}}, noted, note));
    batch.emplace_back(request("official", kErasures, with("incident", json::string(ended())), ordered, order));
    batch.emplace_back(request("official", kErasures, with("incident", json::string(ended())), again, refused));

    auto out = world.site().run(std::move(batch));
    for (const auto& reply : out.replies) reply();

    EXPECT_EQ(noted, 201) << note;
    EXPECT_EQ(ordered, 201) << order;
    EXPECT_EQ(again, 409) << refused;
    EXPECT_EQ(timeline(ended()).find("홍길동"), std::string::npos);
    auto read = world.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        EXPECT_EQ(json::serialize(entry.payload).find("홍길동"), std::string::npos) << entry.seq << " " << entry.kind;
        return true;
    });
    ASSERT_TRUE(read);
    EXPECT_EQ(kept(), replayed());
    EXPECT_FALSE(journal::verify_folder(world.disk(), "DATA/11000/journal").value().problem);
}

TEST_F(ErasuresTest, WhatRespondersNeedStays) {
    EXPECT_EQ(post(with("incident", json::string(world.own_live.incident))).status, 409);
    EXPECT_EQ(post(with("incident", json::string(kUnknownId))).status, 404);
    std::vector<std::uint64_t> live;
    std::string live_event;
    std::vector<std::pair<std::string, std::int64_t>> told;  // Event and its raw message.
    auto read = world.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        const auto* incident = entry.payload.if_contains("incident");
        if (journal::may_be_erased(entry.kind) && incident != nullptr && incident->as_string() == world.own_live.incident)
            live.push_back(entry.seq);
        if (entry.kind == "event.received")
            told.emplace_back(entry.payload.at("event").as_string(), entry.payload.at("raw").as_int64());
        if (entry.kind == "incident.opened" && incident->as_string() == world.own_live.incident)
            live_event = entry.payload.at("event").as_string();
        return true;
    });
    ASSERT_TRUE(read);
    ASSERT_FALSE(live.empty());
    for (const auto seq : live) {
        EXPECT_EQ(post(with("seqs", json::array{static_cast<std::int64_t>(seq)})).status, 409) << seq;
    }
    // Nor goes the message that told it, which names no incident.
    const auto raw = std::find_if(told.begin(), told.end(), [&](const auto& one) { return one.first == live_event; });
    ASSERT_NE(raw, told.end());
    EXPECT_EQ(post(with("seqs", json::array{raw->second})).status, 409);
    EXPECT_EQ(world.entries_of("erasure.ordered"), 0U);
}

TEST_F(ErasuresTest, ByTimeItGoesOnFromAnswerToAnswerAndSkipsOpenIncidents) {
    world.clock().advance(48h);
    for (const auto* caller : {"official", "operator"}) world.log_in_again(caller);
    const auto cutoff = to_rfc3339(world.clock().wall() - 24h);
    std::int64_t after = 0, entries = 0;
    for (int i = 0; i < 20; ++i) {
        auto asked = with("before", json::string(cutoff));
        if (after > 0) asked["after"] = after;
        const auto answer = post(asked);
        ASSERT_LT(answer.status, 300) << answer.body;
        entries += body_of(answer).at("entries").as_int64();
        const auto next = body_of(answer).at("next");
        if (next.is_null()) break;
        after = next.as_int64();
    }
    EXPECT_GT(entries, 5);
    EXPECT_EQ(kept(), replayed());
    const auto live = body_of(world.ask("operator", "GET", "/api/v1/incidents/" + world.own_live.incident));
    EXPECT_FALSE(live.at("position").is_null()) << "an open incident keeps its place";
    const auto gone = body_of(world.ask("operator", "GET", "/api/v1/incidents/" + ended()));
    EXPECT_TRUE(gone.at("position").is_null());
    EXPECT_FALSE(journal::verify_folder(world.disk(), "DATA/11000/journal").value().problem);

    EXPECT_EQ(post(with("before", json::string(to_rfc3339(world.clock().wall() - 1h)))).status, 400) << "younger than a day";
}

/// Nobody knows whether the batch is on disk: neither the order nor what else came in it is acknowledged.
TEST_F(ErasuresTest, NobodyIsAnsweredWhenTheSyncOfTheOrderOrOfItsWipeFails) {
    for (const std::uint64_t sync : {1U, 2U, 3U}) {
        World city;
        http::Request request;
        request.method = "POST";
        request.path = kErasures;
        request.headers = {{"content-type", "application/json"}, {"authorization", "Bearer " + city.token("official")}};
        request.remote = "127.0.0.1:40000";
        auto asked = body();
        asked["incident"] = json::string(city.own_ended.incident);
        request.body = json::serialize(asked);
        bool answered = false;
        city.disk().fail_sync(sync);

        const auto out = city.run(app::HttpInput{std::move(request), [&](const http::Response&) { answered = true; }});

        EXPECT_TRUE(out.failed) << sync;
        EXPECT_FALSE(answered) << sync;
        EXPECT_EQ(out.committed_seq, 0U) << sync;
    }
}

TEST_F(ErasuresTest, AnOrderThatCannotBeReadNamesItsField) {
    const auto detail = [&](const json::object& asked) {
        const auto answer = post(asked);
        EXPECT_EQ(answer.status, 400) << answer.body;
        return std::string(body_of(answer).at("detail").as_string());
    };
    EXPECT_NE(detail({{"basis", "x"}, {"seqs", {1}}}).find("reason"), std::string::npos);
    EXPECT_NE(detail({{"reason", "retention"}, {"seqs", {1}}}).find("basis"), std::string::npos);
    EXPECT_NE(detail({{"reason", "fun"}, {"basis", "x"}, {"seqs", {1}}}).find("reason"), std::string::npos);
    EXPECT_NE(detail(body()).find("seqs, incident and before"), std::string::npos);
    EXPECT_NE(detail(with("seqs", json::array{})).find("seqs"), std::string::npos);
    EXPECT_NE(detail(with("seqs", json::array{"1"})).find("seqs"), std::string::npos);
    EXPECT_NE(detail(with("seqs", json::array{-1})).find("seqs"), std::string::npos);
    EXPECT_NE(detail(with("before", "yesterday")).find("before"), std::string::npos);
    EXPECT_NE(detail(with("everything", true)).find("everything"), std::string::npos);
    auto both = with("seqs", json::array{1});
    both["incident"] = json::string(ended());
    EXPECT_NE(detail(both).find("one of"), std::string::npos);
    EXPECT_EQ(world.entries_of("erasure.ordered"), 0U);
}

}  // namespace
}  // namespace bongsu::policy
