// The past read again by the codecs and agreements of today: what would be another event, or one at last.
#include "centre.hpp"

#include <numeric>

#include "app/site/redecode.hpp"
#include "event/codec/codec.hpp"
#include "event/dead_letter.hpp"
#include "journal/walk.hpp"

namespace bongsu::faults {
namespace {

using app::Reread;

class Redecode : public Centre {
  protected:
    /// As `bongsu redecode` would, with the agreements that `from` -> `to` makes of the file.
    app::RedecodeReport reread(std::string_view from = {}, std::string_view to = {}, const app::RedecodeFilter& filter = {},
                               std::size_t held_bytes_max = app::kHeldBytesMax) {
        auto text = std::string(kPartners);
        if (!from.empty()) {
            EXPECT_NE(text.find(from), std::string::npos) << from;
            text.replace(text.find(from), from.size(), to);
        }
        world_.disk().put("TRY/partners.toml", text);
        const auto partners = app::load_partners(world_.disk(), "TRY").value();
        auto report = app::redecode(world_.disk(), "DATA/11000/journal", partners, {"B1100000000"}, filter, held_bytes_max);
        EXPECT_TRUE(report) << report.error().message;
        if (!report) return {};
        EXPECT_EQ(std::accumulate(report->counts.begin(), report->counts.end(), std::uint64_t{0}), report->raw) << "each is counted once";
        return *std::move(report);
    }
    std::string tell_fire(const std::string& number, const std::string& state = "10", const std::string& where = "종로 1") {
        return world_.tell("fire", fire(number, state, where));
    }
    /// What a partner's own port hears before its peer closes: its framer cuts it and says what is no message.
    void streams(const std::string& key, const std::string& bytes) {
        event::StreamFramer framer(*world_.site().partners()->find(key));
        const auto hear = [&](const event::Fed& fed) {
            for (const auto& message : fed.messages) world_.tell(key, message);
            if (!fed.ok())
                world_.run(app::PartnerInput{key, "127.0.0.1:40001", framer.pending(), fed.refusal, [](const std::string&) {}});
            return fed.ok();
        };
        if (hear(framer.feed(bytes))) hear(framer.finish());
        world_.clock().advance(10ms);
    }
    std::int64_t newest_letter() { return items("/api/v1/messages/dead").at(0).at("seq").as_int64(); }
    http::Response decide(const std::string& verb, std::int64_t raw) {
        return world_.ask("supervisor", "POST", "/api/v1/messages/dead/" + std::to_string(raw) + "/" + verb, {{"reason", "x"}});
    }
    void put_in_force(std::string_view from, std::string_view to) {
        auto text = std::string(kPartners);
        text.replace(text.find(from), from.size(), to);
        world_.disk().put("DATA/11000/partners.toml", text);
        const auto answer = world_.ask("official", "POST", "/api/v1/partners/reload", {{"reason", "x"}});
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    static constexpr std::string_view kPair = R"(send = "119")", kOtherPair = R"(send = "991")";
};

TEST_F(Redecode, OfAnUnchangedProgramNothingDiffers) {
    ASSERT_TRUE(send(call("a")));
    ASSERT_TRUE(send(call("a", "91")));
    EXPECT_EQ(send_with(call("bad"), R"("evtGrad":"10")", R"("evtGrad":"99")").at("result"), "1");
    ASSERT_TRUE(tell_fire("f").starts_with("0"));
    ASSERT_TRUE(tell_fire("f").starts_with("0")) << "a repeat";
    world_.tell("bells", bell("b1", "1"));
    world_.tell("bells", bell("b1", "1"));
    world_.tell("bells", bell("b1", "0", "CLEAR"));
    world_.tell("bells", bell("b1", "0", "CLEAR"));  // With nothing open: kept as it came.
    world_.tell("bells", "NOISE");
    EXPECT_EQ(send_with(call("stranger"), R"("sendCd":"P1100000000")", R"("sendCd":"F1100000000")").at("type"), "4001");
    const json::object own{{"id", "o"}, {"source", "s"}, {"type", "119UC001"}, {"time", "2026-09-21T00:00:00Z"}, {"text", "a"}, {"revision", 1}};
    ASSERT_EQ(world_.ask("operator", "POST", "/api/v1/events", own).status, 201);
    auto other = own;
    other["text"] = "b";
    ASSERT_EQ(world_.ask("operator", "POST", "/api/v1/events", other).status, 409) << "readable, and refused for its number";
    const auto before = world_.entries();

    const auto report = reread();

    EXPECT_EQ(report.differ(), 0U) << (report.differing.empty() ? "" : std::to_string(report.differing[0].seq));
    EXPECT_EQ(report.count(Reread::same), report.raw);
    EXPECT_GE(report.raw, 16U) << "those of the world too";
    EXPECT_EQ(report.last_seq, before);
    EXPECT_EQ(world_.entries(), before) << "nothing is written";
}

TEST_F(Redecode, AMendedAgreementMakesReadableWhatWaits) {
    put_in_force(kPair, kOtherPair);
    ASSERT_FALSE(tell_fire("n1").starts_with("0"));
    const auto raw = newest_letter();

    const auto report = reread();

    EXPECT_EQ(report.count(Reread::now_readable), 1U);
    ASSERT_EQ(report.differing.size(), 1U);
    const auto& one = report.differing[0];
    EXPECT_EQ(static_cast<std::int64_t>(one.seq), raw);
    EXPECT_EQ(one.partner, "fire");
    EXPECT_EQ(one.format, "telegram");
    EXPECT_EQ(one.number, "n1");
    EXPECT_TRUE(one.fields.empty());
    EXPECT_EQ(reread(kPair, kOtherPair).differ(), 0U) << "under the agreement of then";
}

TEST_F(Redecode, WhatWouldBeAnotherEventIsToldByTheNamesOfItsFields) {
    ASSERT_TRUE(tell_fire("n1").starts_with("0"));

    const auto report = reread(R"(sender = "F1100000000")", R"(sender = "F1100000000"
type = "119UC009"
grade = "20")");

    ASSERT_EQ(report.differing.size(), 1U);
    EXPECT_EQ(report.differing[0].what, Reread::changed);
    for (const auto* field : {"grade", "type"}) {
        EXPECT_EQ(std::count(report.differing[0].fields.begin(), report.differing[0].fields.end(), field), 1) << field;
    }
    EXPECT_EQ(std::count(report.differing[0].fields.begin(), report.differing[0].fields.end(), "text"), 0);
}

TEST_F(Redecode, WhatWouldBeRefusedIsToldWithTheCodecsReason) {
    ASSERT_TRUE(tell_fire("n1").starts_with("0"));
    ASSERT_TRUE(send(call("scsns")));

    const auto report = reread(R"(sender = "F1100000000")", "sender = \"F1100000000\"\nencoding = \"cp949\"");

    EXPECT_EQ(report.count(Reread::changed) + report.count(Reread::no_longer_readable), 1U) << "UTF-8 is seldom CP949";
    EXPECT_EQ(report.differing.at(0).reason.find("종로"), std::string::npos) << "and never what was sent";
    const auto refused = reread(kPair, kOtherPair);
    ASSERT_EQ(refused.count(Reread::no_longer_readable), 1U);
    EXPECT_FALSE(refused.differing.at(0).reason.empty());
}

TEST_F(Redecode, AReleasedLetterIsComparedWithTheEventThatItBecame) {
    put_in_force(kPair, kOtherPair);
    ASSERT_FALSE(tell_fire("n1").starts_with("0"));
    ASSERT_FALSE(tell_fire("n2").starts_with("0"));
    const auto second = newest_letter();
    put_in_force(kPair, kPair);
    ASSERT_EQ(decide("dismiss", second).status, 200);
    const auto first = newest_letter();
    ASSERT_EQ(decide("release", first).status, 200);

    const auto report = reread();
    EXPECT_EQ(report.differ(), 0U);
    EXPECT_EQ(report.count(Reread::dismissed), 1U);
    const auto other = reread(R"(sender = "F1100000000")", "sender = \"F1100000000\"\ngrade = \"20\"");
    ASSERT_EQ(other.differing.size(), 1U);
    EXPECT_EQ(static_cast<std::int64_t>(other.differing[0].seq), first);
    EXPECT_EQ(other.differing[0].fields, std::vector<std::string>{"grade"});
    EXPECT_EQ(reread(kPair, kOtherPair).count(Reread::no_longer_readable), 1U);
}

TEST_F(Redecode, ARuleThatAPersonSetAsideForALetterIsNotAskedForIt) {
    std::vector<std::uint64_t> letters;
    const auto release_despite = [&](const char* field) {
        ASSERT_EQ(items("/api/v1/messages/dead").size(), 1U) << field;
        letters.push_back(static_cast<std::uint64_t>(newest_letter()));
        EXPECT_EQ(items("/api/v1/messages/dead").at(0).at("field"), field);
        const auto path = "/api/v1/messages/dead/" + std::to_string(newest_letter()) + "/release";
        const auto answer = world_.ask("supervisor", "POST", path, {{"reason", "by telephone"}, {"despite", field}});
        ASSERT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(last_payload("message.released").at("despite"), field);
    };
    const json::object own{{"id", "o"}, {"source", "s"}, {"type", "112UC001"}, {"time", "2026-09-21T00:00:00Z"}, {"text", "a"}};
    constexpr std::string_view kKey = R"(key = "police-http")";
    constexpr std::string_view kTypes = "types = [\"119UC001\"]\nkey = \"police-http\"";
    constexpr std::string_view kPairs = "pairs = [{ send = \"P1199999999\", receive = \"B1100000000\" }]\nkey = \"police-http\"";
    constexpr std::string_view kOwn = "key = \"own\"\nformat = \"cloudevents\"\nsender = \"B1100000000\"\ntypes = [\"119UC001\"]\n"
                                      "[[partner]]\nkey = \"police-http\"";
    put_in_force(kKey, kOwn);
    ASSERT_EQ(world_.ask("operator", "POST", "/api/v1/events", own).status, 400);
    release_despite("type");
    put_in_force(kPair, kOtherPair);
    ASSERT_FALSE(tell_fire("pair").starts_with("0"));
    release_despite("SND_SYS_CD");
    put_in_force(kKey, kTypes);
    ASSERT_FALSE(send(call("type")));
    release_despite("evtId");
    put_in_force(kKey, kPairs);
    ASSERT_FALSE(send(call("pair-112")));
    release_despite("sendCd");
    ASSERT_EQ(send_with(call("stranger"), R"("sendCd":"P1100000000")", R"("sendCd":"P1199999999")").at("type"), "4001");
    release_despite("sendCd");

    EXPECT_EQ(reread(kPair, kOtherPair).differ(), 0U);
    EXPECT_EQ(reread(kKey, kOwn).differ(), 0U);
    ASSERT_EQ(letters.size(), 5U);
    // Another rule than the one that was set aside is asked as ever: of the last two under kTypes, of the third under kPairs.
    const auto differing = [&](std::string_view to) {
        std::vector<std::uint64_t> out;
        for (const auto& one : reread(kKey, to).differing) {
            if (one.seq >= letters[0]) out.push_back(one.seq);
        }
        return out;
    };
    EXPECT_EQ(differing(kTypes), (std::vector{letters[3], letters[4]}));
    EXPECT_EQ(differing(kPairs), std::vector{letters[2]});
}

TEST_F(Redecode, HalfAMessageIsNoMessageOnceItWasKept) {
    constexpr std::string_view kKey = R"(key = "police-http")";
    constexpr std::string_view kTcp = "key = \"police-tcp\"\nformat = \"scsns-tcp\"\nsender = \"P1199999999\"\n"
                                      "[[partner]]\nkey = \"police-http\"";
    put_in_force(kKey, kTcp);
    const auto whole = event::scsns_tcp::write_event({.send_cd = "P1199999999", .rcv_cd = "B1100000000", .at = world_.clock().wall()}, call("t1"));
    const auto half = event::scsns_tcp::write_event({.send_cd = "P1199999999", .rcv_cd = "B1100000000", .at = world_.clock().wall()}, call("t2"));
    streams("police-tcp", whole + half.substr(0, half.size() - 1));
    streams("bells", "SMART,김아무개,9,010," + std::string(5000, 'a') + ",B7,B7m,NORMAL,87,1,126.978,37.5665,0\n");
    streams("bells", "SMART,김아무개,9,010,종로 2,B7,B7m,NORMAL,87,1,126.978,37.5665,0");
    streams("bells", "\r\r\n");
    const auto letters = items("/api/v1/messages/dead");
    ASSERT_EQ(letters.size(), 3U);
    EXPECT_EQ(letters.at(2).at("field"), "finishTag");

    const auto report = reread(kKey, kTcp);
    EXPECT_EQ(report.differ(), 0U);
    EXPECT_EQ(report.count(Reread::same), report.raw);
    const auto dry = policy::body_of(world_.ask("supervisor", "POST", "/api/v1/messages/dead/release", {{"dryRun", true}}));
    EXPECT_EQ(dry.at("looked"), 3) << "and a release says the same";
    EXPECT_EQ(dry.at("readable"), 0);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& letter = letters.at(2 - i);
        EXPECT_EQ(dry.at("refused").at(i).at("reason"), letter.at("reason")) << "for the reason for which it lies there";
    }
}

TEST_F(Redecode, WhatTheLawErasedAndWhoIsNoPartnerAnyMoreIsCounted) {
    EXPECT_EQ(send_with(call("bad"), R"("evtGrad":"10")", R"("evtGrad":"99")").at("result"), "1");
    const auto raw = newest_letter();
    ASSERT_EQ(world_.ask("official", "POST", "/api/v1/journal/erasures",
                         {{"reason", "consent_withdrawn"}, {"basis", "개인정보 보호법 제37조"}, {"seqs", json::array{raw}}})
                  .status,
              201);
    ASSERT_TRUE(tell_fire("n1").starts_with("0"));

    const auto report = reread(R"(key = "fire")", R"(key = "another")");

    EXPECT_EQ(report.count(Reread::erased), 1U);
    EXPECT_EQ(report.count(Reread::unknown_partner), 1U);
    EXPECT_EQ(report.differ(), 0U);
}

TEST_F(Redecode, WhatAPersonDecidedStandsAlsoWhereItsEntryWasErased) {
    put_in_force(kPair, kOtherPair);
    ASSERT_FALSE(tell_fire("n1").starts_with("0"));
    ASSERT_EQ(decide("dismiss", newest_letter()).status, 200);
    ASSERT_FALSE(tell_fire("n2").starts_with("0"));
    const auto path = "/api/v1/messages/dead/" + std::to_string(newest_letter()) + "/release";
    ASSERT_EQ(world_.ask("supervisor", "POST", path, {{"reason", "x"}, {"despite", "SND_SYS_CD"}}).status, 200);
    put_in_force(kPair, kPair);
    ASSERT_TRUE(tell_fire("n2", "91").starts_with("0")) << "what is open is not erased";
    json::array decisions;
    ASSERT_TRUE(world_.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.kind == "message.released") decisions.push_back(static_cast<std::int64_t>(entry.seq));
        return true;
    }));
    ASSERT_EQ(decisions.size(), 2U);
    ASSERT_EQ(world_.ask("official", "POST", "/api/v1/journal/erasures",
                         {{"reason", "consent_withdrawn"}, {"basis", "개인정보 보호법 제37조"}, {"seqs", decisions}})
                  .status,
              201);
    world_.run(app::Tick{});
    const auto walked = journal::walk(world_.disk(), "DATA/11000/journal");
    ASSERT_TRUE(walked);
    ASSERT_EQ(walked->erased, 2U) << "their contents are gone";

    const auto report = reread();
    EXPECT_EQ(report.differ(), 0U);
    EXPECT_EQ(report.count(Reread::dismissed), 1U);
    EXPECT_EQ(report.count(Reread::erased), 0U);
    EXPECT_EQ(reread(kPair, kOtherPair).differ(), 1U) << "the 91 that came under today's pair, and not the letter that a person took";
}

TEST_F(Redecode, OnePartnerAndOneTimeAreAskedFor) {
    ASSERT_TRUE(send(call("a")));
    world_.clock().advance(5min);
    const auto from = world_.clock().wall();
    ASSERT_TRUE(tell_fire("n1").starts_with("0"));
    ASSERT_TRUE(send(call("b")));
    world_.clock().advance(5min);
    const auto to = world_.clock().wall();
    ASSERT_TRUE(tell_fire("n2").starts_with("0"));

    EXPECT_EQ(reread({}, {}, {.partner = "fire", .from = {}, .to = {}}).raw, 2U);
    EXPECT_EQ(reread({}, {}, {.partner = "fire", .from = from, .to = to}).raw, 1U);
    EXPECT_EQ(reread({}, {}, {.partner = {}, .from = from, .to = to}).raw, 2U);
    EXPECT_EQ(reread({}, {}, {.partner = "nobody", .from = {}, .to = {}}).raw, 0U);
}

TEST_F(Redecode, AMessageOfManyPartsIsReadWhole) {
    auto event = call("long");
    event.text = std::string(200 << 10, 'x');
    ASSERT_TRUE(send(event));
    ASSERT_GE(world_.entries_of("message.continued"), 1U);
    const auto report = reread();
    EXPECT_EQ(report.differ(), 0U);
    EXPECT_EQ(report.count(Reread::same), report.raw);
}

TEST_F(Redecode, TheListIsBoundedAndTheCountIsNot) {
    for (int i = 0; i < 1010; ++i) ASSERT_TRUE(tell_fire("n" + std::to_string(i)).starts_with("0"));
    const auto report = reread(kPair, kOtherPair);
    EXPECT_EQ(report.count(Reread::no_longer_readable), 1010U);
    EXPECT_EQ(report.differing.size(), app::kDifferingMax);
    EXPECT_EQ(report.more, 10U);
}

TEST_F(Redecode, WhatItHoldsBackIsBoundedWithAllThatHoldingTakes) {
    constexpr std::uint64_t kLetters = 20;
    constexpr std::size_t kBytesMax = 8'000;
    int number = 0;
    const auto refuse_and_release = [&](std::uint64_t letters) {
        put_in_force(kPair, kOtherPair);
        for (std::uint64_t i = 0; i < letters; ++i) ASSERT_FALSE(tell_fire("n" + std::to_string(number++)).starts_with("0"));
        put_in_force(kPair, kPair);
        for (std::uint64_t i = 0; i < letters; ++i) ASSERT_EQ(decide("release", newest_letter()).status, 200);
    };
    for (int i = 0; i < 4; ++i) refuse_and_release(kLetters / 4);
    EXPECT_EQ(reread({}, {}, {}, kBytesMax).count(Reread::not_compared), 0U) << "the room of what was compared is free again";

    refuse_and_release(kLetters);
    ASSERT_LT(kLetters * fire("n10").size(), kBytesMax) << "their bytes alone would fit";
    const auto report = reread({}, {}, {}, kBytesMax);
    EXPECT_GT(report.count(Reread::not_compared), kLetters / 4);
    EXPECT_LT(report.count(Reread::not_compared), kLetters * 3 / 4);
    EXPECT_EQ(report.differ(), 0U);
    EXPECT_EQ(reread({}, {}, {}, 0).count(Reread::not_compared), 2 * kLetters);
    EXPECT_EQ(reread().count(Reread::not_compared), 0U);
}

TEST_F(Redecode, AJournalThatDoesNotHoldIsNamed) {
    ASSERT_TRUE(send(call("a")));
    const auto path = "DATA/11000/journal/" + world_.disk().list("DATA/11000/journal").value().front();
    auto bytes = world_.disk().read(path).value();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    world_.disk().put(path, bytes);
    const app::Partners none;
    const auto report = app::redecode(world_.disk(), "DATA/11000/journal", none, {"B1100000000"});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace bongsu::faults
