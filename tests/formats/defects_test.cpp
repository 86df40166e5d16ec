// What existing platforms get wrong, and what partners' messages get wrong: one test each, over every format
// in which it can happen.

#include <gtest/gtest.h>

#include "event/codec/claim.hpp"

#include <algorithm>

#include "event/types.hpp"
#include "golden.hpp"

namespace bongsu::event {

namespace {

using golden::decode_file;
using golden::profile_of;

Event event_of(const std::string& path, const std::string& profile) {
    const auto got = decode_file(path, profile);
    EXPECT_NE(got.event(), nullptr) << path << " " << got.refusal.reason;
    return got.event() == nullptr ? Event{} : *got.event();
}

Event http(const std::string& file) { return event_of("scsns/" + file, "police-http"); }
Event tcp(const std::string& file) { return event_of("scsns_tcp/" + file, "police-tcp"); }
Event fire(const std::string& file) { return event_of("telegram/" + file, "fire"); }

Refusal refusal_of(const std::string& path, const std::string& profile) {
    const auto got = decode_file(path, profile);
    EXPECT_FALSE(got.ok()) << path;
    return got.refusal;
}

bool has(const Event& event, std::string_view fault) {
    return std::find(event.faults.begin(), event.faults.end(), fault) != event.faults.end();
}

wearable::Reading reading_of(const std::string& line) {
    const auto got = wearable::read(profile_of("bells"), line);
    EXPECT_EQ(static_cast<int>(got.refusal.code), static_cast<int>(Code::ok)) << got.refusal.reason;
    return got.reading;
}

const std::string kEmergency = "SMART,김,9,010,마포구,SN-1,SM-1,NORMAL,87,1,126.9236512,37.5571034,0";
const std::string kCalm = "SMART,김,9,010,마포구,SN-1,SM-1,NORMAL,87,0,126.9236512,37.5571034,0";

}  // namespace

// --- defects of existing platforms ---

TEST(Defect, AnUnknownEventTypeIsNotTurnedIntoA119Report) {
    for (const auto& event : {http("type_unknown.json"), tcp("type_unknown.bin"),
                              event_of("telegram/unmapped.bin", "fire-mapped")}) {
        EXPECT_NE(event.type, "119UC001");
        EXPECT_FALSE(event.known);
        EXPECT_EQ(type_or_unregistered(event.type).name_ko, "미등록 이벤트");
    }
}

TEST(Defect, AnUnknownStateIsNotTakenFor10) {
    EXPECT_EQ(refusal_of("scsns/state_unknown.json", "police-http").field, "ocrSts");
    EXPECT_EQ(refusal_of("scsns_tcp/state_unknown.bin", "police-tcp").field, "ocrSts");
    EXPECT_EQ(refusal_of("telegram/state_unknown.bin", "fire").field, "STA_TYP_CD");
}

TEST(Defect, AnUnknownGradeIsNotTakenForUrgent) {
    EXPECT_EQ(refusal_of("scsns/grade_unknown.json", "police-http").field, "evtGrad");
    EXPECT_EQ(refusal_of("scsns_tcp/grade_unknown.bin", "police-tcp").field, "evtGrad");
}

TEST(Defect, Messages40And50ChangeTheSameEventNotAnother) {
    EXPECT_EQ(http("update.json").number, http("open.json").number);
    EXPECT_EQ(http("release.json").number, http("open.json").number);
    EXPECT_EQ(fire("moved.bin").number, fire("fire.bin").number);
    EXPECT_EQ(fire("moved.bin").state, "40");
}

TEST(Defect, AnEmptyItemKeyDoesNotEndTheList) {
    EXPECT_EQ(http("items_empty_key.json").items.at("CAR_NUM"), "12가3456");
    EXPECT_EQ(tcp("items_empty_key.bin").items.at("CAR_NUM"), "12가3456");
}

TEST(Defect, TheItemCountIsNotTrusted) {
    EXPECT_EQ(http("items_count_wrong.json").items.size(), 2U);
    EXPECT_EQ(tcp("items_count_wrong.bin").items.size(), 2U);
    EXPECT_TRUE(has(tcp("items_count_wrong.bin"), "itemCount"));
}

TEST(Defect, AnEmptyOrWordyItemCountStopsNothing) {
    EXPECT_EQ(http("items_count_word.json").items.size(), 2U);
    EXPECT_EQ(tcp("items_count_word.bin").items.size(), 2U);
    EXPECT_EQ(tcp("items_count_empty.bin").items.size(), 2U);
}

TEST(Defect, ZeroWithDecimalsAndEmptyAreNoPlaceEither) {
    for (const auto& event : {http("place_zero_decimals.json"), http("place_empty.json"),
                              tcp("place_zero_decimals.bin"), tcp("place_empty.bin"), fire("place_zero.bin"),
                              fire("place_empty.bin"), event_of("wearable/place_zero.txt", "bells")}) {
        EXPECT_FALSE(event.position);
        EXPECT_EQ(event.position_fault, PositionFault::zero);
    }
}

TEST(Defect, ASemicolonWithinATextDoesNotEndTheFrame) {
    EXPECT_EQ(fire("fire.bin").place, "경기도 성남시 분당구 판교로 1; 2층");
    EXPECT_EQ(fire("fire.bin").sender_user, "user119");
    EXPECT_EQ(fire("semicolon_last.bin").sender_user, "user119;");
}

TEST(Defect, TheLengthIsCheckedAgainstTheBody) {
    for (const auto* file : {"length_long.bin", "length_short.bin", "no_end.bin", "length_huge.bin"}) {
        EXPECT_EQ(refusal_of(std::string("telegram/") + file, "fire").field, "DATA_LEN") << file;
    }
}

TEST(Defect, HangulIsCountedInBytesUnlessLettersAreAgreed) {
    EXPECT_EQ(fire("fire.bin").type_name, "화재");
    EXPECT_EQ(event_of("telegram/in_letters.bin", "fire-letters").type_name, "화재");
    EXPECT_EQ(refusal_of("telegram/in_letters_unagreed.bin", "fire").field, "DATA_LEN");
}

TEST(Defect, TheEndOfTheStreamIsAnsweredAndLoopsNowhere) {
    EXPECT_EQ(refusal_of("telegram/eof_byte.bin", "fire").field, "DATA_LEN");
    EXPECT_EQ(refusal_of("telegram/head_short.bin", "fire").reason, "the telegram ends within its head");
    EXPECT_EQ(refusal_of("scsns_tcp/truncated.bin", "police-tcp").field, "finishTag");
}

TEST(Defect, WhatWasKeptOfHalfAMessageIsHalfAMessageStill) {
    const auto whole = golden::bytes_of("scsns_tcp/place_swapped.bin");
    const auto half = whole.substr(0, whole.size() - 1);
    EXPECT_TRUE(decode(profile_of("police-tcp"), {.bytes = half, .received_at = golden::received_at()}).ok()) << "to the codec it is one";
    EXPECT_EQ(judge_frame(profile_of("police-tcp"), half).field, "finishTag");
    EXPECT_EQ(judge_frame(profile_of("police-tcp"), whole + whole).reason, "there must be one message");
    EXPECT_EQ(judge_frame(profile_of("police-tcp"), whole).code, Code::ok);

    // Far too long a line has no end that anybody waits for.
    StreamFramer framer(profile_of("bells"));
    const auto fed = framer.feed("SMS," + std::string(wearable::kLineBytesMax, 'a'));
    EXPECT_FALSE(fed.ok());
    EXPECT_TRUE(fed.messages.empty());
    EXPECT_LE(framer.pending().size(), wearable::kMessageBytesMax + 1);
    EXPECT_FALSE(framer.feed("\nSENSOR,a,b,,90,1,127.04,37.5446,0\n").ok());
}

TEST(Defect, ACallIsNotLeftForWhatIsOfItsSendingOrForABlank) {
    auto telegram = golden::bytes_of("telegram/fire.bin");
    const auto told = event_of("telegram/fire.bin", "fire");
    const auto sent = telegram.find(std::string("UCP")) + 3;
    for (const auto* digits : {"00000000000000", "              ", "20261332256199"}) {
        auto odd = telegram;
        odd.replace(sent, 14, digits);
        const auto got = decode(profile_of("fire"), {.bytes = odd, .received_at = golden::received_at()});
        ASSERT_NE(got.event(), nullptr) << digits << " " << got.refusal.reason;
        EXPECT_TRUE(has(*got.event(), "timeFault:SND_DTM")) << digits;
        EXPECT_EQ(got.event()->number, told.number);
        EXPECT_EQ(got.event()->body_digest, told.body_digest) << "a repeat all the same";
    }
    EXPECT_EQ(reading_of("SENSOR, SN-1, SM-1 ,NORMAL,90,1,127.04,37.5446,0").device, "SN-1");
    for (const auto* number : {"2026/11-7", "제3호", "A #4", "a.b:c(1)"}) EXPECT_TRUE(is_number(number)) << number;
    for (const auto* number : {"", " a", "a ", "<script>", "a;b", "a,b", "a\"b", "a'b", "a&b", "a|b", "a\\b", "a\x01", "\xFF", "\xE2\x80\xAE", "Д1"})
        EXPECT_FALSE(is_number(number)) << number;
    EXPECT_FALSE(is_number(std::string(65, 'a')));
}

TEST(Defect, ASecondPhoneIsNoPartOfThePlace) {
    const auto two = reading_of("SMART,홍길동,70,010-1234-5678,010-8765-4321,서울 성동구, 왕십리로 1,SN-1,SM-1,NORMAL,87,1,126.92,37.55,0");
    EXPECT_EQ(two.items.at("phones"), "010-1234-5678,010-8765-4321");
    EXPECT_EQ(two.address, "서울 성동구, 왕십리로 1");
    EXPECT_EQ(two.faults, std::vector<std::string>{"commaIn:address"});
    const auto plain = reading_of("SMART,홍길동,70,010-1234-5678,02-120,SN-1,SM-1,NORMAL,87,1,126.92,37.55,0");
    EXPECT_EQ(plain.address, "02-120") << "as many as there are names: it stands where the place does";
    EXPECT_EQ(reading_of("SMART,홍길동,70,,서울, 1,SN-1,SM-1,NORMAL,87,1,126.92,37.55,0").address, "서울, 1");
}

TEST(Defect, ALineThatIsTooLongTakesTheOneBehindItNowhere) {
    const std::string longest = "SMS,1," + std::string(wearable::kMessageBytesMax - 6, 'a'), alarm = "SENSOR,a,b,,90,1,127.04,37.5446,0";
    for (const auto& line : {longest, longest + "a", longest + std::string(5000, 'a')}) {
        for (const auto* end : {"\n", "\r\n"}) {
            StreamFramer framer(profile_of("bells"));
            const auto fed = framer.feed(line + end + alarm + end);
            ASSERT_TRUE(fed.ok());
            ASSERT_EQ(fed.messages.size(), 2U) << line.size();
            EXPECT_EQ(fed.messages[1], alarm);
            EXPECT_LE(fed.messages[0].size(), wearable::kMessageBytesMax + 1);
            const auto decoding = decode(profile_of("bells"), {.bytes = fed.messages[0], .received_at = golden::received_at()});
            EXPECT_EQ(decoding.ok(), line == longest) << line.size();
            EXPECT_EQ(judge_frame(profile_of("bells"), fed.messages[0]).code, Code::ok) << "what was kept of it is read the same";
        }
    }
}

/// What is refused for another field still says which occurrence it is about.
TEST(Defect, ARefusedMessageNamesTheOccurrenceThatItIsAbout) {
    const auto claimed = [](const std::string& path, const std::string& profile) {
        const auto bytes = golden::bytes_of(path);
        EXPECT_FALSE(decode(profile_of(profile), {.bytes = bytes, .received_at = golden::received_at()}).ok()) << path;
        return claim_of(profile_of(profile), {.bytes = bytes, .received_at = golden::received_at()}).number;
    };
    for (const auto* path : {"scsns/state_unknown.json", "scsns/grade_unknown.json"}) EXPECT_FALSE(claimed(path, "police-http").empty()) << path;
    for (const auto* path : {"scsns_tcp/state_unknown.bin", "scsns_tcp/grade_unknown.bin", "scsns_tcp/truncated.bin"})
        EXPECT_FALSE(claimed(path, "police-tcp").empty()) << path;
    EXPECT_FALSE(claimed("telegram/state_unknown.bin", "fire").empty());
    EXPECT_TRUE(claimed("telegram/head_short.bin", "fire").empty());
    EXPECT_EQ(claim_of(profile_of("police-http"), {.bytes = R"({"body":{"ocrNbr":"\u0001 no word"}})", .received_at = golden::received_at()}).number, "");
    EXPECT_EQ(claim_of(profile_of("police-http"), {.bytes = "no JSON", .received_at = golden::received_at()}).number, "");
    EXPECT_EQ(claim_of(profile_of("police-http"), {.bytes = R"({"body":{"ocrNbr":"N-1"}})", .received_at = golden::received_at()}).number, "N-1");
}

TEST(Defect, FewerFieldsThanAgreedAreRefusedByNameAndAnswered) {
    const auto refusal = refusal_of("telegram/fields_few.bin", "fire");
    EXPECT_EQ(refusal.field, "occurred");
    EXPECT_EQ(answer(profile_of("fire"), refusal).size(), telegram::kAnswerBytes);
    EXPECT_EQ(refusal_of("scsns_tcp/fifteen.bin", "police-tcp").field, "dtCnt");
    EXPECT_EQ(refusal_of("wearable/fields_few.txt", "bells").field, "SMART");
}

TEST(Defect, AnAnswersPaddingIsCountedInBytes) {
    const Refusal refusal{Code::unauthorised, "", "x"};
    for (const auto encoding : {Encoding::utf8, Encoding::cp949}) {
        const auto bytes = telegram::answer(refusal, encoding);
        EXPECT_EQ(bytes.size(), 102U);
        EXPECT_EQ(bytes.front(), '1');
        EXPECT_EQ(bytes.back(), ';');
    }
}

TEST(Defect, TheSendersClockIsNotTrusted) {
    const auto bytes = golden::bytes_of("telegram/fire.bin");
    const auto hour_later = golden::received_at() + std::chrono::hours{1};

    const auto late = telegram::decode(profile_of("fire"), {bytes, hour_later});
    const auto right = telegram::decode(profile_of("fire"), {bytes, golden::received_at()});

    EXPECT_TRUE(has(*late.event(), "clockSkew"));
    EXPECT_FALSE(has(*right.event(), "clockSkew"));
}

TEST(Defect, TheCaseOfASystemCodeDoesNotMatter) {
    EXPECT_EQ(fire("lower_case.bin").number, fire("fire.bin").number);
}

// --- faults in partners' messages ---

TEST(Fault, ADuplicateHasTheDigestOfItsOriginal) {
    auto again = golden::bytes_of("telegram/fire.bin");
    again.replace(24, 14, "20261123213105");  // Sent again, a minute later.

    const auto second = telegram::decode(profile_of("fire"), {again, golden::received_at()});

    EXPECT_EQ(second.event()->body_digest, fire("fire.bin").body_digest);
    EXPECT_EQ(http("close.json").body_digest, http("close_again.json").body_digest);
}

TEST(Fault, AnEndBeforeItsBeginIsDecodedAsItCame) {
    EXPECT_EQ(http("close_before_open.json").state, "91");
    EXPECT_EQ(fire("closed.bin").state, "91");
}

TEST(Fault, TheSameNumberOfTwoSendersIsTwoKeys) {
    const auto bytes = golden::bytes_of("telegram/fire.bin");
    auto other = profile_of("fire");
    other.sender = "F2600000000";
    const auto theirs = telegram::decode(other, {bytes, {}});

    EXPECT_EQ(theirs.event()->number, fire("fire.bin").number);
    EXPECT_NE(theirs.event()->sender, fire("fire.bin").sender);
}

TEST(Fault, SwappedAxesArePutRightAndSaid) {
    for (const auto& event : {http("place_swapped.json"), tcp("place_swapped.bin"),
                              fire("place_swapped.bin"), event_of("wearable/place_swapped.txt", "bells")}) {
        EXPECT_EQ(event.position_fault, PositionFault::swapped);
        ASSERT_TRUE(event.position);
        EXPECT_GT(event.position->lon_e7, event.position->lat_e7);
    }
}

TEST(Fault, AProjectedOrFarPlaceIsNoPlace) {
    EXPECT_EQ(tcp("place_utm_k.bin").position_fault, PositionFault::projected);
    EXPECT_EQ(tcp("place_tokyo.bin").position_fault, PositionFault::far);
    EXPECT_FALSE(tcp("place_utm_k.bin").position || tcp("place_tokyo.bin").position);
}

TEST(Fault, ABodyLongerThanItsLengthIsNoted) {
    EXPECT_TRUE(has(http("length_wrong.json"), "bodyLenFault"));
    EXPECT_TRUE(has(tcp("length_short.bin"), "bodyLenFault"));
}

TEST(Fault, AWrongEncodingIsCalledByItsNameAndField) {
    EXPECT_EQ(refusal_of("scsns_tcp/latin1.bin", "police-tcp").reason, "ocrPlc is not UTF-8");
    EXPECT_EQ(refusal_of("scsns_tcp/cp949_words.bin", "police-tcp").reason, "ocrEvtCn is not UTF-8");
    EXPECT_EQ(refusal_of("telegram/cp949_unagreed.bin", "fire").reason, "field 2 is not UTF-8");
    EXPECT_EQ(refusal_of("telegram/utf8_unagreed.bin", "fire-cp949").reason, "field 3 is not CP949");
    EXPECT_EQ(refusal_of("wearable/cp949.txt", "bells").reason, "the message is not UTF-8");
}

TEST(Fault, SeventeenDigitsAreATimeLikeFourteen) {
    EXPECT_EQ(to_us(tcp("time_17.bin").occurred_at) - to_us(tcp("open.bin").occurred_at), 123'000);
    EXPECT_EQ(to_rfc3339(fire("time_17.bin").occurred_at), "2026-11-23T12:29:50.250000Z");
}

TEST(Fault, The30thOfFebruaryIsRefused) {
    EXPECT_EQ(refusal_of("scsns/time_impossible.json", "police-http").field, "ocrEvtTime");
    EXPECT_EQ(refusal_of("scsns_tcp/time_impossible.bin", "police-tcp").field, "ocrEvtTime");
    EXPECT_EQ(refusal_of("telegram/time_impossible.bin", "fire").field, "occurred");
    EXPECT_EQ(refusal_of("telegram/state_time_impossible.bin", "fire").field, "MSG_STA_DTM");
}

TEST(Fault, AYearThatNoPartnerCanMeanIsRefused) {
    EXPECT_EQ(refusal_of("scsns_tcp/time_year_1026.bin", "police-tcp").reason,
              "ocrEvtTime must be in the years 2000 to 2100");
}

TEST(Fault, AClockOffByAKnownAmountIsPutRight) {
    const auto event = event_of("scsns_tcp/agreed.bin", "police-tcp-agreed");
    EXPECT_EQ(tcp("open.bin").occurred_at - event.occurred_at, std::chrono::seconds{120});
    EXPECT_FALSE(has(event, "clockSkew"));  // 119 s before us once put right: within the limit.
}

TEST(Fault, ALoopInTheRouteIsNoted) {
    EXPECT_TRUE(has(http("history_loop.json"), "routeLoop"));
    EXPECT_TRUE(has(tcp("history_loop.bin"), "routeLoop"));
}

TEST(Fault, ADisabledServiceIsRefusedAndSaid) {
    EXPECT_EQ(refusal_of("scsns_tcp/disabled_service.bin", "police-tcp-agreed").code, Code::not_found);
    const auto refusal = refusal_of("telegram/disabled_service.bin", "fire-mapped");
    EXPECT_NE(answer(profile_of("fire"), refusal).find("미등록 서비스 요청"), std::string::npos);
}

TEST(Fault, ControlBytesReachNoScreen) {
    EXPECT_EQ(tcp("control.bin").text, "앞\xEF\xBF\xBD뒤\xEF\xBF\xBD끝");
    EXPECT_EQ(fire("control.bin").place, "앞\xEF\xBF\xBD뒤\n끝");
    EXPECT_EQ(event_of("wearable/control.txt", "bells").items.at("status"),
              "A\xEF\xBF\xBD"
              "B");
}

TEST(Fault, ADrillIsMarkedSoThatNothingOfItLeaves) {
    EXPECT_TRUE(event_of("telegram/drill.bin", "disaster").test);
    EXPECT_FALSE(event_of("telegram/disaster.bin", "disaster").test);
}

TEST(Fault, AnEncryptedMessageWithoutAKeyIsRefusedByNameAndSaysFromWhomItIs) {
    const auto bytes = golden::bytes_of("scsns_aria/no_key.json");
    const auto got = scsns::decode({.content_type = "application/json", .bytes = bytes});
    EXPECT_EQ(got.refusal.code, Code::invalid);
    EXPECT_EQ(got.refusal.field, "encAt");
    EXPECT_EQ(got.envelope.send_cd, "M1100000000");
}

// --- wearables ---

TEST(WearableFault, ACommaWithinAnAddressMovesNoOtherField) {
    const auto event = event_of("wearable/address_commas.txt", "bells");
    EXPECT_EQ(event.place, "서울, 마포구, 양화로, 160");
    EXPECT_EQ(event.items.at("sensorId"), "SN-0042");
    EXPECT_TRUE(has(event, "commaIn:address"));
}

TEST(WearableFault, AMissingBatteryIsNotedAndTheRestIsRead) {
    for (const auto* file : {"battery_empty.txt", "battery_left_out.txt"}) {
        const auto event = event_of(std::string("wearable/") + file, "bells");
        EXPECT_TRUE(has(event, "absent:battery")) << file;
        EXPECT_EQ(event.items.count("battery"), 0U) << file;
        EXPECT_TRUE(event.position) << file;
    }
}

TEST(WearableFault, ARepeatedEmergencyStaysOneOccurrence) {
    const auto& profile = profile_of("bells");
    const auto at = golden::received_at();
    const auto first = wearable::to_content(profile, reading_of(kEmergency), at, std::nullopt);
    const auto number = first.event()->number;

    const auto again =
        wearable::to_content(profile, reading_of(kEmergency), at + std::chrono::seconds{5}, number);
    const auto clear =
        wearable::to_content(profile, reading_of(kCalm), at + std::chrono::seconds{60}, number);

    EXPECT_EQ(number, "SN-1-20261123213006000");
    EXPECT_EQ(again.event()->number, number);
    EXPECT_EQ(again.event()->state, "40");
    EXPECT_TRUE(has(*again.event(), "emergencyRepeated"));
    EXPECT_EQ(clear.event()->number, number);
    EXPECT_EQ(clear.event()->state, "50");
}

TEST(WearableFault, ATestJoinsNoRealOccurrenceAndIsMarked) {
    const auto& profile = profile_of("bells");
    for (const auto* line : {"TEST,김,9,010,마포구,SN-1,SM-1,NORMAL,87,1,126.9,37.5,0",
                             "SMART,김,9,010,마포구,SN-1,SM-1,NORMAL,87,2,126.9,37.5,0"}) {
        const auto got =
            wearable::to_content(profile, reading_of(line), golden::received_at(), "SN-1-20261123213006000");

        ASSERT_NE(got.event(), nullptr);
        EXPECT_TRUE(got.event()->test);
        EXPECT_EQ(got.event()->state, "10");
        EXPECT_TRUE(got.event()->number.starts_with("TEST-SN-1-"));
    }
}

TEST(WearableFault, AClearWithNothingOpenClosesNothing) {
    const auto got =
        wearable::to_content(profile_of("bells"), reading_of("CLEAR,SN-1,SM-1"), golden::received_at(), {});
    EXPECT_EQ(got.event(), nullptr);
    ASSERT_NE(got.telemetry(), nullptr);
}

TEST(WearableFault, AMessageOfAnotherPlatformToGuardiansIsKeptAndNotSent) {
    const auto got = decode_file("wearable/sms.txt", "bells");
    ASSERT_NE(got.telemetry(), nullptr);
    EXPECT_EQ(got.telemetry()->kind, "text");
}

}  // namespace bongsu::event
