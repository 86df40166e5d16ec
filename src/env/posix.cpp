#include "env/posix.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <limits>
#include <system_error>

namespace bongsu::env {
namespace {

#ifdef BONGSU_TEST_SKIP_SYNC
constexpr bool kSyncs = false;
#else
constexpr bool kSyncs = true;
#endif

tl::unexpected<Error> failed(std::string_view what, const std::string& path, int code,
                             Where where = Where::here()) {
    auto kind = ErrorKind::unavailable;
    if (code == ENOSPC || code == EDQUOT || code == EFBIG || code == EMFILE || code == ENFILE) {
        kind = ErrorKind::exhausted;
    } else if (code == ENOENT || code == ENOTDIR) {
        kind = ErrorKind::not_found;
    } else if (code == ENAMETOOLONG || code == EINVAL || code == EISDIR) {
        kind = ErrorKind::invalid;
    }
    return fail(kind, std::string(what) + " " + path + ": " + std::generic_category().message(code), where);
}

/// Closes at the end of its scope; flock(2) goes with it.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }

  private:
    int number_;
};

Descriptor open_descriptor(const std::string& path, int flags) {
    int number = -1;
    do number = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    while (number < 0 && errno == EINTR);
    return Descriptor(number);
}

std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

/// 0 or errno.
int write_all(int number, std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(number, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        offset += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

Result<void> sync_folder(const std::string& folder) {
    if (!kSyncs) return {};
    const auto opened = open_descriptor(folder, O_RDONLY | O_DIRECTORY);
    if (!opened.is_open()) return failed("cannot open folder", folder, errno);
    if (::fsync(opened.number()) != 0) return failed("cannot sync folder", folder, errno);
    return {};
}

class PosixFile final : public File {
  public:
    PosixFile(Descriptor descriptor, std::string path, std::uint64_t size)
        : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

    Result<void> append(std::string_view bytes) override {
        const int code = write_all(descriptor_.number(), size_, bytes);
        // A part may have been written: size() then tells how far the file really goes.
        if (code != 0) {
            struct stat state {};
            if (::fstat(descriptor_.number(), &state) == 0) size_ = static_cast<std::uint64_t>(state.st_size);
            return failed("cannot append to", path_, code);
        }
        size_ += bytes.size();
        return {};
    }

    Result<void> overwrite(std::uint64_t offset, std::string_view bytes) override {
        if (offset > size_ || bytes.size() > size_ - offset) {
            return fail(ErrorKind::invalid, "overwrite past the end of " + path_);
        }
        if (const int code = write_all(descriptor_.number(), offset, bytes); code != 0) {
            return failed("cannot overwrite", path_, code);
        }
        return {};
    }

    Result<void> sync() override {
        if (kSyncs && ::fdatasync(descriptor_.number()) != 0) return failed("cannot sync", path_, errno);
        return {};
    }

    Result<void> truncate(std::uint64_t size) override {
        if (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0) {
            return failed("cannot truncate", path_, errno);
        }
        size_ = size;
        return {};
    }

    std::uint64_t size() const override { return size_; }

  private:
    Descriptor descriptor_;
    std::string path_;
    std::uint64_t size_;
};

Result<std::vector<std::string>> names_in(const std::string& folder, std::filesystem::file_type type) {
    std::vector<std::string> names;
    std::error_code code;
    std::filesystem::directory_iterator at(folder, code);
    if (code == std::errc::no_such_file_or_directory) return names;
    for (; !code && at != std::filesystem::directory_iterator(); at.increment(code)) {
        std::error_code gone;  // Removed between the listing and the look, or a link to nothing: of no type.
        if (at->status(gone).type() == type) names.push_back(at->path().filename().string());
    }
    if (code) return failed("cannot list", folder, code.value());
    std::sort(names.begin(), names.end());
    return names;
}

enum class Readers : std::uint8_t { any, owner };

Result<std::string> read_range(const std::string& path, std::uint64_t offset, std::size_t size, Readers readers = Readers::any) {
    const auto opened = open_descriptor(path, O_RDONLY);
    if (!opened.is_open()) return failed("cannot open", path, errno);
    struct stat state {};
    if (::fstat(opened.number(), &state) != 0) return failed("cannot stat", path, errno);
    if (!S_ISREG(state.st_mode)) return fail(ErrorKind::invalid, path + " is not a plain file");
    if (readers == Readers::owner && (state.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(ErrorKind::forbidden, path + " is open to others than its owner: chmod 600 it");
    const auto whole = static_cast<std::uint64_t>(state.st_size);
    const auto there = offset < whole ? whole - offset : 0;
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, there)), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::pread(opened.number(), bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("cannot read", path, errno);
        if (got == 0) break;  // Cut by its writer meanwhile.
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

}  // namespace

WallTime PosixClock::wall() const {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

MonoTime PosixClock::mono() const {
    return MonoTime{std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch())};
}

namespace {

void ask_the_kernel(std::span<std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::getrandom(bytes.data() + done, bytes.size() - done, 0);
        if (got < 0 && errno == EINTR) continue;
        BONGSU_CHECK(got > 0);
        done += static_cast<std::size_t>(got);
    }
}

/// Bytes that the kernel gave beforehand: a call for each id and salt took as long as an entry's hash.
struct Stock {
    std::array<std::uint8_t, 1024> bytes{};
    std::size_t given = sizeof bytes;
    unsigned of = 0;  ///< A child of fork() must not give what its parent gives too.
};

std::atomic<unsigned> forks = 0;

}  // namespace

void PosixRandom::fill(std::span<std::uint8_t> bytes) { ask_the_kernel(bytes); }

void PosixRandom::fill_public(std::span<std::uint8_t> bytes) {
    thread_local Stock stock;
    if (bytes.size() > stock.bytes.size()) return ask_the_kernel(bytes);
    static const int watched = ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
    BONGSU_CHECK(watched == 0);
    if (stock.bytes.size() - stock.given < bytes.size() || stock.of != forks) {
        ask_the_kernel(stock.bytes);
        stock.given = 0;
        stock.of = forks;
    }
    const auto from = std::span(stock.bytes).subspan(stock.given, bytes.size());
    std::copy(from.begin(), from.end(), bytes.begin());
    stock.given += bytes.size();
}

Result<std::unique_ptr<File>> PosixDisk::open(const std::string& path) {
    auto opened = open_descriptor(path, O_RDWR | O_NOFOLLOW);
    const bool created = !opened.is_open() && errno == ENOENT;
    // No O_APPEND: Linux's pwrite(2) would then append whatever the offset, and overwrite() could not be.
    auto file = created ? open_descriptor(path, O_RDWR | O_CREAT | O_NOFOLLOW) : std::move(opened);
    if (!file.is_open()) return failed("cannot open", path, errno);
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorKind::unavailable, path + " is already open, here or in another process");
    }
    struct stat state {};
    if (::fstat(file.number(), &state) != 0) return failed("cannot stat", path, errno);
    if (!S_ISREG(state.st_mode)) return fail(ErrorKind::invalid, path + " is not a plain file");
    if (created) {
        if (auto synced = sync_folder(folder_of(path)); !synced) {
            ::unlink(path.c_str());  // Else the next opener would take it for a file that is there for good.
            return tl::unexpected(std::move(synced).error());
        }
    }
    return std::make_unique<PosixFile>(std::move(file), path, static_cast<std::uint64_t>(state.st_size));
}

Result<std::string> PosixDisk::read(const std::string& path) {
    return read_range(path, 0, std::numeric_limits<std::size_t>::max());
}

Result<std::string> PosixDisk::read(const std::string& path, std::uint64_t offset, std::size_t size) {
    return read_range(path, offset, size);
}

Result<std::string> PosixDisk::read_secret(const std::string& path) {
    return read_range(path, 0, std::numeric_limits<std::size_t>::max(), Readers::owner);
}

Result<void> PosixDisk::replace(const std::string& path, std::string_view bytes) {
    const auto fresh = path + ".new";
    {
        const auto file = open_descriptor(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
        if (!file.is_open()) return failed("cannot open", fresh, errno);
        int code = write_all(file.number(), 0, bytes);
        if (code == 0 && kSyncs && ::fdatasync(file.number()) != 0) code = errno;
        if (code != 0) {
            ::unlink(fresh.c_str());
            return failed("cannot write", fresh, code);
        }
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("cannot rename to", path, errno);
    return sync_folder(folder_of(path));
}

Result<void> PosixDisk::remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0) return failed("cannot remove", path, errno);
    return sync_folder(folder_of(path));
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& folder) {
    return names_in(folder, std::filesystem::file_type::regular);
}

Result<std::vector<std::string>> PosixDisk::list_folders(const std::string& folder) {
    return names_in(folder, std::filesystem::file_type::directory);
}

Result<std::string> PosixDisk::real_path(const std::string& path) {
    std::error_code code;
    auto real = std::filesystem::canonical(path, code);
    if (code) return failed("cannot follow", path, code.value());
    return real.string();
}

Result<void> PosixDisk::make_folders(const std::string& folder) {
    std::filesystem::path made;
    for (const auto& part : std::filesystem::path(folder)) {
        made /= part;
        if (::mkdir(made.c_str(), 0700) == 0) {
            TRY_DO(sync_folder(folder_of(made.string())));
        } else if (const int code = errno; !std::filesystem::is_directory(made)) {
            return failed("cannot make folder", made.string(), code);
        }
    }
    return {};
}

bool PosixDisk::exists(const std::string& path) {
    std::error_code ignored;  // What cannot be looked at is not there for us.
    return std::filesystem::exists(path, ignored);
}

bool sync_is_skipped() { return !kSyncs; }

Env& process_env() {
    static PosixClock clock;
    static PosixRandom random;
    static PosixDisk disk;
    static Env env{clock, random, disk};
    return env;
}

}  // namespace bongsu::env
