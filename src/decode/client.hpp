#pragma once
// Media's side of its decoder: pictures are asked for and come when there is time, or not at all.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/id.hpp"
#include "base/result.hpp"
#include "decode/wire.hpp"
#include "env/env.hpp"
#include "media/block.hpp"

namespace bongsu::decode {

/// A key picture to be decoded. It is put together and copied when its turn comes, not before.
struct Ask {
    CameraId camera;
    media::BlockPtr block;
    media::Format format;
    bool wants_jpeg = true;  ///< Else its numbers alone.
    int height = 0;          ///< Of the JPEG at most, in pixels; 0: as it is.
};

struct Picture {
    std::string jpeg;
    media::PictureNumbers numbers;
    int width = 0, height = 0;  ///< Of the JPEG.
};

/// Threads: the loop; answers come on it, never from within ask().
class Decoder {
  public:
    using Done = std::function<void(Result<std::shared_ptr<const Picture>>)>;
    virtual ~Decoder() = default;
    /// Each camera waits at most once for each height, and once for its numbers: who asks for what waits already gets the
    /// same picture. JPEGs, for which somebody waits, go before numbers.
    /// Errors (given to `done`): corrupt (its bytes are no picture; too large; too slow; its process died), exhausted (too
    /// many wait), unavailable (no decoder), timeout.
    virtual void ask(Ask ask, Done done) = 0;

    struct Counters {
        std::uint64_t asked = 0, decoded = 0, joined = 0, turned_away = 0;
        std::uint64_t undecodable = 0, too_large = 0, too_slow = 0, died = 0;  ///< Outcomes.
        std::uint64_t lost = 0;  ///< The decoder went, or said nothing, in the midst of it.
    };
    virtual const Counters& counters() const = 0;
    virtual std::size_t waiting() const = 0;
};

struct ClientLimits {
    std::size_t waiting_max = 256;      ///< Pictures; beyond, exhausted.
    std::size_t joined_max = 64;        ///< Askers of one picture.
    std::chrono::milliseconds answer{2900};  ///< From question to answer: the keeper's deadline is 2 s.
    std::chrono::milliseconds away{1000};    ///< How long a picture waits for a decoder that is not there.
};

/// Connects to the decoder's socket when something is asked, and again when it was lost.
std::unique_ptr<Decoder> connect_decoder(boost::asio::io_context& loop, env::Clock& clock, std::string socket_path, ClientLimits limits = {});

}  // namespace bongsu::decode
