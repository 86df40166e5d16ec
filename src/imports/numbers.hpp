#pragma once
// Numbers as people leave them in cells.

#include <optional>
#include <string>
#include <string_view>

namespace bongsu::imports {

/// Without spaces, no-break spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);
/// A finite decimal number and nothing else; a sign and an exponent are allowed.
std::optional<double> parse_number(std::string_view cell);
/// Control characters and runs of blanks become one space; at most `bytes_max`, cut between letters.
std::string clean_text(std::string_view text, std::size_t bytes_max);

}  // namespace bongsu::imports
