#include "decode/library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace bongsu::decode {
namespace {

static_assert(Library::kPadding >= AV_INPUT_BUFFER_PADDING_SIZE);
// 50 dB at 55 KB for a 1080p picture of the synthetic cameras, where libjpeg-turbo takes 82 KB (docs/dependencies.md).
constexpr int kJpegScale = 4;

/// The functions that are used, with the types of the headers. The libraries are opened by name and not linked: they bring 60
/// more and 25 ms to the start of every process of the program, where one of them needs them.
struct Functions {
#define BONGSU_LIBAV(name) decltype(&::name) name = nullptr
    BONGSU_LIBAV(avcodec_find_decoder);
    BONGSU_LIBAV(avcodec_find_encoder);
    BONGSU_LIBAV(avcodec_alloc_context3);
    BONGSU_LIBAV(avcodec_free_context);
    BONGSU_LIBAV(avcodec_open2);
    BONGSU_LIBAV(avcodec_send_packet);
    BONGSU_LIBAV(avcodec_receive_frame);
    BONGSU_LIBAV(avcodec_send_frame);
    BONGSU_LIBAV(avcodec_receive_packet);
    BONGSU_LIBAV(av_packet_alloc);
    BONGSU_LIBAV(av_packet_free);
    BONGSU_LIBAV(av_frame_alloc);
    BONGSU_LIBAV(av_frame_free);
    BONGSU_LIBAV(av_frame_get_buffer);
    BONGSU_LIBAV(av_log_set_level);
    BONGSU_LIBAV(av_pix_fmt_desc_get);
    BONGSU_LIBAV(sws_getContext);
    BONGSU_LIBAV(sws_freeContext);
    BONGSU_LIBAV(sws_scale);
#undef BONGSU_LIBAV
};

#define BONGSU_LIBAV_NAME2(number) #number
#define BONGSU_LIBAV_NAME(library, number) "lib" library ".so." BONGSU_LIBAV_NAME2(number)
/// Of the version whose headers this was built with.
constexpr const char* kCodecLibrary = BONGSU_LIBAV_NAME("avcodec", LIBAVCODEC_VERSION_MAJOR);
constexpr const char* kUtilLibrary = BONGSU_LIBAV_NAME("avutil", LIBAVUTIL_VERSION_MAJOR);
constexpr const char* kScaleLibrary = BONGSU_LIBAV_NAME("swscale", LIBSWSCALE_VERSION_MAJOR);

/// Never closed again: the process that opens them ends with them.
Result<void*> open_library(const char* name) {
    void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return fail(ErrorKind::unavailable, std::string("the decoder's library cannot be opened: ") + ::dlerror());
    return handle;
}

template <class Function>
Result<void> find(void* library, const char* name, Function& into) {
    into = reinterpret_cast<Function>(::dlsym(library, name));
    if (into == nullptr) return fail(ErrorKind::unavailable, std::string("the decoder's library has no ") + name);
    return {};
}

Result<Functions> load() {
    TRY(void* const codec, open_library(kCodecLibrary));
    TRY(void* const util, open_library(kUtilLibrary));
    TRY(void* const scale, open_library(kScaleLibrary));
    Functions out;
#define BONGSU_LIBAV(library, name) TRY_DO(find(library, #name, out.name))
    BONGSU_LIBAV(codec, avcodec_find_decoder);
    BONGSU_LIBAV(codec, avcodec_find_encoder);
    BONGSU_LIBAV(codec, avcodec_alloc_context3);
    BONGSU_LIBAV(codec, avcodec_free_context);
    BONGSU_LIBAV(codec, avcodec_open2);
    BONGSU_LIBAV(codec, avcodec_send_packet);
    BONGSU_LIBAV(codec, avcodec_receive_frame);
    BONGSU_LIBAV(codec, avcodec_send_frame);
    BONGSU_LIBAV(codec, avcodec_receive_packet);
    BONGSU_LIBAV(codec, av_packet_alloc);
    BONGSU_LIBAV(codec, av_packet_free);
    BONGSU_LIBAV(util, av_frame_alloc);
    BONGSU_LIBAV(util, av_frame_free);
    BONGSU_LIBAV(util, av_frame_get_buffer);
    BONGSU_LIBAV(util, av_log_set_level);
    BONGSU_LIBAV(util, av_pix_fmt_desc_get);
    BONGSU_LIBAV(scale, sws_getContext);
    BONGSU_LIBAV(scale, sws_freeContext);
    BONGSU_LIBAV(scale, sws_scale);
#undef BONGSU_LIBAV
    return out;
}

AVCodecID id_of(media::Codec codec) {
    return codec == media::Codec::h264 ? AV_CODEC_ID_H264 : codec == media::Codec::h265 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_MJPEG;
}

bool is_full_range(const AVFrame& frame) {
    return frame.color_range == AVCOL_RANGE_JPEG || frame.format == AV_PIX_FMT_YUVJ420P || frame.format == AV_PIX_FMT_YUVJ422P ||
           frame.format == AV_PIX_FMT_YUVJ444P || frame.format == AV_PIX_FMT_YUVJ440P || frame.format == AV_PIX_FMT_YUVJ411P;
}

class LibAv final : public Library {
  public:
    explicit LibAv(const Functions& functions) : av_(functions) { av_.av_log_set_level(AV_LOG_QUIET); }

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
        const auto grey = new_frame(64, 64, AV_PIX_FMT_YUV420P);
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
    template <class T>
    using Held = std::unique_ptr<T, std::function<void(T*)>>;
    using Context = Held<AVCodecContext>;
    using Frame = Held<AVFrame>;
    using Packet = Held<AVPacket>;

    Context context(const AVCodec* codec) const {
        return {codec == nullptr ? nullptr : av_.avcodec_alloc_context3(codec), [this](AVCodecContext* one) { av_.avcodec_free_context(&one); }};
    }
    Frame frame() const {
        return {av_.av_frame_alloc(), [this](AVFrame* one) { av_.av_frame_free(&one); }};
    }
    Packet packet() const {
        return {av_.av_packet_alloc(), [this](AVPacket* one) { av_.av_packet_free(&one); }};
    }

    Frame new_frame(int width, int height, AVPixelFormat format) const {
        auto out = frame();
        if (!out) return out;
        out->width = width;
        out->height = height;
        out->format = format;
        if (av_.av_frame_get_buffer(out.get(), 0) < 0) out.reset();
        return out;
    }

    Context open_decoder(media::Codec codec) const {
        const AVCodec* found = av_.avcodec_find_decoder(id_of(codec));
        auto out = context(found);
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
        const auto in = packet();
        auto out = frame();
        if (!decoder || !in || !out) return nullptr;
        in->data = const_cast<std::uint8_t*>(bytes.data());  // The library's type; it reads only.
        in->size = static_cast<int>(bytes.size());
        in->flags = AV_PKT_FLAG_KEY;
        if (av_.avcodec_send_packet(decoder.get(), in.get()) < 0 || av_.avcodec_send_packet(decoder.get(), nullptr) < 0) return nullptr;
        if (av_.avcodec_receive_frame(decoder.get(), out.get()) < 0) return nullptr;
        if ((out->flags & AV_FRAME_FLAG_CORRUPT) != 0 || out->decode_error_flags != 0 || out->width < 1 || out->height < 1) return nullptr;
        return out;
    }

    Frame scaled(const AVFrame& from, int width, int height, AVPixelFormat format) const {
        auto out = new_frame(width, height, format);
        if (!out) return out;
        auto* scaler = av_.sws_getContext(from.width, from.height, static_cast<AVPixelFormat>(from.format), width, height, format, SWS_AREA, nullptr,
                                          nullptr, nullptr);
        const bool done = scaler != nullptr && av_.sws_scale(scaler, from.data, from.linesize, 0, from.height, out->data, out->linesize) == height;
        av_.sws_freeContext(scaler);
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
        auto encoder = context(found);
        const auto made = packet();
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

    Functions av_;
};

}  // namespace

Result<std::unique_ptr<Library>> Library::open() {
    TRY(const auto functions, load());
    auto library = std::make_unique<LibAv>(functions);
    TRY_DO(library->warm_up());
    return library;
}

}  // namespace bongsu::decode
