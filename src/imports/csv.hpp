#pragma once
// Comma-separated values, RFC 4180, as offices really send them.

#include <string_view>

#include "imports/reading.hpp"
#include "imports/table.hpp"

namespace bongsu::imports {

/// Reads `text` (UTF-8). The delimiter (',', ';' or tab) is the one that the first record has most of,
/// outside quotes. Lines end with LF, CRLF or CR; a quoted cell may hold any of them. Rows count as a table
/// program counts them: a cell with line ends is still one row, an empty line is a row that is left out.
///
/// Bounds: kRowsMax, kColumnsMax, kCellBytesMax, kTableBytesMax.
/// Errors: exhausted; invalid for a quote that is never closed, with the row where it opens. A row with
/// letters
///         after a closing quote or with a NUL is kept with its fault.
Result<Table> read_csv(std::string_view text, Evidence& evidence);

}  // namespace bongsu::imports
