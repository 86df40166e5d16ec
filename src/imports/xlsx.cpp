#include "imports/xlsx.hpp"

#include <algorithm>
#include <map>

#include "imports/numbers.hpp"
#include "imports/sheet.hpp"
#include "imports/xml.hpp"
#include "imports/zip.hpp"

namespace bongsu::imports {

namespace {

constexpr std::size_t kIndexBytesMax = 4 << 20;  ///< Of the workbook's own lists.
constexpr std::size_t kRowsLooked = 2;           ///< A header and one row: the sheet holds rows.
constexpr std::size_t kShown = 60;
constexpr std::size_t kSaidBytesMax = 200;       ///< Of a name that is offered; tables allow 31 letters.

struct Sheet {
    std::string name, relation, part;
};

Result<void> read_index(Zip& zip, const std::string& part,
                        std::function<Result<void>(std::string_view, const std::vector<Attribute>&)> begin) {
    const auto xml = Xml::make({.begin = std::move(begin), .text = {}, .end = {}});
    const auto take = [&](std::string_view piece) -> Result<bool> {
        TRY_DO(xml->feed(piece));
        return true;
    };
    TRY_DO(zip.read(part, kIndexBytesMax, take));
    return xml->finish();
}

struct Parts {
    std::vector<Sheet> sheets;
    std::string shared;
};

constexpr std::string_view kUsualBook = "xl/workbook.xml";

/// "xl/" of "xl/workbook.xml".
std::string folder_of(std::string_view part) { return std::string(part.substr(0, part.rfind('/') + 1)); }

/// A relationship's target as the archive names it: from its root, or from the folder of the part that it is of;
/// "./" and "../" are walked (ECMA-376-2, 6.5.3.4), past the root they lead to it.
std::string part_of(const std::string& folder, std::string_view target) {
    std::string whole = target.starts_with('/') || target.starts_with('\\') ? "" : folder;
    whole += target;
    std::replace(whole.begin(), whole.end(), '\\', '/');
    std::vector<std::string_view> steps;
    for (std::string_view rest = whole; !rest.empty();) {
        const auto step = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(step.size() + 1, rest.size()));
        if (step == ".." && !steps.empty()) steps.pop_back();
        if (!step.empty() && step != "." && step != "..") steps.push_back(step);
    }
    std::string out;
    for (const auto step : steps) out.append(out.empty() ? "" : "/").append(step);
    return out;
}

/// Where the package says that its workbook is; its usual name where it does not.
Result<std::string> find_book(Zip& zip) {
    std::string book;
    if (zip.has("_rels/.rels")) {
        TRY_DO(read_index(zip, "_rels/.rels",
                          [&](std::string_view name, const std::vector<Attribute>& attributes) -> Result<void> {
                              if (name == "Relationship" && attribute(attributes, "Type").ends_with("/officeDocument"))
                                  book = part_of("", attribute(attributes, "Target"));
                              return {};
                          }));
    }
    if (book.empty() || !zip.has(book)) book = kUsualBook;
    if (!zip.has(book)) return fail(ErrorKind::corrupt, "the ZIP archive holds no workbook");
    return book;
}

Result<Parts> read_parts(Zip& zip) {
    TRY(const auto book, find_book(zip));
    const auto folder = folder_of(book);
    Parts parts;
    parts.shared = folder + "sharedStrings.xml";  // Its usual name, where no relationship gives another.
    auto& sheets = parts.sheets;
    TRY_DO(read_index(zip, book,
                      [&](std::string_view name, const std::vector<Attribute>& attributes) -> Result<void> {
                          if (name != "sheet") return {};
                          if (sheets.size() == kSheetsMax)
                              return fail(ErrorKind::exhausted, "the workbook has more than " +
                                                                    std::to_string(kSheetsMax) + " sheets");
                          sheets.push_back({std::string(attribute(attributes, "name")),
                                            std::string(attribute(attributes, "id")), ""});
                          return {};
                      }));
    std::map<std::string, std::string, std::less<>> targets;
    TRY_DO(read_index(zip, folder + "_rels/" + book.substr(folder.size()) + ".rels",
                      [&](std::string_view name, const std::vector<Attribute>& attributes) -> Result<void> {
                          if (name != "Relationship") return {};
                          const auto target = part_of(folder, attribute(attributes, "Target"));
                          targets[std::string(attribute(attributes, "Id"))] = target;
                          // Two namespaces have it: that of the strict form, and the usual one.
                          if (attribute(attributes, "Type").ends_with("/sharedStrings")) parts.shared = target;
                          return {};
                      }));
    for (auto& sheet : sheets) {
        sheet.part = targets[sheet.relation];
    }
    if (sheets.empty()) return fail(ErrorKind::corrupt, "the workbook has no sheet");
    return parts;
}

/// A name wins over a number: a workbook of years or weeks has tabs called "3", "2", "1".
const Sheet* find(const std::vector<Sheet>& sheets, std::string_view wanted) {
    for (const auto& sheet : sheets) {
        if (sheet.name == wanted) return &sheet;
    }
    for (std::size_t i = 0; i < sheets.size(); ++i) {
        if (std::to_string(i + 1) == wanted) return &sheets[i];
    }
    return nullptr;
}

Result<const Sheet*> named(const std::vector<Sheet>& sheets, std::string_view wanted) {
    if (const auto* sheet = find(sheets, wanted)) return sheet;
    return fail_field("sheet", "must be the name or number of one of the workbook's " +
                                        std::to_string(sheets.size()) + " sheets");
}

/// What leads to this sheet when it is sent back: its name, or its number where the name is another's too.
Result<std::string> said(const std::vector<Sheet>& sheets, const Sheet& sheet) {
    if (!sheet.name.empty() && sheet.name.size() <= kSaidBytesMax && find(sheets, sheet.name) == &sheet)
        return sheet.name;
    auto number = std::to_string(&sheet - sheets.data() + 1);
    if (find(sheets, number) == &sheet) return number;
    return fail(ErrorKind::corrupt, "two sheets of the workbook have one name: " + clean_text(sheet.name, kShown));
}

}  // namespace

Result<Workbook> read_xlsx(std::string_view bytes, std::string_view wanted) {
    TRY(const auto zip, Zip::open(bytes));
    TRY(const auto parts, read_parts(*zip));
    const auto& sheets = parts.sheets;
    TRY(const auto shared, read_shared_texts(*zip, parts.shared));
    const auto shared_bytes_max = std::max(kSharedBytesFree, bytes.size() * kPackRatioMax);
    Workbook out;
    const Sheet* chosen = nullptr;
    if (!wanted.empty()) {
        TRY(chosen, named(sheets, wanted));
        out.evidence = {"sheet", chosen->name, "as asked"};
    } else {
        Question question{"sheet", "several sheets of the workbook hold rows", {}};
        for (const auto& sheet : sheets) {
            if (!zip->has(sheet.part)) continue;  // A chart's sheet.
            TRY(const auto rows, read_sheet(*zip, sheet.part, shared, {kRowsLooked, shared_bytes_max}));
            const auto& look = rows.table;
            if (look.rows() < kRowsLooked) continue;
            chosen = &sheet;
            TRY(auto value, said(sheets, sheet));
            question.candidates.push_back(
                {std::move(value), std::to_string(look.cells(0)) + " columns, begins with \"" +
                                       clean_text(look.cell(0, 0), kShown) + "\""});
        }
        if (question.candidates.size() > 1) {
            out.question = std::move(question);
            return out;
        }
        if (chosen == nullptr) return fail(ErrorKind::invalid, "no sheet of the workbook holds rows");
        out.evidence = {"sheet", chosen->name,
                        sheets.size() == 1 ? "the only sheet" : "the only sheet that holds rows"};
    }
    TRY(auto rows, read_sheet(*zip, chosen->part, shared, {0, shared_bytes_max}));
    out.table = std::move(rows.table);
    out.hidden_rows = rows.hidden;
    return out;
}

}  // namespace bongsu::imports
