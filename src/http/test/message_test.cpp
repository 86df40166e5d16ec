#include "http/message.hpp"
#include "http/origin.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace bongsu::http {
namespace {

TEST(Message, ABearerTokenIsReadWhateverTheSchemesCase) {
    Request request;
    EXPECT_EQ(request.bearer(), "");
    for (const auto* value : {"Bearer abc.def", "bearer abc.def", "BEARER   abc.def"}) {
        request.headers["authorization"] = value;
        EXPECT_EQ(request.bearer(), "abc.def") << value;
    }
    for (const auto* value : {"Basic abc", "Bearer", "Bearer ", "Bearer    "}) {
        request.headers["authorization"] = value;
        EXPECT_EQ(request.bearer(), "") << value;
    }
}

TEST(Message, AProblemNamesItsFieldAndHasTheKindsStatus) {
    const auto response = problem(fail_field("grade", "is required").value());
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.content_type, "application/problem+json");
    const auto body = boost::json::parse(response.body).as_object();
    EXPECT_EQ(body.at("detail"), "grade is required");
    EXPECT_EQ(body.at("status"), 400);
    EXPECT_EQ(body.at("field"), "grade");
    EXPECT_EQ(body.at("type"), "/problems/invalid");
    const auto other = problem(Error{ErrorKind::conflict, "the state has changed", Where::here()});
    EXPECT_FALSE(boost::json::parse(other.body).as_object().contains("field"));
    EXPECT_EQ(problem(Error{ErrorKind::exhausted, "the disk is full", Where::here()}).status, 507);
    EXPECT_EQ(problem(Error{ErrorKind::exhausted, "too many logins", Where::here()}).status, 429);
}

TEST(Message, AProblemSaysWhenToComeAgainAndWhatAProgramNeeds) {
    Error busy{ErrorKind::exhausted, "too many", Where::here()};
    EXPECT_EQ(problem(busy).headers.at("Retry-After"), "1");
    busy.retry_after = std::chrono::seconds{42};
    EXPECT_EQ(problem(busy).headers.at("Retry-After"), "42");
    Error ended{ErrorKind::unauthenticated, "replaced", Where::here()};
    ended.code = "session_replaced";
    EXPECT_EQ(boost::json::parse(problem(ended).body).as_object().at("type"), "/problems/session_replaced");
    EXPECT_EQ(boost::json::parse(problem(413, "too_large", "Too large", "x").body).as_object().at("type"),
              "/problems/too_large");
}

TEST(Message, LengthsAreLettersNotBytes) {
    const auto object = parse_object(R"({"text":"가나다라마"})").value();
    EXPECT_TRUE(required_text(object, "text", 5));
    EXPECT_EQ(required_text(object, "text", 4).error().field, "text");
    EXPECT_EQ(parse_object("{").error().field, "body");
    EXPECT_EQ(parse_object("[]").error().field, "body");
}

TEST(Message, FormsAreDecodedStrictly) {
    const auto form = parse_form("svcTy=EVENT&Body=%7B%22a%22%3A1%7D&place=%EB%A7%88%ED%8F%AC+1&empty=");
    ASSERT_TRUE(form);
    EXPECT_EQ(form->at("Body"), "{\"a\":1}");
    EXPECT_EQ(form->at("place"), "마포 1");
    EXPECT_EQ(form->at("empty"), "");
    EXPECT_FALSE(parse_form("a=%G1"));
    EXPECT_FALSE(parse_form("a=%4"));
    std::string many;
    for (int i = 0; i < 101; ++i) many += "k" + std::to_string(i) + "=v&";
    EXPECT_FALSE(parse_form(many));
}

TEST(Message, APageOfAnotherOriginIsForeign) {
    Request request;
    request.headers["host"] = "127.0.0.1:8000";
    EXPECT_FALSE(is_foreign(request)) << "no browser";
    for (const auto* own : {"http://127.0.0.1:8000", "https://127.0.0.1:8000"}) {
        request.headers["origin"] = own;
        EXPECT_FALSE(is_foreign(request)) << own;
    }
    for (const auto* other : {"http://127.0.0.1:8001", "http://localhost:8000", "http://evil.example", "null", "http://127.0.0.1:8000.evil.example"}) {
        request.headers["origin"] = other;
        EXPECT_TRUE(is_foreign(request)) << other;
    }
}

TEST(Message, FieldsAreCheckedByName) {
    const auto object = parse_object(R"({"text":"x","number":3,"long":"0123456789"})").value();
    EXPECT_EQ(required_text(object, "text", 5).value(), "x");
    EXPECT_NE(required_text(object, "number", 5).error().message.find("number"), std::string::npos);
    EXPECT_NE(required_text(object, "long", 5).error().message.find("long"), std::string::npos);
    EXPECT_NE(required_text(object, "absent", 5).error().message.find("absent"), std::string::npos);
    EXPECT_FALSE(parse_object("[1]"));
    EXPECT_FALSE(parse_object("{\"a\":"));
    EXPECT_FALSE(parse_object(std::string(100, '[')));
}

}  // namespace
}  // namespace bongsu::http
