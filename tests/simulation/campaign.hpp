#pragma once
// Runs of many seeds: which ones, how they ended, and of one that failed the fewest faults with which it still does.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "city.hpp"

namespace bongsu::simulation {

struct Outcome {
    std::uint64_t hash = 0, messages = 0, acknowledged = 0, views = 0, relays = 0, deaths = 0, erasures = 0, erased = 0, checks = 0, taken = 0;
    std::uint64_t told = 0, told_again = 0, dead_letters = 0, drills = 0, cut_tries = 0, retentions = 0, erased_at_districts = 0, findings = 0;
    std::vector<std::string> violations, faults;
    std::size_t planned_faults = 0;
    std::map<std::string, std::uint64_t> rare;  ///< Place -> how often its branch was taken.
};

/// One run of a city with all who use it.
Outcome run(const SimSettings& settings);

using Run = std::function<Outcome(const SimSettings&)>;

/// Leaves out what the failure does not need: the rare branches, then one fault after the other.
SimSettings shrink(SimSettings failing, const Run& run = simulation::run);

/// What to type to see a run again, what happened in it and what was violated.
std::string story_of(const SimSettings& settings, const Outcome& run);

/// Of BONGSU_SIM_SEED, BONGSU_SIM_FAULTS ("1,4", "none") and BONGSU_SIM_RARE ("off"): one run.
SimSettings settings_of_environment(std::uint64_t seed);

/// Many seeds on two threads. `stop` is asked before each seed.
class Campaign {
  public:
    explicit Campaign(Run run = simulation::run) : run_(std::move(run)) {}
    void run(std::uint64_t first, std::uint64_t last, const std::function<bool()>& stop);

    std::uint64_t runs() const { return runs_; }
    /// All seeds from `first` up to this one were run.
    std::uint64_t done_up_to() const { return done_up_to_; }
    const Outcome& sum() const { return sum_; }
    std::uint64_t faults() const { return faults_; }
    /// Of the runs that failed, what story_of() says.
    const std::vector<std::string>& failures() const { return failures_; }
    /// Their seeds: all of them, where failures() ends after the first ones.
    const std::set<std::uint64_t>& failed() const { return failed_; }
    std::string summary() const;

  private:
    void take(std::uint64_t seed, const SimSettings& settings, const Outcome& done, const std::string& failure);
    void fail(std::uint64_t seed, const std::string& failure);

    Run run_;
    Outcome sum_;
    std::uint64_t runs_ = 0, faults_ = 0, done_up_to_ = 0;
    std::map<std::uint64_t, bool> done_;
    std::vector<std::string> failures_;
    std::set<std::uint64_t> failed_;
};

}  // namespace bongsu::simulation
