// What waits because an agreement or a codec was wrong, released in bulk once that is mended.
#include "centre.hpp"

#include "app/site/release_job.hpp"

namespace bongsu::faults {
namespace {

constexpr std::string_view kWrong = R"(
[[partner]]
key = "fire"
format = "telegram"
service = "119-dispatch"
sender = "F1100000000"
pairs = [{ send = "991", receive = "UCP" }]
listen = { offset = 20 }

[[partner]]
key = "disaster"
format = "telegram"
service = "disaster"
sender = "D1100000000"
types = ["APLEN110"]
listen = { offset = 24 }
)";

class Releases : public Centre {
  protected:
    Releases() : Centre(kWrong) {}

    void refuse_fire(const std::string& number, const std::string& state = "10") {
        EXPECT_FALSE(world_.tell("fire", fire(number, state)).starts_with("0")) << number;
    }
    void mend(std::string_view from, std::string_view to) {
        const std::string path = "DATA/11000/partners.toml";
        auto text = world_.disk().read(path).value();
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos);
        text.replace(at, from.size(), to);
        world_.disk().put(path, text);
        ASSERT_EQ(world_.ask("official", "POST", "/api/v1/partners/reload", {{"reason", "mended"}}).status, 200);
    }
    void mend_fire() { mend("991", "119"); }

    http::Response ask(const json::object& body, std::string_view caller = "supervisor", std::map<std::string, std::string> headers = {}) {
        return world_.ask(caller, "POST", "/api/v1/messages/dead/release", body, std::move(headers));
    }
    json::object released(const json::object& body) {
        const auto answer = ask(body);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return policy::body_of(answer);
    }
    /// Its first batch; the rest is given by hand, slice by slice.
    app::Outputs begin(const json::object& body, std::optional<http::Response>& answer) {
        auto request = policy::request_of("POST", "/api/v1/messages/dead/release", json::serialize(body));
        request.headers["authorization"] = "Bearer " + world_.token("supervisor");
        request.remote = "127.0.0.1:1";
        std::vector<app::Input> batch;
        batch.push_back(app::HttpInput{std::move(request), [&answer](http::Response response) { answer = std::move(response); }});
        return world_.site().run(std::move(batch));
    }
    std::size_t waiting_of(std::string_view caller) {
        return policy::body_of(world_.ask(caller, "GET", "/api/v1/messages/dead?limit=1000")).at("items").as_array().size();
    }
    std::vector<std::int64_t> waiting() {
        std::vector<std::int64_t> out;
        for (const auto& item : items("/api/v1/messages/dead?limit=1000")) out.push_back(item.at("seq").as_int64());
        return out;
    }
    /// The raw entries of a kind's entries, in the journal's order.
    std::vector<std::int64_t> raws_of(const std::string& kind) {
        std::vector<std::int64_t> out;
        EXPECT_TRUE(world_.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
            if (entry.kind == kind) out.push_back(entry.payload.at("raw").as_int64());
            return true;
        }));
        return out;
    }
};

TEST_F(Releases, ADryRunSaysWhatCouldBeReadAndChangesNothingButThatItWasLookedAt) {
    refuse_fire("a");
    refuse_fire("b");
    EXPECT_FALSE(world_.tell("disaster", disaster("d", "10", "N")).starts_with("0"));
    mend_fire();
    const auto newest = waiting().at(0);
    const auto before = world_.entries();
    const auto letters = items("/api/v1/messages/dead");
    const auto looks = world_.entries();
    const auto events = world_.entries_of("event.received");

    const auto answer = released({{"dryRun", true}});

    EXPECT_EQ(answer.at("looked"), 3);
    EXPECT_EQ(answer.at("readable"), 2);
    EXPECT_EQ(answer.at("released"), 0);
    ASSERT_EQ(answer.at("refused").as_array().size(), 1U);
    EXPECT_EQ(answer.at("refused").at(0).at("seq"), newest) << "the newest is the disaster's";
    EXPECT_EQ(answer.at("left"), 0);
    EXPECT_TRUE(answer.at("next").is_null());
    EXPECT_EQ(world_.entries(), looks + 1) << "the one that it names; before: " << before;
    EXPECT_EQ(last_payload("record.read").at("route"), "POST /api/v1/messages/dead/release");
    EXPECT_EQ(items("/api/v1/messages/dead"), letters);
    EXPECT_EQ(world_.entries_of("event.received"), events);
}

TEST_F(Releases, WhatOnlyARuleForbidsStaysAndAPersonSetsOneAsideAtATime) {
    refuse_fire("a");
    const auto events = world_.entries_of("event.received");
    EXPECT_EQ(released({{"reason", "x"}}).at("released"), 0) << "in bulk no rule is set aside";
    mend(R"(pairs = [{ send = "991", receive = "UCP" }])", R"(pairs = [{ send = "991", receive = "UCP" }]
types = ["NOTHING"])");
    const auto letter = items("/api/v1/messages/dead").at(0);
    const auto path = "/api/v1/messages/dead/" + std::to_string(letter.at("seq").as_int64()) + "/release";

    const auto answer = world_.ask("supervisor", "POST", path, {{"reason", "x"}, {"despite", letter.at("field")}});

    EXPECT_EQ(answer.status, 409);
    EXPECT_NE(answer.body.find("mend the agreement"), std::string::npos) << answer.body;
    EXPECT_EQ(world_.entries_of("event.received"), events);
}

TEST_F(Releases, WhoIsLoggedOutReleasesNothingFurther) {
    for (int i = 0; i < 20; ++i) refuse_fire("n" + std::to_string(i));
    mend_fire();
    std::optional<http::Response> answer;
    auto out = begin({{"reason", "x"}}, answer);
    out = world_.site().run(std::move(out.again));
    ASSERT_EQ(world_.ask("supervisor", "POST", "/api/v1/logout").status, 204);
    out = world_.site().run(std::move(out.again));
    for (const auto& reply : out.replies) reply();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401) << answer->body;
    EXPECT_NE(answer->body.find("8 of them were released"), std::string::npos) << answer->body;
    EXPECT_EQ(waiting_of("operator"), 12U);
}

TEST_F(Releases, OneThatIsRefusedInTheSameBatchIsReadWithTheNext) {
    refuse_fire("a");
    mend_fire();
    std::optional<http::Response> answer;
    auto out = begin({{"dryRun", true}}, answer);
    std::vector<app::Input> batch;
    batch.push_back(app::PartnerInput{.profile = "disaster", .remote = "127.0.0.1:9", .bytes = disaster("d", "10", "N"), .framing = {}, .reply = [](std::string) {}});
    batch.insert(batch.end(), out.again.begin(), out.again.end());
    out = world_.site().run(std::move(batch));
    while (!out.again.empty()) out = world_.site().run(std::move(out.again));
    for (const auto& reply : out.replies) reply();

    ASSERT_TRUE(answer);
    const auto body = policy::body_of(*answer);
    EXPECT_EQ(body.at("looked"), 2);
    EXPECT_EQ(answer->body.find("no raw message"), std::string::npos) << answer->body;
}

TEST_F(Releases, WhatCanBeReadIsReleasedInTheOrderInWhichItCameAndTheRestStays) {
    refuse_fire("a", "10");
    refuse_fire("b", "10");
    EXPECT_FALSE(world_.tell("disaster", disaster("d", "10", "N")).starts_with("0"));
    refuse_fire("a", "91");
    mend_fire();
    auto order = waiting();
    std::reverse(order.begin(), order.end());

    const auto answer = released({{"reason", "the pair was wrong in our file"}});

    EXPECT_EQ(answer.at("looked"), 4);
    EXPECT_EQ(answer.at("released"), 3);
    EXPECT_EQ(raws_of("message.released"), order) << "the refused attempt is on record too, as of one letter";
    EXPECT_EQ(last_payload("message.released").at("why"), "the pair was wrong in our file");
    EXPECT_TRUE(last_actor("message.released").starts_with("user:"));
    EXPECT_TRUE(last_payload("message.released").contains("session")) << "by which login";
    EXPECT_EQ(incident("a").at("state"), "closed") << "opened, then ended: as it came";
    EXPECT_EQ(incident("b").at("sender"), "F1100000000");
    EXPECT_EQ(waiting(), std::vector{order[2]}) << "what still cannot be read waits on";
    EXPECT_EQ(items("/api/v1/messages/dead").at(0).at("attempts"), 1);
}

TEST_F(Releases, DoneTwiceItDoesNothingMore) {
    refuse_fire("a");
    mend_fire();
    const std::map<std::string, std::string> key{{"idempotency-key", "k1"}};
    const auto first = ask({{"reason", "x"}}, "supervisor", key);
    const auto events = world_.entries_of("event.received");

    const auto again = ask({{"reason", "x"}}, "supervisor", key);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.headers.at("Idempotency-Replayed"), "true");
    EXPECT_EQ(released({{"reason", "x"}}).at("looked"), 0) << "without a key there is nothing left to release";
    EXPECT_EQ(world_.entries_of("event.received"), events);
    EXPECT_EQ(world_.entries_of("message.released"), 1U);
}

TEST_F(Releases, OnlyThoseThatAreAskedFor) {
    refuse_fire("a");
    EXPECT_FALSE(world_.tell("disaster", disaster("d", "10", "N")).starts_with("0"));
    send_with(call("bad"), R"("evtGrad":"10")", R"("evtGrad":"99")");
    mend_fire();
    const auto codes = items("/api/v1/messages/dead");

    EXPECT_EQ(released({{"dryRun", true}, {"partner", "fire"}}).at("looked"), 1);
    EXPECT_EQ(released({{"dryRun", true}, {"partner", "nobody"}}).at("looked"), 0);
    EXPECT_EQ(released({{"dryRun", true}, {"code", codes.at(0).at("code")}, {"partner", "default"}}).at("looked"), 1);
    EXPECT_EQ(released({{"reason", "x"}, {"partner", "fire"}}).at("released"), 1);
    EXPECT_EQ(waiting().size(), 2U);
}

TEST_F(Releases, ManyAreAskedForInPiecesEachFromWhereTheLastOneEnded) {
    for (int i = 0; i < 25; ++i) refuse_fire("n" + std::to_string(i));
    const auto first = released({{"dryRun", true}, {"limit", 10}});
    EXPECT_EQ(first.at("looked"), 10);
    EXPECT_EQ(first.at("readable"), 0);
    EXPECT_EQ(first.at("left"), 15);
    mend_fire();

    const auto second = released({{"reason", "x"}, {"limit", 10}, {"after", first.at("next")}});
    EXPECT_EQ(second.at("released"), 10);
    EXPECT_EQ(second.at("left"), 5);
    const auto last = released({{"reason", "x"}, {"limit", 10}, {"after", second.at("next")}});
    EXPECT_EQ(last.at("released"), 5);
    EXPECT_TRUE(last.at("next").is_null());
    EXPECT_EQ(waiting().size(), 10U) << "those before `after` were not asked for";
}

TEST_F(Releases, AnErasedOneIsCountedAndLeftAlone) {
    refuse_fire("a");
    refuse_fire("b");
    const auto erased = waiting().at(1);
    const auto order = world_.ask("official", "POST", "/api/v1/journal/erasures",
                                  {{"reason", "consent_withdrawn"}, {"basis", "개인정보 보호법 제37조"}, {"seqs", json::array{erased}}});
    ASSERT_EQ(order.status, 201) << order.body;
    mend_fire();

    const auto answer = released({{"reason", "x"}});
    EXPECT_EQ(answer.at("looked"), 2);
    EXPECT_EQ(answer.at("erased"), 1);
    EXPECT_EQ(answer.at("released"), 1);
    EXPECT_EQ(world_.entries_of("message.released"), 1U);
}

TEST_F(Releases, WhatIsAskedForWronglyIsRefusedByName) {
    refuse_fire("a");
    const std::vector<std::pair<json::object, std::string>> wrong{
        {{{"reason", ""}}, "reason"},
        {{{"reason", " "}}, "reason"},
        {{{"dryRun", true}, {"reason", 7}}, "reason"},
        {{{"dryRun", true}, {"reason", nullptr}}, "reason"},
        {{{"dryRun", true}, {"reason", std::string(501, 'x')}}, "reason"},
        {{{"reason", "x"}, {"limit", 0}}, "limit"},
        {{{"reason", "x"}, {"limit", static_cast<std::int64_t>(app::kBulkReleaseMax) + 1}}, "limit"},
        {{{"reason", "x"}, {"limit", "all"}}, "limit"},
        {{{"reason", "x"}, {"after", -1}}, "after"},
        {{{"reason", "x"}, {"dryRun", "no"}}, "dryRun"},
        {{{"reason", "x"}, {"partner", 1}}, "partner"},
        {{{"reason", "x"}, {"partner", ""}}, "partner"},
        {{{"reason", "x"}, {"code", "abc"}}, "code"},
        {{{"reason", std::string(501, 'x')}}, "reason"},
        {{{"reason", "x"}, {"가나다라마바사아자차카타파하", 1}}, "가나다라마바사아자차카타파"},
        {{{"reason", "x"}, {"dry_run", true}}, "dry_run"},
    };
    for (const auto& [body, field] : wrong) {
        const auto answer = world_.ask("supervisor", "POST", "/api/v1/messages/dead/release", body);
        EXPECT_EQ(answer.status, 400) << json::serialize(body);
        EXPECT_EQ(policy::body_of(answer).at("field"), json::string(field));
    }
    EXPECT_EQ(ask({{"dryRun", true}, {"reason", "may stand there"}}).status, 200);
    EXPECT_EQ(ask({{"reason", "x"}}, "official").status, 403);
    EXPECT_EQ(world_.entries_of("message.released"), 0U);
}

TEST_F(Releases, AFullDiskEndsItAndWhatWentBeforeStays) {
    for (int i = 0; i < 20; ++i) refuse_fire("n" + std::to_string(i));
    mend_fire();
    // By hand, slice by slice: the disk fills up behind the first one.
    std::optional<http::Response> answer;
    auto out = begin({{"reason", "x"}}, answer);
    out = world_.site().run(std::move(out.again));
    ASSERT_FALSE(answer) << "the rest comes in a further batch";
    EXPECT_EQ(ask({{"reason", "y"}}, "operator").status, 409) << "one at a time";
    world_.disk().disk_full(true);
    out = world_.site().run(std::move(out.again));
    for (const auto& reply : out.replies) reply();
    world_.disk().disk_full(false);

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 507) << answer->body;
    EXPECT_NE(answer->body.find("8 of them were released"), std::string::npos) << answer->body;
    EXPECT_EQ(released({{"reason", "again"}}).at("released"), 12) << "asked again it goes on";
    EXPECT_TRUE(waiting().empty());
}

TEST_F(Releases, AFoldThatIsBuiltAgainSaysTheSame) {
    refuse_fire("a");
    refuse_fire("b");
    mend_fire();
    released({{"reason", "x"}});
    auto& book = world_.site().book();
    const auto before = book.fingerprint();
    ASSERT_TRUE(before);
    const auto rebuilt = book.rebuild();
    ASSERT_TRUE(rebuilt) << rebuilt.error().message;
    EXPECT_EQ(*rebuilt, *before);
}

}  // namespace
}  // namespace bongsu::faults
