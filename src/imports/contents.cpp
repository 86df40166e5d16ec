#include "imports/contents.hpp"

#include <algorithm>

#include "imports/numbers.hpp"

namespace bongsu::imports {

namespace {

constexpr std::size_t kRowsLooked = 2000;
constexpr double kMost = 0.9;  ///< Of the rows: the rest are its faults.
constexpr double kHalf = 0.5;
constexpr std::size_t kShown = 60;
constexpr std::int64_t kCountLikely = 200;

/// How many of the looked-at cells of one column are what.
struct Column {
    std::size_t rows = 0, filled = 0, latitudes = 0, longitudes = 0, counts = 0, districts = 0, texts = 0;
    std::size_t words = 0;         ///< Texts with letters: no dates, no telephone numbers.
    std::string_view first_words;  ///< In the table.
    double share(std::size_t n) const {
        return rows == 0 ? 0 : static_cast<double>(n) / static_cast<double>(rows);
    }
};

bool has_letters(std::string_view cell) {
    return std::any_of(cell.begin(), cell.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

bool is_district(std::string_view cell) {
    return cell.size() <= 18 && (cell.ends_with("구") || cell.ends_with("군")) &&
           cell.find(' ') == std::string_view::npos;
}

std::vector<Column> look(const Table& table, std::size_t first_row) {
    std::vector<Column> columns;
    const auto rows = table.rows() - std::min(first_row, table.rows());
    const auto step = std::max<std::size_t>(1, rows / kRowsLooked);
    for (std::size_t row = first_row; row < table.rows(); row += step) {
        columns.resize(std::max(columns.size(), table.cells(row)));
        for (auto& column : columns) ++column.rows;
        for (std::size_t c = 0; c < table.cells(row); ++c) {
            const auto cell = trimmed(table.cell(row, c));
            if (cell.empty()) continue;
            ++columns[c].filled;
            const auto number = parse_number(cell);
            if (!number) {
                ++columns[c].texts;
                if (has_letters(cell) && ++columns[c].words == 1) columns[c].first_words = cell;
                columns[c].districts += is_district(cell) ? 1 : 0;
                continue;
            }
            columns[c].latitudes +=
                *number >= 33 && *number <= 39 && cell.find('.') != std::string_view::npos ? 1 : 0;
            columns[c].longitudes +=
                *number >= 124 && *number <= 132 && cell.find('.') != std::string_view::npos ? 1 : 0;
            columns[c].counts += *number >= 0 && *number <= kCountLikely &&
                                         *number == static_cast<double>(static_cast<std::int64_t>(*number))
                                     ? 1
                                     : 0;
        }
    }
    return columns;
}

template <class Wanted>
std::optional<std::size_t> only(const std::vector<Column>& columns, Wanted&& wanted) {
    std::optional<std::size_t> found;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (!wanted(columns[c])) continue;
        if (found) return std::nullopt;
        found = c;
    }
    return found;
}

void set(Layout& layout, Field field, std::size_t column) {
    layout.columns[static_cast<std::size_t>(field)] = column;
    layout.titles[static_cast<std::size_t>(field)] = std::to_string(column + 1);
}

std::string percent(double share) { return std::to_string(static_cast<int>(share * 100)) + " %"; }

}  // namespace

std::vector<WordColumn> word_columns(const Table& table, std::size_t first_row) {
    std::vector<WordColumn> found;
    const auto columns = look(table, first_row);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (columns[c].share(columns[c].words) <= kHalf) continue;
        found.push_back({c, percent(columns[c].share(columns[c].words)) + " of its cells are words, the first \"" +
                                clean_text(columns[c].first_words, kShown) + "\""});
    }
    return found;
}

std::vector<Candidate> position_candidates(const Table& table, std::size_t first_row) {
    const auto columns = look(table, first_row);
    const auto lat = only(columns, [](const Column& c) { return c.share(c.latitudes) > kMost; });
    const auto lon = only(columns, [](const Column& c) { return c.share(c.longitudes) > kMost; });
    if (!lat || !lon) return {};
    return {{"lat:" + std::to_string(*lat + 1) + ",lon:" + std::to_string(*lon + 1),
             "column " + std::to_string(*lat + 1) + " holds 33 to 39 and column " + std::to_string(*lon + 1) +
                 " holds 124 to 132, as degrees in Korea do"}};
}

Layout by_contents(const Table& table) {
    Layout layout;
    const auto columns = look(table, 0);
    const auto lat = only(columns, [](const Column& c) { return c.share(c.latitudes) > kMost; });
    const auto lon = only(columns, [](const Column& c) { return c.share(c.longitudes) > kMost; });
    const auto count =
        only(columns, [](const Column& c) { return c.share(c.counts) > kMost && c.latitudes == 0; });
    const bool district_first = !columns.empty() && columns[0].share(columns[0].districts) > kMost;
    const bool address_second = columns.size() > 1 && columns[1].share(columns[1].texts) > kMost;
    if (district_first && address_second && lat == 2U && lon == 3U && count == 4U) {
        set(layout, Field::district, 0);
        set(layout, Field::name, 1);
        set(layout, Field::lat, 2);
        set(layout, Field::lon, 3);
        set(layout, Field::count, 4);
        layout.evidence = {
            {"layout", "안심이 CCTV 연계 현황, without a header",
             "column 1 ends in 구 in " + percent(columns[0].share(columns[0].districts)) +
                 " of the rows, column 3 holds 33 to 39 in " +
                 percent(columns[2].share(columns[2].latitudes)) + ", column 4 holds 124 to 132 in " +
                 percent(columns[3].share(columns[3].longitudes)) + ", column 5 is a small whole number in " +
                 percent(columns[4].share(columns[4].counts))},
            {"columns", "district:1,name:2,lat:3,lon:4,count:5", "by their contents: no row is a header"}};
        return layout;
    }
    layout.question = Question{
        "columns",
        "no row is a header, and the columns are not those of the 안심이 list (자치구, address, latitude, "
        "longitude, how many cameras): name them",
        {}};
    if (lat && lon) {
        std::string value = "lat:" + std::to_string(*lat + 1) + ",lon:" + std::to_string(*lon + 1);
        if (district_first) value += ",district:1";
        if (address_second) value += ",name:2";
        if (count) value += ",count:" + std::to_string(*count + 1);
        layout.question->candidates.push_back(
            {value, "by what the columns hold; nothing says that the rows are cameras"});
    }
    return layout;
}

}  // namespace bongsu::imports
