#include "sandbox/sandbox.hpp"

#include <dirent.h>
#include <sys/prctl.h>

#include "sandbox/calls.hpp"
#include "sandbox/files.hpp"

namespace bongsu::sandbox {
namespace {

int threads() {
    DIR* folder = ::opendir("/proc/self/task");
    if (folder == nullptr) return 1;
    int count = -2;  // "." and "..".
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
}

Result<std::string> close_files(const Files& files) {
    const int abi = landlock_abi();
    if (abi == 0) return fail(ErrorKind::unavailable, "this kernel has none");
    if (threads() > 1) return fail(ErrorKind::unavailable, "the process has threads already");
    TRY_DO(restrict_files(files, abi));
    return "landlock:" + std::to_string(abi);
}

Result<std::string> close_calls(Calls calls) {
    TRY_DO(filter_calls(calls));
    return "seccomp";
}

void note(Layers& out, const std::string& layer, Result<std::string> done) {
    if (done) out.active.push_back(*std::move(done));
    else out.missing.push_back(layer + ": " + done.error().message);
}

}  // namespace

Layers close(const Files& files, Calls calls) {
    Layers out;
    if (!BONGSU_SANDBOX) {
        out.missing.emplace_back("landlock, seccomp: a build with a sanitizer has none");
        return out;
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        out.missing.emplace_back("landlock, seccomp: this kernel cannot give up new privileges");
        return out;
    }
    note(out, "landlock", close_files(files));
    note(out, "seccomp", close_calls(calls));
    return out;
}

Prepared prepare(Calls calls) {
    if (!BONGSU_SANDBOX) return {};
    auto program = program_of(calls);
    return {program ? *std::move(program) : std::vector<unsigned char>{}};
}

bool close_child(const Prepared& prepared) { return load_program(prepared.program); }

}  // namespace bongsu::sandbox
