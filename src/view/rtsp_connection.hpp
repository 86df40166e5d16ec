#pragma once
// A viewer's RTSP connection. For rtsp_out.cpp.

#include <array>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "hub/stream.hpp"
#include "media/rtp.hpp"
#include "media/sdp.hpp"
#include "rtsp/server_session.hpp"
#include "rtsp/wire.hpp"
#include "view/pieces.hpp"
#include "view/rtsp_out.hpp"

namespace bongsu::view {

/// A viewer's connection, from accept to close.
class RtspOut::Connection : public hub::Reader, public std::enable_shared_from_this<Connection> {
    using ServerSession = rtsp::ServerSession;
    using Want = ServerSession::Want;
    using Tcp = boost::asio::ip::tcp;

  public:
    static constexpr std::chrono::milliseconds kTick{50};  ///< A lease or an overrun is seen this much later at most.

    Connection(RtspOut& out, Tcp::socket socket, std::unique_ptr<rtsp::Tls> tls, const Tcp::endpoint& peer, std::size_t place)
        : out_(out),
          place_(place),
          remote_(peer.address().to_string() + ":" + std::to_string(peer.port())),
          session_(basic_challenge(), random_hex(out.random_), out.clock_.mono()) {
        boost::system::error_code gone;
        ends_ = {peer.address(), socket.local_endpoint(gone).address(), tls != nullptr};
        wire_ = std::make_shared<rtsp::Wire>(std::move(socket), std::move(tls));
    }

    void start() {
        plan(out_.clock_.mono());
        wire_->start({.on_unit = [this](const rtsp::Unit& unit) { return on_unit(unit); },
                      .on_closed =
                          [weak = weak_from_this()](const Error& error) {
                              if (const auto self = weak.lock()) self->end(error.message);
                          },
                      .on_writable = [this] { send_pictures(); }});
    }

    /// Ends the view and the connection. Safe from anywhere but the destructor.
    void end(const std::string& reason, bool reset = false) {
        if (ended_) return;
        ended_ = true;
        flows_ = false;
        if (datagrams_) frames_ = datagrams_->frames(), bytes_ = datagrams_->bytes();
        datagrams_.reset();
        wire_->close(reset);
        block_.reset();
        if (cursor_) out_.counters_.skipped += cursor_->skipped_total();
        if (lease_) {
            out_.by_lease_.erase(*lease_);
            if (out_.hooks_.closed) out_.hooks_.closed(*lease_, reason, frames_, bytes_);
        }
        out_.forget(place_);
    }

    /// Gives the stream back; end() may stand within publish(), which must not lose a cursor.
    void bury() { cursor_.reset(); }

    void move_to(std::size_t place) { place_ = place; }
    bool watches(const CameraId& camera) const { return cursor_ && camera_ == camera; }

    /// Deadlines: the session's, the lease's, the picture's, the overrun's.
    void tick(MonoTime now) {
        if (leaves_until_) return now < *leaves_until_ ? leave() : end("viewer closed", true);
        if (waiting_for_picture()) try_picture(now);
        if (ended_) return;
        if (now >= session_.deadline()) {
            if (session_.leased()) ++out_.counters_.leases_run_out;
            return end(session_.leased() ? "relay lease ran out" : "no sign of life from the viewer",
                       session_.leased());
        }
        // Who waits for its turn is not slow: we are.
        if (!queued_ && session_.playing() && cursor_ && cursor_->overrun(now)) {
            ++out_.counters_.overrun;
            return end("viewer too slow", true);
        }
        plan(now);
    }

    /// When tick() is due: it may come too early, and must not come too late.
    void plan(MonoTime now) {
        if (ended_) return;
        const bool looks_often = waiting_for_picture() || block_ || leaves_until_ || (cursor_ && cursor_->is_behind());
        out_.connections_[place_].due = looks_often ? now + kTick : session_.deadline();
    }

    // hub::Reader. The way of nearly all pictures: it touches what stands first among our members, and the kernel.
    bool take(const media::BlockPtr& block) override {
        if (!flows_ || cursor_->stream().format().codec != codec_) return false;
        const std::size_t sent = wire_->send_now(block->bytes);
        count(sent);
        if (sent == block->bytes.size()) {
            ++frames_;
            ++out_.counters_.frames;
            return true;
        }
        flows_ = false;
        block_ = block;
        sent_ = sent;
        send_rest();  // It will find no room, or what is wrong.
        plan(out_.clock_.mono());
        return true;
    }
    void on_ready() override {
        if (ended_) return;
        if (waiting_for_picture()) try_picture(out_.clock_.mono());
        if (!waiting_for_picture()) send_pictures();
    }
    /// A turn for the pictures that wait.
    void go_on() {
        queued_ = false;
        send_pictures();
    }

  private:
    static constexpr std::size_t kAnswersMax = 64 * 1024;
    static constexpr std::chrono::seconds kLease{1}, kLeave{1}, kPictureWait{5};

    static std::string random_hex(env::Random& random) {
        std::array<std::uint8_t, 8> bytes{};
        random.fill(bytes);
        std::string out;
        for (const auto byte : bytes) (out += "0123456789abcdef"[byte >> 4]) += "0123456789abcdef"[byte & 15];
        return out;
    }

    /// IPv4 in IPv6's clothes is IPv4.
    static std::string plain_text(const boost::asio::ip::address& address) {
        namespace ip = boost::asio::ip;
        const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
        return (mapped ? ip::address(ip::make_address_v4(ip::v4_mapped, address.to_v6())) : address).to_string();
    }

    static rtsp::Challenge basic_challenge() {
        rtsp::Challenge out;
        out.realm = "bongsu ticket";
        return out;
    }

    bool on_unit(const rtsp::Unit& unit) {
        if (leaves_until_) return true;
        const MonoTime now = out_.clock_.mono();
        if (const auto* text = std::get_if<rtsp::Text>(&unit)) {
            act(session_.on_text(text->head, text->body, now));
        } else {
            session_.on_life(now);  // The player's RTCP receiver reports.
        }
        return !ended_;
    }

    void act(const ServerSession::Step& step) {
        say(step.send);
        plan(out_.clock_.mono());
        if (ended_) return;
        switch (step.want) {
            case Want::nothing:
                return;
            case Want::admit:
                return admit();
            case Want::describe:
                return wait_for_picture(Wait::describe);
            case Want::play:
                if (session_.transport().udp && !open_datagrams()) return;
                return wait_for_picture(Wait::play);
            case Want::close:
                if (block_ && sent_ > 0) {
                    leaves_until_ = out_.clock_.mono() + kLeave;
                    return plan(out_.clock_.mono());
                }
                // What waits for the first picture waits no longer.
                wire_->send(std::exchange(answers_, {}));
                return end(lease_ ? "viewer closed" : "not admitted");
        }
    }

    /// Of a viewer that tore down within a picture: the picture's rest, for the answer stands behind it, the answer, and no more.
    void leave() {
        if (block_ && !send_rest()) return;
        const auto* text = reinterpret_cast<const std::uint8_t*>(answers_.data());
        const auto taken = wire_->send_some({text, answers_.size()});
        if (!taken) return end(taken.error().message);
        answers_.erase(0, *taken);
        if (answers_.empty() && !wire_->holds()) end("viewer closed");
    }

    /// Answers must not land in the middle of a picture that the kernel took a part of.
    void say(std::string_view text) {
        if (text.empty()) return;
        if (sent_ == 0 && !holds_answers_) return wire_->send(text);
        if (answers_.size() + text.size() > kAnswersMax) return end("viewer does not read our answers", true);
        answers_ += text;
    }

    void admit() {
        const auto& asked = session_.admission();
        camera_ = CameraId{asked.path.substr(std::min<std::size_t>(1, asked.path.size()))};
        ticket_ = asked.ticket;
        if (!asked.authorization.empty()) {
            const auto basic = rtsp::parse_basic(asked.authorization);
            if (!basic) return act(session_.admitted(tl::unexpected(basic.error()), out_.clock_.mono()));
            ticket_ = basic->password;
        }
        out_.hooks_.admit(camera_, ticket_, remote_, posted<Admitted>(&Connection::on_admitted));
    }

    /// Posted, so that an answer from within the question finds us ready.
    template <class T>
    std::function<void(Result<T>)> posted(void (Connection::*go)(const Result<T>&)) {
        return [self = shared_from_this(), alive = std::weak_ptr(out_.alive_), go](Result<T> answer) {
            auto* loop = alive.expired() ? nullptr : &self->out_.loop_;
            if (!loop) return;
            boost::asio::post(*loop, [self, alive, go, answer = std::move(answer)] {
                if (!alive.expired()) (*self.*go)(answer);
            });
        };
    }

    void on_admitted(const Result<Admitted>& admitted) {
        if (ended_) return;
        const MonoTime now = out_.clock_.mono();
        if (!admitted) {
            ++out_.counters_.refused;
            return act(session_.admitted(tl::unexpected(admitted.error()), now));
        }
        if (out_.wants_tls_ && !ends_.secure && !admitted->relay)
            return act(session_.admitted(fail(ErrorKind::forbidden, "RTSP is served under TLS alone: rtsps://"), now));
        auto* stream = out_.hooks_.stream(camera_, admitted->height);
        if (!stream) return act(session_.admitted(fail(ErrorKind::not_found, "no such camera here"), now));
        if (admitted->relay) session_.set_lease(kLease);
        cursor_.emplace(*stream, *this);
        offer_udp();
        act(session_.admitted({}, now));
    }

    /// RTP over UDP goes to where this connection comes from. Its SSRC is known once there was a picture.
    void offer_udp() {
        if (ends_.secure) return session_.refuse_udp("RTP over UDP would leave TLS: ask for RTP/AVP/TCP");
        if (!out_.udp_) return;
        auto ports = out_.udp_->ports();
        if (const auto block = cursor_->stream().newest_key_block(); block && !block->packets.empty())
            ports.ssrc = media::read_u32(block->packet(0).data() + 8);
        session_.serve_udp(plain_text(ends_.peer), ports);
    }

    /// Before the ticket is used up. False when it was refused.
    bool open_datagrams() {
        auto opened = out_.udp_->open(ends_.peer, ends_.local, session_.transport(),
                                      {.on_life = [this] { session_.on_life(out_.clock_.mono()); },
                                       .on_ready = [this] { send_pictures(); }});
        if (!opened) return act(session_.played(tl::unexpected(opened.error()), out_.clock_.mono())), false;
        datagrams_ = *std::move(opened);
        return true;
    }

    void open() {
        ++out_.opening_;
        out_.hooks_.open(camera_, std::exchange(ticket_, {}), remote_,
                         posted<std::uint64_t>(&Connection::on_opened));
    }

    void on_opened(const Result<std::uint64_t>& lease) {
        const MonoTime now = out_.clock_.mono();
        const std::string early = out_.take_early_close(lease ? *lease : 0);
        const std::string over = !early.empty() ? early : ended_ ? "viewer left before it was opened" : "";
        if (lease && !over.empty()) {
            if (out_.hooks_.closed) out_.hooks_.closed(*lease, over, 0, 0);
            if (!ended_) act(session_.played(fail(ErrorKind::forbidden, over), now));
            return;
        }
        if (ended_) return;
        if (!lease) {
            ++out_.counters_.refused;
            return act(session_.played(tl::unexpected(lease.error()), now));
        }
        ++out_.counters_.opened;
        lease_ = *lease;
        out_.by_lease_[*lease_] = this;
        holds_answers_ = !datagrams_;  // It goes with the first picture.
        act(session_.played({}, now));
        holds_answers_ = false;
        send_pictures();
        plan(now);
    }

    enum class Wait : std::uint8_t { nothing, describe, play };
    bool waiting_for_picture() const { return wait_ != Wait::nothing; }

    void wait_for_picture(Wait what) {
        const MonoTime now = out_.clock_.mono();
        wait_ = what;
        wait_until_ = now + kPictureWait;
        try_picture(now);
        plan(now);
    }

    /// DESCRIBE and PLAY are answered when there is a picture, so that what follows them is one.
    void try_picture(MonoTime now) {
        auto& stream = cursor_->stream();
        const bool ready = stream.live() && stream.format().known();
        if (!ready && now < wait_until_) return;
        const auto what = std::exchange(wait_, Wait::nothing);
        const auto none = [] { return fail(ErrorKind::unavailable, "no picture from the camera within 5 s"); };
        if (what == Wait::play) return ready ? open() : act(session_.played(none(), now));
        if (ready) {
            codec_ = stream.format().codec;
            offer_udp();
            act(session_.described(media::write_sdp(stream.format(), camera_.value), now));
        } else {
            act(session_.described(none(), now));
        }
    }

    /// One batch of what waits; what is left then has its turn after all others.
    void send_pictures() {
        if (leaves_until_) return ended_ ? void() : leave();
        if (ended_ || !session_.playing() || !cursor_) return;
        const auto codec = cursor_->stream().format().codec;
        // A camera may come back as another one; what was described holds no longer.
        if (codec_.value_or(codec) != codec) return end("the camera changed its codec");
        codec_ = codec;
        if (datagrams_) return send_datagrams(out_.clock_.mono());
        if (block_ && !send_rest()) return;
        const MonoTime now = out_.clock_.mono();
        if (!send_batch(now)) return;
        if (cursor_->is_behind()) {
            plan(now);
            if (!std::exchange(queued_, true)) out_.waiting_.add(shared_from_this());
        } else {
            flows_ = true;
        }
    }

    /// Of the picture that the kernel took a part of. False when it did not take all, or the connection is gone.
    bool send_rest() {
        const auto bytes = std::span<const std::uint8_t>(block_->bytes).subspan(sent_);
        const auto taken = wire_->send_some(bytes);
        if (!taken) return end(taken.error().message), false;
        sent_ += *taken;
        count(*taken);
        if (*taken < bytes.size()) return false;  // on_writable comes.
        went_out();
        return true;
    }

    /// Answers that wait and the next pictures, in one go. False when the kernel did not take all of it, or the connection is gone.
    bool send_batch(MonoTime now) {
        Pieces pieces;
        const std::string answers = std::exchange(answers_, {});
        pieces.add(answers);
        block_ = cursor_->next(now);
        if (block_) pieces.add(block_->bytes);
        // The first picture alone, so that a thousand who come at once all have theirs before anybody has the rest.
        for (std::size_t n = 0; frames_ > 0 && block_ && pieces.has_room(); ++n) {
            const auto* next = cursor_->ahead(n);
            if (next == nullptr) break;
            pieces.add(next->bytes);
        }
        if (pieces.size() == 0) return true;
        const auto taken = wire_->send_some(pieces.all());
        if (!taken) return end(taken.error().message), false;
        std::size_t left = *taken;
        if (left < answers.size()) wire_->send(std::string_view(answers).substr(left));
        left -= std::min(left, answers.size());
        count(left);
        while (block_) {
            sent_ = std::min(left, block_->bytes.size());
            if (sent_ < block_->bytes.size()) return false;  // on_writable comes.
            left -= sent_;
            went_out();
            if (left > 0) block_ = cursor_->next(now);
        }
        return *taken == pieces.size();
    }

    void send_datagrams(MonoTime now) {
        while (datagrams_->is_ready()) {
            auto block = cursor_->next(now);
            if (!block) return;
            datagrams_->send(std::move(block), now);
        }
    }

    void went_out() {
        block_.reset();
        sent_ = 0;
        ++frames_;
        ++out_.counters_.frames;
    }
    void count(std::size_t bytes) {
        bytes_ += bytes;
        out_.counters_.bytes += bytes;
    }

    struct Ends {
        boost::asio::ip::address peer, local;
        bool secure = false;
    };

    // What a picture touches stands first.
    bool flows_ = false;  // Nothing but the next picture is to be sent, in the connection.
    bool ended_ = false;
    bool queued_ = false;         // A turn for what waits will come.
    bool holds_answers_ = false;  // What is said waits for the picture that follows.
    std::optional<media::Codec> codec_;  // As described, else as first sent.
    std::shared_ptr<rtsp::Wire> wire_;
    std::uint64_t frames_ = 0, bytes_ = 0;
    RtspOut& out_;
    std::optional<hub::Cursor> cursor_;
    media::BlockPtr block_;  // The one that the kernel took a part of.
    std::size_t sent_ = 0;   // Of it.
    std::size_t place_;      // In out_.connections_.
    const std::string remote_;
    Ends ends_;
    ServerSession session_;
    std::unique_ptr<RtspUdp::View> datagrams_;  // Of a viewer over UDP, from its PLAY on.
    CameraId camera_;
    std::string ticket_;  // Until PLAY. Secret.
    std::optional<std::uint64_t> lease_;
    std::string answers_;  // That wait for a picture's end.
    Wait wait_ = Wait::nothing;
    MonoTime wait_until_{};
    std::optional<MonoTime> leaves_until_;  // It tore down within a picture.
};

}  // namespace bongsu::view
