// What sandbox_test locks up: closes itself as its first word says, then tries what its second word says. Exits with the
// errno of the attempt, 0 when it was let.

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "sandbox/sandbox.hpp"

namespace {

int outcome(long result) { return result >= 0 ? 0 : errno; }

int open_and_close(const std::string& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    const int code = outcome(fd);
    if (fd >= 0) ::close(fd);
    return code;
}

int connect_outside() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(9);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int code = outcome(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to));
    return code == ECONNREFUSED || code == EINPROGRESS ? 0 : code;
}

/// Seccomp, NoNewPrivs and the number of filters as /proc tells them of each thread.
int print_status() {
    std::ifstream status("/proc/self/status");
    if (!status) return EACCES;
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("Seccomp:") || line.starts_with("NoNewPrivs:")) std::puts(line.c_str());
    }
    return 0;
}

int fork_and_wait() {
    const pid_t pid = ::fork();
    if (pid < 0) return errno;
    if (pid == 0) ::_exit(0);
    int status = 0;
    return outcome(::waitpid(pid, &status, 0));
}

int thread_and_join() {
    std::atomic<int> code{-1};
    std::thread thread([&code] { code = open_and_close("/etc/shadow", O_RDONLY); });
    thread.join();
    return code;
}

int replace_within(const std::string& folder) {
    if (const int code = open_and_close(folder + "/new", O_WRONLY | O_CREAT | O_TRUNC); code != 0) return code;
    if (const int code = outcome(::rename((folder + "/new").c_str(), (folder + "/old").c_str())); code != 0) return code;
    if (const int code = open_and_close(folder, O_RDONLY | O_DIRECTORY); code != 0) return code;
    return outcome(::unlink((folder + "/old").c_str()));
}

using Attempts = std::map<std::string, std::function<int()>>;

Attempts attempts(const std::string& folder, const std::string& other) {
    return {
        {"nothing", [] { return 0; }},
        {"status", print_status},
        {"read-own", [=] { return open_and_close(folder + "/kept", O_RDONLY); }},
        {"write-own", [=] { return replace_within(folder); }},
        {"shadow", [] { return open_and_close("/etc/shadow", O_RDONLY); }},
        {"shadow-in-thread", thread_and_join},
        {"read-outside", [=] { return open_and_close(other + "/kept", O_RDONLY); }},
        {"write-outside", [=] { return open_and_close(other + "/new", O_WRONLY | O_CREAT); }},
        {"rename-outside", [=] { return outcome(::rename((folder + "/kept").c_str(), (other + "/taken").c_str())); }},
        {"link-inside", [=] { return outcome(::syscall(SYS_linkat, AT_FDCWD, (other + "/kept").c_str(), AT_FDCWD, (folder + "/link").c_str(), 0)); }},
        {"exec",
         [] {
             char name[] = "/bin/true";
             char* argv[] = {name, nullptr};
             return outcome(::execve(name, argv, nullptr));
         }},
        {"fork", fork_and_wait},
        {"ptrace", [] { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
        {"mount", [=] { return outcome(::mount("none", folder.c_str(), "tmpfs", 0, nullptr)); }},
        {"keyctl", [] { return outcome(::syscall(SYS_keyctl, 0, 0, 0)); }},
        {"bpf", [] { return outcome(::syscall(SYS_bpf, 0, nullptr, 0)); }},
        {"io_uring", [] { return outcome(::syscall(SYS_io_uring_setup, 1, nullptr)); }},
        {"setuid", [] { return outcome(::setuid(65534)); }},
        {"packet-socket", [] { return outcome(::socket(AF_PACKET, SOCK_RAW, 0)); }},
        {"netlink-socket", [] { return outcome(::socket(AF_NETLINK, SOCK_RAW, 0)); }},
        {"connect", connect_outside},
        {"resolve",
         [] {
             addrinfo* found = nullptr;
             const int code = ::getaddrinfo("localhost", "rtsp", nullptr, &found);
             if (code == 0) ::freeaddrinfo(found);
             return code == 0 ? 0 : EHOSTUNREACH;
         }},
        {"listen-tcp",
         [] {
             const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
             sockaddr_in at{};
             at.sin_family = AF_INET;
             return outcome(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at));
         }},
        {"signal-parent", [] { return outcome(::kill(::getppid(), 0)); }},
        {"unmask-handler",
         [] {
             struct sigaction action {};
             action.sa_handler = SIG_IGN;
             return outcome(::sigaction(SIGSYS, &action, nullptr));
         }},
        {"code-page",
         [] {
             void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
             return page == MAP_FAILED ? errno : 0;
         }},
    };
}

int run(const std::string& how, const std::string& what, const std::string& folder, const std::string& other) {
    const auto all = attempts(folder, other);
    const auto found = all.find(what);
    if (found == all.end()) return 100;
    const auto calls = how == "media" ? bongsu::sandbox::Calls::media : bongsu::sandbox::Calls::decoder;
    // A thread that is there before: seccomp binds it too, Landlock does not and says so.
    std::atomic<bool> go{false};
    std::atomic<int> code{0};
    std::thread old;
    if (how == "late") old = std::thread([&] {
        go.wait(false);
        code = found->second();
    });
    bongsu::sandbox::Files files;
    if (how != "decoder") files = {.read = {"/proc/self/status", "/etc/hosts", "/etc/nsswitch.conf", "/etc/services", folder + "/missing"}, .written = {folder}};
    const auto child = bongsu::sandbox::prepare(bongsu::sandbox::Calls::decoder_child);
    const auto layers = bongsu::sandbox::close(files, how == "late" ? bongsu::sandbox::Calls::media : calls);
    for (const auto& layer : layers.active) std::printf("active %s\n", layer.c_str());
    for (const auto& layer : layers.missing) std::printf("missing %s\n", layer.c_str());
    std::fflush(stdout);
    if (how == "late") {
        go = true;
        go.notify_one();
        old.join();
        return code;
    }
    if (how == "child" && !bongsu::sandbox::close_child(child)) return 101;
    const int result = found->second();
    std::fflush(stdout);
    return result;
}

}  // namespace

int main(int argc, char** argv) { return argc == 5 ? run(argv[1], argv[2], argv[3], argv[4]) : 102; }
