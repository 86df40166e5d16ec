#pragma once
// One connection of a partner, without a socket: bytes and times in, messages and answers out.

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "event/codec/codec.hpp"
#include "event/profile.hpp"
#include "intake/rate.hpp"

namespace bongsu::intake {

inline constexpr std::size_t kUnderWayMax = 32;               ///< Messages with the store, of one connection.
inline constexpr std::size_t kUnsentBytesMax = 64 << 10;      ///< Answers that the peer does not read.

/// Of one partner, over all its connections. Written by the loop, read by any thread.
struct Counters {
    std::atomic<std::uint64_t> connections{0};          ///< Open now.
    std::atomic<std::uint64_t> connections_total{0};
    std::atomic<std::uint64_t> connections_refused{0};  ///< One too many, or a wrong certificate.
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> over_rate{0};     ///< Told to come again, or read later.
    std::atomic<std::uint64_t> broken_frames{0};
    std::atomic<std::uint64_t> not_taken{0};     ///< The store's queue was full.
    std::atomic<std::uint64_t> silent{0};        ///< Closed for saying nothing, or half of something.
    std::atomic<std::uint64_t> slow{0};          ///< Closed for not reading its answers.
    std::atomic<std::uint64_t> closed_for_room{0};  ///< Idle, half a handshake or half a frame: its place was another's.
};

/// For the store: a whole message, or with `framing` not ok what was left of one.
struct Delivery {
    std::uint64_t id = 0;
    std::string bytes;
    event::Refusal framing;
};

/// What the driver does next.
struct Step {
    std::vector<Delivery> deliver;  ///< In this order.
    std::string send;
    bool close = false;  ///< Once `send` is out.
};

/// Invariants: answers leave in the order of their messages; after `close` nothing follows.
/// Bounds: a frame as its framer says; kUnderWayMax; kUnsentBytesMax and the answers to one read's messages, as nothing
/// more is read beyond it; the profile's rate and times.
/// Threads: one. Ownership: profile, bucket and counters outlive it.
class Session {
  public:
    Session(const event::Profile& profile, RateBucket& bucket, Counters& counters, MonoTime now);

    /// From here on it is read: what it waited before that is not its silence.
    void begin(MonoTime now) { last_byte_ = now; }
    Step received(std::string_view bytes, MonoTime now);
    /// The peer will send no more.
    Step ended(MonoTime now);
    /// The store has `id` on disk, or says why not: `answer` is the partner's own, empty for formats without.
    Step answered(std::uint64_t id, std::string answer, MonoTime now);
    /// The store took no more.
    Step not_taken(std::uint64_t id, MonoTime now);
    /// So much of what was to be sent has left.
    void sent(std::size_t bytes, MonoTime now);
    /// At or after deadline().
    Step expired(MonoTime now);

    MonoTime deadline() const;
    /// Since when it has said nothing that is a part of a message, and is owed nothing; nullopt in the midst of anything.
    std::optional<MonoTime> idle_since() const;
    /// Since when half a frame is all that it has; nullopt otherwise.
    std::optional<MonoTime> half_since() const;
    /// False: let the bytes wait in the kernel, and the peer with them.
    bool wants_bytes() const;

  private:
    struct UnderWay {
        std::uint64_t id = 0;
        std::optional<std::string> answer;
    };
    struct Waiting {
        std::string bytes;
        event::Refusal framing;
    };
    void take(event::Fed fed, MonoTime now);
    Step go_on(MonoTime now);
    void deliver(Step& step, MonoTime now);
    bool has_answers() const;
    bool is_idle() const { return under_way_.empty() && waiting_.empty() && unsent_bytes_ == 0; }

    const event::Profile& profile_;
    RateBucket& bucket_;
    Counters& counters_;
    event::StreamFramer framer_;
    std::chrono::milliseconds idle_, frame_;
    std::deque<Waiting> waiting_;  ///< Of the bytes of one read.
    std::deque<UnderWay> under_way_;
    std::uint64_t next_ = 1;
    MonoTime last_byte_;  ///< That was a part of a message, or of an answer.
    std::optional<MonoTime> frame_begun_, held_until_, unsent_since_;
    std::size_t unsent_bytes_ = 0;
    bool no_more_ = false;  ///< The peer ended, or its stream has no way on.
    bool closed_ = false;
};

}  // namespace bongsu::intake
