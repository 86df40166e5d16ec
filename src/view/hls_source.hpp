#pragma once
// A stream's muxer, for as long as somebody watches it by HLS.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "env/env.hpp"
#include "hub/stream.hpp"
#include "view/hls_muxer.hpp"

namespace bongsu::view {

/// All viewers of a stream share one. Its cursor asks for the camera; the last who lets it go ends that.
///
/// Threads: the stream's loop. Never destroyed inside Stream::publish(): what it tells is posted.
class HlsSource : public std::enable_shared_from_this<HlsSource> {
  public:
    using Changed = std::function<void(HlsSource&)>;

    /// `changed` is called on the loop when parts came, or it failed; at once for many.
    HlsSource(boost::asio::io_context& loop, env::Clock& clock, hub::Stream& stream, Changed changed);
    /// Once, after its construction: reads what the ring holds.
    void start();

    /// Null before the first picture.
    const HlsMuxer* muxer() const { return muxer_ ? &*muxer_ : nullptr; }
    const hub::Stream& stream() const { return stream_; }
    /// Why there is nothing more to come.
    const std::optional<Error>& failure() const { return failure_; }

  private:
    void pump();
    void push(const media::BlockPtr& block);
    void tell();

    boost::asio::io_context& loop_;
    env::Clock& clock_;
    hub::Stream& stream_;
    Changed changed_;
    std::unique_ptr<hub::Cursor> cursor_;
    std::optional<HlsMuxer> muxer_;
    std::optional<Error> failure_;
    std::uint64_t skipped_ = 0;
    bool told_ = false;
};

}  // namespace bongsu::view
