#include "http/page.hpp"

#include <gtest/gtest.h>

namespace bongsu::http {
namespace {

Request asked(const std::string& name, const std::string& value) {
    Request request;
    request.query[name] = value;
    return request;
}

/// The field that the answer blames; empty when there is none to blame.
template <class T>
std::string blamed(const Result<T>& result) {
    return result ? "" : result.error().field;
}

TEST(Page, TheLimitIsAWholeNumberFromOneToAThousand) {
    EXPECT_EQ(page_limit(Request{}).value(), kPageDefault);
    EXPECT_EQ(page_limit(asked("limit", "1")).value(), 1U);
    EXPECT_EQ(page_limit(asked("limit", "1000")).value(), 1000U);
    for (const auto* bad : {"0", "1001", "-1", "+1", "1x", " 1", "1.0", "", "99999999999999999999"})
        EXPECT_EQ(blamed(page_limit(asked("limit", bad))), "limit") << bad;
}

TEST(Page, APlaceByNumberIsWhatAJournalCanHave) {
    EXPECT_EQ(page_number(Request{}, "cursor", 7).value(), 7U);
    EXPECT_EQ(page_number(asked("cursor", "9223372036854775807"), "cursor", 0).value(),
              static_cast<std::uint64_t>(INT64_MAX));
    for (const auto* bad : {"9223372036854775808", "-1", "abc", "", "1 ", "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
        EXPECT_EQ(blamed(page_number(asked("cursor", bad), "cursor", 0)), "cursor") << bad;
}

TEST(Page, APlaceByUlidIsAUlid) {
    EXPECT_EQ(page_ulid(Request{}, "cursor").value(), "");
    EXPECT_EQ(page_ulid(asked("cursor", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "cursor").value(),
              "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    for (const auto* bad : {"", "x", "12", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
                            "01arz3ndektsv4rrffq69g5fav", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAI"})
        EXPECT_EQ(blamed(page_ulid(asked("cursor", bad), "cursor")), "cursor") << bad;
}

TEST(Page, AParameterThatThePathHasNotIsNamed) {
    EXPECT_TRUE(only_parameters(asked("limit", "1"), {"limit", "cursor"}));
    EXPECT_EQ(blamed(only_parameters(asked("offset", "1"), {"limit", "cursor"})), "offset");
    EXPECT_EQ(blamed(only_parameters(asked(std::string(500, 'a'), "1"), {})).size(), 120U);
}

TEST(Page, AnIdHasAtMostSixtyFourLettersAndNoControl) {
    std::string letters;
    for (int i = 0; i < 64; ++i) letters += "가";
    EXPECT_EQ(id_parameter(asked("camera", letters), "camera").value(), letters);
    EXPECT_EQ(blamed(id_parameter(asked("camera", letters + "가"), "camera")), "camera");
    EXPECT_EQ(blamed(id_parameter(asked("camera", "a\nb"), "camera")), "camera");
}

}  // namespace
}  // namespace bongsu::http
