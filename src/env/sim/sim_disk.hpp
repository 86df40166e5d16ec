#pragma once
// A disk in memory that keeps what was synced apart from what was not, and loses the difference at a crash.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "env/env.hpp"

namespace bongsu::env::sim {

/// Every write, sync, folder sync, creation, rename, cut and removal is one *step*. crash() keeps, of each
/// file, a seeded prefix of its unsynced writes, tears the last kept one at a random byte, and of the
/// folders' unsynced changes a seeded prefix. A failed sync loses the file's unsynced writes for good
/// although they still read back, as Linux's page cache does. Threads: any for files and folders, one for what makes it
/// fail. Bounds: memory.
class SimDisk final : public Disk {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path) override;
    Result<std::string> read(const std::string& path) override;
    Result<std::string> read(const std::string& path, std::uint64_t offset, std::size_t size) override;
    /// Its files have no modes: each is its owner's alone.
    Result<std::string> read_secret(const std::string& path) override { return read(path); }
    Result<void> replace(const std::string& path, std::string_view bytes) override;
    Result<void> remove(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) override;
    Result<std::vector<std::string>> list_folders(const std::string& folder) override;
    /// There are no links on it.
    Result<std::string> real_path(const std::string& path) override { return path; }
    Result<void> make_folders(const std::string& folder) override;
    bool exists(const std::string& path) override;

    /// Power loss and restart: what the crash kept is what there is; files that are open answer unavailable.
    void crash(Random& random);
    /// After `count` more steps the power is off: all calls answer unavailable until crash().
    void power_off_after(std::uint64_t count) { off_after_ = steps_ + count; }
    bool is_off() const { return off_after_ && steps_ >= *off_after_; }

    /// The `count`-th write from now (1 is the next) writes half of its bytes and answers exhausted.
    void fail_write(std::uint64_t count) { failing_write_ = count; }
    /// The `count`-th sync from now answers unavailable.
    void fail_sync(std::uint64_t count) { failing_sync_ = count; }
    /// Syncs answer well and do nothing: what a durability test has to fail on.
    void lie_about_syncs(bool lie) { lies_ = lie; }
    /// While full each append writes half of its bytes and answers exhausted.
    void disk_full(bool full) { full_ = full; }
    /// A folder of somebody else: what folders are in it is not told.
    void lock_folder(const std::string& folder) { locked_.insert(folder); }

    std::uint64_t steps() const { return steps_; }
    /// Writes that were refused, for want of room or by fail_write().
    std::uint64_t refused_writes() const { return refused_writes_; }
    std::uint64_t syncs() const { return syncs_; }
    /// Readings of files, of whole ones and of pieces.
    std::uint64_t reads() const { return reads_; }
    /// A new file with these bytes, synced: what an adversary or a restored backup leaves.
    void put(const std::string& path, std::string bytes);

  private:
    friend class SimFile;
    struct Write {
        std::uint64_t offset = 0;
        std::string bytes;
        bool cuts = false;  // A truncate to `offset`.
    };
    struct Node {
        std::string now, durable;
        std::vector<Write> unsynced;
    };
    using NodePtr = std::shared_ptr<Node>;
    struct Change {
        std::string path;
        NodePtr node;  // Null: the name goes.
    };

    Result<void> step(std::string_view what);
    Result<void> write(Node& node, std::uint64_t offset, std::string_view bytes, bool grows);
    Result<void> cut(Node& node, std::uint64_t size);
    Result<void> sync(Node& node);
    Result<void> rename_to(const std::string& path, const NodePtr& node, const std::string& from);
    Result<void> sync_folder(const std::string& path);
    static void apply(std::string& bytes, const Write& write);

    /// A journal's sync runs beside what its writer does with other files. Held by whoever comes from outside, and taken
    /// again by what that calls.
    std::unique_lock<std::recursive_mutex> alone() const { return std::unique_lock(*lock_); }

    std::shared_ptr<std::recursive_mutex> lock_ = std::make_shared<std::recursive_mutex>();
    std::map<std::string, NodePtr> now_, durable_;
    std::vector<std::vector<Change>> unsynced_changes_;  // Each one is atomic: a rename is two names at once.
    std::set<std::string> folders_, locked_;
    std::uint64_t steps_ = 0, syncs_ = 0, reads_ = 0, crashes_ = 0, refused_writes_ = 0;
    std::uint64_t failing_write_ = 0, failing_sync_ = 0;
    std::optional<std::uint64_t> off_after_;
    bool full_ = false;
    bool lies_ = false;
};

}  // namespace bongsu::env::sim
