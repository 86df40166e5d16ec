#include "transcode/library.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "decode/libav.hpp"

namespace bongsu::transcode {
namespace {

using decode::LibAv;

static_assert(Library::kPadding >= AV_INPUT_BUFFER_PADDING_SIZE);
// A 4K camera, and those that are nearly square with as many pixels and half as many again.
constexpr std::int64_t kPixelsMax = std::int64_t{4096} * 3072;
constexpr std::int64_t kTicksPerSecond = 90'000;
constexpr std::int64_t kKeyTicks = 2 * kTicksPerSecond;
// Of 60 pictures a second each other one; the time stamps of 30 may tremble.
constexpr std::int64_t kLeastTicks = kTicksPerSecond / 45;
// 2.5 Mbit/s for 1280 by 720.
constexpr std::int64_t kBitsPerPixel_x100 = 271, kBitsLeast = 500'000, kBitsMost = 2'500'000;

struct Size {
    int width, height;
    bool operator==(const Size&) const = default;
};

/// Within the bounds, even, the proportions kept.
Size fitted(int width, int height) {
    // Which bound is met first; in whole numbers.
    const bool is_wide = std::int64_t{width} * kHeightMax >= std::int64_t{height} * kWidthMax;
    std::int64_t w = width, h = height;
    if (is_wide && width > kWidthMax) {
        w = kWidthMax;
        h = std::int64_t{height} * kWidthMax / width;
    } else if (!is_wide && height > kHeightMax) {
        h = kHeightMax;
        w = std::int64_t{width} * kHeightMax / height;
    }
    return {static_cast<int>(std::max<std::int64_t>(w, 16)) & ~1, static_cast<int>(std::max<std::int64_t>(h, 16)) & ~1};
}

class LibAvFilm final : public Film {
  public:
    explicit LibAvFilm(const LibAv& libav) : av_(libav) {}

    bool open() {
        const AVCodec* found = av_.avcodec_find_decoder(AV_CODEC_ID_HEVC);
        decoder_ = av_.context(found);
        in_ = av_.packet();
        out_ = av_.packet();
        decoded_ = av_.frame();
        if (!decoder_ || !in_ || !out_ || !decoded_) return false;
        decoder_->thread_count = 1;
        decoder_->max_pixels = kPixelsMax;
        decoder_->flags |= AV_CODEC_FLAG_LOW_DELAY;
        return av_.avcodec_open2(decoder_.get(), found, nullptr) >= 0;
    }

    Outcome take(const Unit& unit, std::span<const std::uint8_t> bytes, const Give& give) override {
        units_[unit.id % units_.size()] = unit;
        key_wanted_ = key_wanted_ || unit.key_wanted;
        in_->data = const_cast<std::uint8_t*>(bytes.data());  // The library's type; it reads only.
        in_->size = static_cast<int>(bytes.size());
        in_->flags = unit.key ? AV_PKT_FLAG_KEY : 0;
        in_->pts = unit.id;
        Outcome outcome = av_.avcodec_send_packet(decoder_.get(), in_.get()) < 0 ? Outcome::undecodable : Outcome::ok;
        while (av_.avcodec_receive_frame(decoder_.get(), decoded_.get()) >= 0) {
            const auto shown = show(*decoded_, give);
            if (outcome == Outcome::ok) outcome = shown;
            av_.av_frame_unref(decoded_.get());
        }
        return outcome;
    }

    /// A picture of the process's own: what the encoder and the scaler build for themselves.
    bool make(AVFrame& picture, const Unit& unit, const Give& give) { return encode(picture, unit, give) == Outcome::ok; }

  private:
    Outcome show(AVFrame& picture, const Give& give) {
        if (decode::is_damaged(picture)) return Outcome::undecodable;
        const auto& unit = units_[static_cast<std::size_t>(picture.pts) % units_.size()];
        if (picture.pts != std::int64_t{unit.id}) return Outcome::undecodable;  // It waited for longer than a picture may.
        return unit.shown ? encode(picture, unit, give) : Outcome::ok;
    }

    Outcome encode(AVFrame& picture, const Unit& unit, const Give& give) {
        if (!follow(picture)) return Outcome::too_large;
        const auto passed = any_ ? std::int64_t{static_cast<std::int32_t>(unit.rtp_time - last_time_)} : kTicksPerSecond;
        const auto ticks = ticks_ + std::clamp<std::int64_t>(passed, 1, kTicksPerSecond);
        const bool key = key_wanted_ || !any_ || ticks - key_ticks_ >= kKeyTicks;
        if (!key && passed >= 0 && passed < kLeastTicks) return Outcome::ok;
        AVFrame* frame = scaler_ ? scale(picture) : &picture;
        if (frame == nullptr) return Outcome::undecodable;
        ticks_ = ticks;
        last_time_ = unit.rtp_time;
        frame->pts = ticks_;
        frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
        if (av_.avcodec_send_frame(encoder_.get(), frame) < 0) return Outcome::undecodable;
        Outcome outcome = Outcome::ok;
        while (av_.avcodec_receive_packet(encoder_.get(), out_.get()) >= 0) {
            const bool is_key = (out_->flags & AV_PKT_FLAG_KEY) != 0;
            const auto size = static_cast<std::size_t>(out_->size);
            if (is_key) key_ticks_ = ticks_;
            if (is_key) key_wanted_ = false;
            any_ = true;
            if (size > kPictureBytesMax) outcome = Outcome::too_large;
            else give({unit.id, is_key, {out_->data, size}});
            av_.av_packet_unref(out_.get());
        }
        return outcome;
    }

    /// An encoder for pictures of this size and range. False: there is none.
    bool follow(const AVFrame& picture) {
        const Size from{picture.width, picture.height};
        const bool is_full = decode::is_full_range(picture);
        if (encoder_ && from == from_ && picture.format == from_format_ && is_full == is_full_) return true;
        from_ = from;
        from_format_ = picture.format;
        is_full_ = is_full;
        const Size to = fitted(from.width, from.height);
        const auto format = is_full ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
        scaler_.reset();
        scaled_.reset();
        if (to != from || picture.format != format) {
            scaler_ = av_.scaler(picture, to.width, to.height, format);
            scaled_ = av_.new_frame(to.width, to.height, format);
            if (!scaler_ || !scaled_) return false;
        }
        any_ = false;
        return open_encoder(picture, to, format);
    }

    bool open_encoder(const AVFrame& picture, Size size, AVPixelFormat format) {
        const AVCodec* found = av_.avcodec_find_encoder_by_name("libx264");
        encoder_ = av_.context(found);
        if (!encoder_) return false;
        auto& to = *encoder_;
        to.width = size.width;
        to.height = size.height;
        to.pix_fmt = format;
        to.time_base = {1, static_cast<int>(kTicksPerSecond)};
        to.framerate = {25, 1};
        to.thread_count = 1;
        to.max_b_frames = 0;
        to.gop_size = 600;  // Key pictures come by time.
        to.color_range = is_full_ ? AVCOL_RANGE_JPEG : picture.color_range;
        to.color_primaries = picture.color_primaries;
        to.color_trc = picture.color_trc;
        to.colorspace = picture.colorspace == AVCOL_SPC_RGB ? AVCOL_SPC_UNSPECIFIED : picture.colorspace;
        const auto bits = std::clamp<std::int64_t>(std::int64_t{size.width} * size.height * kBitsPerPixel_x100 / 100, kBitsLeast, kBitsMost);
        to.rc_max_rate = bits;
        to.rc_buffer_size = static_cast<int>(bits / 2);
        // Baseline is what each peer of WebRTC takes (RFC 7742 6.2).
        const std::pair<const char*, const char*> options[]{{"preset", "veryfast"}, {"tune", "zerolatency"}, {"profile", "baseline"},
                                                            {"crf", "22"},          {"forced-idr", "1"},     {"x264-params", "scenecut=0"}};
        for (const auto& [name, value] : options) av_.av_opt_set(to.priv_data, name, value, 0);
        if (av_.avcodec_open2(&to, found, nullptr) < 0) encoder_.reset();
        return encoder_ != nullptr;
    }

    AVFrame* scale(const AVFrame& picture) {
        if (av_.av_frame_make_writable(scaled_.get()) < 0) return nullptr;
        const int rows = av_.sws_scale(scaler_.get(), picture.data, picture.linesize, 0, picture.height, scaled_->data, scaled_->linesize);
        return rows == scaled_->height ? scaled_.get() : nullptr;
    }

    const LibAv& av_;
    LibAv::Context decoder_, encoder_;
    LibAv::Packet in_, out_;
    LibAv::Frame decoded_, scaled_;
    LibAv::Scaler scaler_;
    std::array<Unit, 32> units_{};  // By id: pictures come out in the order in which they are shown.
    Size from_{0, 0};
    int from_format_ = -1;
    bool is_full_ = false;
    bool any_ = false, key_wanted_ = false;
    std::uint32_t last_time_ = 0;
    std::int64_t ticks_ = 0, key_ticks_ = 0;
};

class LibAvLibrary final : public Library {
  public:
    explicit LibAvLibrary(const LibAv& libav) : av_(libav) {}

    std::unique_ptr<Film> begin() override {
        auto film = std::make_unique<LibAvFilm>(av_);
        return film->open() ? std::move(film) : nullptr;
    }

    Result<void> warm_up() {
        LibAvFilm film(av_);
        if (!film.open()) return fail(ErrorKind::unavailable, "the library has no decoder of H.265");
        const auto grey = av_.new_frame(1920, 1080, AV_PIX_FMT_YUV420P);
        if (!grey) return fail(ErrorKind::unavailable, "no memory for a first picture");
        for (int plane = 0; plane < 3; ++plane) std::fill_n(grey->data[plane], grey->linesize[plane] * (plane == 0 ? 1080 : 540), std::uint8_t{128});
        bool made = false;
        if (!film.make(*grey, {}, [&](const Made& picture) { made = picture.key; }) || !made)
            return fail(ErrorKind::unavailable, "the library makes no H.264: libx264 is missing");
        return {};
    }

  private:
    LibAv av_;
};

}  // namespace

Result<std::unique_ptr<Library>> Library::open() {
    TRY(const auto libav, LibAv::open());
    auto library = std::make_unique<LibAvLibrary>(libav);
    TRY_DO(library->warm_up());
    return library;
}

}  // namespace bongsu::transcode
