#include "ingest/rtp_in.hpp"

#include "media/rtp.hpp"

namespace bongsu::ingest {

namespace rtcp = media::rtcp;

RtpIn::RtpIn(Options options, BlockBuilder& builder)
    : options_(std::move(options)),
      builder_(builder),
      clock_(options_.clock),
      reorder_(kReorderWait, [this](std::span<const std::uint8_t> packet) { builder_.add(packet, now_); }) {}

void RtpIn::begin(const media::CameraTrack& track) {
    track_ = track;
    path_ = {};
    path_.rtcp_channel = 1;
    begun_ = true;
    heard_any_ = false;
    reception_.reset();
    last_time_.reset();
    rival_run_ = 0;
    reorder_.reset();
    clock_.restart();
    builder_.restart(track_.payload_type, track_.format);
}

void RtpIn::set_path(const rtsp::Path& path) { path_ = path; }

void RtpIn::on_interleaved(std::uint8_t channel, std::span<const std::uint8_t> payload, MonoTime now, WallTime wall) {
    if (!begun_ || path_.udp) {
        ++counters_.foreign;
        return;
    }
    if (path_.rtcp_channel && channel == *path_.rtcp_channel && rtcp::is_rtcp(payload)) return on_rtcp(payload, now, wall);
    if (channel != path_.rtp_channel) {
        // Some send on other channels than they said. Only what can be nothing else is believed.
        const bool is_track = payload.size() >= media::kRtpHeaderSize && payload[0] >> 6 == 2 &&
                              (payload[1] & 0x7FU) == track_.payload_type;
        if (heard_any_ || !is_track) {
            ++counters_.foreign;
            return;
        }
        path_.rtp_channel = channel;
    }
    on_packet(payload, now, wall);
}

void RtpIn::on_packet(std::span<const std::uint8_t> packet, MonoTime now, WallTime wall) {
    if (!begun_) return;
    if (packet.size() < 4 || packet[0] >> 6 != 2) {
        ++counters_.malformed;
        return;
    }
    const bool is_track = (packet[1] & 0x7FU) == track_.payload_type;
    if (!is_track && rtcp::is_rtcp(packet)) return on_rtcp(packet, now, wall);
    if (packet.size() < media::kRtpHeaderSize) {
        ++counters_.malformed;
    } else if (!is_track) {
        ++counters_.foreign;
    } else {
        on_rtp(packet, now);
    }
}

void RtpIn::on_rtp(std::span<const std::uint8_t> packet, MonoTime now) {
    const std::uint16_t sequence = media::read_u16(packet.data() + 2);
    const std::uint32_t time = media::read_u32(packet.data() + 4);
    if (!is_ours(media::read_u32(packet.data() + 8), sequence, now)) {
        ++counters_.foreign;
        return;
    }
    ++counters_.packets;
    heard_any_ = true;
    heard_at_ = now_ = now;
    reception_->on_packet(sequence, time, now);
    if (last_time_ != time) clock_.on_picture(time, now);
    last_time_ = time;
    if (path_.udp) {
        reorder_.add(packet, now);
    } else {
        builder_.add(packet, now);
    }
}

bool RtpIn::is_ours(std::uint32_t ssrc, std::uint16_t sequence, MonoTime now) {
    if (!reception_) {
        follow(ssrc);
        return true;
    }
    if (ssrc == reception_->ssrc()) return true;
    rival_run_ = rival_run_ > 0 && ssrc == rival_ && sequence == rival_next_ ? rival_run_ + 1 : 1;
    rival_ = ssrc;
    rival_next_ = static_cast<std::uint16_t>(sequence + 1);
    const bool announced = path_.ssrc == ssrc;
    if (!announced && (rival_run_ < kRun || now < heard_at_ + kSilence)) return false;
    ++counters_.ssrc_changes;
    follow(ssrc);
    last_time_.reset();
    reorder_.reset();
    clock_.restart();
    builder_.restart(track_.payload_type, track_.format);
    return true;
}

void RtpIn::follow(std::uint32_t ssrc) {
    reception_.emplace(ssrc);
    rival_run_ = 0;
}

void RtpIn::on_rtcp(std::span<const std::uint8_t> packet, MonoTime now, WallTime wall) {
    if (!begun_) return;
    ++counters_.rtcp;
    const auto compound = rtcp::parse(packet);
    if (!compound) {
        ++counters_.rtcp_malformed;
        return;
    }
    counters_.goodbyes += compound->goodbyes.size();
    if (!compound->sender || !reception_) return;
    // Some report under another SSRC than they send with; on a connection of one track there is no other.
    reception_->on_sender_report(compound->sender->ntp, now);
    clock_.on_report(compound->sender->ntp, compound->sender->rtp_time, now, wall);
}

void RtpIn::tick(MonoTime now) {
    now_ = now;
    reorder_.tick(now);
}

std::optional<MonoTime> RtpIn::deadline() const { return reorder_.deadline(); }

std::vector<std::uint8_t> RtpIn::report(MonoTime now) {
    return rtcp::write_receiver_report(options_.ssrc, reception_ ? reception_->report(now) : std::nullopt, options_.cname);
}

}  // namespace bongsu::ingest
