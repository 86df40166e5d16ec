// A year's journal: how fast it is written, opened, read through and replayed, at 10^5, 10^6 and 10^7 entries.
//
// journal_bench [--json] [--entries N]... [--folder DIR]   Writes some 700 bytes an entry and removes them again.

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <unistd.h>

#include "env/posix.hpp"
#include "journal/book.hpp"
#include "journal/verify.hpp"

namespace bongsu::journal {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr int kOpens = 9, kBatch = 500;

/// Counts entries by kind: as little as a fold can do.
class Light final : public Fold {
  public:
    std::string_view name() const override { return "light"; }
    std::string_view schema() const override {
        return "create table if not exists light(kind text primary key, n integer not null, last integer not null)";
    }
    std::vector<std::string> tables() const override { return {"light"}; }
    Result<void> apply(sql::Db& db, const Entry& entry) override {
        TRY_DO(db.query("insert into light values ($1, 1, $2) on conflict (kind) do update set n = n + 1, last = $2",
                        {entry.kind, static_cast<std::int64_t>(entry.seq)}));
        return {};
    }
};

std::vector<std::unique_ptr<Fold>> light() {
    std::vector<std::unique_ptr<Fold>> folds;
    folds.push_back(std::make_unique<Light>());
    return folds;
}

/// A day in a centre: repeats of sensors, now and then an incident.
Draft draft(std::uint64_t n) {
    const auto number = static_cast<std::int64_t>(n);
    if (n % 10 != 0) {
        return {"event.repeated", "agency:P1100000000", {"event:01J9ZQ4Y7M3T8V6W5X2R1N0P9K"},
                {{"event", "01J9ZQ4Y7M3T8V6W5X2R1N0P9K"}, {"raw", number}, {"original", number / 10}}};
    }
    return {"incident.opened", "site:11000", {"incident:" + std::to_string(n), "event:01J9ZQ4Y7M3T8V6W5X2R1N0P9K"},
            {{"incident", std::to_string(n)}, {"state", "new"}, {"type", "112UC001"}, {"number", number},
             {"place", "서울특별시 마포구 양화로 160"}, {"text", "폭행 신고, 용의자 도주 중"},
             {"position", {1269236512, 375571034}}, {"occurredAt", 1'790'000'000'000'000 + number}}};
}

double since(std::chrono::steady_clock::time_point begin) {
    return Seconds(std::chrono::steady_clock::now() - begin).count();  // tidy-ok: a bench measures
}

void say(bool as_json, const std::string& figure, std::uint64_t entries, double value, const char* unit, int n,
         double min, double max) {
    if (as_json) {
        const boost::json::object row{{"figure", figure}, {"subject", std::to_string(entries) + " entries"},
                                      {"value", value},   {"unit", unit}, {"n", n}, {"min", min}, {"max", max}};
        std::fprintf(stdout, "%s\n", boost::json::serialize(row).c_str());
    } else {
        std::fprintf(stdout, "%-28s%12llu%14.1f %-12s%12.1f%12.1f\n", figure.c_str(),
                     static_cast<unsigned long long>(entries), value, unit, min, max);
    }
    std::fflush(stdout);
}

Result<void> measure(const std::string& folder, std::uint64_t entries, bool as_json) {
    auto& env = env::process_env();
    const auto now = [] { return std::chrono::steady_clock::now(); };  // tidy-ok: a bench measures
    const auto rate = [&](const std::string& figure, double seconds) {
        const auto value = static_cast<double>(entries) / seconds;
        say(as_json, figure, entries, value, "entries/s", 1, value, value);
    };
    const auto journal_folder = folder + "/journal";
    {
        TRY(const auto journal, Journal::open(env, journal_folder));
        const auto begin = now();
        for (std::uint64_t n = 1; n <= entries; ++n) {
            TRY_DO(journal->append(draft(n)));
            if (n % kBatch != 0 && n != entries) continue;
            TRY_DO(journal->commit());
            journal->tidy();
        }
        rate("written", since(begin));
    }
    std::vector<double> opens;
    for (int i = 0; i < kOpens; ++i) {
        const auto begin = now();
        TRY(const auto journal, Journal::open(env, journal_folder));
        opens.push_back(1000 * since(begin));
        if (journal->last_seq() != entries) return fail(ErrorKind::corrupt, "entries are missing");
    }
    std::sort(opens.begin(), opens.end());
    say(as_json, "open_ms", entries, opens[kOpens / 2], "ms", kOpens, opens.front(), opens.back());
    TRY(const auto journal, Journal::open(env, journal_folder));
    TRY(const auto db, sql::open_sqlite(folder + "/fold.db"));
    Book book(env, *journal, *db, light());
    auto begin = now();
    TRY_DO(book.rebuild());
    rate("replay_entries_per_s", since(begin));
    begin = now();
    Book again(env, *journal, *db, light());
    TRY_DO(again.catch_up());
    const auto caught_up = 1000 * since(begin);
    say(as_json, "folds_ready_ms", entries, caught_up, "ms", 1, caught_up, caught_up);
    begin = now();
    const std::atomic<bool> stop{false};
    TRY(const auto check, check_deep(env.disk, journal_folder, {journal->last_seq(), journal->last_digest(), {}}, stop));
    if (check.problem) return fail(ErrorKind::corrupt, to_string(*check.problem));
    rate("deep_check", since(begin));
    return {};
}

int run(int argc, char** argv) {
    bool as_json = false;
    std::vector<std::uint64_t> sizes;
    std::string folder = std::filesystem::temp_directory_path().string();
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--json") {
            as_json = true;
        } else if (word == "--entries" && i + 1 < argc) {
            sizes.push_back(std::strtoull(argv[++i], nullptr, 10));
        } else if (word == "--folder" && i + 1 < argc) {
            folder = argv[++i];
        } else {
            std::fprintf(stderr, "journal_bench [--json] [--entries N]... [--folder DIR]\n");
            return 2;
        }
    }
    if (sizes.empty()) sizes = {100'000, 1'000'000, 10'000'000};
    if (!as_json) std::fprintf(stdout, "%-28s%12s%14s %-12s%12s%12s\n", "figure", "entries", "value", "", "min", "max");
    for (const auto size : sizes) {
        const auto place = folder + "/bongsu-journal-bench-" + std::to_string(::getpid());
        const auto done = measure(place, size, as_json);
        std::filesystem::remove_all(place);
        if (done) continue;
        std::fprintf(stderr, "%s\n", done.error().message.c_str());
        return 1;
    }
    return 0;
}

}  // namespace

}  // namespace bongsu::journal

int main(int argc, char** argv) { return bongsu::journal::run(argc, argv); }
