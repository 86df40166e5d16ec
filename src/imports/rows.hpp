#pragma once
// The table's rows become places, or refusals that say which column is why.

#include <unordered_map>

#include "imports/file.hpp"

namespace bongsu::imports {

/// Appends to reading.list and reading.refused; each row of the table goes to one of them.
Result<void> read_rows(const Table& table, const Layout& layout, const Axes& axes, const Asked& asked,
                       const Owner& owner, bool letters_replaced, Reading& reading);

/// "생활방범" -> "crime"; empty for a word that is not known.
std::string_view purpose_of(std::string_view word);
/// "북동" -> 45; -1 for anything else, which looks all round for all we know.
std::int32_t bearing_of(std::string_view word);
/// 375662830 -> "37.56628".
std::string degrees_text(std::int32_t e7);
/// A management number as the local part of an id: itself when it is url-safe, else 'n' and its digest.
std::string local_of_number(std::string_view number);
/// The same of a file in which several owners number their places: "3130000-17" when the owner's code is letters
/// and digits and the whole is url-safe and short, else 'n' and the digest of both.
std::string local_of_number(std::string_view owner, std::string_view number);

}  // namespace bongsu::imports
