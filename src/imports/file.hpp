#pragma once
// A file becomes a list: decoded, its columns and coordinates found, each of its rows accounted for.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "imports/listed.hpp"
#include "imports/positions.hpp"
#include "imports/reading.hpp"

namespace bongsu::imports {

/// What a person said about the file; empty texts are detected.
struct Asked {
    std::string format = {};    ///< "csv", "xlsx" or "geojson".
    std::string encoding = {};  ///< "utf-8", "cp949", "utf-16".
    std::string crs = {};       ///< "4326", "5179", "5181", "5186", "5174"; "5186-north": X runs north.
    std::string columns = {};   ///< "lat:위도,lon:4"
    std::string sheet = {};     ///< A workbook's sheet, by its name, else its number.
    std::string swapped = {};   ///< "turn": swapped rows are turned round, not refused.
    std::string area = {};      ///< "city": only what lies in the city's area; "korea": all of it.
    std::string content_type = {};
};

/// The site whose cameras the file lists.
struct Owner {
    SiteId site;
    std::string district;  ///< "마포구": rows of another one are refused. Empty takes every row.
    std::vector<std::string> others = {};  ///< The other districts' names.
    device::Box city = kKorea;  ///< Where most of its list lies, with a margin; all Korea when nobody says.
};

/// rows == list.size() - kept + refused.size(), always.
struct Reading {
    std::size_t rows = 0;      ///< Of data; a header and empty lines are none.
    std::vector<Listed> list;  ///< In the order of the file; behind them what keep_refused() put there.
    std::size_t kept = 0;      ///< Places that stand though their row was refused.
    std::vector<Refusal> refused;
    std::size_t turned = 0;  ///< Rows that were turned round, as asked.
    std::vector<Evidence> detected;
    std::vector<std::string> notes;
    std::optional<Question> question;      ///< Nothing was read: a person has to say.
    std::vector<Question> further;         ///< With it, of other parameters: what can be asked already, whatever it is answered.
    std::optional<Question> before_apply;  ///< Read and shown, but not applied before a person has said.
};

/// Threads: any (PROJ's contexts are its own). Time: about 2 s for 300,000 rows.
/// Errors:  invalid, corrupt, exhausted: the file as a whole cannot be read, with the row where it is known.
Result<Reading> read_file(std::string_view bytes, const Asked& asked, const Owner& owner);

}  // namespace bongsu::imports
