#pragma once
// The real clock, chance and disk.

#include "env/env.hpp"

namespace bongsu::env {

class PosixClock final : public Clock {
  public:
    WallTime wall() const override;
    MonoTime mono() const override;
};

/// getrandom(2); ends the process when the kernel has none.
class PosixRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> bytes) override;
    void fill_public(std::span<std::uint8_t> bytes) override;
};

/// An open File holds flock(2) on its path: a second opener, of this process or another, gets unavailable, so
/// two controls never write one journal. Threads: any, one thread per file.
///
/// Compiled with BONGSU_TEST_SKIP_SYNC (CMake option of that name, or the library env_skip_sync) nothing is
/// synced: a durability test also runs that build and must see it fail. Never in a release.
class PosixDisk final : public Disk {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path) override;
    Result<std::string> read(const std::string& path) override;
    Result<std::string> read(const std::string& path, std::uint64_t offset, std::size_t size) override;
    Result<std::string> read_secret(const std::string& path) override;
    Result<void> replace(const std::string& path, std::string_view bytes) override;
    Result<void> remove(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) override;
    Result<std::vector<std::string>> list_folders(const std::string& folder) override;
    Result<std::string> real_path(const std::string& path) override;
    Result<void> make_folders(const std::string& folder) override;
    bool exists(const std::string& path) override;
};

/// True in a build that skips its syncs: app/ says so at start, loudly.
bool sync_is_skipped();

/// The process's own, for app/ alone; rooms take env::Env&.
Env& process_env();

}  // namespace bongsu::env
