#include "device/catalogue.hpp"

#include <gtest/gtest.h>

#include "device/search_text.hpp"
#include "device/test/lines.hpp"

namespace bongsu::device {
namespace {

constexpr std::string_view kGood =
    R"({"id":"11440-0001","name":"마포 홍대입구역 1","site":"11440","owner":"B1144000000","lon":126.9236,"lat":37.5571,)"
    R"("bearing":90,"fov":62.5,"range":60,"height":4.5,"ptz":true,"purpose":"crime","connected":true,)"
    R"("main":"rtsp://127.0.0.1:8954/cam/00/main","sub":"rtsp://127.0.0.1:8954/cam/00/sub"})";

/// The good line with one piece of it exchanged.
std::string with(std::string_view from, std::string_view to) {
    std::string text(kGood);
    text.replace(text.find(from), from.size(), to);
    return text;
}

TEST(Catalogue, ReadsEveryFieldOfALine) {
    const auto cameras = parse_catalogue(kGood);
    ASSERT_TRUE(cameras) << cameras.error().message;
    ASSERT_EQ(cameras->size(), 1U);
    const auto& camera = cameras->front();
    EXPECT_EQ(camera.id.value, "11440-0001");
    EXPECT_EQ(camera.name, "마포 홍대입구역 1");
    EXPECT_EQ(camera.site.value, "11440");
    EXPECT_EQ(camera.owner.value, "B1144000000");
    EXPECT_DOUBLE_EQ(camera.lon, 126.9236);
    EXPECT_DOUBLE_EQ(camera.lat, 37.5571);
    EXPECT_FLOAT_EQ(camera.bearing, 90);
    EXPECT_FLOAT_EQ(camera.field_of_view, 62.5);
    EXPECT_FLOAT_EQ(camera.range_m, 60);
    EXPECT_FLOAT_EQ(camera.height_m, 4.5);
    EXPECT_TRUE(camera.ptz);
    EXPECT_EQ(camera.state, State::idle);
    EXPECT_TRUE(camera.live());
    EXPECT_EQ(camera.sub_url, "rtsp://127.0.0.1:8954/cam/00/sub");
}

TEST(Catalogue, ACameraThatIsNotConnectedIsNotLive) {
    const auto cameras = parse_catalogue(with(R"("connected":true)", R"("connected":false)"));
    ASSERT_TRUE(cameras);
    EXPECT_EQ(cameras->front().state, State::not_connected);
    EXPECT_FALSE(cameras->front().live());
}

TEST(Catalogue, AWrittenLineReadsBackAsTheSameCameraAndCanLeaveOutTheAddresses) {
    const auto camera = parse_catalogue(kGood)->front();
    EXPECT_EQ(catalogue_line(parse_catalogue(catalogue_line(camera, Urls::keep))->front(), Urls::keep),
              catalogue_line(camera, Urls::keep));
    const auto bare = catalogue_line(camera, Urls::omit);
    EXPECT_EQ(bare.find("rtsp"), std::string::npos);
    EXPECT_TRUE(parse_catalogue(bare)->front().connected());
}

struct Bad {
    std::string_view from, to, message;
};

TEST(Catalogue, RefusesABadFieldAndNamesLineAndField) {
    const Bad cases[] = {
        {R"("lat":37.5571)", R"("lat":3.7)", "catalogue line 2: lat must be a number from 33 to 39"},
        {R"("lat":37.5571)", R"("lat":"37")", "catalogue line 2: lat must be a number"},
        {R"("lat":37.5571,)", "", "catalogue line 2: lat is missing"},
        {R"("lon":126.9236)", R"("lon":1e9)", "catalogue line 2: lon must be a number from 124 to 132"},
        {R"("fov":62.5)", R"("fov":0)", "catalogue line 2: fov must be"},
        {R"("ptz":true)", R"("ptz":"Y")", "catalogue line 2: ptz must be true or false"},
        {R"("owner":"B1144000000")", R"("owner":"1144000000B")", "catalogue line 2: owner must be a letter"},
        {R"("id":"11440-0001")", R"("id":"11650-0001")", "catalogue line 2: id must be the site's code"},
        {R"("id":"11440-0001")", R"("id":"11440-0/01")", "catalogue line 2: id must be the site's code"},
        {R"("name":"마포 홍대입구역 1")", R"("name":"")",
         "catalogue line 2: name must be a text of 1 to 200"},
        {R"("name":"마포 홍대입구역 1")", R"("name":"a\u0000b")",
         "catalogue line 2: name must not hold control"},
        {R"("main":"rtsp://)", R"("main":"file://)", "catalogue line 2: main must be an rtsp://"},
        {R"("purpose":"crime")", R"("purpose":"crime","model":"X")",
         "catalogue line 2: model is not a field"},
        {R"("purpose":"crime")", R"("purpose":"crime","purpose":"park")",
         "catalogue line 2: the line repeats a field"},
        {R"("connected":true)", R"("connected":1)", "catalogue line 2: connected must be true or false"},
        {R"("sub")", R"(sub)", "catalogue line 2: the line is not JSON"},
        {"\xEB\xA7\x88", "\xEB\xA7", "catalogue line 2: the line is not JSON"},
    };
    for (const auto& [from, to, message] : cases) {
        const auto good_first = with("11440-0001", "11440-0000") + "\r\n" + with(from, to) + "\n";
        const auto cameras = parse_catalogue(good_first);
        ASSERT_FALSE(cameras) << to;
        EXPECT_EQ(cameras.error().kind, ErrorKind::invalid);
        EXPECT_EQ(cameras.error().message.substr(0, message.size()), message) << to;
    }
}

TEST(Catalogue, RefusesALineThatIsTooLongOrNoObject) {
    EXPECT_EQ(parse_catalogue(std::string(5000, ' ')).error().message,
              "catalogue line 1: the line is longer than 4096 bytes");
    EXPECT_EQ(parse_catalogue("[1]").error().message, "catalogue line 1: the line must be a JSON object");
    EXPECT_EQ(parse_catalogue(std::string(3000, '[')).error().kind, ErrorKind::invalid);
}

TEST(Catalogue, NumbersPrintAsPlainDecimals) {
    const auto print = [](double number, int decimals) {
        std::string out;
        append_decimal(out, number, decimals);
        return out;
    };
    EXPECT_EQ(print(127.0374512, 7), "127.0374512");
    EXPECT_EQ(print(127.03745129999, 7), "127.0374513");
    EXPECT_EQ(print(127, 7), "127");
    EXPECT_EQ(print(100, 0), "100");
    EXPECT_EQ(print(1e-9, 7), "0");
    EXPECT_EQ(print(-1e-9, 7), "0");
    EXPECT_EQ(print(-0.5, 1), "-0.5");
}

TEST(SearchText, TakesTheLeadingConsonantsOfHangul) {
    EXPECT_EQ(leading_consonants("서울숲"), "ㅅㅇㅅ");
    EXPECT_EQ(leading_consonants("까치 힣 A1"), "ㄲㅊㅎa1");
    EXPECT_TRUE(is_leading_consonants("ㅅㅇㅅ"));
    EXPECT_FALSE(is_leading_consonants("서ㅇㅅ"));
    EXPECT_FALSE(is_leading_consonants(""));
}

}  // namespace
}  // namespace bongsu::device
