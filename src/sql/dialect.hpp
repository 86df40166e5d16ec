#pragma once
// One dialect for two databases: what PostgreSQL reads otherwise than SQLite, changed on the way. Pure.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::sql {

/// A script in the house's dialect as PostgreSQL wants it: a column's type `integer` becomes `bigint` (SQLite's has 64
/// bits), `text` becomes `text collate "C"` (SQLite compares bytes), `begin immediate` becomes `begin`; `without rowid` goes.
/// Texts, comments and names stay as they are.
std::string to_postgres(std::string_view script);

/// How many values a statement takes: `$1` to `$n`, each at least once, in any order; comments and texts are not looked
/// at. Errors: invalid names the first that is missing.
Result<std::size_t> placeholders(std::string_view statement);

/// Whether a statement answers rows: it reads, or it writes and has `returning`.
bool answers_rows(std::string_view statement);

/// Any bytes as a text that PostgreSQL takes, and back: it refuses a zero byte and what is no UTF-8. Those bytes, and
/// the escape's own letter U+E000 (private use), become U+E000 and two hex digits. All other texts stay as they are.
std::string to_stored(std::string_view text);
std::string from_stored(std::string_view stored);

}  // namespace bongsu::sql
