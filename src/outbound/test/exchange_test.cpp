#include "outbound/exchange.hpp"

#include "event/codec/codec.hpp"
#include "event/codec/scsns.hpp"
#include "event/codec/scsns_tcp.hpp"
#include "outbound/message.hpp"
#include "profiles.hpp"

namespace bongsu::outbound {
namespace {

const WallTime kNow = from_us(1'790'000'001'000'000);

Exchange begin(const event::Profile& profile, std::string session_key = {}) {
    return Exchange(profile, *address::parse_target(profile.send->to), message_of(), kNow, std::move(session_key));
}

std::string http(const std::string& body, int status = 200) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string reply(const char* result, const char* type, const char* message = "") {
    return std::string("{\"startTag\":\"$DA\",\"result\":\"") + result + "\",\"type\":\"" + type + "\",\"message\":\"" +
           message + "\",\"finishTag\":\"$DF\"}";
}

TEST(Exchange, OurMessageIsOneThatAPlatformOfThisFormatTakes) {
    for (const auto* format : {"scsns-tcp", "telegram"}) {
        const auto profile = profile_of(format, "tcp://127.0.0.1:9");
        auto peer = profile;  // As the partner sees us.
        std::swap(peer.pairs[0].send, peer.pairs[0].receive);
        peer.sender = "B1100000000";
        const auto bytes = begin(profile).request().value();

        const auto decoded = event::decode(peer, {.bytes = bytes, .received_at = kNow});
        ASSERT_TRUE(decoded.ok()) << format << ": " << decoded.refusal.reason;
        ASSERT_NE(decoded.event(), nullptr);
        EXPECT_EQ(decoded.event()->number, "20260928000000123");
        EXPECT_EQ(decoded.event()->state, "91");
        EXPECT_EQ(decoded.event()->state_time, message_of().state_time);
        EXPECT_EQ(decoded.event()->position, message_of().position);
    }
}

TEST(Exchange, TheSameMessageIsTheSameBodyWheneverItIsSent) {
    const auto profile = profile_of("telegram", "tcp://127.0.0.1:9");
    const auto first = write(profile, message_of(), kNow, {}).value();
    const auto later = write(profile, message_of(), kNow + std::chrono::hours{5}, {}).value();
    EXPECT_EQ(first.substr(event::telegram::kHeadBytes), later.substr(event::telegram::kHeadBytes));
}

event::Profile encrypted(const std::string& aria) {
    auto toml = "[[partner]]\nkey = \"p\"\nformat = \"scsns\"\npairs = [{ send = \"M1100000000\", receive = \"B1100000000\" }]\n"
                "send = { to = \"http://127.0.0.1:9/recv\" }\naria = { phrase_file = \"p.phrase\" " + aria + " }\n";
    auto parsed = event::parse_profiles(toml, "partners.toml");
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? parsed->front() : event::Profile{};
}

TEST(Exchange, UnderAriaAPlatformWithTheSameAgreementReadsIt) {
    for (const auto* aria : {"", ", text = \"hex\"", ", padding = \"none\"", ", padding = \"pkcs7\"",
                             ", mode = \"cbc\", iv = \"000102030405060708090a0b0c0d0e0f\""}) {
        auto profile = encrypted(aria);
        profile.aria_phrase = "봉수 시험 암호문구 2026";
        const auto request = begin(profile).request().value();
        EXPECT_NE(request.find("X-Scsns-encAt: Y\r\n"), std::string::npos);
        EXPECT_EQ(request.find("서울광장"), std::string::npos) << aria;
        EXPECT_EQ(request.find("20260928000000123"), std::string::npos) << aria;

        auto peer = profile;
        std::swap(peer.pairs[0].send, peer.pairs[0].receive);
        const auto body = request.substr(request.find("\r\n\r\n") + 4);
        const auto decoded = event::decode(peer, {.bytes = body, .received_at = kNow});
        ASSERT_TRUE(decoded.ok()) << aria << ": " << decoded.refusal.reason;
        EXPECT_EQ(decoded.event()->number, "20260928000000123");
        EXPECT_EQ(decoded.event()->place, "서울광장");
        EXPECT_TRUE(decoded.event()->faults.empty()) << aria << ": the length is that of what was sent";
    }
}

TEST(Exchange, UnderAriaTheKeyOfOurAccountIsNotInTheClearEither) {
    auto profile = encrypted("");
    profile.aria_phrase = "phrase";
    profile.send->api_key = "the-api-key";
    const auto request = begin(profile).request().value();
    EXPECT_TRUE(request.starts_with("POST /api/getAuth.json"));
    EXPECT_EQ(request.find("the-api-key"), std::string::npos);

    auto peer = profile;
    std::swap(peer.pairs[0].send, peer.pairs[0].receive);
    const auto body = request.substr(request.find("\r\n\r\n") + 4);
    const auto decoded = event::decode(peer, {.bytes = body, .received_at = kNow, .api_key_field = "apiKey"});
    ASSERT_NE(decoded.login(), nullptr) << decoded.refusal.reason;
    EXPECT_EQ(decoded.login()->secret, "the-api-key");
}

TEST(Exchange, WithoutThePassPhraseNothingIsSentInTheClear) {
    const auto request = begin(encrypted("")).request();
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().message, "ARIA is agreed and its pass phrase is not there: nothing was sent");
}

TEST(Exchange, OverHttpItAuthenticatesFirstAndUsesTheKey) {
    auto profile = profile_of("scsns", "http://127.0.0.1:9/linkHttp/recvEvent.json");
    profile.send->api_key = "the-api-key";
    auto exchange = begin(profile);
    const auto auth = exchange.request().value();
    EXPECT_TRUE(auth.starts_with("POST /api/getAuth.json HTTP/1.1\r\nHost: 127.0.0.1:9\r\n")) << auth;
    EXPECT_NE(auth.find("the-api-key"), std::string::npos);
    EXPECT_NE(auth.find("X-Scsns-svcTy: AUTH\r\n"), std::string::npos);
    EXPECT_EQ(auth.find("X-Scsns-Secret"), std::string::npos);

    const auto opened = exchange.feed(http(reply("0", "2000", "0123456789abcdef0123456789abcdef")));
    ASSERT_TRUE(opened.another);
    EXPECT_FALSE(opened.outcome);
    const auto event = exchange.request().value();
    EXPECT_TRUE(event.starts_with("POST /linkHttp/recvEvent.json ")) << event;
    EXPECT_NE(event.find("X-Scsns-Secret: 0123456789abcdef0123456789abcdef\r\n"), std::string::npos);
    for (const auto& header : std::vector<std::string>{"svcTy: EVENT", "sendCd: " + profile.pairs[0].receive, "rcvCd: " + profile.pairs[0].send, "sysCd: IPC", "encAt: N", "type: sync"})
        EXPECT_NE(event.find("\r\nX-Scsns-" + header + "\r\n"), std::string::npos) << header;
    const auto body = event.substr(event.find("\r\n\r\n") + 4);
    EXPECT_TRUE(event::scsns::decode({.content_type = "application/json", .bytes = body}).ok());

    const auto done = exchange.feed(http(reply("0", "2000")));
    ASSERT_TRUE(done.outcome);
    EXPECT_EQ(done.outcome->verdict, Verdict::accepted);
    EXPECT_EQ(exchange.session_key(), "0123456789abcdef0123456789abcdef");
}

TEST(Exchange, ASessionThatRanOutInTheMiddleIsOpenedAnewOnce) {
    auto profile = profile_of("scsns", "http://127.0.0.1:9/x");
    profile.send->api_key = "k";
    auto exchange = begin(profile, "old");
    EXPECT_NE(exchange.request().value().find("X-Scsns-Secret: old"), std::string::npos);
    ASSERT_TRUE(exchange.feed(http(reply("1", "4001"), 401)).another);
    EXPECT_TRUE(exchange.request().value().starts_with("POST /api/getAuth.json"));
    ASSERT_TRUE(exchange.feed(http(reply("0", "2000", "new"))).another);
    ASSERT_TRUE(exchange.request());
    const auto locked = exchange.feed(http(reply("1", "4001"), 401));
    ASSERT_TRUE(locked.outcome) << "not for ever";
    EXPECT_EQ(locked.outcome->verdict, Verdict::again);
}

TEST(Exchange, WhatAnAnswerMeans) {
    EXPECT_EQ(verdict_of("0", "2000"), Verdict::accepted);
    for (const auto* type : {"4000", "4004", "4101", "4102"}) EXPECT_EQ(verdict_of("1", type), Verdict::refused) << type;
    for (const auto* type : {"4001", "4209", "5000", "5003", "5100", ""}) EXPECT_EQ(verdict_of("1", type), Verdict::again) << type;
}

TEST(Exchange, ATelegramsAnswerIsReadToItsEnd) {
    const auto profile = profile_of("telegram", "tcp://127.0.0.1:9");
    auto exchange = begin(profile);
    const auto ok = event::telegram::answer({});
    EXPECT_FALSE(exchange.feed(ok.substr(0, 50)).outcome);
    EXPECT_EQ(exchange.feed(ok.substr(50)).outcome->verdict, Verdict::accepted);

    auto refused = begin(profile);
    EXPECT_EQ(refused.feed(event::telegram::answer({event::Code::not_found, "", ""})).outcome->verdict, Verdict::refused);
    auto theirs = begin(profile);
    EXPECT_EQ(theirs.feed(event::telegram::answer({event::Code::internal, "", ""})).outcome->verdict, Verdict::again);
    auto full = begin(profile);
    EXPECT_EQ(full.feed(event::telegram::answer({event::Code::too_many, "", ""})).outcome->verdict, Verdict::again) << "it asks for it";
}

TEST(Exchange, NonsenseAndSilenceAreTriedAgain) {
    const auto tcp = profile_of("scsns-tcp", "tcp://127.0.0.1:9");
    auto nonsense = begin(tcp);
    EXPECT_EQ(nonsense.feed("hello\xDF").outcome->verdict, Verdict::again);
    auto endless = begin(tcp);
    EXPECT_EQ(endless.feed(std::string(8192, 'x')).outcome->verdict, Verdict::again);
    auto closed = begin(tcp);
    EXPECT_EQ(closed.ended().outcome->verdict, Verdict::again);
    const auto web = profile_of("scsns", "http://127.0.0.1:9/x");
    for (const auto& bytes : {http("<html>", 502), http("[]"), std::string("SSH-2.0-x\r\n\r\n"), http(std::string(100 << 10, ' '))}) {
        auto exchange = begin(web);
        ASSERT_TRUE(exchange.request());
        const auto step = exchange.feed(bytes);
        ASSERT_TRUE(step.outcome) << bytes.substr(0, 40);
        EXPECT_EQ(step.outcome->verdict, Verdict::again);
    }
    // It closes without a byte, in the first line, behind the head.
    for (const std::string bytes : {"", "HTTP/1", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"}) {
        auto exchange = begin(web);
        ASSERT_TRUE(exchange.request());
        const bool is_early = bytes.empty() || !exchange.feed(bytes).outcome;
        EXPECT_TRUE(is_early) << bytes;
        const auto step = exchange.ended();
        ASSERT_TRUE(step.outcome) << bytes;
        EXPECT_EQ(step.outcome->verdict, Verdict::again);
    }
}

TEST(Exchange, AFormatIsNotMadeToSayWhatItHasNoWordFor) {
    EXPECT_FALSE(can_say(profile_of("telegram", "tcp://127.0.0.1:9"), "20")) << "112 video's list has no text";
    EXPECT_TRUE(can_say(profile_of("telegram", "tcp://127.0.0.1:9"), "40"));
    EXPECT_TRUE(can_say(profile_of("scsns-tcp", "tcp://127.0.0.1:9"), "20"));
}

TEST(Exchange, ATelegramSaysReceivedInItsText) {
    auto profile = profile_of("telegram", "tcp://127.0.0.1:9");
    profile.fields["10"] = {"caseNo", "NOTE", "procSt"};
    ASSERT_TRUE(can_say(profile, "20"));
    const auto said = [&](const std::string& code) {
        const auto bytes = write(profile, message_of(code), from_us(1'790'000'000'000'000), {});
        EXPECT_TRUE(bytes);
        auto telegram = event::telegram::parse(*bytes).telegram;
        return std::vector<std::string>{telegram.head.status, telegram.fields.at(1).at(0), telegram.fields.at(2).at(0)};
    };
    EXPECT_EQ(said("20"), (std::vector<std::string>{"40", "접수", "40"}));
    EXPECT_EQ(said("40"), (std::vector<std::string>{"40", "조치중", "40"}));
    EXPECT_EQ(said("91"), (std::vector<std::string>{"91", "", "91"}));
}

}  // namespace
}  // namespace bongsu::outbound
