#include "app/inspect.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>

#include "app/inspect_copy.hpp"
#include "app/inspect_statistics.hpp"
#include "app/replay_pass.hpp"
#include "app/site/folds.hpp"
#include "app/sites.hpp"
#include "env/posix.hpp"
#include "journal/brought.hpp"
#include "journal/folds.hpp"
#include "journal/verify.hpp"

namespace bongsu::app {

namespace {

Result<std::string> read_brought(env::Disk& disk, const std::string& file) {
    if (!disk.exists(file)) return fail(ErrorKind::not_found, file + " is not there");
    return disk.read(file, 0, journal::kBroughtBytesMax + 1);
}

Result<journal::DataQuestion> question_of(env::Disk& disk, const VerifyRequest& request) {
    journal::DataQuestion question;
    for (const auto& file : request.checkpoints) {
        TRY(const auto text, read_brought(disk, file));
        TRY(auto brought, journal::checkpoints_of(text, file));
        std::move(brought.checkpoints.begin(), brought.checkpoints.end(), std::back_inserter(question.checkpoints));
        for (auto& [site, keys] : brought.keys) {
            auto& known = question.keys[site];
            for (const auto& [kid, key] : keys) {
                if (known.emplace(kid, key).first->second != key)
                    return fail(ErrorKind::invalid, file + ": the publicKey of " + kid + " is not the one that came before under the same kid");
            }
        }
    }
    for (const auto& file : request.entries) {
        TRY(const auto text, read_brought(disk, file));
        TRY(auto entries, journal::entries_of(text, file));
        std::move(entries.begin(), entries.end(), std::back_inserter(question.entries));
    }
    return question;
}

Result<void> print_statistics(env::Disk& disk, const journal::DataReport& report) {
    for (const auto& one : report.sites) {
        TRY(auto tables, statistics_of(disk, one.journal.folder));
        std::printf("%s\n", boost::json::serialize(boost::json::object{{"site", one.site.value}, {"statistics", std::move(tables)}}).c_str());
    }
    return {};
}

}  // namespace

Result<int> verify(const VerifyRequest& request) {
    auto& disk = env::process_env().disk;
    const auto& path = request.path;
    if (path.empty()) return fail(ErrorKind::invalid, "PATH must not be empty");
    // Also of the DATA around a site's folder, and of that around a journal's.
    for (const auto* above : {"", "/..", "/../.."}) {
        if (disk.exists(path + above + "/city/sites.json")) TRY_DO(check_format(disk, path + above));
    }
    TRY(auto question, question_of(disk, request));
    auto& joined = question.joined;
    if (disk.exists(path + "/FORMAT") || disk.exists(path + "/city/sites.json")) {
        TRY_DO(check_format(disk, path));
        TRY(const auto city, load_city(disk, path));
        joined.emplace();
        for (const auto& site : city.sites) {
            if (site.joined) joined->push_back(site.id);
        }
    }
    const auto report = journal::verify_data(disk, path, question);
    for (const auto& line : report.lines) std::printf("%s\n", line.c_str());
    const bool copies_hold = verify_copies(path);
    if (!copies_hold) std::printf("A COPY DOES NOT HOLD\n");
    if (request.statistics) TRY_DO(print_statistics(disk, report));
    return report.holds && copies_hold ? 0 : 1;
}

namespace {

/// What one fold's comparison came to.
struct Compared {
    std::uint64_t seq = 0;   ///< The kept tables stand there; the rebuilt ones are looked at there.
    std::string instead;     ///< Why there is nothing to compare.
    std::string kept, anew;  ///< Fingerprints; `anew` empty where the journal does not reach `seq`.
    std::string at_last;     ///< Of the rebuilt ones at the journal's last entry, where it was asked for.
};

/// What stands of a fold; `instead` says why it cannot be compared.
Result<Compared> standing_of(sql::Db& kept, const journal::Fold& fold) {
    Compared out;
    const auto at = kept.query("select seq, schema from fold_position where name = $1", {std::string(fold.name())});
    if (!at || at->empty())
        out.instead = "is not kept yet: the site's next start builds it";
    else if ((*at)[0].text(1) != journal::schema_digest(fold))
        out.instead = "is kept by another version: the site's next start builds it anew";
    else
        out.seq = static_cast<std::uint64_t>((*at)[0].integer(0));
    return out;
}

/// Where it has to be looked at: where the kept tables stand, and at the last entry for a copy.
std::vector<std::uint64_t> stops_of(const Compared& compared, std::uint64_t last, bool to_last) {
    std::vector<std::uint64_t> stops;
    // Beyond the last: the journal has lost what its fold has seen.
    if (compared.instead.empty() && compared.seq <= last) stops.push_back(compared.seq);
    if (to_last && (stops.empty() || stops.back() < last)) stops.push_back(last);
    return stops;
}

double per_second(std::uint64_t entries, std::chrono::nanoseconds took) {
    return static_cast<double>(entries) / std::max(std::chrono::duration<double>(took).count(), 1e-6);
}

/// How the comparison of folds came out.
struct Tally {
    std::size_t equal = 0, differ = 0, not_kept = 0;

    void add(const Tally& other) {
        equal += other.equal;
        differ += other.differ;
        not_kept += other.not_kept;
    }
};

/// A line for each fold; the rate is that of its own work, without the reading that all share.
Tally print_folds(const std::vector<FoldRun>& runs, const std::vector<Compared>& compared) {
    Tally tally;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto name = std::string(runs[i].fold->name());
        const auto& one = compared[i];
        if (!one.instead.empty()) {
            std::printf("  fold %-10s %s\n", name.c_str(), one.instead.c_str());
            ++tally.not_kept;
            continue;
        }
        const bool is_equal = one.kept == one.anew;
        std::printf("  fold %-10s at entry %llu %s, %.0f entries/s\n", name.c_str(), static_cast<unsigned long long>(one.seq),
                    is_equal ? "equal" : "DIFFERS",
                    runs[i].stops.empty() ? 0.0 : per_second(runs[i].stops.back(), runs[i].spent));
        ++(is_equal ? tally.equal : tally.differ);
    }
    return tally;
}

/// Each fold by itself: the kept tables as they stand, beside those that the journal alone gives at the same entry.
Result<Tally> replay_site(env::Env& env, const std::string& data, const SiteInfo& site, const std::string& only) {
    const auto folder = site_folder(data, site.id);
    TRY(const auto segments, env.disk.list(folder + "/journal"));
    if (std::none_of(segments.begin(), segments.end(), [](const auto& name) { return name.ends_with(".bj"); }))
        return fail(ErrorKind::not_found, "site " + site.id.value + ": its journal is gone or empty");
    TRY(const auto journal, journal::Journal::open(env, folder + "/journal"));
    // Looking must not make one.
    TRY(const auto kept, env.disk.exists(folder + "/fold.db") ? sql::open_sqlite(folder + "/fold.db") : sql::open_scratch());
    std::printf("%s %s: %llu entries\n", site.id.value.c_str(), site.name_ko.c_str(),
                static_cast<unsigned long long>(journal->last_seq()));
    TRY(const bool is_copied, has_copy(data, site.id));
    auto folds = make_folds(site.id);
    std::erase_if(folds, [&](const auto& fold) { return !only.empty() && fold->name() != only; });
    std::vector<FoldRun> runs;
    std::vector<Compared> compared;
    for (const auto& fold : folds) {
        TRY(auto standing, standing_of(*kept, *fold));
        runs.push_back({fold.get(), stops_of(standing, journal->committed_seq(), is_copied), {}});
        if (standing.instead.empty()) {
            TRY(standing.kept, journal::fingerprint_of(*kept, *fold));
        }
        compared.push_back(std::move(standing));
    }
    TRY(const auto scratch, sql::open_scratch());
    const auto look = [&](const FoldRun& run, std::uint64_t seq) -> Result<void> {
        auto& one = compared[static_cast<std::size_t>(&run - runs.data())];
        TRY(auto digest, journal::fingerprint_of(*scratch, *run.fold));
        if (seq == journal->committed_seq()) one.at_last = digest;
        if (one.instead.empty() && seq == one.seq) one.anew = std::move(digest);
        return {};
    };
    TRY(const auto figures, replay_pass(env.clock, *journal, *scratch, runs, look));
    auto tally = print_folds(runs, compared);
    std::printf("  all in one pass of %llu entries: %.0f entries/s (reading waited %llu times, folding %llu times)\n",
                static_cast<unsigned long long>(figures.entries), per_second(figures.entries, figures.took),
                static_cast<unsigned long long>(figures.reader_waited), static_cast<unsigned long long>(figures.folder_waited));
    if (!is_copied) return tally;
    FoldDigests digests;
    for (std::size_t i = 0; i < runs.size(); ++i) digests[std::string(runs[i].fold->name())] = compared[i].at_last;
    TRY(const bool copy_equal, replay_copy(data, site, *journal, digests));
    if (!copy_equal) ++tally.differ;
    return tally;
}

Result<void> check_fold_name(const City& city, const std::string& name) {
    std::string known;
    for (const auto& fold : make_folds(city.centre)) {
        if (fold->name() == name) return {};
        known += (known.empty() ? "" : ", ") + std::string(fold->name());
    }
    return fail(ErrorKind::invalid, "there is no fold " + name.substr(0, 40) + "; there are " + known);
}

}  // namespace

Result<int> replay(const std::string& data, const std::string& fold) {
    auto& env = env::process_env();
    TRY_DO(check_format(env.disk, data));
    TRY(const auto city, load_city(env.disk, data));
    if (!fold.empty()) TRY_DO(check_fold_name(city, fold));
    Tally all;
    for (const auto& site : city.sites) {
        if (!site.joined) continue;
        TRY(const auto tally, replay_site(env, data, site, fold));
        all.add(tally);
    }
    if (all.differ > 0) {
        std::printf("folds DIFFER\n");
    } else if (all.not_kept > 0) {
        std::printf("%zu folds equal, %zu NOT COMPARED\n", all.equal, all.not_kept);
    } else {
        std::printf("folds equal\n");
    }
    return all.differ + all.not_kept == 0 ? 0 : 1;
}

}  // namespace bongsu::app
