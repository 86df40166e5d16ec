#include "transcode/made_blocks.hpp"

#include <vector>

#include "media/format.hpp"
#include "media/h264.hpp"

namespace bongsu::transcode {
namespace {

constexpr std::size_t kPacketRoom = 1150;  // Less than a fragment has.

}  // namespace

media::BlockPtr MadeBlocks::take(media::Bytes bytes, std::uint32_t rtp_time, MonoTime received) {
    std::vector<media::Bytes> pictures;
    bool has_idr = false, is_new = false;
    const auto units = media::split_annex_b(bytes);
    if (units.size() > kUnitsMax) return nullptr;
    media::Format format = format_;
    for (const auto unit : units) {
        const auto type = media::nal::type(unit[0]);
        const auto kind = media::set_kind(media::Codec::h264, type);
        if (kind != media::SetKind::none) is_new |= media::learn(format, kind, unit) == media::Learned::changed;
        if (type != 1 && type != media::nal::kIdr) continue;
        has_idr = has_idr || type == media::nal::kIdr;
        pictures.push_back(unit);
    }
    const bool is_key = has_idr && format.known();
    if (pictures.empty() || ((has_idr || is_new) && !is_key)) return nullptr;
    format_ = std::move(format);
    std::size_t packets = is_key ? 2 : 0;
    for (const auto unit : pictures) packets += unit.size() / kPacketRoom + 1;
    const std::size_t sets = is_key ? format_.sps.size() + format_.pps.size() + 8 : 0;
    auto block = media::new_block(bytes.size() + sets + packets * (4 + media::kRtpHeaderSize + 2), packets);
    if (is_key) media::append_parameter_sets(*block, format_);
    for (const auto unit : pictures) media::append_nal(*block, unit);
    block->key = is_key;
    block->rtp_time = rtp_time;
    block->received = received;
    next_sequence_ = media::write_headers(*block, {.sequence = next_sequence_, .timestamp = rtp_time, .ssrc = ssrc_});
    return block;
}

}  // namespace bongsu::transcode
