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

TEST(Csv, TheDelimiterBetweenNamesOfColumnsWinsOverATitles) {
    const std::pair<std::string, std::string> files[] = {
        {"현황, 상반기\n관리번호\t위도\t경도\nA\t37.5\t127\n", "tab"},
        {"관리번호|위도|경도\nA, B|37.5|127\n", "|"},
        {"\"한 줄, 두\n줄\"\n\n관리번호;위도;경도\nA,B,C,D;37.5;127\n", ";"},
        {"관리번호,위도,경도\nA|B|C|D|E,37.5,127\n", ","},
        {"a|b|c|d\n1,2\n", ","},  // Words in a title.
    };
    for (const auto& [text, letter] : files) {
        Evidence evidence;
        ASSERT_TRUE(read_csv(text, evidence).has_value());
        EXPECT_EQ(evidence.value, letter) << text;
    }
    EXPECT_EQ(read_or_die("현황, 상반기\n관리번호\t카메라대수\t위도\t경도\nA\t1\t37.5\t127.03\n").list.size(), 1U);
    EXPECT_EQ(read_or_die("관리번호|카메라대수|위도|경도\nA|1|37.5|127.03\n").list.size(), 1U);
}

TEST(Csv, AStrayQuoteCostsItsOwnLineAndNoOther) {
    const auto head = std::string("no,name,x,y,n\n1,a,7,7,7\n");
    // Its end: the next quoted cell, a quote at a cell's end, none at all, doubled ones, cells of two lines.
    for (const std::string rest :
         {"3,\"c\",7,7,7\n4,d,7,7,7\n", "3,c\",7,7,7\n4,d,7,7,7\n", "3,c,7,7,7\n4,d,7,7,7\n", "3,c\"\",7,7,7\n4,d,7,7,7\n",
          "3,c,\"7\",7,7\n4,d,7,7,7\n", "3,\"c\nc\",7,7,7\n4,d,7,7,7\n", "3,c,7,7,\"7\"\n4,d,7,7,7\n"}) {
        Evidence evidence;
        const auto table = read_csv(head + "2,\"b,7,7,7\n" + rest, evidence);
        ASSERT_TRUE(table.has_value()) << rest;
        ASSERT_EQ(table->rows(), 5U) << rest;
        ASSERT_NE(table->fault(2), nullptr) << rest;
        EXPECT_EQ(*table->fault(2), "a quote opens that is not closed in the row");
        EXPECT_EQ(cells_of(*table)[2], (std::vector<std::string>{"2", "\"b", "7", "7", "7"}));
        EXPECT_EQ(cells_of(*table)[4], (std::vector<std::string>{"4", "d", "7", "7", "7"})) << rest;
    }
}

TEST(Csv, CellsOfSeveralLinesAreReadWhereverTheyStand) {
    for (const std::string text : {"a title\n\"no\n(1)\",name,x\n1,\"a\nb\",7\n", "no,name,x\n1,\"a\nb\",\"7\n8\"\n2,b,3\n",
                                   "no,name,x\n1,a,\"7\n8\"\n\"2\n3\",b\n", "\"a\ntitle\"\nno,name\n1,\"a,\nb\"\n"}) {
        Evidence evidence;
        const auto table = read_csv(text, evidence);
        ASSERT_TRUE(table.has_value()) << text;
        EXPECT_EQ(table->rows(), 3U) << text;
        for (std::size_t row = 0; row < table->rows(); ++row) EXPECT_EQ(table->fault(row), nullptr) << text << row;
    }
}

TEST(Csv, AQuoteThatIsNeverClosedIsAFaultOfItsRow) {
    Evidence evidence;
    const auto table = read_csv("a,b\n1,2\n\"3,4\n" + std::string(100'000 / 2, 'x').insert(30'000, "\n"), evidence);
    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(table->rows(), 5U);
    EXPECT_NE(table->fault(2), nullptr);
    EXPECT_EQ(table->fault(3), nullptr);
    const auto last = read_csv("a,\"b", evidence);
    ASSERT_TRUE(last.has_value());
    EXPECT_NE(last->fault(0), nullptr);
}

TEST(Csv, AFileOfStrayQuotesIsReadInBoundedTime) {
    // Each line opens a quote, and a cell's bound of lines goes by before the next one.
    std::string text = "a,b\n";
    for (int i = 0; i < 200; ++i) text += "\"1,2\n" + std::string(40'000 / 2, 'x') + "\n" + std::string(40'000 / 2, 'y') + "\n";
    Evidence evidence;
    const auto table = read_csv(text, evidence);
    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(table->rows(), 601U);
    // Each line swallows thirty that follow, up to more columns than there may be, and is then read again.
    std::string crowd = "a,b\n";
    for (int i = 0; i < 250'000; ++i) crowd += "\"x,y" + std::string(1000, ' ') + "\",\"\n";
    EXPECT_NE(fault_of(crowd).find("too many quotes open"), std::string::npos) << fault_of(crowd);
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

TEST(Encoding, Utf16WithoutItsMarkIsAskedForWhicheverByteComesFirst) {
    const auto marked = golden("standard_2024_utf16.csv");
    const auto low_first = marked.substr(2);
    auto high_first = low_first;
    for (std::size_t i = 0; i + 1 < high_first.size(); i += 2) std::swap(high_first[i], high_first[i + 1]);
    const std::string latin("a\0,\0b\0\n\0", 8);
    for (const auto& bytes : {low_first, high_first, latin}) {
        const auto decoded = decode(bytes, "");
        ASSERT_TRUE(decoded.has_value());
        ASSERT_TRUE(decoded->question.has_value());
        EXPECT_EQ(decoded->question->candidates.at(0).value, "utf-16");
        EXPECT_NE(decoded->question->candidates.at(0).why.find("zeros, at every second place"), std::string::npos);
    }
    EXPECT_EQ(decode(low_first, "utf-16")->utf8, decode(marked, "")->utf8);
    EXPECT_EQ(decode(high_first, "utf-16")->utf8, decode(marked, "")->utf8);
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
