#pragma once
// Offline looks at DATA: verify and replay.

#include <string>
#include <vector>

#include "base/result.hpp"

namespace bongsu::app {

struct VerifyRequest {
    std::string path;
    std::vector<std::string> checkpoints;  ///< Files of checkpoints that were kept away from DATA.
    std::vector<std::string> entries;      ///< Files of entries that a journal has to have.
    bool statistics = false;               ///< Print what the entries alone add up to, a JSON object a site.
};

/// `bongsu verify PATH`: 0 only if everything holds; prints where it does not. Beside the running city too.
/// Errors: invalid names the file and the field that cannot be read.
Result<int> verify(const VerifyRequest& request);

/// `bongsu replay DATA [--fold NAME]`: rebuilds every site's folds, or the one, from its journal beside the kept ones,
/// up to the entry at which those stand, compares them and says how fast it went. 0 when all are equal: a fold that
/// is not kept, or kept by another version, is told and proves nothing. Opens the journals as a start does: not while the city
/// runs. Errors: invalid names the folds that there are.
Result<int> replay(const std::string& data, const std::string& fold = {});

}  // namespace bongsu::app
