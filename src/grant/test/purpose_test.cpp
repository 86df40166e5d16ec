#include "grant/purpose.hpp"

#include <gtest/gtest.h>

namespace bongsu::grant {
namespace {

std::string with(std::string_view from, std::string_view to) {
    std::string text(default_purposes());
    const auto at = text.find(from, text.find("[[purpose]]\n"));
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Purposes, TheDefaultsHaveTheTwoThatTheStoryNeeds) {
    const auto& purposes = Purposes::defaults();
    const auto* video = purposes.find("112-emergency-video");
    ASSERT_NE(video, nullptr);
    EXPECT_EQ(video->holder, HolderRule::requesting_agency);
    EXPECT_EQ(video->cameras.count, 6U);
    EXPECT_DOUBLE_EQ(video->cameras.radius_m, 1000);
    EXPECT_EQ(video->duration, std::chrono::minutes(120));
    EXPECT_TRUE(video->opens_by_itself("10"));
    EXPECT_FALSE(video->opens_by_itself("20"));
    const auto* desk = purposes.find("operator-incident");
    ASSERT_NE(desk, nullptr);
    EXPECT_EQ(desk->holder, HolderRule::centre);
    EXPECT_TRUE(desk->may_be_asked_by(identity::Role::police));
    EXPECT_FALSE(desk->may_be_asked_by(identity::Role::operator_));
    EXPECT_EQ(purposes.find("other"), nullptr);
}

TEST(Purposes, AnEventOpensWhatItsTypeAndSenderMay) {
    const auto keys = [](std::string_view type, std::string agency) {
        std::string out;
        for (const auto* purpose : Purposes::defaults().for_event(type, {std::move(agency)}))
            out += purpose->key + " ";
        return out;
    };
    EXPECT_EQ(keys("112UC001", "P1100000000"), "112-emergency-video operator-incident ");
    EXPECT_EQ(keys("112UC001", "F1100000000"), "operator-incident ");
    EXPECT_EQ(keys("119UC001", "P1100000000"), "operator-incident ");
}

TEST(Purposes, TheBasisIsTheOneOfTheDay) {
    const auto* video = Purposes::defaults().find("112-emergency-video");
    const auto on = [&](std::string_view time) {
        return video->basis_at(parse_rfc3339(time, "time").value());
    };
    EXPECT_EQ(on("2019-11-23T00:00:00Z"), "개인정보 보호법 제18조제2항");
    EXPECT_EQ(on("2024-07-02T14:59:59Z"), "개인정보 보호법 제18조제2항");
    // In force from midnight in Seoul.
    EXPECT_NE(on("2024-07-02T15:00:00Z").find("112신고의 운영 및 처리에 관한 법률"), std::string::npos);
    EXPECT_EQ(on("2000-01-01T00:00:00Z"), "개인정보 보호법 제18조제2항");
}

TEST(Purposes, EachBadFieldIsNamed) {
    const std::tuple<std::string_view, std::string_view, std::string_view> cases[] = {
        {"minutes = 120", "minutes = 0", "112-emergency-video: minutes must be"},
        {"minutes = 120", "minutes = \"2h\"", "112-emergency-video: minutes must be"},
        {"minutes = 120", "", "112-emergency-video: minutes must be"},
        {"persons = 1", "persons = 3", "112-emergency-video: persons must be"},
        {"holder = \"requesting-agency\"", "holder = \"anybody\"", "112-emergency-video: holder must be"},
        {"roles = [\"agency\"]", "roles = [\"mayor\"]", "roles holds \"mayor\", which is no role"},
        {"roles = [\"agency\"]", "roles = []", "roles must name who may look"},
        {"kinds = [\"live\", \"snapshot\"]", "kinds = [\"audio\"]",
         "kinds holds \"audio\", which is no kind"},
        {"ptz = true", "ptz = 0", "ptz must be true or false"},
        {"ptz = true", "ptz = true\nsound = true", "sound is not a field of a purpose"},
        {"rule = \"nearest-views\"", "rule = \"all\"", "cameras.rule must be"},
        {"count = 6", "count = 65", "cameras.count must be"},
        {"from = 2024-07-03", "from = 2018-07-03", "basis must stand in the order"},
        {"from = 2024-07-03", "from = \"2024\"", "basis must hold tables"},
        {"opens_at_grades = [\"10\"]", "opens_at_grades = [\"30\"]", "opens_at_grades must hold"},
        {"key = \"112-emergency-video\"", "key = \"operator-incident\"", "key is declared twice"},
        {"key = \"112-emergency-video\"", "key = \"112 영상\"", "key must be of a-z"},
        {"[[purpose]]", "[[purpos]]", "the file does not know \"purpos\""},
        {"[[purpose]]", "[[purpose", "purposes, line"},
    };
    for (const auto& [from, to, message] : cases) {
        const auto parsed = Purposes::parse(with(from, to));
        ASSERT_FALSE(parsed) << to;
        EXPECT_EQ(parsed.error().kind, ErrorKind::invalid);
        EXPECT_NE(parsed.error().message.find(message), std::string::npos) << parsed.error().message;
    }
}

TEST(Purposes, AllErrorsComeAtOnce) {
    auto text = with("persons = 1", "persons = 3");
    text.replace(text.find("minutes = 720"), 13, "minutes = -1");
    const auto message = Purposes::parse(text).error().message;
    EXPECT_NE(message.find("112-emergency-video: persons"), std::string::npos) << message;
    EXPECT_NE(message.find("operator-incident: minutes"), std::string::npos) << message;
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 1);
}

}  // namespace
}  // namespace bongsu::grant
