// Viewers of `./bench relay`: many of one kind, each on sockets of its own. A few are looked at packet by packet, the others are
// counted and their bytes thrown away in the kernel (MSG_TRUNC), so that the generator is not the limit.
//
//   relay_viewer --way tcp|udp|webrtc --clip FILE --seconds S --server PID --camera PID --core N <TARGETS
//
// TARGETS: a line a viewer, "URL" or "URL TICKET". Prints a line when the window begins and then one JSON object. Exit 1 only when it cannot work at all.
//
//   --looked-at K   the first K, and as many more spread over the rest (default 8)
//   --lead S        how long the first viewer is alone, until the server's memory is read (default 3)
//   --ramp N        new viewers a second; 0: all at once (default 300)
//   --settle S      between the last viewer's first picture and the window (default 2)
//   --stall N       so many of the last stop reading when the window begins
//   --late MS       a picture later than this is late (default 1000)
//   --profiles P    of WebRTC: OpenSSL's names of SRTP profiles
#include <csignal>
#include <iostream>
#include <map>
#include <memory>

#include "relay_meter.hpp"
#include "relay_track.hpp"
#include "relay_whep.hpp"

namespace bongsu::relay {
namespace {

enum class Way : std::uint8_t { tcp, udp, webrtc };
enum class Step : std::uint8_t { waiting, describe, set_up, play, playing, failed };

constexpr std::int64_t kReportEvery = 5 * kSecond, kAliveEvery = 20 * kSecond, kGiveUp = 40 * kSecond, kNap = kMillisecond;
constexpr std::size_t kPieceBytes = 1 << 20, kBatch = 64, kHeadBytes = 256;

struct Target {
    std::string scheme, authority, path, ticket;
    std::uint16_t port = 0;
    std::string url() const { return scheme + "://" + authority + path; }
};

struct Viewer {
    std::size_t number = 0;
    int control = -1, media = -1, reports = -1;  ///< TCP; UDP of RTP; UDP of RTCP.
    Step step = Step::waiting;
    bool stalled = false;
    std::string in, session;  ///< Until the first picture, or for ever when it is looked at.
    std::int64_t begun = 0, first_picture = 0, next_report = 0, next_alive = 0;
    std::uint64_t bytes = 0, datagrams = 0;  ///< Of the window.
    Track track;
    std::unique_ptr<WhepPeer> peer;
    webrtc::Address server;

    bool parses() const { return track.is_looked_at() || !track.has_picture(); }
};

class Viewers {
  public:
    Viewers(const Words& words, std::vector<Target> targets)
        : words_(words),
          way_(words.text("--way") == "udp" ? Way::udp : words.text("--way") == "webrtc" ? Way::webrtc : Way::tcp),
          clip_(Clip::load(words.text("--clip"))),
          targets_(std::move(targets)),
          meter_(static_cast<pid_t>(words.count("--server", 0)), static_cast<pid_t>(words.count("--camera", 0)), static_cast<int>(words.number("--core", -1))),
          context_(words.text("--profiles", "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80")),
          all_(epoll_create1(EPOLL_CLOEXEC)),
          looked_at_(epoll_create1(EPOLL_CLOEXEC)),
          piece_(kPieceBytes) {
        epoll_event inner{};
        inner.events = EPOLLIN;
        inner.data.u64 = UINT64_MAX;
        epoll_ctl(all_, EPOLL_CTL_ADD, looked_at_, &inner);
        const auto late = static_cast<std::int64_t>(words.number("--late", 1000)) * kMillisecond;
        for (std::size_t i = 0; i < targets_.size(); ++i) {
            auto viewer = std::make_unique<Viewer>();
            viewer->number = i;
            viewer->track.start(is_first(i) || is_spread(i) ? &clip_ : nullptr, late);
            viewers_.push_back(std::move(viewer));
        }
    }

    void run() {
        const auto seconds = [this](std::string_view name, double fallback) { return static_cast<std::int64_t>(words_.number(name, fallback) * kSecond); };
        const auto count = viewers_.size();
        if (count > 0) {
            begin(*viewers_[0]);
            until(now_ns() + kGiveUp, [&] { return settled(0, 1); });
            if (viewers_[0]->step == Step::playing) until(now_ns() + seconds("--lead", 3), [] { return false; });
        }
        const auto before = meter_.read();
        const auto ramp = words_.number("--ramp", 300);
        const auto from = now_ns();
        for (std::size_t i = 1; i < count; ++i) {
            const auto due = ramp > 0 ? from + static_cast<std::int64_t>(static_cast<double>(i) / ramp * kSecond) : from;
            while (now_ns() < due) turn(due);
            begin(*viewers_[i]);
            if (i % 16 == 0) turn(now_ns());
        }
        until(now_ns() + kGiveUp, [&] { return settled(1, count); });
        all_play_ = true;
        until(now_ns() + seconds("--settle", 2), [] { return false; });
        stall(words_.count("--stall", 0));
        for (auto& viewer : viewers_) {
            viewer->bytes = viewer->datagrams = 0;
            viewer->track.counts() = {};
        }
        std::printf("measuring\n");
        std::fflush(stdout);
        const auto cpu = cpu_seconds();
        const auto start = meter_.read();
        until(start.at + seconds("--seconds", 5), [] { return false; });
        const auto end = meter_.read();
        print(before, start, end, cpu_seconds() - cpu);
    }

  private:
    std::size_t looked_at_count() const { return std::min(words_.count("--looked-at", 8), targets_.size()); }
    bool is_first(std::size_t i) const { return i < looked_at_count(); }
    /// The same number, evenly over the rest, the last one included: a server that sends in the order of arrival reaches it last.
    bool is_spread(std::size_t i) const {
        const auto k = looked_at_count(), rest = targets_.size() - k;
        if (i < k || rest == 0 || k == 0) return false;
        const auto at = i - k + 1;
        return at * k / rest != (at - 1) * k / rest;
    }

    void watch(const Viewer& viewer, int fd, std::uint64_t which, std::uint32_t events = EPOLLIN, int operation = EPOLL_CTL_ADD) const {
        epoll_event event{};
        event.events = events;
        event.data.u64 = viewer.number << 2 | which;
        epoll_ctl(viewer.track.is_looked_at() ? looked_at_ : all_, operation, fd, &event);
    }

    void until(std::int64_t end, const std::function<bool()>& done) {
        while (now_ns() < end && !done()) turn(std::min(end, now_ns() + 50 * kMillisecond));
    }

    bool settled(std::size_t from, std::size_t to) const {
        for (std::size_t i = from; i < to; ++i) {
            const auto& viewer = *viewers_[i];
            if (viewer.step != Step::failed && !viewer.track.has_picture()) return false;
        }
        return true;
    }

    /// One look at the sockets: those that are looked at first, and again after every few others. Once all play, only the former
    /// wake us: viewers elsewhere do not run on the server's machine, and to wake one for each send would be on the server's bill.
    void turn(std::int64_t latest) {
        const auto now = now_ns();
        tick(now);
        const auto wait = std::max<std::int64_t>(latest - now, 0);
        if (!all_play_) {
            take_events(looked_at_, 64, 0);
            take_events(all_, 16, std::min(wait, 10 * kMillisecond));
            return;
        }
        take_events(looked_at_, 64, std::min(wait, kNap));
        while (take_events(all_, 16, 0) == 16) take_events(looked_at_, 64, 0);
    }

    int take_events(int epoll, int most, std::int64_t wait_ns) {
        std::array<epoll_event, 64> events{};
        const timespec wait{0, wait_ns};
        const int n = epoll_pwait2(epoll, events.data(), most, &wait, nullptr);
        for (int i = 0; i < n; ++i) {
            const auto data = events.at(static_cast<std::size_t>(i)).data.u64;
            if (data == UINT64_MAX) continue;  // The next turn begins with them.
            auto& viewer = *viewers_[data >> 2];
            if (viewer.step == Step::failed) continue;
            if ((data & 3) == 0) on_control(viewer);
            else if ((data & 3) == 1) on_media(viewer);
            else drain(viewer.reports);
        }
        return n;
    }

    void fail(Viewer& viewer, const std::string& why) {
        ++failures_[why.substr(0, 100)];
        viewer.step = Step::failed;
        for (const int fd : {viewer.control, viewer.media, viewer.reports}) {
            if (fd >= 0) close(fd);
        }
        viewer.control = viewer.media = viewer.reports = -1;
    }

    void begin(Viewer& viewer) {
        const auto& target = targets_[viewer.number];
        viewer.begun = now_ns();
        viewer.next_report = viewer.begun + kReportEvery / 100 * static_cast<std::int64_t>(viewer.number % 100);
        viewer.next_alive = viewer.begun + kAliveEvery;
        viewer.control = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (viewer.control < 0) return fail(viewer, std::string("no socket: ") + std::strerror(errno));
        no_delay(viewer.control);
        const auto address = loopback(target.port);
        if (connect(viewer.control, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)
            return fail(viewer, std::string("cannot connect: ") + std::strerror(errno));
        watch(viewer, viewer.control, 0, EPOLLOUT);
    }

    void say(Viewer& viewer, const std::string& text) {
        const auto n = send(viewer.control, text.data(), text.size(), MSG_NOSIGNAL);
        if (n != static_cast<ssize_t>(text.size())) fail(viewer, std::string("cannot ask: ") + std::strerror(errno));
    }

    void ask(Viewer& viewer, const std::string& method, const std::string& url, const std::string& fields) {
        const auto& ticket = targets_[viewer.number].ticket;
        std::string text = method + " " + url + " RTSP/1.0\r\nCSeq: " + std::to_string(++sequence_) + "\r\nUser-Agent: relay_viewer\r\n";
        if (!ticket.empty()) text += "Authorization: Basic " + basic(ticket) + "\r\n";
        if (!viewer.session.empty()) text += "Session: " + viewer.session + "\r\n";
        say(viewer, text + fields + "\r\n");
    }

    static std::string basic(const std::string& ticket) {
        const auto plain = "bench:" + ticket;
        std::string out(4 * ((plain.size() + 2) / 3) + 1, '\0');
        const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
        out.resize(static_cast<std::size_t>(size));
        return out;
    }

    void on_connected(Viewer& viewer) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(viewer.control, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return fail(viewer, std::string("cannot connect: ") + std::strerror(error));
        watch(viewer, viewer.control, 0, EPOLLIN, EPOLL_CTL_MOD);
        viewer.step = Step::describe;
        const auto& target = targets_[viewer.number];
        if (way_ != Way::webrtc) return ask(viewer, "DESCRIBE", target.url(), "Accept: application/sdp\r\n");
        const auto offer = context_.offer();
        say(viewer, "POST " + target.path + " HTTP/1.1\r\nHost: " + target.authority + "\r\nContent-Type: application/sdp\r\n" +
                        (target.ticket.empty() ? "" : "Authorization: Bearer " + target.ticket + "\r\n") + "Content-Length: " +
                        std::to_string(offer.size()) + "\r\n\r\n" + offer);
    }

    void on_control(Viewer& viewer) {
        if (viewer.step == Step::waiting) return on_connected(viewer);
        const bool parses = viewer.step != Step::playing || (way_ == Way::tcp && viewer.parses());
        const auto n = recv(viewer.control, piece_.data(), piece_.size(), parses ? 0 : MSG_TRUNC);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) return fail(viewer, "the server closed the connection");
        const auto now = now_ns();
        if (way_ == Way::tcp) viewer.bytes += static_cast<std::uint64_t>(n);
        if (!parses) return;
        viewer.in.append(reinterpret_cast<const char*>(piece_.data()), static_cast<std::size_t>(n));
        take_units(viewer, now);
    }

    void take_units(Viewer& viewer, std::int64_t now) {
        std::size_t at = 0;
        while (viewer.step != Step::failed && viewer.in.size() > at + 3) {
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(viewer.in.data()) + at;
            const auto left = viewer.in.size() - at;
            if (*bytes == '$') {
                const std::size_t size = get16(bytes + 2);
                if (left < 4 + size) break;
                if (bytes[1] == 0) take_rtp(viewer, {bytes + 4, size}, now);
                at += 4 + size;
                continue;
            }
            const auto size = message_size(std::string_view(viewer.in).substr(at));
            if (size == 0) break;
            const auto answer = viewer.in.substr(at, size);
            at += size;
            if (viewer.step != Step::playing) on_answer(viewer, answer);
        }
        if (viewer.step == Step::playing && !viewer.parses()) {
            viewer.in = {};  // From here on its bytes are only counted.
        } else {
            viewer.in.erase(0, at);
        }
    }

    void take_rtp(Viewer& viewer, std::span<const std::uint8_t> rtp, std::int64_t now) {
        viewer.track.take(rtp, now);
        if (viewer.first_picture == 0 && viewer.track.has_picture()) viewer.first_picture = now;
    }

    void on_answer(Viewer& viewer, const std::string& answer) {
        const auto status = number_in(std::string_view(answer).substr(std::min<std::size_t>(9, answer.size())));
        if (status < 200 || status > 299) return fail(viewer, "answered " + answer.substr(9, answer.find("\r\n") - 9));
        if (way_ == Way::webrtc) return on_whep(viewer, answer);
        if (viewer.step == Step::describe) {
            const auto base = field(answer, "Content-Base");
            viewer.step = Step::set_up;
            return ask(viewer, "SETUP", track_url(base.empty() ? targets_[viewer.number].url() : base, answer), "Transport: " + transport(viewer) + "\r\n");
        }
        if (viewer.step == Step::set_up) {
            const auto session = field(answer, "Session");
            viewer.session = session.substr(0, session.find(';'));
            if (const auto at = answer.find("server_port="); way_ == Way::udp && at != std::string::npos) {
                const auto ports = answer.substr(at + 12, 16);
                viewer.server = *webrtc::Address::parse("127.0.0.1", static_cast<std::uint16_t>(number_in(ports.substr(ports.find('-') + 1))));
            }
            viewer.step = Step::play;
            return ask(viewer, "PLAY", targets_[viewer.number].url(), "Range: npt=0.000-\r\n");
        }
        viewer.step = Step::playing;
    }

    static std::string track_url(std::string base, const std::string& sdp) {
        const auto video = sdp.find("m=video");
        const auto at = sdp.find("a=control:", video);
        if (video == std::string::npos || at == std::string::npos) return base;
        const auto control = sdp.substr(at + 10, sdp.find_first_of("\r\n", at) - at - 10);
        if (control.starts_with("rtsp:")) return control;
        return base + (base.ends_with('/') ? "" : "/") + control;
    }

    std::string transport(Viewer& viewer) {
        if (way_ == Way::tcp) return "RTP/AVP/TCP;unicast;interleaved=0-1";
        for (int tries = 0; tries < 100; ++tries) {
            const int fd = *bound_socket(SOCK_DGRAM, 0);
            const auto next = port_of(fd) % 2 == 0 ? bound_socket(SOCK_DGRAM, static_cast<std::uint16_t>(port_of(fd) + 1)) : std::nullopt;
            if (!next) {
                close(fd);
                continue;
            }
            viewer.media = fd;
            viewer.reports = *next;
            set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, 4 << 20);
            watch(viewer, fd, 1);
            watch(viewer, *next, 2);
            return "RTP/AVP;unicast;client_port=" + std::to_string(port_of(fd)) + "-" + std::to_string(port_of(*next));
        }
        die("no two UDP ports side by side");
    }

    void on_whep(Viewer& viewer, const std::string& answer) {
        const auto line = [&](const std::string& name) {
            const auto at = answer.find(name);
            return at == std::string::npos ? std::string() : answer.substr(at + name.size(), answer.find_first_of("\r\n", at) - at - name.size());
        };
        // a=candidate:1 1 udp 2130706431 127.0.0.1 8555 typ host
        const auto candidate = line("a=candidate:");
        std::array<char, 64> host{};
        unsigned port = 0;
        if (std::sscanf(candidate.c_str(), "%*s %*s %*s %*s %63s %u", host.data(), &port) != 2) return fail(viewer, "an answer without a candidate");
        const auto address = webrtc::Address::parse(host.data(), static_cast<std::uint16_t>(port));
        if (!address) return fail(viewer, "a candidate without an address");
        viewer.server = *address;
        viewer.media = *bound_socket(SOCK_DGRAM, 0);
        set_buffer(viewer.media, SO_RCVBUFFORCE, SO_RCVBUF, 4 << 20);
        sockaddr_storage to{};
        const auto size = address->to_sockaddr(to, AF_INET);
        if (connect(viewer.media, reinterpret_cast<const sockaddr*>(&to), size) != 0) return fail(viewer, "the candidate cannot be reached");
        watch(viewer, viewer.media, 1);
        viewer.step = Step::playing;
        const int fd = viewer.media;
        viewer.peer = std::make_unique<WhepPeer>(context_, line("a=ice-ufrag:"), line("a=ice-pwd:"),
                                                 [fd](std::span<const std::uint8_t> bytes) { send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
        viewer.peer->ask();
    }

    static void drain(int fd) {
        std::array<char, 1> piece{};
        while (recv(fd, piece.data(), piece.size(), MSG_TRUNC | MSG_DONTWAIT) > 0) {
        }
    }

    void on_media(Viewer& viewer) {
        const bool parses = viewer.parses();
        const std::size_t each = parses ? 2048 : kHeadBytes;
        std::array<mmsghdr, kBatch> messages{};
        std::array<iovec, kBatch> parts{};
        for (std::size_t i = 0; i < kBatch; ++i) {
            parts[i] = {piece_.data() + i * each, each};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        const int n = recvmmsg(viewer.media, messages.data(), kBatch, MSG_DONTWAIT | MSG_TRUNC, nullptr);
        const auto now = now_ns();
        for (int i = 0; i < n && viewer.step != Step::failed; ++i) {
            const auto at = static_cast<std::size_t>(i);
            take_datagram(viewer, {piece_.data() + at * each, std::min<std::size_t>(messages[at].msg_len, each)}, messages[at].msg_len, now);
        }
    }

    void take_datagram(Viewer& viewer, std::span<std::uint8_t> bytes, std::size_t whole, std::int64_t now) {
        if (bytes.empty()) return;
        const bool is_rtp = bytes.size() > 12 && bytes[0] >> 6 == 2 && (bytes[1] < 192 || bytes[1] > 223);
        if (is_rtp) {
            viewer.bytes += whole;
            ++viewer.datagrams;
        }
        if (!viewer.peer) return is_rtp && viewer.parses() ? take_rtp(viewer, bytes, now) : void();
        if (bytes[0] < 128) {
            viewer.peer->take(bytes, viewer.server);
            if (!viewer.peer->failure().empty()) return fail(viewer, viewer.peer->failure());
            if (viewer.peer->ready()) profile_ = viewer.peer->profile();
        } else if (is_rtp && viewer.parses() && viewer.peer->ready()) {
            const auto size = viewer.peer->media().open(bytes);
            if (size > 0) take_rtp(viewer, bytes.first(size), now);
        }
    }

    /// What keeps a session: reports, consent, a word now and then. The viewers' turns are spread over the seconds.
    void tick(std::int64_t now) {
        if (now < next_tick_) return;
        next_tick_ = now + 50 * kMillisecond;
        for (auto& each : viewers_) {
            auto& viewer = *each;
            if (viewer.step != Step::playing || viewer.stalled) continue;
            if (viewer.peer && !viewer.peer->ready()) viewer.peer->tick();
            if (now >= viewer.next_report) {
                viewer.next_report = now + kReportEvery;
                report(viewer);
            }
            if (now >= viewer.next_alive && way_ != Way::webrtc) {
                viewer.next_alive = now + kAliveEvery;
                ask(viewer, "GET_PARAMETER", targets_[viewer.number].url(), "");
            }
        }
    }

    void report(Viewer& viewer) {
        if (viewer.peer) {
            if (!viewer.peer->ready()) return;
            viewer.peer->ask();
            return viewer.peer->report(viewer.track.ssrc(), viewer.track.highest());
        }
        std::array<std::uint8_t, 4 + 32> bytes{'$', 1, 0, 32, 0x81, 201, 0, 7};
        put32(bytes.data() + 8, static_cast<std::uint32_t>(viewer.number + 1));
        put32(bytes.data() + 12, viewer.track.ssrc());
        put32(bytes.data() + 20, viewer.track.highest());
        if (way_ == Way::tcp) {
            (void)send(viewer.control, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        } else if (viewer.server.port != 0) {
            sockaddr_storage to{};
            const auto size = viewer.server.to_sockaddr(to, AF_INET);
            (void)sendto(viewer.reports, bytes.data() + 4, 32, 0, reinterpret_cast<const sockaddr*>(&to), size);
        }
    }

    void stall(std::size_t count) {
        for (std::size_t i = 0; i < std::min(count, viewers_.size()); ++i) {
            auto& viewer = *viewers_[viewers_.size() - 1 - i];
            if (viewer.step != Step::playing) continue;
            viewer.stalled = true;
            epoll_ctl(viewer.track.is_looked_at() ? looked_at_ : all_, EPOLL_CTL_DEL, way_ == Way::tcp ? viewer.control : viewer.media, nullptr);
        }
    }

    void print(const Reading& before, const Reading& start, const Reading& end, double cpu_s) {
        const auto seconds = static_cast<double>(end.at - start.at) / kSecond;
        Counts first, spread;
        Times pictures;
        std::uint64_t bytes = 0, datagrams = 0, fewest = UINT64_MAX, worst = UINT64_MAX;
        std::size_t playing = 0, looked_at = 0, failed = 0;
        for (auto& each : viewers_) {
            auto& viewer = *each;
            failed += viewer.step == Step::failed ? 1 : 0;
            if (viewer.stalled) continue;
            const bool plays = viewer.step == Step::playing && viewer.track.has_picture();
            playing += plays ? 1 : 0;
            bytes += viewer.bytes;
            datagrams += viewer.datagrams;
            fewest = std::min(fewest, viewer.bytes);
            if (plays && viewer.number > 0) pictures.add(viewer.first_picture - viewer.begun);
            if (!viewer.track.is_looked_at()) continue;
            ++looked_at;
            const auto& counts = viewer.track.counts();
            worst = std::min(worst, counts.frames - counts.late);
            (is_first(viewer.number) ? first : spread).add(counts);
        }
        const auto put = [](Counts& counts) {
            char text[200];
            std::snprintf(text, sizeof text, R"({"packets":%llu,"bytes":%llu,"lost":%llu,"reordered":%llu,"frames":%llu,"late":%llu,"incomplete":%llu,"damaged":%llu,"latency_ms":)",
                          static_cast<unsigned long long>(counts.packets), static_cast<unsigned long long>(counts.bytes), static_cast<unsigned long long>(counts.lost),
                          static_cast<unsigned long long>(counts.reordered), static_cast<unsigned long long>(counts.frames), static_cast<unsigned long long>(counts.late),
                          static_cast<unsigned long long>(counts.incomplete), static_cast<unsigned long long>(counts.damaged));
            return text + counts.latency.json() + "}";
        };
        std::string failures;
        for (const auto& [why, count] : failures_) {
            std::string safe;
            for (const char c : why) safe += c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ? '.' : c;
            failures += (failures.empty() ? "\"" : ",\"") + std::to_string(count) + "x " + safe + "\"";
        }
        std::printf(R"({"viewers":%zu,"playing":%zu,"failed":%zu,"failures":[%s],"seconds":%.4f,"bytes":%llu,"datagrams":%llu,"fewest_bytes":%llu,"looked_at":%zu,"worst_frames":%llu,)",
                    viewers_.size(), playing, failed, failures.c_str(), seconds, static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(datagrams),
                    static_cast<unsigned long long>(playing == 0 ? 0 : fewest), looked_at, static_cast<unsigned long long>(looked_at == 0 ? 0 : worst));
        std::printf(R"("profile":"%s","first":%s,"spread":%s,"first_picture_ms":%s,"server":{"cpu_ns":%lld,"softirq_ns":%lld,"busy_ns":%lld,"rss_before_kib":%zu,"rss_kib":%zu,"rss_end_kib":%zu},"camera_cpu_ns":%lld,"viewer_cpu_s":%.3f})" "\n",
                    profile_.c_str(), put(first).c_str(), put(spread).c_str(), pictures.json().c_str(), static_cast<long long>(end.server_ns - start.server_ns),
                    static_cast<long long>(end.softirq_ns - start.softirq_ns), static_cast<long long>(end.at - start.at - (end.idle_ns - start.idle_ns)),
                    before.rss_kib, start.rss_kib, end.rss_kib, static_cast<long long>(end.camera_ns - start.camera_ns), cpu_s);
    }

    const Words& words_;
    Way way_;
    Clip clip_;
    std::vector<Target> targets_;
    Meter meter_;
    WhepContext context_;
    int all_, looked_at_;
    std::vector<std::uint8_t> piece_;
    std::vector<std::unique_ptr<Viewer>> viewers_;
    std::map<std::string, std::size_t> failures_;
    std::string profile_;
    bool all_play_ = false;
    std::int64_t next_tick_ = 0;
    std::uint64_t sequence_ = 0;
};

Target target_of(const std::string& line) {
    Target out;
    const auto space = line.find(' ');
    const auto url = line.substr(0, space);
    if (space != std::string::npos) out.ticket = line.substr(space + 1);
    const auto slashes = url.find("://"), path = url.find('/', slashes + 3);
    if (slashes == std::string::npos || path == std::string::npos) die("no URL: " + url);
    out.scheme = url.substr(0, slashes);
    out.authority = url.substr(slashes + 3, path - slashes - 3);
    out.path = url.substr(path);
    out.port = static_cast<std::uint16_t>(number_in(out.authority.substr(out.authority.rfind(':') + 1)));
    return out;
}

}  // namespace
}  // namespace bongsu::relay

int main(int argc, char** argv) {
    using namespace bongsu::relay;  // tidy-ok: the one function outside
    std::signal(SIGPIPE, SIG_IGN);
    allow_many_sockets();
    const Words words(argc, argv);
    std::vector<Target> targets;
    for (std::string line; std::getline(std::cin, line);) {
        if (!line.empty()) targets.push_back(target_of(line));
    }
    Viewers(words, std::move(targets)).run();
    return 0;
}
