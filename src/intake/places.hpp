#pragma once
// Who may stand at a partner's port, and who gives way when it is full: pure, without a socket.

#include <cstddef>
#include <list>
#include <optional>

#include "base/time.hpp"

namespace bongsu::intake {

/// A half frame that is younger than this is not cut off for somebody else.
inline constexpr std::chrono::seconds kHalfFrameSpared{1};
/// Whoever has just come, or was just answered, may be about to speak: so long it is spared, while there is room at the door.
inline constexpr std::chrono::milliseconds kIdleSpared{250};

/// One connection, as the door sees it.
struct Guest {
    virtual ~Guest() = default;
    /// Since when it has said nothing and is owed nothing; nullopt in the midst of anything.
    virtual std::optional<MonoTime> idle_since() const = 0;
    /// Since when it holds the place with half a frame and nothing else; nullopt otherwise.
    virtual std::optional<MonoTime> half_since() const = 0;
    /// It has a place: its bytes are read from now on.
    virtual void go_in() = 0;
    /// Its place is another's. It calls Places::gone() before this returns.
    virtual void give_way() = 0;
};

/// Whoever connects and says nothing must not keep a partner's reports out. Who is known (after its handshake with TLS, at
/// once without) gets a place; when there is none the longest idle one gives way, and when none is idle the oldest half
/// frame. Those who are owed an answer never do: the newcomer waits at the door then, unread.
/// Bounds: `most` are in and as many at the door. A further one costs the place at the door of who stands there longest
/// without a whole handshake: nobody without the agreed certificate costs anybody else a place.
/// Ownership: guests outlive their gone(). Threads: one.
class Places {
  public:
    explicit Places(std::size_t most) : most_(most) {}

    /// At the door. False: it is full of those who wait for a place, and `guest` is not in it.
    bool come(Guest& guest);
    /// It is who it should be: it gets its place, now or when there is one.
    void knock(Guest& guest, MonoTime now);
    /// Gives places to those who wait, as far as there are any.
    void let_in(MonoTime now);
    void gone(Guest& guest);

    /// Whoever is in stays in, until it gives way to somebody.
    void set_most(std::size_t most) { most_ = most; }
    /// Somebody is known and has no place yet: call let_in() again soon.
    bool is_waited_for() const;

  private:
    struct Waiting {
        Guest* guest;
        bool is_known = false;
    };
    bool make_room(MonoTime now);

    std::size_t most_;
    std::list<Waiting> door_;  ///< The longest there first.
    std::list<Guest*> in_;
};

}  // namespace bongsu::intake
