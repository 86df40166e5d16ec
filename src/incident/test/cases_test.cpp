// Several reports of one case: joined, ended one by one, merged and taken apart.
#include "desk.hpp"
#include "incident/http.hpp"
#include "incident/reports.hpp"
#include "incident/verbs.hpp"

namespace bongsu::incident {

namespace {

constexpr std::int32_t kMetreNorth = 90;  // In 1e-7 degrees of latitude, nearly.

/// A fire call at the place of message(), so many metres north of it.
event::Event fire(const std::string& state, int second, int metres = 20, const std::string& number = "F1") {
    auto event = message(state, second, number);
    event.sender = "B1100000000:119";
    event.type = "119UC001";
    event.position = event::Position{1'269'236'512, 375'571'034 + metres * kMetreNorth};
    event.place = "마포구 2";
    event.text = "연기";
    return event;
}

constexpr std::string_view kRows = R"([[join]]
key = "112-119"
agencies = []
types = ["112UC001", "119UC001"]
with = ["112UC001", "119UC001"]
window_s = 300
radius_m = 50
)";

}  // namespace

class Cases : public Desk {
  protected:
    void SetUp() override {
        Desk::SetUp();
        joining_ = Joining::parse(kRows).value();
    }
    Incident merged(const IncidentId& into, const IncidentId& other) {
        EXPECT_TRUE(book_.begin());
        const auto done = merge(book_, {UserId{"U1"}, "operator"}, {into, other, "같은 건"});
        EXPECT_TRUE(book_.commit());
        EXPECT_TRUE(done) << done.error().message;
        return done.value_or(Incident{});
    }
    Result<Incident> try_split(const IncidentId& id, const EventId& event, const std::string& role = "operator") {
        EXPECT_TRUE(book_.begin());
        auto done = split(book_, {UserId{"U2"}, role}, id, event);
        EXPECT_TRUE(book_.commit());
        return done;
    }
    std::vector<Report> reported(const IncidentId& id) { return reports(*db_, id).value_or(std::vector<Report>{}); }
};

TEST_F(Cases, AnotherServicesReportOfTheSamePlaceAndTimeJoins) {
    const auto first = take(message("10", 0));
    const auto second = take(fire("10", 30));
    EXPECT_TRUE(first.opened);
    EXPECT_TRUE(second.joined);
    EXPECT_FALSE(second.opened);
    EXPECT_EQ(second.incident, first.incident);
    const auto incident = now(first.incident);
    EXPECT_EQ(incident.reports, 2);
    EXPECT_EQ(incident.text, "폭행") << "a report does not talk over the one that opened it";
    const auto all = reported(first.incident);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].joined_by, "rule:112-119");
    EXPECT_NEAR(static_cast<double>(all[1].distance_m), 20, 2);
    EXPECT_EQ(all[1].text, "연기");
    EXPECT_EQ(*incident_of_event(*db_, second.event), first.incident);
}

TEST_F(Cases, WhatIsTooFarTooLateOrOfNoRowStaysApart) {
    const auto first = take(message("10", 0)).incident;
    EXPECT_TRUE(take(fire("10", 30, 80)).opened) << "80 m";
    auto other_kind = fire("10", 30, 5, "G1");
    other_kind.type = "119UC999";
    EXPECT_TRUE(take(other_kind).opened);
    auto nowhere = fire("10", 30, 5, "G2");
    nowhere.position = std::nullopt;
    EXPECT_TRUE(take(nowhere).opened);
    EXPECT_TRUE(take(message("10", 40, "N2")).opened) << "two of one kind are two cases";
    auto elsewhere = message("10", 45, "N3");
    elsewhere.sender = "P2600000000";
    EXPECT_TRUE(take(elsewhere).opened) << "of another sender's, too";
    world_.clock.advance(std::chrono::minutes{6});
    EXPECT_TRUE(take(fire("10", 900, 5, "G3")).opened) << "minutes later";
    EXPECT_EQ(now(first).reports, 1);
}

TEST_F(Cases, ADrillNeverJoinsACase) {
    auto drill = message("10", 0);
    drill.test = true;
    const auto practised = take(drill).incident;
    EXPECT_TRUE(take(fire("10", 30)).opened);
    auto second_drill = fire("10", 60, 10, "D2");
    second_drill.test = true;
    EXPECT_EQ(take(second_drill).incident, practised);
    // What becomes real leaves the drill, which goes on.
    auto real = message("40", 90);
    const auto change = take(real);
    EXPECT_TRUE(change.opened);
    EXPECT_FALSE(now(change.incident).test);
    EXPECT_TRUE(now(practised).test);
    EXPECT_EQ(reported(practised).size(), 1U);
    EXPECT_EQ(*incident_of_event(*db_, change.event), change.incident);
}

TEST_F(Cases, TheIncidentEndsWithTheLastOfItsReports) {
    const auto id = take(message("10", 0)).incident;
    const auto second = take(fire("10", 30)).event;
    const auto ended = take(fire("91", 60));
    EXPECT_TRUE(ended.report_ended);
    EXPECT_FALSE(ended.ended);
    EXPECT_EQ(now(id).state, State::fresh);
    EXPECT_EQ(report_of(*db_, id, second)->ended_code, "91");
    EXPECT_TRUE(take(fire("40", 70)).late) << "its part is over";
    const auto last = take(message("90", 80));
    EXPECT_TRUE(last.ended);
    EXPECT_EQ(now(id).state, State::cancelled);
}

TEST_F(Cases, EachSenderMovesAndSaysItsOwn) {
    const auto id = take(message("10", 0)).incident;
    const auto fire_event = take(fire("10", 30)).event;
    auto update = message("40", 60);
    update.text = "두 명";
    take(update);
    EXPECT_EQ(now(id).text, "두 명");
    auto late = fire("40", 50);
    late.text = "불꽃";
    take(late);
    EXPECT_EQ(now(id).text, "두 명") << "older than what stands";
    EXPECT_EQ(report_of(*db_, id, fire_event)->text, "불꽃") << "and its sender's newest";
    auto newer = fire("40", 90);
    newer.text = "완진";
    EXPECT_TRUE(take(newer).moved);
    EXPECT_EQ(now(id).text, "완진");
    EXPECT_EQ(reported(id)[0].text, "두 명");
}

TEST_F(Cases, AnAgencySeesItsOwnReportAndNothingOfTheOthers) {
    const auto id = take(message("10", 0)).incident;
    take(fire("10", 30));
    auto update = fire("40", 60);
    update.text = "불꽃";
    take(update);
    auto words = message("40", 70);
    words.text = "폭행, 두 명";
    take(words);
    auto silent = fire("40", 80);  // A place and no words: the case's are the police's.
    silent.text = "";
    take(silent);
    const Viewer police{UserId{"A1"}, "agency", std::vector<IncidentId>{id}, "P1100000000"};
    const Viewer fire_room{UserId{"A2"}, "agency", std::vector<IncidentId>{}, "B1100000000"};
    http::Request request;
    request.captures = {id.value};
    for (const auto& [viewer, own, other] : {std::tuple{police, "폭행", "불꽃"}, std::tuple{fire_room, "불꽃", "폭행"}}) {
        for (const auto& response : {get_incident(book_, request, viewer), get_timeline(book_, request, viewer), get_incidents(book_, {}, viewer)}) {
            EXPECT_EQ(response.status, 200) << response.body;
            EXPECT_NE(response.body.find(own), std::string::npos) << response.body;
            EXPECT_EQ(response.body.find(other), std::string::npos) << response.body;
        }
    }
    // Taken out, neither sees the other's, in the one incident or the other.
    ASSERT_TRUE(try_split(id, reported(id)[1].event));
    EXPECT_EQ(now(id).text, "폭행, 두 명");
    for (const auto& response : {get_incident(book_, request, fire_room), get_timeline(book_, request, fire_room)})
        EXPECT_EQ(response.body.find("폭행"), std::string::npos) << response.body;
    EXPECT_EQ(get_timeline(book_, request, police).body.find("불꽃"), std::string::npos);
    const Viewer stranger{UserId{"A3"}, "agency", std::vector<IncidentId>{}, "C1100000000"};
    EXPECT_EQ(get_incident(book_, request, stranger).status, 404);
}

TEST_F(Cases, APersonFindsThatTwoAreOne) {
    const auto one = take(message("10", 0)).incident;
    const auto two = take(message("10", 10, "N2"));
    ASSERT_TRUE(two.opened);
    ASSERT_TRUE(try_act(two.incident, {.act = "receive"}, "operator", "U9"));
    const auto near = near_ones(*db_, now(one), 10).value();
    ASSERT_EQ(near.size(), 1U);
    EXPECT_EQ(near[0].incident.id, two.incident);

    const auto into = merged(one, two.incident);
    EXPECT_EQ(into.reports, 2);
    EXPECT_EQ(into.state, State::received) << "somebody works on it";
    EXPECT_EQ(into.owner, UserId{"U9"}) << "whoever had the other one in hand goes on";
    EXPECT_TRUE(into.received_at);
    const auto closed = now(two.incident);
    EXPECT_EQ(closed.state, State::closed);
    EXPECT_EQ(closed.outcome, "duplicate");
    EXPECT_EQ(closed.merged_into, one);
    EXPECT_EQ(*incident_of_event(*db_, two.event), one);
    // What its sender says goes on here, and ends its part here.
    EXPECT_EQ(take(message("40", 20, "N2")).incident, one);
    EXPECT_TRUE(take(message("91", 30, "N2")).report_ended);
    EXPECT_TRUE(take(message("91", 40)).ended);

    EXPECT_TRUE(book_.begin());
    EXPECT_EQ(merge(book_, {UserId{"U1"}, "operator"}, {one, one}).error().field, "other");
    EXPECT_EQ(merge(book_, {UserId{"U1"}, "operator"}, {one, two.incident}).error().kind, ErrorKind::conflict);
    EXPECT_EQ(merge(book_, {UserId{"U1"}, "operator"}, {one, {"none"}}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(merge(book_, {UserId{"U1"}, "agency"}, {one, two.incident}).error().kind, ErrorKind::forbidden);
    EXPECT_TRUE(book_.commit());
}

TEST_F(Cases, AReportThatIsAnotherCaseIsTakenOut) {
    const auto first = take(message("10", 0));
    const auto second = take(fire("10", 30));
    EXPECT_EQ(try_split(first.incident, first.event).error().kind, ErrorKind::conflict) << "the one that opened it stays";
    EXPECT_EQ(try_split(first.incident, {"none"}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(try_split(first.incident, second.event, "agency").error().kind, ErrorKind::forbidden);
    auto newer = fire("40", 40, 45);
    newer.text = "연기";
    EXPECT_TRUE(take(newer).moved) << "the newest words lead";
    const auto made = try_split(first.incident, second.event);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(now(first.incident).text, "폭행") << "and go with whose they are";
    EXPECT_EQ(now(first.incident).position, (event::Position{1'269'236'512, 375'571'034}));
    EXPECT_NE(made->id, first.incident);
    EXPECT_EQ(made->state, State::received);
    EXPECT_EQ(made->owner, UserId{"U2"});
    EXPECT_EQ(made->text, "연기");
    EXPECT_EQ(made->type, "119UC001");
    EXPECT_EQ(now(first.incident).reports, 1);
    EXPECT_EQ(*incident_of_event(*db_, second.event), made->id);
    // Back and out once more, as people change their minds.
    EXPECT_EQ(merged(first.incident, made->id).reports, 2);
    EXPECT_EQ(*incident_of_event(*db_, second.event), first.incident);
    const auto again = try_split(first.incident, second.event);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(take(fire("91", 60)).ended) << "alone it ends alone";
    EXPECT_TRUE(is_open(now(first.incident).state));
    EXPECT_EQ(try_split(first.incident, second.event).error().kind, ErrorKind::not_found);
}

TEST_F(Cases, ACaseThatIsLeftWithoutAReportThatGoesOnIsNotLeft) {
    const auto first = take(message("10", 0));
    const auto second = take(fire("10", 30));
    take(message("91", 60));
    EXPECT_EQ(try_split(first.incident, second.event).error().kind, ErrorKind::conflict);
    EXPECT_EQ(get_case(*db_, first.incident)->id, first.incident);
}

TEST_F(Cases, TheFoldIsItsReplay) {
    const auto one = take(message("10", 0)).incident;
    const auto fire_event = take(fire("10", 30)).event;
    const auto two = take(message("10", 40, "N2")).incident;
    take(fire("40", 50));
    merged(one, two);
    ASSERT_TRUE(try_split(one, fire_event));
    take(fire("91", 90));
    const auto dump = [&] {
        std::string out;
        for (const auto* table : {"incident", "incident_event"}) {
            const auto rows = db_->query(std::string("select * from ") + table + " order by 1, 2").value();
            for (const auto& row : rows) {
                for (std::size_t i = 0; i < row.size(); ++i) out += row.is_null(i) ? "null|" : row.is_text(i) ? row.text(i) + "|" : std::to_string(row.integer(i)) + "|";
                out += "\n";
            }
        }
        return out;
    };
    const auto before = dump();
    IncidentFold fold;
    for (const auto& table : fold.tables()) ASSERT_TRUE(db_->query("delete from " + table));
    ASSERT_TRUE(journal_->read(0, [&](const journal::Entry& entry) -> Result<bool> {
        TRY_DO(fold.apply(*db_, entry));
        return true;
    }));
    EXPECT_EQ(dump(), before);
}

TEST(Joining, IsReadWithAllThatIsWrongAtOnce) {
    ASSERT_EQ(Joining::parse(kRows)->rules().size(), 1U);
    EXPECT_TRUE(Joining::defaults().rules().empty()) << "nothing joins by itself where no city says so";
    const auto wrong = Joining::parse("[[join]]\nkey = \"A b\"\nagencies = []\ntypes = []\nwith = [\"x\"]\nwindow_s = 0\nradius_m = 9000\ncolour = 1\n");
    ASSERT_FALSE(wrong);
    for (const auto* field : {"key", "types", "window_s", "radius_m", "colour"}) EXPECT_NE(wrong.error().message.find(field), std::string::npos) << wrong.error().message;
    EXPECT_EQ(wrong.error().message.find("with"), std::string::npos);
}

}  // namespace bongsu::incident
