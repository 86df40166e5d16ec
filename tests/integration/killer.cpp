// A library that a test puts before the program (LD_PRELOAD). It does two things and changes nothing else:
//
// - it ends the process with SIGKILL at a chosen moment: before, in the middle of or after its n-th write to a
//   journal or spool, sync, rename, or send from now on;
// - it is a disk that keeps what was synced and nothing else: what a process appended to a journal or spool file
//   stays in its memory until fdatasync(2), and is gone with it. So kill -9 costs what a power cut costs, and
//   a program that does not sync what it acknowledges is found out.
//
// The plan is a file that the test writes and every process of the city maps (BONGSU_KILLER_PLAN): five int32
// {pid, point, moment, countdown, hits}. A process whose pid stands there counts down at each call of that point.

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

/// The next real definition of a libc function.
template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// True when this very call is the one at which the process has to end.
bool is_due(Point point) {
    Plan* const now = plan();
    if (now == nullptr || now->pid.load() != ::getpid() || now->point.load() != point) return false;
    return now->countdown.fetch_sub(1) == 1;
}

[[noreturn]] void end() {
    plan()->hits.fetch_add(1);
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
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

/// What was written to a file of the record and not yet synced, by offset. Its descriptor is the key.
struct Unsynced {
    std::map<off_t, std::string> pieces;
};
std::mutex mutex;
std::map<int, Unsynced>& files() {
    static auto* const all = new std::map<int, Unsynced>;  // Never destroyed: calls come until the very end.
    return *all;
}

bool is_record(int file) {
    char link[64], path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const auto size = ::readlink(link, path, sizeof path - 1);
    if (size <= 0) return false;
    const std::string name(path, static_cast<std::size_t>(size));
    // SQLite's files are folds: they may keep more or less than the journal, and are put right from it.
    return name.find("/journal/") != std::string::npos || name.find("/spool/") != std::string::npos;
}

ssize_t write_through(int file, const char* bytes, std::size_t size, off_t offset) {
    static auto* const call = real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
    return call(file, bytes, size, offset);
}

/// Everything held back for a file goes to it. True when all of it went.
bool flush(int file) {
    const std::lock_guard lock(mutex);
    const auto found = files().find(file);
    if (found == files().end()) return true;
    for (const auto& [offset, bytes] : found->second.pieces) {
        std::size_t done = 0;
        while (done < bytes.size()) {
            const auto n = write_through(file, bytes.data() + done, bytes.size() - done,
                                         offset + static_cast<off_t>(done));
            if (n <= 0) return false;
            done += static_cast<std::size_t>(n);
        }
    }
    files().erase(found);
    return true;
}

ssize_t held_write(int file, const void* bytes, std::size_t size, off_t offset) {
    if (!is_record(file)) return write_through(file, static_cast<const char*>(bytes), size, offset);
    const bool due = is_due(write_point);
    const auto moment = due ? plan()->moment.load() : before;
    if (due && moment == before) end();
    if (due && moment == middle) {
        // A torn write: some of it reached the disk although nothing was synced.
        write_through(file, static_cast<const char*>(bytes), size / 2, offset);
        end();
    }
    {
        const std::lock_guard lock(mutex);
        files()[file].pieces[offset].assign(static_cast<const char*>(bytes), size);
    }
    if (due) end();
    return static_cast<ssize_t>(size);
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t offset) {
    return held_write(file, bytes, size, offset);
}
ssize_t pwrite64(int file, const void* bytes, std::size_t size, off_t offset) {
    return held_write(file, bytes, size, offset);
}

int fdatasync(int file) {
    static auto* const call = real<int(int)>("fdatasync");
    if (!is_record(file)) return call(file);
    return around(sync_point, [&] {
        if (!flush(file)) {
            errno = EIO;
            return -1;
        }
        return call(file);
    });
}

int ftruncate(int file, off_t size) noexcept {
    static auto* const call = real<int(int, off_t)>("ftruncate");
    flush(file);
    return call(file, size);
}

int close(int file) {
    static auto* const call = real<int(int)>("close");
    flush(file);  // Without a crash the page cache keeps it too.
    return call(file);
}

int rename(const char* from, const char* to) noexcept {
    static auto* const call = real<int(const char*, const char*)>("rename");
    return around(rename_point, [&] { return call(from, to); });
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
