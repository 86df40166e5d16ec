#include "ingest/block_builder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bongsu::ingest {
namespace {

using media::Bytes;

constexpr std::size_t kPacketsMax = 8192;
constexpr std::int64_t kTicksPerSecond = 90'000;
constexpr std::int64_t kJumpTicks = 10 * kTicksPerSecond;
constexpr std::uint32_t kLeastStep = 3'000;  // One picture at 30 a second.
constexpr std::size_t kParameterSetMax = 4096;

std::int64_t ticks(MonoClock::duration time) { return std::chrono::duration_cast<MediaTicks>(time).count(); }

}  // namespace

BlockBuilder::BlockBuilder(std::uint32_t ssrc, Sink sink)
    : ssrc_(ssrc),
      sink_(std::move(sink)),
      next_sequence_(static_cast<std::uint16_t>(ssrc)),
      last_out_(ssrc * 2654435761U) {}  // RFC 3550 5.1: both begin anywhere but at zero.

void BlockBuilder::restart(std::uint8_t payload_type, const media::Format& format) {
    payload_type_ = payload_type;
    camera_ssrc_.reset();
    last_sequence_.reset();
    offset_.reset();
    open_ = false;
    if (format.known() && (format.sps != format_.sps || format.pps != format_.pps)) {
        format_ = format;
        sink_.on_format(format_);
    }
}

void BlockBuilder::begin(std::uint32_t timestamp) {
    picture_.bytes.clear();
    picture_.packets.clear();
    camera_time_ = timestamp;
    open_ = true;
    damaged_ = oversize_ = has_picture_ = has_idr_ = has_sps_ = has_pps_ = format_changed_ = false;
}

void BlockBuilder::add(std::span<const std::uint8_t> packet, MonoTime now) {
    const auto parsed = media::parse_rtp(packet);
    if (!parsed) {
        ++counters_.malformed;
        return;
    }
    const auto& header = parsed->header;
    if (!camera_ssrc_) camera_ssrc_ = header.ssrc;
    // Some cameras let another track's packets slip onto our channel.
    if (header.payload_type != payload_type_ || header.ssrc != *camera_ssrc_) {
        ++counters_.foreign;
        return;
    }
    ++counters_.packets;
    if (open_ && header.timestamp != camera_time_) close(now);
    if (!open_) begin(header.timestamp);
    if (last_sequence_ && header.sequence != static_cast<std::uint16_t>(*last_sequence_ + 1)) {
        counters_.lost += static_cast<std::uint16_t>(header.sequence - *last_sequence_ - 1);
        damaged_ = true;
    }
    last_sequence_ = header.sequence;
    if (!parsed->payload.empty() && !oversize_ && !damaged_) look_at(parsed->payload);
    if (header.marker) close(now);
}

void BlockBuilder::look_at(Bytes payload) {
    const bool fits =
        media::visit_nals(payload, [this](std::uint8_t type, Bytes whole) { learn(type, whole); });
    if (!fits || !media::append_payload(picture_, payload)) {
        ++counters_.malformed;
        damaged_ = true;
        return;
    }
    oversize_ = picture_.bytes.size() + 2 * kParameterSetMax > media::Block::kBytesMax ||
                picture_.packets.size() > kPacketsMax;
}

void BlockBuilder::learn(std::uint8_t type, Bytes whole) {
    has_picture_ = has_picture_ || media::nal::is_picture(type);
    has_idr_ = has_idr_ || type == media::nal::kIdr;
    if ((type != media::nal::kSps && type != media::nal::kPps) || whole.empty()) return;
    if (whole.size() > kParameterSetMax) return;
    const bool is_sps = type == media::nal::kSps;
    (is_sps ? has_sps_ : has_pps_) = true;
    std::string& known = is_sps ? format_.sps : format_.pps;
    const auto text = media::as_text(whole);
    if (known == text) return;
    if (is_sps) {
        const auto size = media::parse_sps(whole);
        if (!size) return;  // The one that we know stays.
        format_.width = size->width;
        format_.height = size->height;
    }
    known = std::string(text);
    format_changed_ = true;
}

std::uint32_t BlockBuilder::out_time(std::uint32_t camera_time, MonoTime now) {
    const std::int64_t passed = any_out_ ? ticks(now - last_out_at_) : 0;
    if (offset_) {
        // Pictures out of order (B-frames) step back a little; a camera that set its clock jumps far.
        const auto step = static_cast<std::int32_t>(camera_time + *offset_ - last_out_);
        if (std::abs(step - passed) > kJumpTicks) offset_.reset();
    }
    if (!offset_) {
        const auto step = any_out_ ? std::max<std::int64_t>(passed, kLeastStep) : 0;
        offset_ = last_out_ + static_cast<std::uint32_t>(step) - camera_time;
    }
    last_out_ = camera_time + *offset_;
    last_out_at_ = now;
    any_out_ = true;
    return last_out_;
}

void BlockBuilder::close(MonoTime now) {
    open_ = false;
    if (damaged_ || oversize_) {
        ++(damaged_ ? counters_.damaged : counters_.oversize);
        return;
    }
    if (format_changed_ && format_.known()) sink_.on_format(format_);
    // Parameter sets alone are no picture; they are kept for the next key block.
    if (!has_picture_) return;
    auto block = std::make_shared<media::Block>();
    block->key = has_idr_ && format_.known();
    const bool prepend = block->key && !(has_sps_ && has_pps_);
    const std::size_t extra = prepend ? format_.sps.size() + format_.pps.size() + 64 : 0;
    block->bytes.reserve(picture_.bytes.size() + extra);
    block->packets.reserve(picture_.packets.size() + (prepend ? 2 : 0));
    if (prepend) media::append_parameter_sets(*block, format_);
    const auto shift = static_cast<std::uint32_t>(block->bytes.size());
    block->bytes.insert(block->bytes.end(), picture_.bytes.begin(), picture_.bytes.end());
    for (const auto span : picture_.packets) block->packets.push_back({span.offset + shift, span.size});
    block->rtp_time = out_time(camera_time_, now);
    block->received = now;
    next_sequence_ = media::write_headers(
        *block, {.sequence = next_sequence_, .timestamp = block->rtp_time, .ssrc = ssrc_});
    sink_.on_block(std::move(block));
}

}  // namespace bongsu::ingest
