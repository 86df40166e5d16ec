#pragma once
// The sandbox: a process that will read hostile bytes gives up, for good, what it does not need.

#include <string>
#include <vector>

namespace bongsu::sandbox {

/// What of the file system is left. A path that does not exist is left out; a symbolic link stands for what it
/// leads to at the time. What is open already stays open.
struct Files {
    std::vector<std::string> read;     ///< Files, and folders with everything below them.
    std::vector<std::string> written;  ///< Folders: files and folders below them may be made, changed, renamed and removed too.
};

/// Which system calls are left (call_lists.cpp has them by name).
enum class Calls : unsigned char {
    media,          ///< Sockets of IPv4, IPv6 and Unix, files, threads; no new program, no new process.
    decoder,        ///< The transcoder too: takes connections, forks and ends its children; opens nothing, connects to nothing.
    decoder_child,  ///< Memory, a clock, reading and writing what is open.
};

struct Layers {
    std::vector<std::string> active;   ///< "landlock:7" (the kernel's ABI), "seccomp".
    std::vector<std::string> missing;  ///< "landlock: this kernel has none", each a sentence's part.
};

/// Closes the calling process for good: no new privileges, files by Landlock, calls by seccomp, in this order.
///
/// Threads:  call it while the process has one thread: Landlock binds its caller and whom it starts from then on. With
///           more, that layer is reported missing. seccomp binds all threads there are.
/// Calls:    one that is not left answers ENOSYS, as an older kernel would, so that a library does without it. One that
///           nobody makes by accident (execve, ptrace, mount, keyctl, bpf, …: kDeadly) ends the process: a line on
///           stderr says `sandbox.forbidden_call` with its name, then it dies of SIGSYS. In a decoder's child every call that
///           is not left does so. A socket of another family answers EACCES.
/// Errors:   none. A kernel without a layer is reported, and the process serves without it: the caller says so aloud.
Layers close(const Files& files, Calls calls);

/// The last word on a child that is made by fork() within a closed process: its calls alone, without asking for memory
/// or opening anything. `prepared` comes from prepare(), before the fork. False when the kernel refused.
struct Prepared {
    std::vector<unsigned char> program;  ///< A BPF program; empty where there is no seccomp.
};
Prepared prepare(Calls calls);
bool close_child(const Prepared& prepared);

}  // namespace bongsu::sandbox
