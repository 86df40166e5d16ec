#include "imports/file.hpp"

#include <algorithm>

#include "imports/csv.hpp"
#include "imports/encoding.hpp"
#include "imports/geojson.hpp"
#include "imports/numbers.hpp"
#include "imports/rows.hpp"
#include "imports/xlsx.hpp"

namespace bongsu::imports {

namespace {

constexpr double kMostInCity = 0.9;
constexpr std::size_t kStartLooked = 64;

/// What is read, before its rows are.
struct Opened {
    Table table;
    std::string named_crs;
    bool letters_replaced = false;
};

Result<Evidence> find_format(std::string_view bytes, const Asked& asked) {
    if (!asked.format.empty()) {
        if (asked.format != "csv" && asked.format != "xlsx" && asked.format != "geojson")
            return fail_field("format", "must be csv, xlsx or geojson");
        return Evidence{"format", asked.format, "as asked"};
    }
    if (bytes.starts_with("PK\x03\x04"))
        return Evidence{"format", "xlsx", "the file begins as a ZIP archive does"};
    if (bytes.starts_with("\xD0\xCF\x11\xE0")) {
        return fail(
            ErrorKind::invalid,
            "the file is an old .xls or a workbook with a password: save it as .xlsx or CSV without one");
    }
    if (bytes.starts_with("%PDF"))
        return fail(ErrorKind::invalid, "the file is a PDF: a list comes as CSV, XLSX or GeoJSON");
    // Byte order marks and UTF-16's zeros hide what the text begins with.
    std::string head(bytes.substr(0, kStartLooked));
    for (const std::string_view mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}) {
        if (head.starts_with(mark)) head.erase(0, mark.size());
    }
    std::erase(head, '\0');
    const auto start = trimmed(head);
    if (start.starts_with('{') || start.starts_with('['))
        return Evidence{"format", "geojson", "the file begins with a brace"};
    if (start.starts_with('<'))
        return fail(ErrorKind::invalid, "the file is HTML or XML: a list comes as CSV, XLSX or GeoJSON");
    return Evidence{"format", "csv", "the file is neither a ZIP archive nor JSON"};
}

Result<void> open_workbook(std::string_view bytes, const Asked& asked, Reading& reading, Opened& out) {
    TRY(auto book, read_xlsx(bytes, asked.sheet));
    reading.question = std::move(book.question);
    if (!reading.question) reading.detected.push_back(std::move(book.evidence));
    out.table = std::move(book.table);
    if (book.hidden_rows > 0)
        reading.notes.push_back(std::to_string(book.hidden_rows) +
                                " rows of the sheet are hidden: they are taken as the others are");
    return {};
}

Result<void> open_text(std::string_view bytes, const Asked& asked, bool is_json, Reading& reading,
                       Opened& out) {
    TRY(auto decoded, decode(bytes, asked.encoding));
    if (decoded.question) {
        reading.question = std::move(decoded.question);
        return {};
    }
    reading.detected.push_back(decoded.evidence);
    out.letters_replaced = decoded.replaced > 0;
    if (is_json) {
        TRY(auto features, read_geojson(decoded.utf8));
        out.table = std::move(features.table);
        out.named_crs = std::move(features.crs);
        return {};
    }
    Evidence delimiter;
    TRY(out.table, read_csv(decoded.utf8, delimiter));
    reading.detected.push_back(std::move(delimiter));
    return {};
}

/// Most of a city's list lies in the city: what does not is then a fault. A list of other places is asked
/// about.
void judge_area(const Asked& asked, const Owner& owner, const std::string& column, Reading& reading) {
    if (asked.area == "korea" || reading.list.empty()) return;
    const auto inside = [&](const Listed& place) {
        return within(owner.city, {place.lon_e7 / 1e7, place.lat_e7 / 1e7});
    };
    const auto count =
        static_cast<std::size_t>(std::count_if(reading.list.begin(), reading.list.end(), inside));
    const auto outside = reading.list.size() - count;
    if (outside == 0) return;
    const bool mostly_here =
        static_cast<double>(count) >= kMostInCity * static_cast<double>(reading.list.size());
    if (asked.area.empty() && !mostly_here) {
        reading.before_apply = Question{
            "area",
            std::to_string(outside) + " of " + std::to_string(reading.list.size()) +
                " rows with a position lie outside the city's area",
            {{"city", "takes the " + std::to_string(count) + " rows within it and refuses the others"},
             {"korea", "takes them all"}}};
        return;
    }
    std::vector<Listed> kept;
    for (auto& place : reading.list) {
        if (inside(place)) {
            kept.push_back(std::move(place));
        } else {
            // A person who says "city" means that such a place is to go; else the row is a faulty one.
            const bool said = asked.area == "city";
            reading.refused.push_back({place.row, column,
                                       "the position " + degrees_text(place.lon_e7) + ", " +
                                           degrees_text(place.lat_e7) +
                                           " lies outside the city's area; area=korea takes such rows",
                                       said ? std::string() : place.local, said ? std::string() : place.key,
                                       said ? std::vector<std::string>() : place.aliases});
        }
    }
    reading.list = std::move(kept);
    std::sort(reading.refused.begin(), reading.refused.end(),
              [](const Refusal& a, const Refusal& b) { return a.row < b.row; });
}

}  // namespace

Result<Reading> read_file(std::string_view bytes, const Asked& asked, const Owner& owner) {
    if (bytes.empty()) return fail(ErrorKind::invalid, "the file is empty");
    if (bytes.size() > kFileBytesMax)
        return fail(ErrorKind::exhausted,
                    "the file is larger than " + std::to_string(kFileBytesMax >> 20) + " MiB");
    if (!asked.swapped.empty() && asked.swapped != "turn")
        return fail_field("swapped", "must be turn");
    if (!asked.area.empty() && asked.area != "city" && asked.area != "korea")
        return fail_field("area", "must be city or korea");
    Reading reading;
    Opened opened;
    TRY(const auto format, find_format(bytes, asked));
    reading.detected.push_back(format);
    if (format.value == "xlsx")
        TRY_DO(open_workbook(bytes, asked, reading, opened));
    else
        TRY_DO(open_text(bytes, asked, format.value == "geojson", reading, opened));
    if (reading.question) return reading;
    TRY(auto layout, find_layout(opened.table, asked.columns));
    reading.detected.insert(reading.detected.end(), layout.evidence.begin(), layout.evidence.end());
    reading.question = std::move(layout.question);
    if (reading.question && !layout.is_placed) return reading;
    TRY(auto axes, find_axes(opened.table, layout, asked.crs, opened.named_crs, owner.city));
    reading.detected.insert(reading.detected.end(), axes.evidence.begin(), axes.evidence.end());
    if (!reading.question) {
        reading.question = std::move(axes.question);
    } else if (axes.question && axes.question->parameter != reading.question->parameter) {
        reading.further.push_back(*std::move(axes.question));
    }
    if (reading.question) return reading;
    TRY_DO(read_rows(opened.table, layout, axes, asked, owner, opened.letters_replaced, reading));
    judge_area(asked, owner, layout.title(layout.at(Field::lat) ? Field::lat : Field::y), reading);
    return reading;
}

}  // namespace bongsu::imports
