#pragma once
// A connection between two processes: ordered both ways, each message late by a seeded time, lost only when
// it breaks.

#include <array>
#include <boost/json/object.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "world.hpp"

namespace bongsu::simulation {

/// Side 0 dials, side 1 listens. Both hear `up` before the first message and `down` after the last one.
class Link {
  public:
    struct End {
        std::function<bool()> alive;  ///< Whether its process runs: a connection needs both.
        std::function<void()> up, down;
        std::function<void(const boost::json::object&)> message;
    };
    Link(Schedule& schedule, std::uint64_t seed, End dialer, End listener);

    /// Tries from now on, as a dialer does: again and again, also after each break.
    void keep();
    bool stands() const { return stands_; }
    MonoTime stood_at() const { return stood_at_; }  ///< When it was made.
    /// What is sent arrives in time, and did in the last three seconds.
    bool is_prompt() const { return stands_ && schedule_.now() - std::max(stood_at_, stalled_until_) >= 3s; }
    /// A cut network: no connection until it is joined again.
    void cut_network(bool cut);
    bool network_is_cut() const { return cut_; }
    /// What is sent from now on waits for `span`, as in a network that carries nothing and closes nothing.
    void stall(Span span);
    /// Breaks by itself between two messages, after so many more.
    void break_after(std::uint64_t messages) { breaks_after_ = messages; }
    void break_no_more() { breaks_after_.reset(); }
    /// A double that breaks the rule: one message of so many is lost and the connection stands.
    void lose_one_in(std::uint64_t messages) { loses_one_in_ = messages; }
    void send(int from, const boost::json::object& message);
    /// What is on its way still arrives, or is lost with the connection, by chance. `dead`: the side whose
    /// process died and hears nothing more; -1 for none.
    void break_off(int dead = -1);

  private:
    void try_connect();
    void try_soon();
    void enqueue(int to, std::function<void()> what);
    void deliver(int to, std::uint64_t number);

    struct OnItsWay {
        std::uint64_t number;
        std::function<void()> what;
    };
    Schedule& schedule_;
    Chance chance_;
    std::array<End, 2> ends_;
    std::array<std::deque<OnItsWay>, 2> on_their_way_;  ///< By receiving side.
    std::array<MonoTime, 2> last_at_{};
    std::uint64_t numbers_ = 0;
    MonoTime stood_at_{}, stalled_until_{};
    std::optional<std::uint64_t> breaks_after_;
    std::uint64_t loses_one_in_ = 0;
    bool stands_ = false, cut_ = false, keeps_ = false, trying_ = false;
};

}  // namespace bongsu::simulation
