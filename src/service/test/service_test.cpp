#include "service/service.hpp"

#include <gtest/gtest.h>

namespace bongsu::service {
namespace {

constexpr std::string_view kPlate = R"(
key = "wanted-vehicle"
version = 1
name = { ko = "수배차량 검색", en = "Wanted vehicles" }
life = "running"
senders = ["L"]
types = [{ id = "WVHCL110", ko = "수배차량 통과", en = "Wanted vehicle passed" }]
desk = ["police", "supervisor"]
stages = [{ key = "arrived", ko = "현장도착", en = "On scene", item = "STATE", values = ["도착"] }]
results = [{ key = "stopped", ko = "검거", en = "Stopped", helped = true }, { key = "lost", ko = "놓침", en = "Lost", helped = false }]

[[purpose]]
key = "wanted-vehicle"
basis = [{ from = 2019-01-01, text = "개인정보 보호법 제18조제2항제7호" }]
opens_at_grades = ["10"]
agencies = ["L"]
asked_by = []
holder = "requesting-agency"
roles = ["agency"]
cameras = { rule = "nearest-views", count = 6, radius_m = 1000 }
kinds = ["live"]
height = 0
ptz = false
persons = 1
minutes = 60

[sop]
[[sop.step]]
key = "approve"
kind = "ask"
text = { ko = "번호판이 맞습니까?", en = "Is it the plate?" }
answers = [{ key = "yes", ko = "예", en = "Yes", next = "tell" }, { key = "no", ko = "아니오", en = "No", next = "end" }]
[[sop.step]]
key = "tell"
kind = "tell"
to = "112"
does = "notify_112"
text = { ko = "112에 알립니다", en = "Tell the 112 room" }
)";

std::string with(std::string_view text, std::string_view what, std::string_view instead) {
    std::string out(text);
    const auto at = out.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return out.replace(at, what.size(), instead);
}

std::string refused(const std::string& text) {
    const auto parsed = Services::parse({{"x.toml", text}});
    return parsed ? "" : parsed.error().message;
}

TEST(ServiceTest, ThoseThatComeAlongReadAndNameEachTypeOnce) {
    const auto& services = Services::defaults();
    EXPECT_EQ(services.all().size(), default_services().size());
    for (const auto* key : {"112-emergency-video", "112-dispatch", "119-dispatch", "disaster", "vulnerable", "ansimi", "e-anklet"}) EXPECT_NE(services.find(key), nullptr) << key;
    EXPECT_EQ(services.of_type("MOJUC110")->key, "e-anklet");
    EXPECT_EQ(services.of_type("EBSCP110"), nullptr);
}

TEST(ServiceTest, EachCodeOfThe112RoomDecidesByTheOrdersTable) {
    const auto& codes = Services::defaults().of_type("112UC001")->codes;
    EXPECT_EQ(codes.at(0), Decision::by_itself);
    EXPECT_EQ(codes.at(1), Decision::by_itself);
    EXPECT_EQ(codes.at(2), Decision::after_receipt);
    EXPECT_EQ(codes.at(3), Decision::refused);
    EXPECT_EQ(codes.at(4), Decision::refused);
}

TEST(ServiceTest, OneFileBringsTypePurposeProcedureAndNames) {
    const auto services = Services::with_defaults({{"ninth.toml", std::string(kPlate)}}).value();
    EXPECT_EQ(services.all().size(), default_services().size() + 1);
    EXPECT_EQ(services.of_type("WVHCL110")->find_type("WVHCL110")->name.en, "Wanted vehicle passed");
    const auto purposes = services.purposes(grant::Purposes::defaults());
    ASSERT_NE(purposes.find("wanted-vehicle"), nullptr);
    EXPECT_EQ(purposes.find("wanted-vehicle")->events, std::vector<std::string>{"WVHCL110"});
    EXPECT_EQ(purposes.find("wanted-vehicle")->name_ko, "수배차량 검색");
    EXPECT_NE(purposes.find("operator-incident"), nullptr);
    const auto sops = services.sops(sop::Sops::defaults());
    EXPECT_EQ(sops.for_event("WVHCL110")->key, "wanted-vehicle");
    EXPECT_EQ(sops.for_event("119UC001")->key, "119-dispatch");
    const auto* service = services.of_type("WVHCL110");
    EXPECT_EQ(service->stage_of({{"STATE", "도착"}})->key, "arrived");
    EXPECT_EQ(service->stage_of({{"STATE", "출동"}}), nullptr);
    EXPECT_TRUE(service->find_result("stopped")->helped);
    EXPECT_EQ(services.hidden_from(identity::Role::operator_), (std::vector<std::string>{"MOJUC110", "WVHCL110"}));
    EXPECT_TRUE(services.hidden_from(identity::Role::police).empty());
}

TEST(ServiceTest, WhatIsNotInForceLendsNothing) {
    for (const auto* life : {"proposed", "reviewed", "retired"}) {
        const auto services = Services::with_defaults({{"ninth.toml", with(kPlate, "\"running\"", "\"" + std::string(life) + "\"")}}).value();
        EXPECT_EQ(services.purposes(grant::Purposes::defaults()).find("wanted-vehicle"), nullptr) << life;
        EXPECT_EQ(services.sops(sop::Sops::defaults()).for_event("WVHCL110")->key, "any") << life;
        EXPECT_NE(services.of_type("WVHCL110"), nullptr) << "its messages have their name all the same";
    }
    // One that comes along too, in the place of its text, and also where that names its purpose no more.
    const auto bare = Services::with_defaults({{"mine.toml", "key = \"112-emergency-video\"\nversion = 2\nname = { ko = \"x\", en = \"x\" }\nlife = \"running\"\nsenders = [\"P\"]\n"
                                                             "types = [{ id = \"112UC001\" }]\n"}}).value();
    EXPECT_EQ(bare.purposes(grant::Purposes::defaults()).find("112-emergency-video"), nullptr);
    EXPECT_NE(bare.purposes(grant::Purposes::defaults()).find("operator-incident"), nullptr);
    auto text = default_services().at("112-emergency-video.toml");
    text = with(text, "life = \"running\"", "life = \"retired\"");
    const auto services = Services::with_defaults({{"mine.toml", text}}).value();
    EXPECT_EQ(services.all().size(), default_services().size());
    EXPECT_EQ(services.purposes(grant::Purposes::defaults()).find("112-emergency-video"), nullptr);
}

TEST(ServiceTest, TheLifeIsNoPartOfTheText) {
    const auto digest = [](const std::string& text) { return Services::parse({{"x.toml", text}})->all().front().digest; };
    const std::string text(kPlate);
    EXPECT_EQ(digest(text), digest(with(text, "\"running\"", "\"pilot\"")));
    EXPECT_EQ(digest(text), digest(text + "\n# a remark\n"));
    EXPECT_NE(digest(text), digest(with(text, "minutes = 60", "minutes = 61")));
}

TEST(ServiceTest, ALifeGoesForwardByOneStep) {
    EXPECT_TRUE(may_follow(Life::proposed, Life::reviewed));
    EXPECT_TRUE(may_follow(Life::pilot, Life::running));
    EXPECT_TRUE(may_follow(Life::pilot, Life::reviewed));
    EXPECT_TRUE(may_follow(Life::running, Life::retired));
    EXPECT_FALSE(may_follow(Life::proposed, Life::running));
    EXPECT_FALSE(may_follow(Life::running, Life::pilot));
    EXPECT_FALSE(may_follow(Life::retired, Life::running));
}

TEST(ServiceTest, WhatIsWrongIsNamedWithFileAndField) {
    const std::string text(kPlate);
    const auto expect = [](const std::string& wrong, std::string_view word) { EXPECT_NE(refused(wrong).find(word), std::string::npos) << word << "\n" << refused(wrong); };
    EXPECT_EQ(refused(text), "");
    expect(with(text, "\"running\"", "\"on\""), "x.toml: life must be");
    expect(with(text, "version = 1", "version = 0"), "x.toml: version must be");
    expect(with(text, "desk = [\"police\"", "desk = [\"agency\""), "x.toml: desk holds \"agency\"");
    expect(with(text, "desk = [\"police\", \"supervisor\"]", "colour = 1"), "does not know \"colour\"");
    expect(with(text, "minutes = 60", "minutes = 0"), "wanted-vehicle: purpose wanted-vehicle: minutes must be");
    expect(with(text, "next = \"tell\"", "next = \"nowhere\""), "wanted-vehicle: sop: step approve.next names \"nowhere\"");
    expect(with(text, "helped = true", "helped = 1"), "x.toml: results.helped must be");
    expect(with(text, "[sop]", "[sop]\nkey = \"mine\""), "x.toml: sop.key is the service's own");
    expect(with(text, "opens_at_grades", "events = [\"119UC001\"]\nopens_at_grades"), "which is no type of this service");
    expect(with(text, "[[purpose]]\nkey = \"wanted-vehicle\"", "[[purpose]]\nkey = \"operator-incident\""), "key stands in purposes.toml already");
    expect(with(text, "key = \"wanted-vehicle\"\nversion", "codes = { by-itself = [\"0\"], after-receipt = [], refused = [\"0\"] }\nkey = \"wanted-vehicle\"\nversion"), "codes.refused holds \"0\"");
    expect(with(text, "life = ", "keep = { days = 0, basis = \"x\" }\nlife = "), "x.toml: keep.days must be");
    expect(with(text, "WVHCL110", "*"), "types.id must be 1 to 64");
    expect(with(text, "WVHCL110", "차량"), "types.id must be 1 to 64");
    expect(with(text, "senders = [\"L\"]", "senders = [\"L1\"]"), "purpose wanted-vehicle.agencies hold \"L\", which is not among senders");
    expect(with(text, "life = ", "purposes = [\"operator-incident\"]\nlife = "), "names \"operator-incident\", which is lent for other types than this service's too");
    expect(with(text, "life = ", "purposes = [\"operator-duty\"]\nlife = "), "names \"operator-duty\"");
    expect("key = 1 1", "x.toml");
    const auto twice = Services::with_defaults({{"a.toml", with(text, "WVHCL110", "119UC001")}});
    ASSERT_FALSE(twice);
    EXPECT_NE(twice.error().message.find("type \"119UC001\" is of 119-dispatch already"), std::string::npos) << twice.error().message;
}

}  // namespace
}  // namespace bongsu::service
