#include "grant/http.hpp"

#include <boost/json/parse.hpp>

#include "grant/test/desk.hpp"

namespace bongsu::grant {
namespace {

namespace json = boost::json;
using identity::Role;

class GrantFaces : public GrantTest {
  protected:
    device::Directory directory;
    bool incident_open = true;
    Desk desk{*site.book, Purposes::defaults(), directory, kCentre,
              [this](const IncidentId& id) -> Result<bool> {
                  if (id != kIncident) return fail(ErrorKind::not_found, "incident is not known");
                  return incident_open;
              }};

    void SetUp() override {
        std::string lines;
        for (const auto& id : cameras({1, 2, 3}))
            lines += device::line(device::test_camera(id.value, 126.92, 37.55));
        auto registered = device::test_camera("11440-1009", 126.92, 37.55);
        registered.state = device::State::not_connected;
        ASSERT_TRUE(directory.load(lines + device::line(registered)));
    }

    using Face = http::Response (*)(const Desk&, const http::Request&, const identity::Session&);
    http::Response call(Face face, const identity::Session& session, http::Request request = {}) {
        return site.in_batch([&] { return face(desk, request, session); });
    }
    static http::Request of_id(const GrantId& id, std::string body = "") {
        http::Request request;
        request.captures = {id.value};
        request.body = std::move(body);
        return request;
    }
    static http::Request with_body(std::string body) {
        http::Request request;
        request.body = std::move(body);
        return request;
    }
    static http::Request with_query(std::map<std::string, std::string> query) {
        http::Request request;
        request.query = std::move(query);
        return request;
    }
    static std::size_t items(const http::Response& response) {
        EXPECT_EQ(response.status, 200) << response.body;
        return json::parse(response.body).at("items").as_array().size();
    }
};

constexpr std::string_view kGood =
    R"({"incident":"INCIDENT1","purpose":"operator-incident","cameras":["11440-1001","11440-1002"]})";

TEST_F(GrantFaces, AGrantIsShownInTheContractsShape) {
    const auto grant = issued();
    const auto response = call(get_grant, person(Role::agency), of_id(grant.id));
    ASSERT_EQ(response.status, 200);
    const auto body = json::parse(response.body).as_object();
    EXPECT_EQ(body.at("id").as_string(), grant.id.value);
    EXPECT_EQ(body.at("purpose").as_string(), "112-emergency-video");
    EXPECT_EQ(body.at("basis").as_string(), grant.basis);
    EXPECT_EQ(body.at("holder").as_object(), (json::object{{"agency", "P1100000000"}}));
    EXPECT_EQ(body.at("cameras").as_array().size(), 3U);
    EXPECT_EQ(body.at("from").as_string(), "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(body.at("to").as_string(), "2026-01-01T02:00:00.000000Z");
    EXPECT_EQ(body.at("state").as_string(), "live");
    EXPECT_TRUE(body.at("reason").is_null());
    EXPECT_EQ(body.at("purposeName").at("ko").as_string(), "112센터 긴급영상 지원");
    site.world.clock.advance(std::chrono::hours(2));
    const auto later = json::parse(call(get_grant, person(Role::agency), of_id(grant.id)).body);
    EXPECT_EQ(later.at("state").as_string(), "ended");
    EXPECT_EQ(later.at("reason").as_string(), "expired");
}

TEST_F(GrantFaces, AnAgencySeesItsOwnGrantsOnly) {
    const auto own = issued(), others = issued("operator-incident");
    EXPECT_EQ(items(call(get_grants, person(Role::agency), with_query({{"incident", "INCIDENT1"}}))), 1U);
    EXPECT_EQ(items(call(get_grants, person(Role::operator_), with_query({{"incident", "INCIDENT1"}}))), 2U);
    EXPECT_EQ(items(call(get_grants, person(Role::operator_), with_query({{"incident", "OTHER"}}))), 0U);
    EXPECT_EQ(call(get_grant, person(Role::agency), of_id(own.id)).status, 200);
    const auto hidden = call(get_grant, person(Role::agency), of_id(others.id));
    const auto missing = call(get_grant, person(Role::agency), of_id({"NONE"}));
    EXPECT_EQ(hidden.status, 404);
    EXPECT_EQ(hidden.body, missing.body);
    auto fire = person(Role::agency);
    fire.agency.value = "F1100000000";
    EXPECT_EQ(items(call(get_grants, fire)), 0U);
    EXPECT_EQ(call(get_grants, person(Role::admin), with_query({{"limit", "0"}})).status, 400);
    EXPECT_EQ(call(get_grants, person(Role::admin), with_query({{"colour", "red"}})).status, 400);
}

TEST_F(GrantFaces, OnlyPoliceSupervisorAndOfficialOpenAGrantByHand) {
    for (std::size_t i = 0; i < identity::kRoles; ++i) {
        const auto role = static_cast<Role>(i);
        const bool may = role == Role::police || role == Role::supervisor || role == Role::official;
        const auto response = call(post_grant, person(role), with_body(std::string(kGood)));
        EXPECT_EQ(response.status, may ? 201 : 403) << identity::to_string(role) << response.body;
        if (!may) continue;
        const auto body = json::parse(response.body).as_object();
        EXPECT_EQ(body.at("holder").at("agency").as_string(), "B1100000000");
        EXPECT_EQ(body.at("incident").as_string(), "INCIDENT1");
    }
    EXPECT_EQ(entries("grant.issued").size(), 3U);
    EXPECT_EQ(entries("grant.issued")[0].actor, "user:U1");
    auto mapo = person(Role::supervisor);
    mapo.site = kDistrict;
    EXPECT_EQ(call(post_grant, mapo, with_body(std::string(kGood))).status, 403);
}

TEST_F(GrantFaces, RefusesABadGrantAndNamesTheField) {
    const auto refused = [&](std::string_view from, std::string_view to, int status, std::string_view word) {
        std::string body(kGood);
        body.replace(body.find(from), from.size(), to);
        const auto response = call(post_grant, person(Role::supervisor), with_body(body));
        EXPECT_EQ(response.status, status) << response.body;
        EXPECT_NE(response.body.find(word), std::string::npos) << response.body;
    };
    refused("\"INCIDENT1\"", "7", 400, "incident");
    refused("INCIDENT1", "OTHER", 404, "incident");
    refused("operator-incident", "curiosity", 400, "purpose");
    refused("operator-incident", "112-emergency-video", 403, "112-emergency-video");
    refused("[\"11440-1001\",\"11440-1002\"]", "[]", 400, "cameras");
    refused("\"11440-1001\"", "7", 400, "cameras");
    refused("11440-1001", "11440-7777", 400, "cameras");
    refused("11440-1001", "11440-1009", 400, "not connected");
    refused("11440-1001", "11440-1002", 400, "cameras");
    refused("]}", "],\"minutes\":721}", 400, "minutes");
    refused("]}", "],\"minutes\":0}", 400, "minutes");
    refused("]}", "]", 400, "");
    incident_open = false;
    refused("INCIDENT1", "INCIDENT1", 409, "not open");
    EXPECT_TRUE(entries("grant.issued").empty());
}

TEST_F(GrantFaces, AGrantIsEndedWithAReasonOnceAndByThoseWhoMay) {
    const auto grant = issued();
    EXPECT_EQ(call(delete_grant, person(Role::operator_), of_id(grant.id, R"({"reason":"x"})")).status, 403);
    EXPECT_EQ(call(delete_grant, person(Role::agency), of_id(grant.id, R"({"reason":"x"})")).status, 403);
    EXPECT_EQ(call(delete_grant, person(Role::official), of_id(grant.id)).status, 400);
    EXPECT_EQ(call(delete_grant, person(Role::official), of_id(grant.id, R"({"why":"x"})")).status, 400);
    EXPECT_EQ(call(delete_grant, person(Role::official), of_id({"NONE"}, R"({"reason":"x"})")).status, 404);
    auto request = of_id(grant.id);
    request.query["reason"] = "요청 철회";
    const auto response = call(delete_grant, person(Role::official), request);
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(json::parse(response.body).at("state").as_string(), "ended");
    EXPECT_EQ(json::parse(response.body).at("reason").as_string(), "요청 철회");
    EXPECT_EQ(call(delete_grant, person(Role::official), of_id(grant.id, R"({"reason":"x"})")).status, 409);
    EXPECT_EQ(entries("grant.ended").size(), 1U);
}

TEST_F(GrantFaces, TheRecordOfViewsIsForThoseWhoOverseeItAndForAnAgencyItsOwn) {
    const auto own = issued(), desk_grant = issued("operator-incident");
    ASSERT_TRUE(try_mint(person(Role::agency), own.id));
    ASSERT_TRUE(try_mint(person(Role::operator_, "U2"), desk_grant.id));
    EXPECT_EQ(items(call(get_views, person(Role::supervisor), with_query({{"incident", "INCIDENT1"}}))), 2U);
    EXPECT_EQ(items(call(get_views, person(Role::admin), with_query({{"camera", "11440-1001"}}))), 2U);
    EXPECT_EQ(items(call(get_views, person(Role::agency))), 1U);
    EXPECT_EQ(items(call(get_views, person(Role::agency), with_query({{"user", "U2"}}))), 0U);
    EXPECT_EQ(call(get_views, person(Role::operator_)).status, 403);
    EXPECT_EQ(call(get_views, person(Role::police)).status, 403);
    const auto row = json::parse(call(get_views, person(Role::agency)).body).at("items").at(0).as_object();
    EXPECT_EQ(row.at("holder").as_string(), "U1");
    EXPECT_EQ(row.at("basis").as_string(), own.basis);
    EXPECT_TRUE(row.at("from").is_null());
}

TEST_F(GrantFaces, TicketsAreAskedForAndAnsweredInTheContractsShape) {
    const auto request = parse_ticket_request(R"({"grant":"G","camera":"C","kind":"live","height":360})");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->height, 360);
    for (const auto& [body, field] : std::map<std::string, std::string>{
             {R"({"camera":"C","kind":"live"})", "grant"},
             {R"({"grant":"G","kind":"live"})", "camera"},
             {R"({"grant":"G","camera":"C"})", "kind"},
             {R"({"grant":"G","camera":"C","kind":"live","height":-1})", "height"},
             {R"({"grant":"G","camera":"C","kind":"live","height":"360"})", "height"},
             {R"({"grant":"G","camera":"C","kind":"playback","from":"yesterday"})", "from"}}) {
        const auto bad = parse_ticket_request(body);
        ASSERT_FALSE(bad) << body;
        EXPECT_NE(bad.error().message.find(field), std::string::npos) << bad.error().message;
    }
    const auto minted = try_mint(person(Role::agency), issued().id).value();
    TicketUrls urls;
    urls.whep = "http://127.0.0.1:8001/whep/11440-1001";
    const auto body = ticket_json(minted, urls);
    EXPECT_EQ(body.at("ticket").as_string(), minted.token);
    EXPECT_EQ(body.at("whep").as_string(), *urls.whep);
    EXPECT_TRUE(body.at("hls").is_null());
    EXPECT_EQ(body.at("expires").as_string(), "2026-01-01T00:01:00.000000Z");
}

}  // namespace
}  // namespace bongsu::grant
