#include "view/rtsp_udp.hpp"

#include <linux/filter.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.hpp"
#include "media/rtp.hpp"

namespace bongsu::view {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kRunMax = RtspUdp::kSlice;  // Packets of one send; the kernel takes 64, and 64 KiB.
constexpr std::size_t kRunBytesMax = 65'000;
constexpr std::size_t kBatch = 16, kRoundsMax = 8, kRtcpMax = 2048;
constexpr auto kPace = 1ms, kReportTick = 500ms, kPlanKept = 1000ms;
constexpr std::uint8_t kLosing = 3;  // Of 256.
constexpr int kSendBuffer = 4 << 20, kReceiveBuffer = 1 << 20;

struct Bound {
    sockaddr_storage at{};
    std::uint16_t port = 0;
    bool any = false;
};

Result<Bound> bound(int fd) {
    Bound out;
    socklen_t size = sizeof out.at;
    int type = 0;
    socklen_t type_size = sizeof type;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&out.at), &size) != 0 ||
        ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0 || type != SOCK_DGRAM)
        return fail(ErrorKind::invalid, "RTP over UDP: not a bound UDP socket");
    const auto address = webrtc::Address::of(out.at);
    if (!address || address->port == 0) return fail(ErrorKind::invalid, "RTP over UDP: not a bound UDP socket");
    out.port = address->port;
    out.any = std::all_of(address->ip.begin(), address->ip.end(), [](std::uint8_t byte) { return byte == 0; });
    return out;
}

/// Nobody has anything to say on our RTP port (players open their firewalls there).
bool hear_nothing(int fd) {
    sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{1, &none};
    return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/// Appends a control message to those in `to`.
template <class Value>
std::size_t append_control(std::span<char> to, std::size_t at, int level, int type, const Value& value) {
    cmsghdr header{};
    header.cmsg_level = level;
    header.cmsg_type = type;
    header.cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(to.data() + at, &header, sizeof header);
    std::memcpy(to.data() + at + CMSG_LEN(0), &value, sizeof value);
    return at + CMSG_SPACE(sizeof value);
}

webrtc::Address address_of(const asio::ip::address& from, std::uint16_t port) {
    webrtc::Address out;
    out.port = port;
    if (from.is_v4() || from.to_v6().is_v4_mapped()) {
        const auto bytes = (from.is_v4() ? from.to_v4() : asio::ip::make_address_v4(asio::ip::v4_mapped, from.to_v6())).to_bytes();
        std::copy(bytes.begin(), bytes.end(), out.ip.begin());
    } else {
        const auto bytes = from.to_v6().to_bytes();
        std::copy(bytes.begin(), bytes.end(), out.ip.begin());
        out.v6 = true;
    }
    return out;
}

/// The control message by which a datagram comes from `local`.
std::size_t write_source(std::span<char> to, const webrtc::Address& local, int family) {
    sockaddr_storage at{};
    (void)local.to_sockaddr(at, family);
    if (family == AF_INET) {
        in_pktinfo info{};
        info.ipi_spec_dst = reinterpret_cast<const sockaddr_in&>(at).sin_addr;
        return append_control(to, 0, IPPROTO_IP, IP_PKTINFO, info);
    }
    in6_pktinfo info{};
    info.ipi6_addr = reinterpret_cast<const sockaddr_in6&>(at).sin6_addr;
    return append_control(to, 0, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

}  // namespace

RtspUdp::RtspUdp(asio::io_context& loop, env::Clock& clock)
    : clock_(clock), rtp_(loop), rtcp_(loop), pace_timer_(loop), report_timer_(loop), alive_(std::make_shared<bool>(true)) {}

Result<std::unique_ptr<RtspUdp>> RtspUdp::start(asio::io_context& loop, env::Clock& clock, env::Random& random, int rtp_fd, int rtcp_fd) {
    std::unique_ptr<RtspUdp> out(new RtspUdp(loop, clock));
    TRY_DO(out->prepare(rtp_fd, rtcp_fd));
    std::array<std::uint8_t, 8> name{};
    random.fill(name);  // RFC 7022: says nothing of this machine.
    for (const auto byte : name) {
        out->cname_ += "0123456789abcdef"[byte >> 4];
        out->cname_ += "0123456789abcdef"[byte & 15];
    }
    out->wait();
    out->report();
    return out;
}

Result<void> RtspUdp::prepare(int rtp_fd, int rtcp_fd) {
    boost::system::error_code code;
    rtp_.assign(rtp_fd, code);
    if (code) ::close(rtp_fd);
    boost::system::error_code other;
    rtcp_.assign(rtcp_fd, other);
    if (other) ::close(rtcp_fd);
    if (code || other) return fail(ErrorKind::unavailable, "RTP over UDP: " + (code ? code : other).message());
    TRY(const auto rtp, bound(rtp_fd));
    TRY(const auto rtcp, bound(rtcp_fd));
    if (rtp.at.ss_family != rtcp.at.ss_family || rtp.port % 2 != 0 || rtcp.port != rtp.port + 1)
        return fail(ErrorKind::invalid, "RTP over UDP needs an even port and the next one");
    family_ = rtp.at.ss_family;
    any_address_ = rtp.any;
    rtp_port_ = rtp.port;
    rtcp_port_ = rtcp.port;
    rtcp_.non_blocking(true, code);
    // A key picture to many viewers is a burst; root may have more than the kernel's own limit.
    if (::setsockopt(rtp_fd, SOL_SOCKET, SO_SNDBUFFORCE, &kSendBuffer, sizeof kSendBuffer) != 0)
        ::setsockopt(rtp_fd, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    ::setsockopt(rtcp_fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    if (!hear_nothing(rtp_fd)) LOG_WARN("rtsp.udp_no_filter", {{"errno", errno}});
    return {};
}

Result<std::unique_ptr<RtspUdp::View>> RtspUdp::open(const asio::ip::address& peer, const asio::ip::address& local,
                                                     const rtsp::Chosen& ports, Events events) {
    auto rtp = address_of(peer, ports.client_rtp), rtcp = address_of(peer, ports.client_rtcp);
    if (family_ == AF_INET && rtp.v6) return fail(ErrorKind::unavailable, "RTP over UDP is served by IPv4 alone");
    if (by_address_.contains(rtcp)) return fail(ErrorKind::conflict, "another view has these client ports");
    std::unique_ptr<View> out(new View(*this, std::move(events)));
    out->reports_from_ = rtcp;
    out->to_size_ = rtp.to_sockaddr(out->rtp_to_, family_);
    rtcp.to_sockaddr(out->rtcp_to_, family_);
    if (any_address_) out->source_size_ = write_source(out->source_, address_of(local, 0), family_);
    by_address_.emplace(rtcp, out.get());
    return out;
}

std::size_t RtspUdp::losing() const {
    return static_cast<std::size_t>(std::count_if(by_address_.begin(), by_address_.end(),
                                                  [](const auto& one) { return one.second->fraction_lost_ >= kLosing; }));
}

const RtspUdp::Plan& RtspUdp::plan(const media::BlockPtr& block) {
    if (plan_.block == block) return plan_;
    plan_.block = block;
    plan_.parts.clear();
    plan_.runs.clear();
    const std::uint8_t* bytes = block->bytes.data();
    std::size_t run_bytes = 0;
    bool open = false;
    for (std::uint32_t i = 0; i < block->packets.size(); ++i) {
        const auto [offset, size] = block->packets[i];
        plan_.parts.push_back({const_cast<std::uint8_t*>(bytes) + offset, size});
        const bool fits = open && size <= plan_.runs.back().segment && plan_.runs.back().count < kRunMax && run_bytes + size <= kRunBytesMax;
        if (fits) {
            ++plan_.runs.back().count;
            run_bytes += size;
        } else {
            plan_.runs.push_back({i, 1, static_cast<std::uint16_t>(std::min<std::uint32_t>(size, UINT16_MAX))});
            run_bytes = size;
        }
        open = size == plan_.runs.back().segment;  // Only the last of a run may be shorter.
    }
    return plan_;
}

/// Sends packets from `at` on, whole runs, until `most` have gone.
RtspUdp::Outcome RtspUdp::send_packets(const View& view, const Plan& plan, std::size_t& at, std::size_t most) {
    const std::size_t end = at + most;
    for (const Run& run : plan.runs) {
        const std::size_t run_end = run.from + run.count;
        if (run_end <= at) continue;
        if (at >= end) break;
        std::size_t done = 0;
        const auto outcome = send_run(view, const_cast<iovec*>(plan.parts.data()) + at, run_end - at, run.segment, done);
        for (std::size_t i = 0; i < done; ++i) counters_.bytes += plan.parts[at + i].iov_len;
        counters_.packets += done;
        at += done;
        if (outcome != Outcome::sent) return outcome;
    }
    return Outcome::sent;
}

RtspUdp::Outcome RtspUdp::send_run(const View& view, iovec* parts, std::size_t count, std::uint16_t segment, std::size_t& done) {
    if (count == 1 || !counters_.gso) return send_each(view, parts, count, done);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof segment) + CMSG_SPACE(sizeof(in6_pktinfo))> control{};
    std::memcpy(control.data(), view.source_.data(), view.source_size_);
    msghdr message{};
    message.msg_name = const_cast<sockaddr_storage*>(&view.rtp_to_);
    message.msg_namelen = view.to_size_;
    message.msg_iov = parts;
    message.msg_iovlen = count;
    message.msg_control = control.data();
    message.msg_controllen = append_control<std::uint16_t>(control, view.source_size_, SOL_UDP, UDP_SEGMENT, segment);
    if (::sendmsg(rtp_.native_handle(), &message, MSG_DONTWAIT) >= 0) {
        ++counters_.gso_sends;
        done = count;
        return Outcome::sent;
    }
    const int error = errno;
    if (error != EINVAL && error != EIO && error != EOPNOTSUPP && error != EMSGSIZE) return outcome_of(error);
    // One viewer's path with a small MTU must not cost the others: only a kernel that never took it is believed.
    ++counters_.gso_refused;
    if (counters_.gso_sends == 0 && counters_.gso_refused == 16) {
        counters_.gso = false;
        LOG_WARN("rtsp.udp_no_gso", {{"errno", error}});
    }
    return send_each(view, parts, count, done);
}

RtspUdp::Outcome RtspUdp::send_each(const View& view, iovec* parts, std::size_t count, std::size_t& done) {
    std::array<mmsghdr, kRunMax> messages{};
    for (std::size_t i = 0; i < count; ++i) {
        msghdr& message = messages[i].msg_hdr;
        message.msg_name = const_cast<sockaddr_storage*>(&view.rtp_to_);
        message.msg_namelen = view.to_size_;
        message.msg_iov = parts + i;
        message.msg_iovlen = 1;
        message.msg_control = view.source_size_ > 0 ? const_cast<char*>(view.source_.data()) : nullptr;
        message.msg_controllen = view.source_size_;
    }
    while (done < count) {
        const int sent = ::sendmmsg(rtp_.native_handle(), messages.data() + done, static_cast<unsigned>(count - done), MSG_DONTWAIT);
        if (sent <= 0) return outcome_of(errno);
        counters_.plain_sends += static_cast<std::uint64_t>(sent);
        done += static_cast<std::size_t>(sent);
    }
    return Outcome::sent;
}

RtspUdp::Outcome RtspUdp::outcome_of(int error) {
    if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM || error == EINTR) {
        ++counters_.blocked;
        return Outcome::blocked;
    }
    ++counters_.failed;
    return Outcome::failed;
}

/// Lost when the kernel does not take it now: the next report says the same.
void RtspUdp::send_rtcp(const View& view, std::span<const std::uint8_t> packet) {
    iovec part{const_cast<std::uint8_t*>(packet.data()), packet.size()};
    msghdr message{};
    message.msg_name = const_cast<sockaddr_storage*>(&view.rtcp_to_);
    message.msg_namelen = view.to_size_;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = view.source_size_ > 0 ? const_cast<char*>(view.source_.data()) : nullptr;
    message.msg_controllen = view.source_size_;
    (void)::sendmsg(rtcp_.native_handle(), &message, MSG_DONTWAIT);
}

void RtspUdp::await_turn(View* view) {
    pacing_.push_back(view);
    if (std::exchange(pace_armed_, true)) return;
    pace_timer_.expires_after(kPace);
    pace_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) pace();
    });
}

void RtspUdp::pace() {
    pace_armed_ = false;
    const MonoTime now = clock_.mono();
    // Taken out first: who is ready may begin with another picture, or be gone.
    walking_.swap(pacing_);
    pacing_.clear();
    for (std::size_t i = 0; i < walking_.size(); ++i) {
        View* view = walking_[i];
        if (view == nullptr) continue;
        if (!view->go_on(now)) {
            await_turn(view);
        } else if (const auto ready = view->events_.on_ready) {
            ready();
        }
    }
    walking_.clear();
}

void RtspUdp::forget(const View* view) {
    by_address_.erase(view->reports_from_);
    std::erase(pacing_, view);
    std::replace(walking_.begin(), walking_.end(), const_cast<View*>(view), static_cast<View*>(nullptr));
}

void RtspUdp::wait() {
    rtcp_.async_wait(asio::posix::stream_descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        receive();
        wait();
    });
}

void RtspUdp::receive() {
    std::array<std::array<std::uint8_t, kRtcpMax>, kBatch> bytes;
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> parts{};
    std::array<sockaddr_storage, kBatch> from{};
    for (std::size_t round = 0; round < kRoundsMax; ++round) {  // Then others on the loop have their turn.
        for (std::size_t i = 0; i < kBatch; ++i) {
            parts[i] = {bytes[i].data(), bytes[i].size()};
            messages[i].msg_hdr = {&from[i], sizeof from[i], &parts[i], 1, nullptr, 0, 0};
        }
        const int count = ::recvmmsg(rtcp_.native_handle(), messages.data(), kBatch, MSG_DONTWAIT, nullptr);
        for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
            const auto address = webrtc::Address::of(from[i]);
            const bool whole = address && (messages[i].msg_hdr.msg_flags & MSG_TRUNC) == 0;
            if (whole) on_rtcp({bytes[i].data(), messages[i].msg_len}, *address);
            else ++counters_.hostile;
        }
        if (count < static_cast<int>(kBatch)) return;
    }
}

void RtspUdp::on_rtcp(std::span<const std::uint8_t> packet, const webrtc::Address& from) {
    const auto found = by_address_.find(from);
    const auto compound = found != by_address_.end() ? media::rtcp::parse(packet) : fail(ErrorKind::not_found, "nobody's");
    if (!compound) {
        ++counters_.hostile;
        return;
    }
    View& view = *found->second;
    for (const auto& one : compound->reports) {
        if (one.ssrc != view.ssrc_) continue;
        ++counters_.reports;
        view.fraction_lost_ = one.fraction_lost;
        if (one.cumulative_lost > view.lost_) counters_.lost += static_cast<std::uint64_t>(one.cumulative_lost - view.lost_);
        view.lost_ = std::max(view.lost_, one.cumulative_lost);
    }
    if (const auto life = view.events_.on_life) life();
}

void RtspUdp::report() {
    const MonoTime now = clock_.mono();
    const WallTime wall = clock_.wall();
    for (const auto& [address, view] : by_address_) view->report(now, wall);
    // The list of packets keeps its block; of a camera that is gone nothing stays.
    if (plan_.block && now - plan_.block->received > kPlanKept) plan_.block.reset();
    report_timer_.expires_after(kReportTick);
    report_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) report();
    });
}

RtspUdp::View::~View() {
    if (packets_ > 0) out_.send_rtcp(*this, media::rtcp::write_bye(ssrc_));
    out_.forget(this);
}

void RtspUdp::View::send(media::BlockPtr block, MonoTime now) {
    BONGSU_CHECK(!block_);
    if (block->packets.empty() || (dropping_ && !block->key)) {
        ++out_.counters_.dropped;
        return;
    }
    dropping_ = false;
    block_ = std::move(block);
    at_ = 0;
    const std::size_t count = block_->packets.size();
    constexpr std::size_t kSlices = kPaceMax / kPace + 1;
    slice_ = out_.views() > kPacedViews ? count : std::max(kSlice, (count + kSlices - 1) / kSlices);
    if (count > slice_) ++out_.counters_.paced;
    const bool first = packets_ == 0;
    ssrc_ = media::read_u32(block_->packet(0).data() + 8);
    rtp_time_ = block_->rtp_time;
    rtp_time_at_ = block_->received;
    if (!go_on(now)) out_.await_turn(this);
    if (first) report(now, out_.clock_.wall());
}

/// Sends the next slice. False when there is more to come.
bool RtspUdp::View::go_on(MonoTime now) {
    const std::size_t before = at_;
    const auto outcome = out_.send_packets(*this, out_.plan(block_), at_, slice_);
    for (std::size_t i = before; i < at_; ++i) bytes_ += block_->packets[i].size;
    packets_ += at_ - before;
    if (outcome == Outcome::failed) return drop(), true;
    if (outcome == Outcome::blocked) {
        if (!std::exchange(blocked_, true)) retry_until_ = now + kRetryMax;
        if (now < retry_until_) return false;
        return drop(), true;
    }
    blocked_ = false;
    if (at_ < block_->packets.size()) return false;
    ++frames_;
    block_.reset();
    return true;
}

void RtspUdp::View::drop() {
    ++out_.counters_.dropped;
    dropping_ = true;
    blocked_ = false;
    block_.reset();
}

void RtspUdp::View::report(MonoTime now, WallTime wall) {
    if (packets_ == 0 || now < next_report_) return;
    next_report_ = now + kReportEvery;
    const auto since = std::chrono::duration_cast<std::chrono::microseconds>(now - rtp_time_at_).count();
    const std::uint64_t payload = bytes_ - packets_ * media::kRtpHeaderSize;
    out_.send_rtcp(*this, media::rtcp::write_sender_report({.ssrc = ssrc_,
                                                            .at = wall,
                                                            .rtp_time = rtp_time_ + static_cast<std::uint32_t>(since * 9 / 100),
                                                            .packets = static_cast<std::uint32_t>(packets_),
                                                            .octets = static_cast<std::uint32_t>(payload),
                                                            .cname = out_.cname_}));
}

}  // namespace bongsu::view
