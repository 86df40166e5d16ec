#pragma once
// `bongsu import`: a list of cameras into a running site, or looked at offline.

#include <string>

#include "base/result.hpp"

namespace bongsu::app {

struct ImportCommand {
    std::string file;
    std::string undo;  ///< An import's id instead of a file.
    bool dry_run = false;
    bool json = false;         ///< The answer as it came instead of words.
    std::string data;          ///< Folder of the running city; with dry_run empty: offline.
    std::string at = "11000";  ///< The site that is asked.
    std::string user = "official1";
    std::string password_file;  ///< Else the demonstration's accounts have it.
    std::string site, list, format, encoding, crs, columns, sheet, swapped,
        area, removals;  ///< As the API's parameters.
};

/// 0 when the list was taken (or can be), 3 when the file leaves a question open, 1 when it was refused.
Result<int> run_import_command(const ImportCommand& command);

}  // namespace bongsu::app
