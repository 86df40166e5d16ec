#include "app/copy_thread.hpp"

#include <algorithm>

#include "app/site/folds.hpp"
#include "base/log.hpp"

namespace bongsu::app {

namespace {

using namespace std::chrono_literals;
constexpr auto kPauseMin = 200ms, kPauseMax = 5000ms;
constexpr auto kStopGrace = 500ms;
constexpr std::size_t kBatchMax = 1000, kBatchWhileBusy = 200;
constexpr int kRestWhileBusy = 4;  // Times what a batch took.
constexpr auto kRestMax = 10s;
constexpr std::int64_t kTellEachUs = 60'000'000;  // The same failure is one line a minute.

}  // namespace

CopyThread::CopyThread(env::Env& env, CopyOptions options, std::shared_ptr<CopyState> state)
    : env_(env),
      options_(std::move(options)),
      state_(std::move(state)),
      follower_(env.disk, options_.folder),
      batch_(kBatchMax),
      thread_([this] { run(); }) {}

void CopyThread::committed(std::uint64_t seq, bool is_busy) {
    is_busy_ = is_busy;
    {
        const std::lock_guard lock(mutex_);
        if (state_->behind() == 0) state_->level_at_us = to_us(env_.clock.wall());
        state_->committed = seq;
    }
    wake_.notify_one();
}

void CopyThread::stop() {
    if (!thread_.joinable()) return;
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        wake_.notify_one();
        wake_.wait_for(lock, kStopGrace, [this] { return give_up_.load(); });
        give_up_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

/// False when the thread has to end.
bool CopyThread::wait_for_work(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    // A failure is waited out, also at a stop: its grace ends it.
    if (pause.count() > 0) wake_.wait_for(lock, pause, [this] { return give_up_.load(); });
    if (give_up_) return false;
    // The first connection is made at once: that the copy is there shows before anything happens.
    wake_.wait(lock, [this] { return stopping_ || !copy_ || copy_->position() < state_->committed; });
    if (!stopping_) return true;
    return copy_ && copy_->position() < state_->committed;
}

/// Not at a stop: its grace is short.
void CopyThread::give_way(std::chrono::nanoseconds worked) {
    if (!is_busy_) return;
    ++state_->rests_total;
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::min<std::chrono::nanoseconds>(kRestWhileBusy * worked, kRestMax),
                   [this] { return stopping_; });
}

void CopyThread::run() {
    while (wait_for_work(pause_)) {
        const auto begin = env_.clock.mono();
        const auto done = step();
        if (done) {
            worked();
            give_way(env_.clock.mono() - begin);
        } else if (done.error().kind == ErrorKind::cancelled) {
            break;
        } else {
            failed(done.error());
        }
    }
    const std::lock_guard lock(mutex_);
    give_up_ = true;  // Whoever stops it need not wait any longer.
    wake_.notify_all();
}

Result<void> CopyThread::step() {
    const auto committed = state_->committed.load();
    if (!copy_) {
        TRY(db_, sql::open_postgres(env_.clock, options_.database, &give_up_));
        auto copy = std::make_unique<journal::Copy>(*db_, options_.site, make_folds(options_.site));
        TRY_DO(copy->open([&](std::uint64_t seq) { return follower_.digest_of(seq, committed); }));
        copy_ = std::move(copy);
        state_->copied = copy_->position();
        LOG_INFO("copy.connected", {{"site", options_.site.value}, {"copied", copy_->copied()}});
    }
    const auto most = is_busy_ ? std::min(batch_, kBatchWhileBusy) : batch_;
    TRY_DO(journal::follow_once(*copy_, follower_, committed, {.entries_max = most, .bytes_max = 4 << 20}));
    batch_ = std::min(batch_ * 2, kBatchMax);
    state_->copied = copy_->position();
    return {};
}

void CopyThread::worked() {
    pause_ = 0ms;
    state_->connected = true;
    if (state_->failing_since_us.exchange(0) != 0) LOG_INFO("copy.follows", {{"site", options_.site.value}, {"copied", copy_->copied()}});
    last_why_.clear();
    if (copy_->position() >= state_->committed) state_->level_at_us = to_us(env_.clock.wall());
}

void CopyThread::failed(const Error& error) {
    const auto now = to_us(env_.clock.wall());
    copy_.reset();
    db_.reset();
    state_->connected = false;
    ++state_->failures_total;
    std::int64_t working = 0;
    state_->failing_since_us.compare_exchange_strong(working, now);
    // Entries that cannot be copied are looked for one by one, so that the log names the first.
    batch_ = error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout ? std::max<std::size_t>(batch_ / 2, 1) : 1;
    pause_ = std::clamp<std::chrono::milliseconds>(pause_ * 2, kPauseMin, kPauseMax);
    if (error.message != last_why_ || now - last_told_us_ >= kTellEachUs) {
        LOG_WARN("copy.failed", {{"site", options_.site.value}, {"kind", to_string(error.kind)}, {"why", error.message},
                                 {"behind", state_->behind()}});
        last_why_ = error.message;
        last_told_us_ = now;
    }
}

}  // namespace bongsu::app
