// Cameras of `./bench relay`: RTSP servers on one port, rtsp://127.0.0.1:PORT/cam/N, one film, each camera at its own phase. RTP
// interleaved or UDP, as the reader asks; a whole picture in one send, as cameras do.
//
//   relay_camera --port P --cameras N --clip FILE    until SIGTERM; then one JSON object with what it sent
//
// It is also the subject `kernel`: with many readers it does what a relay does at least (one send a reader and picture, or one
// UDP_SEGMENT send a run of packets) and nothing else.
#include <sys/signalfd.h>

#include <csignal>
#include <memory>
#include <unordered_map>

#include "relay_clip.hpp"

namespace bongsu::relay {
namespace {

constexpr std::size_t kPendingMax = 4U << 20, kHeadMax = 16U << 10;
constexpr std::int64_t kFrameTime = kSecond / Clip::kFps;

struct Camera;

struct Reader {
    int fd = -1;
    std::string in, session;
    std::vector<std::uint8_t> pending;  ///< What the kernel did not take.
    Camera* camera = nullptr;
    bool udp = false, playing = false, started = false;
    sockaddr_in rtp{}, rtcp{};
};

struct Camera {
    std::size_t number = 0;
    std::uint32_t frame = 0, ssrc = 0;
    std::uint16_t sequence = 0;
    std::uint32_t packets = 0, octets = 0;
    std::int64_t reported = 0;
    std::vector<Reader*> readers;  ///< That play.
};

class Cameras {
  public:
    explicit Cameras(const Words& words)
        : clip_(Clip::load(words.text("--clip"))), cameras_(words.count("--cameras", 1)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        if (cameras_.empty()) die("--cameras must be at least 1");
        for (std::size_t i = 0; i < cameras_.size(); ++i) {
            cameras_[i].number = i;
            cameras_[i].ssrc = static_cast<std::uint32_t>(0x10000 + i * 7919);
            cameras_[i].sequence = static_cast<std::uint16_t>(i * 37);
        }
        const auto listener = bound_socket(SOCK_STREAM, static_cast<std::uint16_t>(words.count("--port", 0)));
        if (!listener || listen(*listener, 4096) != 0) die("the cameras' port is in use");
        listener_ = *listener;
        for (int tries = 0; rtcp_ < 0; ++tries) {  // RTP on an even port, RTCP on the next (RFC 3550 11).
            if (tries == 100) die("no two UDP ports side by side");
            const int fd = *bound_socket(SOCK_DGRAM, 0);
            const auto other = port_of(fd) % 2 == 0 ? bound_socket(SOCK_DGRAM, static_cast<std::uint16_t>(port_of(fd) + 1)) : std::nullopt;
            if (other) udp_ = fd, rtcp_ = *other;
            else close(fd);
        }
        set_buffer(udp_, SO_SNDBUFFORCE, SO_SNDBUF, 8 << 20);
        sigset_t ending;
        sigemptyset(&ending);
        sigaddset(&ending, SIGTERM);
        sigaddset(&ending, SIGINT);
        sigprocmask(SIG_BLOCK, &ending, nullptr);
        signals_ = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
        for (const int fd : {listener_, signals_, rtcp_}) watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }

    void run() {
        std::printf("ready\n");
        std::fflush(stdout);
        const auto count = static_cast<std::int64_t>(cameras_.size());
        const auto start = now_ns();
        for (std::int64_t turn = 0; !over_;) {
            const auto due = start + turn / count * kFrameTime + turn % count * kFrameTime / count;
            const auto now = now_ns();
            if (now < due) {
                poll(due - now);
                continue;
            }
            late_.add(now - due);
            send_frame(cameras_[static_cast<std::size_t>(turn % count)], now);
            if (++turn % 64 == 0) poll(0);  // Behind its time it still answers.
        }
        std::printf(R"({"packets":%llu,"bytes":%llu,"frames":%llu,"dropped_frames":%llu,"blocked_datagrams":%llu,"late_ms":%s,"cpu_s":%.3f})" "\n",
                    packets_, bytes_, frames_, dropped_, blocked_, late_.json().c_str(), cpu_seconds());
    }

  private:
    void watch(int fd, std::uint32_t events, int operation) const {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        epoll_ctl(epoll_, operation, fd, &event);
    }

    void poll(std::int64_t wait_ns) {
        std::array<epoll_event, 256> events{};
        const timespec wait{0, std::clamp<std::int64_t>(wait_ns, 0, kSecond - 1)};
        const int n = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
        for (int i = 0; i < n; ++i) {
            const auto& event = events.at(static_cast<std::size_t>(i));
            const int fd = event.data.fd;
            if (fd == signals_) over_ = true;
            else if (fd == listener_) accept_all();
            else if (fd == rtcp_) drain_reports();
            else if (const auto found = readers_.find(fd); found != readers_.end()) serve(*found->second, event.events);
        }
    }

    void accept_all() {
        for (;;) {
            const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            no_delay(fd);
            auto reader = std::make_unique<Reader>();
            reader->fd = fd;
            reader->session = std::to_string(1000 + fd);
            readers_[fd] = std::move(reader);
            watch(fd, EPOLLIN, EPOLL_CTL_ADD);
        }
    }

    void drain_reports() const {
        std::array<char, 2048> piece{};
        while (recv(rtcp_, piece.data(), piece.size(), 0) > 0) {
        }
    }

    void serve(Reader& reader, std::uint32_t events) {
        if ((events & EPOLLOUT) != 0 && !flush(reader)) return leave(reader);
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
        std::array<char, 16384> piece{};
        const auto n = recv(reader.fd, piece.data(), piece.size(), 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) return leave(reader);
        reader.in.append(piece.data(), static_cast<std::size_t>(n));
        for (;;) {
            auto& in = reader.in;
            if (in.size() >= 4 && in[0] == '$') {  // A receiver report.
                const auto size = 4 + get16(reinterpret_cast<const std::uint8_t*>(in.data()) + 2);
                if (in.size() < size) return;
                in.erase(0, size);
                continue;
            }
            const auto size = message_size(in);
            if (size == 0 && in.size() > kHeadMax) return leave(reader);
            if (size == 0) return;
            const auto request = in.substr(0, size);
            in.erase(0, size);
            if (!answer(reader, request)) return leave(reader);
        }
    }

    void say(Reader& reader, const std::string& request, const std::string& fields, const std::string& body = {}, std::string_view status = "200 OK") {
        const auto text = "RTSP/1.0 " + std::string(status) + "\r\nCSeq: " + field(request, "CSeq") + "\r\n" + fields + "\r\n" + body;
        give(reader, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }

    bool answer(Reader& reader, const std::string& request) {
        const auto method = request.substr(0, request.find(' '));
        const auto url = request.substr(method.size() + 1, request.find(' ', method.size() + 1) - method.size() - 1);
        const auto session = "Session: " + reader.session + ";timeout=60\r\n";
        if (const auto at = url.find("/cam/"); at != std::string::npos) {
            const auto number = number_in(std::string_view(url).substr(at + 5));
            if (number < cameras_.size()) reader.camera = &cameras_[number];
        }
        if (method == "OPTIONS") return say(reader, request, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n"), true;
        if (method == "TEARDOWN") return false;
        if (!reader.camera) return say(reader, request, "", "", "404 Not Found"), true;
        if (method == "DESCRIBE") {
            const auto sdp = clip_.sdp("camera " + std::to_string(reader.camera->number));
            const auto base = url.ends_with('/') ? url : url + "/";
            say(reader, request, "Content-Base: " + base + "\r\nContent-Type: application/sdp\r\nContent-Length: " + std::to_string(sdp.size()) + "\r\n", sdp);
        } else if (method == "SETUP") {
            const auto transport = set_up(reader, field(request, "Transport"));
            if (transport.empty()) return say(reader, request, "", "", "461 Unsupported Transport"), true;
            say(reader, request, session + "Transport: " + transport + "\r\n");
        } else if (method == "PLAY") {
            say(reader, request, session + "Range: npt=now-\r\n");
            if (!reader.playing) play(reader);
        } else {
            say(reader, request, session);
        }
        return true;
    }

    std::string set_up(Reader& reader, const std::string& transport) const {
        if (transport.find("RTP/AVP/TCP") != std::string::npos) return "RTP/AVP/TCP;unicast;interleaved=0-1";
        const auto at = transport.find("client_port=");
        if (at == std::string::npos) return {};
        const auto port = number_in(std::string_view(transport).substr(at + 12));
        reader.udp = true;
        reader.rtp = loopback(static_cast<std::uint16_t>(port));
        reader.rtcp = loopback(static_cast<std::uint16_t>(port + 1));
        return "RTP/AVP;unicast;client_port=" + std::to_string(port) + "-" + std::to_string(port + 1) +
               ";server_port=" + std::to_string(port_of(udp_)) + "-" + std::to_string(port_of(rtcp_));
    }

    /// Who plays first begins with a key picture, as a camera's encoder does for it; who joins waits for the next.
    void play(Reader& reader) {
        auto& camera = *reader.camera;
        if (camera.readers.empty()) camera.frame = (camera.frame + Clip::kGop - 1) / Clip::kGop * Clip::kGop;
        reader.playing = true;
        camera.readers.push_back(&reader);
    }

    void leave(Reader& reader) {
        if (reader.camera) std::erase(reader.camera->readers, &reader);
        close(reader.fd);
        readers_.erase(reader.fd);
    }

    void send_frame(Camera& camera, std::int64_t now) {
        auto& frame = clip_.frames[camera.frame % clip_.frames.size()];
        const auto time = static_cast<std::uint32_t>(camera.frame * std::uint64_t{90'000} / Clip::kFps + camera.number * 977);
        if (!camera.readers.empty()) {
            frame.set_headers(camera.sequence, time, camera.ssrc, camera.frame, now);
            camera.sequence = static_cast<std::uint16_t>(camera.sequence + frame.packets.size());
            camera.packets += static_cast<std::uint32_t>(frame.packets.size());
            camera.octets += static_cast<std::uint32_t>(frame.bytes.size());
        }
        for (std::size_t i = 0; i < camera.readers.size();) {
            auto& reader = *camera.readers[i];
            reader.started = reader.started || frame.key;
            if (reader.started && !send_to(reader, frame)) {
                leave(reader);
            } else {
                ++i;
            }
        }
        if (now - camera.reported > 5 * kSecond && !camera.readers.empty()) report(camera, time, now);
        ++camera.frame;
    }

    bool send_to(Reader& reader, const Frame& frame) {
        ++frames_;
        packets_ += frame.packets.size();
        bytes_ += frame.bytes.size();
        if (reader.udp) return send_datagrams(reader, frame), true;
        if (reader.pending.size() > kPendingMax) {
            ++dropped_;
            return true;
        }
        return give(reader, frame.bytes);
    }

    bool give(Reader& reader, std::span<const std::uint8_t> bytes) {
        std::size_t taken = 0;
        if (reader.pending.empty()) {
            const auto n = send(reader.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0 && errno != EAGAIN) return false;
            taken = n > 0 ? static_cast<std::size_t>(n) : 0;
            if (taken == bytes.size()) return true;
            watch(reader.fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
        }
        reader.pending.insert(reader.pending.end(), bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.end());
        return true;
    }

    bool flush(Reader& reader) const {
        auto& pending = reader.pending;
        if (!pending.empty()) {
            const auto n = send(reader.fd, pending.data(), pending.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0) return errno == EAGAIN;
            pending.erase(pending.begin(), pending.begin() + n);
        }
        if (pending.empty()) watch(reader.fd, EPOLLIN, EPOLL_CTL_MOD);
        return true;
    }

    void send_datagrams(const Reader& reader, const Frame& frame) {
        std::array<iovec, 64> parts{};
        for (const auto& run : frame.runs) {
            for (std::size_t i = 0; i < run.count; ++i) {
                const auto& packet = frame.packets[run.from + i];
                parts.at(i) = {const_cast<std::uint8_t*>(frame.bytes.data()) + packet.at, packet.size};
            }
            alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
            msghdr message{};
            message.msg_name = const_cast<sockaddr_in*>(&reader.rtp);
            message.msg_namelen = sizeof reader.rtp;
            message.msg_iov = parts.data();
            message.msg_iovlen = run.count;
            if (run.count > 1) {
                message.msg_control = control.data();
                message.msg_controllen = control.size();
                cmsghdr* header = CMSG_FIRSTHDR(&message);
                header->cmsg_level = SOL_UDP;
                header->cmsg_type = UDP_SEGMENT;
                header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
                std::memcpy(CMSG_DATA(header), &run.segment, sizeof run.segment);
            }
            if (sendmsg(udp_, &message, MSG_DONTWAIT) < 0) ++blocked_;
        }
    }

    /// RFC 3550 6.4.1, with the CNAME that a compound must have.
    void report(Camera& camera, std::uint32_t time, std::int64_t now) {
        camera.reported = now;
        timespec wall{};
        clock_gettime(CLOCK_REALTIME, &wall);
        std::array<std::uint8_t, 4 + 28 + 16> bytes{'$', 1, 0, 44, 0x80, 200, 0, 6};
        auto* sr = bytes.data() + 4;
        put32(sr + 4, camera.ssrc);
        put32(sr + 8, static_cast<std::uint32_t>(wall.tv_sec + 2'208'988'800));
        put32(sr + 12, static_cast<std::uint32_t>((static_cast<std::uint64_t>(wall.tv_nsec) << 32) / kSecond));
        put32(sr + 16, time);
        put32(sr + 20, camera.packets);
        put32(sr + 24, camera.octets);
        constexpr std::array<std::uint8_t, 4> kHead{0x81, 202, 0, 3};
        std::memcpy(sr + 28, kHead.data(), kHead.size());
        put32(sr + 32, camera.ssrc);
        sr[36] = 1, sr[37] = 3;
        std::memcpy(sr + 38, "cam", 3);
        for (auto* reader : camera.readers) {
            if (reader->udp) sendto(rtcp_, sr, bytes.size() - 4, MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&reader->rtcp), sizeof reader->rtcp);
            else give(*reader, bytes);
        }
    }

    Clip clip_;
    std::vector<Camera> cameras_;
    std::unordered_map<int, std::unique_ptr<Reader>> readers_;
    int epoll_, listener_ = -1, signals_ = -1, udp_ = -1, rtcp_ = -1;
    bool over_ = false;
    unsigned long long packets_ = 0, bytes_ = 0, frames_ = 0, dropped_ = 0, blocked_ = 0;
    Times late_;
};

}  // namespace
}  // namespace bongsu::relay

int main(int argc, char** argv) {
    bongsu::relay::allow_many_sockets();
    bongsu::relay::Cameras(bongsu::relay::Words(argc, argv)).run();
    return 0;
}
