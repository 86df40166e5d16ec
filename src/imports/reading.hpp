#pragma once
// What was found in a file and why we think so; what only a person can decide.

#include <optional>
#include <string>
#include <vector>

namespace bongsu::imports {

/// One thing that was detected: {"encoding", "cp949", "not UTF-8 (byte 14), all of it is CP949"}.
struct Evidence {
    std::string what, value, why;
};

struct Candidate {
    std::string value;  ///< What to send as the parameter's value.
    std::string why;
};

/// The file does not say it and guessing could put cameras in the wrong place: a person has to.
struct Question {
    std::string parameter;  ///< "crs", "encoding", "columns", "sheet", "format", "area", "removals".
    std::string detail;
    std::vector<Candidate> candidates;  ///< May be empty when there is nothing to choose from.
};

/// A row that does not become a camera: where, and what is wrong there. What the row says of itself all the same
/// tells which place that stands it speaks of; both texts are empty where it cannot be told, or where the row is
/// none of this list's.
struct Refusal {
    std::uint32_t row = 0;
    std::string column;
    std::string reason;
    std::string local = {};                 ///< Listed::local of its number.
    std::string key = {};                   ///< Listed::key of its address; empty without one.
    std::vector<std::string> aliases = {};  ///< Listed::aliases.
};

}  // namespace bongsu::imports
