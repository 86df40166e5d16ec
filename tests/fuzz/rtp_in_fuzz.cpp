// A camera's packets in any shape and order, by UDP and interleaved: nothing waits for longer than its time, every packet
// has a counter, reports are whole, our time of its pictures never goes back.

#include "ingest/rtp_in.hpp"
#include "camera_fuzz.hpp"

using namespace bongsu;          // tidy-ok: a program of one function
using namespace bongsu::ingest;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::chrono_literals;
    fuzz::Script script(data, size);
    BlockBuilder builder(1, {.on_block = [](const media::BlockPtr& block) { fuzz::require(block->bytes.size() <= media::Block::kBytesMax); },
                             .on_format = [](const media::Format&) {}});
    RtpIn rtp({.ssrc = 2}, builder);
    media::CameraTrack track;
    track.payload_type = 96;
    rtp.begin(track);
    MonoTime now{1h};
    WallTime last{};
    std::uint32_t epoch = 0;
    std::uint64_t given = 0;
    while (script.more()) {
        const std::uint8_t what = script.byte();
        now += std::chrono::milliseconds(script.byte());
        const auto wall = from_us(1'795'000'000'000'000) + std::chrono::duration_cast<std::chrono::microseconds>(now - MonoTime(1h));
        const auto packet = script.bytes(12U + what / 8);
        if (what % 8 == 7) {
            rtsp::Path path;
            path.udp = (what & 8U) != 0;
            path.rtcp_channel = 1;
            rtp.set_path(path);
        } else if (what % 8 == 6) {
            rtp.on_rtcp(packet, now, wall);
        } else if (what % 8 == 5) {
            rtp.on_interleaved(what / 8 % 3, packet, now, wall);
        } else {
            rtp.on_packet(packet, now, wall);
            ++given;
        }
        rtp.tick(now);
        fuzz::require(!rtp.deadline() || *rtp.deadline() > now);
        const auto ours = rtp.clock().our_time(what, now, wall);
        fuzz::require(rtp.clock().state().epoch != epoch || (ours >= last && ours <= wall));
        epoch = rtp.clock().state().epoch;
        last = ours;
        if (what == 1) fuzz::require(media::rtcp::parse(rtp.report(now)).has_value());
    }
    const auto& seen = rtp.counters();
    fuzz::require(seen.packets + seen.foreign + seen.malformed + seen.rtcp >= given);
    return 0;
}
