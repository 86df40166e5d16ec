#include "imports/xlsx.hpp"

#include <zip.h>

#include "imports/sheet.hpp"
#include "support.hpp"

namespace bongsu::imports {

namespace {

std::string error_of(const std::string& bytes, const std::string& sheet = "") {
    const auto book = read_xlsx(bytes, sheet);
    return book ? "" : book.error().message;
}

using Parts = std::vector<std::pair<std::string, std::string>>;  // Their names and bodies.

/// Packed by libzip: for bodies that no file of the goldens should hold.
std::string zipped(const Parts& parts) {
    const std::string path = testing::TempDir() + "bongsu_" +
                             std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "_" +
                             ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".xlsx";
    int error = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
    for (const auto& [name, body] : parts) {
        zip_file_add(archive, name.c_str(), zip_source_buffer(archive, body.data(), body.size(), 0),
                     ZIP_FL_OVERWRITE);
    }
    EXPECT_EQ(zip_close(archive), 0);
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    std::remove(path.c_str());
    return bytes;
}

constexpr std::string_view kTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";

/// A workbook of one sheet.
std::string packed(const std::string& sheet, const std::string& shared_part = "", const std::string& shared = "",
                   const std::string& book_part = "xl/workbook.xml") {
    const std::string relations =
        "<Relationships><Relationship Id=\"1\" Target=\"s.xml\"/>" +
        (shared_part.empty() ? ""
                             : "<Relationship Id=\"2\" Target=\"/" + shared_part + "\" Type=\"" +
                                   std::string(kTypes) + "sharedStrings\"/>") +
        "</Relationships>";
    Parts parts{{book_part, "<workbook><sheets><sheet name=\"a\" id=\"1\"/></sheets></workbook>"},
                {"xl/_rels/workbook.xml.rels", relations},
                {"xl/s.xml", sheet}};
    if (!shared_part.empty()) parts.emplace_back(shared_part, shared);
    return zipped(parts);
}

/// Sheets of a header and one row, each of whose first cells is its own name and number: "3 1" of the first one.
std::string with_sheets(const std::vector<std::string>& names) {
    std::string book = "<workbook><sheets>", relations = "<Relationships>";
    Parts parts;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto number = std::to_string(i + 1);
        book += "<sheet name=\"" + names[i] + "\" id=\"r" + number + "\"/>";
        relations += "<Relationship Id=\"r" + number + "\" Target=\"s" + number + ".xml\"/>";
        parts.emplace_back("xl/s" + number + ".xml", "<sheetData><row><c t=\"str\"><v>" + names[i] + " " + number +
                                                         "</v></c></row><row><c><v>1</v></c></row></sheetData>");
    }
    parts.emplace_back("xl/workbook.xml", book + "</sheets></workbook>");
    parts.emplace_back("xl/_rels/workbook.xml.rels", relations + "</Relationships>");
    return zipped(parts);
}

}  // namespace

TEST(Xlsx, SharedTextsInRunsInlineTextsAndNumbersAreCells) {
    for (const auto* name : {"standard_shared.xlsx", "standard_inline.xlsx"}) {
        const auto book = read_xlsx(golden(name), "");
        ASSERT_TRUE(book.has_value()) << name;
        const auto& table = book->table;
        ASSERT_EQ(table.rows(), 5U);
        EXPECT_EQ(table.cell(0, 1), "관리번호");
        EXPECT_EQ(table.cell(1, 1), "MP-0001");
        EXPECT_EQ(table.cell(1, 6), "4");
        EXPECT_EQ(table.cell(1, 12), "37.566283");
        EXPECT_EQ(table.cell(3, 3), "");
        EXPECT_EQ(table.cell(4, 3), "서울특별시 마포구 독막로 \"공덕\" 311, 앞");
    }
}

TEST(Xlsx, SharedTextsAreFoundByTheirRelationshipAndPartsWithoutRegardToCase) {
    const std::string sheet = "<sheetData><row r=\"1\"><c t=\"s\"><v>1</v></c></row>"
                              "<row r=\"2\"><c t=\"s\"><v>0</v></c></row></sheetData>";
    const std::string shared = "<sst><si><t>가</t></si><si><t>주소</t></si></sst>";
    for (const auto& [part, book_part] : {std::pair{"xl/strings/texts1.xml", "xl/workbook.xml"},
                                          {"xl/SharedStrings.xml", "xl/Workbook.xml"}}) {
        const auto book = read_xlsx(packed(sheet, part, shared, book_part), "");
        ASSERT_TRUE(book.has_value()) << part << ": " << book.error().message;
        EXPECT_EQ(book->table.cell(0, 0), "주소");
        EXPECT_EQ(book->table.cell(1, 0), "가");
    }
}

TEST(Xlsx, TheWorkbookIsWhereThePackageSaysAndItsPartsWhereItSays) {
    const std::string rows = "<sheetData><row><c><v>1</v></c></row><row><c><v>2</v></c></row></sheetData>";
    const std::string book = "<workbook><sheets><sheet name=\"a\" id=\"1\"/></sheets></workbook>";
    const auto package = [](const std::string& target) {
        return "<Relationships><Relationship Id=\"1\" Target=\"" + target + "\" Type=\"" + std::string(kTypes) +
               "officeDocument\"/></Relationships>";
    };
    const auto relations = [](const std::string& target) {
        return "<Relationships><Relationship Id=\"1\" Target=\"" + target + "\"/></Relationships>";
    };
    const Parts packages[] = {
        {{"_rels/.rels", package("/xl/book.xml")},
         {"xl/book.xml", book},
         {"xl/_rels/book.xml.rels", relations("/xl/s.xml")},
         {"xl/s.xml", rows}},
        {{"_rels/.rels", package("book.xml")},
         {"book.xml", book},
         {"_rels/book.xml.rels", relations("xl/./sheets/../s.xml")},
         {"xl/s.xml", rows}},
        {{"xl/workbook.xml", book}, {"xl/_rels/workbook.xml.rels", relations("./s.xml")}, {"xl/s.xml", rows}},
        {{"xl/workbook.xml", book}, {"xl/_rels/workbook.xml.rels", relations("../xl/s.xml")}, {"xl/s.xml", rows}},
        {{"xl/workbook.xml", book}, {"xl/_rels/workbook.xml.rels", relations("../../../xl/s.xml")}, {"xl/s.xml", rows}},
        {{"_rels/.rels", package("gone.xml")},
         {"xl\\workbook.xml", book},
         {"xl\\_rels\\workbook.xml.rels", relations("sheets\\s.xml")},
         {"xl\\sheets\\s.xml", rows}},
    };
    for (const auto& parts : packages) {
        const auto read = read_xlsx(zipped(parts), "");
        ASSERT_TRUE(read.has_value()) << parts[1].first << ": " << read.error().message;
        EXPECT_EQ(read->table.rows(), 2U);
    }
}

TEST(Xlsx, OfTwoPartsOfOneNameNoneIsTaken) {
    auto bytes = zipped({{"xl/workbook.xml", "<workbook><sheets><sheet name=\"a\" id=\"1\"/></sheets></workbook>"},
                         {"xl/_rels/workbook.xml.rels",
                          "<Relationships><Relationship Id=\"1\" Target=\"s.xml\"/></Relationships>"},
                         {"xl/s.xml", "<sheetData/>"},
                         {"xl/t.xml", "<sheetData/>"}});
    for (auto at = bytes.find("xl/t.xml"); at != std::string::npos; at = bytes.find("xl/t.xml")) bytes[at + 3] = 'S';
    EXPECT_EQ(error_of(bytes, "a"), "two parts of the workbook are called xl/s.xml");
}

TEST(Xlsx, LettersThatXmlCannotHoldAreReadAsTheyAreMeant) {
    EXPECT_EQ(without_escapes("A1_x000D_"), "A1\r");
    EXPECT_EQ(without_escapes("_x005F_x000D_"), "_x000D_");
    EXPECT_EQ(without_escapes("_xAC00__x00e9_"), "가é");
    for (const auto* plain : {"", "_", "_x", "_x00", "_x000D", "_x000G_", "_x0000_", "_xD800_", "_X000D_", "a_b_x"})
        EXPECT_EQ(without_escapes(plain), plain);
    const std::string sheet = "<sheetData><row><c t=\"s\"><v>0</v></c><c t=\"str\"><v>b_x0041_</v></c>"
                              "<c t=\"inlineStr\"><is><t>c_x0041_</t></is></c></row><row><c><v>1</v></c></row></sheetData>";
    const auto book = read_xlsx(
        packed(sheet, "xl/sharedStrings.xml", "<sst><si><r><t>a_x00</t></r><r><t>41_</t></r></si></sst>"), "");
    ASSERT_TRUE(book.has_value());
    EXPECT_EQ(book->table.cell(0, 0), "aA");
    EXPECT_EQ(book->table.cell(0, 1), "bA");
    EXPECT_EQ(book->table.cell(0, 2), "cA");
}

TEST(Xlsx, ASharedTextThatIsShownTooOftenIsABombToo) {
    std::string sheet = "<sheetData>";
    for (int i = 0; i < 600; ++i) sheet += "<row><c t=\"s\"><v>0</v></c></row>";
    const auto bytes = packed(sheet + "</sheetData>", "xl/sharedStrings.xml",
                              "<sst><si><t>" + std::string(30'000, 'x') + "</t></si></sst>");
    ASSERT_LT(bytes.size(), 10'000U);
    EXPECT_EQ(error_of(bytes), "row 560: the sheet's cells show its shared texts too often");
}

TEST(Xlsx, HiddenRowsAndACountForSeveralRowsAreSaid) {
    const auto cell = [](const std::string& place, const std::string& text) {
        return "<c r=\"" + place + "\" t=\"str\"><v>" + text + "</v></c>";
    };
    const std::string sheet =
        "<worksheet><sheetData><row r=\"1\">" + cell("A1", "관리번호") + cell("B1", "카메라대수") + cell("C1", "위도") +
        cell("D1", "경도") + "</row><row r=\"2\">" + cell("A2", "A1") + cell("B2", "4") + cell("C2", "37.5") +
        cell("D2", "127.03") + "</row><row r=\"3\" hidden=\"1\">" + cell("A3", "A2") + cell("C3", "37.5") +
        cell("D3", "127.03") + "</row></sheetData><mergeCells><mergeCell ref=\"B2:B3\"/></mergeCells></worksheet>";
    const auto reading = read_or_die(packed(sheet));
    ASSERT_EQ(reading.list.size(), 2U);
    EXPECT_EQ(reading.list[1].cameras, 4);
    EXPECT_EQ(reading.notes,
              (std::vector<std::string>{"1 rows of the sheet are hidden: they are taken as the others are",
                                        "카메라대수 is one merged cell for several rows, 1 of them below its first: each "
                                        "row is taken as so many cameras"}));
}

TEST(Xlsx, OfTwoSheetsWithRowsAPersonHasToSay) {
    const auto book = read_xlsx(golden("two_sheets.xlsx"), "");
    ASSERT_TRUE(book.has_value());
    ASSERT_TRUE(book->question.has_value());
    EXPECT_EQ(book->question->parameter, "sheet");
    ASSERT_EQ(book->question->candidates.size(), 2U);
    EXPECT_EQ(book->question->candidates[0].value, "마포");

    EXPECT_EQ(read_xlsx(golden("two_sheets.xlsx"), "옛날")->table.rows(), 5U);
    EXPECT_EQ(read_xlsx(golden("two_sheets.xlsx"), "1")->table.rows(), 5U);
    EXPECT_EQ(error_of(golden("two_sheets.xlsx"), "3"),
              "sheet must be the name or number of one of the workbook's 2 sheets");
}

TEST(Xlsx, ASheetAnsweredAsOfferedIsTheSheetThatIsRead) {
    for (const auto& names : {std::vector<std::string>{"3", "2", "1"}, {"2", "1"}, {"목록", "목록", "1"}}) {
        const auto bytes = with_sheets(names);
        const auto asked = read_xlsx(bytes, "");
        ASSERT_TRUE(asked.has_value() && asked->question.has_value());
        ASSERT_EQ(asked->question->candidates.size(), names.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto book = read_xlsx(bytes, asked->question->candidates[i].value);
            ASSERT_TRUE(book.has_value());
            EXPECT_EQ(book->table.cell(0, 0), names[i] + " " + std::to_string(i + 1));
        }
    }
    EXPECT_EQ(read_xlsx(with_sheets({"가", "나"}), "2")->table.cell(0, 0), "나 2") << "a number that is no name";
    EXPECT_EQ(error_of(with_sheets({"2", "2", "1"})), "two sheets of the workbook have one name: 2");
}

TEST(Xlsx, TheEmptyCellsOfAMergedRangeShowItsFirstOne) {
    const auto reading = read_or_die(golden("merged_cells.xlsx"));
    EXPECT_EQ(reading.list.size(), 4U);

    const auto book = read_xlsx(golden("merged_cells.xlsx"), "");
    ASSERT_TRUE(book.has_value());
    EXPECT_EQ(book->table.cell(3, 2), "서울특별시 마포구청");
    EXPECT_EQ(book->table.cell(4, 2), "서울특별시 마포구청");
}

TEST(Xlsx, WhatIsNoWorkbookIsSaidToBeNone) {
    EXPECT_EQ(error_of(golden("no_workbook.xlsx")), "the ZIP archive holds no workbook");
    EXPECT_EQ(error_of(golden("doctype.xlsx")), "the workbook's XML has a DOCTYPE, which no workbook has");
    EXPECT_NE(error_of("PK\x03\x04 and no more").find("no ZIP archive"), std::string::npos);
    const auto whole = golden("standard_shared.xlsx");
    EXPECT_NE(error_of(whole.substr(0, whole.size() / 2)), "");
}

TEST(Xlsx, AZipBombIsCutWhereItUnpacksTooFar) {
    std::string sheet =
        "<worksheet><sheetData><row><c><v>1</v></c></row><row><c><v>2</v></c></row></sheetData>";
    sheet.append(60 << 20, ' ').append("</worksheet>");
    const auto bytes = packed(sheet);
    ASSERT_LT(bytes.size(), 200'000U);

    const auto error = error_of(bytes, "1");

    EXPECT_EQ(error, "part xl/s.xml of the workbook unpacks to more than 250 times its size");
}

TEST(Xlsx, CellsFarOutDeepNestingAndUnorderedRowsAreRefused) {
    EXPECT_EQ(error_of(packed("<worksheet><row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row></worksheet>"), "1"),
              "row 1 has more than 256 columns");
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "<a>";
    EXPECT_EQ(error_of(packed(deep), "1"), "the workbook's XML is nested too deeply");
    EXPECT_EQ(error_of(packed("<worksheet><row r=\"5\"/><row r=\"4\"/></worksheet>"), "1"),
              "the sheet's rows are not numbered in order");
    EXPECT_EQ(error_of(packed("<worksheet><row><c t=\"s\"><v>0</v></c></row></worksheet>"), "1"),
              "row 1: a shared text that is not there");
    EXPECT_EQ(error_of(packed("<worksheet><row><c r=\"1A\"/></row></worksheet>"), "1"),
              "the sheet has a cell at no place");
}

TEST(Xlsx, PlacesAreLettersAndARow) {
    EXPECT_EQ(parse_place("A1")->column, 0U);
    EXPECT_EQ(parse_place("BC12")->column, 54U);
    EXPECT_EQ(parse_place("BC12")->row, 12U);
    for (const auto* bad : {"", "A", "1", "a1", "A0", "A-1", "AAAAA1", "A1x"})
        EXPECT_FALSE(parse_place(bad).has_value()) << bad;
}

}  // namespace bongsu::imports
