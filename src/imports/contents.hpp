#pragma once
// What columns hold, by their contents: for files without a header.

#include "imports/layout.hpp"

namespace bongsu::imports {

/// Recognises the headerless 안심이 list (자치구, address, latitude, longitude, how many, …); anything else
/// becomes a question with the columns that we would guess.
Layout by_contents(const Table& table);

/// A column most of whose cells are words, with what shows it: "98 % of its cells are words, the first "역삼로 1"".
struct WordColumn {
    std::size_t column = 0;  ///< From 0.
    std::string why;
};
std::vector<WordColumn> word_columns(const Table& table, std::size_t first_row);

/// "lat:3,lon:4" for columns that hold degrees within Korea; empty when there are none.
std::vector<Candidate> position_candidates(const Table& table, std::size_t first_row);

}  // namespace bongsu::imports
