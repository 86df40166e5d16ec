// Imports through the site's own door: dry run, apply, undo, what a restart and a lost batch leave.

#include <boost/json/parse.hpp>

#include "world.hpp"

namespace bongsu::policy {
namespace {

constexpr std::string_view kHeader = "관리번호,소재지도로명주소,설치목적구분,카메라대수,위도,경도\n";
constexpr std::string_view kPath = "/api/v1/cameras/imports";
using Query = std::map<std::string, std::string>;

std::string line(const std::string& number, const std::string& cameras = "1") {
    return number + ",서울특별시 중구 세종대로 110,생활방범," + cameras + ",37.566535,126.977969\n";
}

struct ImportsTest : testing::Test {
    explicit ImportsTest(const device::Box& area = app::kDemonstrationArea) : world("", area) {}
    World world;

    /// As the server hands it on: up to 1 MiB with its length as a body, else as a file.
    enum class As : std::uint8_t { file, body };
    http::Response post(const std::string& rows, Query query = {}, std::string_view caller = "official",
                        const std::string& key = "", As as = As::file) {
        auto request = request_of("POST", std::string(kPath));
        request.headers["content-type"] = "text/csv";
        if (!key.empty()) request.headers["idempotency-key"] = key;
        request.query = std::move(query);
        auto list = std::string(kHeader) + rows;
        if (as == As::body)
            request.body = std::move(list);
        else
            request.file = std::make_shared<const std::string>(std::move(list));
        return world.ask(caller, std::move(request));
    }
    std::string applied(const std::string& rows, Query query = {}) {
        const auto answer = post(rows, std::move(query));
        EXPECT_EQ(answer.status, 201) << answer.body;
        return std::string(body_of(answer).at("import").as_string());
    }
    http::Response undo(const std::string& id, std::string_view caller = "official") {
        return world.ask(caller, "POST", std::string(kPath) + "/" + id + "/undo");
    }
    bool has(const std::string& camera) { return world.site().directory().find({camera}) != nullptr; }
};

TEST_F(ImportsTest, ADryRunSaysWhatWouldChangeAndChangesNothing) {
    const auto before = world.entries();
    const auto answer = post(line("A1", "3") + line("A1") + line("A2", "x"), {{"dryRun", "true"}});

    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto body = body_of(answer);
    EXPECT_EQ(body.at("rows"), 3);
    EXPECT_EQ(body.at("added"), 1);
    EXPECT_EQ(body.at("cameras"), 3);
    EXPECT_TRUE(body.at("import").is_null());
    ASSERT_EQ(body.at("refused").as_array().size(), 2U);
    EXPECT_EQ(
        body.at("refused").at(0),
        (boost::json::object{{"row", 3}, {"column", "관리번호"}, {"reason", "A1 stands in row 2 already"}}));
    EXPECT_EQ(body.at("refused").at(1).at("row"), 4);
    EXPECT_EQ(world.entries(), before);
    EXPECT_FALSE(has("11000-A1"));
}

TEST_F(ImportsTest, AnAppliedListStandsInTheDirectoryRegisteredAndNotConnected) {
    const auto id = applied(line("A1", "2") + line("A2"));

    ASSERT_TRUE(has("11000-A1") && has("11000-A1_2") && has("11000-A2"));
    const auto* camera = world.site().directory().find({"11000-A1"});
    EXPECT_FALSE(camera->live());
    EXPECT_FALSE(camera->connected());
    EXPECT_EQ(camera->owner.value, "B1100000000");
    EXPECT_TRUE(world.site().directory().find({world.camera()})->live()) << "what was streaming still is";
    EXPECT_EQ(world.entries_of("cameras.imported"), 1U);
    const auto listed = body_of(world.ask("supervisor", "GET", std::string(kPath)));
    EXPECT_EQ(listed.at("items").at(0).at("id").as_string(), id);
    EXPECT_EQ(listed.at("items").at(0).at("cameras"), 3);
    EXPECT_EQ(body_of(world.ask("admin", "GET", std::string(kPath) + "/" + id)).at("rows"), 2);
}

TEST_F(ImportsTest, TheNextListIsComparedWithTheOneThatStands) {
    applied(line("A1") + line("A2") + line("A3"));
    const auto body = body_of(post(line("A1") + line("A2", "4") + line("A4")));

    EXPECT_EQ(body.at("unchanged"), 1);
    EXPECT_EQ(body.at("changed"), 1);
    EXPECT_EQ(body.at("added"), 1);
    EXPECT_EQ(body.at("removed"), 1);
    EXPECT_FALSE(has("11000-A3"));
    EXPECT_TRUE(has("11000-A2_4"));
}

TEST_F(ImportsTest, ABrokenRowLeavesItsCamerasAsTheyStand) {
    applied(line("A1", "3") + line("A2"));
    const auto body = body_of(post("A1,서울특별시 중구 세종대로 110,생활방범,3,37.5o,126.97\n" + line("A2")));

    EXPECT_EQ(body.at("rows"), 2);
    EXPECT_EQ(body.at("unchanged"), 1);
    EXPECT_EQ(body.at("refusedCount"), 1);
    EXPECT_EQ(body.at("kept"), 1);
    EXPECT_EQ(body.at("removed"), 0);
    EXPECT_TRUE(has("11000-A1_3"));
    world.restart();
    EXPECT_TRUE(has("11000-A1_3"));
}

TEST_F(ImportsTest, WhatAFileLeavesOpenIsAskedAtOnce) {
    auto request = request_of("POST", std::string(kPath));
    request.headers["content-type"] = "text/csv";
    request.query = {{"dryRun", "true"}};
    request.file = std::make_shared<const std::string>("관리번호,주소,X,Y\nA,월드컵로 212,191294.6170,451865.2825\n");
    const auto asked = world.ask("official", request);

    ASSERT_EQ(asked.status, 422) << asked.body;
    const auto body = body_of(asked);
    const auto& questions = body.at("questions").as_array();
    ASSERT_EQ(questions.size(), 2U) << asked.body;
    EXPECT_EQ(questions[0].at("parameter"), body.at("parameter"));
    for (const auto& question : questions) {
        request.query[question.at("parameter").as_string().c_str()] = question.at("candidates").at(0).at("value").as_string().c_str();
    }
    EXPECT_EQ(world.ask("official", request).status, 200) << "both are answered in one request";
}

TEST_F(ImportsTest, AFileThatWasCutIsAskedAboutBeforeItTakesCamerasAway) {
    std::string rows;
    for (int i = 0; i < 50; ++i) rows += line("A" + std::to_string(i));
    applied(rows);
    const auto cut = line("A0") + line("A1") + line("A2");

    const auto shown = body_of(post(cut, {{"dryRun", "true"}}));
    EXPECT_EQ(shown.at("removed"), 47);
    EXPECT_EQ(shown.at("question").at("parameter"), "removals");
    EXPECT_EQ(shown.at("question").at("candidates").at(0).at("say"), "?removals=47");
    const auto asked = post(cut);
    EXPECT_EQ(asked.status, 422) << asked.body;
    EXPECT_EQ(post(cut, {{"removals", "46"}}).status, 422) << "one more than a person saw";
    EXPECT_TRUE(has("11000-A49"));
    EXPECT_EQ(world.entries_of("cameras.imported"), 1U);
    const auto taken = post(cut, {{"removals", "47"}});

    ASSERT_EQ(taken.status, 201) << taken.body;
    EXPECT_FALSE(has("11000-A49"));
    const auto id = std::string(body_of(taken).at("import").as_string());
    const auto record = world.ask("admin", "GET", std::string(kPath) + "/" + id);
    EXPECT_NE(record.body.find(R"("value":"47","what":"removals")"), std::string::npos) << record.body;
    EXPECT_EQ(undo(id).status, 201) << "taking back needs no further word";
    EXPECT_TRUE(has("11000-A49"));
}

TEST_F(ImportsTest, ListsOfTwoNamesLiveBesideOneAnother) {
    applied(line("A1"));
    applied(line("B1"), {{"list", "parks"}});
    const auto both = body_of(post(line("A1") + line("B2"), {{"list", "parks"}}));

    EXPECT_TRUE(has("11000-A1") && has("11000-B2") && !has("11000-B1"));
    EXPECT_EQ(both.at("refused").at(0).at("reason"),
              "camera 11000-A1 is in the directory already and not of this list");
}

TEST_F(ImportsTest, ACameraOfTheCatalogueIsNeverOverwritten) {
    const auto answer = post(line("0001") + line("A1"));

    EXPECT_EQ(body_of(answer).at("refused").at(0).at("reason"),
              "camera 11000-0001 is in the directory already and not of this list");
    EXPECT_TRUE(world.site().directory().find({world.camera()})->live());
}

TEST_F(ImportsTest, AnUndoBringsBackWhatWasAndOnlyOnce) {
    applied(line("A1") + line("A2"));
    const auto second = applied(line("A1", "2") + line("A3"));
    const auto answer = undo(second);

    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_TRUE(has("11000-A1") && has("11000-A2"));
    EXPECT_FALSE(has("11000-A1_2") || has("11000-A3"));
    EXPECT_EQ(world.entries_of("cameras.import_undone"), 1U);
    EXPECT_EQ(undo(second).status, 409);
    EXPECT_EQ(undo(std::string(body_of(answer).at("import").as_string())).status, 409);
    EXPECT_EQ(undo(std::string(kUnknownId)).status, 404);
}

TEST_F(ImportsTest, AnUndoIsRefusedWhenALaterImportChangedTheSameCameras) {
    const auto first = applied(line("A1") + line("A2"));
    const auto second = applied(line("A1", "2") + line("A2"));
    const auto before = world.entries();

    const auto refused = undo(first);

    EXPECT_EQ(refused.status, 409);
    EXPECT_NE(refused.body.find("1 places that this import touched were changed again since (A1)"),
              std::string::npos)
        << refused.body;
    EXPECT_EQ(world.entries(), before);
    EXPECT_EQ(undo(second).status, 201);
    EXPECT_EQ(undo(first).status, 201) << "nothing stands in the way any more";
    EXPECT_FALSE(has("11000-A1"));
}

TEST_F(ImportsTest, ARestartGivesTheSameDirectory) {
    applied(line("A1", "2"));
    const auto second = applied(line("A1") + line("A9"));
    applied(line("P1"), {{"list", "parks"}});
    undo(second);
    const auto before = world.site().directory().cameras();

    world.restart();

    const auto& after = world.site().directory().cameras();
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_TRUE(has("11000-A1_2") && has("11000-P1") && !has("11000-A9"));
}

TEST_F(ImportsTest, AListThatIsNotTheJournalsLeavesTheRestOfTheSiteAtWork) {
    const auto id = applied(line("A1"));
    world.disk().put("DATA/11000/imports/" + id + ".list", "bongsu-list 1\n");
    world.disk().put("DATA/11000/imports/01K0000000000000000000000Z.list", "of a batch that was lost");

    world.restart();

    EXPECT_FALSE(has("11000-A1"));
    EXPECT_TRUE(has(world.camera()));
    EXPECT_FALSE(world.disk().exists("DATA/11000/imports/01K0000000000000000000000Z.list"));
    EXPECT_TRUE(world.disk().exists("DATA/11000/imports/" + id + ".file"));
}

TEST_F(ImportsTest, AFullDiskRefusesAListThatCannotBeKept) {
    applied(line("A1"));
    world.disk().disk_full(true);
    const auto refused = post(line("A2"));
    EXPECT_EQ(refused.status, 507) << refused.body;
    EXPECT_TRUE(has("11000-A1") && !has("11000-A2"));
    world.disk().disk_full(false);

    EXPECT_EQ(post(line("A2")).status, 201);
    EXPECT_TRUE(has("11000-A2") && !has("11000-A1"));
}

TEST_F(ImportsTest, ALostBatchTakesItsCamerasWithIt) {
    applied(line("A1"));
    std::optional<http::Response> answer;
    auto request = request_of("POST", std::string(kPath), std::string(kHeader) + line("A2"));
    request.headers["authorization"] = "Bearer " + world.token("official");
    world.hold_imports(true);
    world.run(
        app::HttpInput{std::move(request), [&](http::Response response) { answer = std::move(response); }});
    world.read_held_imports();

    world.disk().disk_full(true);  // The list is kept, its entry is not.
    world.end_held_imports();

    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 507) << answer->body;
    EXPECT_TRUE(has("11000-A1") && !has("11000-A2"));
    EXPECT_TRUE(world.site().directory().find({world.camera()})->live());
    world.disk().disk_full(false);
    world.hold_imports(false);
    world.restart();
    EXPECT_TRUE(has("11000-A1") && !has("11000-A2"));
}

TEST_F(ImportsTest, ARepeatedKeyImportsOnceAndAnotherFileUnderItIsAConflict) {
    const auto first = post(line("A1"), {}, "official", "k1");
    const auto again = post(line("A1"), {}, "official", "k1");
    const auto other = post(line("A2"), {}, "official", "k1");

    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.headers.at("Idempotency-Replayed"), "true");
    EXPECT_EQ(other.status, 409);
    EXPECT_EQ(world.entries_of("cameras.imported"), 1U);
    EXPECT_TRUE(has("11000-A1") && !has("11000-A2"));
}

TEST_F(ImportsTest, ARepeatedKeyImportsOnceHoweverTheListCame) {
    const std::pair<As, As> cases[] = {{As::body, As::body}, {As::body, As::file}, {As::file, As::body}};
    std::size_t imports = 0;
    for (const auto& [first, second] : cases) {
        const auto number = "A" + std::to_string(++imports);
        const auto key = "k" + number;
        const Query query{{"list", "l" + std::to_string(imports)}};
        const auto done = post(line(number), query, "official", key, first);
        const auto again = post(line(number), query, "official", key, second);
        const auto other = post(line(number + "0"), query, "official", key, second);

        EXPECT_EQ(done.status, 201) << done.body;
        EXPECT_EQ(again.status, 201) << again.body;
        EXPECT_EQ(again.body, done.body);
        EXPECT_TRUE(again.headers.contains("Idempotency-Replayed"));
        EXPECT_EQ(other.status, 409) << other.body;
        EXPECT_EQ(world.entries_of("cameras.imported"), imports);
    }
}

TEST_F(ImportsTest, ARepeatedKeyIsAnsweredAgainThoughTheListHasGrownMeanwhile) {
    std::string many;
    for (int i = 0; i < 30; ++i) many += line("B" + std::to_string(i));
    const auto first = post(line("A1"), {}, "official", "k1");
    applied(line("A1") + many);
    EXPECT_EQ(post(line("A1")).status, 422) << "today the file would take 30 cameras away, which a person has to say";

    for (const auto as : {As::file, As::body}) {
        const auto again = post(line("A1"), {}, "official", "k1", as);

        EXPECT_EQ(again.status, 201) << again.body;
        EXPECT_EQ(again.body, first.body);
    }
    EXPECT_TRUE(has("11000-B29"));
}

TEST_F(ImportsTest, TwoImportsThatBeganFromTheSameListDoNotBothStand) {
    std::vector<http::Response> answers;
    world.hold_imports(true);
    for (const auto* number : {"A1", "A2"}) {
        auto request = request_of("POST", std::string(kPath), std::string(kHeader) + line(number));
        request.headers["authorization"] = "Bearer " + world.token("official");
        world.run(app::HttpInput{std::move(request),
                                 [&](http::Response response) { answers.push_back(std::move(response)); }});
    }
    world.hold_imports(false);

    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[0].status, 201);
    EXPECT_EQ(answers[1].status, 409) << answers[1].body;
    EXPECT_TRUE(has("11000-A1") && !has("11000-A2"));
}

TEST_F(ImportsTest, WhatAPersonHasToSayIsAProblemThatListsTheCandidates) {
    auto request =
        request_of("POST", std::string(kPath), "관리번호,주소,카메라대수,X,Y\n1,a,1,198053.6,451888.9\n");
    const auto answer = world.ask("official", std::move(request));

    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.content_type, "application/problem+json");
    const auto body = body_of(answer);
    EXPECT_EQ(body.at("parameter"), "crs");
    EXPECT_EQ(body.at("candidates").at(0).at("say"), "?crs=5181");
    EXPECT_EQ(body.at("detected").at(0).at("what"), "format");
    EXPECT_EQ(world.entries_of("cameras.imported"), 0U);
}

TEST_F(ImportsTest, AFileOfWhichNothingCanBeTakenIsRefusedRatherThanEmptyingTheList) {
    applied(line("A1"));
    const auto answer = post(line("A1", "none"));

    EXPECT_EQ(answer.status, 422) << answer.body;
    EXPECT_TRUE(has("11000-A1"));
}

struct ImportsOfBusanTest : ImportsTest {
    ImportsOfBusanTest() : ImportsTest(kBusan) {}
    static constexpr device::Box kBusan{128.7, 34.9, 129.4, 35.4};
};

TEST_F(ImportsOfBusanTest, TheAreaIsTheCitysOwn) {
    const auto asked = post(line("A1"));
    ASSERT_EQ(asked.status, 422) << asked.body;
    EXPECT_EQ(body_of(asked).at("parameter"), "area");
    EXPECT_EQ(post("A1,부산광역시 연제구 중앙대로 1001,생활방범,1,35.179665,129.074764\n").status, 201);

    const auto& city = world.site().options().city;
    ASSERT_TRUE(world.disk().make_folders("DATA/city").has_value());
    ASSERT_TRUE(app::save_city(world.disk(), "DATA", city).has_value());
    EXPECT_EQ(app::load_city(world.disk(), "DATA")->area.west, kBusan.west);
    const auto text = *world.disk().read("DATA/city/sites.json");
    const auto at = text.find("\"area\":") + 7;
    for (const auto* wrong : {"[1]", "\"seoul\"", "[129.4,34.9,128.7,35.4]", "[-1,34.9,129.4,35.4]"}) {
        auto damaged = text;
        world.disk().put("DATA/city/sites.json", damaged.replace(at, damaged.find(']', at) + 1 - at, wrong));
        const auto read = app::load_city(world.disk(), "DATA");
        ASSERT_FALSE(read.has_value()) << wrong;
        EXPECT_EQ(read.error().message.find("city/sites.json: area must be [west, south, east, north]"), 0U);
    }
}

TEST_F(ImportsTest, WrongParametersAreNamed) {
    const std::pair<Query, std::string_view> wrong[] = {
        {{{"dryrun", "true"}}, "dryrun is no query parameter of this path"},
        {{{"dryRun", "yes"}}, "dryRun must be true or false"},
        {{{"site", "99999"}}, "site must be the code of a site of this city"},
        {{{"list", "../x"}}, "list must be 1 to 40 small letters, digits and '-'"},
        {{{"removals", "many"}}, "removals must be how many cameras may go, a whole number"},
        {{{"crs", "1"}}, "crs must be 4326, 5179, 5181, 5186 or 5174"},
        {{{"columns", "lat:9"}}, "columns must name columns of the file, which has no column 9"}};
    for (const auto& [query, detail] : wrong) {
        const auto answer = post(line("A1"), query);
        EXPECT_EQ(answer.status, 400) << detail;
        EXPECT_EQ(body_of(answer).at("detail").as_string(), detail);
        EXPECT_EQ(body_of(answer).at("field").as_string(), query.begin()->first);
    }
}

}  // namespace
}  // namespace bongsu::policy
