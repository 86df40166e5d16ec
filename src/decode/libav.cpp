#include "decode/libav.hpp"

#include <dlfcn.h>

#include <string>

namespace bongsu::decode {
namespace {

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

}  // namespace

Result<LibAv> LibAv::open() {
    LibAv out;
    TRY(void* const codec, open_library(kCodecLibrary));
    TRY(void* const util, open_library(kUtilLibrary));
    TRY(void* const scale, open_library(kScaleLibrary));
#define BONGSU_LIBAV(library, name) TRY_DO(find(library, #name, out.name))
    BONGSU_LIBAV(codec, avcodec_find_decoder);
    BONGSU_LIBAV(codec, avcodec_find_encoder);
    BONGSU_LIBAV(codec, avcodec_find_encoder_by_name);
    BONGSU_LIBAV(codec, avcodec_alloc_context3);
    BONGSU_LIBAV(codec, avcodec_free_context);
    BONGSU_LIBAV(codec, avcodec_open2);
    BONGSU_LIBAV(codec, avcodec_send_packet);
    BONGSU_LIBAV(codec, avcodec_receive_frame);
    BONGSU_LIBAV(codec, avcodec_send_frame);
    BONGSU_LIBAV(codec, avcodec_receive_packet);
    BONGSU_LIBAV(codec, av_packet_alloc);
    BONGSU_LIBAV(codec, av_packet_free);
    BONGSU_LIBAV(codec, av_packet_unref);
    BONGSU_LIBAV(util, av_frame_alloc);
    BONGSU_LIBAV(util, av_frame_free);
    BONGSU_LIBAV(util, av_frame_unref);
    BONGSU_LIBAV(util, av_frame_get_buffer);
    BONGSU_LIBAV(util, av_frame_make_writable);
    BONGSU_LIBAV(util, av_log_set_level);
    BONGSU_LIBAV(util, av_opt_set);
    BONGSU_LIBAV(util, av_pix_fmt_desc_get);
    BONGSU_LIBAV(scale, sws_getContext);
    BONGSU_LIBAV(scale, sws_freeContext);
    BONGSU_LIBAV(scale, sws_scale);
#undef BONGSU_LIBAV
    out.av_log_set_level(AV_LOG_QUIET);
    return out;
}

LibAv::Context LibAv::context(const AVCodec* codec) const {
    return {codec == nullptr ? nullptr : avcodec_alloc_context3(codec), [this](AVCodecContext* one) { avcodec_free_context(&one); }};
}

LibAv::Frame LibAv::frame() const {
    return {av_frame_alloc(), [this](AVFrame* one) { av_frame_free(&one); }};
}

LibAv::Packet LibAv::packet() const {
    return {av_packet_alloc(), [this](AVPacket* one) { av_packet_free(&one); }};
}

LibAv::Frame LibAv::new_frame(int width, int height, AVPixelFormat format) const {
    auto out = frame();
    if (!out) return out;
    out->width = width;
    out->height = height;
    out->format = format;
    if (av_frame_get_buffer(out.get(), 0) < 0) out.reset();
    return out;
}

LibAv::Scaler LibAv::scaler(const AVFrame& from, int width, int height, AVPixelFormat format) const {
    return {sws_getContext(from.width, from.height, static_cast<AVPixelFormat>(from.format), width, height, format, SWS_AREA, nullptr, nullptr, nullptr),
            [this](SwsContext* one) { sws_freeContext(one); }};
}

bool is_full_range(const AVFrame& frame) {
    return frame.color_range == AVCOL_RANGE_JPEG || frame.format == AV_PIX_FMT_YUVJ420P || frame.format == AV_PIX_FMT_YUVJ422P ||
           frame.format == AV_PIX_FMT_YUVJ444P || frame.format == AV_PIX_FMT_YUVJ440P || frame.format == AV_PIX_FMT_YUVJ411P;
}

bool is_damaged(const AVFrame& frame) {
    return (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0 || frame.width < 1 || frame.height < 1;
}

}  // namespace bongsu::decode
