#pragma once
// Partners as they are told of their own incidents: systems that answer, refuse, are silent, hang up and are away; and the
// desk's person who has dead letters sent again.

#include <map>
#include <memory>
#include <string>

#include "city.hpp"

namespace bongsu::simulation {

/// Carries out the centre's tries as outbound::Sender does: one for each partner, with outbound::Exchange, the program's own;
/// resolver, sockets and TLS are left out.
class Receivers {
  public:
    explicit Receivers(SimCity& city);
    ~Receivers();

  private:
    class Attempt;
    /// What a partner's system is up to, and what is kept of it from one try to the next.
    struct Partner {
        explicit Partner(std::uint64_t seed) : chance(seed) {}
        Chance chance;
        bool is_away = false, is_mute = false;  ///< Nobody listens there; or it takes connections and stands.
        std::string issued_key;                 ///< The session key that it gave.
        std::string session_key;                ///< What the centre's sender knows of it, in this life.
        std::shared_ptr<Attempt> attempt;
    };
    void plan_absence(Partner& partner);
    void take(outbound::Try attempt);
    void finish(Attempt& attempt, outbound::Outcome outcome);
    void have_sent_again();
    void log_in();

    SimCity& city_;
    Chance chance_;
    std::map<std::string, Partner> partners_;
    std::uint64_t life_ = UINT64_MAX, keys_ = 0, words_ = 0;
    std::size_t person_;
    std::string token_, remote_;
};

}  // namespace bongsu::simulation
