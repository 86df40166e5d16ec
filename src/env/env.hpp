#pragma once
// The seam. Everything that the event river cannot predict (time, chance, the disk) enters here and
// nowhere else, so that a whole city runs in one deterministic simulation (env/sim/).

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bongsu::env {

/// Threads: any.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual MonoTime mono() const = 0;
};

/// In production the kernel's CSPRNG, in simulation a seeded generator. Threads: any in production.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;
    /// For ids and salts, which are on record for all to see: may come from a stock in memory. Never for a key, a password or
    /// a token.
    virtual void fill_public(std::span<std::uint8_t> bytes) { fill(bytes); }
    /// Uniform in [0, bound); `bound` > 0.
    std::uint64_t below(std::uint64_t bound);
};

/// An append-only file with an explicit sync. Threads: one at a time.
class File {
  public:
    virtual ~File() = default;
    /// On an error the file may hold a part of `bytes`: truncate() back before anything else.
    /// Errors: exhausted (disk full, quota), unavailable (I/O).
    virtual Result<void> append(std::string_view bytes) = 0;
    /// In place, for lawful erasure only. `offset + bytes.size() <= size()`.
    virtual Result<void> overwrite(std::uint64_t offset, std::string_view bytes) = 0;
    /// fdatasync. After a failure the file's content is unknown: the process must end and recover.
    virtual Result<void> sync() = 0;
    virtual Result<void> truncate(std::uint64_t size) = 0;
    virtual std::uint64_t size() const = 0;
};

/// Files by path. Threads: any, one thread per file.
class Disk {
  public:
    virtual ~Disk() = default;
    /// Opens for append, creating it (0600) and syncing its folder when it is new.
    virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
    /// not_found when there is none.
    virtual Result<std::string> read(const std::string& path) = 0;
    virtual Result<std::string> read(const std::string& path, std::uint64_t offset, std::size_t size) = 0;
    /// A file that holds a private key. Errors: as read(); forbidden when others than its owner may read or write it.
    virtual Result<std::string> read_secret(const std::string& path) = 0;
    /// Writes a temporary file, syncs, renames over `path`, syncs the folder: old or new, never a mixture.
    virtual Result<void> replace(const std::string& path, std::string_view bytes) = 0;
    /// Gone for good when it returns: the folder is synced. not_found when there is none.
    virtual Result<void> remove(const std::string& path) = 0;
    /// Names of the plain files in a folder, sorted, links that lead to one among them; empty for a folder that does not exist.
    virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
    /// Names of the folders in a folder, sorted, links that lead to one among them; empty for a folder that does not exist.
    virtual Result<std::vector<std::string>> list_folders(const std::string& folder) = 0;
    /// Where a file or folder really lies, no link in its path: two paths of one folder have one. not_found when there is none.
    virtual Result<std::string> real_path(const std::string& path) = 0;
    /// With its parents (0700), each synced into the folder that holds it.
    virtual Result<void> make_folders(const std::string& folder) = 0;
    virtual bool exists(const std::string& path) = 0;
};

/// Rare branches taken on purpose (FoundationDB's BUGGIFY): the simulation's alone. A place in the product asks
/// `env.buggify("journal.new_segment")` where a bound may be met early, a batch be small or an operation fail, and does
/// what it would do in that case. Threads: as its Env.
class Buggify {
  public:
    virtual ~Buggify() = default;
    /// `place` is a literal, "<room>.<what>": its name is its identity.
    virtual bool happens(std::string_view place) = 0;
};

/// Passed by reference from main() down; outlives every room.
struct Env {
    Clock& clock;
    Random& random;
    Disk& disk;
    Buggify* rare = nullptr;  ///< None outside of the simulation.

    /// Whether the rare branch at `place` is taken now. In production one comparison that never holds.
    bool buggify(std::string_view place) { return rare != nullptr && rare->happens(place); }

    /// A ULID of now. Two of one microsecond differ by 80 random bits.
    std::string ulid();
};

}  // namespace bongsu::env
