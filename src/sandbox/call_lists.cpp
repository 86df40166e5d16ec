#include "sandbox/calls.hpp"

namespace bongsu::sandbox {
namespace {

/// What any process of ours does once it runs. Names that an architecture does not have are left out.
const std::vector<const char*> kAlways{
    "read", "write", "readv", "writev", "close", "close_range", "lseek", "fstat", "poll", "ppoll", "mremap", "munmap",
    "madvise", "brk", "mincore", "futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "getcpu", "membarrier",
    "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group", "getpid", "gettid", "getppid", "getuid",
    "geteuid", "getgid", "getegid", "getrandom", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday",
    "time", "getrlimit", "getrusage", "times", "sysinfo", "uname"};

const std::vector<const char*> kSockets{
    "connect", "bind", "accept", "accept4", "shutdown", "getsockname", "getpeername", "getsockopt", "setsockopt", "sendto", "recvfrom",
    "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "eventfd2", "timerfd_create", "timerfd_settime", "timerfd_gettime", "pipe", "pipe2", "dup", "dup2", "dup3", "fcntl"};

const std::vector<const char*> kFiles{
    "open", "openat", "pread64", "pwrite64", "preadv", "pwritev", "stat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "fsync", "fdatasync", "sync_file_range", "ftruncate", "fallocate",
    "fadvise64", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "flock", "getcwd"};

std::vector<const char*> joined(std::initializer_list<const std::vector<const char*>*> lists) {
    std::vector<const char*> out;
    for (const auto* list : lists) out.insert(out.end(), list->begin(), list->end());
    return out;
}

}  // namespace

const std::vector<const char*> kDeadly{
    // Another program, another process's memory, another view of the system.
    "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "process_madvise", "vfork",
    "unshare", "setns", "chroot", "pivot_root", "mount", "umount2", "open_tree", "move_mount", "fsopen", "fsmount", "fsconfig", "fspick",
    "mount_setattr", "swapon", "swapoff", "quotactl", "acct",
    // The kernel itself, and doors into it that have been left open before.
    "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "iopl", "ioperm", "modify_ldt", "vm86",
    "personality", "lookup_dcookie", "fanotify_init", "name_to_handle_at", "open_by_handle_at", "move_pages", "migrate_pages", "mbind",
    "syslog", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "memfd_secret",
    // More rights than it has.
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups", "capset", "chown", "fchown",
    "lchown", "fchownat", "mknod", "mknodat"};

CallLists lists_of(Calls calls) {
    static const std::vector<const char*> kDecoder{"accept4", "accept", "getsockopt", "sendmsg", "recvmsg", "sendto", "recvfrom", "wait4", "waitid", "pipe2",
                                                   "fcntl", "prctl", "seccomp", "setrlimit", "set_tid_address"};
    // prctl and seccomp: the child's own last word, which can only take away.
    switch (calls) {
        case Calls::media:
            return {.allowed = joined({&kAlways, &kSockets, &kFiles}), .sockets = true, .threads = true};
        case Calls::decoder:
            return {.allowed = joined({&kAlways, &kDecoder}), .forks = true};
        case Calls::decoder_child:
            break;
    }
    return {.allowed = kAlways, .others_are_deadly = true};
}

}  // namespace bongsu::sandbox
