#pragma once
// The spool: what media did, on its own disk first (docs/adr/0005). Control folds each item once.

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "env/env.hpp"

namespace bongsu::view {

/// One line of spool/views.log.
struct Item {
    std::uint64_t n = 0;  ///< From 1, increasing over restarts; set by append().
    std::string kind;     ///< "view.opened" | "view.closed" | "view.refused"
    ViewId view;
    GrantId grant;
    CameraId camera;
    std::string holder;
    WallTime at{};
    std::string way;  ///< "whep" | "rtsp" | "fmp4" | "hls" | "snapshot"
    std::string ticket_kind, remote, reason;
    std::optional<std::uint64_t> frames, bytes;  ///< Of view.closed; empty when a crash took the figures.
    std::optional<std::uint64_t> count;  ///< Of a view.refused that stands for many, which have no item of their own.
    std::string jti;            ///< Of view.opened: the used ticket; kept on disk, not told to control.
    WallTime ticket_expires{};  ///< Of view.opened.
};

/// The item as docs/adr/0005 sends it (no jti).
boost::json::object to_message(const Item& item);

/// Work for the syncing thread: lines to append, or a whole new file.
struct SpoolBatch {
    std::string lines;
    std::optional<std::string> whole;  ///< Compaction: replaces the file; `lines` are within it.
    std::uint64_t up_to = 0;
};

/// JSON lines in `<folder>/views.log`, in memory and on disk alike.
///
/// Threads:  everything on the loop, but write(), which the integrator's one syncing thread calls with a
/// batch
///           that begin_sync() gave: `if (flush_due()) { batch = begin_sync(); post(thread: r = write(batch);
///           post(loop: end_sync(r))) }`. sync() does the three in place, for tests and simulation.
/// Promise:  unacked() shows synced items only, so control never hears what a power cut could take back.
/// Bounds:   kItemsMax items; beyond it append() refuses (exhausted) anything but view.closed.
/// Errors:   a full disk is tried again each second; any other failed write leaves the file unknown: broken()
/// is
///           true, append() refuses, the process must end and recover.
class Spool {
  public:
    static constexpr std::size_t kItemsMax = 200'000;
    static constexpr std::size_t kCompactBytes = 1U << 20;
    static constexpr std::chrono::seconds kKeep{150};  ///< Past ack and expiry: longer than a ticket lives.

    /// Recovers: a torn last line is cut off and counted; damage before it is ErrorKind::corrupt (file and
    /// line).
    static Result<std::unique_ptr<Spool>> open(env::Disk& disk, const env::Clock& clock, std::string folder);

    /// Gives the item its n. Not on disk yet: see when_synced(). `on_work` is called after it.
    Result<std::uint64_t> append(Item item);
    /// Calls `done` on the loop once item n is synced (at once if it is). Never called when the spool breaks.
    void when_synced(std::uint64_t n, std::function<void()> done);

    bool flush_due() const;
    SpoolBatch begin_sync();
    Result<void> write(const SpoolBatch& batch);
    void end_sync(const Result<void>& outcome);
    Result<void> sync();

    /// Synced items that control has not acknowledged, oldest first; at most `max`.
    std::vector<Item> unacked(std::size_t max = 1000) const;
    /// Control has everything up to n. An n beyond ours (our disk was lost) moves the numbering on past it.
    void ack(std::uint64_t n);

    const std::deque<Item>& items() const { return items_; }
    std::uint64_t synced() const { return synced_; }
    std::uint64_t acked() const { return acked_; }
    std::uint64_t next_n() const { return next_; }
    std::uint64_t torn_total() const { return torn_; }
    bool broken() const { return broken_; }

    /// Set by the integrator: wakes its syncing thread. May be empty.
    std::function<void()> on_work;

  private:
    Spool(env::Disk& disk, const env::Clock& clock, std::string path);
    Result<void> load();
    Result<void> take_line(std::string_view line);
    void keep(Item item);
    void drop_old();
    std::string whole_text() const;

    env::Disk& disk_;
    const env::Clock& clock_;
    std::string path_;

    std::unique_ptr<env::File> file_;  ///< Touched by write() alone once open() has returned.
    std::deque<Item> items_;
    std::map<ViewId, std::uint64_t> open_;  ///< Views without view.closed: their view.opened stays.
    std::string pending_, in_flight_lines_;
    std::multimap<std::uint64_t, std::function<void()>> waiting_;
    std::uint64_t next_ = 1, synced_ = 0, acked_ = 0, batch_up_to_ = 0, torn_ = 0;
    std::size_t dead_bytes_ = 0;  ///< Lines in the file whose items are gone from memory.
    MonoTime retry_at_{}, dropped_at_{};
    bool in_flight_ = false, in_flight_whole_ = false, broken_ = false;
};

}  // namespace bongsu::view
