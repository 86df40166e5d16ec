#include "campaign.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "faults.hpp"
#include "official.hpp"
#include "partners.hpp"
#include "people.hpp"
#include "receivers.hpp"

namespace bongsu::simulation {

namespace {

constexpr std::size_t kFailuresMax = 20;
constexpr auto kCommand = " ./build/dev/tests/simulation --gtest_filter='*Nothing*'";

/// The first ones are made smaller: a bug that fails them all would take for ever. Whoever asks only whether any seed
/// fails wants none.
std::size_t shrinks_max() {
    const auto* shrink = std::getenv("BONGSU_SIM_SHRINK");
    return shrink != nullptr && std::string_view(shrink) == "off" ? 0 : 3;
}

}  // namespace

Outcome run(const SimSettings& settings) {
    SimCity city(settings);
    const Faults faults(city);
    const Partners partners(city);
    const Official official(city, city.centre()), of_district(city, *city.nodes()[city.busy().front()]);
    const Receivers receivers(city);
    const Viewer operator_(city, 0), police(city, 1), agency(city, 2);
    city.run();
    Outcome out;
    out.hash = city.trace().hash();
    out.messages = city.trace().events();
    out.acknowledged = city.oracle().acknowledged();
    out.views = city.centre().media->opened();
    out.relays = city.centre().media->pulled();
    out.deaths = city.deaths();
    out.erasures = city.oracle().erasures();
    out.retentions = city.oracle().retentions();
    out.checks = city.oracle().checks();
    out.told = city.oracle().told().arrivals();
    out.told_again = city.oracle().told().repeats();
    out.dead_letters = city.oracle().told().dead_letters();
    out.findings = city.oracle().findings();
    out.cut_tries = city.oracle().told().cut_by_deaths();
    for (const auto& [id, telling] : city.centre().watch.outbox.tellings) {
        if (telling.state == OutboxWatch::State::simulated) ++out.drills;
    }
    out.violations = city.oracle().violations();
    out.faults = faults.happened();
    out.planned_faults = faults.planned();
    for (const auto& node : city.nodes()) {
        out.erased += node->watch.erased();
        if (node->bus_link) out.erased_at_districts += node->watch.erased();
        for (const auto& [place, times] : node->rare.taken()) {
            out.rare[place] += times;
            out.taken += times;
        }
    }
    return out;
}

SimSettings shrink(SimSettings failing, const Run& run) {
    const auto fails = [&](const SimSettings& settings) { return !run(settings).violations.empty(); };
    auto without = failing;
    without.rare_branches = false;
    if (fails(without)) failing = without;
    if (!failing.only_faults) {
        failing.only_faults.emplace();
        const auto planned = run(failing).planned_faults;
        for (std::size_t number = 0; number < planned; ++number) failing.only_faults->push_back(number);
    }
    for (std::size_t at = 0; at < failing.only_faults->size();) {
        auto less = failing;
        less.only_faults->erase(less.only_faults->begin() + static_cast<std::ptrdiff_t>(at));
        if (fails(less)) {
            failing = less;
        } else {
            ++at;
        }
    }
    return failing;
}

std::string story_of(const SimSettings& settings, const Outcome& run) {
    std::string command = "BONGSU_SIM_SEED=" + std::to_string(settings.seed);
    if (settings.only_faults) {
        std::string list;
        for (const auto number : *settings.only_faults) list += (list.empty() ? "" : ",") + std::to_string(number);
        command += " BONGSU_SIM_FAULTS=" + (list.empty() ? "none" : list);
    }
    if (!settings.rare_branches) command += " BONGSU_SIM_RARE=off";
    std::string text = "seed " + std::to_string(settings.seed) + " fails; again by: " + command +
                       kCommand + "\n";
    for (const auto& fault : run.faults) text += "  fault " + fault + "\n";
    for (const auto& [place, times] : run.rare) {
        if (times > 0) text += "  rare " + place + ", " + std::to_string(times) + " times\n";
    }
    for (const auto& violation : run.violations) text += "  " + violation + "\n";
    return text;
}

SimSettings settings_of_environment(std::uint64_t seed) {
    SimSettings settings{.seed = seed};
    if (const auto* faults = std::getenv("BONGSU_SIM_FAULTS")) {
        settings.only_faults.emplace();
        for (const char* at = faults; *at >= '0' && *at <= '9';) {
            char* end = nullptr;
            settings.only_faults->push_back(std::strtoull(at, &end, 10));
            at = *end == ',' ? end + 1 : end;
        }
    }
    if (const auto* rare = std::getenv("BONGSU_SIM_RARE")) settings.rare_branches = std::string_view(rare) != "off";
    return settings;
}

void Campaign::fail(std::uint64_t seed, const std::string& failure) {
    failed_.insert(seed);
    if (failures_.size() < kFailuresMax) failures_.push_back(failure);
}

void Campaign::take(std::uint64_t seed, const SimSettings& settings, const Outcome& done, const std::string& failure) {
    ++runs_;
    done_[seed] = true;
    while (!done_.empty() && done_.begin()->first == done_up_to_ + 1) {
        ++done_up_to_;
        done_.erase(done_.begin());
    }
    faults_ += done.faults.size();
    sum_.hash += done.hash;
    sum_.acknowledged += done.acknowledged;
    sum_.views += done.views;
    sum_.relays += done.relays;
    sum_.deaths += done.deaths;
    sum_.erasures += done.erasures;
    sum_.erased += done.erased;
    sum_.erased_at_districts += done.erased_at_districts;
    sum_.retentions += done.retentions;
    sum_.messages += done.messages;
    sum_.checks += done.checks;
    sum_.taken += done.taken;
    sum_.told += done.told;
    sum_.told_again += done.told_again;
    sum_.findings += done.findings;
    sum_.drills += done.drills;
    sum_.cut_tries += done.cut_tries;
    sum_.dead_letters += done.dead_letters;
    for (const auto& [place, times] : done.rare) sum_.rare[place] += times;
    if (!failure.empty()) fail(seed, failure);
    if (!settings.only_faults && done.faults.size() < 3)
        fail(seed, "seed " + std::to_string(seed) + " had fewer than three faults; again by: BONGSU_SIM_SEED=" + std::to_string(seed) + kCommand);
}

void Campaign::run(std::uint64_t first, std::uint64_t last, const std::function<bool()>& stop) {
    done_up_to_ = first - 1;
    std::atomic<std::uint64_t> next = first;
    std::mutex mutex;
    const auto work = [&] {
        for (auto seed = next++; seed <= last; seed = next++) {
            if (stop()) return;
            const auto settings = settings_of_environment(seed);
            const auto done = run_(settings);
            std::string failure;
            if (!done.violations.empty()) {
                failure = story_of(settings, done);
                std::size_t before = 0;
                {
                    const std::lock_guard lock(mutex);
                    before = failures_.size();
                }
                if (before < shrinks_max() && !settings.only_faults) {
                    const auto less = shrink(settings, run_);
                    failure += "with less: " + story_of(less, run_(less));
                }
            }
            const std::lock_guard lock(mutex);
            take(seed, settings, done, failure);
        }
    };
    std::jthread second(work);
    work();
}

std::string Campaign::summary() const {
    const auto count = [](std::uint64_t number, std::string_view what) {
        return std::to_string(number) + " " + std::string(what);
    };
    auto text = count(runs_, "runs of 5 virtual minutes: ") + count(faults_, "faults, ") +
                count(sum_.deaths, "deaths, ") +
                count(sum_.erasures, "erasures of ") + count(sum_.erased, "entries (") + count(sum_.retentions, "orders by age, ") + count(sum_.erased_at_districts, "entries at districts), ") + count(sum_.taken, "rare branches, ") +
                count(sum_.acknowledged, "acknowledged, ") + count(sum_.views, "views, ") + count(sum_.findings, "findings, ") +
                count(sum_.relays, "relays, ") + count(sum_.told, "told to partners, ") + count(sum_.told_again, "of them again, ") +
                count(sum_.cut_tries, "tries cut by deaths, ") + count(sum_.dead_letters, "dead letters, ") + count(sum_.drills, "drills not sent, ") + count(sum_.messages, "messages, ") +
                count(sum_.checks, "checks\n");
    text += "the sum of their hashes is " + std::to_string(sum_.hash) + "\n";
    for (const auto& [place, times] : sum_.rare) text += "  " + place + " " + std::to_string(times) + "\n";
    return text;
}

}  // namespace bongsu::simulation
