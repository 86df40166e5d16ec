#include "event/lane.hpp"

#include <gtest/gtest.h>

#include "event/codec/scsns_tcp.hpp"

namespace bongsu::event {
namespace {

Profile profile_of(Format format, Service service = Service::none, std::string type = {}) {
    Profile out;
    out.format = format;
    out.service = service;
    out.type = std::move(type);
    return out;
}

TEST(Lane, AnEmergencyIsKnownByItsTypeInEveryFormat) {
    const auto scsns = profile_of(Format::scsns);
    EXPECT_TRUE(is_urgent(scsns, R"({"svcTy":"EVENT","body":{"evtId": "112UC001","ocrNbr":"1"}})"));
    EXPECT_TRUE(is_urgent(scsns, "svcTy=EVENT&Body=%7B%22evtId%22%3A%22119UC001%22%7D"));
    EXPECT_TRUE(is_urgent(scsns, R"({"body":"{\"evtId\":\"EBSCP110\"}"})"));
    EXPECT_FALSE(is_urgent(scsns, R"({"body":{"evtId":"WESEN110"}})"));
    EXPECT_TRUE(is_urgent(scsns, R"({"encAt":"Y","body":"6f2c"})")) << "what cannot be seen may be one";
    EXPECT_TRUE(is_urgent(profile_of(Format::cloudevents), R"({"id":"1","type":"SEBSF110"})"));
    EXPECT_FALSE(is_urgent(profile_of(Format::cloudevents), R"({"id":"1","type":"WESEN110","data":{}})"));
    EXPECT_TRUE(is_urgent(profile_of(Format::wearable), "SENSOR,,,,,S1,,,90,1,0,0,0"));
    const auto fire = profile_of(Format::telegram, Service::dispatch_119, "119UC001");
    EXPECT_TRUE(is_urgent(fire, "1010"));
    EXPECT_FALSE(is_urgent(fire, "3010")) << "a vehicle's position";

    scsns::WriterEvent event;
    event.number = "1";
    const scsns::WriterHead head{.send_cd = "P1100000000", .rcv_cd = "B1100000000", .at = WallTime{}};
    EXPECT_TRUE(is_urgent(profile_of(Format::scsns_tcp), scsns_tcp::write_event(head, event)));
    event.type = "WESEN110";
    EXPECT_FALSE(is_urgent(profile_of(Format::scsns_tcp), scsns_tcp::write_event(head, event)));
}

TEST(Lane, APartnersOwnCodeIsLookedUp) {
    auto profile = profile_of(Format::scsns);
    profile.codes = *CodeMap::parse("code,evtId\nBELL,EBSCP110\nAIR,WESEN110\n");
    EXPECT_TRUE(is_urgent(profile, R"({"body":{"evtId":"BELL"}})"));
    EXPECT_FALSE(is_urgent(profile, R"({"body":{"evtId":"AIR"}})"));
}

TEST(Lane, ACloudEventsTypeIsItsHeadersInBinaryModeAndItsSendersCodeInBoth) {
    auto profile = profile_of(Format::cloudevents);
    EXPECT_TRUE(is_urgent_event(profile, "112UC001", "smoke"));
    EXPECT_TRUE(is_urgent_event(profile, R"("119UC001")", "{}"));
    EXPECT_TRUE(is_urgent_event(profile, "", R"({"type":"119UC001"})"));
    EXPECT_FALSE(is_urgent_event(profile, "WESEN110", R"({"type":"119UC001"})")) << "the body is the sender's own";
    EXPECT_FALSE(is_urgent_event(profile, "WESEN110", std::string(20000, ' '))) << "however long it is";
    EXPECT_FALSE(is_urgent_event(profile, "kr.go.fire.alarm", "{}"));
    profile.codes = *CodeMap::parse("code,evtId\nkr.go.fire.alarm,119UC001\nAIR,WESEN110\n");
    EXPECT_TRUE(is_urgent_event(profile, "kr.go.fire.alarm", "{}"));
    EXPECT_TRUE(is_urgent_event(profile, "", R"({"type":"kr.go.fire.alarm"})"));
    EXPECT_TRUE(is_urgent_event(profile, "%EB%B9%84", "{}")) << "it cannot be read here";
    EXPECT_FALSE(is_urgent_event(profile, "AIR", "{}"));
}

TEST(Lane, ACodeWithOtherSignsThanLettersIsLookedUpAndOneThatIsWrittenOtherwiseMayBeOne) {
    auto profile = profile_of(Format::scsns);
    profile.codes = *CodeMap::parse("code,evtId\nBELL-1,EBSCP110\n비상벨,EBSCP110\nAIR-1,WESEN110\n");
    EXPECT_TRUE(is_urgent(profile, R"({"body":{"evtId":"BELL-1","evtNm":"x"}})"));
    EXPECT_TRUE(is_urgent(profile, R"({"body":"{\"evtId\":\"비상벨\",\"evtNm\":\"x\"}"})"));
    EXPECT_TRUE(is_urgent(profile, "Body=%7B%22evtId%22%3A%22%EB%B9%84%EC%83%81%EB%B2%A8%22%7D")) << "it cannot be read here";
    EXPECT_TRUE(is_urgent(profile, R"({"body":{"evtId":"\ube44\uc0c1\ubca8"}})"));
    EXPECT_FALSE(is_urgent(profile, R"({"body":{"evtId":"AIR-1"}})"));
    EXPECT_FALSE(is_urgent(profile, "Body=%7B%22evtId%22%3A%22AIR-1%22%2C%22evtNm%22%3A%22%EB%B9%84%22%7D"));
    EXPECT_FALSE(is_urgent(profile_of(Format::scsns), "Body=%7B%22evtId%22%3A%22%EB%B9%84%22%7D")) << "no code of its own is one";
}

TEST(Lane, AnEmergencyIsNotHiddenByAWordBeforeIt) {
    EXPECT_TRUE(is_urgent(profile_of(Format::scsns), R"({"note":"evtId","body":{"evtId":"112UC001"}})"));
    const auto ours = profile_of(Format::cloudevents);
    EXPECT_TRUE(is_urgent(ours, R"({"data":{"items":{"type":"x"}},"type":"119UC001"})"));
    EXPECT_TRUE(is_urgent(ours, R"({"data":{"text":"\"type\":\"x\" {["}, "type" : "119UC001"})"));
    EXPECT_TRUE(is_urgent(ours, R"({"type":"WESEN110","type":"119UC001"})")) << "which of two counts is the decoder's";
    EXPECT_TRUE(is_urgent(ours, R"({"ty\u0070e":"119UC001"})"));
    EXPECT_FALSE(is_urgent(ours, R"({"type":"WESEN110","data":{"type":"119UC001"}})"));
    EXPECT_FALSE(is_urgent(ours, R"({"subject":"119UC001","type":"WESEN110"})"));
}

TEST(Lane, WhatCannotBeLookedIntoMayBeAnEmergency) {
    const auto ours = profile_of(Format::cloudevents);
    const auto filled = R"({"data":")" + std::string(20'000, 'x') + R"(","type":"WESEN110"})";
    EXPECT_TRUE(is_urgent(ours, filled));
    EXPECT_FALSE(is_urgent(ours, R"({"type":"WESEN110",)" + filled.substr(1)));
    EXPECT_TRUE(is_urgent(profile_of(Format::scsns), "6f2c", "Y")) << "that it is encrypted stands in the header alone";
    EXPECT_FALSE(is_urgent(profile_of(Format::scsns), "6f2c", "N"));
}

TEST(Lane, ATelegramsCodeMapMakesItsPortUrgent) {
    auto profile = profile_of(Format::telegram, Service::none, "WESEN110");
    EXPECT_FALSE(is_urgent(profile, "1010"));
    profile.codes = *CodeMap::parse("code,evtId\n화재,119UC001\n");
    EXPECT_TRUE(is_urgent(profile, "1010"));
    EXPECT_FALSE(is_urgent(profile, "3010"));
}

TEST(Lane, TheSessionKeyIsFoundWhereverItStands) {
    EXPECT_EQ(session_key_in(R"({"svcTy":"EVENT","rrKey":"00ff","body":{}})"), "00ff");
    EXPECT_EQ(session_key_in("svcTy=EVENT&rrKey=00ff&Body=x"), "00ff");
    EXPECT_EQ(session_key_in("nothing"), "");
}

TEST(Lane, GarbageIsNoEmergency) {
    for (const auto format : {Format::scsns, Format::scsns_tcp, Format::cloudevents}) {
        EXPECT_FALSE(is_urgent(profile_of(format), ""));
        EXPECT_FALSE(is_urgent(profile_of(format), "\"type\""));
        EXPECT_FALSE(is_urgent(profile_of(format), std::string(1000, '\xDA')));
        EXPECT_FALSE(is_urgent(profile_of(format), "evtId"));
    }
}

}  // namespace
}  // namespace bongsu::event
