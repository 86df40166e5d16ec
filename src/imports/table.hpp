#pragma once
// A file's rows as text cells, whichever format they came in.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"

namespace bongsu::imports {

constexpr std::size_t kFileBytesMax = 96 << 20;  ///< 300,000 rows of the standard's 18 columns in UTF-8.
constexpr std::size_t kRowsMax = 300'000;  ///< Of data, without the header.
constexpr std::size_t kColumnsMax = 256;
constexpr std::size_t kCellBytesMax = 32 << 10;    ///< Excel's own bound is 32,767 letters.
constexpr std::size_t kTableBytesMax = 256 << 20;  ///< All cells' text together.
constexpr std::size_t kCellsMax = 16'000'000;
constexpr std::size_t kHeaderRowsMax = 10;  ///< A header stands within the first rows, under a title.

/// Rows in the order of the file. All cells lie in one text: 300,000 rows of 18 cells cost about as much as
/// the file.
///
/// Ownership: views live as long as the table and until its next change.
/// Errors:    of begin_row() and add_cell(): exhausted names the row and the bound.
class Table {
  public:
    /// `number`: as a person counts rows in the file, from 1.
    Result<void> begin_row(std::uint32_t number);
    Result<void> add_cell(std::string_view text);
    /// Why the newest row cannot be read as it stands; it will be refused with these words.
    void set_fault(std::string why);
    /// The newest row again without cells and fault, to be read another way.
    void clear_row();
    /// An empty cell of a merged range shows the range's first cell.
    void merge(std::size_t row, std::size_t column, std::size_t from_row, std::size_t from_column);

    std::size_t rows() const { return numbers_.size(); }
    std::uint32_t number(std::size_t row) const { return numbers_[row]; }
    std::size_t cells(std::size_t row) const;
    /// Empty where the row has no such cell.
    std::string_view cell(std::size_t row, std::size_t column) const;
    /// The cell is empty and shows that of another row of its merged range.
    bool is_of_another_row(std::size_t row, std::size_t column) const;
    /// Null when the row is sound.
    const std::string* fault(std::size_t row) const;

    /// The columns' names when the format itself knows them (GeoJSON's properties); else empty.
    std::vector<std::string> names;

  private:
    std::string_view own_cell(std::size_t row, std::size_t column) const;

    std::string text_;
    std::vector<std::uint32_t> ends_;    // Of each cell in text_.
    std::vector<std::uint32_t> firsts_;  // Of each row's first cell in ends_.
    std::vector<std::uint32_t> numbers_;
    std::map<std::size_t, std::string> faults_;
    std::unordered_map<std::uint64_t, std::uint64_t> merged_;  // row << 32 | column.
};

}  // namespace bongsu::imports
