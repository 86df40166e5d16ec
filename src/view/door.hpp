#pragma once
// How a way out asks the gate: from its own loop, in questions that may be answered later.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "view/gate.hpp"

namespace bongsu::view {

/// What a viewer came with.
struct Ask {
    CameraId camera;
    std::string ticket;  ///< Secret.
    std::string kind;    ///< "live", "relay", "snapshot"; empty: live or relay.
    Way way = Way::whep;
    std::string remote;  ///< "host:port", for the record.
};

/// What a ticket permits.
struct Admitted {
    int height = 0;  ///< Greatest picture height; 0: the main stream.
    bool relay = false;
};

/// An open view, by the number under which its way out closes it.
struct Pass {
    std::uint64_t number = 0;  ///< Never 0, never used twice in a process.
    ViewId view;
    Admitted admitted;
};

/// Order for every way out: admit, then a picture in hand (who cannot have one keeps the ticket), then open, then bytes,
/// then close.
///
/// Threads: the loop of the way out; answers and cuts come on it, at once or later. It outlives its ways out.
class Door {
  public:
    using Cut = std::function<void(const std::string& reason)>;

    virtual ~Door() = default;

    /// Whether the ticket would open something now. Uses nothing up; a refusal is on record. A good ticket for a camera
    /// that is not here yet waits up to 1 s: a grant's first viewer may be faster than the word that the camera may be
    /// pulled. Errors: what Gate::check() answers, not_found (after the ticket: one that would not open anything must not
    /// tell an unknown camera from a known one).
    virtual void admit(const Ask& ask, std::function<void(Result<Admitted>)> done) = 0;
    /// Uses the ticket. `done` comes once the view is on record and synced: not a byte of picture before it. After it
    /// `cut` is called at most once: from that call on not a byte may leave for the view, and its owner closes it. A view
    /// that is cut before `done` is closed by the door, and `done` gets the reason (forbidden).
    /// Errors: what Gate::open() answers; the refusal is on record.
    virtual void open(Ask ask, Cut cut, std::function<void(Result<Pass>)> done) = 0;
    /// Ends the view in the record; a number that is not open is ignored.
    virtual void close(std::uint64_t number, const std::string& reason, std::uint64_t frames, std::uint64_t bytes) = 0;
    /// Whether pages of this origin may watch: desks that control named.
    virtual bool allows_origin(std::string_view origin) const = 0;
};

}  // namespace bongsu::view
