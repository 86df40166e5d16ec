// What goes back to partners, what comes back from them, and what we send in their formats.

#include <gtest/gtest.h>

#include "event/codec/telegram_fields.hpp"
#include "golden.hpp"

namespace bongsu::event {

namespace {

telegram::Telegram sample() {
    return {.head = {"10", "10", "20261123213004", "UCP", "119", "20261123213005"},
            .fields = {{"K-1"}, {"화재; 큰불"}, {"126.9", "37.5", "0"}, {""}}};
}

scsns::WriterEvent scsns_sample() {
    scsns::WriterEvent event;
    event.occurred_at = event.state_time = *parse_rfc3339("2026-11-23T12:30:04Z", "at");
    event.number = "20261123213004123";
    event.position = Position{1'269'236'512, 375'571'034};
    event.place = "마포구";
    event.text = "폭행; 도주";
    event.items = {{"A", "1"}, {"B", "나"}};
    return event;
}

scsns::WriterHead head() {
    return {.send_cd = "P1100000000",
            .rcv_cd = "B1100000000",
            .at = *parse_rfc3339("2026-11-23T12:30:05Z", "at")};
}

}  // namespace

TEST(TelegramWriter, WritesWhatTheParserReadsInEveryEncodingAndUnit) {
    for (const auto encoding : {Encoding::utf8, Encoding::cp949}) {
        for (const auto unit : {LengthUnit::bytes, LengthUnit::letters}) {
            const auto bytes = telegram::write(sample(), unit, encoding);
            const auto parsed = telegram::parse(bytes, unit, encoding);
            EXPECT_EQ(parsed.refusal.reason, "");
            EXPECT_EQ(parsed.telegram, sample());
            EXPECT_EQ(telegram::write(parsed.telegram, unit, encoding), bytes);
        }
    }
}

TEST(TelegramWriter, SeparatorsWithinATextBecomeSpaces) {
    auto telegram = sample();
    telegram.fields[1] = {
        "a\x1E"
        "b\x1F"
        "c"};
    EXPECT_EQ(telegram::parse(telegram::write(telegram)).telegram.fields[1][0], "a b c");
}

TEST(TelegramFramer, SeveralOnOneConnectionAreCutApart) {
    const auto one = telegram::write(sample());
    telegram::Framer framer;
    auto fed = framer.feed(one + "\r\n;" + one + one.substr(0, 10));
    ASSERT_EQ(fed.messages.size(), 2U);
    EXPECT_EQ(fed.messages[1], one);
    EXPECT_EQ(framer.feed(one.substr(10)).messages.size(), 1U);
    EXPECT_TRUE(framer.finish().ok());
}

TEST(TelegramAnswer, SaysThePartnersOwnWords) {
    const auto text = [](const Refusal& refusal) {
        return (*telegram::AnswerReader().feed(telegram::answer(refusal)).value()).message;
    };
    EXPECT_EQ(text({}), "");
    EXPECT_EQ(text({Code::unauthorised, "", ""}), "사용자 또는 권한이 없습니다");
    EXPECT_EQ(text({Code::invalid, "STA_TYP_CD", ""}), "발생유형이 잘못 되었습니다");
    EXPECT_EQ(text({Code::unauthorised, "SND_SYS_CD", ""}), "알수 없는 송수신 코드");
    EXPECT_EQ(text({Code::not_found, "evtId", ""}), "미등록 서비스 요청");
    EXPECT_EQ(text({Code::invalid, "DATA_LEN", ""}), "알수 없는 오류 (DATA_LEN)");
    EXPECT_EQ(text({Code::too_many, "", "x"}), "접수되지 않음: 다시 보내 주십시오 (전송량 초과)");
    EXPECT_EQ(text({Code::unavailable, "", "x"}), "접수되지 않음: 다시 보내 주십시오 (저장 안됨)");
    for (const auto encoding : {Encoding::utf8, Encoding::cp949}) {
        const auto bytes = telegram::answer({Code::too_many, "", ""}, encoding);
        EXPECT_EQ(bytes.size(), telegram::kAnswerBytes);
        EXPECT_NE(telegram::AnswerReader(encoding).feed(bytes).value()->message.find(telegram::kSendAgain), std::string::npos);
    }
    EXPECT_EQ(text({Code::invalid, std::string(300, 'x'), ""}).size(), 100U);
}

TEST(TelegramAnswer, IsReadToItsEndHoweverLongItsPaddingIs) {
    // Padded to 100 letters: the bytes are more, because each Hangul letter has three.
    const std::string message = "미등록 서비스 요청";
    telegram::AnswerReader reader;
    EXPECT_FALSE(reader.feed("1" + message).value());
    EXPECT_FALSE(reader.feed(std::string(90, ' ')).value());
    const auto got = reader.feed(";").value();
    ASSERT_TRUE(got);
    EXPECT_FALSE(got->ok);
    EXPECT_EQ(got->message, message);
}

TEST(TelegramAnswer, HasACapAndAForm) {
    EXPECT_EQ(telegram::AnswerReader().feed("HTTP/1.1 400").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(telegram::AnswerReader().feed("0" + std::string(2000, ' ')).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(telegram::AnswerReader().feed("1\xFF\xFF;").error().kind, ErrorKind::corrupt);
    telegram::AnswerReader silent;  // A peer that accepts and never answers: the caller's deadline ends it.
    EXPECT_FALSE(silent.feed("").value());
}

TEST(ForwardHead, Has36BytesAndComesBack) {
    const telegram::ForwardHead head{.type = "E10",
                                     .send = "UCP",
                                     .receive = "119",
                                     .pattern = '2',
                                     .body_type = "01",
                                     .sent = "20261123213005",
                                     .data_length = 512};
    const auto bytes = telegram::write_forward_head(head).value();
    EXPECT_EQ(bytes, "E10UCP119201202611232130050000000512");
    EXPECT_EQ(bytes.size(), telegram::kForwardHeadBytes);
    EXPECT_EQ(telegram::parse_forward_head(bytes).value(), head);
}

TEST(ForwardHead, NamesTheFieldThatIsWrong) {
    const auto error = [](std::string_view bytes) {
        return telegram::parse_forward_head(bytes).error().message;
    };
    EXPECT_EQ(error("short"), "a forwarding head has 36 bytes");
    EXPECT_EQ(error("E10UCP119901202611232130050000000512"), "MSG_EXCH_PTRN must be 1, 2 or 3");
    EXPECT_EQ(error("E10UCP119203202611232130050000000512"), "BODY_TYPE must be 01 or 02");
    EXPECT_EQ(error("E10UCP119201202611232130050000xx0512"), "DATA_LEN must be ten digits");
    EXPECT_EQ(error("E10UCP119201202611232130059999999999"), "DATA_LEN must be at most 65536");
}

TEST(ScsnsTcpWriter, WritesWhatTheDecoderReads) {
    for (const auto* state : {"10", "20", "40", "50", "90", "91"}) {
        auto written = scsns_sample();
        written.state = state;
        const auto bytes = scsns_tcp::write_event(head(), written);

        const auto got = scsns_tcp::decode({.bytes = bytes});

        ASSERT_TRUE(got.ok()) << got.refusal.reason;
        EXPECT_EQ(got.event->state, state);
        EXPECT_EQ(got.event->number, written.number);
        EXPECT_EQ(got.event->position, written.position);
        EXPECT_EQ(got.event->text, written.text);
        EXPECT_EQ(got.event->items.at("B"), "나");
        EXPECT_EQ(got.event->occurred_at, written.occurred_at);
        EXPECT_TRUE(got.event->faults.empty()) << ::testing::PrintToString(got.event->faults);
    }
}

TEST(ScsnsTcpWriter, SendsNoLetterThatAPlainReaderTakesForASeparator) {
    auto written = scsns_sample();
    written.text = "Иван ߀";
    const auto bytes = scsns_tcp::write_event(head(), written);
    EXPECT_EQ(std::count(bytes.begin(), bytes.end(), '\xDF'), 1);
    EXPECT_EQ(scsns_tcp::decode({.bytes = bytes}).event->text, "\uFFFD\uFFFD\uFFFD\uFFFD \uFFFD");
}

TEST(ScsnsTcpReply, ComesBack) {
    const auto refused =
        scsns_tcp::read_reply(scsns_tcp::reply({Code::missing, "evtId", "evtId is missing"})).value();
    EXPECT_FALSE(refused.ok);
    EXPECT_EQ(refused.type, "4101");
    EXPECT_EQ(refused.message, "evtId is missing");
    EXPECT_TRUE(scsns_tcp::read_reply(scsns_tcp::reply({})).value().ok);
    for (const auto* bytes : {"", "\xDA",
                              "\xDA"
                              "2\xD1"
                              "2000\xD1\xDF",
                              "\xDA"
                              "0\xD1xx\xD1\xDF"}) {
        EXPECT_FALSE(scsns_tcp::read_reply(bytes));
    }
}

TEST(TelegramFields, AreTheServicesUnlessTheProfileSaysOthers) {
    EXPECT_EQ(telegram::fields_of(golden::profile_of("carrier"), "10").size(), 19U);
    EXPECT_EQ(telegram::fields_of(golden::profile_of("disaster"), "10").size(), 20U);
    EXPECT_EQ(telegram::fields_of(golden::profile_of("patrol"), "30").size(), 7U);
    EXPECT_EQ(telegram::fields_of(golden::profile_of("another-112"), "10").size(), 8U);
}

TEST(CloudEvents, UnderAProfileAreAdmittedLikeAnyOther) {
    auto profile = golden::profile_of("police-http");
    profile.format = Format::cloudevents;
    profile.types = {"112UC001"};
    const std::string taken =
        R"({"specversion":"1.0","id":"1","source":"x","type":"112UC001","time":"2026-11-23T12:30:04Z","data":{}})";
    auto other = taken;
    other.replace(other.find("112UC001"), 8, "119UC001");

    EXPECT_EQ(decode(profile, {.bytes = taken, .received_at = {}}).event()->sender, "P1100000000:x");
    EXPECT_EQ(decode(profile, {.bytes = other, .received_at = {}}).refusal.field, "type");
    EXPECT_EQ(decode(profile, {.bytes = "{}", .received_at = {}}).refusal.field, "id");
}

TEST(Scsns, AnAuthMessageIsALogin) {
    const auto got = golden::decode_file("scsns/auth.json", "police-http");
    ASSERT_NE(got.login(), nullptr);
    EXPECT_EQ(got.login()->secret, "golden-key-1");
    EXPECT_EQ(got.login()->user, "P1100000000");
}

}  // namespace bongsu::event
