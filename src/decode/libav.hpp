#pragma once
// libavcodec, libavutil and libswscale, by their names at run time: for the processes that decode, and for no other. The only
// file that includes their headers.

#include <functional>
#include <memory>

#include "base/result.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace bongsu::decode {

/// The functions that are used, with the types of the headers. The libraries are opened by name and not linked: they bring 60
/// more and 25 ms to the start of every process of the program, where two of them need them.
struct LibAv {
#define BONGSU_LIBAV(name) decltype(&::name) name = nullptr
    BONGSU_LIBAV(avcodec_find_decoder);
    BONGSU_LIBAV(avcodec_find_encoder);
    BONGSU_LIBAV(avcodec_find_encoder_by_name);
    BONGSU_LIBAV(avcodec_alloc_context3);
    BONGSU_LIBAV(avcodec_free_context);
    BONGSU_LIBAV(avcodec_open2);
    BONGSU_LIBAV(avcodec_send_packet);
    BONGSU_LIBAV(avcodec_receive_frame);
    BONGSU_LIBAV(avcodec_send_frame);
    BONGSU_LIBAV(avcodec_receive_packet);
    BONGSU_LIBAV(av_packet_alloc);
    BONGSU_LIBAV(av_packet_free);
    BONGSU_LIBAV(av_packet_unref);
    BONGSU_LIBAV(av_frame_alloc);
    BONGSU_LIBAV(av_frame_free);
    BONGSU_LIBAV(av_frame_unref);
    BONGSU_LIBAV(av_frame_get_buffer);
    BONGSU_LIBAV(av_frame_make_writable);
    BONGSU_LIBAV(av_log_set_level);
    BONGSU_LIBAV(av_opt_set);
    BONGSU_LIBAV(av_pix_fmt_desc_get);
    BONGSU_LIBAV(sws_getContext);
    BONGSU_LIBAV(sws_freeContext);
    BONGSU_LIBAV(sws_scale);
#undef BONGSU_LIBAV

    /// Opened for as long as the process lives; they say nothing on stderr. Errors: unavailable, naming the library or the
    /// function.
    static Result<LibAv> open();

    /// Each is freed by the functions of this LibAv, which outlives it. Null where there is no memory.
    template <class T>
    using Held = std::unique_ptr<T, std::function<void(T*)>>;
    using Context = Held<AVCodecContext>;
    using Frame = Held<AVFrame>;
    using Packet = Held<AVPacket>;
    using Scaler = Held<SwsContext>;
    /// Null for no codec too.
    Context context(const AVCodec* codec) const;
    Frame frame() const;
    Packet packet() const;
    /// With memory for its pixels.
    Frame new_frame(int width, int height, AVPixelFormat format) const;
    Scaler scaler(const AVFrame& from, int width, int height, AVPixelFormat format) const;
};

/// Black is 0 and not 16.
bool is_full_range(const AVFrame& frame);
/// The decoder had to make it up in part.
bool is_damaged(const AVFrame& frame);

}  // namespace bongsu::decode
