#pragma once
// What happens to the city: each run has its faults, numbered, each with its own chance, so that one can be left out.

#include <string>
#include <vector>

#include "city.hpp"

namespace bongsu::simulation {

/// Plans the faults of the city's seed between its 10th and its 250th second.
class Faults {
  public:
    explicit Faults(SimCity& city);
    /// How many the seed has, left out or not.
    std::size_t planned() const { return planned_; }
    /// What happened, in order: "2: the disk is full at 11000".
    const std::vector<std::string>& happened() const { return happened_; }

  private:
    struct Fault {
        std::size_t number;
        Chance chance;
    };
    Node& victim(Chance& chance);
    Node& district(Chance& chance);
    void note(const Fault& fault, const Node& node, const std::string& what);
    void happen(Fault& fault, unsigned kind);
    void lose_power(Node& node, Chance& chance);
    void lose_everything(Fault& fault);
    void fill_disk(Fault& fault);
    void fail_sync(Fault& fault);
    void cut_link(Fault& fault);
    void stall_link(Fault& fault);
    void lose_power_later(Fault& fault, Node& node);
    void break_erasure(Fault& fault);
    void break_try(Fault& fault);
    void kill_media(Fault& fault);
    void step_clock(Fault& fault);

    SimCity& city_;
    std::size_t planned_ = 0;
    std::vector<std::string> happened_;
};

}  // namespace bongsu::simulation
