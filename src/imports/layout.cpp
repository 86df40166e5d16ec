#include "imports/layout.hpp"

#include <algorithm>
#include <bitset>
#include <charconv>

#include "imports/contents.hpp"
#include "imports/names.hpp"
#include "imports/numbers.hpp"

namespace bongsu::imports {

namespace {

constexpr std::array<std::string_view, kFields> kWords{"id",       "name",   "address", "lot",   "district",
                                                       "provider", "agency", "purpose", "count", "direction",
                                                       "lat",      "lon",    "x",       "y",     "owner"};

constexpr std::size_t kSaidBytesMax = 200, kShown = 40;
constexpr std::size_t kPairsOffered = 8;

constexpr std::size_t index_of(Field field) { return static_cast<std::size_t>(field); }

/// The names of a row's columns; those of the format itself when it has them.
std::vector<std::string> names_in(const Table& table, std::size_t row) {
    if (!table.names.empty()) return table.names;
    std::vector<std::string> names;
    for (std::size_t c = 0; c < table.cells(row); ++c) names.emplace_back(table.cell(row, c));
    return names;
}

std::size_t known_names(const std::vector<std::string>& names) {
    return static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [](const std::string& name) {
        return is_known_name(bare_name(name));
    }));
}

/// The row among the first ones that has most known names, and two of them at least.
std::optional<std::size_t> find_header(const Table& table) {
    std::optional<std::size_t> best;
    std::size_t most = 1;
    for (std::size_t row = 0; row < std::min(table.rows(), kHeaderRowsMax); ++row) {
        const auto known = known_names(names_in(table, row));
        if (known > most) {
            most = known;
            best = row;
        }
    }
    return best;
}

void set(Layout& layout, Field field, std::size_t column, std::string title) {
    layout.columns[index_of(field)] = column;
    layout.titles[index_of(field)] = title.empty() ? std::to_string(column + 1) : std::move(title);
}

bool is_place(Field field) {
    return field == Field::lat || field == Field::lon || field == Field::x || field == Field::y;
}

using Found = std::array<std::vector<std::size_t>, kFields>;
using Fields = std::bitset<kFields>;
constexpr Fields kPlaceFields(1U << index_of(Field::lat) | 1U << index_of(Field::lon) | 1U << index_of(Field::x) |
                              1U << index_of(Field::y));

/// Takes what the names say. Of two columns with one meaning the first is taken. All that were found come back.
Found read_names(const std::vector<std::string>& names, bool has_own_place, Layout& layout) {
    Found all;
    for (std::size_t c = 0; c < names.size(); ++c) {
        const auto bare = bare_name(names[c]);
        const auto field = field_of(bare);
        if (!field) continue;
        // A feature's place is its geometry, whatever its properties say beside it.
        if (has_own_place && c > 1 && is_place(*field)) continue;
        const bool taken = layout.at(*field).has_value();
        all[index_of(*field)].push_back(c);
        const bool weaker = taken && *field == Field::number && is_weak_number(bare_name(layout.title(*field))) &&
                            !is_weak_number(bare);
        if (!taken || weaker) set(layout, *field, c, names[c]);
        if (const auto crs = crs_in_name(bare); crs != 0 && !taken) layout.named_crs = crs;
    }
    // Degrees by name win over a second pair in metres.
    if (layout.at(Field::lat) && layout.at(Field::lon)) {
        layout.columns[index_of(Field::x)].reset();
        layout.columns[index_of(Field::y)].reset();
        layout.by_name = true;
    }
    return all;
}

/// "name" beside an address may be anything (a GeoJSON file's "name"); only the standard's generations are
/// named.
std::string generation(const std::vector<std::string>& names) {
    const auto has = [&](std::string_view wanted) {
        return std::any_of(names.begin(), names.end(),
                           [&](const std::string& name) { return bare_name(name) == wanted; });
    };
    if (has("개방자치단체코드") && has("카메라대수"))
        return "CCTV 표준데이터, with 관리번호 (2024 and later)";
    if (has("설치목적구분") && has("제공기관코드"))
        return "CCTV 표준데이터, with 제공기관코드 (2019 to 2023)";
    if (has("설치목적구분") && has("wgs84위도")) return "CCTV 표준데이터, with 번호 and WGS84위도 (portal)";
    if (has("설치목적구분") && has("촬영방면정보")) return "CCTV 표준데이터, first form (2017)";
    if (has("svcareaid") || (has("district") && has("info"))) return "안심이 CCTV 연계 현황, with a header";
    return "";
}

Result<std::size_t> column_named(const std::vector<std::string>& names, std::string_view wanted,
                                 std::size_t width) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
        return name == wanted || (!bare_name(wanted).empty() && bare_name(name) == bare_name(wanted));
    });
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    if (error == std::errc{} && end == wanted.data() + wanted.size() && number >= 1 && number <= width)
        return number - 1;
    return fail_field("columns", "must name columns of the file, which has no column " + std::string(wanted.substr(0, 60)));
}

/// A column's name as the parameter takes it, or its number: what is read back as this column.
std::string said(const std::vector<std::string>& names, std::size_t column) {
    if (column < names.size() && names[column].find_first_of(",:") == std::string::npos &&
        names[column].size() <= kSaidBytesMax) {
        const auto found = column_named(names, names[column], names.size());
        if (found && *found == column) return names[column];
    }
    return std::to_string(column + 1);
}

/// "lat:위도,lon:4"; what it names comes back.
Result<Fields> read_asked(std::string_view asked, const std::vector<std::string>& names, std::size_t width,
                          Layout& layout) {
    Fields fields;
    while (!asked.empty()) {
        const auto comma = std::min(asked.find(','), asked.size());
        const auto item = asked.substr(0, comma);
        asked.remove_prefix(std::min(comma + 1, asked.size()));
        const auto colon = item.find(':');
        const auto word =
            std::find(kWords.begin(), kWords.end(), item.substr(0, std::min(colon, item.size())));
        if (colon == std::string_view::npos || word == kWords.end()) {
            return fail_field("columns",
                        "must be a list like lat:위도,lon:경도 of the words id, name, address, lot, "
                        "district, "
                        "provider, agency, purpose, count, direction, lat, lon, x, y and owner");
        }
        TRY(const auto column, column_named(names, item.substr(colon + 1), width));
        const auto field = static_cast<Field>(word - kWords.begin());
        set(layout, field, column, column < names.size() ? names[column] : "");
        fields.set(index_of(field));
        if (field == Field::lat || field == Field::lon) {
            layout.columns[index_of(Field::x)].reset();
            layout.columns[index_of(Field::y)].reset();
            layout.by_name = true;
        }
        if (field == Field::x || field == Field::y) {
            layout.columns[index_of(Field::lat)].reset();
            layout.columns[index_of(Field::lon)].reset();
        }
    }
    layout.as_asked = fields.any();
    return fields;
}

bool has_position(const Layout& layout) {
    return (layout.at(Field::lat) && layout.at(Field::lon)) || (layout.at(Field::x) && layout.at(Field::y));
}

/// "lat:위도,lon:경도" as it would have to be said.
Candidate as_cameras(const Layout& layout) {
    const bool degrees = layout.at(Field::lat).has_value() && layout.at(Field::lon).has_value();
    const auto first = degrees ? Field::lat : Field::x, second = degrees ? Field::lon : Field::y;
    return {std::string(to_string(first)) + ":" + layout.said(first) + "," + std::string(to_string(second)) +
                ":" + layout.said(second),
            "takes the rows as cameras"};
}

/// What was said stays said when a question about more is answered.
std::string before_more(std::string_view asked) {
    while (asked.ends_with(',')) asked.remove_suffix(1);
    return asked.empty() ? std::string() : std::string(asked) + ",";
}

/// Several columns are one half of the position: they are offered in pairs, with what their first row holds.
void ask_which_place(const Table& table, const std::vector<std::string>& names, const Found& all,
                     std::string_view asked, Layout& layout) {
    const bool degrees = layout.at(Field::lat).has_value() && layout.at(Field::lon).has_value();
    const auto first = degrees ? Field::lat : Field::x, second = degrees ? Field::lon : Field::y;
    const auto& firsts = all[index_of(first)];
    const auto& seconds = all[index_of(second)];
    const auto pairs = std::min(std::max(firsts.size(), seconds.size()), kPairsOffered);
    if (firsts.empty() || seconds.empty() || pairs < 2) return;
    Question question{"columns",
                      "more than one column is a position's " +
                          std::string(to_string(firsts.size() > 1 ? first : second)),
                      {}};
    for (std::size_t i = 0; i < pairs; ++i) {
        const auto a = firsts[std::min(i, firsts.size() - 1)], b = seconds[std::min(i, seconds.size() - 1)];
        std::string why = "no row holds it";
        if (layout.first_row < table.rows())
            why = "row " + std::to_string(table.number(layout.first_row)) + " holds " +
                  clean_text(table.cell(layout.first_row, a), kShown) + ", " +
                  clean_text(table.cell(layout.first_row, b), kShown);
        question.candidates.push_back({before_more(asked) + std::string(to_string(first)) + ":" + said(names, a) + "," +
                                           std::string(to_string(second)) + ":" + said(names, b),
                                       why});
    }
    layout.question = std::move(question);
}

/// Degrees, minutes and seconds in columns of their own: the whole degrees alone would put cameras up to 100 km off.
void ask_if_minutes(const Table& table, const std::vector<std::string>& names, Layout& layout) {
    const auto part = std::find_if(names.begin(), names.end(),
                                   [](const std::string& name) { return is_part_of_degrees(bare_name(name)); });
    if (part == names.end()) return;
    const auto latitude = layout.at(Field::lat);
    for (auto row = layout.first_row; latitude && row < table.rows(); ++row) {
        if (table.cell(row, *latitude).find('.') != std::string_view::npos) return;  // Decimals: the parts are beside them.
    }
    layout.question = Question{"columns",
                               "the column " + clean_text(*part, kShown) +
                                   " says that positions are degrees, minutes and seconds: they are read as decimal degrees "
                                   "in one column each",
                               {}};
    if (!has_position(layout)) return;
    layout.question->candidates.push_back(as_cameras(layout));
    layout.question->candidates.back().why = "takes the whole degrees alone";
}

/// The first sound row in which two columns hold different things.
std::optional<std::size_t> first_difference(const Table& table, std::size_t first_row, std::size_t a, std::size_t b) {
    for (auto row = first_row; row < table.rows(); ++row) {
        if (table.fault(row) == nullptr && trimmed(table.cell(row, a)) != trimmed(table.cell(row, b))) return row;
    }
    return std::nullopt;
}

/// Columns of one name that hold different things: which of them is meant cannot be told. Where there are several
/// such names, the first columns of all are one candidate, the second ones the next.
void ask_which_of_one_name(const Table& table, const std::vector<std::string>& names, const Found& all,
                           const Fields& said_fields, std::string_view asked, Layout& layout) {
    std::vector<std::pair<Field, std::vector<std::size_t>>> doubled;
    std::string called;
    std::size_t offered = 0, shown = table.rows();
    for (std::size_t f = 0; f < kFields; ++f) {
        const auto field = static_cast<Field>(f);
        if (is_place(field) || said_fields.test(f) || !layout.at(field)) continue;
        std::vector<std::size_t> alike{*layout.at(field)};
        for (const auto column : all[f]) {
            if (bare_name(names[column]) != bare_name(layout.title(field))) continue;
            const auto row = first_difference(table, layout.first_row, alike.front(), column);
            if (!row) continue;
            alike.push_back(column);
            shown = std::min(shown, *row);
        }
        if (alike.size() < 2) continue;
        offered = std::max(offered, std::min(alike.size(), kPairsOffered));
        called += (called.empty() ? "" : ", ") + clean_text(layout.title(field), kShown);
        doubled.emplace_back(field, std::move(alike));
    }
    if (doubled.empty()) return;
    layout.question = Question{"columns", "more than one column is called " + called, {}};
    for (std::size_t i = 0; i < offered; ++i) {
        std::string value, held;
        for (const auto& [field, alike] : doubled) {
            const auto column = alike[std::min(i, alike.size() - 1)];
            value += (value.empty() ? "" : ",") + std::string(to_string(field)) + ":" + said(names, column);
            held += (held.empty() ? "" : ", ") + clean_text(table.cell(shown, column), kShown);
        }
        layout.question->candidates.push_back({before_more(asked) + value,
                                               "row " + std::to_string(table.number(shown)) + " holds " + held});
    }
}

void ask_if_no_cameras(const std::vector<std::string>& names, Layout& layout) {
    bool camera = false;
    for (const auto& name : names) {
        const auto bare = bare_name(name);
        camera = camera || says_camera(bare);
        if (foreign_word(bare).empty()) continue;
        layout.question = Question{"columns",
                                   "the column " + name.substr(0, 60) +
                                       " says that the rows are no cameras; name the columns if they are",
                                   {as_cameras(layout)}};
        return;
    }
    if (camera || layout.at(Field::count) || layout.at(Field::purpose)) return;
    layout.question =
        Question{"columns",
                 "nothing in the header says that the rows are cameras (카메라대수, 설치목적구분, CCTV …); "
                 "name the columns if they are",
                 {as_cameras(layout)}};
}

/// No column is known to hold an address, a name or a number, and others hold words: one of them may be it.
void ask_for_a_name(const Table& table, const std::vector<std::string>& names, Layout& layout) {
    for (const auto field : {Field::name, Field::road, Field::lot, Field::number}) {
        if (layout.at(field)) return;
    }
    Question question{"columns", "no column is known to hold the places' addresses, names or numbers", {}};
    for (const auto& [column, why] : word_columns(table, layout.first_row)) {
        const auto bare = column < names.size() ? bare_name(names[column]) : std::string();
        if (field_of(bare) || is_known_other(bare)) continue;
        question.candidates.push_back({"address:" + said(names, column), why});
    }
    if (question.candidates.empty()) return;  // The position is the name.
    auto none = as_cameras(layout);
    none.why = "none of them: each place is called by its position";
    question.candidates.push_back(std::move(none));
    layout.question = std::move(question);
}

void tell(const std::vector<std::string>& names, std::size_t header_number, Layout& layout) {
    const auto known = generation(names);
    if (!known.empty()) layout.evidence.push_back({"layout", known, "by the names of its columns"});
    std::string list;
    for (std::size_t f = 0; f < kFields; ++f) {
        if (layout.columns[f])
            list += (list.empty() ? "" : ",") + std::string(kWords[f]) + ":" + layout.titles[f];
    }
    layout.evidence.push_back({"columns", list,
                               layout.as_asked ? "as asked, the rest by name"
                               : header_number == 0
                                   ? "by the properties' names"
                                   : "by the names in row " + std::to_string(header_number)});
}

Result<Layout> by_header(const Table& table, std::optional<std::size_t> header, std::string_view asked) {
    Layout layout;
    const bool own_names = !table.names.empty();
    const auto names = names_in(table, header.value_or(0));
    layout.first_row = own_names ? 0 : *header + 1;
    layout.width = names.size();
    const auto all = read_names(names, own_names, layout);
    TRY(const auto said_fields, read_asked(asked, names, names.size(), layout));
    for (std::size_t f = 0; f < kFields; ++f) {
        if (layout.columns[f]) layout.says[f] = said(names, *layout.columns[f]);
    }
    if ((said_fields & kPlaceFields).none()) {
        ask_which_place(table, names, all, asked, layout);
        if (!layout.question) ask_if_minutes(table, names, layout);
    }
    if (!has_position(layout) && !layout.question) {
        layout.question = Question{"columns", "no pair of columns says where the rows are",
                                   position_candidates(table, layout.first_row)};
    }
    layout.is_placed = !layout.question;
    if (!layout.question && asked.empty()) ask_if_no_cameras(names, layout);
    if (!layout.question && asked.empty()) ask_for_a_name(table, names, layout);
    if (!layout.question) ask_which_of_one_name(table, names, all, said_fields, asked, layout);
    tell(names, own_names ? 0 : table.number(*header), layout);
    return layout;
}

}  // namespace

std::string_view to_string(Field field) { return kWords[index_of(field)]; }

Result<Layout> find_layout(const Table& table, std::string_view asked) {
    if (table.rows() == 0) return fail(ErrorKind::invalid, "the file holds no row");
    if (!table.names.empty()) return by_header(table, std::nullopt, asked);
    if (const auto header = find_header(table)) return by_header(table, header, asked);
    Layout layout = by_contents(table);
    if (!asked.empty()) {
        layout = Layout{};
        TRY_DO(read_asked(asked, {}, table.cells(0), layout));
        if (!has_position(layout))
            return fail_field("columns",
                        "must name lat and lon, or x and y: the file has no header");
        tell({}, 0, layout);
        layout.evidence.back().why = "as asked; no row is a header";
    }
    return layout;
}

}  // namespace bongsu::imports
