#include "webrtc/endpoint.hpp"

#include <fcntl.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"

namespace bongsu::webrtc {
namespace {
using namespace std::chrono_literals;
constexpr std::size_t kBatch = 16, kDatagramMax = 2048, kRoundsMax = 8;
constexpr auto kTick = 50ms;
}  // namespace

Endpoint::Endpoint(boost::asio::io_context& loop, env::Env& env, EndpointSettings settings)
    : env_(env),
      settings_(std::move(settings)),
      socket_(loop),
      timer_(loop),
      scratch_(kScratch),
      in_(kBatch * kDatagramMax) {}

Endpoint::~Endpoint() {
    *alive_ = false;
    for (const auto& [ufrag, peer] : by_ufrag_) peer->stop();
}

Result<std::unique_ptr<Endpoint>> Endpoint::start(boost::asio::io_context& loop, int fd, env::Env& env,
                                                  EndpointSettings settings) {
    std::unique_ptr<Endpoint> out(new Endpoint(loop, env, std::move(settings)));
    TRY_DO(out->prepare(fd));
    const std::size_t candidates = out->settings_.candidates.size();
    if (candidates == 0 || candidates > 8)
        return fail(ErrorKind::invalid, "webrtc candidates: 1 to 8 are needed");
    TRY(out->dtls_, DtlsContext::make());
    out->wait();
    out->arm();
    return out;
}

Result<void> Endpoint::prepare(int fd) {
    boost::system::error_code error;
    socket_.assign(fd, error);
    if (error) {
        ::close(fd);
        return fail(ErrorKind::unavailable, "webrtc socket: " + error.message());
    }
    socket_.non_blocking(true, error);
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    int type = 0;
    socklen_t type_size = sizeof type;
    if (error || getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0 || type != SOCK_DGRAM ||
        (own.ss_family != AF_INET && own.ss_family != AF_INET6)) {
        return fail(ErrorKind::invalid, "webrtc socket is not a bound UDP socket");
    }
    family_ = own.ss_family;
    // A key frame to many viewers is a burst; the kernel cuts these to its own limits.
    const int out_bytes = 4 << 20, in_bytes = 1 << 20;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &out_bytes, sizeof out_bytes);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &in_bytes, sizeof in_bytes);
    return {};
}

std::string Endpoint::random_token(std::size_t letters) {
    // Five random bits a letter; all of them are ice-chars (RFC 8839 5.4) and SDP tokens.
    static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";
    std::vector<std::uint8_t> bytes(letters);
    env_.random.fill(bytes);
    std::string out;
    for (const std::uint8_t byte : bytes) out += kLetters[byte & 31];
    return out;
}

Result<Endpoint::Opened> Endpoint::open(const Offer& offer, media::Codec codec, PeerEvents events, const std::string& stream_id) {
    BONGSU_CHECK(offer.format(codec) != nullptr);
    if (by_ufrag_.size() >= settings_.peers_max) {
        return fail(ErrorKind::exhausted,
                    "webrtc viewers: " + std::to_string(settings_.peers_max) + " are connected");
    }
    PeerSettings settings;
    settings.ufrag = random_token(12);  // 60 bits: two of one name do not happen.
    settings.pwd = random_token(32);
    settings.remote_ufrag = offer.ufrag;
    settings.remote_fingerprint = offer.fingerprint;
    settings.payload_type = offer.format(codec)->payload_type;
    settings.ssrc = static_cast<std::uint32_t>(1 + env_.random.below(0xFFFF'FFFE));
    settings.first_sequence = static_cast<std::uint16_t>(env_.random.below(1 << 15));
    settings.cname = random_token(16);
    TRY(auto peer, Peer::create(*this, dtls_, settings, std::move(events), env_.clock.mono()));
    AnswerFields fields;
    fields.session = env_.random.below(std::uint64_t{1} << 62);
    fields.ufrag = settings.ufrag;
    fields.pwd = settings.pwd;
    fields.fingerprint = dtls_->fingerprint();
    fields.ssrc = settings.ssrc;
    fields.cname = settings.cname;
    fields.stream_id = stream_id;
    fields.candidates = settings_.candidates;
    by_ufrag_.emplace(settings.ufrag, peer);
    return Opened{std::move(peer), write_answer(offer, codec, fields)};
}

void Endpoint::close(const std::shared_ptr<Peer>& peer) {
    peer->stop();
    forget(*peer);
}

void Endpoint::forget(const Peer& peer) {
    for (const Address& address : peer.addresses()) {
        const auto found = by_address_.find(address);
        if (found != by_address_.end() && found->second.get() == &peer) by_address_.erase(found);
    }
    by_ufrag_.erase(peer.settings().ufrag);
}

void Endpoint::wait() {
    socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this, alive = alive_](const boost::system::error_code& error) {
                           if (!*alive || error) return;
                           receive();
                           wait();
                       });
}

void Endpoint::receive() {
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> parts{};
    std::array<sockaddr_storage, kBatch> from{};
    for (std::size_t round = 0; round < kRoundsMax; ++round) {  // Then others on the loop have their turn.
        for (std::size_t i = 0; i < kBatch; ++i) {
            parts[i] = {in_.data() + i * kDatagramMax, kDatagramMax};
            messages[i].msg_hdr = {&from[i], sizeof from[i], &parts[i], 1, nullptr, 0, 0};
        }
        const int count = recvmmsg(socket_.native_handle(), messages.data(), kBatch, MSG_DONTWAIT, nullptr);
        if (count <= 0) return;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            ++stats_.datagrams;
            const auto address = Address::of(from[i]);
            if (!address || messages[i].msg_len == 0 || (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
                ++stats_.hostile;
                continue;
            }
            dispatch({in_.data() + i * kDatagramMax, messages[i].msg_len}, *address);
        }
        if (static_cast<std::size_t>(count) < kBatch) return;
    }
}

void Endpoint::dispatch(std::span<std::uint8_t> datagram, const Address& from) {
    if (datagram[0] < 4) return on_stun(datagram, from);  // RFC 7983.
    const auto found = by_address_.find(from);
    if (found == by_address_.end()) {
        ++stats_.hostile;
        return;
    }
    const std::shared_ptr<Peer> peer = found->second;  // Its events may forget it.
    peer->on_datagram(datagram, from, env_.clock.mono());
    if (peer->done()) forget(*peer);
}

void Endpoint::on_stun(std::span<const std::uint8_t> datagram, const Address& from) {
    const auto request = parse_stun_request(datagram);
    const auto found = request ? by_ufrag_.find(std::string(request->our_ufrag())) : by_ufrag_.end();
    if (found == by_ufrag_.end()) {
        ++stats_.hostile;
        return;
    }
    const std::shared_ptr<Peer> peer = found->second;
    const auto before = peer->addresses();
    if (!peer->on_stun(*request, from, env_.clock.mono())) {
        ++stats_.hostile;
        return;
    }
    by_address_[from] = peer;
    for (const Address& old : before) {
        const auto& now = peer->addresses();
        if (std::find(now.begin(), now.end(), old) == now.end()) by_address_.erase(old);
    }
}

void Endpoint::arm() {
    timer_.expires_after(kTick);
    timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
        if (!*alive || error) return;
        tick();
        arm();
    });
}

void Endpoint::tick() {
    ticking_.clear();
    for (const auto& [ufrag, peer] : by_ufrag_) ticking_.push_back(peer);
    const MonoTime now = env_.clock.mono();
    const WallTime wall = env_.clock.wall();
    for (const auto& peer : ticking_) {
        peer->tick(now, wall);
        if (peer->done()) forget(*peer);
    }
    ticking_.clear();
}

Sent Endpoint::send(const Address& to, std::span<const std::uint8_t> bytes, std::size_t segment) {
    if (family_ == AF_INET && to.v6) return Sent::failed;
    sockaddr_storage address{};
    const socklen_t size = to.to_sockaddr(address, family_);
    if (bytes.size() > segment && stats_.gso) {
        if (const auto sent = send_run(address, size, bytes, segment)) return *sent;
    }
    return send_each(address, size, bytes, segment);
}

/// Empty: this run cannot go as GSO, plain datagrams may.
std::optional<Sent> Endpoint::send_run(const sockaddr_storage& to, socklen_t to_size,
                                       std::span<const std::uint8_t> bytes, std::size_t segment) {
    iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
    msghdr message{};
    message.msg_name = const_cast<sockaddr_storage*>(&to);
    message.msg_namelen = to_size;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto size = static_cast<std::uint16_t>(segment);
    std::memcpy(CMSG_DATA(header), &size, sizeof size);
    if (sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT) >= 0) {
        ++stats_.gso_sends;
        return Sent::all;
    }
    const int error = errno;
    if (error != EINVAL && error != EIO && error != EOPNOTSUPP && error != EMSGSIZE) return outcome_of(error);
    // One viewer's path with a small MTU must not cost the others: only a kernel that never took it is
    // believed.
    ++stats_.gso_refused;
    if (stats_.gso_sends == 0 && stats_.gso_refused == 16) {
        stats_.gso = false;
        LOG_WARN("webrtc.no_gso", {{"errno", error}});
    }
    return std::nullopt;
}

Sent Endpoint::send_each(const sockaddr_storage& to, socklen_t to_size, std::span<const std::uint8_t> bytes,
                         std::size_t segment) {
    std::array<mmsghdr, kSegmentsMax> messages{};
    std::array<iovec, kSegmentsMax> parts{};
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size() && count < kSegmentsMax; at += segment, ++count) {
        parts[count] = {const_cast<std::uint8_t*>(bytes.data()) + at, std::min(segment, bytes.size() - at)};
        messages[count].msg_hdr = {
            const_cast<sockaddr_storage*>(&to), to_size, &parts[count], 1, nullptr, 0, 0};
    }
    for (std::size_t done = 0; done < count;) {
        const int sent = sendmmsg(socket_.native_handle(), messages.data() + done,
                                  static_cast<unsigned>(count - done), MSG_DONTWAIT);
        if (sent <= 0) return outcome_of(errno);
        stats_.plain_sends += static_cast<std::uint64_t>(sent);
        done += static_cast<std::size_t>(sent);
    }
    return Sent::all;
}

Sent Endpoint::outcome_of(int error) {
    if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM) {
        ++stats_.blocked;
        return Sent::blocked;
    }
    ++stats_.failed;
    return Sent::failed;
}

}  // namespace bongsu::webrtc
