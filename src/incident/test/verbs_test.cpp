#include "incident/verbs.hpp"

#include <random>

#include "desk.hpp"

namespace bongsu::incident {

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_F(Desk, AnEventOpensAnIncidentWithAllThatItSaid) {
    const auto change = take(message("10", 0));

    EXPECT_TRUE(change.opened);
    EXPECT_FALSE(change.ended || change.moved || change.late);
    EXPECT_EQ(change.from, std::nullopt);
    const auto incident = now(change.incident);
    EXPECT_EQ(incident.state, State::fresh);
    EXPECT_EQ(incident.event, change.event);
    EXPECT_EQ(incident.site.value, "11000");
    EXPECT_EQ(incident.sender, "P1100000000");
    EXPECT_EQ(incident.number, "N1");
    EXPECT_EQ(incident.position, (event::Position{1'269'236'512, 375'571'034}));
    EXPECT_EQ(incident.text, "폭행");
    EXPECT_EQ(to_rfc3339(incident.opened_at), "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(incident.note, "");
}

TEST_F(Desk, ASendersCodesLeadThroughTheLife) {
    const auto id = take(message("10", 0)).incident;

    EXPECT_EQ(take(message("20", 10)).to, State::received);
    const auto update = take(message("40", 20));
    const auto release = take(message("50", 30));
    const auto close = take(message("91", 40));

    EXPECT_EQ(update.to, State::received);
    EXPECT_FALSE(update.moved || update.ended);
    EXPECT_TRUE(release.ended);
    EXPECT_FALSE(close.ended) << "its grants ended with the release";
    EXPECT_EQ(close.from, State::released);
    EXPECT_EQ(now(id).state, State::closed);
    EXPECT_FALSE(now(id).received_by) << "no person of ours received it";
    EXPECT_EQ(to_rfc3339(*now(id).ended_at), "2026-01-01T00:03:00.000000Z");
    EXPECT_EQ(kinds(id), (Words{"incident.opened", "incident.changed", "incident.changed", "incident.changed",
                                "incident.changed"}));
}

TEST_F(Desk, AnUpdateMovesTheIncidentAndSilenceErasesNothing) {
    const auto id = take(message("10", 0)).incident;
    auto moved = message("40", 10);
    moved.position = event::Position{1'270'000'000, 375'000'000};
    moved.place = "";
    auto silent = message("40", 20);
    silent.position = std::nullopt;
    silent.position_fault = event::PositionFault::zero;
    silent.text = "";

    EXPECT_TRUE(take(moved).moved);
    EXPECT_FALSE(take(silent).moved);

    EXPECT_EQ(now(id).position, moved.position);
    EXPECT_EQ(now(id).position_fault, event::PositionFault::none);
    EXPECT_EQ(now(id).place, "마포구");
    EXPECT_EQ(now(id).text, "폭행");
}

TEST_F(Desk, ATrailIsWhereItsSenderSawIt) {
    const auto id = take(message("10", 0)).incident;
    auto moved = message("40", 10), silent = message("40", 20), again = message("40", 30);
    moved.position = again.position = event::Position{1'270'000'000, 375'000'000};
    silent.position = std::nullopt;
    take(moved);
    take(silent);

    auto points = trail(*db_, id).value();
    ASSERT_EQ(points.size(), 2U) << "words alone are no place";
    EXPECT_EQ(points[0].position, *message("10", 0).position);
    EXPECT_EQ(points[1].position, *moved.position);
    EXPECT_LE(points[1].seen_at, moved.state_time);
    EXPECT_EQ(now(id).moves, 1);

    take(again);
    points = trail(*db_, id).value();
    EXPECT_EQ(points.size(), 3U) << "seen there once more";
    EXPECT_EQ(now(id).moves, 1) << "which is no other place";
    EXPECT_EQ(trail(*db_, IncidentId{"none"}).value().size(), 0U);
}

TEST_F(Desk, AnUpdateFromThePastIsKeptAndChangesNothing) {
    const auto id = take(message("10", 0)).incident;
    take(message("40", 60));
    auto older = message("40", 30);
    older.position = event::Position{1'270'000'000, 375'000'000};

    const auto change = take(older);

    EXPECT_TRUE(change.late);
    EXPECT_NE(now(id).position, older.position);
    EXPECT_EQ(kinds(id).back(), "event.late");
}

TEST_F(Desk, AReceiptFromThePastStillCountsButItsContentDoesNot) {
    const auto id = take(message("10", 0)).incident;
    take(message("40", 60));
    auto receipt = message("20", 30);
    receipt.text = "older words";

    EXPECT_EQ(take(receipt).to, State::received);
    EXPECT_EQ(now(id).text, "폭행");
}

TEST_F(Desk, AnUpdateBeforeTheStartOpensTheIncident) {
    const auto change = take(message("40", 10));
    const auto start = take(message("10", 0));

    EXPECT_TRUE(change.opened);
    EXPECT_EQ(change.to, State::fresh);
    EXPECT_EQ(now(change.incident).note, "update before start");
    EXPECT_EQ(start.incident, change.incident);
    EXPECT_FALSE(start.opened);
}

TEST_F(Desk, AnEndBeforeTheStartIsBornEndedAndStaysSo) {
    for (const auto* code : {"50", "90", "91", "92"}) {
        const auto number = std::string("early-") + code;
        const auto change = take(message(code, 10, number));
        EXPECT_TRUE(change.opened && change.ended);
        EXPECT_EQ(now(change.incident).note, "end before start");
        EXPECT_TRUE(now(change.incident).ended_at);

        EXPECT_TRUE(take(message("10", 20, number)).late) << code;
        EXPECT_FALSE(is_open(now(change.incident).state));
    }
}

TEST_F(Desk, WhatComesAfterTheEndIsLate) {
    const auto id = take(message("10", 0)).incident;
    take(message("91", 10));
    for (const auto* code : {"10", "20", "30", "40", "50", "90", "92", "91"}) {
        const auto change = take(message(code, 20));
        EXPECT_TRUE(change.late) << code;
        EXPECT_FALSE(change.ended || change.moved || change.opened) << code;
        EXPECT_EQ(now(id).state, State::closed) << code;
    }
    EXPECT_EQ(kinds(id).size(), 10U);
    EXPECT_EQ(kinds(id).back(), "event.late");
}

TEST_F(Desk, AnEventOfNoKnownStateIsRefused) {
    ASSERT_TRUE(book_.begin());

    EXPECT_EQ(receive_event(book_, message("77", 0), EventId{"E"}, SiteId{"11000"}).error().kind,
              ErrorKind::invalid);
    EXPECT_TRUE(book_.appended().empty());
}

TEST_F(Desk, AnOperatorReceivesActsAndCloses) {
    const auto id = take(message("10", 0)).incident;

    const auto received = try_act(id, {.act = "receive"});
    const auto noted = try_act(id, {.act = "note", .text = "전화함"});
    const auto acting = try_act(id, {.act = "notify_112", .text = "112에 통보"});
    const auto closed = try_act(id, {.act = "close", .text = "검거", .outcome = "true"});

    ASSERT_TRUE(received && noted && acting && closed);
    EXPECT_EQ(received->state, State::received);
    EXPECT_EQ(received->received_by, UserId{"U1"});
    EXPECT_EQ(to_rfc3339(*received->received_at), "2026-01-01T00:01:00.000000Z");
    EXPECT_EQ(noted->state, State::received);
    EXPECT_EQ(acting->state, State::acting);
    EXPECT_EQ(to_rfc3339(*acting->acting_at), "2026-01-01T00:03:00.000000Z");
    EXPECT_EQ(closed->state, State::closed);
    EXPECT_EQ(closed->outcome, "true");
    EXPECT_EQ(to_rfc3339(*closed->ended_at), "2026-01-01T00:04:00.000000Z");
    EXPECT_EQ(closed->received_by, UserId{"U1"});
}

TEST_F(Desk, ASecondReceiptIsAConflictThatNamesNobody) {
    const auto id = take(message("10", 0)).incident;
    ASSERT_TRUE(try_act(id, {.act = "receive"}));

    const auto second = try_act(id, {.act = "receive"}, "police", "U2");

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    EXPECT_NE(second.error().message.find("already received"), std::string::npos);
    EXPECT_EQ(second.error().message.find("U1"), std::string::npos);
    EXPECT_EQ(now(id).received_by, UserId{"U1"});
}

std::string letters_of(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "가";
    return text;
}

TEST_F(Desk, WrongActsSayWhatIsWrongAndWriteNothing) {
    const auto id = take(message("10", 0)).incident;
    struct Case {
        Act act;
        std::string role;
        ErrorKind kind;
        std::string names;
    };
    const Case cases[] = {
        {{.act = "dance"}, "operator", ErrorKind::invalid, "act must be one of receive, note"},
        {{.act = ""}, "operator", ErrorKind::invalid, "act must be"},
        {{.act = "close"}, "operator", ErrorKind::invalid, "outcome is required"},
        {{.act = "close", .outcome = "오인"}, "operator", ErrorKind::invalid, "one of true, false"},
        {{.act = "receive", .outcome = "true"}, "operator", ErrorKind::invalid, "outcome is for close"},
        {{.act = "cancel"}, "operator", ErrorKind::invalid, "text is required for cancel"},
        {{.act = "cancel", .text = " \n"}, "operator", ErrorKind::invalid, "text is required for cancel"},
        {{.act = "note"}, "operator", ErrorKind::invalid, "text is required for note"},
        {{.act = "note", .text = letters_of(2001)},
         "operator",
         ErrorKind::invalid,
         "text must be at most"},
        {{.act = "note", .text = "\xFF"}, "operator", ErrorKind::invalid, "text must be UTF-8"},
        {{.act = "receive"}, "agency", ErrorKind::forbidden, "agency"},
        {{.act = "dispatch"}, "operator", ErrorKind::conflict, "receive it before"},
    };
    const auto before = journal_->last_seq();
    for (const auto& each : cases) {
        const auto done = try_act(id, each.act, each.role);
        ASSERT_FALSE(done) << each.names;
        EXPECT_EQ(done.error().kind, each.kind) << each.names;
        EXPECT_NE(done.error().message.find(each.names), std::string::npos) << done.error().message;
    }
    EXPECT_EQ(journal_->last_seq(), before);
    EXPECT_EQ(try_act(id, {.act = "close"}).error().field, "outcome");
    EXPECT_EQ(try_act(id, {.act = "note", .text = letters_of(2000)})->state, State::fresh);
    EXPECT_EQ(try_act(IncidentId{"nowhere"}, {.act = "receive"}).error().kind, ErrorKind::not_found);
}

TEST_F(Desk, NothingButANoteIsPossibleAfterTheEnd) {
    const auto id = take(message("10", 0)).incident;
    ASSERT_TRUE(try_act(id, {.act = "cancel", .text = "오신고"}));

    EXPECT_EQ(try_act(id, {.act = "receive"}).error().kind, ErrorKind::conflict);
    EXPECT_EQ(try_act(id, {.act = "close", .outcome = "false"}).error().kind, ErrorKind::conflict);
    EXPECT_EQ(try_act(id, {.act = "note", .text = "뒤늦은 전화"})->state, State::cancelled);
}

TEST_F(Desk, VideoMayBeOpenedBeforeTheReceiptAndCountsAsAnActAfterIt) {
    const auto id = take(message("10", 0)).incident;

    EXPECT_EQ(try_act(id, {.act = "open_video"})->state, State::fresh);
    ASSERT_TRUE(try_act(id, {.act = "receive"}));
    EXPECT_EQ(try_act(id, {.act = "open_video"})->state, State::acting);
}

TEST_F(Desk, TheNewestChoiceOfCamerasIsTheWholeChoice) {
    const auto id = take(message("10", 0)).incident;
    ASSERT_TRUE(book_.begin());
    ASSERT_TRUE(record_cameras(
        book_, id, {{CameraId{"11440-1"}, 900, {"sees the place"}}, {CameraId{"11440-2"}, 1, {}}}));
    ASSERT_TRUE(record_cameras(book_, id, {{CameraId{"11440-3"}, 800, {"near", "live"}}}));
    EXPECT_EQ(record_cameras(book_, IncidentId{"x"}, {}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(record_cameras(book_, id, {{CameraId{""}, 1, {}}}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(record_cameras(book_, id, std::vector<ChosenCamera>(65)).error().kind, ErrorKind::invalid);
    ASSERT_TRUE(book_.commit());

    const auto chosen = *cameras(*db_, id);

    ASSERT_EQ(chosen.size(), 1U);
    EXPECT_EQ(chosen[0].id.value, "11440-3");
    EXPECT_EQ(chosen[0].score, 800);
    EXPECT_EQ(chosen[0].reasons, (Words{"near", "live"}));
    EXPECT_EQ(now(id).cameras, 1);
}

TEST_F(Desk, EntriesOfOtherRoomsStandOnTheTimeline) {
    const auto id = take(message("10", 0)).incident;
    ASSERT_TRUE(book_.begin());
    ASSERT_TRUE(
        book_.append({"grant.issued", "site:11000", {"grant:G", "incident:" + id.value}, {{"grant", "G"}}}));
    ASSERT_TRUE(book_.commit());

    EXPECT_EQ(kinds(id), (Words{"incident.opened", "grant.issued"}));
}

TEST_F(Desk, ARandomLifeIsEqualAfterARebuildAndNeverReopens) {
    std::mt19937_64 chance(7);
    const std::array<std::string, 8> codes{"10", "20", "30", "40", "50", "90", "91", "92"};
    std::map<std::string, bool> was_ended;
    for (int i = 0; i < 400; ++i) {
        auto event = message(codes[chance() % 8], static_cast<int>(chance() % 100),
                             "N" + std::to_string(chance() % 40));
        event.body_digest = std::to_string(i);
        event.position = event::Position{1'270'000'000 + static_cast<int>(chance() % 3), 375'000'000};
        const auto change = take(event);
        if (chance() % 3 == 0) try_act(change.incident, {.act = chance() % 2 == 0 ? "receive" : "dispatch"});
        const bool is_ended = !is_open(now(change.incident).state);
        EXPECT_FALSE(was_ended[change.incident.value] && !is_ended);
        EXPECT_EQ(is_ended, now(change.incident).ended_at.has_value());
        was_ended[change.incident.value] = is_ended;
    }
    const auto live = book_.fingerprint();

    const auto rebuilt = book_.rebuild();

    ASSERT_TRUE(live && rebuilt);
    EXPECT_EQ(*live, *rebuilt);
    EXPECT_LE(was_ended.size(), 40U);
}

}  // namespace bongsu::incident
