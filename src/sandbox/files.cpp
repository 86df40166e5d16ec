#include "sandbox/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace bongsu::sandbox {
namespace {

// linux/landlock.h of Linux 6.12; the kernel takes a shorter struct of an older caller and refuses bits it does not know.
struct RulesetAttr {
    std::uint64_t handled_files, handled_net, scoped;
};
struct [[gnu::packed]] PathRule {
    std::uint64_t allowed;
    std::int32_t parent_fd;
};
constexpr int kRulePath = 1;
constexpr unsigned kAskVersion = 1;

constexpr std::uint64_t kExecute = 1U << 0, kWriteFile = 1U << 1, kReadFile = 1U << 2, kReadFolder = 1U << 3, kRemoveFolder = 1U << 4,
                        kRemoveFile = 1U << 5, kMakeFolder = 1U << 7, kMakeFile = 1U << 8, kRefer = 1U << 13, kTruncate = 1U << 14,
                        kIoctlDevice = 1U << 15;
constexpr std::uint64_t kFirstAbi = (1U << 13) - 1;  // ABI 1: execute up to make_sym.
constexpr std::uint64_t kBindTcp = 1U << 0;
constexpr std::uint64_t kAbstractSockets = 1U << 0, kSignals = 1U << 1;

std::uint64_t handled(int abi) {
    return kFirstAbi | (abi >= 2 ? kRefer : 0) | (abi >= 3 ? kTruncate : 0) | (abi >= 5 ? kIoctlDevice : 0);
}

RulesetAttr attributes(int abi) {
    return {handled(abi), abi >= 4 ? kBindTcp : 0, abi >= 6 ? kAbstractSockets | kSignals : 0};
}

std::size_t attributes_size(int abi) {
    return sizeof(std::uint64_t) * (abi >= 6 ? 3 : abi >= 4 ? 2 : 1);
}

tl::unexpected<Error> refused(const std::string& step) {
    return fail(ErrorKind::unavailable, step + ": " + std::strerror(errno));
}

Result<void> allow(int ruleset, const std::string& path, std::uint64_t rights) {
    const int fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) return {};  // What we cannot reach need not be allowed.
    if (fd < 0) return refused("cannot open " + path);
    struct stat state {};
    const bool is_folder = ::fstat(fd, &state) == 0 && S_ISDIR(state.st_mode);
    // The kernel refuses a folder's rights on a file.
    if (!is_folder) rights &= kWriteFile | kReadFile | kTruncate;
    const PathRule rule{rights, fd};
    const bool good = ::syscall(SYS_landlock_add_rule, ruleset, kRulePath, &rule, 0U) == 0;
    const auto outcome = good ? Result<void>() : Result<void>(refused("cannot allow " + path));
    ::close(fd);
    return outcome;
}

Result<void> allow_all(int ruleset, const Files& files, int abi) {
    const std::uint64_t read = kReadFile | kReadFolder;
    const std::uint64_t written = (read | kWriteFile | kRemoveFile | kRemoveFolder | kMakeFile | kMakeFolder | kTruncate) & handled(abi);
    for (const auto& path : files.read) TRY_DO(allow(ruleset, path, read));
    for (const auto& path : files.written) TRY_DO(allow(ruleset, path, written));
    if (::syscall(SYS_landlock_restrict_self, ruleset, 0U) != 0) return refused("cannot restrict");
    return {};
}

}  // namespace

int landlock_abi() {
    const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
    return abi > 0 ? static_cast<int>(abi) : 0;
}

Result<void> restrict_files(const Files& files, int abi) {
    const auto attr = attributes(abi);
    const auto ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attr, attributes_size(abi), 0U));
    if (ruleset < 0) return refused("cannot make a set of rules");
    const auto outcome = allow_all(ruleset, files, abi);
    ::close(ruleset);
    return outcome;
}

}  // namespace bongsu::sandbox
