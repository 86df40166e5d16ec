#include "imports/sheet.hpp"

#include <array>
#include <charconv>

#include "imports/xlsx.hpp"
#include "imports/xml.hpp"

namespace bongsu::imports {

namespace {

constexpr std::uint32_t kSheetRowsMax = 1'048'576;

/// "1.2716E2" as people write it; what is no number stays as it is.
std::string plain_number(std::string_view text) {
    if (text.find_first_of("eE") == std::string_view::npos) return std::string(text);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::string(text);
    std::array<char, 400> out;
    const auto [stop, bad] =
        std::to_chars(out.data(), out.data() + out.size(), number, std::chars_format::fixed);
    return bad == std::errc{} ? std::string(out.data(), stop) : std::string(text);
}

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    if (code < 0x800) {
        out += static_cast<char>(0xC0U | code >> 6U);
    } else {
        out += static_cast<char>(0xE0U | code >> 12U);
        out += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
    }
    out += static_cast<char>(0x80U | (code & 0x3FU));
}

class SheetReader {
  public:
    SheetReader(const std::vector<std::string>& shared, const SheetBounds& bounds)
        : shared_(shared), bounds_(bounds) {}

    Result<void> begin(std::string_view name, const std::vector<Attribute>& attributes) {
        if (name == "row") return begin_row(attributes);
        if (name == "c") return begin_cell(attributes);
        if (name == "v" || name == "t") {
            taking_ = in_cell_;
        } else if (name == "rPh") {
            ++phonetic_;
        } else if (name == "mergeCell") {
            return take_merge(attribute(attributes, "ref"));
        }
        return {};
    }

    Result<void> text(std::string_view piece) {
        if (!taking_ || phonetic_ > 0) return {};
        if (value_.size() + piece.size() > kCellBytesMax)
            return fail(ErrorKind::exhausted, "row " + std::to_string(number_) + ": a cell is too long");
        value_ += piece;
        return {};
    }

    Result<void> end(std::string_view name) {
        if (name == "v" || name == "t") taking_ = false;
        if (name == "rPh") --phonetic_;
        if (name == "c") return end_cell();
        if (name == "row") return end_row();
        return {};
    }

    bool enough() const { return bounds_.rows_max > 0 && table_.rows() >= bounds_.rows_max; }
    SheetRows take() { return {std::move(table_), hidden_}; }

  private:
    Result<void> begin_row(const std::vector<Attribute>& attributes) {
        const auto number = attribute(attributes, "r"), hidden = attribute(attributes, "hidden");
        is_hidden_ = hidden == "1" || hidden == "true";
        std::uint32_t row = number_ + 1;
        if (!number.empty()) {
            const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), row);
            if (error != std::errc{} || end != number.data() + number.size() || row <= number_ ||
                row > kSheetRowsMax)
                return fail(ErrorKind::corrupt, "the sheet's rows are not numbered in order");
        }
        number_ = row;
        cells_.clear();
        return {};
    }

    Result<void> begin_cell(const std::vector<Attribute>& attributes) {
        column_ = cells_.size();
        if (const auto place = attribute(attributes, "r"); !place.empty()) {
            TRY(const auto parsed, parse_place(place));
            if (parsed.column < cells_.size())
                return fail(ErrorKind::corrupt,
                            "row " + std::to_string(number_) + ": cells are not in order");
            column_ = parsed.column;
        }
        type_ = std::string(attribute(attributes, "t"));
        in_cell_ = true;
        value_.clear();
        return {};
    }

    Result<void> end_cell() {
        in_cell_ = false;
        if (type_ == "s" && !value_.empty()) {
            std::size_t index = 0;
            const auto [end, error] = std::from_chars(value_.data(), value_.data() + value_.size(), index);
            if (error != std::errc{} || end != value_.data() + value_.size() || index >= shared_.size())
                return fail(ErrorKind::corrupt,
                            "row " + std::to_string(number_) + ": a shared text that is not there");
            value_ = shared_[index];
            shared_bytes_ += value_.size();
            if (shared_bytes_ > bounds_.shared_bytes_max)
                return fail(ErrorKind::exhausted, "row " + std::to_string(number_) +
                                                      ": the sheet's cells show its shared texts too often");
        } else if (type_ == "inlineStr" || type_ == "str") {
            value_ = without_escapes(value_);
        } else if (type_.empty() || type_ == "n") {
            value_ = plain_number(value_);
        }
        if (value_.empty()) return {};
        if (column_ >= kColumnsMax) {
            return fail(ErrorKind::exhausted, "row " + std::to_string(number_) + " has more than " +
                                                  std::to_string(kColumnsMax) + " columns");
        }
        cells_.resize(column_ + 1);
        cells_[column_] = value_;
        return {};
    }

    Result<void> end_row() {
        if (cells_.empty()) return {};
        TRY_DO(table_.begin_row(number_));
        hidden_ += is_hidden_ ? 1 : 0;
        for (const auto& cell : cells_) TRY_DO(table_.add_cell(cell));
        return {};
    }

    /// Merged ranges stand behind the rows: the numbers of the rows are known by then.
    Result<void> take_merge(std::string_view range) {
        const auto colon = range.find(':');
        if (colon == std::string_view::npos) return {};
        TRY(const auto from, parse_place(range.substr(0, colon)));
        TRY(const auto to, parse_place(range.substr(colon + 1)));
        std::size_t row = first_row_at_or_after(from.row);
        if (row == table_.rows() || table_.number(row) != from.row) return {};
        const auto top = row;
        for (; row < table_.rows() && table_.number(row) <= to.row; ++row) {
            for (auto column = from.column; column <= to.column; ++column) {
                if (++merged_ > kMergedCellsMax)
                    return fail(ErrorKind::exhausted, "the sheet merges too many cells");
                if (row != top || column != from.column) table_.merge(row, column, top, from.column);
            }
        }
        return {};
    }

    std::size_t first_row_at_or_after(std::uint32_t number) const {
        std::size_t low = 0, high = table_.rows();
        while (low < high) {
            const auto middle = (low + high) / 2;
            if (table_.number(middle) < number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    const std::vector<std::string>& shared_;
    SheetBounds bounds_;
    Table table_;
    std::size_t hidden_ = 0, shared_bytes_ = 0;
    std::uint32_t number_ = 0;
    std::vector<std::string> cells_;
    std::size_t column_ = 0, merged_ = 0;
    std::string type_, value_;
    bool in_cell_ = false, taking_ = false, is_hidden_ = false;
    int phonetic_ = 0;
};

}  // namespace

Result<CellPlace> parse_place(std::string_view text) {
    CellPlace place;
    std::size_t at = 0;
    for (; at < text.size() && text[at] >= 'A' && text[at] <= 'Z' && at < 4; ++at)
        place.column = place.column * 26 + static_cast<std::size_t>(text[at] - 'A') + 1;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), place.row);
    if (at == 0 || error != std::errc{} || end != text.data() + text.size() || place.row == 0)
        return fail(ErrorKind::corrupt, "the sheet has a cell at no place");
    --place.column;
    return place;
}

std::string without_escapes(std::string_view text) {
    constexpr std::string_view kBegin = "_x";
    constexpr std::size_t kDigits = 4, kSize = 7;  // "_x000D_"
    std::string out;
    for (;;) {
        const auto at = text.find(kBegin);
        out += text.substr(0, at);
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at);
        unsigned code = 0;
        const auto digits = text.substr(kBegin.size(), kDigits);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        const bool is_escape = error == std::errc{} && end == digits.data() + kDigits && text.size() >= kSize &&
                               text[kSize - 1] == '_' && code != 0 && (code < 0xD800 || code > 0xDFFF);
        if (is_escape)
            append_utf8(out, code);
        else
            out += kBegin;
        text.remove_prefix(is_escape ? kSize : kBegin.size());
    }
}

Result<std::vector<std::string>> read_shared_texts(Zip& zip, const std::string& part) {
    std::vector<std::string> texts;
    if (!zip.has(part)) return texts;
    bool in_text = false;
    int phonetic = 0;
    const auto xml =
        Xml::make({.begin = [&](std::string_view name, const std::vector<Attribute>&) -> Result<void> {
                       if (name == "si") texts.emplace_back();
                       if (name == "rPh") ++phonetic;
                       if (name == "t") in_text = !texts.empty() && phonetic == 0;
                       return {};
                   },
                   .text = [&](std::string_view piece) -> Result<void> {
                       if (!in_text) return {};
                       if (texts.back().size() + piece.size() > kCellBytesMax)
                           return fail(ErrorKind::exhausted, "a shared text of the workbook is too long");
                       texts.back() += piece;
                       return {};
                   },
                   .end = [&](std::string_view name) -> Result<void> {
                       if (name == "t") in_text = false;
                       if (name == "rPh") --phonetic;
                       if (name == "si" && !texts.empty()) texts.back() = without_escapes(texts.back());
                       return {};
                   }});
    const auto take = [&](std::string_view piece) -> Result<bool> {
        TRY_DO(xml->feed(piece));
        return true;
    };
    TRY_DO(zip.read(part, kStringsBytesMax, take));
    TRY_DO(xml->finish());
    return texts;
}

Result<SheetRows> read_sheet(Zip& zip, const std::string& part, const std::vector<std::string>& shared,
                             const SheetBounds& bounds) {
    SheetReader reader(shared, bounds);
    const auto xml = Xml::make(
        {.begin = [&](std::string_view name,
                      const std::vector<Attribute>& attributes) { return reader.begin(name, attributes); },
         .text = [&](std::string_view piece) { return reader.text(piece); },
         .end = [&](std::string_view name) { return reader.end(name); }});
    bool cut = false;
    const auto take = [&](std::string_view piece) -> Result<bool> {
        TRY_DO(xml->feed(piece));
        cut = reader.enough();
        return !cut;
    };
    TRY_DO(zip.read(part, kSheetBytesMax, take));
    if (!cut) TRY_DO(xml->finish());
    return reader.take();
}

}  // namespace bongsu::imports
