#include "device.hpp"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "messages.hpp"

namespace bongsu::powercut {

namespace {

constexpr const char* kName = "logged";

void must(bool good, const std::string& what) {
    if (!good) give_up(what + ": " + std::strerror(errno));
}

void load_module(const std::string& name) {
    utsname kernel{};
    ::uname(&kernel);
    const auto path = std::string("/usr/lib/uml/modules/") + kernel.release + "/kernel/drivers/md/" + name + ".ko";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    must(fd >= 0, path);
    must(::syscall(SYS_finit_module, fd, "", 0) == 0 || errno == EEXIST, "loading " + path);
    ::close(fd);
}

/// A request to the device mapper: its head, and room for what follows it.
struct Request {
    alignas(dm_ioctl) std::array<char, 2048> bytes{};

    explicit Request(const char* name = kName) {
        auto& head = *reinterpret_cast<dm_ioctl*>(bytes.data());
        head.version[0] = DM_VERSION_MAJOR;
        head.data_size = static_cast<std::uint32_t>(bytes.size());
        head.data_start = sizeof(dm_ioctl);
        std::strncpy(head.name, name, sizeof head.name - 1);
    }
    template <typename Head>
    void put(Head head, const std::string& text) {
        if (sizeof(dm_ioctl) + sizeof head + text.size() + 1 > bytes.size()) give_up("too long for the device mapper");
        std::memcpy(bytes.data() + sizeof(dm_ioctl), &head, sizeof head);
        std::memcpy(bytes.data() + sizeof(dm_ioctl) + sizeof head, text.c_str(), text.size() + 1);
        reinterpret_cast<dm_ioctl*>(bytes.data())->target_count = 1;
    }
};

}  // namespace

void begin_guest() {
    must(::mount("proc", "/proc", "proc", 0, nullptr) == 0, "/proc");
    must(::mount("run", "/run", "tmpfs", 0, nullptr) == 0, "/run");
    // Pages that nobody syncs go to the disk within half a second too, not within half a minute: more that a cut can part.
    for (const auto* setting : {"dirty_writeback_centisecs", "dirty_expire_centisecs"}) {
        std::ofstream out(std::string("/proc/sys/vm/") + setting);
        must(static_cast<bool>(out << "20" << std::flush), setting);
    }
    ifreq loopback{};
    std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
    loopback.ifr_flags = IFF_UP | IFF_RUNNING;
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(::ioctl(fd, SIOCSIFFLAGS, &loopback) == 0, "the loopback interface");
    ::close(fd);
}

LoggedDisk::LoggedDisk(const std::string& mount_point) : mount_point_(mount_point) {
    load_module("dm-mod");
    load_module("dm-log-writes");
    control_ = ::open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    must(control_ >= 0, "/dev/mapper/control");
    const int data = ::open("/dev/ubda", O_RDONLY | O_CLOEXEC);
    std::uint64_t size = 0;
    must(data >= 0 && ::ioctl(data, BLKGETSIZE64, &size) == 0, "/dev/ubda");
    ::close(data);

    Request create;
    must(::ioctl(control_, DM_DEV_CREATE, create.bytes.data()) == 0, "making the logged device");
    dm_target_spec target{};
    target.length = size / 512;
    std::strncpy(target.target_type, "log-writes", sizeof target.target_type - 1);
    Request load;
    load.put(target, "/dev/ubda /dev/ubdb");
    must(::ioctl(control_, DM_TABLE_LOAD, load.bytes.data()) == 0, "the table of the logged device");
    Request resume;
    must(::ioctl(control_, DM_DEV_SUSPEND, resume.bytes.data()) == 0, "the logged device's start");
    ::mkdir(mount_point.c_str(), 0755);
    must(::mount("/dev/dm-0", mount_point.c_str(), "ext4", 0, nullptr) == 0, "mounting the logged device");
}

void LoggedDisk::mark(const std::string& text) {
    auto word = text;  // The device takes one.
    std::replace(word.begin(), word.end(), ' ', '/');
    Request request;
    request.put(dm_target_msg{}, "mark " + word);
    must(::ioctl(control_, DM_TARGET_MSG, request.bytes.data()) == 0, "a mark in the log");
}

void LoggedDisk::end() {
    must(::umount(mount_point_.c_str()) == 0, "unmounting the logged device");
    Request remove;
    must(::ioctl(control_, DM_DEV_REMOVE, remove.bytes.data()) == 0, "the logged device's end");
    ::sync();
}

}  // namespace bongsu::powercut
