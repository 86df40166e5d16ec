#pragma once
// The transcoder process: a child for each stream, as many as the budget has.

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "sandbox/sandbox.hpp"
#include "transcode/library.hpp"

namespace bongsu::transcode {

struct KeeperLimits {
    unsigned transcodes = 1;               ///< At a time; a connection beyond is refused with one word.
    std::uint64_t memory = 768U << 20;     ///< Of a child, beyond what it is born with.
    std::uint64_t log_bytes = 4096;        ///< What a child may add to the log.
    int nice = 5;                          ///< The whole process gives way to those that carry pictures.
};

/// Serves a listening Unix socket for ever: each connection, from our own user, is a stream (wire.hpp) and gets a child of its own,
/// forked with the tables of the library in place. The child sees that stream and no other, has nothing but memory, a clock
/// and its connection (sandbox::Calls::decoder_child), and is killed when the other end closes that: who asked decides
/// when it takes too long. A child that ends by itself closes its connection with it.
///
/// Call it when the process is closed (sandbox::Calls::decoder) and has one thread. Returns only with an error of the socket.
class Keeper {
  public:
    Keeper(Library& library, sandbox::Prepared child, std::uint64_t born_bytes, KeeperLimits limits);
    Result<int> serve(int listen_fd);

  private:
    struct Child {
        pid_t pid;
        int connection;  // Tells when the other end closes it.
        int life;        // A pipe that nobody writes to: at its end the child is gone.
    };
    void take_connection(int listen_fd);
    void end(const Child& child, bool by_itself);
    [[noreturn]] void be_child(int listen_fd, int connection);
    bool transcode(int connection);

    Library& library_;
    sandbox::Prepared child_;
    std::uint64_t born_bytes_;
    KeeperLimits limits_;
    std::vector<Child> children_;
};

/// The whole life of a transcoder process: opens the library, closes itself (the log says how far), serves `listen_fd`. Call it
/// with one thread. Errors: of Library::open() and Keeper::serve().
Result<int> run_transcoder(int listen_fd, KeeperLimits limits);

}  // namespace bongsu::transcode
