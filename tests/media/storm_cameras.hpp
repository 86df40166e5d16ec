#pragma once
// Thousands of cameras in a process of their own, that can all be gone and come back at a word.

#include <string>
#include <vector>

namespace bongsu::storm {

struct CamerasOptions {
    std::string film;
    int count = 0;
    std::vector<int> ports;  ///< Camera i listens at ports[i % size].
};

/// Reads words from its standard input, "drop" (every connection is closed, nothing listens any more) and "back", and answers
/// each with a line once it is done. Ends with its input. Answers the exit code.
int run_cameras(const CamerasOptions& options);

}  // namespace bongsu::storm
