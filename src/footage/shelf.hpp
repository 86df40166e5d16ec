#pragma once
// The shelf: films side by side, each in a folder named by what it shows. Another film never changes one that runs.

#include <string>

#include "base/result.hpp"
#include "footage/footage.hpp"

namespace bongsu::footage {

/// How many films stay on a shelf, the latest used ones; those in use stay beside them.
constexpr std::size_t kFilmsKept = 3;

/// A film that stands whole, and the hold on it: while one lives, in any process, nobody clears the film away.
///
/// Ownership: one open file with a shared flock; a child process does not inherit it. A shelf that cannot be written
///            to has no holds: nobody can clear it either.
class Film {
  public:
    Film(Film&& other) noexcept;
    Film& operator=(Film&& other) noexcept;
    ~Film();

    /// SHELF/<16 hex digits>; for main_path() and sub_path().
    const std::string& folder() const { return folder_; }

  private:
    friend Result<Film> take(const Options& options);
    Film(std::string folder, int hold) : folder_(std::move(folder)), hold_(hold) {}
    std::string folder_;
    int hold_;  ///< -1: none.
};

/// The film of `options.cameras` from the shelf `options.folder`, rendered by ensure() when it is not there yet. Then
/// clears away all but the kFilmsKept latest used; what is not a film of ours is left alone.
/// Threads, errors: those of ensure().
Result<Film> take(const Options& options);

}  // namespace bongsu::footage
