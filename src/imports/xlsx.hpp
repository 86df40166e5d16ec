#pragma once
// Office Open XML workbooks (ECMA-376, SpreadsheetML): the one sheet that holds the rows.

#include <optional>
#include <string>
#include <string_view>

#include "imports/reading.hpp"
#include "imports/table.hpp"

namespace bongsu::imports {

constexpr std::size_t kZipEntriesMax = 2000;
constexpr std::size_t kSheetBytesMax = 512 << 20;    ///< Of a sheet's XML, unpacked; it is read as a stream.
constexpr std::size_t kStringsBytesMax = 128 << 20;  ///< Of the shared texts.
constexpr std::size_t kPackRatioMax = 250;  ///< Unpacked to packed past the first MiB: a bomb has 1,000.
constexpr std::size_t kSharedBytesFree = 16 << 20;  ///< Shown by cells; past it kPackRatioMax of the whole file counts.
constexpr std::size_t kXmlDepthMax = 64;
constexpr std::size_t kSheetsMax = 64;
constexpr std::size_t kMergedCellsMax = 1'000'000;

struct Workbook {
    Table table;
    Evidence evidence;
    std::size_t hidden_rows = 0;
    std::optional<Question> question;  ///< Several sheets hold rows: `table` is empty then.
};

/// `sheet`: a sheet's name, or else its number from 1 (a sheet that is called by a number wins); empty for the only one that holds rows. Texts are shared or
/// inline; numbers stay as they are written, those with an exponent become plain decimals; of a formula its
/// stored value; a merged range's empty cells show its first one.
///
/// Errors: corrupt (no ZIP, no workbook in it, broken XML, two parts of one name), exhausted (a bound above or of the table),
/// invalid (no
///         such sheet; a DOCTYPE, which no workbook has).
Result<Workbook> read_xlsx(std::string_view bytes, std::string_view sheet);

}  // namespace bongsu::imports
