#include "app/replay_pass.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace bongsu::app {

namespace {

constexpr std::size_t kBatchEntries = 256;
constexpr std::size_t kBatchesWaiting = 4;
constexpr std::uint64_t kCommitEach = 1 << 16;  // Entries in one transaction: an empty one for each would cost, a full one nothing.

using Batch = std::vector<journal::Entry>;

/// Between the thread that reads and the one that folds.
class Batches {
  public:
    /// Waits for room. False when nobody takes any more.
    bool put(Batch batch) {
        std::unique_lock lock(mutex_);
        if (waiting_.size() >= kBatchesWaiting) ++put_waited_;
        changed_.wait(lock, [&] { return is_left_ || waiting_.size() < kBatchesWaiting; });
        if (is_left_) return false;
        waiting_.push_back(std::move(batch));
        changed_.notify_all();
        return true;
    }
    /// Waits for one; nothing when there will be no more.
    std::optional<Batch> take() {
        std::unique_lock lock(mutex_);
        if (waiting_.empty() && !is_ended_) ++take_waited_;
        changed_.wait(lock, [&] { return is_ended_ || !waiting_.empty(); });
        if (waiting_.empty()) return std::nullopt;
        auto batch = std::move(waiting_.front());
        waiting_.pop_front();
        changed_.notify_all();
        return batch;
    }
    void end() {
        const std::lock_guard lock(mutex_);
        is_ended_ = true;
        changed_.notify_all();
    }
    void leave() {
        const std::lock_guard lock(mutex_);
        is_left_ = true;
        changed_.notify_all();
    }
    /// After both have ended.
    std::uint64_t put_waited() const { return put_waited_; }
    std::uint64_t take_waited() const { return take_waited_; }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Batch> waiting_;
    bool is_ended_ = false, is_left_ = false;
    std::uint64_t put_waited_ = 0, take_waited_ = 0;
};

class Folder {
  public:
    Folder(env::Clock& clock, sql::Db& db, std::vector<FoldRun>& runs,
           const std::function<Result<void>(const FoldRun&, std::uint64_t)>& at_stop)
        : clock_(clock), db_(db), runs_(runs), next_stop_(runs.size(), 0), at_stop_(at_stop) {}

    Result<void> run(Batches& batches) {
        for (auto& run : runs_) TRY_DO(db_.exec(run.fold->schema()));
        TRY_DO(db_.exec("begin"));
        for (std::size_t i = 0; i < runs_.size(); ++i) TRY_DO(stop_at(i, 0));
        for (std::uint64_t in_transaction = 0; auto batch = batches.take();) {
            for (std::size_t i = 0; i < runs_.size(); ++i) TRY_DO(fold(i, *batch));
            in_transaction += batch->size();
            if (in_transaction < kCommitEach) continue;
            TRY_DO(db_.exec("commit"));
            TRY_DO(db_.exec("begin"));
            in_transaction = 0;
        }
        return db_.exec("commit");
    }
    std::chrono::nanoseconds at_stops() const { return at_stops_; }

  private:
    /// The run's stops at `seq`, if it has any there.
    Result<void> stop_at(std::size_t i, std::uint64_t seq) {
        const auto& stops = runs_[i].stops;
        const auto begin = clock_.mono();
        for (; next_stop_[i] < stops.size() && stops[next_stop_[i]] == seq; ++next_stop_[i]) TRY_DO(at_stop_(runs_[i], seq));
        at_stops_ += clock_.mono() - begin;
        return {};
    }

    Result<void> fold(std::size_t i, const Batch& batch) {
        auto& run = runs_[i];
        auto begin = clock_.mono();
        for (const auto& entry : batch) {
            if (next_stop_[i] >= run.stops.size()) break;
            TRY_DO(journal::apply_fold(db_, *run.fold, entry));
            if (entry.seq != run.stops[next_stop_[i]]) continue;
            run.spent += clock_.mono() - begin;
            TRY_DO(stop_at(i, entry.seq));
            begin = clock_.mono();
        }
        run.spent += clock_.mono() - begin;
        return {};
    }

    env::Clock& clock_;
    sql::Db& db_;
    std::vector<FoldRun>& runs_;
    std::vector<std::size_t> next_stop_;
    const std::function<Result<void>(const FoldRun&, std::uint64_t)>& at_stop_;
    std::chrono::nanoseconds at_stops_{};
};

/// Up to entry `last`; ends early without an error when nobody takes any more.
Result<void> read_into(Batches& batches, journal::Journal& journal, std::uint64_t last) {
    Batch batch;
    std::uint64_t read = 0;
    bool is_taken = true;
    const auto step = [&](journal::Entry entry) -> Result<bool> {
        read = entry.seq;
        batch.push_back(std::move(entry));
        if (batch.size() >= kBatchEntries || read >= last) {
            is_taken = batches.put(std::exchange(batch, {}));
            batch.reserve(kBatchEntries);
        }
        return is_taken && read < last;
    };
    if (last > 0) TRY_DO(journal.read(0, step, journal::Raw::as_text));
    if (is_taken && read < last) return fail(ErrorKind::corrupt, "the journal ends before the fold");
    return {};
}

}  // namespace

Result<PassFigures> replay_pass(env::Clock& clock, journal::Journal& journal, sql::Db& scratch, std::vector<FoldRun>& runs,
                                const std::function<Result<void>(const FoldRun&, std::uint64_t)>& at_stop) {
    PassFigures figures;
    for (const auto& run : runs) {
        if (!run.stops.empty()) figures.entries = std::max(figures.entries, run.stops.back());
    }
    const auto begin = clock.mono();
    Batches batches;
    Folder folder(clock, scratch, runs, at_stop);
    Result<void> folded;
    std::thread folding([&] {
        folded = folder.run(batches);
        batches.leave();
    });
    const auto read = read_into(batches, journal, figures.entries);
    batches.end();
    folding.join();
    TRY_DO(folded);
    TRY_DO(read);
    figures.took = clock.mono() - begin - folder.at_stops();
    figures.reader_waited = batches.put_waited();
    figures.folder_waited = batches.take_waited();
    return figures;
}

}  // namespace bongsu::app
