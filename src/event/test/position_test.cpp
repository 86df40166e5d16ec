#include "event/position.hpp"

#include <gtest/gtest.h>

#include "event/text.hpp"
#include "event/types.hpp"

namespace bongsu::event {

TEST(Position, OfSeoulIsTakenAsItIs) {
    const auto located = locate(126.9779692, 37.566535);

    EXPECT_EQ(located.position, (Position{1'269'779'692, 375'665'350}));
    EXPECT_EQ(located.fault, PositionFault::none);
}

TEST(Position, FaultsAreToldApart) {
    struct Case {
        double lon, lat;
        PositionFault fault;
        bool has_position;
    };
    const Case cases[] = {
        {0, 0, PositionFault::zero, false},
        {126.9, 0, PositionFault::zero, false},
        {37.5, 126.9, PositionFault::swapped, true},
        {953898.467, 1952035.979, PositionFault::projected, false},  // EPSG 5179, Seoul City Hall
        {198053.647, 551888.916, PositionFault::projected, false},   // EPSG 5186
        {198053.647, 451888.916, PositionFault::projected, false},   // EPSG 5181
        {551888.916, 198053.647, PositionFault::projected, false},   // north first
        {2.35, 48.85, PositionFault::far, false},
        {139.69, 35.69, PositionFault::far, false},
        {123.9999, 37, PositionFault::far, false},
        {1e300, -1e300, PositionFault::far, false},
    };
    for (const auto& each : cases) {
        const auto located = locate(each.lon, each.lat);
        EXPECT_EQ(located.fault, each.fault) << each.lon << " " << each.lat;
        EXPECT_EQ(located.position.has_value(), each.has_position) << each.lon << " " << each.lat;
    }
    EXPECT_EQ(locate(37.5, 126.9).position, (Position{1'269'000'000, 375'000'000}));
}

TEST(Position, FaultsKeepTheirNames) {
    for (const auto fault : {PositionFault::none, PositionFault::zero, PositionFault::swapped,
                             PositionFault::projected, PositionFault::far}) {
        EXPECT_EQ(position_fault_of(to_string(fault)), fault);
    }
}

TEST(Position, DecimalsAreReadStrictly) {
    EXPECT_EQ(parse_decimal(" 126.5 "), 126.5);
    EXPECT_EQ(parse_decimal("-0.25"), -0.25);
    EXPECT_EQ(parse_decimal("+37"), 37.0);
    for (const auto* bad : {"", " ", "nan", "inf", "-inf", "NaN", "1e5", "12,5", "0x10", "1.2.3", "12 5", "+",
                            "+-1", "126도"}) {
        EXPECT_FALSE(parse_decimal(bad)) << bad;
    }
    EXPECT_FALSE(parse_decimal(std::string(400, '9')));
}

TEST(Position, IsWrittenWithoutExponentAndWithoutLoss) {
    EXPECT_EQ(to_json_text(Position{1'270'374'512, 375'012'345}), "[127.0374512,37.5012345]");
    EXPECT_EQ(to_json_text(Position{1'270'000'000, 370'000'001}), "[127,37.0000001]");
    EXPECT_EQ(to_json_text(Position{-5, -10'000'000}), "[-0.0000005,-1]");
    EXPECT_EQ(to_json_text(std::nullopt), "null");
}

TEST(Position, ComesBackFromTheJournal) {
    const Position place{1'270'374'512, 375'012'345};
    const auto kept = to_journal(place);
    const auto none = to_journal(std::nullopt);

    EXPECT_EQ(from_journal(&kept), place);
    EXPECT_EQ(from_journal(&none), std::nullopt);
    EXPECT_EQ(from_journal(nullptr), std::nullopt);
}

TEST(Text, KnowsUtf8FromEverythingElse) {
    EXPECT_TRUE(is_utf8("가나다 abc \xF0\x9F\x9A\xA8"));
    for (const auto* bad : {"\xB0\xA1", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE0\x80\x80",
                            "\xEA\xB0", "\x80", "\xFF"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

TEST(Text, CleansControlBytesAndCutsBetweenLetters) {
    const auto cleaned = clean("앞\x07뒤\tx\ny\xE2\x80\xAE", 100);
    EXPECT_EQ(cleaned.text, "앞\xEF\xBF\xBD뒤\tx\ny\xEF\xBF\xBD");
    EXPECT_TRUE(cleaned.had_control);
    EXPECT_FALSE(cleaned.was_cut);

    const auto cut = clean("가나다", 7);
    EXPECT_EQ(cut.text, "가나");
    EXPECT_TRUE(cut.was_cut);
}

TEST(Types, UnknownIdsHaveANameToShow) {
    ASSERT_NE(find_type("112UC001"), nullptr);
    EXPECT_EQ(find_type("112UC001")->name_en, "112 emergency video");
    EXPECT_EQ(find_type("112UC00"), nullptr);
    EXPECT_EQ(find_type(""), nullptr);
    EXPECT_EQ(type_or_unregistered("XYZ").name_ko, "미등록 이벤트");
    for (const auto& type : types()) EXPECT_EQ(find_type(type.id), &type);
}

}  // namespace bongsu::event
