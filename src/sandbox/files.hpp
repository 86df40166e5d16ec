#pragma once
// Landlock, by its system calls: Debian 12's headers know its first ABIs only, and glibc none.

#include <string>

#include "base/result.hpp"
#include "sandbox/sandbox.hpp"

namespace bongsu::sandbox {

/// The ABI that this kernel speaks; 0 for none.
int landlock_abi();

/// Restricts the calling thread and all that it starts to `files`. Beyond files, where the ABI has it: no TCP socket is
/// bound to a port (4), devices take no ioctl (5), no abstract Unix socket of others is reached and no process outside is
/// signalled (6). Call it with no_new_privs set.
/// Errors: unavailable, with the step that the kernel refused.
Result<void> restrict_files(const Files& files, int abi);

}  // namespace bongsu::sandbox
