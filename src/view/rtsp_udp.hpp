#pragma once
// RTP over UDP to RTSP viewers: two sockets for all of a loop's viewers, a block to each by UDP_SEGMENT.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "env/env.hpp"
#include "media/block.hpp"
#include "media/rtcp.hpp"
#include "rtsp/transport.hpp"
#include "webrtc/address.hpp"

namespace bongsu::view {

/// Sending: the packets of a block as they stand, without their framing. Runs of equal-sized ones with a shorter last leave by one
///          sendmsg (UDP_SEGMENT); where the kernel refuses that, by one sendmmsg.
/// Bursts:  of a picture of more than kSlice packets a slice goes at once and the others 1 ms apart, over kPaceMax at most; with
///          more than kPacedViews views all at once, as their slices alone would take the loop longer than that.
/// Full:    what the kernel does not take is tried again each ms for kRetryMax; then this viewer loses the picture and those
///          up to the next key picture, counted.
/// RTCP:    a sender report with the first picture and each 5 s, BYE at the end; receiver reports are a sign of life. The RTP
///          port reads nothing: the kernel throws it away.
/// Bounds:  per viewer constant; one block's list of packets for all.
/// Threads: the loop of the io_context. Destroy it there, after its views.
class RtspUdp {
  public:
    static constexpr std::size_t kSlice = 32, kPacedViews = 64;
    static constexpr std::chrono::milliseconds kPaceMax{5}, kRetryMax{20};
    static constexpr std::chrono::seconds kReportEvery{5};

    struct Counters {
        std::uint64_t packets = 0, bytes = 0;
        std::uint64_t gso_sends = 0, gso_refused = 0, plain_sends = 0, paced = 0;  ///< Pictures that were paced.
        std::uint64_t blocked = 0, failed = 0;  ///< Sends that the kernel put off, and refused.
        std::uint64_t dropped = 0;              ///< Pictures that a viewer lost for that, those up to the next key picture too.
        std::uint64_t reports = 0, lost = 0;    ///< Receiver reports, and the packets that they say were lost.
        std::uint64_t hostile = 0;              ///< Datagrams of nobody, or no RTCP.
        bool gso = true;                        ///< False once the kernel has proved to have no UDP_SEGMENT.
    };
    struct Events {
        std::function<void()> on_life;   ///< A receiver report came.
        std::function<void()> on_ready;  ///< The view takes the next block. May destroy the view.
    };
    class View;

    /// Takes over two bound UDP sockets of one family, for RTP and for RTCP. Errors: invalid, unavailable.
    static Result<std::unique_ptr<RtspUdp>> start(boost::asio::io_context& loop, env::Clock& clock, env::Random& random,
                                                  int rtp_fd, int rtcp_fd);

    /// What SETUP answers.
    rtsp::ServedPorts ports() const { return {rtp_port_, rtcp_port_, {}}; }
    /// A viewer at `peer` (the other end of its RTSP connection) by the ports that it asked for. `local` is our end of that
    /// connection: RTP comes from there. Nothing is sent before send(). Errors: conflict when another view has these ports.
    Result<std::unique_ptr<View>> open(const boost::asio::ip::address& peer, const boost::asio::ip::address& local,
                                       const rtsp::Chosen& ports, Events events);

    std::size_t views() const { return by_address_.size(); }
    const Counters& counters() const { return counters_; }
    /// Views whose newest receiver report says that 1 % of the packets and more were lost.
    std::size_t losing() const;

  private:
    friend class View;
    struct Run {
        std::uint32_t from, count;
        std::uint16_t segment;
    };
    /// A block cut into runs. Kept from viewer to viewer: they send the same one.
    struct Plan {
        media::BlockPtr block;
        std::vector<iovec> parts;
        std::vector<Run> runs;
    };
    enum class Outcome : std::uint8_t { sent, blocked, failed };

    RtspUdp(boost::asio::io_context& loop, env::Clock& clock);
    Result<void> prepare(int rtp_fd, int rtcp_fd);
    const Plan& plan(const media::BlockPtr& block);
    Outcome send_packets(const View& view, const Plan& plan, std::size_t& at, std::size_t most);
    Outcome send_run(const View& view, iovec* parts, std::size_t count, std::uint16_t segment, std::size_t& done);
    Outcome send_each(const View& view, iovec* parts, std::size_t count, std::size_t& done);
    Outcome outcome_of(int error);
    void send_rtcp(const View& view, std::span<const std::uint8_t> packet);
    void await_turn(View* view);
    void pace();
    void forget(const View* view);
    void wait();
    void receive();
    void on_rtcp(std::span<const std::uint8_t> packet, const webrtc::Address& from);
    void report();

    env::Clock& clock_;
    boost::asio::posix::stream_descriptor rtp_, rtcp_;
    boost::asio::steady_timer pace_timer_, report_timer_;
    int family_ = AF_INET;
    bool any_address_ = false;  // Bound to none in particular: each datagram says which it comes from.
    std::uint16_t rtp_port_ = 0, rtcp_port_ = 0;
    std::string cname_;
    std::unordered_map<webrtc::Address, View*> by_address_;  // Of their RTCP.
    std::vector<View*> pacing_, walking_;                    // Whose turn comes; whose turn it is, null when it went.
    bool pace_armed_ = false;
    Plan plan_;
    Counters counters_;
    std::shared_ptr<bool> alive_;
};

/// One viewer. After its destructor no RTP leaves for it; what leaves in there is BYE.
class RtspUdp::View {
  public:
    ~View();
    View(const View&) = delete;
    View& operator=(const View&) = delete;

    /// Takes the block, sends it or drops it. Only while is_ready().
    void send(media::BlockPtr block, MonoTime now);
    /// False while a picture leaves in slices; on_ready follows.
    bool is_ready() const { return !block_; }

    std::uint64_t frames() const { return frames_; }  ///< That left whole.
    std::uint64_t bytes() const { return bytes_; }

  private:
    friend class RtspUdp;
    View(RtspUdp& out, Events events) : out_(out), events_(std::move(events)) {}
    bool go_on(MonoTime now);
    void drop();
    void report(MonoTime now, WallTime wall);

    RtspUdp& out_;
    Events events_;
    webrtc::Address reports_from_;
    sockaddr_storage rtp_to_{}, rtcp_to_{};
    socklen_t to_size_ = 0;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> source_{};  // Which address of ours it comes from.
    std::size_t source_size_ = 0;

    media::BlockPtr block_;  // Of which some packets have still to go.
    std::size_t at_ = 0, slice_ = 0;
    MonoTime retry_until_{};
    bool blocked_ = false, dropping_ = false;

    std::uint32_t ssrc_ = 0, rtp_time_ = 0;  // Of the newest picture, which was taken …
    MonoTime rtp_time_at_{}, next_report_{};  // … then.
    std::uint64_t frames_ = 0, packets_ = 0, bytes_ = 0;
    std::int32_t lost_ = 0;
    std::uint8_t fraction_lost_ = 0;
};

}  // namespace bongsu::view
