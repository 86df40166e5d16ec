#pragma once
// What media starts from while control is away: the desired state as it was last saved.

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "env/env.hpp"
#include "view/state.hpp"

namespace bongsu::view {

/// Work for the syncing thread: a whole state, or what changed since the one of that id.
struct StateWrite {
    std::string id;
    std::optional<std::string> whole;
    std::string changes;  ///< Control's messages, a line each.
};

/// `<folder>/desired.json`, the whole state under an id, and `<folder>/changes-<id>.jsonl`, what control changed since: a
/// revocation is on disk at once, at a cost that does not grow with what stands.
///
/// Threads: everything on the loop, but write(), which the integrator's one syncing thread calls:
///          `if (is_due()) { work = begin(); post(thread: r = write(work); post(loop: end(r))) }`; save() does the three in
///          place, for tests.
/// Bounds:  the changes, in memory and in the file, as long as the whole state or kChangesBytes, whichever is more; then it is
///          written whole.
/// Errors:  after a failed write the next is a whole one, kRetry later.
class StateFiles {
  public:
    static constexpr std::size_t kChangesBytes = 256U << 10;
    static constexpr std::chrono::seconds kRetry{1};

    StateFiles(env::Env& env, std::string folder) : env_(env), folder_(std::move(folder)) {}

    /// What was saved; empty when nothing was, or by a version that
    /// wrote no id: serve nothing then. An incomplete last line was never synced and is left out.
    /// Errors: corrupt, with the file's name and the line.
    Result<std::optional<Desired>> load() const;

    /// A full state has come.
    void replaced() { whole_due_ = true; }
    /// apply_delta() took this message.
    void changed(const boost::json::object& message);

    bool is_due() const;
    StateWrite begin(const Desired& desired);
    Result<void> write(const StateWrite& work);
    void end(const Result<void>& outcome);
    Result<void> save(const Desired& desired);

  private:
    std::string changes_path(const std::string& id) const { return folder_ + "/changes-" + id + ".jsonl"; }
    Result<void> write_whole(const StateWrite& work);

    env::Env& env_;
    std::string folder_;

    std::string id_;  // Empty: no whole state of this run.
    std::string pending_;
    std::size_t whole_bytes_ = 0, changes_bytes_ = 0;  // As they will be in the files.
    bool whole_due_ = false, in_flight_ = false;
    MonoTime retry_at_{};

    std::unique_ptr<env::File> file_;  // Of the changes; touched by write() alone.
};

}  // namespace bongsu::view
