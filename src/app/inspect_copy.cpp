#include "app/inspect_copy.hpp"

#include <cstdio>

#include "app/site/folds.hpp"
#include "app/store_settings.hpp"
#include "env/posix.hpp"
#include "journal/copy.hpp"
#include "journal/verify.hpp"

namespace bongsu::app {

namespace {

constexpr std::size_t kCompareBatch = 1000;

/// The first row of a site's copy that is not its journal's.
Result<std::optional<std::string>> compare_copy(env::Disk& disk, const std::string& folder, const SiteId& site,
                                                sql::Db& db, std::uint64_t last_seq) {
    TRY(auto copy, journal::CopyReader::open(db, site));
    if (copy.copied() > last_seq) {
        return std::optional("it holds " + std::to_string(copy.copied()) + " entries and the journal " +
                             std::to_string(last_seq));
    }
    journal::Follower follower(disk, folder);
    for (std::uint64_t at = 0; at < copy.copied();) {
        std::vector<journal::Entry> entries;
        TRY_DO(follower.read(at, copy.copied(), [&](journal::Entry entry) -> Result<bool> {
            entries.push_back(std::move(entry));
            return entries.size() < kCompareBatch;
        }));
        TRY(auto different, copy.compare(entries));
        if (different) return different;
        at = entries.back().seq;
    }
    TRY(auto beyond, copy.beyond(copy.copied()));
    if (!beyond) std::printf("site %s: its copy's %llu entries are the journal's\n", site.value.c_str(),
                             static_cast<unsigned long long>(copy.copied()));
    return beyond;
}

Result<bool> verify_copy(env::Env& env, const std::string& data, const SiteId& site) {
    TRY(auto database, read_store_settings(env.disk, data, site));
    if (!database) return true;
    database->reads_only = true;
    const auto folder = site_folder(data, site) + "/journal";
    auto db = sql::open_postgres(env.clock, *database);
    if (!db) {
        std::printf("site %s: its copy was not compared: %s\n", site.value.c_str(), db.error().message.c_str());
        return true;
    }
    TRY(const auto report, journal::verify_folder(env.disk, folder));
    if (report.unfinished_erasures > 0) {
        std::printf("site %s: its copy was not compared: its erasures are not finished, its next start does that\n",
                    site.value.c_str());
        return true;
    }
    TRY(const auto different, compare_copy(env.disk, folder, site, **db, report.last_seq));
    if (different) std::printf("FAULT site %s: its copy DIFFERS: %s\n", site.value.c_str(), different->c_str());
    return !different;
}

/// Those of `path` that have settings: itself, or its sites.
std::vector<std::pair<std::string, SiteId>> sites_with_settings(env::Disk& disk, std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (disk.exists(path + "/site.toml")) {
        const auto slash = path.rfind('/');
        return {{slash == std::string::npos ? "." : path.substr(0, slash), SiteId{path.substr(slash + 1)}}};
    }
    std::vector<std::pair<std::string, SiteId>> all;
    const auto folders = disk.list_folders(path);
    for (const auto& folder : folders.value_or(std::vector<std::string>{})) {
        if (disk.exists(path + "/" + folder + "/site.toml")) all.emplace_back(path, SiteId{folder});
    }
    return all;
}

}  // namespace

bool verify_copies(const std::string& path) {
    auto& env = env::process_env();
    bool holds = true;
    for (const auto& [data, site] : sites_with_settings(env.disk, path)) {
        const auto same = verify_copy(env, data, site);
        if (!same) std::printf("FAULT site %s: its copy: %s\n", site.value.c_str(), same.error().message.c_str());
        holds = holds && same && *same;
    }
    return holds;
}

Result<bool> has_copy(const std::string& data, const SiteId& site) {
    TRY(const auto database, read_store_settings(env::process_env().disk, data, site));
    return database.has_value();
}

Result<bool> replay_copy(const std::string& data, const SiteInfo& site, const journal::Journal& journal,
                         const FoldDigests& replayed) {
    auto& env = env::process_env();
    TRY(const auto database, read_store_settings(env.disk, data, site.id));
    if (!database) return true;
    TRY(const auto db, sql::open_postgres(env.clock, *database));
    const auto last_seq = journal.last_seq();
    journal::Follower follower(env.disk, site_folder(data, site.id) + "/journal");
    journal::Copy copy(*db, site.id, make_folds(site.id));
    TRY_DO(copy.open([&](std::uint64_t seq) { return follower.digest_of(seq, last_seq); }));
    const auto from = copy.position();
    while (copy.position() < last_seq) TRY_DO(journal::follow_once(copy, follower, last_seq));
    std::string different;
    for (const auto& fold : make_folds(site.id)) {
        const auto wanted = replayed.find(std::string(fold->name()));
        if (wanted == replayed.end()) continue;
        TRY(const auto copied, journal::fingerprint_of(*db, *fold));
        if (copied != wanted->second) different += " " + wanted->first;
    }
    std::printf("  its copy stood at entry %llu and was brought up, folds %s%s\n", static_cast<unsigned long long>(from),
                different.empty() ? "equal" : "DIFFER:", different.c_str());
    return different.empty();
}

}  // namespace bongsu::app
