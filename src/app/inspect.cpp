#include "app/inspect.hpp"

#include <cstdio>

#include "app/site/folds.hpp"
#include "app/sites.hpp"
#include "env/posix.hpp"
#include "journal/verify.hpp"

namespace bongsu::app {

Result<int> verify(const std::string& path) {
    auto& disk = env::process_env().disk;
    const auto report = journal::verify_data(disk, path);
    for (const auto& line : report.lines) std::printf("%s\n", line.c_str());
    return report.holds ? 0 : 1;
}

namespace {

/// The kept folds are read as they stand at their own seq; the rebuilt ones are stopped at the same.
Result<bool> replay_site(env::Env& env, const std::string& data, const SiteInfo& site) {
    const auto folder = site_folder(data, site.id);
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
    return before == after;
}

}  // namespace

Result<int> replay(const std::string& data) {
    auto& env = env::process_env();
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
