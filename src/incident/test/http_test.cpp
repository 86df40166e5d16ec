#include "incident/http.hpp"

#include <boost/json/parse.hpp>

#include "desk.hpp"

namespace bongsu::incident {

namespace {

namespace json = boost::json;

const Viewer kOperator{UserId{"U1"}, "operator", std::nullopt};

http::Request of(const std::string& id, std::string body = "") {
    http::Request request;
    request.captures = {id};
    request.body = std::move(body);
    return request;
}

http::Request query(std::map<std::string, std::string> fields) {
    http::Request request;
    request.query = std::move(fields);
    return request;
}

json::object body(const http::Response& response) { return json::parse(response.body).as_object(); }

std::vector<std::string> ids(const http::Response& response) {
    std::vector<std::string> out;
    const auto page = body(response);
    for (const auto& item : page.at("items").as_array()) out.emplace_back(item.at("id").as_string());
    return out;
}

}  // namespace

TEST_F(Desk, AnIncidentIsShownInTheContractsShape) {
    const auto id = take(message("10", 0)).incident;

    const auto response = get_incident(book_, of(id.value), kOperator);

    EXPECT_EQ(response.status, 200);
    EXPECT_NE(response.body.find("\"position\":[126.9236512,37.5571034]"), std::string::npos)
        << response.body;
    const auto shown = body(response);
    EXPECT_EQ(shown.at("id").as_string(), id.value);
    EXPECT_EQ(shown.at("state").as_string(), "new");
    EXPECT_EQ(shown.at("grade").as_string(), "10");
    EXPECT_EQ(shown.at("type").as_string(), "112UC001");
    EXPECT_EQ(shown.at("typeName").at("ko").as_string(), "112센터 긴급영상 지원");
    EXPECT_EQ(shown.at("openedAt").as_string(), "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(shown.at("site").as_string(), "11000");
    EXPECT_TRUE(shown.at("receivedBy").is_null());
    EXPECT_TRUE(shown.at("positionFault").is_null());
    EXPECT_TRUE(shown.at("outcome").is_null());
    EXPECT_EQ(shown.at("cameras").as_int64(), 0);
}

TEST_F(Desk, AnUnknownTypeIsShownAsUnregistered) {
    auto event = message("10", 0);
    event.type = "XYZ";
    event.known = false;
    event.position = std::nullopt;
    event.position_fault = event::PositionFault::far;
    const auto id = take(event).incident;

    const auto shown = body(get_incident(book_, of(id.value), kOperator));

    EXPECT_EQ(shown.at("typeName").at("ko").as_string(), "미등록 이벤트");
    EXPECT_FALSE(shown.at("known").as_bool());
    EXPECT_TRUE(shown.at("position").is_null());
    EXPECT_EQ(shown.at("positionFault").as_string(), "far");
}

TEST_F(Desk, TheListIsNewestFirstAndPagesByCursor) {
    std::vector<std::string> opened;
    for (int i = 0; i < 5; ++i)
        opened.push_back(take(message("10", i, "N" + std::to_string(i))).incident.value);

    const auto first = get_incidents(book_, query({{"limit", "2"}}), kOperator);
    const std::string cursor(body(first).at("next").as_string());
    const auto second = get_incidents(book_, query({{"limit", "2"}, {"cursor", cursor}}), kOperator);
    const auto third = get_incidents(
        book_, query({{"limit", "2"}, {"cursor", std::string(body(second).at("next").as_string())}}),
        kOperator);

    EXPECT_EQ(ids(first), (std::vector{opened[4], opened[3]}));
    EXPECT_EQ(ids(second), (std::vector{opened[2], opened[1]}));
    EXPECT_EQ(ids(third), (std::vector{opened[0]}));
    EXPECT_TRUE(body(third).at("next").is_null());
}

TEST_F(Desk, TheListIsFilteredByAListOfStates) {
    const auto fresh = take(message("10", 0, "A")).incident.value;
    const auto received = take(message("20", 0, "B")).incident.value;
    take(message("91", 0, "C"));

    EXPECT_EQ(ids(get_incidents(book_, query({{"state", "new,received"}}), kOperator)),
              (std::vector{received, fresh}));
    EXPECT_EQ(ids(get_incidents(book_, query({{"state", "new"}}), kOperator)), (std::vector{fresh}));
    EXPECT_EQ(ids(get_incidents(book_, query({}), kOperator)).size(), 3U);
}

TEST_F(Desk, BadQueriesNameTheirField) {
    for (const auto& [field, value] : std::map<std::string, std::string>{{"state", "open"}, {"limit", "0"}}) {
        const auto response = get_incidents(book_, query({{field, value}}), kOperator);
        EXPECT_EQ(response.status, 400);
        EXPECT_NE(response.body.find(field), std::string::npos);
    }
    EXPECT_EQ(get_incidents(book_, query({{"limit", "1001"}}), kOperator).status, 400);
    EXPECT_EQ(get_incidents(book_, query({{"limit", "1x"}}), kOperator).status, 400);
    EXPECT_EQ(get_incidents(book_, query({{"cursor", "-1"}}), kOperator).status, 400);
}

TEST_F(Desk, AnAgencySeesItsOwnIncidentsAndCannotTellOthersFromNone) {
    const auto own = take(message("10", 0, "A")).incident;
    const auto other = take(message("10", 0, "B")).incident;
    const Viewer agency{UserId{"U9"}, "agency", std::vector<IncidentId>{own}};

    EXPECT_EQ(ids(get_incidents(book_, query({}), agency)), (std::vector{own.value}));
    EXPECT_EQ(get_incident(book_, of(own.value), agency).status, 200);
    const auto hidden = get_incident(book_, of(other.value), agency);
    const auto unknown = get_incident(book_, of("01ARZ3NDEKTSV4RRFFQ69G5FAV"), agency);
    EXPECT_EQ(hidden.status, 404);
    EXPECT_EQ(hidden.body, unknown.body);
    EXPECT_EQ(get_timeline(book_, of(other.value), agency).body, unknown.body);
    EXPECT_EQ(post_act(book_, of(other.value, R"({"act":"receive"})"), agency).status, 404);
    EXPECT_EQ(post_act(book_, of(own.value, R"({"act":"receive"})"), agency).status, 403);
    EXPECT_EQ(
        ids(get_incidents(book_, query({}), {UserId{"U9"}, "agency", std::vector<IncidentId>{}})).size(), 0U);
}

TEST_F(Desk, AnActIsAnsweredWithTheIncident) {
    const auto id = take(message("10", 0)).incident;
    ASSERT_TRUE(book_.begin());

    const auto response = post_act(book_, of(id.value, R"({"act":"receive"})"), kOperator);
    const auto again = post_act(book_, of(id.value, R"({"act":"receive"})"), kOperator);
    const auto wrong = post_act(book_, of(id.value, R"({"act":"close"})"), kOperator);
    const auto broken = post_act(book_, of(id.value, "{"), kOperator);

    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(body(response).at("state").as_string(), "received");
    EXPECT_EQ(body(response).at("receivedBy").as_string(), "U1");
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(wrong.status, 400);
    EXPECT_NE(wrong.body.find("outcome"), std::string::npos);
    EXPECT_EQ(broken.status, 400);
}

TEST_F(Desk, TheTimelineTellsWhatHappenedAndHidesOperatorsWordsFromAgencies) {
    const auto id = take(message("10", 0)).incident;
    ASSERT_TRUE(try_act(id, {.act = "note", .text = "비밀 메모"}));
    ASSERT_TRUE(book_.begin());
    ASSERT_TRUE(book_.append({"view.opened", "user:U1", {"incident:" + id.value}, {{"camera", "11440-1"}}}));
    ASSERT_TRUE(book_.commit());

    const auto all = get_timeline(book_, of(id.value), kOperator);
    const auto agency =
        get_timeline(book_, of(id.value), {UserId{"U9"}, "agency", std::vector<IncidentId>{id}});

    ASSERT_EQ(body(all).at("items").as_array().size(), 3U);
    const auto shown = body(all);
    const auto& note = shown.at("items").as_array()[1].as_object();
    EXPECT_EQ(note.at("kind").as_string(), "incident.acted");
    EXPECT_EQ(note.at("actor").as_string(), "user:U1");
    EXPECT_EQ(note.at("text").as_string(), "비밀 메모");
    EXPECT_NE(all.body.find("[126.9236512,37.5571034]"), std::string::npos);
    EXPECT_EQ(body(agency).at("items").as_array().size(), 2U);
    EXPECT_EQ(agency.body.find("비밀"), std::string::npos);
    EXPECT_EQ(agency.body.find("U1"), std::string::npos);
}

TEST_F(Desk, TheTimelineSpeaksTheContractsTimesAndTruths) {
    const auto id = take(message("10", 0)).incident;
    ASSERT_TRUE(book_.begin());
    ASSERT_TRUE(book_.append({"grant.issued",
                              "site:11000",
                              {"incident:" + id.value},
                              {{"from", 1'800'000'000'000'000}, {"to", 1'800'000'060'000'000}, {"ptz", 1}}}));
    ASSERT_TRUE(book_.append({"view.permitted", "user:U1", {"incident:" + id.value}, {{"expires", 1'800'000'000'000'000}}}));
    ASSERT_TRUE(book_.commit());

    const auto items = body(get_timeline(book_, of(id.value), kOperator)).at("items").as_array();

    ASSERT_EQ(items.size(), 3U);
    const auto& opened = items[0].as_object();
    EXPECT_EQ(opened.at("occurredAt"), "2027-01-15T08:00:00.000000Z");
    EXPECT_EQ(opened.at("stateTime"), "2027-01-15T08:00:00.000000Z");
    EXPECT_EQ(opened.at("openedAt"), "2026-01-01T00:00:00.000000Z");
    EXPECT_TRUE(opened.at("positionFault").is_null());
    EXPECT_EQ(items[1].at("from"), "2027-01-15T08:00:00.000000Z");
    EXPECT_EQ(items[1].at("to"), "2027-01-15T08:01:00.000000Z");
    EXPECT_EQ(items[1].at("ptz"), true);
    EXPECT_EQ(items[2].at("expires"), "2027-01-15T08:00:00.000000Z");
}

TEST_F(Desk, TheTimelinePagesOn) {
    const auto id = take(message("10", 0)).incident;
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(try_act(id, {.act = "note", .text = "x"}));
    auto request = of(id.value);
    request.query = {{"limit", "3"}};

    const auto first = body(get_timeline(book_, request, kOperator));
    request.query["after"] = std::string(first.at("next").as_string());
    const auto rest = body(get_timeline(book_, request, kOperator));

    EXPECT_EQ(first.at("items").as_array().size(), 3U);
    EXPECT_EQ(rest.at("items").as_array().size(), 2U);
    EXPECT_TRUE(rest.at("next").is_null());
}

}  // namespace bongsu::incident
