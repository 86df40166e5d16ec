// What time asks of a site: checkpoints, grants that run out.
#include "app/site/idempotency.hpp"
#include "app/site/turning.hpp"
#include "base/log.hpp"
#include "grant/verbs.hpp"

namespace bongsu::app {

namespace {

using namespace std::chrono_literals;
constexpr auto kCheckpointEach = 60s;  // reliability: the undetected window of a rewrite.
constexpr std::uint64_t kCheckpointEntries = 1000;

}  // namespace

bool Site::checkpoint_due() {
    // The checkpoint's own entry and those of others do not call for another one.
    const auto fresh = journal_->last_seq() - checkpoint_seq_;
    if (journal_->last_seq() <= checkpoint_seq_ + 1 + idle_entries_) return false;
    return checkpoint_wanted_ || env_.buggify("site.checkpoint_early") || fresh >= kCheckpointEntries ||
           env_.clock.mono() - checkpoint_at_ >= kCheckpointEach;
}

/// Signs the newest committed entry and writes the checkpoint down as an entry of its own; it goes to the
/// other sites at once.
Result<void> Site::checkpoint(Outputs& out) {
    const auto made = journal::make({.site = options_.id,
                                     .seq = journal_->last_seq(),
                                     .digest = journal_->last_digest(),
                                     .time = env_.clock.wall(),
                                     .kid = checkpoint_key_.kid},
                                    checkpoint_key_.pair);
    TRY_DO(book_->append({"checkpoint.made",
                          "site:" + options_.id.value,
                          {"site:" + options_.id.value},
                          journal::to_json(made)}));
    last_checkpoint_ = made;
    checkpoint_seq_ = made.seq;
    checkpoint_at_ = env_.clock.mono();
    checkpoint_wanted_ = false;
    idle_entries_ = 0;
    for (const auto& peer : peers_up_)
        out.to_bus.push_back({peer, {{"t", "checkpoint"}, {"checkpoint", journal::to_json(made)}}});
    return {};
}

void Site::tick(Outputs& out) {
    turning_->give_up(out);
    // While nothing can be written, tries at each tick would cost the others their batches and their links: settle_owed() finds out
    // when there is room, and windows are judged by the clock meanwhile.
    if (failing_since_) return;
    const auto due = attempt([&]() -> Result<void> {
        TRY_DO(grant::expire_due(*book_, "site:" + options_.id.value, env_.clock.wall()));
        if (!is_centre()) TRY_DO(federation::end_due(*book_, env_.clock.wall()));
        TRY_DO(forget_old_answers(*folds_db_, env_.clock.wall()));
        TRY_DO(watch_copy());
        TRY_DO(keep_devices_seen());
        if (checkpoint_due()) TRY_DO(checkpoint(out));
        return {};
    });
    if (!due) LOG_ERROR("site.tick_failed", {{"why", due.error().message}});
    // Apart: what ends grants and signs checkpoints does not wait for it.
    if (const auto watched = attempt([&] { return watch_duty(out); }); !watched) LOG_ERROR("site.duty_not_watched", {{"why", watched.error().message}});
    if (const auto left = attempt([&] { return Movement::let_leave(*this); }); !left) LOG_ERROR("site.cameras_did_not_leave", {{"why", left.error().message}});
    turning_->tick(out);
    if (const auto gone = attempt([&] { return let_expire(); }); !gone) LOG_ERROR("site.words_did_not_go", {{"why", gone.error().message}});
    if (const auto told = run_drills(); !told) LOG_ERROR("site.drill_not_told", {{"why", told.error().message}});
    if (const auto watched = attempt([&] { return watch_alarms(); }); !watched) LOG_ERROR("site.alarms_not_watched", {{"why", watched.error().message}});
}

void Site::stop(Outputs& out) {
    const auto done = attempt([&]() -> Result<void> {
        TRY_DO(
            book_->append({"site.stopped", "site:" + options_.id.value, {"site:" + options_.id.value}, {}}));
        return checkpoint(out);
    });
    if (!done) LOG_ERROR("site.stop_failed", {{"why", done.error().message}});
}

}  // namespace bongsu::app
