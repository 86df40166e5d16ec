#include "app/inspect.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "app/inspect_copy.hpp"
#include "app/site/folds.hpp"
#include "app/sites.hpp"
#include "env/posix.hpp"
#include "journal/folds.hpp"
#include "journal/verify.hpp"

namespace bongsu::app {

Result<int> verify(const std::string& path) {
    auto& disk = env::process_env().disk;
    if (path.empty()) return fail(ErrorKind::invalid, "PATH must not be empty");
    // Also of the DATA around a site's folder, and of that around a journal's.
    for (const auto* above : {"", "/..", "/../.."}) {
        if (disk.exists(path + above + "/city/sites.json")) TRY_DO(check_format(disk, path + above));
    }
    std::optional<std::vector<SiteId>> joined;
    if (disk.exists(path + "/FORMAT") || disk.exists(path + "/city/sites.json")) {
        TRY_DO(check_format(disk, path));
        TRY(const auto city, load_city(disk, path));
        joined.emplace();
        for (const auto& site : city.sites) {
            if (site.joined) joined->push_back(site.id);
        }
    }
    const auto report = journal::verify_data(disk, path, joined);
    for (const auto& line : report.lines) std::printf("%s\n", line.c_str());
    const bool copies_hold = verify_copies(path);
    if (!copies_hold) std::printf("A COPY DOES NOT HOLD\n");
    return report.holds && copies_hold ? 0 : 1;
}

namespace {

constexpr std::uint64_t kReplayBatch = 5000;  // Entries in one transaction: some megabytes of log.

/// What one fold's comparison came to.
struct Compared {
    bool equal = false;
    std::uint64_t seq = 0;  ///< The kept tables stand there; the rebuilt ones were stopped there.
    double entries_per_s = 0;
    std::string instead;  ///< Why there was nothing to compare.
    std::string at_last;  ///< Fingerprint at the journal's last entry, where it was asked for.
};

/// The fold's rows from behind `from` up to `until`, in tables of their own.
Result<void> replay_fold(journal::Journal& journal, sql::Db& db, journal::Fold& fold, std::uint64_t from, std::uint64_t until) {
    TRY_DO(db.exec(fold.schema()));
    for (std::uint64_t done = from; done < until;) {
        TRY_DO(db.exec("begin"));
        std::uint64_t in_batch = 0;
        const auto step = [&](const journal::Entry& entry) -> Result<bool> {
            TRY_DO(journal::apply_fold(db, fold, entry));
            done = entry.seq;
            return entry.seq < until && ++in_batch < kReplayBatch;
        };
        TRY_DO(journal.read(done, step));
        TRY_DO(db.exec("commit"));
        if (in_batch == 0 && done < until) return fail(ErrorKind::corrupt, "the journal ends before the fold");
    }
    return {};
}

Result<std::string> fingerprint(sql::Db& db, const SiteId& site, std::string_view fold) {
    auto folds = make_folds(site);
    std::erase_if(folds, [&](const auto& one) { return one->name() != fold; });
    return journal::fingerprint_of(db, folds);
}

/// What stands of a fold; `instead` says why it cannot be compared.
Result<Compared> standing_of(sql::Db& kept, journal::Fold& fold) {
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

/// `to_last`: goes on to the journal's last entry, which is what a copy of the folds is compared with.
Result<Compared> compare_fold(env::Env& env, journal::Journal& journal, sql::Db& kept, const SiteId& site,
                              journal::Fold& fold, bool to_last) {
    const std::string name(fold.name());
    TRY(auto out, standing_of(kept, fold));
    TRY(const auto fresh, sql::open_sqlite(":memory:"));
    const auto last = journal.committed_seq();
    std::uint64_t done = 0;
    if (out.instead.empty() && out.seq <= last) {  // Beyond: the journal has lost what its fold has seen.
        TRY(const auto before, fingerprint(kept, site, name));
        const auto begin = env.clock.mono();
        TRY_DO(replay_fold(journal, *fresh, fold, 0, out.seq));
        done = out.seq;
        const auto seconds = std::chrono::duration<double>(env.clock.mono() - begin).count();
        out.entries_per_s = static_cast<double>(out.seq) / std::max(seconds, 1e-6);
        TRY(const auto after, fingerprint(*fresh, site, name));
        out.equal = before == after;
        out.at_last = after;
    }
    if (to_last && (done < last || out.at_last.empty())) {
        TRY_DO(replay_fold(journal, *fresh, fold, done, last));
        TRY(out.at_last, fingerprint(*fresh, site, name));
    }
    return out;
}

/// Each fold by itself: the kept tables as they stand, beside those that the journal alone gives at the same entry.
Result<bool> replay_site(env::Env& env, const std::string& data, const SiteInfo& site, const std::string& only) {
    const auto folder = site_folder(data, site.id);
    TRY(const auto segments, env.disk.list(folder + "/journal"));
    if (std::none_of(segments.begin(), segments.end(), [](const auto& name) { return name.ends_with(".bj"); }))
        return fail(ErrorKind::not_found, "site " + site.id.value + ": its journal is gone or empty");
    TRY(const auto journal, journal::Journal::open(env, folder + "/journal"));
    TRY(const auto kept, sql::open_sqlite(folder + "/fold.db"));
    std::printf("%s %s: %llu entries\n", site.id.value.c_str(), site.name_ko.c_str(),
                static_cast<unsigned long long>(journal->last_seq()));
    bool equal = true;
    FoldDigests digests;
    TRY(const bool is_copied, has_copy(data, site.id));
    for (const auto& fold : make_folds(site.id)) {
        if (!only.empty() && fold->name() != only) continue;
        TRY(const auto compared, compare_fold(env, *journal, *kept, site.id, *fold, is_copied));
        const std::string name(fold->name());
        digests[name] = compared.at_last;
        if (!compared.instead.empty()) {
            std::printf("  fold %-10s %s\n", name.c_str(), compared.instead.c_str());
            continue;
        }
        std::printf("  fold %-10s at entry %llu %s, %.0f entries/s\n", name.c_str(),
                    static_cast<unsigned long long>(compared.seq), compared.equal ? "equal" : "DIFFERS",
                    compared.entries_per_s);
        equal = equal && compared.equal;
    }
    if (!is_copied) return equal;
    TRY(const bool copy_equal, replay_copy(data, site, *journal, digests));
    return equal && copy_equal;
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
    bool equal = true;
    for (const auto& site : city.sites) {
        if (!site.joined) continue;
        TRY(const bool same, replay_site(env, data, site, fold));
        equal = equal && same;
    }
    std::printf("%s\n", equal ? "folds equal" : "folds DIFFER");
    return equal ? 0 : 1;
}

}  // namespace bongsu::app
