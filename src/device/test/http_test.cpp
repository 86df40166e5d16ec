#include "device/http.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "device/test/lines.hpp"

namespace bongsu::device {
namespace {

namespace json = boost::json;

http::Request get(std::map<std::string, std::string> query) {
    http::Request request;
    request.method = "GET";
    request.path = "/api/v1/cameras";
    request.query = std::move(query);
    return request;
}

Directory three() {
    Directory directory;
    auto far = test_camera("11650-0001", 127.02, 37.49, 45);
    far.state = State::not_connected;
    EXPECT_TRUE(directory.load(line(test_camera("11440-0001", 126.9236001, 37.5571)) +
                               line(test_camera("11440-0002", 126.9240, 37.5571)) + line(far)));
    return directory;
}

TEST(CamerasFace, NearAnswersNearestFirstWithDistances) {
    const auto directory = three();
    const auto response = get_cameras(directory, get({{"near", "126.9236,37.5571"}, {"limit", "2"}}));
    ASSERT_EQ(response.status, 200) << response.body;
    const auto body = json::parse(response.body).as_object();
    const auto& items = body.at("items").as_array();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[0].at("id").as_string(), "11440-0001");
    EXPECT_EQ(items[0].at("live").as_bool(), true);
    EXPECT_EQ(items[0].at("state").as_string(), "idle");
    EXPECT_NEAR(items[1].at("distance").to_number<double>(), 35.3, 0.2);
    EXPECT_EQ(body.at("next").as_string(), "2");
    EXPECT_NE(response.body.find("\"position\":[126.9236001,37.5571]"), std::string::npos) << response.body;
    const auto rest =
        get_cameras(directory, get({{"near", "126.9236,37.5571"}, {"limit", "2"}, {"cursor", "2"}}));
    const auto last = json::parse(rest.body).as_object();
    ASSERT_EQ(last.at("items").as_array().size(), 1U);
    EXPECT_EQ(last.at("items").as_array()[0].at("id").as_string(), "11650-0001");
    EXPECT_EQ(last.at("items").as_array()[0].at("live").as_bool(), false);
    EXPECT_TRUE(last.at("next").is_null());
}

TEST(CamerasFace, NeverShowsACamerasAddress) {
    const auto directory = three();
    for (const auto& query : std::vector<std::map<std::string, std::string>>{{},
                                                                             {{"q", "11440"}},
                                                                             {{"site", "11440"}},
                                                                             {{"bbox", "126,37,128,38"}},
                                                                             {{"near", "127,37.5"}}}) {
        const auto response = get_cameras(directory, get(query));
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body.find("rtsp"), std::string::npos);
        EXPECT_EQ(response.body.find("127.0.0.1"), std::string::npos);
    }
}

TEST(CamerasFace, ABadParameterIs400AndNamed) {
    const auto directory = three();
    const std::tuple<std::string, std::string, std::string> cases[] = {
        {"near", "126.9", "near must be"},
        {"near", "126.9,37.5,1", "near must be"},
        {"near", "200,37", "near must be"},
        {"near", "nan,37", "near must be"},
        {"near", "", "near must be"},
        {"near", "126.9, 37.5", "near must be"},
        {"bbox", "1,2,3", "bbox must be"},
        {"bbox", "127,37,126,38", "bbox must be"},
        {"bbox", "126,38,127,37", "bbox must be"},
        {"bbox", "126,37,127,95", "bbox must be"},
        {"limit", "0", "limit must be"},
        {"limit", "1001", "limit must be"},
        {"limit", "5x", "limit must be"},
        {"limit", "-1", "limit must be"},
        {"site", "마포", "site must be"},
        {"q", "", "q must be"},
        {"q", std::string(101, 'a'), "q must be"},
        {"q", "a\nb", "q must be"},
        {"cursor", std::string(65, 'a'), "cursor must be"},
        {"cursor", "nonsense", "cursor must be"},
        {"cursor", "", "cursor must be"},
        {"color", "red", "color is no query parameter"},
    };
    for (const auto& [name, value, message] : cases) {
        const auto response = get_cameras(directory, get({{name, value}}));
        EXPECT_EQ(response.status, 400) << name << "=" << value;
        EXPECT_NE(response.body.find(message), std::string::npos) << response.body;
    }
    EXPECT_EQ(get_cameras(directory, get({{"q", "a"}, {"near", "127,37"}})).status, 400);
    EXPECT_EQ(get_cameras(directory, get({{"near", "127,37"}, {"cursor", "abc"}})).status, 400);
}

TEST(SitesFace, CountsEachSitesCamerasByState) {
    const auto response = get_sites(three(), {{SiteId{"11440"}, "마포구", "Mapo", true, true},
                                              {SiteId{"11110"}, "종로구", "Jongno", false, false}});
    ASSERT_EQ(response.status, 200);
    const auto body = json::parse(response.body).as_object();
    const auto& mapo = body.at("items").as_array()[0].as_object();
    EXPECT_EQ(mapo.at("name").at("ko").as_string(), "마포구");
    EXPECT_EQ(mapo.at("cameras").to_number<int>(), 2);
    EXPECT_EQ(mapo.at("idle").to_number<int>(), 2);
    EXPECT_EQ(body.at("items").as_array()[1].at("cameras").to_number<int>(), 0);
    EXPECT_FALSE(body.at("items").as_array()[1].at("joined").as_bool());
}

}  // namespace
}  // namespace bongsu::device
