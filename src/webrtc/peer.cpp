#include "webrtc/peer.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "webrtc/bytes.hpp"

namespace bongsu::webrtc {
namespace {
using namespace std::chrono_literals;
constexpr auto kHistoryTime = 1s;
constexpr auto kKeyPause = 500ms;
constexpr std::size_t kRtpHeader = 12;
}  // namespace

Peer::Peer(Wire& wire, PeerSettings settings, PeerEvents events, MonoTime now)
    : wire_(wire),
      settings_(std::move(settings)),
      events_(std::move(events)),
      created_(now),
      consent_(now),
      next_index_(settings_.first_sequence) {}

Result<std::shared_ptr<Peer>> Peer::create(Wire& wire, std::shared_ptr<const DtlsContext> context,
                                           PeerSettings settings, PeerEvents events, MonoTime now) {
    std::shared_ptr<Peer> peer(new Peer(wire, std::move(settings), std::move(events), now));
    Peer* raw = peer.get();  // The session is the peer's own and dies with it.
    auto send = [raw](std::span<const std::uint8_t> datagram) {
        if (raw->to_) raw->wire_.send(*raw->to_, datagram, datagram.size());
    };
    TRY(raw->dtls_,
        DtlsSession::create(std::move(context), raw->settings_.remote_fingerprint, std::move(send)));
    return peer;
}

bool Peer::on_stun(const StunRequest& request, const Address& from, MonoTime now) {
    if (done()) return false;
    // USERNAME is "ours:theirs" (RFC 8445 7.2.2); the pwd then proves that the offer's sender speaks.
    if (request.username != settings_.ufrag + ":" + settings_.remote_ufrag ||
        !stun_integrity_holds(request, settings_.pwd)) {
        ++stats_.hostile;
        return false;
    }
    if (!request.unknown.empty() || request.controlled) {
        const auto refusal = write_stun_error(request, request.controlled ? 487 : 420, settings_.pwd);
        wire_.send(from, refusal, refusal.size());
        return false;
    }
    if (std::find(addresses_.begin(), addresses_.end(), from) == addresses_.end()) {
        addresses_.push_back(from);
        if (addresses_.size() > kAddressesMax) {
            // The oldest that we do not send to.
            addresses_.erase(std::find_if(addresses_.begin(), addresses_.end(),
                                          [this](const Address& known) { return known != to_; }));
        }
    }
    if (!to_ || request.use_candidate) to_ = from;
    if (*to_ == from) consent_ = now;  // Consent is given for the address that receives (RFC 7675 5.1).
    const auto answer = write_stun_success(request, from, settings_.pwd);
    wire_.send(from, answer, answer.size());
    return true;
}

void Peer::on_datagram(std::span<std::uint8_t> datagram, const Address&, MonoTime now) {
    if (done() || datagram.empty()) return;
    if (datagram[0] >= 128 && datagram[0] < 192) return on_rtcp(datagram, now);  // RFC 7983.
    if (datagram[0] < 20 || datagram[0] > 63) {
        ++stats_.hostile;
        return;
    }
    switch (dtls_->on_datagram(datagram)) {
        case DtlsSession::State::handshaking:
            return;
        case DtlsSession::State::ready:
            if (state_ == State::connecting) start_srtp(now);
            return;
        case DtlsSession::State::closed:
            return end("viewer left");
        case DtlsSession::State::failed:
            return end("DTLS: " + dtls_->cause());
    }
}

void Peer::start_srtp(MonoTime now) {
    const SrtpKeys& keys = *dtls_->keys();
    auto sender = SrtpSender::create(keys.profile, keys.ours);
    auto receiver = SrtcpReceiver::create(keys.profile, keys.theirs);
    if (!sender || !receiver) return end("no SRTP ciphers");
    srtp_ = *std::move(sender);
    srtcp_ = *std::move(receiver);
    state_ = State::ready;
    reported_ = now;
    if (events_.ready) events_.ready();
}

void Peer::on_rtcp(std::span<std::uint8_t> datagram, MonoTime now) {
    if (!ready()) return;
    const std::size_t size = srtcp_->unprotect(datagram);
    const auto feedback = size == 0 ? Result<Feedback>(fail(ErrorKind::invalid, "srtcp"))
                                    : parse_rtcp(datagram.first(size), settings_.ssrc);
    if (!feedback) {
        ++stats_.hostile;
        return;
    }
    if (feedback->report) stats_.fraction_lost = feedback->report->fraction_lost;
    for (const std::uint16_t sequence : feedback->lost) resend(sequence, now);
    if (!feedback->picture_lost || (key_ever_asked_ && now - key_asked_ < kKeyPause)) return;
    key_ever_asked_ = true;
    key_asked_ = now;
    ++stats_.key_requests;
    if (events_.key_wanted) events_.key_wanted();
}

void Peer::resend(std::uint16_t sequence, MonoTime now) {
    ++stats_.nacked;
    if (past_.empty()) return;
    // The newest index with these low 16 bits that was sent.
    const std::uint64_t newest = next_index_ - 1;
    const std::uint64_t age = static_cast<std::uint16_t>(static_cast<std::uint16_t>(newest) - sequence);
    if (age >= kHistory || age > newest) return;
    const std::uint64_t index = newest - age;
    if (now - resend_second_ >= 1s) {
        resend_second_ = now;
        resends_in_second_ = 0;
    }
    if (resends_in_second_ == kResendsPerSecond || index < past_.front().first) return;
    const auto past = std::prev(std::upper_bound(past_.begin(), past_.end(), index,
                                                 [](std::uint64_t i, const Past& p) { return i < p.first; }));
    if (now - past->at > kHistoryTime || index - past->first >= past->block->packets.size()) return;
    // The same plaintext under the same index gives the same bytes: no nonce is used for two messages.
    const auto out = wire_.scratch();
    const std::size_t size = build(out, past->block->packet(index - past->first), index);
    if (size == 0) return;
    ++resends_in_second_;
    ++stats_.resent;
    wire_.send(*to_, out.first(size), size);
}

std::size_t Peer::build(std::span<std::uint8_t> out, std::span<const std::uint8_t> packet,
                        std::uint64_t index) {
    if (packet.size() < kRtpHeader || out.size() < packet.size() + srtp_->overhead()) return 0;
    std::copy(packet.begin(), packet.end(), out.begin());
    out[1] = static_cast<std::uint8_t>((packet[1] & 0x80) | settings_.payload_type);
    set16(out.data() + 2, static_cast<std::uint16_t>(index));
    set32(out.data() + 8, settings_.ssrc);
    return srtp_->protect(out, packet.size(), index);
}

void Peer::remember(const media::BlockPtr& block, MonoTime now) {
    past_.push_back({block, next_index_, now});
    next_index_ += block->packets.size();
    while (past_.size() > 1 &&
           (now - past_.front().at > kHistoryTime || next_index_ - past_[1].first >= kHistory)) {
        past_.pop_front();
    }
}

bool Peer::send_block(const media::BlockPtr& block, MonoTime now) {
    if (!ready() || block->packets.empty()) return false;
    if (waiting_for_key_ && !block->key) {
        ++stats_.blocks_dropped;
        return false;
    }
    waiting_for_key_ = false;
    last_rtp_time_ = block->rtp_time;
    last_received_ = block->received;
    const std::uint64_t first = next_index_;
    remember(block, now);  // What a full socket swallows can be asked for again.
    if (send_packets(*block, first) != Sent::all) {
        waiting_for_key_ = true;
        ++stats_.blocks_dropped;
        return false;
    }
    ++stats_.blocks;
    return true;
}

/// Runs of packets of one size, with one shorter at the end, leave as one GSO send each.
Sent Peer::send_packets(const media::Block& block, std::uint64_t first) {
    const auto out = wire_.scratch();
    std::size_t filled = 0, segment = 0, count = 0;
    const auto flush = [&] {
        if (filled == 0) return Sent::all;
        const Sent sent = wire_.send(*to_, out.first(filled), segment);
        if (sent == Sent::all) {
            stats_.packets += count;
            stats_.bytes += filled;
            octets_ += static_cast<std::uint32_t>(filled - count * (kRtpHeader + srtp_->overhead()));
        }
        filled = segment = count = 0;
        return sent;
    };
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        const auto packet = block.packet(i);
        const std::size_t size = packet.size() + srtp_->overhead();
        const bool fits = size <= segment && filled + size <= out.size() && count < Wire::kSegmentsMax;
        if (count > 0 && !fits) {
            if (const Sent sent = flush(); sent != Sent::all) return sent;
        }
        const std::size_t built = build(out.subspan(filled), packet, first + i);
        if (built == 0) continue;  // No RTP packet, or larger than any datagram: the viewer sees a loss.
        if (count == 0) segment = built;
        filled += built;
        ++count;
        if (built < segment || built > kSegmentBytesMax) {
            if (const Sent sent = flush(); sent != Sent::all) return sent;
        }
    }
    return flush();
}

void Peer::tick(MonoTime now, WallTime wall) {
    if (done()) return;
    if (now - consent_ > kConsent) return end("viewer lost: no consent for 30 s");
    if (state_ == State::connecting) {
        if (now - created_ > kHandshake) return end("DTLS did not finish within 30 s");
        if (dtls_->on_timer() == DtlsSession::State::failed) end("DTLS: " + dtls_->cause());
        return;
    }
    if (stats_.packets > 0 && now - reported_ >= 1s) report(now, wall);
    while (!past_.empty() && now - past_.front().at > kHistoryTime) past_.pop_front();
}

void Peer::report(MonoTime now, WallTime wall) {
    reported_ = now;
    const auto since = std::chrono::duration_cast<MediaTicks>(now - last_received_).count();
    SenderReport sr;
    sr.ssrc = settings_.ssrc;
    sr.at = wall;
    sr.rtp_time = last_rtp_time_ + static_cast<std::uint32_t>(since);
    sr.packets = static_cast<std::uint32_t>(stats_.packets);
    sr.octets = octets_;
    sr.cname = settings_.cname;
    send_rtcp(write_sender_report(sr));
}

void Peer::send_rtcp(std::span<const std::uint8_t> compound) {
    if (!srtp_ || !to_) return;
    std::array<std::uint8_t, 512> out{};
    if (compound.size() + SrtpCipher::kOverheadMax > out.size()) return;
    std::copy(compound.begin(), compound.end(), out.begin());
    const std::size_t size = srtp_->protect_rtcp(out, compound.size());
    if (size > 0) wire_.send(*to_, std::span(out).first(size), size);
}

void Peer::stop() {
    if (done()) return;
    if (ready()) send_rtcp(write_bye(settings_.ssrc));
    state_ = State::done;
    dtls_->close();
    past_.clear();
}

void Peer::end(std::string reason) {
    LOG_DEBUG("webrtc.peer_ended", {{"reason", reason}});
    stop();
    if (events_.closed) events_.closed(std::move(reason));
}

}  // namespace bongsu::webrtc
