#pragma once
// One worksheet's XML becomes rows.

#include <vector>

#include "imports/table.hpp"
#include "imports/zip.hpp"

namespace bongsu::imports {

/// The shared texts of `part`; none when the workbook has no such part.
Result<std::vector<std::string>> read_shared_texts(Zip& zip, const std::string& part);

/// `rows_max`: stop early after so many rows (to see whether a sheet holds any); 0 reads it whole.
Result<Table> read_sheet(Zip& zip, const std::string& part, const std::vector<std::string>& shared,
                         std::size_t rows_max);

/// "BC12" -> column 54 (from 0) and row 12 (from 1). Errors: corrupt; exhausted for a column past
/// kColumnsMax.
struct CellPlace {
    std::size_t column = 0;
    std::uint32_t row = 0;
};
Result<CellPlace> parse_place(std::string_view text);

}  // namespace bongsu::imports
