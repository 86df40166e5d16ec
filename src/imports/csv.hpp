#pragma once
// Comma-separated values, RFC 4180, as offices really send them.

#include <string_view>

#include "imports/reading.hpp"
#include "imports/table.hpp"

namespace bongsu::imports {

constexpr std::size_t kRereadBytesMax = 256 << 20;

/// Reads `text` (UTF-8). The delimiter (',', ';', tab or '|') is the one between known names of columns in one of the
/// first kHeaderRowsMax records; where there are none, the one of the first three that the first record has most of,
/// outside quotes. Lines end with LF, CRLF or CR; a quoted cell may hold any of them. Rows count as a table
/// program counts them: a cell with line ends is still one row, an empty line is a row that is left out.
///
/// A stray quote swallows the lines up to the next one. It is known by what comes of it: a quote that is not closed
/// within a cell's bound, or a row of several lines whose cells are not as many as the header's although its first
/// line alone has so many (or both its first and its last line have). Then that line is taken as it stands, with a fault, and the next one is read afresh.
///
/// Bounds: kRowsMax, kColumnsMax, kCellBytesMax, kTableBytesMax; kRereadBytesMax are read again after stray quotes.
/// Errors: exhausted; invalid when so many quotes are stray that the file is none of this kind, with the row. A row
///         with letters after a closing quote or with a NUL is kept with its fault.
Result<Table> read_csv(std::string_view text, Evidence& evidence);

}  // namespace bongsu::imports
