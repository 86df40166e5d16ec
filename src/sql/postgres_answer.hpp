#pragma once
// What PostgreSQL answered, as the door's rows and errors. Of this room alone.

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "sql/sql.hpp"

namespace bongsu::sql {

// The types of values that are sent (pg_type.dat; libpq has no names for them).
constexpr Oid kInt8 = 20, kText = 25;

/// A statement as an error shows it.
std::string shown(std::string_view statement);

/// The server's words where they cannot hold a value: those of class 22 quote what they could not read.
Error error_of(const PGresult* answer, std::string_view statement, Where where = Where::here());

/// Errors: invalid for a column that is neither an integer of 64 bits nor a text.
Result<Rows> rows_of(const PGresult* answer);

}  // namespace bongsu::sql
