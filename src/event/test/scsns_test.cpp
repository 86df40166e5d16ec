#include "event/codec/scsns.hpp"

#include <gtest/gtest.h>

#include "event/codec/scsns_message.hpp"
#include "event/codec/scsns_writer.hpp"

namespace bongsu::event::scsns {

namespace {

WriterHead head() {
    return {.send_cd = "P1100000000",
            .rcv_cd = "B1100000000",
            .rr_key = "key",
            .at = *parse_rfc3339("2026-11-23T12:30:05Z", "at")};
}

WriterEvent event_10() {
    WriterEvent event;
    event.occurred_at = *parse_rfc3339("2026-11-23T12:30:04.25Z", "at");
    event.state_time = event.occurred_at;
    event.number = number_of(event.occurred_at);
    event.position = Position{1'269'236'512, 375'571'034};
    event.place = "마포구";
    event.text = "\"따옴표\" \\ 줄\n";
    event.items = {{"A", "1"}, {"B", "나"}};
    return event;
}

Decoded decode_json(const std::string& bytes) {
    return decode({.content_type = "application/json", .bytes = bytes});
}

}  // namespace

TEST(ScsnsReply, SaysZeroForSuccessAlone) {
    EXPECT_EQ(reply(Code::ok, ""),
              R"({"startTag":"$DA","result":"0","type":"2000","message":"","finishTag":"$DF"})");
    EXPECT_EQ(
        reply(Refusal{Code::missing, "evtId", "evtId is missing"}),
        R"({"startTag":"$DA","result":"1","type":"4101","message":"evtId is missing","finishTag":"$DF"})");
    EXPECT_EQ(reply(Code::invalid, "\xff"), R"({"startTag":"$DA","result":"1","type":"4102","message":"","finishTag":"$DF"})");
    for (const auto code : {Code::bad_request, Code::unauthorised, Code::not_found, Code::invalid,
                            Code::too_many, Code::internal, Code::unavailable}) {
        EXPECT_NE(reply(code, "x").find(R"("result":"1")"), std::string::npos);
    }
}

TEST(ScsnsWriter, WritesWhatTheDecoderReads) {
    for (const auto* state : {"10", "20", "40", "50", "90", "91"}) {
        auto written = event_10();
        written.state = state;

        const auto got = decode_json(write_event(head(), written));

        ASSERT_TRUE(got.ok()) << got.refusal.reason;
        EXPECT_EQ(got.event->state, state);
        EXPECT_EQ(got.event->number, "20261123213004250");
        EXPECT_EQ(got.event->position, written.position);
        EXPECT_EQ(got.event->text, written.text);
        EXPECT_EQ(got.event->items.at("B"), "나");
        EXPECT_TRUE(got.event->faults.empty()) << ::testing::PrintToString(got.event->faults);
        EXPECT_EQ(got.envelope.rr_key, "key");
        EXPECT_EQ(got.envelope.tran_sys_his.size(), 2U);
    }
}

TEST(ScsnsWriter, AsksForASessionWithTheProfilesField) {
    const auto bytes = write_get_auth(head(), "secret", "svcKey");

    const auto got = decode({.content_type = "application/json", .bytes = bytes, .api_key_field = "svcKey"});
    const auto other = decode_json(bytes);

    EXPECT_EQ(got.api_key, "secret");
    EXPECT_EQ(other.refusal.field, "apiKey");
}

TEST(Scsns, HeadersStandInForAbsentFieldsAndDifferencesAreNoted) {
    auto bytes = write_event(head(), event_10());
    const std::map<std::string, std::string> headers{{"x-scsns-sendcd", "P1100000000"},
                                                     {"x-scsns-svcty", "EVENT"}};
    const std::map<std::string, std::string> others{{"x-scsns-sendcd", "P1199999999"}};
    auto bare = bytes;
    bare.replace(bare.find(R"("sendCd":"P1100000000",)"), 23, "");

    const auto filled = decode({.content_type = "application/json", .bytes = bare, .headers = &headers});
    const auto differing = decode({.content_type = "application/json", .bytes = bytes, .headers = &others});

    ASSERT_TRUE(filled.ok()) << filled.refusal.reason;
    EXPECT_EQ(filled.event->sender, "P1100000000");
    ASSERT_TRUE(differing.ok());
    EXPECT_EQ(differing.event->sender, "P1100000000");
    EXPECT_EQ(differing.event->faults, std::vector<std::string>{"headerMismatch:sendCd"});
}

TEST(Scsns, EncryptionByHeaderIsRefusedByName) {
    auto bytes = write_event(head(), event_10());
    bytes.replace(bytes.find(R"("encAt":"N",)"), 12, "");
    const std::map<std::string, std::string> headers{{"x-scsns-encat", "Y"}};

    const auto got = decode({.content_type = "application/json", .bytes = bytes, .headers = &headers});

    EXPECT_EQ(got.refusal.code, Code::invalid);
    EXPECT_EQ(got.refusal.field, "encAt");
}

TEST(Scsns, AMessageOfExactlyTheLimitIsTaken) {
    auto bytes = write_event(head(), event_10());
    bytes.append(kMessageBytesMax - bytes.size(), ' ');

    EXPECT_TRUE(decode_json(bytes).ok());
    EXPECT_EQ(decode_json(bytes + " ").refusal.code, Code::bad_request);
}

TEST(Scsns, RefusalsNeverRepeatWhatWasSent) {
    auto written = event_10();
    written.grade = "s3cret-value";

    const auto got = decode_json(write_event(head(), written));

    EXPECT_EQ(got.refusal.field, "evtGrad");
    EXPECT_EQ(got.refusal.reason.find("s3cret"), std::string::npos);
}

TEST(Scsns, TooManyItemsAreCutAndNoted) {
    auto written = event_10();
    written.items.clear();
    for (int i = 0; i < 200; ++i) written.items.emplace_back("K" + std::to_string(i), "v");

    const auto got = decode_json(write_event(head(), written));

    ASSERT_TRUE(got.ok());
    EXPECT_EQ(got.event->items.size(), kItemsMax);
    EXPECT_EQ(got.event->faults, std::vector<std::string>{"itemsMax"});
}

TEST(Scsns, TheBodysBytesAreFoundBetweenOtherValues) {
    EXPECT_EQ(top_level_slice(R"({"a":{"body":1},"b":"\"body\":2", "body" : {"c":[1,"}"]} ,"d":3})", "body"),
              R"({"c":[1,"}"]})");
    EXPECT_EQ(top_level_slice(R"({"body":1,"body":[2]})", "body"), "[2]");
    EXPECT_EQ(top_level_slice(R"({"a":1})", "body"), "");
    EXPECT_EQ(top_level_slice("", "body"), "");
}

}  // namespace bongsu::event::scsns
