#pragma once
// The decoder process: takes one question at a time and has a child of its own answer it.

#include <chrono>

#include "base/result.hpp"
#include "decode/library.hpp"
#include "env/env.hpp"
#include "sandbox/sandbox.hpp"

namespace bongsu::decode {

struct KeeperLimits {
    std::chrono::milliseconds picture{2000};  ///< For one picture: then its process is killed.
    std::chrono::milliseconds talk{1000};     ///< For the rest of a question or an answer on the socket.
    unsigned cpu_seconds = 2;                 ///< Of a picture's process.
    std::uint64_t memory = 768U << 20;        ///< Of a picture's process, beyond what it is born with.
    std::uint64_t log_bytes = 4096;           ///< What a picture's process may add to the log.
};

/// Serves a listening Unix socket for ever: of connections the newest one, on which questions (wire.hpp) are answered in
/// turn. Each picture is decoded by a process of its own, forked with the tables of the library in place: it
/// sees that picture and no other, has nothing but memory and the pipe of its answer (sandbox::Calls::decoder_child), and is
/// killed at its deadline. What it answers is checked against its bounds and passed on unread.
///
/// Call it when the process is closed (sandbox::Calls::decoder) and has one thread. `child` is the last word on each child;
/// `born_bytes` is the address space of the process. Returns only with an error of the socket.
class Keeper {
  public:
    Keeper(env::Clock& clock, Library& library, sandbox::Prepared child, std::uint64_t born_bytes, KeeperLimits limits = {});
    Result<int> serve(int listen_fd);

  private:
    bool take_connection(int listen_fd);
    bool serve_one(int listen_fd);
    Answer ask_child(int listen_fd, const Question& question);
    [[noreturn]] void be_child(int listen_fd, int out_fd, const Question& question);
    Answer collect(int pid, int in_fd, const Question& question);
    bool read_all(std::span<std::uint8_t> into, MonoTime until);
    bool write_all(std::span<const std::uint8_t> bytes, MonoTime until);
    void hang_up();

    env::Clock& clock_;
    Library& library_;
    sandbox::Prepared child_;
    std::uint64_t born_bytes_;
    KeeperLimits limits_;
    int connection_ = -1;
    std::vector<std::uint8_t> picture_, answer_;
};

/// The whole life of a decoder process: opens the library, closes itself (the log says how far), serves `listen_fd`. Call it
/// with one thread. Errors: of Library::open() and Keeper::serve().
Result<int> run_decoder(env::Clock& clock, int listen_fd, KeeperLimits limits = {});

}  // namespace bongsu::decode
