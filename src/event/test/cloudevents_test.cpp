#include "event/codec/cloudevents.hpp"

#include <gtest/gtest.h>

namespace bongsu::event::cloudevents {

namespace {

constexpr std::string_view kCloud =
    R"({"specversion":"1.0","id":"a-1","source":"//bells.mapo/7","type":"EBSCP110",
  "time":"2026-11-23T12:30:04.25+00:00","datacontenttype":"application/json",
  "data":{"position":[127.0374512,37.5012345],"place":"놀이터","text":"비상벨","grade":"10",
          "items":{"bell":"7"},"revision":2}})";
const WallTime kReceived = *parse_rfc3339("2026-11-23T12:30:06Z", "received");
constexpr std::string_view kOwn =
    R"({"id":"a-1","source":"app","type":"XYZ","time":"2026-11-23T21:30:04+09:00","position":[127,37.5]})";

Result<Event> decode(std::string_view bytes, std::string_view content_type = {}) {
    auto out = cloudevents::decode({.bytes = bytes, .received_at = kReceived, .content_type = content_type});
    if (!out) return tl::unexpected(out.error());
    return std::move(out->event);
}

std::string with(std::string_view from, std::string_view to) {
    std::string text(kOwn);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

std::string with_more(std::string_view more) {
    return std::string(kOwn.substr(0, kOwn.size() - 1)) + "," + std::string(more) + "}";
}

}  // namespace

TEST(CloudEvents, StructuredModeIsRead) {
    const auto event = decode(kCloud);

    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->codec, "cloudevents/1");
    EXPECT_EQ(event->sender, "//bells.mapo/7");
    EXPECT_EQ(event->number, "a-1");
    EXPECT_EQ(event->state, "10");
    EXPECT_EQ(event->grade, "10");
    EXPECT_EQ(event->revision, 2);
    EXPECT_TRUE(event->known);
    EXPECT_EQ(event->position, (Position{1'270'374'512, 375'012'345}));
    EXPECT_EQ(event->items.at("bell"), "7");
    EXPECT_EQ(to_rfc3339(event->occurred_at), "2026-11-23T12:30:04.250000Z");
}

TEST(CloudEvents, OurOwnJsonIsReadWithItsDefaults) {
    const auto event = decode(kOwn);

    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->codec, "bongsu/1");
    EXPECT_EQ(event->grade, "20");
    EXPECT_FALSE(event->known);
    EXPECT_FALSE(event->revision);
    EXPECT_EQ(event->position, (Position{1'270'000'000, 375'000'000}));
    EXPECT_EQ(to_rfc3339(event->occurred_at), "2026-11-23T12:30:04.000000Z");
}

TEST(CloudEvents, EachErrorNamesItsField) {
    struct Case {
        std::string bytes, names;
    };
    const std::string cloud(kCloud);
    const Case cases[] = {
        {with(R"("id":"a-1")", R"("x":1)"), "id is required"},
        {with(R"("a-1")", "7"), "id must be a string"},
        {with(R"("a-1")", "\"" + std::string(129, 'x') + "\""), "id must be at most 128 letters"},
        {with(R"("a-1")", R"("a\u0007")"), "id must not hold control"},
        {with(R"("app")", R"("")"), "source is required"},
        {with(R"("XYZ")", "null"), "type is required"},
        {with("2026-11-23T21:30:04+09:00", "2019-02-30T00:00:00Z"), "time is not a possible"},
        {with("2026-11-23T21:30:04+09:00", "yesterday"), "time must be an RFC 3339"},
        {with_more(R"("grade":"30")"), "grade must be"},
        {with_more(R"("state":"11")"), "state must be one of"},
        {with_more(R"("revision":-1)"), "revision must be"},
        {with_more(R"("revision":1.5)"), "revision must be"},
        {with_more(R"("revision":9007199254740992)"), "revision must be an integer from 0 to 9007199254740991"},
        {with_more(R"("revision":18446744073709551615)"), "revision must be"},
        {with_more(R"("items":[])"), "items must be an object"},
        {with_more(R"("items":{"a":1})"), "items.a must be a string"},
        {with_more(R"("items":{"a":null})"), "items.a must be a string"},
        {with(R"("XYZ")", R"("<b>")"), "type must begin"},
        {with("2026-11-23T21:30:04+09:00", "9999-12-31T23:59:60Z"), "time must be within the years"},
        {with("2026-11-23T21:30:04+09:00", "2101-01-01T00:00:00+09:00"), "time must be in the years 2000 to 2100"},
        {with("2026-11-23T21:30:04+09:00", "1999-12-31T14:59:59Z"), "time must be in the years 2000 to 2100"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":"t","time":"9999-12-31T23:59:59Z"})", "time must be in the years"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":"t","time":"0001-01-01T00:00:00Z"})", "time must be in the years"},
        {with_more("\"text\":\"" + std::string(kTextBytesMax + 1, 'x') + "\""), "text must be at most"},
        {R"({"specversion":"0.3"})", "specversion must be"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":"t","time":"yesterday"})", "time must be an RFC 3339"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":""})", "type is required"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":"t\t"})", "type must not hold control"},
        {R"({"specversion":"1.0","id":"a\uFFFF","source":"s","type":"t"})", "id must not hold control"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":")" + std::string(257, 'x') + "\"}", "type must be at most 256"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":"t","data_base64":"*"})", "data_base64"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":"t","data_base64":7})", "data_base64 must be a string"},
        {R"({"specversion":"1.0","id":"a","source":"s","type":"t","datacontenttype":"text/json","data_base64":"ew=="})",
         "data_base64 is not JSON"},
        {R"({"specversion":null,"id":"a","source":"s","type":"t"})", "specversion is required"},
        {cloud.substr(0, cloud.size() - 1) + R"(,"data_base64":"AA=="})", "data_base64 must not stand beside data"},
        {"[]", "must be a JSON object"},
        {"{", "not JSON"},
        {"\xB0\xA1", "not UTF-8"},
        {std::string(kMessageBytesMax + 1, ' '), "body must be at most"},
    };
    for (const auto& each : cases) {
        const auto event = decode(each.bytes);
        ASSERT_FALSE(event) << each.names;
        EXPECT_EQ(event.error().kind, ErrorKind::invalid);
        EXPECT_NE(event.error().message.find(each.names), std::string::npos) << event.error().message;
    }
}

TEST(CloudEvents, TheFirstAndTheLastTimeAndRevisionAreRead) {
    for (const auto* time : {"2000-01-01T00:00:00+09:00", "2100-12-31T23:59:59.999999+09:00"})
        EXPECT_TRUE(decode(with("2026-11-23T21:30:04+09:00", time))) << time;
    const auto event = decode(with_more(R"("revision":9007199254740991)"));
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->revision, kRevisionMax);
}

TEST(CloudEvents, FieldsWithinDataAreNamedWithTheirPath) {
    std::string bytes(kCloud);
    bytes.replace(bytes.find(R"("grade":"10")"), 12, R"("grade":"99")");

    EXPECT_NE(decode(bytes).error().message.find("data.grade"), std::string::npos);
}

TEST(CloudEvents, WithoutATimeItIsWhenTheMessageCame) {
    for (const auto* time : {"", R"(,"time":null)"}) {
        const auto bytes = R"({"specversion":"1.0","id":"a","source":"s","type":"t")" + std::string(time) + "}";
        const auto got = cloudevents::decode({.bytes = bytes, .received_at = kReceived});

        ASSERT_TRUE(got) << got.error().message;
        EXPECT_FALSE(got->is_timed);
        EXPECT_EQ(got->event.occurred_at, kReceived);
        EXPECT_EQ(got->event.state_time, kReceived);
        EXPECT_EQ(got->event.faults, (std::vector<std::string>{"absent:time", "absent:data"}));
        EXPECT_FALSE(got->event.position);
        EXPECT_EQ(got->event.grade, "20");
        EXPECT_EQ(got->event.state, "10");
    }
}

TEST(CloudEvents, UnderTheirOwnContentTypeSpecversionIsRequired) {
    EXPECT_TRUE(decode(kOwn, "application/json"));
    const auto got = decode(kOwn, "Application/CloudEvents+JSON; charset=UTF-8");
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().message, "specversion is required");
    EXPECT_TRUE(decode(kCloud, "Application/CloudEvents+JSON; charset=UTF-8"));
}

TEST(CloudEvents, ABatchAndOtherEventFormatsAreRefusedByName) {
    for (const auto* type : {"application/cloudevents-batch+json", "application/cloudevents+avro", "application/cloudevents"}) {
        const auto mode = mode_of({.bytes = kCloud, .received_at = {}, .content_type = type});
        ASSERT_FALSE(mode) << type;
        EXPECT_EQ(mode.error().field, "Content-Type") << type;
        EXPECT_FALSE(decode(kCloud, type)) << type;
    }
}

TEST(CloudEvents, BinaryModeIsReadFromItsHeaders) {
    const Headers headers{{"ce-specversion", "1.0"},
                          {"ce-id", "a%2D1 \xEA\xB0\x80"},
                          {"ce-source", "\"//bells.mapo/\\7\""},
                          {"ce-type", "EBSCP110"},
                          {"ce-time", "2026-11-23T12:30:04.25Z"},
                          {"ce-subject", "%EC%A2%85%eb%a1%9c 100%"},
                          {"ce-traceparent", "%C0%A0"},
                          {"content-type", "application/json"}};
    const Input input{R"({"position":[127,37.5],"place":"놀이터"})", kReceived, "application/json", &headers};

    const auto got = cloudevents::decode(input);

    ASSERT_TRUE(got) << got.error().message;
    const auto& event = got->event;
    EXPECT_EQ(event.number, "a-1 가");
    EXPECT_EQ(event.sender, "//bells.mapo/7");
    EXPECT_EQ(event.place, "놀이터");
    EXPECT_EQ(event.position, (Position{1'270'000'000, 375'000'000}));
    EXPECT_EQ(event.items.at("subject"), "종로 100%") << "what is no percent-encoding stays";
    EXPECT_EQ(event.faults, std::vector<std::string>{"attributeValue"}) << "an overlong space is no UTF-8";
    EXPECT_TRUE(got->is_timed);
    const auto kept = kept_headers(input);
    EXPECT_EQ(kept.size(), 7U);
    auto later = headers;
    later["ce-time"] = "2026-11-23T12:31:04Z";
    EXPECT_NE(cloudevents::decode({input.bytes, kReceived, input.content_type, &later})->event.body_digest, event.body_digest)
        << "the same body, and another message";
}

TEST(CloudEvents, BinaryModeNamesTheHeaderThatIsWrong) {
    const Headers whole{{"ce-specversion", "1.0"}, {"ce-id", "a"}, {"ce-source", "s"}, {"ce-type", "t"}};
    const auto error_of = [&](const char* name, const char* value) {
        auto headers = whole;
        if (value == nullptr)
            headers.erase(name);
        else
            headers[name] = value;
        const auto got = cloudevents::decode({"{}", kReceived, "application/json", &headers});
        return got ? std::string() : got.error().message;
    };
    for (const auto* name : {"ce-specversion", "ce-id", "ce-source", "ce-type"})
        EXPECT_EQ(error_of(name, nullptr), std::string(name) + " is required");
    EXPECT_EQ(error_of("ce-specversion", "0.3"), "ce-specversion must be \"1.0\"");
    EXPECT_EQ(error_of("ce-id", "%C0%A0"), "ce-id is not UTF-8");
    EXPECT_EQ(error_of("ce-id", "%07"), "ce-id must not hold control characters");
    EXPECT_NE(error_of("ce-time", "yesterday").find("ce-time must be an RFC 3339"), std::string::npos);
    EXPECT_EQ(error_of("ce-time", "2026-11-23T12:30:04Z"), "");
}

TEST(CloudEvents, OfManyHeadersThoseThatAreReadAreKept) {
    Headers headers{{"ce-specversion", "1.0"}, {"ce-id", "a"}, {"ce-source", "s"}, {"ce-type", "t"}};
    for (int i = 0; i < 200; ++i) headers["ce-a" + std::to_string(i)] = std::string(10'000, 'x');
    const Input input{"", kReceived, "", &headers};

    const auto kept = kept_headers(input);

    EXPECT_EQ(kept.size(), kHeadersMax);
    EXPECT_EQ(kept.count("ce-type"), 1U);
    EXPECT_EQ(kept.at("ce-a0").size(), kHeaderBytesMax);
    EXPECT_TRUE(cloudevents::decode(input));
}

TEST(CloudEvents, PositionsAreJudgedAsEverywhere) {
    EXPECT_EQ(decode(with("[127,37.5]", "[37.5,127]"))->position_fault, PositionFault::swapped);
    EXPECT_EQ(decode(with("[127,37.5]", "[0,0]"))->position_fault, PositionFault::zero);
    EXPECT_EQ(decode(with("[127,37.5]", "[2,48]"))->position_fault, PositionFault::far);
    EXPECT_EQ(decode(with("[127,37.5]", "null"))->position_fault, PositionFault::none);
    EXPECT_TRUE(decode(with("[127,37.5]", "[2,48]"))->faults.empty());
}

TEST(CloudEvents, APositionThatCannotBeReadIsNotedAndRefusesNothing) {
    for (const auto* written : {"[127]", "[]", "[127,null]", R"(["127",37.5])", R"(["127","37.5"])", "[127,37.5,40]", "[[127,37.5]]",
                                "[true,37.5]", R"({"lon":127,"lat":37.5})", R"("127,37.5")", "127", "false"}) {
        const auto event = decode(with("[127,37.5]", written));

        ASSERT_TRUE(event) << written << ": " << event.error().message;
        EXPECT_FALSE(event->position) << written;
        EXPECT_EQ(event->position_fault, PositionFault::zero) << written;
        EXPECT_EQ(event->faults, std::vector<std::string>{"positionFault:position"}) << written;
    }
}

TEST(CloudEvents, ANumberBeyondAllPlacesIsFarAndNotUnread) {
    for (const auto* written : {"[1e300,37.5]", "[18446744073709551615,37.5]", "[-127,37.5]"}) {
        const auto event = decode(with("[127,37.5]", written));

        ASSERT_TRUE(event) << written << ": " << event.error().message;
        EXPECT_EQ(event->position_fault, PositionFault::far) << written;
        EXPECT_TRUE(event->faults.empty()) << written;
    }
}

}  // namespace bongsu::event::cloudevents
