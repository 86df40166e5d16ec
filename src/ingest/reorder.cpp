#include "ingest/reorder.hpp"

#include <algorithm>

#include "media/rtp.hpp"

namespace bongsu::ingest {

void Reorder::add(std::span<const std::uint8_t> packet, MonoTime now) {
    if (packet.size() < media::kRtpHeaderSize || packet.size() > kPacketMax) {
        ++counters_.odd;
        return;
    }
    const std::uint16_t sequence = media::read_u16(packet.data() + 2);
    if (!begun_) {
        begun_ = true;
        expected_ = sequence;
    }
    tick(now);
    const auto ahead = static_cast<std::int16_t>(static_cast<std::uint16_t>(sequence - expected_));
    if (ahead > kDropoutMax || ahead < -kMisorderMax) return suspect(sequence, packet);
    suspect_.reset();
    if (ahead < 0) return behind(static_cast<std::uint16_t>(-ahead));
    if (ahead == 0) {
        sink_(packet);
        step(true);
        if (held_ > 0) return hand_on_held();
        if (++calm_ != kCalm) return;
        for (auto& one : slots_) one.bytes = {};
        return;
    }
    if (ahead >= static_cast<int>(kWindow)) give_up_to(static_cast<std::uint16_t>(sequence - kWindow + 1));
    hold(sequence, packet, now);
    hand_on_held();
}

void Reorder::step(bool arrived) {
    ++expected_;
    arrived_ <<= 1;
    arrived_.set(0, arrived);
}

void Reorder::behind(std::uint16_t distance) {
    ++(arrived_.test(distance - 1U) ? counters_.duplicates : counters_.late);
}

void Reorder::hold(std::uint16_t sequence, std::span<const std::uint8_t> packet, MonoTime now) {
    Slot& at = slot(sequence);
    if (at.full) {  // Within the window a slot belongs to one number.
        ++counters_.duplicates;
        return;
    }
    at.full = true;
    at.since = now;
    at.bytes.assign(packet.begin(), packet.end());
    ++held_;
    calm_ = 0;
}

void Reorder::hand_on_held() {
    while (held_ > 0 && slot(expected_).full) {
        Slot& at = slot(expected_);
        at.full = false;
        --held_;
        ++counters_.reordered;
        sink_(at.bytes);
        step(true);
    }
}

/// Hands on what waits before `sequence` and counts the rest as lost.
void Reorder::give_up_to(std::uint16_t sequence) {
    while (expected_ != sequence) {
        if (held_ > 0 && slot(expected_).full) {
            hand_on_held();
            // It may have gone beyond.
            if (static_cast<std::int16_t>(static_cast<std::uint16_t>(sequence - expected_)) <= 0) return;
            continue;
        }
        ++counters_.lost;
        step(false);
    }
}

void Reorder::suspect(std::uint16_t sequence, std::span<const std::uint8_t> packet) {
    if (suspect_ != sequence) {
        ++counters_.odd;
        suspect_ = static_cast<std::uint16_t>(sequence + 1);
        suspect_bytes_.assign(packet.begin(), packet.end());
        return;
    }
    --counters_.odd;
    ++counters_.restarts;
    const auto first = std::move(suspect_bytes_);
    // What waits belongs to the old count: it is handed on before the new one begins.
    for (std::size_t i = 0; held_ > 0 && i < kWindow; ++i) {
        give_up_to(static_cast<std::uint16_t>(expected_ + 1));
        hand_on_held();
    }
    reset();
    begun_ = true;
    expected_ = static_cast<std::uint16_t>(sequence + 1);
    arrived_.set(0).set(1);
    sink_(first);
    sink_(packet);
}

MonoTime Reorder::oldest() const {
    MonoTime out = MonoTime::max();
    for (const auto& one : slots_) {
        if (one.full) out = std::min(out, one.since);
    }
    return out;
}

void Reorder::tick(MonoTime now) {
    while (held_ > 0 && now >= oldest() + wait_) {
        std::uint16_t at = expected_;
        while (!slot(at).full) ++at;
        give_up_to(at);
        hand_on_held();
    }
}

std::optional<MonoTime> Reorder::deadline() const {
    return held_ == 0 ? std::nullopt : std::optional(oldest() + wait_);
}

void Reorder::reset() {
    begun_ = false;
    suspect_.reset();
    suspect_bytes_.clear();
    arrived_.reset();
    held_ = 0;
    for (auto& one : slots_) one.full = false;
}

}  // namespace bongsu::ingest
