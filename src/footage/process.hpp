#pragma once
// One ffmpeg at work: started without a shell, fed through a socket, watched until it ends.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace bongsu::footage {

/// Ownership: the destructor ends the program (SIGKILL) if it still runs, and reaps it. Threads: one.
class Process {
  public:
    /// Runs `arguments` (the program first, found by PATH) in `folder`; its standard error goes to `log`
    /// there. Errors: unavailable (the program is not there or cannot be started).
    static Result<Process> start(const std::vector<std::string>& arguments, const std::string& folder,
                                 const std::string& log);
    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    int input() const { return input_; }  ///< A socket to its standard input, for poll(); -1 once it ended.
    /// Sends what fits now and answers how much; 0 when nothing fits or the program is gone (`wait` says
    /// why).
    std::size_t send(std::span<const std::uint8_t> bytes);
    void end_input();
    /// Blocks until it ends. Errors: see failure_of().
    Result<void> wait();

  private:
    Process(int pid, int input, std::string log) : pid_(pid), input_(input), log_(std::move(log)) {}
    void end() noexcept;

    int pid_;
    int input_;
    std::string log_;
};

/// What a failed ffmpeg's last words mean to a person: libx264 or a filter missing (unavailable), disk full
/// (exhausted), else its last line (unavailable).
Error failure_of(std::string_view last_words, int status);

}  // namespace bongsu::footage
