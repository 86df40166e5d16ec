#pragma once
// RTP packets of a camera in, blocks out: whole pictures with headers that run on without a jump. Pure.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/time.hpp"
#include "media/block.hpp"
#include "media/format.hpp"
#include "media/jpeg.hpp"
#include "media/packets.hpp"

namespace bongsu::ingest {

/// Outlives the connections: restart() begins a new one, and SSRC, sequence and timestamps go on.
///
/// Closes:    a block at the marker bit or when the timestamp changes; never waits for the next picture
///            otherwise. A marker within a fragmented unit is none.
/// Drops:     pictures with a lost packet, larger than Block::kBytesMax, of more than 8,192 packets, or that
///            cannot be put together (a fragment without its beginning, a length that does not fit); counted.
/// Time:      the camera's ticks, carried over a reconnect by the time that passed; so too when the camera's
///            clock jumps by more than 10 s against ours.
/// Key:       an IDR (H.265: an IRAP) with known parameter sets. They are put before it when the camera sends
///            them in its SDP only. Of JPEG each picture; tables that it leaves out are put into it.
/// Threads:   none inside.
class BlockBuilder {
  public:
    struct Sink {
        std::function<void(media::BlockPtr)> on_block;
        std::function<void(const media::Format&)> on_format;  ///< Before the first block that needs it.
    };
    struct Counters {
        std::uint64_t packets = 0, foreign = 0, malformed = 0, lost = 0, damaged = 0, oversize = 0;
    };

    BlockBuilder(std::uint32_t ssrc, Sink sink);

    /// A new connection with what its SDP said. Parameter sets that it leaves out stay known.
    void restart(std::uint8_t payload_type, const media::Format& format);
    /// One RTP packet as it came off the wire.
    void add(std::span<const std::uint8_t> packet, MonoTime now);

    const Counters& counters() const { return counters_; }

  private:
    void look_at(media::Bytes payload);
    bool take_h264(media::Bytes payload);
    bool take_h265(media::Bytes payload);
    bool take_jpeg(media::Bytes payload);
    void close(MonoTime now);
    std::shared_ptr<media::Block> frozen() const;
    void begin(std::uint32_t timestamp);
    void put_away();
    std::uint32_t out_time(std::uint32_t camera_time, MonoTime now);
    void learn(media::SetKind kind, media::Bytes whole);
    void announce();
    bool has_sets() const;

    const std::uint32_t ssrc_;
    Sink sink_;
    Counters counters_;
    // Of the connection.
    std::uint8_t payload_type_ = media::kPayloadType;
    std::optional<std::uint32_t> camera_ssrc_;
    std::optional<std::uint16_t> last_sequence_;
    std::optional<std::uint32_t> offset_;  // Ours minus the camera's timestamp.
    // Of the stream.
    media::Format format_;
    bool announced_ = false;  // Whether the sink knows format_ as it is.
    media::jpeg::Tables tables_;
    std::uint16_t next_sequence_;
    std::uint32_t last_out_;
    MonoTime last_out_at_{};
    bool any_out_ = false;
    // Of the picture that is being put together; its memory is lent while it is open.
    media::Block picture_;
    media::OpenFragment fragment_;
    media::jpeg::Picture jpeg_;
    std::uint32_t camera_time_ = 0;
    bool open_ = false, damaged_ = false, oversize_ = false, has_picture_ = false, has_key_ = false;
    bool has_vps_ = false, has_sps_ = false, has_pps_ = false;
};

}  // namespace bongsu::ingest
