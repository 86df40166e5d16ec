// Starts the server under test: relay_launch [--core N] [--tcp PORT]… [--udp PORT]… -- PROGRAM ARGUMENT…
//
// On one core, with as many descriptors as the system allows and with sockets of 127.0.0.1 that it inherits: "@0" in an argument
// is the first socket's descriptor, "@1" the next one's.
#include <sched.h>

#include "relay_net.hpp"

int main(int argc, char** argv) {
    using namespace bongsu::relay;  // tidy-ok: a program of one function
    allow_many_sockets();
    std::vector<int> sockets;
    int at = 1;
    for (; at + 1 < argc && std::string_view(argv[at]) != "--"; at += 2) {
        const std::string_view name = argv[at];
        const auto number = number_in(argv[at + 1]);
        if (name == "--core") {
            cpu_set_t cores;
            CPU_ZERO(&cores);
            CPU_SET(number, &cores);
            if (sched_setaffinity(0, sizeof cores, &cores) != 0) die("there is no core " + std::to_string(number));
            continue;
        }
        if (name != "--tcp" && name != "--udp") die("there is no option " + std::string(name));
        const auto fd = bound_socket(name == "--tcp" ? SOCK_STREAM : SOCK_DGRAM, static_cast<std::uint16_t>(number));
        if (!fd || (name == "--tcp" && listen(*fd, 1024) != 0)) die("port " + std::to_string(number) + " is in use");
        if (name == "--udp") {  // As app/listen.cpp does it.
            set_buffer(*fd, SO_SNDBUF, SO_SNDBUF, 4 << 20);
            set_buffer(*fd, SO_RCVBUF, SO_RCVBUF, 4 << 20);
        }
        fcntl(*fd, F_SETFD, 0);
        sockets.push_back(*fd);
    }
    std::vector<std::string> words;
    for (++at; at < argc; ++at) {
        std::string word = argv[at];
        if (word.starts_with('@')) word = std::to_string(sockets.at(number_in(word.substr(1))));
        words.push_back(word);
    }
    if (words.empty()) die("which program?");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    die(words[0] + ": " + std::strerror(errno));
}
