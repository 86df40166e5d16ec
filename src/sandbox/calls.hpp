#pragma once
// seccomp: which system calls are left. calls.cpp alone talks to libseccomp.

#include <vector>

#include "base/result.hpp"
#include "sandbox/sandbox.hpp"

namespace bongsu::sandbox {

struct CallLists {
    std::vector<const char*> allowed;
    /// Sockets of IPv4, IPv6 and Unix may be made; all others answer EACCES.
    bool sockets = false;
    bool threads = false, forks = false;
    /// What is not allowed ends the process, all of it and not kDeadly alone.
    bool others_are_deadly = false;
};
CallLists lists_of(Calls calls);

/// Nobody makes these by accident: who does is somebody else by now.
extern const std::vector<const char*> kDeadly;

/// Filters all threads of the process. Call it with no_new_privs set. Errors: unavailable, with what refused.
Result<void> filter_calls(Calls calls);

/// The same filter as a BPF program, for load_program(), which filters the calling thread without asking for memory.
Result<std::vector<unsigned char>> program_of(Calls calls);
bool load_program(const std::vector<unsigned char>& program);

}  // namespace bongsu::sandbox
