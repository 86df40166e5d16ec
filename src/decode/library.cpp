#include "decode/library.hpp"

#include <algorithm>
#include <array>

#include "decode/libav.hpp"

namespace bongsu::decode {
namespace {

static_assert(Library::kPadding >= AV_INPUT_BUFFER_PADDING_SIZE);
// 50 dB at 55 KB for a 1080p picture of the synthetic cameras, where libjpeg-turbo takes 82 KB (docs/dependencies.md).
constexpr int kJpegScale = 4;

AVCodecID id_of(media::Codec codec) {
    return codec == media::Codec::h264 ? AV_CODEC_ID_H264 : codec == media::Codec::h265 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_MJPEG;
}

class LibAvLibrary final : public Library {
  public:
    explicit LibAvLibrary(const LibAv& libav) : av_(libav) {}

    Decoded decode(const Question& question, std::span<const std::uint8_t> bytes) override {
        Decoded out;
        const auto frame = first_frame(question.codec, bytes, out.outcome);
        if (!frame) return out;
        if (frame->width > kSideMax || frame->height > kSideMax) {
            out.outcome = Outcome::too_large;
            return out;
        }
        out.outcome = Outcome::ok;
        if (!count(*frame, out) || (question.wants_jpeg && !encode(*frame, question.height, out))) out.outcome = Outcome::undecodable;
        if (out.jpeg.size() > kJpegBytesMax) out = {.outcome = Outcome::too_large, .numbers = out.numbers, .width = 0, .height = 0, .jpeg = {}};
        return out;
    }

    /// Each codec builds its tables with its first opening, the scaler with its first use.
    Result<void> warm_up() {
        for (const auto codec : {media::Codec::h264, media::Codec::h265, media::Codec::jpeg}) {
            if (!open_decoder(codec)) return fail(ErrorKind::unavailable, "the decoder's library has no decoder of " + std::string(media::to_string(codec)));
        }
        const auto grey = av_.new_frame(64, 64, AV_PIX_FMT_YUV420P);
        if (!grey) return fail(ErrorKind::unavailable, "no memory for a first picture");
        for (int plane = 0; plane < 3; ++plane) std::fill_n(grey->data[plane], grey->linesize[plane] * (plane == 0 ? 64 : 32), std::uint8_t{128});
        Decoded picture;
        if (!encode(*grey, 32, picture)) return fail(ErrorKind::unavailable, "the decoder's library makes no JPEG");
        picture.jpeg.resize(picture.jpeg.size() + kPadding);
        const auto again = decode({.codec = media::Codec::jpeg, .height = 16}, std::span(picture.jpeg).first(picture.jpeg.size() - kPadding));
        if (again.outcome != Outcome::ok) return fail(ErrorKind::unavailable, "the decoder's library does not read the JPEG that it made");
        return {};
    }

  private:
    using Context = LibAv::Context;
    using Frame = LibAv::Frame;

    Context open_decoder(media::Codec codec) const {
        const AVCodec* found = av_.avcodec_find_decoder(id_of(codec));
        auto out = av_.context(found);
        if (!out) return out;
        out->thread_count = 1;
        out->max_pixels = static_cast<std::int64_t>(kSideMax) * kSideMax;
        out->flags |= AV_CODEC_FLAG_LOW_DELAY;
        if (av_.avcodec_open2(out.get(), found, nullptr) < 0) out.reset();
        return out;
    }

    /// The access unit's picture; null with `why` for none, or one that the decoder had to make up in part.
    Frame first_frame(media::Codec codec, std::span<const std::uint8_t> bytes, Outcome& why) const {
        why = Outcome::undecodable;
        const auto decoder = open_decoder(codec);
        const auto in = av_.packet();
        auto out = av_.frame();
        if (!decoder || !in || !out) return nullptr;
        in->data = const_cast<std::uint8_t*>(bytes.data());  // The library's type; it reads only.
        in->size = static_cast<int>(bytes.size());
        in->flags = AV_PKT_FLAG_KEY;
        if (av_.avcodec_send_packet(decoder.get(), in.get()) < 0 || av_.avcodec_send_packet(decoder.get(), nullptr) < 0) return nullptr;
        if (av_.avcodec_receive_frame(decoder.get(), out.get()) < 0) return nullptr;
        if (is_damaged(*out)) return nullptr;
        return out;
    }

    Frame scaled(const AVFrame& from, int width, int height, AVPixelFormat format) const {
        auto out = av_.new_frame(width, height, format);
        if (!out) return out;
        const auto scaler = av_.scaler(from, width, height, format);
        const bool done = scaler && av_.sws_scale(scaler.get(), from.data, from.linesize, 0, from.height, out->data, out->linesize) == height;
        if (!done) out.reset();
        return out;
    }

    bool count(const AVFrame& picture, Decoded& out) const {
        const auto* form = av_.av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
        if (form == nullptr) return false;
        const bool is_plain = form->comp[0].depth == 8 && form->comp[0].step == 1 && (form->flags & AV_PIX_FMT_FLAG_RGB) == 0;
        const auto plain = is_plain ? Frame{} : scaled(picture, picture.width, picture.height, AV_PIX_FMT_YUV420P);
        if (!is_plain && !plain) return false;
        const AVFrame& luma = is_plain ? picture : *plain;
        out.numbers = media::numbers_of({.bytes = luma.data[0],
                                         .width = luma.width,
                                         .height = luma.height,
                                         .stride = luma.linesize[0],
                                         .limited = !is_plain || !is_full_range(picture)});
        return true;
    }

    bool encode(const AVFrame& picture, int height_max, Decoded& out) const {
        const int height = std::max(2, (height_max == 0 ? picture.height : std::min(height_max, picture.height)) & ~1);
        const int width = static_cast<int>(std::clamp<std::int64_t>(std::int64_t{picture.width} * height / picture.height, 2, kSideMax)) & ~1;
        const auto still = scaled(picture, width, height, AV_PIX_FMT_YUVJ420P);
        const AVCodec* found = av_.avcodec_find_encoder(AV_CODEC_ID_MJPEG);
        auto encoder = av_.context(found);
        const auto made = av_.packet();
        if (!still || !encoder || !made) return false;
        encoder->width = width;
        encoder->height = height;
        encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
        encoder->time_base = {1, 1};
        encoder->thread_count = 1;
        encoder->flags |= AV_CODEC_FLAG_QSCALE;
        encoder->global_quality = still->quality = kJpegScale * FF_QP2LAMBDA;
        if (av_.avcodec_open2(encoder.get(), found, nullptr) < 0 || av_.avcodec_send_frame(encoder.get(), still.get()) < 0 ||
            av_.avcodec_receive_packet(encoder.get(), made.get()) < 0)
            return false;
        out.jpeg.assign(made->data, made->data + made->size);
        out.width = width;
        out.height = height;
        return true;
    }

    LibAv av_;
};

}  // namespace

Result<std::unique_ptr<Library>> Library::open() {
    TRY(const auto libav, LibAv::open());
    auto library = std::make_unique<LibAvLibrary>(libav);
    TRY_DO(library->warm_up());
    return library;
}

}  // namespace bongsu::decode
