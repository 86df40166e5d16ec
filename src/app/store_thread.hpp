#pragma once
// The store thread takes inputs in batches to the site; another releases what comes out once it is durable.

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "app/fair_queue.hpp"
#include "app/site/site.hpp"

namespace bongsu::app {

/// Who waits for whom. `emergency`: messages of 112, 119, SOS, bells and fire; nothing goes before them. `people`:
/// desks, agencies' pages, media, districts, ticks, in their order. `bulk`: every other message of a partner, slices of dead letters that are released.
enum class Lane : std::uint8_t { emergency, people, bulk };
inline constexpr std::array<const char*, 3> kLaneNames{"emergency", "people", "bulk"};

Lane lane_of(const Input& input, const Site& site);
/// Who takes turns in a lane: a partner's profile or agency, a person, or for keys that nobody let in yet the address.
/// The site's own (media, districts, ticks) are one, so that they keep their order.
std::string peer_of(const Input& input, const Site& site);

/// Within a lane the peers take turns: a flood of one leaves the others' times alone.
/// Bounds: kQueueMax inputs wait in each lane, of one peer a quarter of them; one more is refused to its sender (the caller answers 503).
///         kBatchMax make one batch, which costs one fdatasync however many they are. Of each batch
///         kPeopleShare and kBulkShare are left to the other lanes: slow under load, not dead.
/// A batch is written while the one before is released, and its verbs run while that one is synced. One released batch at
///         most waits for its turn.
/// Threads: post() from any; `done` runs on the releasing thread, batch after batch, and must hand over quickly.
class StoreThread {
  public:
    static constexpr std::size_t kQueueMax = 4096;
    static constexpr std::size_t kBatchMax = 128;
    static constexpr std::size_t kPeopleShare = 16, kBulkShare = 8;

    struct LaneCounts {
        std::size_t waiting = 0;
        std::uint64_t served = 0, refused = 0;
    };

    StoreThread(Site& site, std::function<void(Outputs)> done);
    ~StoreThread();

    /// False when its lane is full; `input` is still the caller's then. Ticks and messages of media and bus are
    /// always taken: their senders are few and bounded themselves.
    bool post(Input&& input);
    /// Runs what waits, then ends the thread.
    void stop();
    std::size_t waiting() const;
    std::array<LaneCounts, 3> counts() const;

  private:
    struct Queue {
        FairQueue<Input> inputs{kQueueMax};
        std::uint64_t served = 0, refused = 0;
    };
    void run();
    bool is_empty() const;
    /// Moves up to `most` of a lane into the batch.
    void move(Lane lane, std::size_t most, std::vector<Input>& batch);
    void hand_over(Outputs out);
    void release();

    Site& site_;
    std::function<void(Outputs)> done_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::array<Queue, 3> lanes_;
    bool stopping_ = false;

    std::mutex written_mutex_;
    std::condition_variable written_changed_;
    std::optional<Outputs> written_;  // The batch that the releasing thread takes next.
    bool written_all_ = false;

    std::thread releasing_;
    std::thread thread_;
};

}  // namespace bongsu::app
