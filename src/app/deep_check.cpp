#include "app/deep_check.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.hpp"
#include "env/posix.hpp"
#include "journal/verify.hpp"

namespace bongsu::app {

namespace {

/// Little of a busy machine, but some: of the idle class it would get none, and a process is not gone, nor started anew,
/// before the last of its threads has run once more.
void step_back() {
    constexpr int kNice = 10;  // A tenth of another's share.
    const auto self = static_cast<id_t>(::syscall(SYS_gettid));
    if (::setpriority(PRIO_PROCESS, self, kNice) != 0) LOG_INFO("journal_check.no_lower_priority", {});
    constexpr int kWhoProcess = 1, kLastOfBestEffort = 2 << 13 | 7;  // linux/ioprio.h, which libc does not wrap.
    ::syscall(SYS_ioprio_set, kWhoProcess, 0, kLastOfBestEffort);
}

}  // namespace

DeepCheckThread::DeepCheckThread(std::string folder, journal::Place known, std::shared_ptr<JournalCheck> check)
    : folder_(std::move(folder)), known_(std::move(known)), check_(std::move(check)), thread_([this] { run(); }) {}

DeepCheckThread::~DeepCheckThread() {
    stop_ = true;
    thread_.join();
}

void DeepCheckThread::run() {
    step_back();
    check_->set({JournalCheck::State::running, 0, {}});
    env::PosixDisk disk;
    const auto done = journal::check_deep(disk, folder_, known_, stop_);
    if (!done) {
        if (done.error().kind == ErrorKind::cancelled) return;
        LOG_ERROR("journal_check.failed", {{"folder", folder_}, {"why", done.error().message}});
        return check_->set({JournalCheck::State::failed, 0, done.error().message});
    }
    if (done->problem) {
        const auto what = journal::to_string(*done->problem);
        LOG_ERROR("journal_check.does_not_hold", {{"folder", folder_}, {"what", what}});
        return check_->set({JournalCheck::State::broken, done->entries, what});
    }
    LOG_INFO("journal_check.holds", {{"folder", folder_}, {"entries", done->entries}});
    check_->set({JournalCheck::State::holds, done->entries, {}});
}

}  // namespace bongsu::app
