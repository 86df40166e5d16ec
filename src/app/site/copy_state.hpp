#pragma once
// How the copy in another database stands: written by its thread, read by the site. All of it may be a moment old.

#include <atomic>
#include <cstdint>

namespace bongsu::app {

/// Threads: any. Times are microseconds of the wall clock.
struct CopyState {
    std::atomic<std::uint64_t> committed{0};        ///< The journal's last entry.
    std::atomic<std::uint64_t> copied{0};           ///< In the copy, its folds too.
    std::atomic<std::uint64_t> failures_total{0};   ///< Connections and batches that failed.
    std::atomic<std::uint64_t> rests_total{0};      ///< Times that it gave way to messages.
    std::atomic<bool> connected{false};
    std::atomic<std::int64_t> failing_since_us{0};  ///< 0 while it works.
    std::atomic<std::int64_t> level_at_us{0};       ///< When it last held all that was committed.

    std::uint64_t behind() const {
        const auto to = committed.load(), from = copied.load();
        return to > from ? to - from : 0;
    }
    std::int64_t behind_seconds(std::int64_t now_us) const {
        return behind() == 0 || now_us < level_at_us ? 0 : (now_us - level_at_us) / 1'000'000;
    }
};

}  // namespace bongsu::app
