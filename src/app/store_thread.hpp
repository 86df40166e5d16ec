#pragma once
// The store thread: takes inputs in batches to the site, releases what comes out once it is durable.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "app/site/site.hpp"

namespace bongsu::app {

/// Bounds: kQueueMax inputs wait; one more is refused to its sender (the caller answers 503). kBatchMax make
/// one batch,
///         which costs one fdatasync however many they are.
/// Threads: post() from any; `done` runs on the store thread and must hand over quickly.
class StoreThread {
  public:
    static constexpr std::size_t kQueueMax = 4096;
    static constexpr std::size_t kBatchMax = 128;

    StoreThread(Site& site, std::function<void(Outputs)> done);
    ~StoreThread();

    /// False when the queue is full; `input` is untouched then. Ticks and messages of media and bus are
    /// always taken: their senders are few and bounded themselves.
    bool post(Input&& input);
    /// Runs what waits, then ends the thread.
    void stop();
    std::size_t waiting() const;
    std::uint64_t refused_total() const;

  private:
    void run();

    Site& site_;
    std::function<void(Outputs)> done_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Input> queue_;
    std::uint64_t refused_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace bongsu::app
