#pragma once
// What a viewer makes of the RTP packets that it gets: its first picture, and, of those that are looked at, each packet's way.

#include "relay_clip.hpp"

namespace bongsu::relay {

/// Of a window of time.
struct Counts {
    std::uint64_t packets = 0, bytes = 0;      ///< Looked at; of RTP, without framing.
    std::uint64_t lost = 0, reordered = 0;     ///< By their sequence numbers.
    std::uint64_t frames = 0, late = 0;        ///< Whole and with the camera's digest; of these later than the limit.
    std::uint64_t incomplete = 0, damaged = 0; ///< With packets missing; whole, but other bytes than the camera's.
    Times latency;

    void add(const Counts& other) {
        packets += other.packets, bytes += other.bytes, lost += other.lost, reordered += other.reordered;
        frames += other.frames, late += other.late, incomplete += other.incomplete, damaged += other.damaged;
        latency.add(other.latency);
    }
};

class Track {
  public:
    /// `clip` given: each packet is looked at; else until the first picture.
    void start(const Clip* clip, std::int64_t late_ns) {
        clip_ = clip;
        late_ns_ = late_ns;
    }
    bool has_picture() const { return has_picture_; }
    bool is_looked_at() const { return clip_ != nullptr; }
    std::uint32_t ssrc() const { return ssrc_; }
    std::uint32_t highest() const { return cycles_ << 16 | last_; }
    Counts& counts() { return counts_; }

    void take(std::span<const std::uint8_t> rtp, std::int64_t now) {
        if (rtp.size() < 13 || rtp[0] >> 6 != 2) return;
        const auto payload = payload_of(rtp);
        if (payload.empty()) return;
        const auto sequence = static_cast<std::uint16_t>(get16(rtp.data() + 2));
        const auto step = static_cast<std::uint16_t>(sequence - last_);
        ++counts_.packets;
        counts_.bytes += rtp.size();
        if (any_ && step != 1) {
            if (step == 0 || step > 0x8000) {
                ++counts_.reordered;
                return;
            }
            counts_.lost += step - 1U;
            whole_ = key_ = false;
        }
        if (any_ && sequence < last_) ++cycles_;
        any_ = true;
        last_ = sequence;
        ssrc_ = get32(rtp.data() + 8);
        if (begins_key(payload)) key_ = true;
        if (clip_) look_at(payload, now);
        if ((rtp[1] & 0x80) == 0) return;
        if (key_) has_picture_ = true;
        key_ = false;
        if (clip_) end_frame(now);
        whole_ = true;
    }

  private:
    static std::span<const std::uint8_t> payload_of(std::span<const std::uint8_t> rtp) {
        std::size_t head = 12 + 4U * (rtp[0] & 0x0fU);
        if ((rtp[0] & 0x10) != 0 && rtp.size() >= head + 4) head += 4 + 4 * get16(rtp.data() + head + 2);
        return head < rtp.size() ? rtp.subspan(head) : std::span<const std::uint8_t>{};
    }
    static bool begins_key(std::span<const std::uint8_t> payload) {
        const auto kind = payload[0] & 0x1f;
        if (kind == 5) return true;
        if (kind == 28) return payload.size() > 1 && (payload[1] & 0x9f) == 0x85;
        if (kind != 24) return false;
        for (auto rest = payload.subspan(1); rest.size() > 2;) {
            if ((rest[2] & 0x1f) == 5) return true;
            rest = rest.subspan(2 + std::min<std::size_t>(get16(rest.data()), rest.size() - 2));
        }
        return false;
    }
    void look_at(std::span<const std::uint8_t> payload, std::int64_t now) {
        if (const auto stamp = Stamp::find(payload)) {
            counts_.latency.add(now - stamp->sent_ns);
            if (!stamp_) stamp_ = stamp;
        }
        if (whole_) picture_.add(payload);
    }
    void end_frame(std::int64_t now) {
        if (!whole_ || !stamp_) {
            ++counts_.incomplete;
        } else if (picture_.digest() != clip_->frames[stamp_->frame % clip_->frames.size()].digest) {
            ++counts_.damaged;
        } else {
            ++counts_.frames;
            if (now - stamp_->sent_ns > late_ns_) ++counts_.late;
        }
        picture_.clear();
        stamp_.reset();
    }

    const Clip* clip_ = nullptr;
    std::int64_t late_ns_ = kSecond;
    bool any_ = false, key_ = false, has_picture_ = false;
    bool whole_ = false;  // The frame that is coming, from its first packet on.
    std::uint16_t last_ = 0;
    std::uint32_t cycles_ = 0, ssrc_ = 0;
    std::optional<Stamp> stamp_;
    Picture picture_;
    Counts counts_;
};

}  // namespace bongsu::relay
