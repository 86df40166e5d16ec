#pragma once
// Offline looks at DATA: verify and replay.

#include <string>

#include "base/result.hpp"

namespace bongsu::app {

/// `bongsu verify PATH`: 0 only if everything holds; prints where it does not.
Result<int> verify(const std::string& path);

/// `bongsu replay DATA`: rebuilds every site's folds from its journal beside the kept ones and compares them.
/// 0 when equal.
Result<int> replay(const std::string& data);

}  // namespace bongsu::app
