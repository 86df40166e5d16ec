// Plays the partners of one centre: in a guest kernel, as its first process, on a disk whose every write is on record;
// and on the host, on what a power cut has left of that disk.
//
//   powercut PROGRAM CONSOLE                       as the first process of a guest kernel; the disk holds data/ and messages
//   powercut PROGRAM CONSOLE MESSAGES DATA LOG     starts the centre on DATA, sends, kills the centre
//
// Prints "acknowledged NAME" for each message (on the host), and at its end "powercut: done".
#include <sys/reboot.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "centre.hpp"
#include "device.hpp"
#include "messages.hpp"

namespace bongsu::powercut {
namespace {

void say(const std::string& text) {
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
}

[[noreturn]] void run_guest(const std::string& program, const std::string& console) {
    begin_guest();
    LoggedDisk disk("/run/disk");
    say("powercut: the disk is on record");
    Centre centre({.program = program, .data = "/run/disk/data", .console = console, .log = "/run/control.log"});
    centre.wait_until_open();
    say("powercut: control is open");
    disk.mark("open");
    const auto wrong = send_all(read_messages("/run/disk/messages"), centre.ports(), [&](const std::string& name) { disk.mark("ack:" + name); });
    if (!wrong.empty()) give_up("not acknowledged: " + wrong + centre.log());
    disk.mark("end");
    centre.kill();
    disk.end();
    say("powercut: done");
    ::reboot(RB_POWER_OFF);
    give_up("the guest does not power off");
}

void run_host(const CentreOptions& options, const std::string& messages) {
    Centre centre(options);
    centre.wait_until_open();
    const auto wrong = send_all(read_messages(messages), centre.ports(), [](const std::string& name) { say("acknowledged " + name); });
    if (!wrong.empty()) give_up("not acknowledged: " + wrong + centre.log());
    centre.kill();
    say("powercut: done");
}

}  // namespace
}  // namespace bongsu::powercut

int main(int argc, char** argv) {
    using namespace bongsu::powercut;  // tidy-ok: the program's own
    if (::getpid() == 1 && argc >= 3) run_guest(argv[1], argv[2]);  // The kernel adds words of its own.
    if (argc != 6) {
        std::fprintf(stderr, "powercut PROGRAM CONSOLE MESSAGES DATA LOG\n");
        return 2;
    }
    run_host({.program = argv[1], .data = argv[4], .console = argv[2], .log = argv[5]}, argv[3]);
    return 0;
}
