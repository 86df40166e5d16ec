// Who, when, from where, whose data, what, why: from entries as the rooms write them.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "env/sim/sim_world.hpp"
#include "journal/erasure.hpp"
#include "ledger/http.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::ledger {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class AccessTest : public testing::Test {
  protected:
    env::sim::World world{5};
    std::unique_ptr<journal::Journal> journal = journal::Journal::open(world.env, "data/11000/journal").value();
    std::unique_ptr<sql::Db> db = sql::open_store();
    journal::Book book{world.env, *journal, *db, folds()};

    static std::vector<std::unique_ptr<journal::Fold>> folds() {
        std::vector<std::unique_ptr<journal::Fold>> all;
        all.push_back(make_access_fold());
        all.push_back(journal::make_erasure_fold());
        return all;
    }
    std::uint64_t write(journal::Draft draft) {
        world.clock.advance(1s);
        EXPECT_TRUE(book.begin());
        const auto entry = book.append(std::move(draft));
        EXPECT_TRUE(entry) << entry.error().message;
        EXPECT_TRUE(book.commit());
        return (*entry)->seq;
    }
    std::uint64_t login(const std::string& user, const std::string& remote) {
        return write({"login.accepted", "user:" + user, {"user:" + user}, {{"user", user}, {"remote", remote}}});
    }
    std::uint64_t permitted(const std::string& user, const std::string& camera) {
        return write({"view.permitted",
                      "user:" + user,
                      {},
                      {{"view", "V"}, {"user", user}, {"agency", "P11"}, {"camera", camera}, {"kind", "live"},
                       {"purpose", "112-emergency-video"}, {"basis", "제18조제2항"}, {"incident", "I1"}}});
    }
    std::vector<Access> all(AccessFilter filter = {}) { return accesses(*db, filter).value(); }
    json::object ask(std::map<std::string, std::string> query, int status = 200) {
        http::Request request;
        request.query = std::move(query);
        const auto response = get_access(*db, request);
        EXPECT_EQ(response.status, status) << response.body;
        return json::parse(response.body).as_object();
    }
    std::string replayed() {
        const auto fresh = sql::open_store();
        return journal::Book(world.env, *journal, *fresh, folds()).rebuild().value();
    }
};

TEST_F(AccessTest, AViewSaysWhoWhenFromWhereWhosePicturesAndWhy) {
    login("U1", "10.0.0.7");
    const auto seq = permitted("U1", "11440-0001");

    const auto row = all().at(0);

    EXPECT_EQ(row.seq, seq);
    EXPECT_EQ(row.who, "U1");
    EXPECT_EQ(row.agency, "P11");
    EXPECT_EQ(row.remote, "10.0.0.7") << "of the login before";
    EXPECT_EQ(row.subject, "camera:11440-0001");
    EXPECT_EQ(row.incident, "I1");
    EXPECT_EQ(row.what, "view.permitted");
    EXPECT_EQ(row.why, "112-emergency-video");
    EXPECT_EQ(row.basis, "제18조제2항");
    EXPECT_EQ(row.time, world.clock.wall());
}

TEST_F(AccessTest, AnEntrysOwnAddressAndTimeGoFirstAndALogoutEndsTheKnownOne) {
    login("U1", "10.0.0.7");
    write({"view.opened", "site:11000", {}, {{"holder", "U1"}, {"camera", "c"}, {"remote", "10.0.0.9"}, {"at", 1'700'000'000'000'000}}});
    EXPECT_EQ(all().at(0).remote, "10.0.0.9");
    EXPECT_EQ(all().at(0).time, from_us(1'700'000'000'000'000));
    write({"logout", "user:U1", {}, {{"user", "U1"}}});
    EXPECT_EQ(all().at(0).remote, "10.0.0.7");
    write({"incident.acted", "user:U1", {}, {{"incident", "I1"}, {"act", "close"}}});
    EXPECT_EQ(all().at(0).remote, "");
    EXPECT_EQ(all().at(0).what, "incident.acted close");
    EXPECT_EQ(all().at(0).subject, "incident:I1");
}

TEST_F(AccessTest, OfTwoLoginsEachActHasTheAddressOfItsOwn) {
    const auto log_in = [&](const std::string& session, const std::string& remote) {
        write({"login.accepted", "user:U1", {"user:U1"}, {{"user", "U1"}, {"session", session}, {"remote", remote}}});
    };
    log_in("s1", "127.0.0.1");
    log_in("s2", "127.0.0.2");
    book.speak_for("s1");
    permitted("U1", "C1");
    book.speak_for("s2");
    write({"logout", "user:U1", {"user:U1"}, {{"user", "U1"}}});
    book.speak_for("s1");
    permitted("U1", "C2");
    book.speak_for({});
    permitted("U1", "C3");  // By a job that outlived its request: the newest login that stands.

    const auto rows = all({.kind = "view.permitted"});
    ASSERT_EQ(rows.size(), 3U);
    for (const auto& row : rows) EXPECT_EQ(row.remote, "127.0.0.1") << row.subject;
    for (int i = 0; i < 300; ++i) log_in("t" + std::to_string(i), "127.0.0.3");
    EXPECT_EQ(db->query("select count(*) from access_from")->at(0).integer(0), 256);
    EXPECT_EQ(book.fingerprint().value(), replayed());
}

TEST_F(AccessTest, WhatAPersonReportedIsARowAndWhatAPartnerSentIsNone) {
    login("U1", "127.0.0.1");
    write({"event.received", "user:U1", {"event:E1"}, {{"event", "E1"}, {"raw", 2}}});
    write({"message.refused", "user:U1", {}, {{"raw", 3}, {"reason", "type is missing"}}});
    write({"event.received", "agency:P11", {"event:E2"}, {{"event", "E2"}, {"raw", 4}}});
    write({"partner.accepted", "agency:P11", {"user:U9"}, {{"user", "U9"}, {"agency", "P11"}, {"profile", "scsns"}, {"remote", "127.0.0.9"}}});

    const auto received = all({.kind = "event.received"}), refused = all({.kind = "message.refused"}), let_in = all({.kind = "partner.accepted"});
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(received[0].subject, "event:E1");
    EXPECT_EQ(received[0].remote, "127.0.0.1");
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].result, "refused");
    ASSERT_EQ(let_in.size(), 1U);
    EXPECT_EQ(let_in[0].remote, "127.0.0.9");
}

TEST_F(AccessTest, RefusalsAreTold) {
    write({"login.refused", "anonymous", {}, {{"user", "U1"}, {"remote", "10.0.0.66"}}});
    write({"view.refused", "site:11000", {}, {{"holder", "U2"}, {"camera", "c"}, {"reason", "the grant has ended"}, {"at", 5}}});
    write({"view.refused", "site:11000", {}, {{"reason", "not listed one by one"}, {"count", 494}, {"at", 6}}});
    EXPECT_EQ(all().at(2).result, "refused");
    EXPECT_EQ(all().at(2).who, "U1");
    EXPECT_EQ(all().at(1).result, "refused: the grant has ended");
    EXPECT_EQ(all().at(0).result, "refused 494 times: not listed one by one");
}

TEST_F(AccessTest, WhoReleasedAMessageIsToldWithoutTheWordsThatMayBeErased) {
    login("U1", "10.0.0.7");
    write({"message.released", "user:U1", {}, {{"raw", 41}, {"why", "홍길동 씨의 신고"}, {"outcome", "event"}}});
    write({"outbound.requeued", "user:U1", {}, {{"id", "D9"}, {"partner", "fire"}, {"incident", "I1"}, {"why", "again"}}});

    const auto rows = all();

    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1].subject, "message:41");
    EXPECT_EQ(rows[1].result, "event");
    EXPECT_EQ(rows[1].remote, "10.0.0.7");
    EXPECT_EQ(rows[1].why, "");
    EXPECT_EQ(rows[0].subject, "delivery:D9");
    EXPECT_EQ(rows[0].incident, "I1");
    EXPECT_EQ(rows[0].why, "");
}

TEST_F(AccessTest, ALookHasARowForEachReaderAndEachSubject) {
    login("U1", "10.0.0.7");
    const auto seq = write({"record.read", "user:U1", {"incident:I1", "incident:I2", "entries:1-500"},
                            {{"user", "U1"}, {"agency", "B11"}, {"session", "s"}, {"remote", "10.0.0.9"},
                             {"route", "GET /api/v1/incidents"}, {"shown", 3}, {"at", 1'700'000'000'000'000}}});
    write({"record.read", "site:11000", {"incident:I1"},
           {{"agency", "P11"}, {"route", "WS /api/v1/stream"}, {"shown", 1}, {"users", json::array{"U2", "U3"}},
            {"sessions", json::array{"a", "b"}}, {"remotes", json::array{"10.0.0.2", "10.0.0.3"}}}});

    const auto rows = all({.kind = "record.read"});
    ASSERT_EQ(rows.size(), 5U);
    EXPECT_EQ(rows[0].who, "U3");
    EXPECT_EQ(rows[0].remote, "10.0.0.3");
    EXPECT_EQ(rows[0].agency, "P11");
    EXPECT_EQ(rows[1].who, "U2");
    EXPECT_EQ(rows[2].seq, seq);
    EXPECT_EQ(rows[2].subject, "entries:1-500");
    EXPECT_EQ(rows[2].incident, "");
    EXPECT_EQ(rows[4].what, "record.read GET /api/v1/incidents");
    EXPECT_EQ(rows[4].remote, "10.0.0.9") << "its own, not that of the login";
    EXPECT_EQ(rows[4].time, from_us(1'700'000'000'000'000)) << "when it was, where it is on record late";
    EXPECT_EQ(all({.incident = "I1"}).size(), 3U);
    EXPECT_EQ(all({.who = "U3"}).size(), 1U);
    // A page may end within an entry; the next goes on there.
    const auto first = ask({{"limit", "2"}});
    const auto next = ask({{"limit", "2"}, {"cursor", std::string(first.at("next").as_string())}});
    EXPECT_EQ(next.at("items").at(0).at("whose").as_string(), "entries:1-500");
    EXPECT_EQ(book.fingerprint().value(), replayed());
}

TEST_F(AccessTest, ALookOfAnotherShapeHarmsNothing) {
    write({"record.read", "user:U1", {}, {}});
    write({"record.read", "user:U1", {"incident:I1"}, {{"users", json::array{1, nullptr, "U2"}}, {"remotes", "x"}}});
    const auto rows = all();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].who, "U2");
    EXPECT_EQ(rows[0].remote, "");
}

TEST_F(AccessTest, WhatNobodyDidIsNoAccess) {
    write({"incident.opened", "site:11000", {}, {{"incident", "I1"}}});
    write({"grant.issued", "site:11000", {}, {{"grant", "G"}}});
    write({"camera.lost", "site:11000", {}, {{"camera", "c"}}});
    EXPECT_TRUE(all().empty());
    write({"grant.issued", "user:U1", {}, {{"grant", "G"}, {"purpose", "operator-incident"}, {"incident", "I1"}}});
    EXPECT_EQ(all().size(), 1U);
}

TEST_F(AccessTest, AnErasedAddressGoesAlsoWhereItWasTakenOverAndAReplayIsEqual) {
    const auto first = login("U1", "10.0.0.7");
    permitted("U1", "11440-0001");
    login("U2", "10.0.0.8");
    permitted("U2", "11440-0002");

    ASSERT_TRUE(book.begin());
    ASSERT_TRUE(journal::order_erasure(book, {"user:OFFICIAL", "retention", "PIPA 21", {first}, {}}));
    ASSERT_TRUE(book.commit());
    EXPECT_EQ(book.fingerprint().value(), replayed()) << "ordered";
    ASSERT_TRUE(journal::finish_erasures(book, "site:11000"));

    EXPECT_EQ(book.fingerprint().value(), replayed()) << "wiped";
    for (const auto& row : all({.who = "U1"})) EXPECT_EQ(row.remote, "") << row.what;
    for (const auto& row : all({.who = "U2"})) EXPECT_EQ(row.remote, "10.0.0.8") << row.what;
    EXPECT_EQ(all({.who = "U1"}).size(), 2U) << "that it was stays";
    EXPECT_EQ(all({.who = "OFFICIAL"}).at(0).why, "retention");
    permitted("U1", "11440-0001");
    EXPECT_EQ(all().at(0).remote, "");
    EXPECT_EQ(book.fingerprint().value(), replayed());
}

TEST_F(AccessTest, TheFaceFiltersAndPages) {
    login("U1", "10.0.0.7");
    const auto from = world.clock.wall();
    for (int i = 0; i < 5; ++i) permitted("U1", "11440-000" + std::to_string(i % 2));
    permitted("U2", "11440-0000");

    EXPECT_EQ(ask({{"user", "U1"}}).at("items").as_array().size(), 6U);
    EXPECT_EQ(ask({{"camera", "11440-0000"}}).at("items").as_array().size(), 4U);
    EXPECT_EQ(ask({{"incident", "I1"}, {"kind", "view.permitted"}}).at("items").as_array().size(), 6U);
    EXPECT_EQ(ask({{"agency", "P11"}}).at("items").as_array().size(), 6U);
    EXPECT_EQ(ask({{"to", to_rfc3339(from)}}).at("items").as_array().size(), 0U);
    EXPECT_EQ(ask({{"from", to_rfc3339(from)}, {"to", to_rfc3339(from + 1s)}}).at("items").as_array().size(), 1U);
    std::vector<std::int64_t> seen;
    std::map<std::string, std::string> query{{"limit", "3"}};
    for (;;) {
        const auto page = ask(query);
        for (const auto& item : page.at("items").as_array()) seen.push_back(item.at("seq").as_int64());
        if (page.at("next").is_null()) break;
        query["cursor"] = std::string(page.at("next").as_string());
    }
    EXPECT_EQ(seen, (std::vector<std::int64_t>{7, 6, 5, 4, 3, 2, 1}));
    const auto row = ask({{"user", "U2"}}).at("items").as_array().at(0).as_object();
    EXPECT_TRUE(row.at("from").is_null());
    EXPECT_EQ(row.at("whose"), "camera:11440-0000");
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"limit", "0"}, {"limit ", "1"}, {"cursor", "x"}, {"from", "today"}, {"user", std::string(65, 'u')}})
        ask({{name, value}}, 400);
}

}  // namespace
}  // namespace bongsu::ledger
