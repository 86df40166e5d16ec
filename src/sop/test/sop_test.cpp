#include "sop/sop.hpp"

#include <gtest/gtest.h>

namespace bongsu::sop {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSmall = R"toml(
[[sop]]
key = "fire"
version = 1
name = { ko = "화재", en = "Fire" }
events = ["119UC001"]
  [[sop.step]]
  key = "look"
  kind = "ask"
  text = { ko = "보입니까", en = "Seen?" }
  answers = [{ key = "yes", ko = "예", en = "Yes", next = "tell" }, { key = "no", ko = "아니오", en = "No", next = "end" }]
  due_s = 60
  [[sop.step]]
  key = "tell"
  kind = "tell"
  to = "119"
  text = { ko = "알립니다", en = "Tell" }
  acknowledge_s = 30
  [[sop.step]]
  key = "hold"
  text = { ko = "보존", en = "Hold" }
  gates = ["close"]
)toml";

/// The first of what is wrong.
std::string why(std::string_view what, std::string_view into) {
    std::string text(kSmall);
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    const auto sops = Sops::parse(text.replace(at, what.size(), into));
    return sops ? "taken" : sops.error().message.substr(0, sops.error().message.find('\n'));
}

TEST(Sops, AProcedureIsReadAsItStands) {
    const auto sops = Sops::parse(kSmall).value();
    const auto* sop = sops.find("fire");
    ASSERT_NE(sop, nullptr);
    ASSERT_EQ(sop->steps.size(), 3U);
    EXPECT_EQ(sop->steps[0].answers[1].next, "end");
    EXPECT_EQ(sop->steps[0].due, 60s);
    EXPECT_EQ(sop->steps[1].next, "hold") << "where nothing is said, the step behind";
    EXPECT_EQ(sop->steps[1].acknowledge, 30s);
    EXPECT_EQ(sop->steps[2].next, "end");
    EXPECT_EQ(sop->steps[2].gates, std::vector<std::string>{"close"});
    const auto again = from_json(sop->to_json()).value();
    EXPECT_EQ(again.steps, sop->steps);
    EXPECT_EQ(again.to_json(), sop->to_json());
    EXPECT_EQ(again.name.ko, "화재");
}

TEST(Sops, TheNewestVersionOfAnEventsProcedureIsItsOwn) {
    std::string two(kSmall);
    std::string newer(kSmall);
    newer.replace(newer.find("version = 1"), 11, "version = 2");
    const auto sops = Sops::parse(newer + two).value();
    EXPECT_EQ(sops.find("fire")->version, 2);
    EXPECT_EQ(sops.for_event("119UC001")->version, 2);
    EXPECT_EQ(sops.for_event("112UC001"), nullptr);
    EXPECT_EQ(sops.find("flood"), nullptr);
    const auto twice = Sops::parse(two + two);
    EXPECT_EQ(twice.error().message, "fire: version is declared twice: 1");
}

TEST(Sops, EachEventTypeOfTheProgramsOwnHasAProcedure) {
    const auto& sops = Sops::defaults();
    EXPECT_EQ(sops.for_event("112UC001")->key, "112-emergency");
    EXPECT_EQ(sops.for_event("EBSCP110")->key, "bell");
    EXPECT_EQ(sops.for_event("NEWTY999")->key, "any") << "also one that nobody knows";
    for (const auto& sop : sops.all()) EXPECT_EQ(from_json(sop.to_json())->steps, sop.steps) << sop.key;
}

TEST(Sops, WhatCannotBeRunIsRefusedByItsName) {
    EXPECT_EQ(why("next = \"tell\" }", "next = \"look\" }"), "fire: step look.next leads back to \"look\"");
    EXPECT_EQ(why("next = \"tell\" }", "next = \"hold\" }"), "fire: step tell is never reached");
    EXPECT_EQ(why("next = \"tell\" }", "next = \"gone\" }"), "fire: step look.next names \"gone\", which is no step");
    EXPECT_EQ(why("gates = [\"close\"]", "gates = [\"cancel\"]"), "fire: step hold.gates may hold \"close\" and \"dispatch\", not \"cancel\"");
    EXPECT_EQ(why("kind = \"tell\"", "kind = \"shout\""), "fire: step tell.kind must be \"act\", \"ask\" or \"tell\"");
    EXPECT_EQ(why("  to = \"119\"\n", ""), "fire: step tell.to must be a text of 1 to 500 bytes");
    EXPECT_EQ(why("due_s = 60", "due_s = 0"), "fire: step look.due_s must be a whole number from 1 to 86400");
    EXPECT_EQ(why("key = \"hold\"", "key = \"tell\""), "fire: step.key stands twice: tell");
    EXPECT_EQ(why("key = \"yes\"", "key = \"no\""), "fire: step look.answers.key stands twice: no");
    EXPECT_EQ(why("en = \"Hold\"", "fr = \"Tenir\""), "fire: step hold.text does not know \"fr\"");
    EXPECT_EQ(why("acknowledge_s = 30", "acknowledges = 30"), "fire: step tell does not know \"acknowledges\"");
    EXPECT_EQ(why("key = \"fire\"", "key = \"Fire\""), "Fire: key must be of a-z, 0-9 and '-', at most 40, and not \"end\"");
    EXPECT_EQ(why("[{ key = \"yes\", ko = \"예\", en = \"Yes\", next = \"tell\" }, ", "["), "fire: step look.answers must be 2 to 8 tables");
}

TEST(Sops, ATextThatIsNoneIsCorrupt) {
    for (const auto* text : {"", "[]", "{}", "{\"key\":\"x\"}", "{\"key\":\"x\",\"steps\":[]}", "{\"key\":\"x\",\"steps\":3}"})
        EXPECT_EQ(from_json(text).error().kind, ErrorKind::corrupt) << text;
}

}  // namespace
}  // namespace bongsu::sop
