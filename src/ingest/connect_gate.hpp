#pragma once
// Who may connect now, when thousands of cameras want to at once. Pure.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/time.hpp"

namespace bongsu::ingest {

/// A puller asks for a place before it connects and gives it back when its camera plays or the attempt has failed. One that
/// waits for an answer in silence loses its place after `hold`, and goes on without: a thousand dead cameras must not hold
/// up the one that has come back. Between hosts, and cameras of one host, the turn goes round; those that somebody waits for
/// come first.
///
/// Bounds:  `process` and `host` attempts that were begun within `hold`; the waiting ones are as many as there are pullers.
/// Threads: none inside. Outlives its places.
class ConnectGate {
  public:
    struct Limits {
        std::size_t process = 512, host = 64;
        std::chrono::milliseconds hold{500};

        /// Of one of so many gates that share these.
        Limits share_of(std::size_t gates) const { return {std::max<std::size_t>(process / gates, 1), std::max<std::size_t>(host / gates, 1), hold}; }
    };
    struct Counters {
        std::uint64_t begun = 0;     ///< Attempts that were let in.
        std::uint64_t delayed = 0;   ///< Of these: had to wait for a place.
        std::uint64_t overheld = 0;  ///< Of these: went on without it.
        std::size_t in_flight_most = 0, waiting_most = 0;
    };

  private:
    struct Host;
    struct Entry {
        Host* host = nullptr;
        std::function<void()> go;  // Empty once it is in.
        bool urgent = false, holds = false;
        MonoTime since{};
        std::list<Entry*>::iterator at;  // Where it waits, or holds.
    };
    struct Host {
        std::string name;
        std::size_t in_flight = 0;
        std::list<Entry*> waiting[2];
        bool queued[2] = {false, false};  // In ready_.
    };

  public:
    /// A place, or a wait for one; given back, or given up, when it goes.
    class Place {
      public:
        Place() = default;
        Place(Place&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), entry_(std::move(other.entry_)) {}
        Place& operator=(Place&& other) noexcept {
            reset();
            gate_ = std::exchange(other.gate_, nullptr);
            entry_ = std::move(other.entry_);
            return *this;
        }
        ~Place() { reset(); }
        void reset() {
            if (gate_ != nullptr) std::exchange(gate_, nullptr)->leave(*entry_);
            entry_.reset();
        }

      private:
        friend class ConnectGate;
        Place(ConnectGate* gate, std::unique_ptr<Entry> entry) : gate_(gate), entry_(std::move(entry)) {}
        ConnectGate* gate_ = nullptr;
        std::unique_ptr<Entry> entry_;
    };

    std::function<void()> on_waiting;  ///< Somebody waits, after nobody did: see deadline().

    explicit ConnectGate(Limits limits) : limits_(limits) {}

    /// `go` is called once: from within here, or from within another's reset() or tick(). It must not call the gate, and is
    /// forgotten with the place.
    Place ask(const std::string& host, bool urgent, MonoTime now, std::function<void()> go);
    /// Takes places back that were held too long.
    void tick(MonoTime now);
    /// When tick() has something to do; MonoTime::max() while nobody waits.
    MonoTime deadline() const;

    std::size_t in_flight() const { return holding_.size(); }
    std::size_t waiting() const { return waiting_; }
    const Counters& counters() const { return counters_; }

  private:
    void leave(Entry& entry);
    void enter(Entry& entry);
    void release(Entry& entry);
    void queue(Host& host);
    void pump();
    void forget(Host& host);

    const Limits limits_;
    Counters counters_;
    std::map<std::string, Host> hosts_;
    std::list<Entry*> holding_;     // The oldest first.
    std::deque<Host*> ready_[2];    // Hosts with somebody waiting and room: [1] urgent.
    std::size_t waiting_ = 0;
    MonoTime now_{};
};

}  // namespace bongsu::ingest
