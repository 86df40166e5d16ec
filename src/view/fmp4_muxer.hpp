#pragma once
// A stream's pictures as MP4 fragments, written once for all who watch.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "env/env.hpp"
#include "http/server.hpp"
#include "hub/stream.hpp"
#include "view/fmp4_timeline.hpp"

namespace bongsu::view {

/// What a player needs before the first fragment, and again when it changes.
struct Fmp4Init {
    media::Codec codec = media::Codec::h264;
    std::string mime;  ///< `video/mp4; codecs="avc1.64001f"`
    http::SharedBytes bytes;
};

struct Fmp4Fragment {
    std::shared_ptr<const Fmp4Init> init;
    http::SharedBytes bytes;  ///< One `moof` and `mdat` with one picture. Null when it could not be put together.
    bool key = false;
};

/// One for each stream that somebody watches as MP4, for as long as somebody does.
///
/// Threads: the stream's loop. Holds a cursor of its own: make and destroy it outside Stream::publish().
/// Bounds:  keeps the fragments that a cursor of the stream can still give: from the newest key picture, or from 1 s back
///          where that is longer; at most kKeptBytes.
class Fmp4Muxer {
  public:
    static constexpr std::size_t kKeptBytes = 10U << 20;

    struct Counters {
        std::uint64_t fragments = 0, bytes = 0, failed = 0;
    };

    /// Errors: invalid with the code codec_unsupported (JPEG), unavailable (parameter sets not known), corrupt.
    static Result<std::shared_ptr<Fmp4Muxer>> start(hub::Stream& stream, const env::Clock& clock);
    Fmp4Muxer(hub::Stream& stream, const env::Clock& clock, std::shared_ptr<const Fmp4Init> init);

    /// The fragment of a block that a cursor of the stream has just given; null when it is not kept any more. Valid until
    /// the next call.
    const Fmp4Fragment* fragment_of(const media::BlockPtr& block);
    const std::shared_ptr<const Fmp4Init>& init() const { return init_; }
    const Counters& counters() const { return counters_; }

  private:
    struct Kept {
        media::BlockPtr block;
        Fmp4Fragment fragment;
    };
    const Fmp4Fragment* find(const media::BlockPtr& block) const;
    void advance();
    void take(media::BlockPtr block, MonoTime now);
    void follow_format();
    void trim();

    hub::Stream& stream_;
    const env::Clock& clock_;
    hub::Cursor cursor_;
    media::Format format_;  // That of init_.
    std::shared_ptr<const Fmp4Init> init_;
    Fmp4Timeline timeline_;
    std::deque<Kept> kept_;
    std::size_t kept_bytes_ = 0;
    std::uint32_t sequence_ = 0;
    Counters counters_;
};

}  // namespace bongsu::view
