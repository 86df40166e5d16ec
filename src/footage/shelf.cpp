#include "footage/shelf.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

namespace bongsu::footage {
namespace {

namespace fs = std::filesystem;

/// Its lock says that the film is in use, its time when it last was.
constexpr std::string_view kHold = "/.used";
constexpr std::string_view kLeaving = ".leaving";

std::string hold_path(const std::string& folder) { return folder + std::string(kHold); }

bool same_file(int file, const std::string& path) {
    struct stat ours {};
    struct stat there {};
    return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

void mark_used(int hold) {
    if (hold >= 0) (void)::futimens(hold, nullptr);  // On a shelf that we may only read it stays as it is.
}

/// An open hold of `folder`, which is made when missing; -1 on a shelf that cannot be written to.
Result<int> hold_of(const std::string& folder) {
    while (true) {
        std::error_code error;
        fs::create_directories(folder, error);
        int hold = ::open(hold_path(folder).c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
        if (hold < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
            hold = ::open(hold_path(folder).c_str(), O_RDONLY | O_CLOEXEC);
        if (hold < 0) {
            if (fs::exists(folder)) return -1;
            return fail(ErrorKind::unavailable,
                        "footage: folder " + folder + ": " + (error ? error.message() : std::strerror(errno)));
        }
        if (::flock(hold, LOCK_SH) != 0) {
            ::close(hold);
            return fail(ErrorKind::unavailable, "footage: " + hold_path(folder) + ": " + std::strerror(errno));
        }
        // Somebody may have cleared it away between our opening and our lock.
        if (same_file(hold, hold_path(folder))) return hold;
        ::close(hold);
    }
}

bool is_film_name(const std::string& name) {
    return name.size() == 16 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Clears one film away unless somebody holds it. A renamed folder is no film for anybody who comes now.
void clear(const fs::path& folder) {
    const int hold = ::open(hold_path(folder.string()).c_str(), O_RDONLY | O_CLOEXEC);
    const bool free = hold >= 0 && ::flock(hold, LOCK_EX | LOCK_NB) == 0;
    std::error_code ignored;  // What cannot be cleared away now is tried again by the next one.
    if (free) {
        const fs::path leaving = folder.string() + std::string(kLeaving);
        fs::remove_all(leaving, ignored);
        fs::rename(folder, leaving, ignored);
        fs::remove_all(leaving, ignored);
    }
    if (hold >= 0) ::close(hold);
}

void clear_old(const std::string& shelf) {
    std::vector<std::pair<timespec, fs::path>> films;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(shelf, error)) {
        const auto name = entry.path().filename().string();
        if (name.size() == 16 + kLeaving.size() && name.ends_with(kLeaving) && is_film_name(name.substr(0, 16))) {
            std::error_code ignored;
            fs::remove_all(entry.path(), ignored);  // Of somebody who died on the way.
        }
        struct stat used {};
        if (is_film_name(name) && ::stat(hold_path(entry.path().string()).c_str(), &used) == 0)
            films.emplace_back(used.st_mtim, entry.path());
    }
    std::sort(films.begin(), films.end(), [](const auto& a, const auto& b) {
        return std::pair(a.first.tv_sec, a.first.tv_nsec) > std::pair(b.first.tv_sec, b.first.tv_nsec);
    });
    for (std::size_t at = kFilmsKept; at < films.size(); ++at) clear(films[at].second);
}

}  // namespace

Film::Film(Film&& other) noexcept : folder_(std::move(other.folder_)), hold_(std::exchange(other.hold_, -1)) {}

Film& Film::operator=(Film&& other) noexcept {
    std::swap(folder_, other.folder_);
    std::swap(hold_, other.hold_);
    return *this;
}

Film::~Film() {
    mark_used(hold_);
    if (hold_ >= 0) ::close(hold_);
}

Result<Film> take(const Options& options) {
    TRY(const auto name, film_name(options));
    const auto folder = options.folder + "/" + name;
    TRY(const int hold, hold_of(folder));
    Film film(folder, hold);
    mark_used(hold);
    Options of_film = options;
    of_film.folder = folder;
    TRY_DO(ensure(of_film));
    clear_old(options.folder);
    return film;
}

}  // namespace bongsu::footage
