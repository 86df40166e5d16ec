#include "ledger.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace bongsu::simulation {

namespace {

constexpr std::uint64_t kPiece = 500;

std::set<std::uint64_t> numbers_of(const std::string& list) {
    std::set<std::uint64_t> numbers;
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');) numbers.insert(std::strtoull(word.c_str(), nullptr, 10));
    return numbers;
}

}  // namespace

void Ledger::take(const std::string& line) {
    std::istringstream words(line);
    std::uint64_t first = 0, last = 0, failures = 0;
    if (!(words >> first >> last) || first == 0 || last < first || first > done + 1) return;
    std::set<std::uint64_t> failing;
    for (std::string name, value; words >> name >> value;) {
        if (name == "failures") failures = std::strtoull(value.c_str(), nullptr, 10);
        if (name == "failed") failing = numbers_of(value);
    }
    if (failures > 0 && failing.empty()) return;
    if (first <= done && last > done) return;  // Neither behind nor in front: no line of ours.
    std::erase_if(failed, [&](std::uint64_t seed) { return seed >= first && seed <= last; });
    failed.insert(failing.begin(), failing.end());
    done = std::max(done, last);
}

Ledger Ledger::read(const std::string& path) {
    Ledger ledger;
    std::ifstream lines(path);
    for (std::string line; std::getline(lines, line);) ledger.take(line);
    return ledger;
}

std::string ledger_line(std::uint64_t first, const Campaign& campaign) {
    std::string failed;
    std::size_t failures = 0;
    for (const auto seed : campaign.failed()) {
        if (seed > campaign.done_up_to()) continue;  // It comes again with those before it.
        failed += (failed.empty() ? " failed " : ",") + std::to_string(seed);
        ++failures;
    }
    return std::to_string(first) + " " + std::to_string(campaign.done_up_to()) + " failures " + std::to_string(failures) +
           " deaths " + std::to_string(campaign.sum().deaths) + " faults " + std::to_string(campaign.faults()) +
           " checks " + std::to_string(campaign.sum().checks) + failed;
}

std::vector<std::string> add_up(const std::string& path, std::uint64_t last, const std::function<bool()>& stop, const Run& run) {
    std::vector<std::string> failures;
    const auto piece = [&](std::uint64_t first, std::uint64_t up_to) {
        Campaign campaign(run);
        campaign.run(first, up_to, stop);
        if (campaign.done_up_to() >= first) std::ofstream(path, std::ios::app) << ledger_line(first, campaign) << '\n';
        failures.insert(failures.end(), campaign.failures().begin(), campaign.failures().end());
    };
    auto ledger = Ledger::read(path);
    for (const auto seed : ledger.failed) {
        if (!stop()) piece(seed, seed);
    }
    // Little by little: what was run stays done when this process is ended.
    for (ledger = Ledger::read(path); failures.empty() && ledger.failed.empty() && ledger.done < last && !stop();
         ledger = Ledger::read(path)) {
        piece(ledger.done + 1, std::min(last, ledger.done + kPiece));
    }
    for (const auto seed : ledger.failed) {
        if (failures.empty()) failures.push_back("seed " + std::to_string(seed) + " failed before and was not run again");
    }
    return failures;
}

}  // namespace bongsu::simulation
