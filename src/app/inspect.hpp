#pragma once
// Offline looks at DATA: verify and replay.

#include <string>

#include "base/result.hpp"

namespace bongsu::app {

/// `bongsu verify PATH`: 0 only if everything holds; prints where it does not.
Result<int> verify(const std::string& path);

/// `bongsu replay DATA [--fold NAME]`: rebuilds every site's folds, or the one, from its journal beside the kept ones,
/// up to the entry at which those stand, compares them and says how fast it went. 0 when equal. A fold that is not
/// kept, or kept by another version, is told and not compared. Opens the journals as a start does: not while the city
/// runs. Errors: invalid names the folds that there are.
Result<int> replay(const std::string& data, const std::string& fold = {});

}  // namespace bongsu::app
