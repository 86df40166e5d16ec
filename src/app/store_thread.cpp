#include "app/store_thread.hpp"

namespace bongsu::app {

namespace {

/// Requests can be refused when too many wait; the site's own messages cannot.
bool refusable(const Input& input) { return std::holds_alternative<HttpInput>(input); }

}  // namespace

StoreThread::StoreThread(Site& site, std::function<void(Outputs)> done)
    : site_(site), done_(std::move(done)), thread_([this] { run(); }) {}

StoreThread::~StoreThread() { stop(); }

bool StoreThread::post(Input&& input) {
    {
        const std::lock_guard lock(mutex_);
        if (refusable(input) && queue_.size() >= kQueueMax) {
            ++refused_;
            return false;
        }
        queue_.push_back(std::move(input));
    }
    wake_.notify_one();
    return true;
}

void StoreThread::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

std::size_t StoreThread::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

std::uint64_t StoreThread::refused_total() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

void StoreThread::run() {
    for (;;) {
        std::vector<Input> batch;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            while (!queue_.empty() && batch.size() < kBatchMax) {
                batch.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
        }
        done_(site_.run(std::move(batch)));
    }
}

}  // namespace bongsu::app
