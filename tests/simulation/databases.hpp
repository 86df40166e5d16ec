#pragma once
// Databases in memory for sites that start again and again: 26 of them in each of a thousand runs.

#include <cstdint>
#include <memory>

#include "sql/sql.hpp"

namespace bongsu::simulation {

enum class Holds : std::uint8_t { folds, accounts };

/// One whose tables are empty, or that has none yet: as a process finds it whose memory was lost. Tables and prepared
/// statements are made once for each that this thread needs at a time: emptying them costs a tenth of making them. It goes
/// back when its last owner lets go of it, and what a transaction had not ended is rolled back.
///
/// Threads: the one that asked. Bounds: as many as are in use at once.
std::shared_ptr<sql::Db> empty_database(Holds what);

}  // namespace bongsu::simulation
