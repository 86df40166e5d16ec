#include "grant/json.hpp"
#include "grant/test/desk.hpp"
#include "journal/erasure.hpp"

namespace bongsu::grant {
namespace {

TEST_F(GrantTest, IssuingWritesWhatTheRecordNeeds) {
    const auto grant = issued();
    EXPECT_EQ(grant.state_at(now()), GrantState::live);
    EXPECT_EQ(grant.cameras, cameras({1, 2, 3}));
    EXPECT_EQ(grant.to - grant.from, std::chrono::minutes(120));
    EXPECT_EQ(grant.issued_by, "site:11000");
    const auto entry = entries("grant.issued").at(0);
    EXPECT_EQ(entry.subjects,
              (std::vector<std::string>{"grant:" + grant.id.value, "incident:INCIDENT1", "event:EVENT1"}));
    const auto& payload = entry.payload;
    EXPECT_EQ(payload.at("grant").as_string(), grant.id.value);
    EXPECT_EQ(payload.at("purpose").as_string(), "112-emergency-video");
    EXPECT_NE(payload.at("basis").as_string().find("제18조제2항"), std::string::npos);
    EXPECT_EQ(payload.at("incident").as_string(), "INCIDENT1");
    EXPECT_EQ(payload.at("event").as_string(), "EVENT1");
    EXPECT_EQ(payload.at("holder").at("agency").as_string(), "P1100000000");
    EXPECT_EQ(payload.at("cameras").as_array().size(), 3U);
    EXPECT_EQ(payload.at("from").to_number<std::int64_t>(), to_us(now()));
    EXPECT_EQ(payload.at("to").to_number<std::int64_t>(), to_us(now() + std::chrono::minutes(120)));
    EXPECT_EQ(payload.at("kinds").as_array().at(0).as_string(), "live");
    expect_pure();
}

TEST_F(GrantTest, WhatIssuingAnswersIsWhatTheFoldSays) {
    for (const auto* purpose : {"112-emergency-video", "operator-incident"}) {
        const auto answered = issued(purpose);
        const auto kept = find_grant(*site.db, answered.id).value();
        EXPECT_EQ(grant_json(answered, Purposes::defaults(), now()), grant_json(kept, Purposes::defaults(), now()));
        EXPECT_EQ(answered.roles, kept.roles);
        EXPECT_EQ(answered.kinds, kept.kinds);
    }
}

TEST_F(GrantTest, AClockThatStepsBackMakesNoGrantWaitThatBeganWithItsIssue) {
    const auto grant = issued();
    auto wanted = request();
    wanted.from = now() + std::chrono::minutes(5);
    const auto later = try_issue(wanted).value();
    EXPECT_EQ(grant.state_at(now() - std::chrono::minutes(2)), GrantState::live);
    EXPECT_EQ(find_grant(*site.db, grant.id)->state_at(now() - std::chrono::minutes(2)), GrantState::live);
    const auto earlier = now() - std::chrono::minutes(2);
    EXPECT_EQ(live_grants(*site.db, earlier)->size(), 1U) << "media is told of it, and a link";
    EXPECT_EQ(live_grants_of_incident(*site.db, kIncident, earlier)->size(), 1U) << "it is not issued a second time";
    EXPECT_EQ(find_grant(*site.db, later.id)->state_at(now() + std::chrono::minutes(3)), GrantState::waiting);
    EXPECT_EQ(find_grant(*site.db, later.id)->state_at(now() + std::chrono::minutes(5)), GrantState::live);
}

TEST_F(GrantTest, WhatAPersonEndedIsToldFromWhatEndedOtherwise) {
    const auto is_ended = [&](const std::string& purpose, const AgencyId& agency) {
        return *is_ended_by_person(*site.db, kIncident, purpose, agency);
    };
    const auto police = issued();
    issued("operator-incident");
    EXPECT_FALSE(is_ended(police.purpose, kPolice112));
    ASSERT_TRUE(site.in_batch([&] { return end(*site.book, "user:U1", police.id, "112 must not see this"); }));
    ASSERT_TRUE(site.in_batch([&] { return end_of_incident(*site.book, "site:11000", kIncident, "over"); }));

    EXPECT_TRUE(is_ended(police.purpose, kPolice112));
    EXPECT_FALSE(is_ended("operator-incident", kCity)) << "its incident's end is nobody's word";
    EXPECT_FALSE(is_ended(police.purpose, kCity));

    site.world.clock.advance(std::chrono::seconds(1));
    issued();
    EXPECT_FALSE(is_ended(police.purpose, kPolice112)) << "somebody opened it again";
}

TEST_F(GrantTest, AnIncidentsAgenciesAndTheirCamerasAreThoseOfAllItsGrants) {
    const auto police = issued();
    auto more = request();
    more.cameras = cameras({3, 9});
    ASSERT_TRUE(try_issue(more));
    issued("operator-incident");
    more.incident.value = "INCIDENT2";
    more.cameras = cameras({7});
    ASSERT_TRUE(try_issue(more));
    more.incident = kIncident;
    more.cameras = cameras({5});
    more.holder = {.user = UserId{"U1"}, .agency = {}};
    ASSERT_TRUE(try_issue(more));
    ASSERT_TRUE(site.in_batch([&] { return change_cameras(*site.book, "site:11000", police.id, cameras({1, 3})); }));
    ASSERT_TRUE(site.in_batch([&] { return end_of_incident(*site.book, "site:11000", kIncident, "over"); }));

    const auto agencies = agencies_of_incident(*site.db, kIncident);
    const auto seen = cameras_of_incident(*site.db, kIncident, kPolice112);

    EXPECT_EQ(*agencies, (std::set<std::string>{kPolice112.value, kCity.value}));
    EXPECT_EQ(*seen, (std::set<std::string>{"11440-1001", "11440-1003", "11440-1009"})) << "2 left its grant";
    EXPECT_EQ(*cameras_of_incident(*site.db, kIncident, {}, {"U1"}), (std::set<std::string>{"11440-1005"}));
    EXPECT_TRUE(agencies_of_incident(*site.db, {"NONE"})->empty());
    EXPECT_TRUE(cameras_of_incident(*site.db, kIncident, {"F1100000000"})->empty());
}

TEST_F(GrantTest, RefusesABadRequestAndNamesTheField) {
    const auto refused = [&](const auto& spoil) {
        auto wanted = request();
        spoil(wanted);
        const auto grant = try_issue(wanted);
        EXPECT_FALSE(grant);
        return grant ? std::string{} : grant.error().message;
    };
    EXPECT_EQ(refused([](auto& r) { r.purpose = "curiosity"; }), "purpose is not declared");
    EXPECT_EQ(refused([](auto& r) { r.incident.value.clear(); }), "incident is missing");
    EXPECT_EQ(refused([](auto& r) { r.holder.agency.reset(); }), "holder must be a user or an agency");
    EXPECT_EQ(refused([](auto& r) { r.holder.user = UserId{"U1"}; }), "holder must be a user or an agency");
    EXPECT_EQ(refused([](auto& r) { r.cameras = cameras({1, 1}); }), "cameras must each be named once");
    EXPECT_EQ(refused([](auto& r) { r.cameras.assign(65, {"11440-1001"}); }), "cameras must be at most 64");
    EXPECT_EQ(refused([&](auto& r) { r.to = now(); }), "to must be later than from and than now");
    EXPECT_EQ(refused([&](auto& r) { r.to = now() + std::chrono::minutes(121); }).substr(0, 30),
              "to must be at most 120 minutes");
    EXPECT_TRUE(entries("grant.issued").empty());
}

TEST_F(GrantTest, APurposeOfTwoPersonsNeedsASecondOne) {
    std::string text(default_purposes());
    text.replace(text.find("persons = 1"), 11, "persons = 2");
    const auto purposes = Purposes::parse(text).value();
    auto wanted = request();
    wanted.actor = "user:U1";
    const auto attempt = [&] { return site.in_batch([&] { return issue(*site.book, purposes, wanted); }); };
    EXPECT_EQ(attempt().error().kind, ErrorKind::forbidden);
    wanted.second_person = UserId{"U1"};
    EXPECT_EQ(attempt().error().kind, ErrorKind::forbidden);
    wanted.second_person = UserId{"U2"};
    EXPECT_TRUE(attempt());
    EXPECT_EQ(entries("grant.issued").at(0).payload.at("second").as_string(), "U2");
}

TEST_F(GrantTest, ChangingCamerasTellsWhatCameAndWent) {
    const auto grant = issued();
    const auto changed = [&](std::initializer_list<int> list) {
        return site.in_batch(
            [&] { return change_cameras(*site.book, "site:11000", grant.id, cameras(list)); });
    };
    EXPECT_FALSE(changed({1, 2, 3})->any());
    EXPECT_TRUE(entries("grant.changed").empty());
    const auto moved = changed({4, 2});
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->added, cameras({4}));
    EXPECT_EQ(moved->removed, cameras({1, 3}));
    EXPECT_EQ(find_grant(*site.db, grant.id)->cameras, cameras({4, 2}));
    auto revoked = revocations(*site.db, now()).value();
    ASSERT_EQ(revoked.size(), 1U);
    EXPECT_EQ(*revoked[0].cameras, cameras({1, 3}));
    ASSERT_TRUE(changed({1, 2, 4}));
    revoked = revocations(*site.db, now()).value();
    EXPECT_EQ(*revoked[0].cameras, cameras({3}));
    EXPECT_EQ(changed({5, 5}).error().kind, ErrorKind::invalid);
    expect_pure();
}

TEST_F(GrantTest, AnEndedGrantStaysEndedAndIsRevoked) {
    const auto grant = issued();
    const auto finish = [&] {
        return site.in_batch([&] { return end(*site.book, "user:U1", grant.id, "closed"); });
    };
    const auto ended = finish();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->state_at(now()), GrantState::ended);
    EXPECT_EQ(ended->reason, kEndedByPerson) << "what media and districts are told";
    EXPECT_EQ(ended->words, "closed");
    EXPECT_EQ(finish().error().kind, ErrorKind::conflict);
    EXPECT_EQ(
        site.in_batch([&] { return change_cameras(*site.book, "site:11000", grant.id, {}); }).error().kind,
        ErrorKind::conflict);
    EXPECT_EQ(site.in_batch([&] { return end(*site.book, "user:U1", {"NONE"}, "closed"); }).error().kind,
              ErrorKind::not_found);
    EXPECT_EQ(site.in_batch([&] { return end(*site.book, "user:U1", grant.id, ""); }).error().kind,
              ErrorKind::invalid);
    const auto revoked = revocations(*site.db, now()).value();
    ASSERT_EQ(revoked.size(), 1U);
    EXPECT_FALSE(revoked[0].cameras);
    EXPECT_EQ(revoked[0].reason, kEndedByPerson);
    EXPECT_TRUE(revocations(*site.db, grant.to)->empty());
    EXPECT_TRUE(live_grants(*site.db, now())->empty());
    expect_pure();
}

TEST_F(GrantTest, AnErasureTakesThePersonsWordsAndLeavesThatAndWhyItEnded) {
    const auto grant = issued();
    ASSERT_TRUE(site.in_batch([&] { return end(*site.book, "user:U1", grant.id, "홍길동 씨를 찾았음"); }));
    const auto seq = site.journal->committed_seq();
    ASSERT_TRUE(site.in_batch([&] {
        return journal::order_erasure(*site.book, {.actor = "user:U2", .reason = "requested", .basis = "PIPA 36", .seqs = {seq}, .check = {}});
    }));

    const auto ended = find_grant(*site.db, grant.id).value();
    EXPECT_EQ(ended.words, "");
    EXPECT_EQ(ended.reason, kEndedByPerson);
    EXPECT_TRUE(ended.ended_at);
    ASSERT_TRUE(journal::finish_erasures(*site.book, "site:11000"));
    expect_pure();
}

TEST_F(GrantTest, TheEndOfAnIncidentEndsItsGrantsAndNoOthers) {
    const auto first = issued(), second = issued("operator-incident");
    auto other = request();
    other.incident.value = "INCIDENT2";
    other.event.value = "EVENT2";
    const auto third = try_issue(other).value();
    EXPECT_EQ(live_grants_of_incident(*site.db, kIncident, now())->size(), 2U);
    const auto ended =
        site.in_batch([&] { return end_of_incident(*site.book, "site:11000", kIncident, "released"); })
            .value();
    EXPECT_EQ(ended.size(), 2U);
    EXPECT_EQ(find_grant(*site.db, first.id)->reason, "released");
    EXPECT_EQ(find_grant(*site.db, second.id)->reason, "released");
    EXPECT_EQ(find_grant(*site.db, third.id)->state_at(now()), GrantState::live);
    EXPECT_TRUE(site.in_batch([&] { return end_of_incident(*site.book, "site:11000", kIncident, "closed"); })
                    ->empty());
    EXPECT_EQ(
        site.in_batch([&] { return end_of_event(*site.book, "site:11000", {"EVENT2"}, "closed"); })->size(),
        1U);
    expect_pure();
}

TEST_F(GrantTest, WhatIsDueExpires) {
    const auto grant = issued();
    const auto expire = [&] {
        return site.in_batch([&] { return expire_due(*site.book, "site:11000", now()); }).value();
    };
    site.world.clock.advance(std::chrono::minutes(120) - std::chrono::microseconds(1));
    EXPECT_TRUE(expire().empty());
    site.world.clock.advance(std::chrono::microseconds(1));
    EXPECT_EQ(find_grant(*site.db, grant.id)->state_at(now()),
              GrantState::ended);  // Also before it is swept.
    EXPECT_EQ(expire(), std::vector<GrantId>{grant.id});
    EXPECT_EQ(find_grant(*site.db, grant.id)->reason, "expired");
    EXPECT_TRUE(expire().empty());
}

TEST_F(GrantTest, AVerbThatIsUndoneLeavesNoGrant) {
    ASSERT_TRUE(site.book->begin());
    const auto grant = issue(*site.book, Purposes::defaults(), request());
    ASSERT_TRUE(grant);
    site.book->abort();
    EXPECT_EQ(find_grant(*site.db, grant->id).error().kind, ErrorKind::not_found);
    EXPECT_TRUE(site.entries().empty());
}

TEST_F(GrantTest, ListsArePagedNewestFirst) {
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        site.world.clock.advance(std::chrono::milliseconds(5));
        ids.insert(ids.begin(), issued().id.value);
    }
    GrantFilter filter;
    filter.incident = kIncident;
    filter.limit = 2;
    std::vector<std::string> got;
    do {
        const auto page = list_grants(*site.db, filter).value();
        for (const auto& grant : page.items) got.push_back(grant.id.value);
        filter.before = page.next;
    } while (!filter.before.empty());
    EXPECT_EQ(got, ids);
}

}  // namespace
}  // namespace bongsu::grant
