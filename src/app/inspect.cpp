#include "app/inspect.hpp"

#include <cstdio>

#include "app/inspect_copy.hpp"
#include "app/site/folds.hpp"
#include "app/sites.hpp"
#include "env/posix.hpp"
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

/// The kept folds are read as they stand at their own seq; the rebuilt ones are stopped at the same.
Result<bool> replay_site(env::Env& env, const std::string& data, const SiteInfo& site) {
    const auto folder = site_folder(data, site.id);
    TRY(const auto segments, env.disk.list(folder + "/journal"));
    if (segments.empty()) return fail(ErrorKind::not_found, "site " + site.id.value + ": its journal is gone or empty");
    TRY(const auto journal, journal::Journal::open(env, folder + "/journal"));
    TRY(const auto kept_db, sql::open_sqlite(folder + "/fold.db"));
    journal::Book kept(env, *journal, *kept_db, make_folds(site.id));
    TRY_DO(kept.catch_up());
    TRY(const auto before, kept.fingerprint());
    TRY(const auto fresh_db, sql::open_sqlite(":memory:"));
    journal::Book fresh(env, *journal, *fresh_db, make_folds(site.id));
    TRY(const auto after, fresh.rebuild());
    std::printf("%s %s: %llu entries, folds %s\n", site.id.value.c_str(), site.name_ko.c_str(),
                static_cast<unsigned long long>(journal->last_seq()), before == after ? "equal" : "DIFFER");
    TRY(const bool copy_equal, replay_copy(data, site, journal->last_seq(), after));
    return before == after && copy_equal;
}

}  // namespace

Result<int> replay(const std::string& data) {
    auto& env = env::process_env();
    TRY_DO(check_format(env.disk, data));
    TRY(const auto city, load_city(env.disk, data));
    bool equal = true;
    for (const auto& site : city.sites) {
        if (!site.joined) continue;
        TRY(const bool same, replay_site(env, data, site));
        equal = equal && same;
    }
    return equal ? 0 : 1;
}

}  // namespace bongsu::app
