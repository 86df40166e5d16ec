// Profiles and code maps: what is wrong is said all at once, with its place; a new partner needs no code.

#include <gtest/gtest.h>

#include "event/code_map.hpp"
#include "event/encoding.hpp"
#include "golden.hpp"

namespace bongsu::event {

namespace {

std::string errors_of(std::string_view toml) {
    const auto got = parse_profiles(toml, "partners.toml");
    return got ? "" : got.error().message;
}

std::string map_errors(std::string_view csv) {
    const auto got = CodeMap::parse(csv);
    return got ? "" : got.error().message;
}

}  // namespace

TEST(Profiles, ANewPartnerOfAKnownFormatIsAProfileAndNoCode) {
    const auto got = golden::decode_file("telegram/another_order.bin", "another-112");
    ASSERT_NE(got.event(), nullptr) << got.refusal.reason;
    EXPECT_EQ(code_112(golden::profile_of("another-112"), *got.event()), 0);
}

TEST(Profiles, HaveDefaultsForWhatIsNotSaid) {
    const auto profiles = parse_profiles("[[partner]]\nkey = \"a\"\nformat = \"scsns\"\n", "p").value();
    const auto& profile = profiles.at(0);
    EXPECT_EQ(profile.encoding, Encoding::utf8);
    EXPECT_EQ(profile.retry.attempts, 0);
    EXPECT_EQ(profile.rate.per_second, 1000);
    EXPECT_FALSE(profile.aria());
    EXPECT_TRUE(profile.allows_pair("X", "Y"));
}

TEST(Profiles, SayEverythingThatIsWrongAtOnce) {
    const auto errors = errors_of(R"(
[[partner]]
key = "Fire Brigade"
format = "telegram"
encoding = "latin1"
sender = "119"
grade = "11"
clock_offset_s = 100000
colour = "red"
pairs = [{ send = "119" }]
rate = { per_s = 0, per_minute = 3 }
retry = { first_ms = 5000, cap_ms = 1000 }
aria = { mode = "cbc" }
fields = { "10" = ["class", "lon"], "11" = ["x"] }
code_map = "code,evtId\nfire\n"
client_sha256 = "00"

[[partner]]
key = "b"
format = "scsns"
encoding = "cp949"
service = "112-video"

[[partner]]
key = "b"
format = "wearable"
sender = "W1144000000"
fields = { SMART = ["name"] }
)");
    for (const auto* said : {"Fire Brigade: colour is not a field",
                             "key must be 1 to 40",
                             "encoding must be one of utf-8, cp949",
                             "sender must be a capital letter and ten digits",
                             "service must be one of",
                             "grade must be",
                             "clock_offset_s must be",
                             "pairs must hold tables",
                             "rate does not know \"per_minute\"",
                             "rate.per_s must be",
                             "retry.cap_ms must not be below",
                             "aria.phrase_file must name",
                             "aria.iv must be 32 hex digits",
                             "fields.10 names no field for the number",
                             "fields.11 must be 10, 20, 30 or 99",
                             "code_map row 2: has 1 of 2 columns",
                             "client_sha256 must be 64 hex digits",
                             "client_sha256 needs tls",
                             "b: encoding must be utf-8 for this format",
                             "b: service belongs to the format telegram",
                             "fields.SMART names neither sensorId nor smartId",
                             "b: key is declared twice"}) {
        EXPECT_NE(errors.find(said), std::string::npos) << said << "\nin\n" << errors;
    }
}

TEST(Profiles, OverHttpASenderHasOneAgreementOfAFormat) {
    const auto twice = [](std::string_view format) {
        const auto one = [&](std::string_view key) {
            return "[[partner]]\nkey = \"" + std::string(key) + "\"\nformat = \"" + std::string(format) + "\"\nsender = \"L1144000000\"\n";
        };
        return errors_of(one("lpr") + one("bell"));
    };
    const std::string refused = "bell: sender has another agreement of this format: over HTTP it can have one";
    for (const auto* format : {"scsns", "cloudevents"}) EXPECT_NE(twice(format).find(refused), std::string::npos) << format;
    EXPECT_EQ(twice("scsns-tcp").find(refused), std::string::npos) << "a port is an agreement's own";
}

TEST(Profiles, WhatHttpDoesNotKeepToIsRefusedByName) {
    const auto errors = errors_of(R"(
[[partner]]
key = "web"
format = "scsns"
tls = true
client_sha256 = "0011"
api_key_file = "web.key"
api_key_field = "a key"

[[partner]]
key = "events"
format = "cloudevents"
sender = "M1100000000"
api_key_file = "../events.key"
api_key_field = "key"

[[partner]]
key = "fire"
format = "telegram"
service = "119-dispatch"
sender = "F1100000000"
api_key_file = "fire.key"
)");
    for (const auto* said : {"web: tls belongs to the formats scsns-tcp, telegram and wearable: the HTTP of this program has no TLS, so put a proxy",
                             "web: client_sha256 belongs to the formats", "web: api_key_file needs sender",
                             "web: api_key_field must be 1 to 64", "events: api_key_file must be a file within the site's folder",
                             "events: api_key_field belongs to the format scsns",
                             "fire: api_key_file belongs to the formats scsns and cloudevents"}) {
        EXPECT_NE(errors.find(said), std::string::npos) << said << "\nin\n" << errors;
    }
}

TEST(Profiles, RefuseAFileWithoutPartnersAndUnknownTables) {
    EXPECT_NE(errors_of("").find("partner must be 1 to 1000"), std::string::npos);
    EXPECT_NE(errors_of("x = 1\n[[partner]]\nkey = \"a\"\nformat = \"scsns\"\n").find("x is not known here"),
              std::string::npos);
    EXPECT_NE(errors_of("[[partner]\n").find("line 1"), std::string::npos);
}

TEST(Profiles, AFieldsRoleCanBeNamedButNotInvented) {
    EXPECT_NE(errors_of("[[partner]]\nkey = \"a\"\nformat = \"telegram\"\nsender = \"P1100000000\"\nservice "
                        "= \"112-video\"\n"
                        "fields = { \"10\" = [\"ID=nummer\"] }\n")
                  .find("gives ID a role that is none"),
              std::string::npos);
}

TEST(CodeMap, NamesRowAndColumnOfEverythingThatIsWrong) {
    EXPECT_EQ(map_errors("code,evtId,grade\n화재,119UC001,15\n,11 "
                         "9,10\n구조,119UC001\n화재,119UC001,\n구급,119UC001,\n구급,112UC001,20\n"),
              "row 2, column 3 (grade): must be 10, 20 or empty\n"
              "row 3, column 1 (code): must be 1 to 200 bytes without control characters\n"
              "row 3, column 2 (evtId): must be 1 to 64 letters, digits, _ - or .\n"
              "row 4: has 2 of 3 columns\n"
              "row 7, column 1 (code): stands twice");
}

TEST(CodeMap, ReadsWhatASpreadsheetSaves) {
    const auto map = CodeMap::parse(
        "\xEF\xBB\xBF"
        "code,evtId,grade\r\n\"불, \"\"큰\"\" 것\",119UC001,10\r\nB,112UC001,\r\n");
    ASSERT_TRUE(map) << map.error().message;
    EXPECT_EQ(map->size(), 2U);
    EXPECT_EQ(map->find("불, \"큰\" 것")->type, "119UC001");
    EXPECT_EQ(map->find("B")->grade, "");
    EXPECT_EQ(map->find("b"), nullptr);
}

TEST(CodeMap, ComparesWithoutCaseWhereThatIsAgreed) {
    const auto map = CodeMap::parse("code,evtId\nfire,119UC001\n", CaseRule::ignore).value();
    EXPECT_NE(map.find("FIRE"), nullptr);
    EXPECT_FALSE(CodeMap::parse("code,evtId\nfire,119UC001\nFire,119UC001\n", CaseRule::ignore));
}

TEST(CodeMap, RefusesWhatIsNoMap) {
    EXPECT_EQ(map_errors(""), "row 1: the header must be code,evtId or code,evtId,grade");
    EXPECT_EQ(map_errors("evtId,code\n"), "row 1: the header must be code,evtId or code,evtId,grade");
    EXPECT_EQ(map_errors("code,evtId\n\"a,b\n"),
              "row 2: a quote is not closed or stands within a cell; the rest was not read");
    EXPECT_EQ(map_errors("code,evtId\n\xFF,x\n"), "the code map is not UTF-8");
    EXPECT_EQ(map_errors("code,evtId\n\n"), "row 2: has 1 of 2 columns");
}

TEST(CodeMap, ListsFiftyErrorsAndCountsTheRest) {
    std::string csv = "code,evtId\n";
    for (int i = 0; i < 60; ++i) csv += "x" + std::to_string(i) + ",a b\n";
    EXPECT_NE(map_errors(csv).find("\nand 10 more"), std::string::npos);
}

TEST(CodeMap, HasABoundOfRows) {
    std::string csv = "code,evtId\n";
    for (std::size_t i = 0; i <= kCodeMapRowsMax; ++i) csv += "x" + std::to_string(i) + ",a\n";
    EXPECT_EQ(map_errors(csv), "row 10002: there are more than 10000 codes");
}

TEST(Code112, IsReadFromWhatRoomsWrite) {
    Profile profile;
    Event event;
    for (const auto& [text, code] : std::map<std::string, int>{
             {"CODE1", 1}, {"code 0", 0}, {"C2", 2}, {"코드3", 3}, {"4", 4}, {"CODE-1", 1}}) {
        event.items["CODE"] = text;
        EXPECT_EQ(code_112(profile, event), code) << text;
    }
    for (const auto* text : {"", "5", "CODE", "CODE11", "긴급", "-1"}) {
        event.items["CODE"] = text;
        if (std::string(text) == "-1") continue;  // A dash parts word and number: "CODE-1".
        EXPECT_FALSE(code_112(profile, event)) << text;
    }
}

TEST(Encoding, Cp949ComesBackAndItsErrorsAreNamed) {
    const std::string text = "똠방각하 펲시콜라 漢字 abc";
    const auto bytes = from_utf8(text, Encoding::cp949);
    EXPECT_LT(bytes.size(), text.size());
    EXPECT_EQ(to_utf8(bytes, Encoding::cp949, "x").value(), text);
    EXPECT_EQ(to_utf8("\xFF\xFF", Encoding::cp949, "x").error().message, "x is not CP949");
    EXPECT_EQ(to_utf8("\xB0", Encoding::cp949, "x").error().message, "x is not CP949");
    EXPECT_EQ(from_utf8("가🔥나", Encoding::cp949), from_utf8("가?나", Encoding::cp949));
}

}  // namespace bongsu::event
