#include "ingest/block_builder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "media/h264.hpp"
#include "media/h265.hpp"

namespace bongsu::ingest {
namespace {

using media::Bytes;

constexpr std::size_t kPacketsMax = 8192;
constexpr std::int64_t kTicksPerSecond = 90'000;
constexpr std::int64_t kJumpTicks = 10 * kTicksPerSecond;
constexpr std::uint32_t kLeastStep = 3'000;  // One picture at 30 a second.
// What parameter sets put before a picture, or tables put into it, may add.
constexpr std::size_t kAddedMax = 4 * media::kParameterSetMax;

std::int64_t ticks(MonoClock::duration time) { return std::chrono::duration_cast<MediaTicks>(time).count(); }

// Where pictures are put together, of all cameras of a loop: as many as are open at once, not one for each camera.
constexpr std::size_t kSpareMax = 32;
thread_local std::vector<media::Block> spare;

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
    put_away();
    tables_ = {};
    if (format.codec != format_.codec || (format.known() && format != format_)) {
        format_ = format;
        announced_ = false;
    }
    announce();
}

void BlockBuilder::begin(std::uint32_t timestamp) {
    if (picture_.bytes.capacity() == 0 && !spare.empty()) {
        picture_ = std::move(spare.back());
        spare.pop_back();
    }
    picture_.bytes.clear();
    picture_.packets.clear();
    camera_time_ = timestamp;
    open_ = true;
    fragment_ = {};
    jpeg_ = {};
    damaged_ = oversize_ = has_picture_ = has_key_ = has_vps_ = has_sps_ = has_pps_ = false;
}

void BlockBuilder::put_away() {
    if (picture_.bytes.capacity() > 0 && spare.size() < kSpareMax) spare.push_back(std::move(picture_));
    picture_ = {};
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
    const bool gap = last_sequence_ && header.sequence != static_cast<std::uint16_t>(*last_sequence_ + 1);
    if (gap) counters_.lost += static_cast<std::uint16_t>(header.sequence - *last_sequence_ - 1);
    // What is missing may have been the end of a picture without a marker yet, the beginning of this one, or
    // both.
    damaged_ = damaged_ || gap;
    if (open_ && header.timestamp != camera_time_) close(now);
    if (!open_) begin(header.timestamp);
    damaged_ = damaged_ || gap;
    last_sequence_ = header.sequence;
    if (!parsed->payload.empty() && !oversize_ && !damaged_) look_at(parsed->payload);
    // Some cameras set it on each packet: a unit that has not come to its end is none of a whole picture.
    if (header.marker && (!fragment_.open || damaged_ || oversize_)) close(now);
}

void BlockBuilder::look_at(Bytes payload) {
    bool fits = false;
    switch (format_.codec) {
        case media::Codec::h264:
            fits = take_h264(payload);
            break;
        case media::Codec::h265:
            fits = take_h265(payload);
            break;
        case media::Codec::jpeg:
            fits = take_jpeg(payload);
            break;
    }
    if (!fits) {
        ++counters_.malformed;
        damaged_ = true;
        return;
    }
    oversize_ =
        picture_.bytes.size() + kAddedMax > media::Block::kBytesMax || picture_.packets.size() > kPacketsMax;
}

bool BlockBuilder::take_h264(Bytes payload) {
    const bool known = media::visit_nals(payload, [this](std::uint8_t type, Bytes whole) {
        has_picture_ = has_picture_ || media::nal::is_picture(type);
        has_key_ = has_key_ || type == media::nal::kIdr;
        const auto kind = media::set_kind(media::Codec::h264, type);
        if (kind != media::SetKind::none && !whole.empty()) learn(kind, whole);
    });
    return known && media::take_fragment(fragment_, payload) &&
           media::append_payload(picture_, payload).has_value();
}

bool BlockBuilder::take_h265(Bytes payload) {
    const bool known = media::h265::visit_nals(payload, [this](std::uint8_t type, Bytes whole) {
        has_picture_ = has_picture_ || media::h265::is_picture(type);
        has_key_ = has_key_ || media::h265::is_key(type);
        const auto kind = media::set_kind(media::Codec::h265, type);
        if (kind != media::SetKind::none && !whole.empty()) learn(kind, whole);
    });
    return known && media::h265::take_fragment(fragment_, payload) &&
           media::h265::append_payload(picture_, payload).has_value();
}

bool BlockBuilder::take_jpeg(Bytes payload) {
    const auto packet = media::jpeg::parse(payload);
    if (!packet || !jpeg_.take(*packet)) return false;
    has_picture_ = has_key_ = true;
    const auto size = media::jpeg::size_of(*packet, format_);
    if (size.width != format_.width || size.height != format_.height) {
        format_.width = size.width;
        format_.height = size.height;
        announced_ = false;
    }
    return media::jpeg::append_payload(picture_, payload, *packet, tables_).has_value();
}

void BlockBuilder::learn(media::SetKind kind, Bytes whole) {
    using media::SetKind;
    // An odd camera's PPS before the SPS that it belongs to: the new SPS does not end it.
    std::string before = kind == SetKind::sps && has_pps_ ? format_.pps : std::string{};
    const auto learned = media::learn(format_, kind, whole);
    if (learned == media::Learned::refused) return;
    (kind == SetKind::vps ? has_vps_ : kind == SetKind::sps ? has_sps_ : has_pps_) = true;
    if (learned == media::Learned::unchanged) return;
    if (!before.empty()) format_.pps = std::move(before);
    announced_ = false;
}

void BlockBuilder::announce() {
    if (announced_ || !format_.known()) return;
    announced_ = true;
    sink_.on_format(format_);
}

bool BlockBuilder::has_sets() const {
    switch (format_.codec) {
        case media::Codec::h264:
            return has_sps_ && has_pps_;
        case media::Codec::h265:
            return has_vps_ && has_sps_ && has_pps_;
        case media::Codec::jpeg:
            return true;
    }
    return true;
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
    damaged_ = damaged_ || (fragment_.open && !oversize_);
    if (damaged_ || oversize_) {
        ++(damaged_ ? counters_.damaged : counters_.oversize);
        return put_away();
    }
    announce();
    // Parameter sets alone are no picture; they are kept for the next key block.
    if (!has_picture_) return put_away();
    auto block = frozen();
    put_away();
    block->rtp_time = out_time(camera_time_, now);
    block->received = now;
    next_sequence_ = media::write_headers(
        *block, {.sequence = next_sequence_, .timestamp = block->rtp_time, .ssrc = ssrc_});
    sink_.on_block(std::move(block));
}

/// The picture in memory of its own, behind the parameter sets where it is a key picture without them.
std::shared_ptr<media::Block> BlockBuilder::frozen() const {
    const bool key = has_key_ && format_.known();
    media::Block sets;
    if (key && !has_sets() && format_.codec == media::Codec::h265) media::h265::append_parameter_sets(sets, format_);
    if (key && !has_sets() && format_.codec == media::Codec::h264) media::append_parameter_sets(sets, format_);
    auto block = media::new_block(sets.bytes.size() + picture_.bytes.size(), sets.packets.size() + picture_.packets.size());
    block->key = key;
    block->packets = sets.packets;  // Within the room that it has.
    block->bytes = sets.bytes;
    const auto shift = static_cast<std::uint32_t>(sets.bytes.size());
    block->bytes.insert(block->bytes.end(), picture_.bytes.begin(), picture_.bytes.end());
    for (const auto span : picture_.packets) block->packets.push_back({span.offset + shift, span.size});
    return block;
}

}  // namespace bongsu::ingest
