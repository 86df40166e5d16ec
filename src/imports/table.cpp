#include "imports/table.hpp"

namespace bongsu::imports {

Result<void> Table::begin_row(std::uint32_t number) {
    if (numbers_.size() > kRowsMax + kHeaderRowsMax) {
        return fail(ErrorKind::exhausted, "the file has more than " + std::to_string(kRowsMax) + " rows");
    }
    numbers_.push_back(number);
    firsts_.push_back(static_cast<std::uint32_t>(ends_.size()));
    return {};
}

Result<void> Table::add_cell(std::string_view text) {
    BONGSU_CHECK(!numbers_.empty());
    const auto row = std::to_string(numbers_.back());
    if (ends_.size() - firsts_.back() >= kColumnsMax) {
        return fail(ErrorKind::exhausted,
                    "row " + row + " has more than " + std::to_string(kColumnsMax) + " columns");
    }
    if (text.size() > kCellBytesMax) {
        return fail(ErrorKind::exhausted,
                    "row " + row + ", column " + std::to_string(ends_.size() - firsts_.back() + 1) +
                        ": a cell is longer than " + std::to_string(kCellBytesMax) + " bytes");
    }
    if (text_.size() + text.size() > kTableBytesMax || ends_.size() >= kCellsMax) {
        return fail(ErrorKind::exhausted, "row " + row + ": the file's cells are more than " +
                                              std::to_string(kTableBytesMax >> 20) + " MiB or " +
                                              std::to_string(kCellsMax));
    }
    text_ += text;
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
    return {};
}

void Table::set_fault(std::string why) { faults_.try_emplace(rows() - 1, std::move(why)); }

void Table::clear_row() {
    BONGSU_CHECK(!numbers_.empty());
    ends_.resize(firsts_.back());
    text_.resize(ends_.empty() ? 0 : ends_.back());
    faults_.erase(rows() - 1);
}

void Table::merge(std::size_t row, std::size_t column, std::size_t from_row, std::size_t from_column) {
    merged_[static_cast<std::uint64_t>(row) << 32U | column] =
        static_cast<std::uint64_t>(from_row) << 32U | from_column;
}

std::size_t Table::cells(std::size_t row) const {
    const auto end = row + 1 < firsts_.size() ? firsts_[row + 1] : ends_.size();
    return end - firsts_[row];
}

std::string_view Table::own_cell(std::size_t row, std::size_t column) const {
    if (column >= cells(row)) return {};
    const auto index = firsts_[row] + column;
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(text_).substr(begin, ends_[index] - begin);
}

std::string_view Table::cell(std::size_t row, std::size_t column) const {
    const auto own = own_cell(row, column);
    if (!own.empty() || merged_.empty()) return own;
    const auto found = merged_.find(static_cast<std::uint64_t>(row) << 32U | column);
    if (found == merged_.end()) return own;
    return own_cell(found->second >> 32U, found->second & 0xffffffffU);
}

bool Table::is_of_another_row(std::size_t row, std::size_t column) const {
    if (merged_.empty() || !own_cell(row, column).empty()) return false;
    const auto found = merged_.find(static_cast<std::uint64_t>(row) << 32U | column);
    return found != merged_.end() && found->second >> 32U != row;
}

const std::string* Table::fault(std::size_t row) const {
    const auto found = faults_.find(row);
    return found == faults_.end() ? nullptr : &found->second;
}

}  // namespace bongsu::imports
