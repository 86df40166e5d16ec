// A library that a test puts before the program (LD_PRELOAD). It does two things and changes nothing else:
//
// - it ends the process with SIGKILL at a chosen moment: before, in the middle of or after its n-th write to a
//   file of the city, sync, rename, or send from now on;
// - it is a disk that keeps what was synced and nothing else: at that death it takes back what the process wrote to
//   any file below BONGSU_KILLER_DATA and had not synced, and each rename whose folder it had not synced. A file that
//   was renamed into place without a sync of its bytes is left there empty. So kill -9 costs what a power cut
//   costs, and a program that does not sync what it relies on is found out.
//
// The plan is a file that the test writes and every process of the city maps (BONGSU_KILLER_PLAN): five int32
// {pid, point, moment, countdown, hits}. A process whose pid stands there (-1: any) counts down at each call of that
// point.

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

enum Point : std::int32_t { write_point = 1, sync_point = 2, rename_point = 3, send_point = 4 };
enum Moment : std::int32_t { before = 0, middle = 1, after = 2 };

struct Plan {
    std::atomic<std::int32_t> pid, point, moment, countdown, hits;
};

Plan* plan() {
    static Plan* const mapped = []() -> Plan* {
        const char* path = std::getenv("BONGSU_KILLER_PLAN");
        const int file = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
        if (file < 0) return nullptr;
        void* at = ::mmap(nullptr, sizeof(Plan), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        ::close(file);
        return at == MAP_FAILED ? nullptr : static_cast<Plan*>(at);
    }();
    return mapped;
}

/// At once: a process in its sandbox opens no such file any more.
[[gnu::constructor]] void map_plan() { (void)plan(); }

/// The next real definition of a libc function.
template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// True when this very call is the one at which the process has to end.
bool is_due(Point point) {
    Plan* const now = plan();
    if (now == nullptr || now->point.load() != point) return false;
    if (const auto pid = now->pid.load(); pid != ::getpid() && pid != -1) return false;
    return now->countdown.fetch_sub(1) == 1;
}

/// What the disk has of a file: so much of it was there at the last sync, and what of that was written over since.
struct Durable {
    std::string path;
    off_t size = 0;
    std::vector<std::pair<off_t, std::string>> before;  ///< In the order of the writes.
};
using Identity = std::pair<dev_t, ino_t>;

/// A rename whose folder was not synced yet, and what it took the place of.
struct Renamed {
    std::string from, to;
    bool replaced = false;
    std::string old;
};

/// Held around every call that changes a file, and by a process that ends: nothing is written after that.
std::recursive_mutex mutex;
std::map<Identity, Durable>& unsynced() {
    static auto* const all = new std::map<Identity, Durable>;  // Never destroyed: calls come until the very end.
    return *all;
}
std::vector<Renamed>& renames() {
    static auto* const all = new std::vector<Renamed>;
    return *all;
}

bool is_ours(const std::string& path) {
    static const std::string data = [] {
        const char* folder = std::getenv("BONGSU_KILLER_DATA");
        return folder == nullptr ? std::string() : std::string(folder) + "/";
    }();
    if (data.empty() || !path.starts_with(data)) return false;
    // SQLite syncs for itself, and most of its files are folds that are put right from the journal. Logs promise nothing.
    return path.find(".db") == std::string::npos && path.find("/city/log/") == std::string::npos;
}

std::string path_of(int file) {
    char link[64], path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const auto size = ::readlink(link, path, sizeof path - 1);
    return std::string(path, size > 0 ? static_cast<std::size_t>(size) : 0);
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// The file behind a descriptor, when it is one of the city's.
bool identify(int file, Identity& identity, std::string& path, off_t& size) {
    path = path_of(file);
    struct stat state {};
    if (!is_ours(path) || ::fstat(file, &state) != 0 || !S_ISREG(state.st_mode)) return false;
    identity = {state.st_dev, state.st_ino};
    size = state.st_size;
    return true;
}

ssize_t write_through(int file, const char* bytes, std::size_t size, off_t offset) {
    static auto* const call = real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
    return call(file, bytes, size, offset);
}

std::string read_at(int file, off_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    const auto got = ::pread(file, bytes.data(), size, offset);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

void take_back_bytes(const Identity& identity, const Durable& durable) {
    static auto* const cut = real<int(int, off_t)>("ftruncate");
    const int file = ::open(durable.path.c_str(), O_WRONLY | O_CLOEXEC);
    struct stat state {};
    if (file < 0 || ::fstat(file, &state) != 0 || Identity{state.st_dev, state.st_ino} != identity) return;
    for (auto piece = durable.before.rbegin(); piece != durable.before.rend(); ++piece)
        write_through(file, piece->second.data(), piece->second.size(), piece->first);
    if (state.st_size > durable.size) cut(file, durable.size);
}

void take_back_rename(const Renamed& renamed) {
    static auto* const move = real<int(const char*, const char*)>("rename");
    struct stat state {};
    // The other outcome that a power cut may have: the name is there, the bytes are not.
    if (::stat(renamed.to.c_str(), &state) != 0 || unsynced().contains({state.st_dev, state.st_ino})) return;
    move(renamed.to.c_str(), renamed.from.c_str());
    if (!renamed.replaced) return;
    const int file = ::open(renamed.to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file >= 0) write_through(file, renamed.old.data(), renamed.old.size(), 0);
}

/// The power goes: all that was not synced with it. Keeps the lock, so that no other thread writes any more.
void lose_unsynced() {
    mutex.lock();
    for (auto renamed = renames().rbegin(); renamed != renames().rend(); ++renamed) take_back_rename(*renamed);
    for (const auto& [identity, durable] : unsynced()) take_back_bytes(identity, durable);
}

[[noreturn]] void die() {
    plan()->hits.fetch_add(1);
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

[[noreturn]] void end() {
    lose_unsynced();
    die();
}

/// Around a call: ends the process before or after it, as planned.
template <class Call>
auto around(Point point, Call call) {
    const bool due = is_due(point);
    if (due && plan()->moment.load() == before) end();
    const auto answer = call();
    if (due) end();
    return answer;
}

ssize_t watched_write(int file, const char* bytes, std::size_t size, off_t offset) {
    const std::lock_guard lock(mutex);
    Identity identity;
    std::string path;
    off_t now = 0;
    if (!identify(file, identity, path, now)) return write_through(file, bytes, size, offset);
    const bool due = is_due(write_point);
    const auto moment = due ? plan()->moment.load() : before;
    if (due && moment == before) end();
    if (due && moment == middle) {
        // A torn write: some of it reached the disk although nothing was synced, not even what lies before it.
        lose_unsynced();
        write_through(file, bytes, size / 2, offset);
        die();
    }
    auto& durable = unsynced().try_emplace(identity, Durable{path, now, {}}).first->second;
    durable.path = path;  // An inode may come back under another name.
    if (offset < durable.size) {
        const auto over = std::min<std::size_t>(size, static_cast<std::size_t>(durable.size - offset));
        durable.before.emplace_back(offset, read_at(file, offset, over));
    }
    const auto written = write_through(file, bytes, size, offset);
    if (due) end();
    return written;
}

/// A file's bytes are on the disk, or a folder's names.
template <class Call>
int watched_sync(int file, Call call) {
    const auto path = path_of(file);
    if (!is_ours(path + "/")) return call();
    return around(sync_point, [&] {
        const std::lock_guard lock(mutex);
        const int answer = call();
        if (answer != 0) return answer;
        struct stat state {};
        if (::fstat(file, &state) == 0 && S_ISDIR(state.st_mode)) {
            std::erase_if(renames(), [&](const Renamed& renamed) { return folder_of(renamed.to) == path; });
        } else {
            unsynced().erase({state.st_dev, state.st_ino});
        }
        return answer;
    });
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t offset) {
    return watched_write(file, static_cast<const char*>(bytes), size, offset);
}
ssize_t pwrite64(int file, const void* bytes, std::size_t size, off_t offset) {
    return watched_write(file, static_cast<const char*>(bytes), size, offset);
}

int fdatasync(int file) {
    static auto* const call = real<int(int)>("fdatasync");
    return watched_sync(file, [&] { return call(file); });
}
int fsync(int file) {
    static auto* const call = real<int(int)>("fsync");
    return watched_sync(file, [&] { return call(file); });
}

/// A cut is on the disk at once: a program that cuts must not need what it cut off.
int ftruncate(int file, off_t size) noexcept {
    static auto* const call = real<int(int, off_t)>("ftruncate");
    const std::lock_guard lock(mutex);
    Identity identity;
    std::string path;
    off_t now = 0;
    if (identify(file, identity, path, now)) {
        if (const auto found = unsynced().find(identity); found != unsynced().end()) {
            auto& durable = found->second;
            durable.size = std::min(durable.size, size);
            for (auto& [offset, bytes] : durable.before)
                bytes.resize(std::min(bytes.size(), static_cast<std::size_t>(std::max<off_t>(0, size - offset))));
        }
    }
    return call(file, size);
}

int rename(const char* from, const char* to) noexcept {
    static auto* const call = real<int(const char*, const char*)>("rename");
    return around(rename_point, [&] {
        const std::lock_guard lock(mutex);
        if (!is_ours(to)) return call(from, to);
        Renamed renamed{from, to, false, {}};
        if (const int file = ::open(to, O_RDONLY | O_CLOEXEC); file >= 0) {
            struct stat state {};
            ::fstat(file, &state);
            renamed.replaced = true;
            renamed.old = read_at(file, 0, static_cast<std::size_t>(state.st_size));
            ::close(file);
        }
        struct stat state {};
        const bool known = ::stat(from, &state) == 0;
        const int answer = call(from, to);
        if (answer != 0) return answer;
        if (const auto found = known ? unsynced().find({state.st_dev, state.st_ino}) : unsynced().end();
            found != unsynced().end())
            found->second.path = to;
        renames().push_back(std::move(renamed));
        return answer;
    });
}

ssize_t sendmsg(int socket, const msghdr* message, int flags) {
    static auto* const call = real<ssize_t(int, const msghdr*, int)>("sendmsg");
    return around(send_point, [&] { return call(socket, message, flags); });
}

ssize_t send(int socket, const void* bytes, std::size_t size, int flags) {
    static auto* const call = real<ssize_t(int, const void*, std::size_t, int)>("send");
    return around(send_point, [&] { return call(socket, bytes, size, flags); });
}

}  // extern "C"
