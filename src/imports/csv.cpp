#include "imports/csv.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "imports/names.hpp"

namespace bongsu::imports {

namespace {

constexpr std::size_t kDelimiterLook = 64 << 10;
constexpr std::size_t kWidthTelling = 5;  ///< A line of words seldom has so many delimiters by chance.

constexpr std::size_t kNamesTelling = 2;  ///< Of a header: one may stand in a title too.

struct Delimiter {
    char letter = ',';
    std::size_t count = 0;  ///< In the record that tells it.
    bool is_by_names = false;
};

std::size_t count_of(std::string_view record, char letter) {
    std::size_t count = 0;
    bool quoted = false;
    for (const char c : record) {
        if (c == '"') quoted = !quoted;
        count += !quoted && c == letter ? 1 : 0;
    }
    return count;
}

/// How many cells of the record are names of columns, if `letter` parts them.
std::size_t known_names(std::string_view record, char letter) {
    std::size_t known = 0;
    for (;;) {
        const auto cell = record.substr(0, record.find(letter));
        known += is_known_name(bare_name(cell)) ? 1 : 0;
        if (cell.size() == record.size()) return known;
        record.remove_prefix(cell.size() + 1);
    }
}

/// The records within the first bytes; a quoted cell may hold line ends. Empty lines are none.
std::vector<std::string_view> first_records(std::string_view text) {
    std::vector<std::string_view> records;
    const auto looked = text.substr(0, kDelimiterLook);
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= looked.size(); ++at) {
        const bool ends = at == looked.size() || (!quoted && (looked[at] == '\n' || looked[at] == '\r'));
        if (!ends) {
            if (looked[at] == '"') quoted = !quoted;
            continue;
        }
        if (at > begin) records.push_back(looked.substr(begin, at - begin));
        begin = at + 1;
    }
    return records;
}

Delimiter find_delimiter(std::string_view text) {
    constexpr std::array<char, 4> kLetters{',', '\t', ';', '|'};
    constexpr std::size_t kUsual = 3;  // Words are parted by '|' too: it counts between names of columns alone.
    const auto records = first_records(text);
    Delimiter found;
    std::size_t most = kNamesTelling - 1;
    for (std::size_t i = 0; i < std::min(records.size(), kHeaderRowsMax); ++i) {
        for (const char letter : kLetters) {
            const auto known = known_names(records[i], letter);
            if (known <= most) continue;
            most = known;
            found = {letter, count_of(records[i], letter), true};
        }
    }
    if (found.is_by_names) return found;
    for (const auto record : records) {
        for (std::size_t i = 0; i < kUsual; ++i) {
            const auto count = count_of(record, kLetters[i]);
            if (count > found.count) found = {kLetters[i], count, false};
        }
        if (found.count > 0) break;  // A title line has none.
    }
    return found;
}

/// One record at a time, so that memory is bounded by the table alone.
class Reader {
  public:
    Reader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

    Result<Table> read() {
        while (at_ < text_.size()) {
            ++number_;
            if (skip_empty_line()) continue;
            TRY_DO(table_.begin_row(number_));
            TRY_DO(read_row());
        }
        return std::move(table_);
    }

  private:
    bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

    void pass_line_end() {
        if (at_ < text_.size() && text_[at_] == '\r')
            ++at_;
        else if (at_ < text_.size()) {
            ++at_;
            return;
        }
        if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    }

    bool skip_empty_line() {
        if (!at_line_end()) return false;
        pass_line_end();
        return true;
    }

    Result<void> read_row() {
        const auto begin = at_;
        several_lines_ = unclosed_ = false;
        const auto read = read_record();
        if (is_stray(read.has_value(), begin)) {
            reread_ += at_ - begin + cell_.size();
            if (reread_ > kRereadBytesMax)
                return fail(ErrorKind::invalid, "row " + std::to_string(number_) +
                                                    ": too many quotes open that are not closed in their row");
            at_ = begin;
            return read_line_as_it_stands();
        }
        if (!read) return read;
        if (table_.rows() <= kHeaderRowsMax && table_.fault(table_.rows() - 1) == nullptr)
            width_ = std::max(width_, table_.cells(table_.rows() - 1));
        return {};
    }

    std::string_view line_from(std::size_t begin) const {
        const auto end = std::min(text_.find_first_of("\r\n", begin), text_.size());
        return text_.substr(begin, end - begin);
    }

    bool is_stray(bool is_read, std::size_t begin) const {
        if (!is_read) return unclosed_ || several_lines_;
        if (!several_lines_) return false;
        const auto row = table_.rows() - 1;
        const bool has_fault = table_.fault(row) != nullptr;
        if (width_ <= 1) return has_fault;  // Above the header: a title, or nothing.
        const auto alone = cells_in(line_from(begin));
        if (has_fault) return alone >= width_;
        // Two rows that a quote in each makes one: both are whole without them.
        if (table_.cells(row) == width_)
            return width_ >= kWidthTelling && alone == width_ && cells_in(last_line(begin)) == width_;
        // The header itself may have cells of several lines under a narrower title.
        return alone == width_ || (alone > width_ && table_.rows() > kHeaderRowsMax);
    }

    std::size_t cells_in(std::string_view line) const {
        return 1 + static_cast<std::size_t>(std::count(line.begin(), line.end(), delimiter_));
    }

    /// Of the record that begins there and has just been read.
    std::string_view last_line(std::size_t begin) const {
        auto record = text_.substr(begin, at_ - begin);
        while (record.ends_with('\n') || record.ends_with('\r')) record.remove_suffix(1);
        return record.substr(record.find_last_of("\r\n") + 1);
    }

    /// Quotes are letters here.
    Result<void> read_line_as_it_stands() {
        table_.clear_row();
        table_.set_fault("a quote opens that is not closed in the row");
        const auto end = at_ + line_from(at_).size();
        for (;;) {
            const auto stop = std::min(text_.find(delimiter_, at_), end);
            TRY_DO(keep(text_.substr(at_, stop - at_)));
            at_ = stop;
            if (at_ == end) break;
            ++at_;  // The delimiter.
        }
        pass_line_end();
        return {};
    }

    Result<void> read_record() {
        for (;;) {
            if (at_ < text_.size() && text_[at_] == '"') {
                TRY_DO(read_quoted());
            } else {
                const auto end = std::min(text_.find_first_of(stops_(), at_), text_.size());
                TRY_DO(keep(text_.substr(at_, end - at_)));
                at_ = end;
            }
            if (at_line_end()) break;
            ++at_;  // The delimiter.
        }
        pass_line_end();
        return {};
    }

    std::string_view stops_() {
        stop_[0] = delimiter_;
        return {stop_.data(), stop_.size()};
    }

    Result<void> keep(std::string_view cell) {
        if (cell.find('\0') != std::string_view::npos) table_.set_fault("the row holds a NUL byte");
        return table_.add_cell(cell);
    }

    Result<void> read_quoted() {
        cell_.clear();
        for (++at_;;) {
            // Within the bound of a cell the quote must close: else it swallows the rest of the file.
            const auto within = text_.substr(std::min(at_, text_.size()), kCellBytesMax + 1 - cell_.size());
            const auto quote = within.find('"');
            cell_ += within.substr(0, quote);
            if (quote == std::string_view::npos) {
                unclosed_ = true;
                return fail(ErrorKind::invalid, "row " + std::to_string(number_) +
                                                    ": a quote opens that is not closed within " +
                                                    std::to_string(kCellBytesMax) + " bytes");
            }
            at_ += quote + 1;
            if (at_ >= text_.size() || text_[at_] != '"') break;
            cell_ += '"';
            ++at_;
        }
        several_lines_ = several_lines_ || cell_.find_first_of("\r\n") != std::string::npos;
        if (!at_line_end() && text_[at_] != delimiter_) {
            table_.set_fault("letters follow a closing quote");
            const auto end = std::min(text_.find_first_of(stops_(), at_), text_.size());
            cell_ += text_.substr(at_, end - at_);
            at_ = end;
        }
        return keep(cell_);
    }

    std::string_view text_;
    char delimiter_;
    std::array<char, 3> stop_{',', '\n', '\r'};
    std::size_t at_ = 0;
    std::uint32_t number_ = 0;
    std::string cell_;
    std::size_t width_ = 0;  // Cells of the widest of the first rows: the header's.
    std::size_t reread_ = 0;
    bool several_lines_ = false, unclosed_ = false;  // Of the row at hand.
    Table table_;
};

}  // namespace

Result<Table> read_csv(std::string_view text, Evidence& evidence) {
    const auto delimiter = find_delimiter(text);
    evidence = {"delimiter", delimiter.letter == '\t' ? "tab" : std::string(1, delimiter.letter),
                std::to_string(delimiter.count) +
                    (delimiter.is_by_names ? " of them between the columns' names" : " of them in the first record")};
    return Reader(text, delimiter.letter).read();
}

}  // namespace bongsu::imports
