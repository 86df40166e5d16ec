#include "ways_out.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

#include "crypto/crypto.hpp"
#include "env/posix.hpp"

namespace bongsu::authorisation {

namespace {

using namespace std::chrono_literals;
using Tcp = boost::asio::ip::tcp;

struct NoPictures final : decode::Decoder {
    void ask(decode::Ask, Done done) override { done(fail(ErrorKind::unavailable, "there is no picture here")); }
    const Counters& counters() const override { return counters_; }
    std::size_t waiting() const override { return 0; }
    Counters counters_;
};

struct Heard final : http::Socket {
    std::string text;
    unsigned code = 0;
    void send_text(std::string said) override { text += said; }
    void send_binary(http::SharedBytes, std::string_view said) override { text += said; }
    void close(unsigned with, std::string why) override {
        code = with;
        text += why;
    }
    void must_arrive(std::chrono::milliseconds) override {}
};

int bound(int type, std::uint16_t& port) {
    const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool is_bound = ::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0 && ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    if (!is_bound || (type == SOCK_STREAM && ::listen(fd, 64) != 0)) throw std::runtime_error("no port of the loopback can be had");
    port = ntohs(at.sin_port);
    return fd;
}

std::string all_of(const http::Response& answer) {
    std::string out = answer.body;
    for (const auto& [name, value] : answer.headers) out.append("\n").append(name).append(": ").append(value);
    for (const auto& piece : answer.pieces) out.append(piece.bytes);
    return out;
}

}  // namespace

WaysOut::WaysOut(env::Env& env, const boost::json::object& state, const std::string& folder) : env_(env) {
    auto spool = view::Spool::open(env.disk, env.clock, folder);
    const auto desired = view::parse_state(state);
    if (!spool || !desired) throw std::runtime_error("no spool, or control said what media does not understand");
    spool_ = *std::move(spool);
    gate_ = std::make_unique<view::Gate>(env, *spool_);
    gate_->set_state(*desired);
    door_ = std::make_unique<view::GateDoor>(env, *gate_, [](const CameraId&) { return true; });
    decoder_ = std::make_unique<NoPictures>();
    std::uint16_t udp = 0;
    const int udp_fd = bound(SOCK_DGRAM, udp), rtsp_fd = bound(SOCK_STREAM, rtsp_port_);
    auto ways = app::MediaWays::open({.loop = loop_,
                                      .env = env,
                                      .door = *door_,
                                      .find = [](const CameraId&, int) -> hub::Stream* { return nullptr; },
                                      .stand_in = {},
                                      .index = 0,
                                      .udp_fd = udp_fd,
                                      .udp_port = udp,
                                      .rtp_fd = -1,
                                      .rtcp_fd = -1,
                                      .plain_rtsp = true,
                                      .rtsp_fd = rtsp_fd,
                                      .rtsp_spread = {},
                                      .on_viewers = {},
                                      .decoder = decoder_.get()});
    if (!ways) throw std::runtime_error(ways.error().message);
    ways_ = *std::move(ways);
}

WaysOut::~WaysOut() {
    if (ways_) ways_->stop();
    loop_.poll();
    ways_.reset();
    loop_.restart();
    loop_.poll();
}

bool WaysOut::runs_until(const std::function<bool()>& holds) {
    const env::PosixClock machine;  // The sockets are real.
    const auto end = machine.mono() + 5s;
    while (!holds()) {
        if (machine.mono() > end) return false;
        loop_.restart();
        loop_.run_one_for(2ms);
    }
    return true;
}

WaysOut::Answer WaysOut::ask(const std::string& way, const std::string& camera, const std::string& ticket, const std::string& origin) {
    if (way == "rtsp") return ask_rtsp(camera, ticket);
    http::Request request;
    request.method = way == "whep" ? "POST" : "GET";
    request.path = "/" + way + "/" + camera + (way == "hls" ? "/index.m3u8" : way == "snapshot" ? ".jpg" : "");
    request.headers["authorization"] = "Bearer " + ticket;
    if (!origin.empty()) request.headers["origin"] = origin;
    request.remote = "127.0.0.1:5000";
    if (way == "fmp4") {
        const auto socket = std::make_shared<Heard>();
        const auto events = ways_->fmp4().upgrade(request, socket);
        if (!events) return {events.error().kind == ErrorKind::forbidden ? 403 : 400, events.error().message};
        if (!runs_until([&] { return socket->code != 0; })) return {0, "no answer"};
        events->closed();
        return {static_cast<int>(socket->code) - 4000, socket->text};
    }
    if (way == "whep") {
        // As a browser offers: it is read behind the door.
        request.headers["content-type"] = "application/sdp";
        request.body = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n"
                       "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 "
                       "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
                       "a=setup:actpass\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:96 H264/90000\r\n"
                       "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n";
    }
    std::optional<http::Response> answer;
    const auto reply = [&](http::Response response) { answer = std::move(response); };
    if (way == "whep") ways_->whep().handle(request, reply);
    if (way == "hls") ways_->hls().handle(request, reply);
    if (way == "snapshot") ways_->snapshot()->handle(request, reply);
    if (!runs_until([&] { return answer.has_value(); })) return {0, "no answer"};
    return {answer->status, all_of(*answer)};
}

WaysOut::Answer WaysOut::ask_rtsp(const std::string& camera, const std::string& ticket) {
    Tcp::socket socket(loop_);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), rtsp_port_});
    const auto url = "rtsp://127.0.0.1:" + std::to_string(rtsp_port_) + "/" + camera;
    const auto text = "DESCRIBE " + url + " RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\nAuthorization: Basic " + crypto::to_base64("viewer:" + ticket) + "\r\n\r\n";
    boost::asio::write(socket, boost::asio::buffer(text));
    std::string heard(4096, '\0');
    std::size_t bytes = 0;
    bool is_over = false;
    std::function<void()> read = [&] {
        socket.async_read_some(boost::asio::buffer(heard.data() + bytes, heard.size() - bytes), [&](const boost::system::error_code& code, std::size_t more) {
            bytes += more;
            is_over = code || bytes == heard.size() || std::string_view(heard.data(), bytes).find("\r\n\r\n") != std::string_view::npos;
            if (!is_over) read();
        });
    };
    read();
    const bool answered = runs_until([&] { return is_over; });
    heard.resize(bytes);
    boost::system::error_code ignored;
    socket.close(ignored);
    if (!answered) runs_until([&] { return is_over; });
    const auto space = heard.find(' ');
    return {space == std::string::npos ? 0 : std::atoi(heard.c_str() + space + 1), heard};
}

}  // namespace bongsu::authorisation
