#include "messages.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

namespace bongsu::powercut {

namespace {

constexpr timeval kDeadline{.tv_sec = 60, .tv_usec = 0};  // Of one answer: a guest kernel on a busy machine is slow.

/// A connection to 127.0.0.1:port; reads say when an answer is whole.
class Connection {
  public:
    explicit Connection(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kDeadline, sizeof kDeadline);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &kDeadline, sizeof kDeadline);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(port));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_open_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(fd_); }

    /// The answer to `bytes`, up to where `end_of` says that it ends (0: not yet); empty when it does not come.
    std::string ask(const std::string& bytes, std::size_t (*end_of)(const std::string&)) {
        for (std::size_t sent = 0; is_open_ && sent < bytes.size();) {
            const auto n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            is_open_ = n > 0;
            sent += is_open_ ? static_cast<std::size_t>(n) : 0;
        }
        while (is_open_) {
            if (const auto end = end_of(received_); end > 0) {
                auto answer = received_.substr(0, end);
                received_.erase(0, end);
                return answer;
            }
            char piece[4096];
            const auto n = ::recv(fd_, piece, sizeof piece, 0);
            is_open_ = n > 0;
            if (is_open_) received_.append(piece, static_cast<std::size_t>(n));
        }
        return {};
    }

  private:
    int fd_;
    bool is_open_ = false;
    std::string received_;
};

std::size_t end_of_http(const std::string& bytes) {
    const auto head = bytes.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const std::string field = "Content-Length: ";
    const auto at = bytes.find(field);
    std::size_t size = 0;
    if (at < head) std::from_chars(bytes.data() + at + field.size(), bytes.data() + head, size);
    return bytes.size() >= head + 4 + size ? head + 4 + size : 0;
}

std::size_t end_of_telegram(const std::string& bytes) { return bytes.find(';') + 1; }  // npos + 1 is 0.
std::size_t end_of_scsns_tcp(const std::string& bytes) { return bytes.find('\xdf') + 1; }

struct Way {
    std::size_t (*end_of)(const std::string&);
    bool (*is_accepted)(const std::string&);
};

Way way_of(const std::string& name) {
    if (name == "http") {
        return {end_of_http, [](const std::string& answer) {
                    return answer.find(R"("result":"0","type":"2000")") != std::string::npos;
                }};
    }
    if (name == "police-tcp") {
        return {end_of_scsns_tcp, [](const std::string& answer) {
                    return answer[0] == '\xda' && answer.find("0\xd1""2000") != std::string::npos;
                }};
    }
    return {end_of_telegram, [](const std::string& answer) { return answer[0] == '0'; }};
}

}  // namespace

std::vector<Message> read_messages(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::vector<Message> out;
    for (std::string line; std::getline(in, line);) {
        Message message;
        std::size_t size = 0;
        std::istringstream words(line);
        if (!(words >> message.lane >> message.way >> size)) give_up(path + ": a line is not LANE WAY SIZE NAME");
        std::getline(words >> std::ws, message.name);
        message.bytes.resize(size);
        in.read(message.bytes.data(), static_cast<std::streamsize>(size));
        if (in.get() != '\n') give_up(path + ": " + message.name + " has another size than it says");
        out.push_back(std::move(message));
    }
    return out;
}

std::string send_all(const std::vector<Message>& messages, const std::map<std::string, int>& ports,
                     const std::function<void(const std::string&)>& acknowledged) {
    std::map<std::size_t, std::vector<const Message*>> lanes;
    for (const auto& message : messages) lanes[message.lane].push_back(&message);
    std::mutex mutex;
    std::string wrong;
    std::vector<std::thread> senders;
    for (const auto& lane : lanes) {
        senders.emplace_back([&, &queue = lane.second] {
            const auto& kind = queue.front()->way;
            const auto way = way_of(kind);
            const auto port = ports.find(kind);
            Connection connection(port == ports.end() ? 0 : port->second);
            for (const auto* message : queue) {
                const auto answer = connection.ask(message->bytes, way.end_of);
                const std::lock_guard lock(mutex);
                if (answer.empty() || !way.is_accepted(answer)) {
                    wrong += message->name + " by " + kind + ": " + (answer.empty() ? "no answer" : answer) + "\n";
                    return;
                }
                acknowledged(message->name);
            }
        });
    }
    for (auto& sender : senders) sender.join();
    return wrong;
}

std::string ask_http(int port, const std::string& request) { return Connection(port).ask(request, end_of_http); }

void give_up(const std::string& what) {
    std::printf("powercut: %s\n", what.c_str());
    std::fflush(stdout);
    if (::getpid() == 1) ::reboot(RB_POWER_OFF);
    std::_Exit(1);
}

}  // namespace bongsu::powercut
