#pragma once
// RTP packets off UDP into the order in which they were sent (RFC 3550 A.1). Pure.

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"

namespace bongsu::ingest {

/// Hands on each packet once and in order. What comes in order passes through without a copy; what comes early waits until
/// the gap before it closes, the window is full or `wait` is over. Then the gap is given up and counted, and whoever reads
/// on sees it in the sequence numbers: nothing is made up.
///
/// Bounds:  holds at most kWindow packets of at most kPacketMax bytes; its memory is used again, and let go of after
///          kCalm packets without a gap.
/// Restart: a sequence number more than kDropoutMax ahead or kMisorderMax behind is believed when the next one follows
///          it (RFC 3550 A.1); both are handed on then.
/// Threads: none inside. The sink must not call back.
class Reorder {
  public:
    static constexpr std::size_t kWindow = 64;
    static constexpr std::size_t kPacketMax = 9'216;  ///< A jumbo frame.
    static constexpr int kDropoutMax = 3'000, kMisorderMax = 1'000;
    static constexpr std::uint32_t kCalm = 4'096;

    struct Counters {
        std::uint64_t reordered = 0;   ///< Came early and were handed on in order.
        std::uint64_t duplicates = 0;  ///< Dropped: had been handed on, or waited already.
        std::uint64_t late = 0;        ///< Dropped: their gap was given up.
        std::uint64_t lost = 0;        ///< Sequence numbers that were given up.
        std::uint64_t restarts = 0;
        std::uint64_t odd = 0;  ///< Dropped: too short, too long, or far off without a follower.
    };
    using Sink = std::function<void(std::span<const std::uint8_t>)>;

    Reorder(std::chrono::nanoseconds wait, Sink sink) : wait_(wait), sink_(std::move(sink)) {}

    /// A packet with a valid RTP header.
    void add(std::span<const std::uint8_t> packet, MonoTime now);
    /// Gives up what is overdue.
    void tick(MonoTime now);
    /// When tick() has something to do; none while nothing waits.
    std::optional<MonoTime> deadline() const;
    /// A new stream: whatever waits is dropped.
    void reset();

    std::size_t waiting() const { return held_; }
    const Counters& counters() const { return counters_; }

  private:
    struct Slot {
        bool full = false;
        std::vector<std::uint8_t> bytes;
        MonoTime since{};
    };

    Slot& slot(std::uint16_t sequence) { return slots_[sequence % kWindow]; }
    void hold(std::uint16_t sequence, std::span<const std::uint8_t> packet, MonoTime now);
    void hand_on_held();
    void give_up_to(std::uint16_t sequence);
    void step(bool arrived);
    MonoTime oldest() const;
    void behind(std::uint16_t distance);
    void suspect(std::uint16_t sequence, std::span<const std::uint8_t> packet);

    const std::chrono::nanoseconds wait_;
    const Sink sink_;
    Counters counters_;
    bool begun_ = false;
    std::uint16_t expected_ = 0;
    std::bitset<kMisorderMax> arrived_;  // Bit i: expected_ - 1 - i was handed on.
    std::array<Slot, kWindow> slots_;
    std::size_t held_ = 0;
    std::uint32_t calm_ = 0;
    std::optional<std::uint16_t> suspect_;  // The one that would follow it.
    std::vector<std::uint8_t> suspect_bytes_;
};

}  // namespace bongsu::ingest
