#pragma once
// What processes that read hostile pictures do for themselves, and to the children that they fork.

#include <cstdint>
#include <span>

#include "base/time.hpp"
#include "env/env.hpp"

namespace bongsu::decode {

/// Whether a Unix socket's other end is of our own user.
bool is_ours(int fd);

/// setrlimit() of the calling process, both of its numbers.
void limit(int what, std::uint64_t most);

/// Waits for poll()'s `events`; false at `until`.
bool wait_for(env::Clock& clock, int fd, short events, MonoTime until);

/// Of blocking descriptors; false when the other end is gone.
bool write_blocking(int fd, std::span<const std::uint8_t> bytes);
bool read_blocking(int fd, std::span<std::uint8_t> into);

/// Of address space, by now; 0 where /proc does not tell.
std::uint64_t born_bytes();

/// What else we were born with, a terminal or somebody's pipe, is not the decoder's. Of the log there is no way back.
void let_go(int listen_fd);

struct ChildLimits {
    std::uint64_t born_bytes = 0;  ///< Address space of the process that forked it; 0: unknown, and no bound on memory.
    std::uint64_t memory = 0;      ///< Beyond that.
    std::uint64_t log_bytes = 0;   ///< What it may add to the log.
};
/// In the child: dies with its keeper, leaves no core, has these bounds and no further descriptors.
void limit_child(const ChildLimits& limits);

}  // namespace bongsu::decode
