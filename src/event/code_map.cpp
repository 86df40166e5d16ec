#include "event/code_map.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "event/event.hpp"
#include "event/lane.hpp"
#include "event/text.hpp"

namespace bongsu::event {

namespace {

constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kErrorsMax = 50;
constexpr std::array<std::string_view, 3> kColumns{"code", "evtId", "grade"};

/// Gathers what is wrong, each with its place.
class Errors {
  public:
    void add(std::size_t row, std::size_t column, std::string_view what) {
        if (++count_ > kErrorsMax) return;
        text_ += (text_.empty() ? "row " : "\nrow ") + std::to_string(row);
        if (column != 0) {
            text_ += ", column " + std::to_string(column) + " (" + std::string(kColumns.at(column - 1)) + ")";
        }
        text_ += ": " + std::string(what);
    }
    bool empty() const { return count_ == 0; }
    std::string text() const {
        return count_ <= kErrorsMax ? text_
                                    : text_ + "\nand " + std::to_string(count_ - kErrorsMax) + " more";
    }

  private:
    std::string text_;
    std::size_t count_ = 0;
};

/// Cuts CSV into rows; a quoted cell may hold commas, quotes (doubled) and line breaks.
class Rows {
  public:
    explicit Rows(std::string_view csv) : rest_(csv) {}

    bool done() const { return rest_.empty(); }

    /// nullopt: a quote that is not closed, or letters behind a closing quote; the rest cannot be read.
    std::optional<std::vector<std::string>> next() {
        std::vector<std::string> cells;
        while (true) {
            std::string cell;
            if (!read_cell(cell)) return std::nullopt;
            cells.push_back(std::move(cell));
            if (rest_.empty()) return cells;
            const char end = rest_.front();
            rest_.remove_prefix(1);
            if (end == '\r' && rest_.starts_with('\n')) rest_.remove_prefix(1);
            if (end != ',') return cells;
        }
    }

  private:
    bool read_cell(std::string& cell) {
        if (!rest_.starts_with('"')) {
            const auto end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
            cell = std::string(rest_.substr(0, end));
            rest_.remove_prefix(end);
            return cell.find('"') == std::string::npos;
        }
        rest_.remove_prefix(1);
        while (true) {
            const auto quote = rest_.find('"');
            if (quote == std::string_view::npos) return false;
            cell += rest_.substr(0, quote);
            rest_.remove_prefix(quote + 1);
            if (!rest_.starts_with('"')) break;
            cell += '"';
            rest_.remove_prefix(1);
        }
        return rest_.empty() || rest_.front() == ',' || rest_.front() == '\n' || rest_.front() == '\r';
    }

    std::string_view rest_;
};

/// The number of columns, 0 when the header is wrong.
std::size_t read_header(const std::vector<std::string>& cells, Errors& errors) {
    const bool is_right =
        (cells.size() == 2 || cells.size() == 3) && std::equal(cells.begin(), cells.end(), kColumns.begin());
    if (!is_right) errors.add(1, 0, "the header must be code,evtId or code,evtId,grade");
    return is_right ? cells.size() : 0;
}

/// Checks each cell of a row, so that all that is wrong in it is said.
bool check_row(const std::vector<std::string>& cells, std::size_t row, Errors& errors) {
    const auto& code = cells[0];
    bool is_right = true;
    const auto wrong = [&](std::size_t column, std::string_view what) {
        errors.add(row, column, what);
        is_right = false;
    };
    if (code.empty() || code.size() > kCodeBytesMax || clean(code, code.size() * 3).had_control) {
        wrong(1, "must be 1 to 200 bytes without control characters");
    }
    if (!is_word(cells[1])) wrong(2, "must be 1 to 64 letters, digits, _ - or .");
    if (cells.size() == 3 && !cells[2].empty() && !is_grade(cells[2])) wrong(3, "must be 10, 20 or empty");
    return is_right;
}

}  // namespace

std::string folded(std::string_view text, CaseRule rule) {
    std::string out(text);
    if (rule == CaseRule::exact) return out;
    for (auto& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= kWordBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
               c == '-' || c == '.';
    });
}

bool is_number(std::string_view text) {
    if (text.empty() || text.size() > kWordBytesMax || text != without_padding(text) || !is_utf8(text)) return false;
    const bool has_two_bytes = std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xE0) == 0xC0; });
    return !has_two_bytes && text.find_first_of("<>\"'&\\;,|") == std::string_view::npos && !clean(text, text.size() * 3).had_control;
}

std::string_view without_padding(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Result<CodeMap> CodeMap::parse(std::string_view csv, CaseRule rule) {
    if (csv.size() > kCodeMapBytesMax) return fail(ErrorKind::invalid, "the code map is larger than 1 MiB");
    if (!is_utf8(csv)) return fail(ErrorKind::invalid, "the code map is not UTF-8");
    if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
    CodeMap map;
    map.rule_ = rule;
    Errors errors;
    Rows rows(csv);
    std::size_t row = 0;
    std::size_t columns = 0;
    while (!rows.done()) {
        ++row;
        const auto cells = rows.next();
        if (!cells) {
            errors.add(row, 0, "a quote is not closed or stands within a cell; the rest was not read");
            break;
        }
        if (row == 1) {
            columns = read_header(*cells, errors);
            if (columns == 0) break;
            continue;
        }
        if (row > kCodeMapRowsMax + 1) {
            errors.add(row, 0, "there are more than 10000 codes");
            break;
        }
        if (cells->size() != columns) {
            errors.add(
                row, 0,
                "has " + std::to_string(cells->size()) + " of " + std::to_string(columns) + " columns");
            continue;
        }
        if (!check_row(*cells, row, errors)) continue;
        map.has_emergency_ = map.has_emergency_ || is_emergency_type(folded((*cells)[1], CaseRule::ignore));
        const auto target = Target{(*cells)[1], columns == 3 ? (*cells)[2] : std::string{}};
        if (!map.targets_.emplace(folded((*cells)[0], rule), target).second) {
            errors.add(row, 1, "stands twice");
        }
    }
    if (row == 0) errors.add(1, 0, "the header must be code,evtId or code,evtId,grade");
    if (!errors.empty()) return fail(ErrorKind::invalid, errors.text());
    return map;
}

const CodeMap::Target* CodeMap::find(std::string_view code) const {
    const auto found = targets_.find(folded(code, rule_));
    return found == targets_.end() ? nullptr : &found->second;
}

}  // namespace bongsu::event
