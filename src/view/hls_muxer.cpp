#include "view/hls_muxer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "media/fmp4.hpp"

namespace bongsu::view {
namespace {

constexpr std::int64_t kStallMax = 3 * HlsMuxer::kSecond / 2, kStallUnmeasured = 10 * HlsMuxer::kSecond;
constexpr std::int64_t kBackMax = HlsMuxer::kSecond;
constexpr std::size_t kMeasured = 6, kPicturesMax = 512, kPartBytesMax = 8U << 20;
constexpr std::uint32_t kUsualInterval = 3600, kIntervalMax = 10 * HlsMuxer::kSecond;
constexpr std::uint32_t kTargetMin = 2, kTargetMax = 6;  // Seconds.
/// Decode times begin here, so that a picture that is shown before it is decoded has a time.
constexpr std::int64_t kEpoch = 10 * HlsMuxer::kSecond;

std::vector<std::int64_t> sorted_times(const auto& pictures) {
    std::vector<std::int64_t> out;
    out.reserve(pictures.size());
    for (const auto& picture : pictures) out.push_back(picture.shown);
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

HlsMuxer::HlsMuxer(std::uint32_t group) {
    const auto seconds = (std::uint64_t{group} + kSecond / 10 + kSecond / 2) / kSecond;
    target_seconds_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(seconds, kTargetMin, kTargetMax));
    shown_ = decoded_ = kEpoch;
}

Result<void> HlsMuxer::push(media::BlockPtr block, const media::Format& format, WallTime at) {
    if (failed_) return tl::unexpected(*failed_);
    const std::int64_t step = last_rtp_ ? static_cast<std::int32_t>(block->rtp_time - *last_rtp_) : 0;
    last_rtp_ = block->rtp_time;
    if (breaks_off(step)) gap();
    // A clock that was set back goes on from where the decoder is.
    shown_ = step < -kBackMax ? std::max(shown_ + step, decoded_) : shown_ + step;
    if (waits_for_key_ && !block->key) return {};
    if (block->key && (inits_.empty() || inits_.back().format != format)) {
        gap();
        TRY_DO(keep_failure(begin_format(format)));
    }
    waits_for_key_ = false;
    Picture picture{std::move(block), shown_, at};
    if (part_target_ != 0) return keep_failure(take(std::move(picture)));
    measured_.push_back(std::move(picture));
    const bool enough = measured_.size() >= kMeasured || measured_.back().shown - measured_.front().shown >= kPartMax;
    return enough ? keep_failure(take_measured()) : Result<void>{};
}

Result<void> HlsMuxer::keep_failure(Result<void> done) {
    if (!done) failed_ = done.error();
    return done;
}

Result<void> HlsMuxer::begin_format(const media::Format& format) {
    const auto unsupported = [](std::string why) {
        Error error{ErrorKind::invalid, std::move(why), Where::here()};
        error.code = "codec_unsupported";
        return tl::unexpected<Error>(std::move(error));
    };
    if (format.codec == media::Codec::jpeg) return unsupported("the camera sends JPEG, which is not sent by HLS");
    if (!inits_.empty() && inits_.back().format.codec != format.codec)
        return unsupported("the camera changed its codec");
    TRY(auto bytes, media::fmp4::init_segment(format));
    inits_.push_back({++inits_made_, format, std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes))});
    return {};
}

bool HlsMuxer::breaks_off(std::int64_t step) const {
    const std::int64_t stall = part_target_ == 0 ? kStallUnmeasured : std::max(kStallMax, 3 * std::int64_t{part_target_});
    return step > stall || step < -kBackMax;
}

void HlsMuxer::gap() {
    if (!measured_.empty() && !failed_) (void)keep_failure(take_measured());
    close_part(std::nullopt);
    close_segment();
    broken_off_ = true;
    waits_for_key_ = true;
}

/// The usual distance of two pictures, and from it how many make a part.
void HlsMuxer::measure() {
    const auto times = sorted_times(measured_);
    std::vector<std::int64_t> steps;
    for (std::size_t i = 1; i < times.size(); ++i) {
        if (times[i] > times[i - 1]) steps.push_back(times[i] - times[i - 1]);
    }
    std::sort(steps.begin(), steps.end());
    interval_ = steps.empty() ? kUsualInterval
                              : static_cast<std::uint32_t>(std::min<std::int64_t>(steps[steps.size() / 2], kIntervalMax));
    // A tenth more than the pictures need: a part must be neither longer than its target nor shorter than 85 % of it, and
    // cameras' clocks tremble.
    const std::uint32_t pictures = std::max(1U, kPartMax * 10 / (interval_ * 11));
    part_target_ = interval_ * pictures * 11 / 10 + 1;
    target_seconds_ = std::max(target_seconds_, std::min(kTargetMax, (part_target_ + kSecond - 1) / kSecond));
}

Result<void> HlsMuxer::take_measured() {
    measure();
    for (Picture& picture : std::exchange(measured_, {})) TRY_DO(take(std::move(picture)));
    return {};
}

Result<void> HlsMuxer::take(Picture picture) {
    if (!pending_.empty()) {
        const std::int64_t step = picture.shown - pending_.back().shown;
        if (step < 0) reordered_ = true;
        if (step > 0 && !reordered_)
            interval_ = static_cast<std::uint32_t>((7 * std::int64_t{interval_} + std::min<std::int64_t>(step, kSecond)) / 8);
        const std::int64_t span = std::max<std::int64_t>(picture.shown - pending_.front().shown, 0);
        if (part_is_full(span) || segment_is_over(picture.block->key, static_cast<std::uint64_t>(span)))
            close_part(picture.shown);
    }
    if (waits_for_key_ && !picture.block->key) return {};  // The part could not be put together.
    waits_for_key_ = false;
    if (pending_.empty() && is_open() && (segment_is_over(picture.block->key, 0) || segment_is_long())) close_segment();
    pending_bytes_ += picture.block->bytes.size();
    pending_.push_back(std::move(picture));
    return trim();
}

/// Whether the part would be too long with one more picture; `span` is what it is long without.
bool HlsMuxer::part_is_full(std::int64_t span) const {
    return span + interval_ > part_target_ || pending_.size() >= kPicturesMax || pending_bytes_ >= kPartBytesMax;
}

/// Whether the next picture begins a segment: a key picture does when the segment is long enough, or began without one.
bool HlsMuxer::segment_is_over(bool next_is_key, std::uint64_t span) const {
    if (!next_is_key) return false;
    const std::uint64_t duration = is_open() ? segments_.back().duration : 0;
    return duration + span >= kSegmentMin || (is_open() && !segments_.back().key);
}

/// Whether another part would make it longer than it may be, or it has to make haste.
bool HlsMuxer::segment_is_long() const {
    const HlsSegment& segment = segments_.back();
    return segment.duration + part_target_ > longest() || segment.parts.size() >= kPartsMax ||
           (hurries_ && segments_.size() == 1 && edge_.segment == 0 && segment.duration >= kHurried);
}

void HlsMuxer::close_part(std::optional<std::int64_t> next) {
    if (pending_.empty()) return;
    auto times = sorted_times(pending_);
    std::int64_t at_least = decoded_;
    for (std::int64_t& time : times) {
        time = std::max(time, at_least);
        at_least = time + 1;
    }
    const std::int64_t end = next && !reordered_ ? std::max(*next, at_least) : times.back() + interval_;
    std::vector<media::fmp4::Sample> samples;
    samples.reserve(pending_.size());
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        const std::int64_t until = i + 1 < times.size() ? times[i + 1] : end;
        samples.push_back({pending_[i].block.get(), static_cast<std::uint32_t>(until - times[i]),
                           static_cast<std::int32_t>(pending_[i].shown - times[i])});
    }
    auto bytes = std::make_shared<std::vector<std::uint8_t>>();
    const auto written = media::fmp4::append_fragment(
        *bytes, inits_.back().format, {++fragments_, static_cast<std::uint64_t>(times.front())}, samples);
    if (written) {
        add_part({std::move(bytes), static_cast<std::uint32_t>(end - times.front()),
                  static_cast<std::uint32_t>(pending_.size()), pending_.front().block->key});
    } else {
        // What follows needs it: the next key picture begins anew.
        ++damaged_;
        close_segment();
        broken_off_ = waits_for_key_ = true;
    }
    decoded_ = end;
    pending_.clear();
    pending_bytes_ = 0;
}

void HlsMuxer::add_part(HlsPart part) {
    if (is_open() && segments_.back().duration + part.duration > longest()) close_segment();
    if (!is_open()) {
        HlsSegment segment;
        segment.number = edge_.segment;
        segment.discontinuity = broken_off_ && edge_.segment != 0;
        if (segment.discontinuity) ++discontinuities_;
        segment.discontinuities = discontinuities_;
        segment.init = inits_.back().number;
        segment.key = part.independent;
        segment.begin = pending_.front().at;
        segments_.push_back(std::move(segment));
        broken_off_ = false;
    }
    HlsSegment& segment = segments_.back();
    segment.duration += part.duration;
    segment.bytes += part.bytes->size();
    segment.pictures += part.pictures;
    bytes_ += part.bytes->size();
    segment.parts.push_back(std::move(part));
    edge_.part = segment.parts.size();
    playlist_.clear();
}

void HlsMuxer::close_segment() {
    if (!is_open()) return;
    edge_ = {edge_.segment + 1, 0};
    playlist_.clear();
}

/// Where the newest segments that together are as long as `ticks`, and hold a key picture, begin; what is under way is not
/// counted.
std::size_t HlsMuxer::newest(std::uint64_t ticks) const {
    std::size_t at = segments_.size();
    std::uint64_t duration = 0, all = 0;
    bool key = false;
    while (at > 0 && (duration < ticks || (!key && all < kWindowMax))) {
        --at;
        all += segments_[at].duration;
        if (segments_[at].number != edge_.segment) duration += segments_[at].duration;
        key = key || segments_[at].key;
    }
    return at;
}

Result<void> HlsMuxer::trim() {
    const std::uint64_t targets = std::uint64_t{target_seconds_} * kSecond;
    for (std::size_t spare = newest(std::max(kWindow, 4 * targets)); spare > 0; --spare) drop_front();
    const bool is_heavy = bytes_ > kBytesMax;
    while (segments_.size() > kSegmentsMax || (bytes_ > kBytesMax && segments_.size() > 1)) drop_front();
    const bool has_key = std::any_of(segments_.begin(), segments_.end(), [](const auto& segment) { return segment.key; });
    if (!is_heavy || (has_key && bytes_ <= kBytesMax)) return {};
    return fail(ErrorKind::exhausted, "the camera sends more than " + std::to_string(kBytesMax >> 20) +
                                          " MiB from one key picture to the next, which HLS does not keep");
}

void HlsMuxer::drop_front() {
    bytes_ -= segments_.front().bytes;
    segments_.pop_front();
    while (inits_.size() > 1 && !segments_.empty() && inits_.front().number < segments_.front().init) inits_.pop_front();
    playlist_.clear();
}

bool HlsMuxer::has(std::uint64_t segment, std::optional<std::uint64_t> part) const {
    if (segment > edge_.segment) return false;
    if (segment == edge_.segment) return part && *part < edge_.part;
    const HlsSegment* whole = this->segment(segment);
    if (part && whole != nullptr && *part >= whole->parts.size()) return has(segment + 1, 0);
    return true;
}

bool HlsMuxer::may_wait(std::uint64_t segment, std::optional<std::uint64_t> part) const {
    if (segment > edge_.segment + 1) return false;
    if (!part || segment < edge_.segment) return true;
    const std::uint64_t ahead = part_target_ == 0 ? 3 : std::max(3U, (3 * kSecond + part_target_ - 1) / part_target_);
    return *part <= ahead + (segment == edge_.segment ? edge_.part : 0);
}

const HlsSegment* HlsMuxer::segment(std::uint64_t number) const {
    if (segments_.empty() || number < segments_.front().number || number >= edge_.segment) return nullptr;
    return &segments_[static_cast<std::size_t>(number - segments_.front().number)];
}

const HlsPart* HlsMuxer::part(std::uint64_t segment, std::size_t part) const {
    if (segments_.empty() || segment < segments_.front().number || segment > segments_.back().number) return nullptr;
    const auto& parts = segments_[static_cast<std::size_t>(segment - segments_.front().number)].parts;
    return part < parts.size() ? &parts[part] : nullptr;
}

HlsBytes HlsMuxer::init(std::uint32_t number) const {
    const auto found = std::find_if(inits_.begin(), inits_.end(), [&](const Init& init) { return init.number == number; });
    return found == inits_.end() ? nullptr : found->bytes;
}

const std::string& HlsMuxer::playlist() const {
    if (!playlist_.empty()) return playlist_;
    const std::uint64_t targets = 3 * std::uint64_t{target_seconds_} * kSecond;
    playlist_ = hls::media_playlist({.segments = segments_,
                                     .from = newest(std::max(kListed, targets)),
                                     .edge = edge_,
                                     .target_seconds = target_seconds_,
                                     .part_target = part_target_});
    return playlist_;
}

std::string HlsMuxer::multivariant(std::string_view media_uri) const {
    if (inits_.empty()) return {};
    return hls::multivariant_playlist(segments_, inits_.back().format, interval_, media_uri);
}

}  // namespace bongsu::view
