#include "imports/csv.hpp"

#include "charset/utf8.hpp"
#include "imports/encoding.hpp"
#include "support.hpp"

namespace bongsu::imports {

namespace {

std::vector<std::vector<std::string>> cells_of(const Table& table) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t r = 0; r < table.rows(); ++r) {
        rows.emplace_back();
        for (std::size_t c = 0; c < table.cells(r); ++c) rows.back().emplace_back(table.cell(r, c));
    }
    return rows;
}

std::string fault_of(std::string_view text) {
    Evidence evidence;
    const auto table = read_csv(text, evidence);
    return table ? "" : table.error().message;
}

using Rows = std::vector<std::vector<std::string>>;

}  // namespace

TEST(Csv, ReadsQuotesEmbeddedLineEndsAndDoubledQuotes) {
    Evidence evidence;
    const auto table = read_csv("a,b\r\n\"1\r\n2\",\"say \"\"no\"\"\"\r\n\"\",x\r\n", evidence);

    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(cells_of(*table), (Rows{{"a", "b"}, {"1\r\n2", "say \"no\""}, {"", "x"}}));
}

TEST(Csv, EveryLineEndIsOneAndTheLastMayBeMissing) {
    for (const std::string_view text : {"a,b\n1,2", "a,b\r\n1,2\r\n", "a,b\r1,2\r"}) {
        Evidence evidence;
        const auto table = read_csv(text, evidence);
        ASSERT_TRUE(table.has_value());
        EXPECT_EQ(cells_of(*table), (Rows{{"a", "b"}, {"1", "2"}}));
    }
}

TEST(Csv, EmptyLinesCountAsRowsButAreLeftOut) {
    Evidence evidence;
    const auto table = read_csv("a,b\n\n1,2\n", evidence);

    ASSERT_TRUE(table.has_value());
    ASSERT_EQ(table->rows(), 2U);
    EXPECT_EQ(table->number(1), 3U);
}

TEST(Csv, TheDelimiterIsTheOneThatTheFirstRecordHasMostOf) {
    Evidence evidence;
    ASSERT_TRUE(read_csv("a\tb,c\td\n", evidence).has_value());
    EXPECT_EQ(evidence.value, "tab");
    ASSERT_TRUE(read_csv("a;\"b,c,d\";e\n", evidence).has_value());
    EXPECT_EQ(evidence.value, ";");
    ASSERT_TRUE(read_csv("a title\na,b\n", evidence).has_value());
    EXPECT_EQ(evidence.value, ",");
}

TEST(Csv, AQuoteThatIsNeverClosedNamesItsRow) {
    EXPECT_EQ(fault_of("a,b\n1,2\n\"3,4\n" + std::string(100'000, 'x')),
              "row 3: a quote opens that is not closed within 32768 bytes");
    EXPECT_EQ(fault_of("a,\"b"), "row 1: a quote opens that is not closed within 32768 bytes");
}

TEST(Csv, AMillionColumnsAreRefusedAtTheBound) {
    EXPECT_EQ(fault_of(std::string(1'000'000, ',')), "row 1 has more than 256 columns");
}

TEST(Csv, MoreRowsThanTheBoundAreRefused) {
    std::string text;
    for (std::size_t i = 0; i < kRowsMax + kHeaderRowsMax + 2; ++i) text += "a\n";
    EXPECT_EQ(fault_of(text), "the file has more than 300000 rows");
}

TEST(Csv, LettersAfterAClosingQuoteAndNulsAreFaultsOfTheirRowAlone) {
    Evidence evidence;
    const auto table = read_csv(std::string_view("a,b\n\"x\"y,2\n1,\0\n3,4\n", 17), evidence);

    ASSERT_TRUE(table.has_value());
    ASSERT_EQ(table->rows(), 4U);
    EXPECT_EQ(table->fault(0), nullptr);
    EXPECT_EQ(*table->fault(1), "letters follow a closing quote");
    EXPECT_EQ(*table->fault(2), "the row holds a NUL byte");
    EXPECT_EQ(table->fault(3), nullptr);
}

TEST(Encoding, IsDetectedWithItsEvidence) {
    for (const auto& [name, value] : {std::pair{"standard_2024_utf8.csv", "utf-8"},
                                      {"standard_2024_bom.csv", "utf-8"},
                                      {"standard_2024_cp949.csv", "cp949"},
                                      {"standard_2024_utf16.csv", "utf-16"}}) {
        const auto decoded = decode(golden(name), "");
        ASSERT_TRUE(decoded.has_value());
        EXPECT_EQ(decoded->evidence.value, value) << name;
        EXPECT_FALSE(decoded->evidence.why.empty());
        EXPECT_NE(decoded->utf8.find("개방자치단체코드"), std::string::npos) << name;
    }
}

TEST(Encoding, AFileThatIsNeitherIsAskedAboutWithTheFirstBadByteOfEach) {
    const auto decoded = decode(golden("broken_cp949.csv"), "");

    ASSERT_TRUE(decoded.has_value());
    ASSERT_TRUE(decoded->question.has_value());
    EXPECT_EQ(decoded->question->parameter, "encoding");
    ASSERT_EQ(decoded->question->candidates.size(), 2U);
    EXPECT_EQ(decoded->question->candidates[1].value, "cp949");
    EXPECT_EQ(decoded->question->candidates[1].why.substr(0, 9), "1 bytes a");
}

TEST(Encoding, AnAskedEncodingIsTakenAndItsBadBytesAreCounted) {
    const auto decoded = decode(golden("broken_cp949.csv"), "cp949");

    ASSERT_TRUE(decoded.has_value());
    EXPECT_FALSE(decoded->question.has_value());
    EXPECT_EQ(decoded->replaced, 1U);
    EXPECT_TRUE(charset::is_utf8(decoded->utf8));
    EXPECT_FALSE(decode("x", "latin1").has_value());
}

}  // namespace bongsu::imports
