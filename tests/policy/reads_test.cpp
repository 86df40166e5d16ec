// Who was shown whose data is on record, once, before the answer leaves.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

#include "app/site/reads.hpp"
#include "app/site/routes.hpp"
#include "app/site/shown.hpp"
#include "ledger/access.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

struct ReadsTest : testing::Test {
    World world;
    std::uint64_t begun = world.entries();

    std::vector<journal::Entry> looks() {
        std::vector<journal::Entry> out;
        const auto read = world.site().book().journal().read(begun, [&](journal::Entry entry) -> Result<bool> {
            if (entry.kind == "record.read") out.push_back(std::move(entry));
            return true;
        });
        EXPECT_TRUE(read);
        return out;
    }
    int get(std::string_view caller, const std::string& path) { return world.ask(caller, "GET", path).status; }
    std::string card() const { return "/api/v1/incidents/" + world.own_live.incident; }
    /// A client of the live stream; answers its session.
    std::optional<identity::Session> listen(std::string_view caller, std::uint64_t client) {
        std::optional<identity::Session> session;
        world.run(app::SessionQuery{world.token(caller),
                                    [&](std::optional<identity::Session> found, std::uint64_t) { session = std::move(found); },
                                    client, "10.0.0." + std::to_string(client) + ":5000"});
        return session;
    }
};

std::string text(const journal::Entry& entry, std::string_view field) {
    return std::string(entry.payload.at(field).as_string());
}

std::vector<std::string> texts(const journal::Entry& entry, std::string_view field) {
    std::vector<std::string> out;
    for (const auto& item : entry.payload.at(field).as_array()) out.emplace_back(item.as_string());
    return out;
}

/// Written by hand: a route that shows persons and is not thought of here fails.
TEST_F(ReadsTest, EveryRouteSaysWhomItShows) {
    const std::set<std::string> nobody{"GET /ready",          "GET /metrics",        "GET /api/v1/me",
                                       "GET /api/v1/sites",   "GET /api/v1/cameras", "GET /api/v1/journal/checkpoints",
                                       "GET /api/v1/partners", "GET /api/v1/duty",   "GET /api/v1/duty/shifts",
                                       "GET /api/v1/duty/watch", "GET /api/v1/duty/watch/own", "GET /api/v1/duty/watch/lit", "GET /api/v1/duty/findings/kinds",
                                       "GET /api/v1/alarms", "GET /api/v1/alarms/load", "GET /api/v1/cameras/{id}/ptz", "GET /api/v1/cameras/{id}/ptz/presets", "GET /api/v1/services", "GET /api/v1/services/statistics"};
    const std::set<std::string> emergency{"GET /api/v1/incidents", "GET /api/v1/incidents/{id}",
                                          "GET /api/v1/incidents/{id}/timeline", "GET /api/v1/incidents/{id}/cameras",
                                          "GET /api/v1/incidents/{id}/finding", "GET /api/v1/incidents/{id}/picture",
                                          "GET /api/v1/incidents/{id}/reports", "GET /api/v1/incidents/{id}/near", "GET /api/v1/incidents/{id}/ahead", "GET /api/v1/incidents/{id}/procedure", "GET /api/v1/incidents/{id}/service"};
    const std::set<std::string> again{"POST /api/v1/messages/dead/release", "POST /api/v1/deliveries/{id}/retry",
                                      "POST /api/v1/cameras/imports",       "POST /api/v1/cameras/imports/{id}/undo",
                                      "POST /api/v1/incidents/{id}/acts",   "POST /api/v1/grants",
                                      "DELETE /api/v1/grants/{id}",         "POST /api/v1/journal/erasures",
                                      "POST /api/v1/duty/shifts/{id}/absences", "DELETE /api/v1/duty/shifts/{id}/absences/{user}",
                                      "POST /api/v1/duty/shifts/{id}/calls", "PUT /api/v1/duty/crews/{crew}", "POST /api/v1/duty/findings",
                                      "POST /api/v1/duty/shifts/{id}/brief/acks", "POST /api/v1/duty/shortcomings", "POST /api/v1/duty/shortcomings/{no}/assign",
                                      "POST /api/v1/duty/shortcomings/{no}/answer", "POST /api/v1/incidents/{id}/merge", "POST /api/v1/incidents/{id}/split",
                                      "POST /api/v1/incidents/{id}/procedure/steps", "POST /api/v1/incidents/{id}/procedure/acks", "POST /api/v1/holds/{id}/end",
                                      "POST /api/v1/drills", "POST /api/v1/drills/{id}/stop"};
    for (const auto& route : app::Site::routes()) {
        const auto name = std::string(route.method) + " " + std::string(route.pattern);
        EXPECT_EQ(route.shows.how() == app::Shows::How::nobody, nobody.contains(name)) << name;
        EXPECT_EQ(route.shows.is_on_record(), route.method == "GET" && !nobody.contains(name)) << name;
        EXPECT_EQ(route.shows.is_in_emergency(), emergency.contains(name)) << name;
        EXPECT_EQ(route.shows.again().is_on_record(), again.contains(name)) << name;
    }
}

TEST_F(ReadsTest, AnAnswerThatIsGivenAgainIsALook) {
    const std::string acts = card() + "/acts";
    const boost::json::object note{{"act", "note"}, {"text", "the caller is at the gate"}};
    ASSERT_EQ(world.ask("operator", "POST", acts, note, {{"idempotency-key", "k1"}}).status, 201);
    EXPECT_TRUE(looks().empty()) << "the act has its own entry";

    world.log_in_again("operator");
    for (int i = 0; i < 2; ++i) {
        const auto answer = world.ask("operator", "POST", acts, note, {{"idempotency-key", "k1"}});
        ASSERT_EQ(answer.status, 201);
        ASSERT_TRUE(answer.headers.contains("Idempotency-Replayed"));
    }

    const auto found = looks();
    ASSERT_EQ(found.size(), 1U) << "once in ten minutes, as of any look";
    EXPECT_EQ(found[0].subjects, std::vector<std::string>{"incident:" + world.own_live.incident});
    EXPECT_EQ(text(found[0], "route"), "POST /api/v1/incidents/{id}/acts");
    EXPECT_EQ(world.entries_of("incident.acted"), 1U);
}

TEST_F(ReadsTest, AnAnswerThatIsGivenAgainNamesWhomItShows) {
    const auto twice = [&](std::string_view caller, const std::string& method, const std::string& path, const boost::json::object& body) {
        const std::map<std::string, std::string> key{{"idempotency-key", method + std::to_string(world.entries())}};
        const auto first = world.ask(caller, method, path, body, key);
        EXPECT_LT(first.status, 300) << path << first.body;
        EXPECT_EQ(world.ask(caller, method, path, body, key).body, first.body);
        return first.body.empty() ? boost::json::object{} : body_of(first);
    };
    const auto opened = twice("police", "POST", "/api/v1/grants",
                              {{"incident", world.own_live.incident}, {"purpose", "operator-incident"}, {"cameras", {world.camera()}}});
    const auto id = std::string(opened.at("id").as_string());
    twice("police", "DELETE", "/api/v1/grants/" + id, {{"reason", "seen"}});
    twice("room112", "POST", "/api/v1/events",
          {{"id", "e1"}, {"source", "room"}, {"type", "112UC001"}, {"grade", "10"}, {"time", to_rfc3339(world.clock().wall())}});
    auto list = request_of("POST", "/api/v1/cameras/imports", "관리번호,카메라대수,위도,경도\nA1,1,37.566535,126.977969\n");
    list.headers["idempotency-key"] = "list";
    const auto imported = std::string(body_of(world.ask("official", list)).at("import").as_string());
    EXPECT_EQ(world.ask("official", list).status, 201);
    list.file = std::make_shared<const std::string>(std::exchange(list.body, {}));
    EXPECT_EQ(world.ask("official", list).status, 201);

    std::vector<std::string> shown;
    for (const auto& look : looks()) shown.push_back(text(look, "route") + " " + look.subjects.at(0));
    EXPECT_EQ(shown, (std::vector<std::string>{"POST /api/v1/grants grant:" + id, "DELETE /api/v1/grants/{id} grant:" + id,
                                               "POST /api/v1/cameras/imports import:" + imported,
                                               "POST /api/v1/cameras/imports import:" + imported}))
        << "an event's answer holds ids";
}

TEST_F(ReadsTest, ALookSaysWhoSawWhomFromWhereByWhichWay) {
    ASSERT_EQ(get("room112", card()), 200);

    const auto found = looks();
    ASSERT_EQ(found.size(), 1U);
    const auto& look = found[0];
    EXPECT_EQ(look.actor, "user:" + text(look, "user"));
    EXPECT_EQ(look.subjects, std::vector{"incident:" + world.own_live.incident});
    EXPECT_EQ(text(look, "agency"), "P1100000000");
    EXPECT_EQ(text(look, "remote"), "127.0.0.1");
    EXPECT_EQ(text(look, "route"), "GET /api/v1/incidents/{id}");
    EXPECT_EQ(text(look, "session").size(), 16U);
    EXPECT_EQ(world.token("room112").find(text(look, "session")), std::string::npos);
    EXPECT_EQ(look.payload.at("shown").as_int64(), 1);
    EXPECT_FALSE(look.payload.contains("at"));
}

TEST_F(ReadsTest, WhoAsksAgainAndAgainIsOneEntryInTenMinutes) {
    for (int i = 0; i < 5; ++i) ASSERT_EQ(get("operator", card()), 200);
    EXPECT_EQ(looks().size(), 1U);
    // Another way, another person and another login are looks of their own.
    ASSERT_EQ(get("operator", card() + "/timeline"), 200);
    ASSERT_EQ(get("police", card()), 200);
    world.log_in_again("operator");
    ASSERT_EQ(get("operator", card()), 200);
    EXPECT_EQ(looks().size(), 4U);
    world.clock().advance(9min + 59s);
    ASSERT_EQ(get("operator", card()), 200);
    EXPECT_EQ(looks().size(), 4U);
    world.clock().advance(1s);
    ASSERT_EQ(get("operator", card()), 200);
    EXPECT_EQ(looks().size(), 5U);
}

TEST_F(ReadsTest, AListNamesWhomItShowsThatWasNotSeenYet) {
    ASSERT_EQ(get("operator", "/api/v1/incidents?state=new"), 200);
    world.room112_calls("one-more", "20", "10");
    ASSERT_EQ(get("operator", "/api/v1/incidents?state=new"), 200);
    ASSERT_EQ(get("operator", "/api/v1/incidents?limit=2"), 200);

    const auto found = looks();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(text(found[0], "query"), "state=new");
    const std::set<std::string> first(found[0].subjects.begin(), found[0].subjects.end());
    EXPECT_EQ(first, (std::set{"incident:" + world.own_live.incident, "incident:" + world.none.incident,
                               "incident:" + world.others_live.incident}));
    EXPECT_EQ(found[1].subjects.size(), 1U);
    EXPECT_FALSE(first.contains(found[1].subjects[0]));
}

TEST_F(ReadsTest, WhatShowsNobodyLeavesNothing) {
    EXPECT_EQ(get("room119", card()), 404);
    EXPECT_EQ(get("anonymous", card()), 401);
    EXPECT_EQ(get("operator", "/api/v1/journal"), 403);
    EXPECT_EQ(get("operator", "/api/v1/incidents?state=nonsense"), 400);
    EXPECT_EQ(get("operator", "/api/v1/incidents?state=auto_closed"), 200);  // An empty list.
    EXPECT_EQ(get("operator", "/api/v1/cameras"), 200);
    EXPECT_EQ(get("operator", "/api/v1/me"), 200);
    EXPECT_EQ(looks().size(), 0U);
}

TEST_F(ReadsTest, WhoReadsTheRecordIsOnItToo) {
    ASSERT_EQ(get("operator", card()), 200);
    ASSERT_EQ(get("supervisor", "/api/v1/journal?limit=3"), 200);
    ASSERT_EQ(get("supervisor", "/api/v1/journal?after=3"), 200);
    ASSERT_EQ(get("supervisor", "/api/v1/journal/access"), 200);
    ASSERT_EQ(get("supervisor", "/api/v1/journal/access?incident=" + world.none.incident), 200);
    ASSERT_EQ(get("supervisor", "/api/v1/journal/access?incident=" + world.own_live.incident), 200);

    const auto found = looks();
    // Two pages of one block are one look; of the access log that of one incident's is another than that of all, and of
    // an incident that nobody looked at there is nothing to show.
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[1].subjects, std::vector<std::string>{"entries:1-500"});
    EXPECT_EQ(text(found[2], "route"), "GET /api/v1/journal/access");
    EXPECT_EQ(text(found[3], "query"), "incident=" + world.own_live.incident);
}

TEST_F(ReadsTest, TheAccessLogAnswersWhoSawAnIncident) {
    ASSERT_EQ(get("operator", "/api/v1/incidents"), 200);
    ASSERT_EQ(get("room112", card()), 200);

    const auto rows = body_of(world.ask("supervisor", "GET", "/api/v1/journal/access?incident=" + world.own_live.incident));
    std::set<std::string> what;
    for (const auto& item : rows.at("items").as_array()) {
        const auto& row = item.as_object();
        if (!row.at("what").as_string().starts_with("record.read")) continue;
        EXPECT_EQ(row.at("whose").as_string(), "incident:" + world.own_live.incident);
        EXPECT_EQ(row.at("from").as_string(), "127.0.0.1");
        EXPECT_TRUE(row.at("who").is_string());
        what.insert(row.at("what").as_string().c_str());
    }
    EXPECT_EQ(what, (std::set<std::string>{"record.read GET /api/v1/incidents", "record.read GET /api/v1/incidents/{id}"}));
    // Pages go on in the midst of an entry's rows.
    std::size_t paged = 0;
    std::string cursor;
    do {
        auto request = request_of("GET", "/api/v1/journal/access");
        request.query = {{"kind", "record.read"}, {"limit", "1"}};
        if (!cursor.empty()) request.query["cursor"] = cursor;
        const auto page = body_of(world.ask("official", request));
        paged += page.at("items").as_array().size();
        cursor = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
    } while (!cursor.empty());
    EXPECT_GE(paged, 5U);
}

TEST_F(ReadsTest, ATimelineIsWhatHappenedAndNotWhoLooked) {
    ASSERT_EQ(get("operator", card()), 200);
    const auto timeline = world.ask("operator", "GET", card() + "/timeline");
    EXPECT_EQ(timeline.body.find("record.read"), std::string::npos);
}

TEST_F(ReadsTest, WhatTheLiveStreamTellsIsOneEntryForAllWhoHearIt) {
    const auto first = listen("operator", 1), second = listen("police", 2), agency = listen("room119", 3);
    ASSERT_TRUE(first && second && agency);
    world.room112_calls("told", "10", "10");

    auto found = looks();
    ASSERT_EQ(found.size(), 1U) << "the fire service's room does not hear of it";
    EXPECT_EQ(found[0].actor, "site:11000");
    EXPECT_EQ(text(found[0], "route"), "WS /api/v1/stream");
    EXPECT_EQ(texts(found[0], "users"), (std::vector{first->user.value, second->user.value}));
    EXPECT_EQ(texts(found[0], "sessions"), (std::vector{first->id, second->id}));
    EXPECT_EQ(texts(found[0], "remotes"), (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
    ASSERT_EQ(found[0].subjects.size(), 1U);

    // Its next states within ten minutes are no news; to one who came meanwhile they are.
    world.room112_calls("told", "10", "40");
    EXPECT_EQ(looks().size(), 1U);
    const auto late = listen("supervisor", 4);
    world.run(app::ListenerGone{1});
    world.clock().advance(1s);  // A message's time is in seconds: the same one again would be a repeat.
    world.room112_calls("told", "10", "40");
    found = looks();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(texts(found[1], "users"), std::vector{late->user.value});
    world.clock().advance(10min);
    world.room112_calls("told", "10", "50");
    found = looks();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(texts(found[2], "users"), (std::vector{second->user.value, late->user.value}));

    const auto rows = ledger::accesses(world.site().book().db(), {.who = second->user.value, .kind = "record.read"}).value();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].remote, "10.0.0.2");
    EXPECT_EQ(rows[0].what, "record.read WS /api/v1/stream");
}

TEST_F(ReadsTest, AListenerWhoseSessionEndedIsToldNothingAndNothingIsWritten) {
    ASSERT_TRUE(listen("operator", 1));
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/logout").status, 204);
    EXPECT_FALSE(listen("operator", 1));
    world.room112_calls("told", "10", "10");
    EXPECT_EQ(looks().size(), 0U);
}

/// The address goes, who and whom stay: both in the entry and in the folds, which equal their replay.
TEST_F(ReadsTest, AnErasureTakesTheAddressesAndLeavesWhoSawWhom) {
    ASSERT_TRUE(listen("police", 1));
    ASSERT_EQ(get("operator", card()), 200);
    world.room112_calls("told", "10", "10");
    const auto found = looks();
    ASSERT_EQ(found.size(), 2U);
    world.clock().advance(24h * 732);
    world.log_in_again("official");
    const auto ordered = world.ask("official", "POST", "/api/v1/journal/erasures",
                                   {{"reason", "retention"}, {"basis", "PIPA 21"},
                                    {"seqs", json::array{static_cast<std::int64_t>(found[0].seq), static_cast<std::int64_t>(found[1].seq)}}});
    ASSERT_EQ(ordered.status, 201) << ordered.body;

    const auto erased = looks();
    for (const auto& entry : {erased[0], erased[1]}) {
        EXPECT_TRUE(entry.erased);
        EXPECT_EQ(json::serialize(entry.payload).find("127.0.0.1"), std::string::npos);
        EXPECT_EQ(json::serialize(entry.payload).find("10.0.0.1"), std::string::npos);
        EXPECT_TRUE(entry.payload.contains("route"));
    }
    EXPECT_EQ(text(erased[0], "user"), text(found[0], "user"));
    EXPECT_EQ(texts(erased[1], "users"), texts(found[1], "users"));
    auto& db = world.site().book().db();
    const auto rows = ledger::accesses(db, {.kind = "record.read"}).value();  // Outlives the loop.
    for (const auto& row : rows) EXPECT_EQ(row.remote, "");
    const auto live = world.site().book().fingerprint().value();
    EXPECT_EQ(world.site().book().rebuild().value(), live);
}

/// What goes of an incident's person goes; who looked at it stays for the time that the law wants.
TEST_F(ReadsTest, AnErasedIncidentsLooksStay) {
    ASSERT_EQ(get("operator", "/api/v1/incidents/" + world.own_ended.incident), 200);
    const auto ordered = world.ask("official", "POST", "/api/v1/journal/erasures",
                                   {{"reason", "requested"}, {"basis", "PIPA 36"}, {"incident", world.own_ended.incident}});
    ASSERT_EQ(ordered.status, 201) << ordered.body;
    ASSERT_EQ(looks().size(), 1U);
    EXPECT_FALSE(looks()[0].erased);
    EXPECT_EQ(looks()[0].subjects, std::vector{"incident:" + world.own_ended.incident});
}

TEST(Shown, IdsAreReadFromTheAnswerItself) {
    using Values = std::vector<std::string>;
    EXPECT_EQ(app::values_of_items(R"({"items":[{"id":"a","x":{"id":"no"},"y":[{"id":"no"}]},{"id":7},{"id":null},{"z":1}],"next":null})", "id"),
              (Values{"a", "7"}));
    EXPECT_EQ(app::values_of_items(R"({"other":[{"id":"a"}],"items":[{"\u0069d":"b\"c"}]})", "id"), (Values{"b\"c"}));
    EXPECT_EQ(app::values_of_items(R"({"items":{"id":"a"}})", "id"), Values{});
    for (const auto* bad : {"", "[", "null", "{\"items\":[", "\xff", "{\"items\":5}"}) EXPECT_EQ(app::values_of_items(bad, "id"), Values{}) << bad;
    EXPECT_EQ(app::values_of_items("{\"items\":[{\"id\":\"" + std::string(5000, 'x') + "\"}]}", "id"), Values{std::string(128, 'x')});
    EXPECT_EQ(app::subjects_of(app::Shows::numbered("entries", "seq"), {}, R"({"items":[{"seq":500},{"seq":501},{"seq":1600}]})"),
              (Values{"entries:1-500", "entries:501-1000", "entries:1501-2000"}));
    EXPECT_EQ(app::subjects_of(app::Shows::items("grant", "id"), {}, R"({"items":[{"id":"G"},{"id":"G"}]})"), Values{"grant:G"});
}

TEST(Reads, WhatIsRememberedHasABoundAndACounter) {
    app::Reads reads;
    const MonoTime now{};
    for (std::size_t i = 0; i < app::Reads::kKnownMax; ++i)
        ASSERT_EQ(reads.fresh("s", "r", {std::to_string(i)}, now).size(), 1U);
    EXPECT_EQ(reads.counts.forgotten, 0U);
    EXPECT_EQ(reads.fresh("s", "r", {"one more"}, now).size(), 1U);
    EXPECT_EQ(reads.counts.forgotten, 1U);
    EXPECT_EQ(reads.fresh("s", "r", {"1", "99999", "one more"}, now).size(), 0U);
    EXPECT_EQ(reads.fresh("s", "r", {"0"}, now).size(), 1U) << "the oldest was forgotten: it is an entry again";
}

TEST(Reads, WhatWasTakenBackIsNewAgainAndWhatWasKeptIsNot) {
    app::Reads reads;
    const MonoTime now{};
    EXPECT_EQ(reads.fresh("s", "r", {"a"}, now).size(), 1U);
    const auto mark = reads.mark();
    EXPECT_EQ(reads.fresh("s", "r", {"a", "b"}, now), std::vector<std::string>{"b"});
    reads.take_back(mark);
    EXPECT_EQ(reads.fresh("s", "r", {"a", "b"}, now), std::vector<std::string>{"b"});
    reads.keep();
    reads.take_back();
    EXPECT_EQ(reads.fresh("s", "r", {"a", "b"}, now).size(), 0U);
}

TEST(Reads, WhatIsOwedHasABound) {
    app::Reads reads;
    journal::Draft draft{"record.read", "user:u", std::vector<std::string>(250, std::string(35, 'i')), {}};
    std::size_t taken = 0;
    while (taken < 100'000 && reads.owe(draft)) ++taken;
    EXPECT_GT(taken, 300U);
    EXPECT_LT(taken, 500U);
    reads.paid(taken);
    EXPECT_TRUE(reads.owe(draft));
}

TEST(Reads, MoreThanAnEntryHoldsIsSeveral) {
    app::Reader reader;
    reader.session.user.value = "u";
    reader.session.id = "s";
    reader.remote = "10.0.0.1";
    const auto drafts = app::look_drafts(reader, {.route = "r", .query = "", .subjects = std::vector<std::string>(600, "incident:i")});
    ASSERT_EQ(drafts.size(), 3U);
    EXPECT_EQ(drafts[2].subjects.size(), 100U);
    const std::vector<const app::Reader*> many(1200, &reader);
    EXPECT_EQ(app::told_drafts("site:1", many, {"incident:i"}).size(), 3U);
}

}  // namespace
}  // namespace bongsu::policy
