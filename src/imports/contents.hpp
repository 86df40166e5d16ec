#pragma once
// What columns hold, by their contents: for files without a header.

#include "imports/layout.hpp"

namespace bongsu::imports {

/// Recognises the headerless 안심이 list (자치구, address, latitude, longitude, how many, …); anything else
/// becomes a question with the columns that we would guess.
Layout by_contents(const Table& table);

/// "lat:3,lon:4" for columns that hold degrees within Korea; empty when there are none.
std::vector<Candidate> position_candidates(const Table& table, std::size_t first_row);

}  // namespace bongsu::imports
