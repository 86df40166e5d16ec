#pragma once
// Handing work to another loop.

#include <functional>

namespace bongsu {

/// Runs the task later on a loop, in the order of the calls, or never when that loop has ended.
/// Threads: any. Never runs it inside the call, never blocks.
using Post = std::function<void(std::function<void()>)>;

}  // namespace bongsu
