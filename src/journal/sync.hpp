#pragma once
// The sync that a written batch still waits for.

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "env/env.hpp"

namespace bongsu::journal {

/// One fdatasync, done once by whoever asks first and shared by all who ask.
/// Threads: any. Until wait() has returned nobody else may touch the file; the journal sees to that.
class Sync {
  public:
    explicit Sync(std::shared_ptr<env::File> file) : file_(std::move(file)) {}
    /// Does it, or waits for whoever does. What came of it stays: an error means that the state on disk is unknown.
    Result<void> wait() {
        const std::lock_guard lock(mutex_);
        if (!result_) result_ = file_->sync();
        return *result_;
    }

  private:
    std::shared_ptr<env::File> file_;
    std::mutex mutex_;
    std::optional<Result<void>> result_;
};

}  // namespace bongsu::journal
