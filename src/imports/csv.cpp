#include "imports/csv.hpp"

#include <algorithm>
#include <array>

namespace bongsu::imports {

namespace {

constexpr std::size_t kDelimiterLook = 64 << 10;

char find_delimiter(std::string_view text, std::array<std::size_t, 3>& counts) {
    constexpr std::array<char, 3> kDelimiters{',', '\t', ';'};
    bool quoted = false;
    for (const char c : text.substr(0, kDelimiterLook)) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n' || c == '\r') {
            if (*std::max_element(counts.begin(), counts.end()) > 0) break;  // A title line has none.
            continue;
        }
        for (std::size_t i = 0; i < kDelimiters.size(); ++i) counts[i] += c == kDelimiters[i] ? 1 : 0;
    }
    return kDelimiters[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) -
                                                counts.begin())];
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
            TRY_DO(read_record());
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
            const auto quote = text_.find('"', at_);
            const auto end = std::min(quote, text_.size());
            cell_ += text_.substr(at_, end - at_);
            // Within the bound of a cell the quote must close: else it swallows the rest of the file.
            if (quote == std::string_view::npos || cell_.size() > kCellBytesMax) {
                return fail(ErrorKind::invalid, "row " + std::to_string(number_) +
                                                    ": a quote opens that is not closed within " +
                                                    std::to_string(kCellBytesMax) + " bytes");
            }
            at_ = quote + 1;
            if (at_ >= text_.size() || text_[at_] != '"') break;
            cell_ += '"';
            ++at_;
        }
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
    Table table_;
};

}  // namespace

Result<Table> read_csv(std::string_view text, Evidence& evidence) {
    std::array<std::size_t, 3> counts{};
    const char delimiter = find_delimiter(text, counts);
    evidence = {
        "delimiter", delimiter == '\t' ? "tab" : std::string(1, delimiter),
        std::to_string(*std::max_element(counts.begin(), counts.end())) + " of them in the first record"};
    return Reader(text, delimiter).read();
}

}  // namespace bongsu::imports
