#pragma once
// A response with pieces on its way into a socket. For server.cpp.

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/message.hpp"

namespace bongsu::http {

/// Its pieces are held until all is written, its place in the tap until let_go().
class Flow : public std::enable_shared_from_this<Flow> {
  public:
    /// `text`: what to_text() made of the response.
    Flow(Response response, std::shared_ptr<const std::string> text) : response_(std::move(response)), text_(std::move(text)) {
        buffers_.push_back(boost::asio::buffer(*text_));
        for (const Piece& piece : response_.pieces) buffers_.emplace_back(piece.bytes.data(), piece.bytes.size());
    }

    /// `reset` throws away what the kernel has not sent yet; the tap may call it, now or later, on any thread. `done(code, bytes)` is
    /// called once, later.
    template <class Stream, class Reset, class Done>
    void run(Stream& stream, Reset reset, Done done) {
        if (const auto& tap = response_.tap) stop_ = tap->add(std::move(reset));
        boost::asio::async_write(
            stream, buffers_,
            [self = shared_from_this()](const boost::system::error_code& code, std::size_t sent) -> std::size_t {
                self->count(sent);
                return code ? 0 : kBytesAtOnce;
            },
            [self = shared_from_this(), done = std::move(done)](const boost::system::error_code& code, std::size_t sent) {
                self->count(sent);
                self->response_.pieces.clear();
                self->buffers_.clear();
                done(code, sent);
            });
    }

    /// The kernel has sent all of it, or the connection is gone: until here the tap may still reset it.
    void let_go() {
        if (stop_) response_.tap->remove(*stop_);
        stop_.reset();
    }

  private:
    static constexpr std::size_t kBytesAtOnce = 64 << 10;  // So they are counted as they go.

    void count(std::size_t sent) {
        const std::size_t pieces = sent > text_->size() ? sent - text_->size() : 0;
        if (response_.tap) response_.tap->count(pieces - counted_);
        counted_ = pieces;
    }

    Response response_;
    std::shared_ptr<const std::string> text_;
    std::vector<boost::asio::const_buffer> buffers_;
    std::optional<Tap::Stops::iterator> stop_;
    std::size_t counted_ = 0;
};

}  // namespace bongsu::http
