#include "imports/diff.hpp"

#include <boost/json/parse.hpp>

#include "env/sim/sim_disk.hpp"
#include "env/sim/sim_world.hpp"
#include "imports/http.hpp"
#include "imports/record.hpp"
#include "sql/test/stores.hpp"
#include "support.hpp"

namespace bongsu::imports {

namespace {

Listed place(std::string local, std::int32_t cameras = 1, std::int32_t lon_e7 = 1'269'000'000,
             std::string key = "k") {
    Listed out;
    out.local = std::move(local);
    out.name = "서울숲";
    out.purpose = "park";
    out.key = std::move(key);
    out.lon_e7 = lon_e7;
    out.lat_e7 = 375'000'000;
    out.cameras = cameras;
    return out;
}

bool alike(const std::vector<Listed>& a, const std::vector<Listed>& b) {
    const auto diff = compare(a, b);
    return diff.added + diff.changed + diff.removed == 0;
}

}  // namespace

TEST(Diff, EachPlaceIsAddedChangedUnchangedOrRemoved) {
    const auto diff =
        compare({place("a"), place("b"), place("c", 2)}, {place("a"), place("b", 3), place("d", 4)});
    EXPECT_EQ(diff.unchanged, 1U);
    EXPECT_EQ(diff.changed, 1U);
    EXPECT_EQ(diff.added, 1U);
    EXPECT_EQ(diff.removed, 1U);
    EXPECT_EQ(diff.cameras_before, 4U);
    EXPECT_EQ(diff.cameras, 8U);
    EXPECT_EQ(diff.examples,
              (std::vector<std::string>{"removed c: 서울숲", "changed b (row 0): cameras 3, before 1"}));
}

TEST(Diff, APlaceThatMovedAndStandsAloneAtItsAddressKeepsItsId) {
    std::vector<Listed> before{place("p1", 1, 1, "here"), place("p2", 1, 2, "crowd"),
                               place("p3", 1, 3, "crowd")};
    std::vector<Listed> after{place("p9", 1, 9, "here"), place("p8", 1, 8, "crowd"),
                              place("p7", 1, 7, "crowd")};
    for (auto* list : {&before, &after}) {
        for (auto& each : *list) each.by_address = true;
    }
    keep_ids_of_moved(before, after);
    EXPECT_EQ(after[0].local, "p1");
    EXPECT_EQ(after[1].local, "p8");
    EXPECT_EQ(after[2].local, "p7");
}

TEST(Diff, AnOwnersNumberIsNoDigestHoweverItLooks) {
    const std::string head = "관리번호,소재지도로명주소,카메라대수,위도,경도\n", rest = ",뚝섬로 273,1,37.5446,127.04\n";
    for (const std::string number : {"p7-101", "p0123456789abcdef"}) {
        const auto stood = parse_lines(to_lines(read_or_die(head + number + rest).list));
        ASSERT_TRUE(stood.has_value());
        auto reading = read_or_die(head + "p7-102" + rest);
        keep_ids_of_moved(*stood, reading.list);
        const auto diff = compare(*stood, reading.list);
        EXPECT_EQ(diff.added, 1U) << number;
        EXPECT_EQ(diff.removed, 1U) << number;
        EXPECT_EQ(reading.list.at(0).local, "p7-102");

        auto unnumbered = read_or_die(head + rest);
        keep_ids_of_moved(*stood, unnumbered.list);
        EXPECT_TRUE(unnumbered.list.at(0).by_address);
        EXPECT_NE(unnumbered.list.at(0).local, number);

        auto refused = read_or_die(head + ",뚝섬로 273,0,37.5446,127.04\n");
        keep_refused(*stood, refused);
        EXPECT_EQ(refused.kept, 0U) << number << " is known by its number, which the refused row does not say";
    }
}

TEST(Diff, ANumberThatIsAnotherRowsDigestIsRefused) {
    const std::string head = "관리번호,소재지도로명주소,카메라대수,위도,경도\n", rest = ",뚝섬로 273,1,37.5446,127.04\n";
    const auto digest = read_or_die(head + rest).list.at(0).local;
    for (const auto& file : {head + rest + digest + rest, head + digest + rest + rest}) {
        const auto reading = read_or_die(file);
        EXPECT_EQ(reading.list.size(), 1U);
        EXPECT_NE(refusal_of(reading, 3).find("already"), std::string::npos);
    }
}

TEST(Diff, ARefusedRowTakesNothingAwayOfWhatStands) {
    const auto before = read_or_die(
        "관리번호,소재지도로명주소,카메라대수,위도,경도\nA1,세종대로 1,2,37.56,126.97\nA2,세종대로 2,1,37.57,126.98\n"
        ",세종대로 3,1,37.57,126.98\nA4,세종대로 4,1,37.57,126.98\n").list;
    auto reading = read_or_die(
        "관리번호,소재지도로명주소,카메라대수,위도,경도\nA1,세종대로 1,2,37.5o,126.97\nA2,세종대로 2,1,37.57,126.98\n"
        ",세종대로 3,0,37.57,126.98\n");
    ASSERT_EQ(reading.list.size(), 1U);

    keep_refused(before, reading);

    EXPECT_EQ(reading.kept, 2U);
    const auto diff = compare(before, reading.list);
    EXPECT_EQ(diff.removed, 1U) << "A4 stands in no row";
    EXPECT_EQ(diff.unchanged, 3U);
    EXPECT_EQ(reading.list[1].local, "A1");
    EXPECT_EQ(reading.list[1].row, 2U) << "of this file";
    EXPECT_EQ(reading.notes.back(), "2 places stay as they stand: their rows are refused");
}

TEST(Diff, ARefusedRowOfAnotherDistrictOrOutsideTheAreaAsAskedKeepsNothing) {
    const auto before = read_or_die("관리번호,자치구,카메라대수,위도,경도\nA1,마포구,1,37.56,126.97\nA2,서초구,1,35.17,129.07\n",
                                    {.area = "korea"}).list;
    ASSERT_EQ(before.size(), 2U);
    const Owner owner{.site = {"11650"}, .district = "서초구", .others = {"마포구"}, .city = kSeoul};
    const std::string again = "관리번호,자치구,카메라대수,위도,경도\nA1,마포구,1,37.56,126.97\nA2,서초구,1,35.17,129.07\n"
                              "A3,서초구,1,37.47,127.03\n";
    auto reading = read_or_die(again, {.area = "city"}, owner);
    keep_refused(before, reading);
    EXPECT_EQ(reading.kept, 0U);
}

TEST(Diff, ManyRemovalsAreAskedAboutAndFewOrThoseOfATinyListAreNot) {
    const auto gone = [](std::size_t cameras, std::size_t of, std::size_t allowed = 0) {
        Diff diff;
        diff.cameras_before = of;
        diff.cameras_gone = cameras;
        return ask_about_removals(diff, allowed);
    };
    EXPECT_FALSE(gone(5, 5).has_value()) << "a tiny list";
    EXPECT_TRUE(gone(6, 6).has_value());
    EXPECT_FALSE(gone(10, 100).has_value());
    EXPECT_TRUE(gone(11, 100).has_value());
    EXPECT_FALSE(gone(11, 100, 11).has_value());
    EXPECT_TRUE(gone(12, 100, 11).has_value()) << "more than a person saw";
    const auto question = *gone(90, 100);
    EXPECT_EQ(question.parameter, "removals");
    EXPECT_EQ(question.candidates.at(0).value, "90");
    EXPECT_EQ(compare({place("a", 9), place("b", 4)}, {place("a", 2)}).cameras_gone, 11U);
}

TEST(Diff, AnAnswerThatDoesNotListEveryRefusedRowSaysSo) {
    Reading reading;
    reading.refused.resize(kRefusedShownMax, {1, "위도", "the row has no position"});
    const auto body = [&] {
        return boost::json::parse(outcome_response({}, "", reading, {}).body).get_object();
    };
    EXPECT_EQ(body().at("refusedCut"), false);
    reading.refused.push_back(reading.refused.front());
    EXPECT_EQ(body().at("refusedCut"), true);
    EXPECT_EQ(body().at("refused").as_array().size(), kRefusedShownMax);
    EXPECT_EQ(body().at("refusedCount"), kRefusedShownMax + 1);
}

TEST(Diff, ACandidateIsSaidAsAQueryTakesIt) {
    const auto response = question_response({"sheet", "which?", {{"가&나 1+2", "its name"}}}, {}, {});
    const auto body = boost::json::parse(response.body).get_object();
    const auto& candidate = body.at("candidates").at(0);
    EXPECT_EQ(candidate.at("value"), "가&나 1+2");
    EXPECT_EQ(candidate.at("say"), "?sheet=가%26나%201%2B2");
}

TEST(Diff, CamerasOfOthersAreNotOverwritten) {
    Reading reading;
    reading.rows = 2;
    reading.list = {place("0001", 2), place("0005")};
    refuse_taken(
        {"11000"}, [](const CameraId& id) { return id.value == "11000-0001_2"; }, reading);
    ASSERT_EQ(reading.list.size(), 1U);
    EXPECT_EQ(reading.refused.at(0).reason,
              "camera 11000-0001_2 is in the directory already and not of this list");
}

TEST(Diff, TakingBackTouchesWhatTheImportTouchedAndNothingElse) {
    const std::vector<Listed> base{place("kept"), place("changed"), place("removed")};
    const std::vector<Listed> made{place("kept"), place("changed", 2), place("added")};
    std::vector<Listed> now = made;
    now.push_back(place("later"));
    now[0] = place("kept", 7);  // A later import changed what this one did not touch.

    const auto after = take_back(base, made, now);

    ASSERT_TRUE(after.has_value());
    EXPECT_TRUE(alike(*after, {place("kept", 7), place("changed"), place("removed"), place("later")}));
}

TEST(Diff, TakingBackWhatWasChangedAgainIsAConflict) {
    const std::vector<Listed> base{place("a")};
    const std::vector<Listed> made{place("a", 2), place("b")};
    for (const auto& now :
         {std::vector{place("a", 3), place("b")}, std::vector{place("a", 2)}, std::vector<Listed>{}}) {
        const auto after = take_back(base, made, now);
        ASSERT_FALSE(after.has_value());
        EXPECT_EQ(after.error().kind, ErrorKind::conflict);
    }
    // Changed and changed back: nothing stands in the way.
    EXPECT_TRUE(take_back(base, made, made).has_value());
}

TEST(Listed, LinesComeBackAsTheyWereAndBrokenOnesAreCorrupt) {
    const auto list = read_or_die(golden("standard_2024_cp949.csv")).list;
    const auto lines = to_lines(list);
    const auto back = parse_lines(lines);
    ASSERT_TRUE(back.has_value());
    ASSERT_EQ(back->size(), list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        EXPECT_TRUE(same(list[i], (*back)[i]));
        EXPECT_EQ(list[i].row, (*back)[i].row);
        EXPECT_EQ(list[i].key, (*back)[i].key);
        EXPECT_EQ(list[i].by_address, (*back)[i].by_address);
    }
    EXPECT_FALSE(parse_lines("").has_value());
    for (std::size_t cut = lines.size() - 20; cut < lines.size(); ++cut) {
        const auto broken = parse_lines(lines.substr(0, cut));
        ASSERT_FALSE(broken.has_value());
        EXPECT_EQ(broken.error().kind, ErrorKind::corrupt);
    }
}

TEST(Listed, ListsOfTheFirstFormAreReadOn) {
    const auto line = [](const std::string& local) {
        return local + "\t서울숲\tpark\t00ff00ff00ff00ff\t1270400000\t375446000\t2\t-1\t7\n";
    };
    const std::string digest = "p00112233445566aa", head = "bongsu-list 1\n";
    auto before = parse_lines(head + line(digest) + line("p7-101") + line("pump-1234567890ab"));
    ASSERT_TRUE(before.has_value());
    ASSERT_EQ(before->size(), 3U);
    EXPECT_TRUE(before->at(0).by_address);
    EXPECT_FALSE(before->at(1).by_address);
    EXPECT_FALSE(before->at(2).by_address);
    EXPECT_EQ(before->at(0).row, 7U);

    // A place of such a list that moved keeps its id, and the list that is written of it says what it is known by.
    auto moved = before->front();
    moved.local = "p99112233445566aa";
    moved.lat_e7 += 5000;
    std::vector<Listed> after{moved};
    before->resize(1);
    keep_ids_of_moved(*before, after);
    EXPECT_EQ(after[0].local, digest);
    EXPECT_EQ(to_lines(after), "bongsu-list 2\n" + digest +
                                   "\t서울숲\tpark\t00ff00ff00ff00ff\t1270400000\t375451000\t2\t-1\t7\taddress\n");
    EXPECT_FALSE(parse_lines("bongsu-list 2\n" + line(digest)).has_value()) << "a field is missing";
}

TEST(Listed, EveryCameraOfARowIsRegisteredAndNoneIsConnected) {
    const auto cameras = cameras_of({place("x", 3)}, {"11440"}, {"B1144000000"});
    ASSERT_EQ(cameras.size(), 3U);
    EXPECT_EQ(cameras[0].id.value, "11440-x");
    EXPECT_EQ(cameras[2].id.value, "11440-x_3");
    for (const auto& camera : cameras) {
        EXPECT_FALSE(camera.live());
        EXPECT_FALSE(camera.connected());
        EXPECT_TRUE(device::parse_catalogue(device::catalogue_line(camera, device::Urls::keep)).has_value());
    }
}

TEST(Record, TheFoldKnowsWhatStandsAndIsRebuiltEqual) {
    env::sim::SimClock clock(from_us(1'790'000'000'000'000));
    env::sim::SimRandom random(7);
    env::sim::SimDisk disk;
    env::Env env{clock, random, disk};
    const auto journal = journal::Journal::open(env, "j");
    ASSERT_TRUE(journal.has_value());
    const auto db = sql::open_store();
    std::vector<std::unique_ptr<journal::Fold>> folds;
    folds.push_back(make_imports_fold());
    journal::Book book(env, **journal, *db, std::move(folds));
    ASSERT_TRUE(book.catch_up().has_value());

    ASSERT_TRUE(book.begin().has_value());
    Record first{.id = "I1", .site = {"11000"}, .list = "main", .user = "user:U", .list_digest = "aa"};
    first.detected.push_back(boost::json::object{{"what", "crs"}, {"value", "EPSG:5186"}});
    ASSERT_TRUE(record(book, first).has_value());
    ASSERT_TRUE(
        record(book, {.id = "I2", .site = {"11000"}, .list = "parks", .user = "user:U", .list_digest = "bb"})
            .has_value());
    ASSERT_TRUE(record(book, {.id = "I3",
                              .site = {"11000"},
                              .list = "main",
                              .user = "user:U",
                              .base = "I1",
                              .undoes = "I1",
                              .list_digest = "cc"})
                    .has_value());
    ASSERT_TRUE(book.commit().has_value());

    EXPECT_EQ(standing(*db, {"11000"}, "main")->value().id, "I3");
    EXPECT_FALSE(standing(*db, {"11440"}, "main")->has_value());
    EXPECT_EQ(standing(*db)->size(), 2U);
    EXPECT_EQ(find(*db, "I1")->undone_by, "I3");
    EXPECT_EQ(find(*db, "I1")->detected.size(), 1U);
    EXPECT_EQ(find(*db, "I9").error().kind, ErrorKind::not_found);
    EXPECT_TRUE(*is_kept(*db, "I1", 2));
    EXPECT_FALSE(*is_kept(*db, "I1", 1));
    EXPECT_FALSE(*is_kept(*db, "I9", 50));
    const auto before = book.fingerprint();
    EXPECT_EQ(*book.rebuild(), *before);
}

}  // namespace bongsu::imports
