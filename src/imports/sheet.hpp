#pragma once
// One worksheet's XML becomes rows.

#include <vector>

#include "imports/table.hpp"
#include "imports/zip.hpp"

namespace bongsu::imports {

/// The shared texts of `part`; none when the workbook has no such part.
Result<std::vector<std::string>> read_shared_texts(Zip& zip, const std::string& part);

struct SheetRows {
    Table table;
    std::size_t hidden = 0;  ///< Of its rows; a filter hides them, or a person.
};
struct SheetBounds {
    std::size_t rows_max = 0;          ///< Stop early after so many (to see whether a sheet holds any); 0 reads it whole.
    std::size_t shared_bytes_max = 0;  ///< Of all cells that show shared texts: a text is packed once and shown often.
};
/// Errors: corrupt; exhausted (the bounds, and those of the table).
Result<SheetRows> read_sheet(Zip& zip, const std::string& part, const std::vector<std::string>& shared,
                             const SheetBounds& bounds);

/// A text as workbooks write what XML cannot hold: "_x000D_" is U+000D, "_x005F_" the underscore that begins one.
/// U+0000 and halves of a pair stay as they are written.
std::string without_escapes(std::string_view text);

/// "BC12" -> column 54 (from 0) and row 12 (from 1). Errors: corrupt; exhausted for a column past
/// kColumnsMax.
struct CellPlace {
    std::size_t column = 0;
    std::uint32_t row = 0;
};
Result<CellPlace> parse_place(std::string_view text);

}  // namespace bongsu::imports
