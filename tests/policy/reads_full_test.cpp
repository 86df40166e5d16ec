// While nothing can be written: a living emergency is shown and the look is owed, nothing else of persons is shown.

#include "app/site/copy_state.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

struct FullDiskTest : testing::Test {
    World world;
    std::uint64_t begun = world.entries();

    FullDiskTest() { world.run(app::Tick{}); }  // The checkpoint that an ended incident asked for.

    std::vector<journal::Entry> written(std::string_view kind) {
        std::vector<journal::Entry> out;
        const auto read = world.site().book().journal().read(begun, [&](journal::Entry entry) -> Result<bool> {
            if (entry.kind == kind) out.push_back(std::move(entry));
            return true;
        });
        EXPECT_TRUE(read);
        return out;
    }
    http::Response get(std::string_view caller, const std::string& path) { return world.ask(caller, "GET", path); }
    std::string card(const Case& of) { return "/api/v1/incidents/" + of.incident; }
    /// The disk takes nothing any more, and the site has found out.
    void fill() {
        world.disk().disk_full(true);
        EXPECT_EQ(world.ask("operator", "POST", card(world.own_live) + "/acts", {{"act", "note"}, {"text", "seen"}}).status, 507);
    }
    std::int64_t metric(const std::string& name) {
        const auto text = "\n" + get("anonymous", "/metrics").body;
        const auto at = text.find("\n" + name + " ");
        return at == std::string::npos ? -1 : std::stoll(text.substr(at + name.size() + 2));
    }
};

TEST_F(FullDiskTest, ALivingIncidentIsShownAndTheLookComesWhenThereIsSpace) {
    fill();
    const auto at = to_us(world.clock().wall());
    const auto before = world.entries();
    for (const auto* path : {"", "/timeline", "/cameras"}) EXPECT_EQ(get("operator", card(world.own_live) + path).status, 200) << path;
    EXPECT_EQ(get("operator", "/api/v1/incidents?state=new,received,acting").status, 200);
    EXPECT_EQ(get("room112", card(world.own_live)).status, 200);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(get("operator", card(world.own_live)).status, 200);
    EXPECT_EQ(world.entries(), before);
    EXPECT_EQ(metric("bongsu_record_failing"), 1);
    EXPECT_EQ(metric("bongsu_record_reads_owed"), 5) << "who asks again owes nothing more";
    EXPECT_EQ(body_of(get("anonymous", "/ready")).at("journal").at("looksOwed").as_int64(), 5);

    world.clock().advance(1s);
    world.disk().disk_full(false);
    world.clock().advance(5s);
    world.run(app::Tick{});
    const auto looks = written("record.read"), back = written("record.back");
    ASSERT_EQ(looks.size(), 5U);
    for (const auto& look : looks) {
        EXPECT_EQ(look.payload.at("at").as_int64(), at) << "when it was, not when there was space";
        EXPECT_GT(to_us(look.time), at);
    }
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].payload.at("since").as_int64(), at);
    EXPECT_EQ(back[0].payload.at("late").as_int64(), 5);
    EXPECT_EQ(metric("bongsu_record_failing"), 0);
    EXPECT_EQ(metric("bongsu_record_reads_owed"), 0);
    const auto rows = body_of(get("supervisor", "/api/v1/journal/access?kind=record.read")).at("items").as_array();
    EXPECT_EQ(rows.at(0).at("time").as_string(), to_rfc3339(from_us(at)));
}

TEST_F(FullDiskTest, WhatIsNoLivingEmergencyIsNotShown) {
    fill();
    for (const auto& path : {card(world.own_ended), std::string("/api/v1/incidents"), std::string("/api/v1/incidents?state=released"),
                             std::string("/api/v1/grants"), std::string("/api/v1/journal"), std::string("/api/v1/journal/access"),
                             std::string("/api/v1/views")}) {
        const auto answer = get("supervisor", path);
        if (path == "/api/v1/views" && answer.status == 200) {  // Nobody has viewed anything.
            EXPECT_TRUE(body_of(answer).at("items").as_array().empty());
            continue;
        }
        EXPECT_EQ(answer.status, 507) << path;
        EXPECT_EQ(answer.headers.at("Retry-After"), "5");
        EXPECT_EQ(answer.body.find("시험"), std::string::npos) << path;
    }
    // What shows nobody is answered as ever.
    for (const auto* path : {"/api/v1/cameras", "/api/v1/sites", "/api/v1/me", "/api/v1/incidents?state=auto_closed"})
        EXPECT_EQ(get("supervisor", path).status, 200) << path;
    world.disk().disk_full(false);
    world.clock().advance(5s);
    world.run(app::Tick{});
    EXPECT_EQ(get("supervisor", card(world.own_ended)).status, 200);
    EXPECT_EQ(written("record.read").size(), 1U) << "what was refused is no look";
    EXPECT_GE(written("record.back").at(0).payload.at("refused").as_int64(), 6);
}

/// The look itself finds the disk full: nothing else was in its batch.
TEST_F(FullDiskTest, TheFirstLookOnAFullDiskIsAnsweredToo) {
    world.disk().disk_full(true);
    EXPECT_EQ(get("operator", card(world.own_live)).status, 200);
    EXPECT_EQ(get("operator", card(world.own_ended)).status, 507);
    world.disk().disk_full(false);
    world.clock().advance(5s);
    world.run(app::Tick{});
    EXPECT_EQ(written("record.read").size(), 1U);
}

/// Who looks in a batch that is lost sees what is on disk, and not what was lost.
TEST_F(FullDiskTest, ALookBesideALostWriteShowsWhatStands) {
    world.disk().disk_full(true);
    const auto ask = [&](const std::string& method, const std::string& path, std::string body, std::optional<http::Response>& answer) {
        auto request = request_of(method, path, std::move(body));
        request.headers["authorization"] = "Bearer " + world.token("operator");
        request.remote = "127.0.0.1:40000";
        return app::HttpInput{std::move(request), [&answer](http::Response response) { answer = std::move(response); }};
    };
    std::optional<http::Response> act, look;
    std::vector<app::Input> batch;
    batch.push_back(ask("POST", card(world.own_live) + "/acts", R"({"act":"receive"})", act));
    batch.push_back(ask("GET", card(world.own_live), "", look));
    for (const auto& reply : world.site().run(std::move(batch)).replies) reply();
    ASSERT_TRUE(act && look);
    EXPECT_EQ(act->status, 507);
    EXPECT_EQ(look->status, 200);
    EXPECT_EQ(body_of(*look).at("state").as_string(), "new");
}

/// The journal had room for a last batch and the folds' database did not: what was acknowledged is seen all the same.
TEST_F(FullDiskTest, WhatTheFoldsDidNotTakeAnyMoreIsShownToo) {
    auto& db = world.site().book().db();
    // SQLite takes every statement, and refuses each commit that moves a fold.
    ASSERT_TRUE(db.exec("create table full_disk (is_there integer references full_disk_never (id) deferrable initially deferred);"
                        "create table full_disk_never (id integer primary key);"
                        "create trigger full_disk_now after update on fold_position begin insert into full_disk values (1); end"));
    const auto before = world.entries();
    world.room112_calls("last", "10", "10");
    EXPECT_GT(world.entries(), before) << "acknowledged";
    ASSERT_TRUE(world.site().book().behind());
    const auto kept = world.entries();

    const auto list = get("operator", "/api/v1/incidents?state=new,received,acting");
    ASSERT_EQ(list.status, 200) << list.body;
    EXPECT_NE(list.body.find("\"last\""), std::string::npos) << list.body;
    EXPECT_EQ(get("operator", card(world.own_live)).status, 200);
    EXPECT_EQ(get("operator", card(world.own_ended)).status, 507);
    EXPECT_GE(world.ask("operator", "POST", card(world.own_live) + "/acts", {{"act", "note"}, {"text", "seen"}}).status, 400);
    EXPECT_EQ(world.entries(), kept);
    EXPECT_EQ(metric("bongsu_record_failing"), 1);
    EXPECT_EQ(metric("bongsu_record_reads_owed"), 2);

    ASSERT_TRUE(db.exec("drop trigger full_disk_now; drop table full_disk; drop table full_disk_never"));
    world.clock().advance(5s);
    world.run(app::Tick{});
    EXPECT_FALSE(world.site().book().behind());
    EXPECT_EQ(written("record.read").size(), 2U);
    EXPECT_EQ(written("record.back").size(), 1U);
    EXPECT_EQ(metric("bongsu_record_failing"), 0);
    const auto live = world.site().book().fingerprint().value();
    EXPECT_EQ(world.site().book().rebuild().value(), live);
}

/// A write that is kept says that there is space: nobody waits for the next try.
TEST_F(FullDiskTest, TheNextWriteThatIsKeptEndsIt) {
    fill();
    ASSERT_EQ(get("operator", card(world.own_live)).status, 200);
    world.disk().disk_full(false);
    world.room112_calls("again", "10", "10");
    EXPECT_EQ(written("record.read").size(), 0U);
    world.run(app::Tick{});
    EXPECT_EQ(written("record.read").size(), 1U);
    EXPECT_EQ(written("record.back").size(), 1U);
}

/// The tries while it stays full cost the others nothing: their links do not begin anew.
TEST_F(FullDiskTest, TryingAgainCostsNobodyAnything) {
    fill();
    ASSERT_EQ(get("operator", card(world.own_live)).status, 200);
    for (int i = 0; i < 10; ++i) {
        world.clock().advance(5s);
        const auto out = world.run(app::Tick{});
        EXPECT_FALSE(out.links_begin_anew);
        EXPECT_FALSE(out.failed);
    }
    EXPECT_EQ(metric("bongsu_record_reads_owed"), 1);
    EXPECT_EQ(metric("bongsu_record_failing"), 1);
}

/// What the copy's loss is to the record is the record's to know: a restart says nothing twice and leaves nothing unsaid.
TEST_F(FullDiskTest, ALostCopyIsSaidOnceAndThatItIsBackTooAcrossARestart) {
    const auto copy = std::make_shared<app::CopyState>();
    copy->failing_since_us = to_us(world.clock().wall());
    world.restart(copy);
    world.clock().advance(4s);
    world.run(app::Tick{});
    EXPECT_EQ(written("copy.lost").size(), 0U);
    world.clock().advance(1s);
    for (int i = 0; i < 3; ++i) world.run(app::Tick{});
    EXPECT_EQ(written("copy.lost").size(), 1U);

    const auto anew = std::make_shared<app::CopyState>();  // It has not been tried yet.
    world.restart(anew);
    world.clock().advance(10s);
    world.run(app::Tick{});
    EXPECT_EQ(written("copy.back").size(), 0U);
    anew->failing_since_us = to_us(world.clock().wall()) - 9'000'000;
    world.run(app::Tick{});
    EXPECT_EQ(written("copy.lost").size(), 1U) << "it was said before";
    anew->failing_since_us = 0;
    anew->connected = true;
    for (int i = 0; i < 3; ++i) world.run(app::Tick{});
    EXPECT_EQ(written("copy.back").size(), 1U);
    const auto live = world.site().book().fingerprint().value();
    EXPECT_EQ(world.site().book().rebuild().value(), live);
}

/// What was said in a batch that was lost is not said.
TEST_F(FullDiskTest, ALostCopyThatCouldNotBeWrittenIsSaidLater) {
    const auto copy = std::make_shared<app::CopyState>();
    world.restart(copy);
    copy->failing_since_us = to_us(world.clock().wall());
    world.clock().advance(6s);
    world.disk().disk_full(true);
    world.run(app::Tick{});
    world.disk().disk_full(false);
    world.clock().advance(5s);  // Until it is tried whether there is room.
    world.run(app::Tick{});
    world.run(app::Tick{});
    EXPECT_EQ(written("copy.lost").size(), 1U);
}

}  // namespace
}  // namespace bongsu::policy
