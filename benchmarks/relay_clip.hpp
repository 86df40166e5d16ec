#pragma once
// The film of `./bench relay`: H.264, packetised once as a camera does it, with a stamp in each packet, and a digest of each
// picture that both ends know.

#include <array>
#include <fstream>
#include <iterator>
#include <span>

#include "relay_net.hpp"

namespace bongsu::relay {

/// In each packet's payload at byte 40, if it is that long: when it left the camera, of which picture, which packet.
/// No byte of it is below 0x40, so that it makes no start code (H.264 7.4.1) where a relay looks for one.
struct Stamp {
    static constexpr std::size_t kAt = 40, kSize = 24;
    static constexpr std::string_view kMagic = "Q7xKst";
    std::int64_t sent_ns = 0;
    std::uint32_t frame = 0, packet = 0;

    void write(std::uint8_t* at) const {
        std::memcpy(at, kMagic.data(), kMagic.size());
        at = put(at + kMagic.size(), static_cast<std::uint64_t>(sent_ns), 10);
        put(put(at, frame, 5), packet, 3);
    }
    static std::optional<Stamp> read(std::span<const std::uint8_t> bytes) {
        if (bytes.size() < kSize || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) return {};
        const auto* at = bytes.data() + kMagic.size();
        return Stamp{static_cast<std::int64_t>(get(at, 10)), static_cast<std::uint32_t>(get(at + 10, 5)), static_cast<std::uint32_t>(get(at + 15, 3))};
    }
    /// Where it stands in a payload: where we wrote it, or anywhere when a relay cut the packets anew.
    static std::optional<Stamp> find(std::span<const std::uint8_t> payload) {
        if (payload.size() >= kAt + kSize) {
            if (const auto here = read(payload.subspan(kAt))) return here;
        }
        const auto* at = memmem(payload.data(), payload.size(), kMagic.data(), kMagic.size());
        return at ? read(payload.subspan(static_cast<std::size_t>(static_cast<const std::uint8_t*>(at) - payload.data()))) : std::nullopt;
    }

  private:
    static std::uint8_t* put(std::uint8_t* at, std::uint64_t value, int symbols) {
        for (int i = symbols - 1; i >= 0; --i) *at++ = static_cast<std::uint8_t>(0x40 | ((value >> (6 * i)) & 0x3f));
        return at;
    }
    static std::uint64_t get(const std::uint8_t* at, int symbols) {
        std::uint64_t value = 0;
        for (int i = 0; i < symbols; ++i) value = value << 6 | (at[i] & 0x3f);
        return value;
    }
};

/// A picture's slices put together again (RFC 6184), and their digest without the stamps.
class Picture {
  public:
    void clear() { nals_.clear(); }
    void add(std::span<const std::uint8_t> payload) {
        if (payload.empty()) return;
        const auto kind = payload[0] & 0x1f;
        if (kind == 28 && payload.size() > 2) {
            if ((payload[1] & 0x80) != 0) nals_.push_back(static_cast<std::uint8_t>((payload[0] & 0xe0) | (payload[1] & 0x1f)));
            nals_.insert(nals_.end(), payload.begin() + 2, payload.end());
        } else if (kind >= 1 && kind <= 5) {
            nals_.insert(nals_.end(), payload.begin(), payload.end());
        } else if (kind == 24) {
            for (auto rest = payload.subspan(1); rest.size() > 2;) {
                const auto size = std::min<std::size_t>(get16(rest.data()), rest.size() - 2);
                add(rest.subspan(2, size));
                rest = rest.subspan(2 + size);
            }
        }
    }
    /// FNV-1a, 64 bits. Ends the picture.
    std::uint64_t digest() {
        for (std::size_t at = 0; at + Stamp::kSize <= nals_.size();) {
            const auto* found = memmem(nals_.data() + at, nals_.size() - at, Stamp::kMagic.data(), Stamp::kMagic.size());
            if (!found) break;
            at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - nals_.data());
            const auto size = std::min(Stamp::kSize, nals_.size() - at);
            std::memset(nals_.data() + at, 0x40, size);
            at += size;
        }
        std::uint64_t hash = 0xcbf29ce484222325U;
        for (const auto byte : nals_) hash = (hash ^ byte) * 0x100000001b3U;
        nals_.clear();
        return hash;
    }

  private:
    std::vector<std::uint8_t> nals_;
};

struct Packet {
    std::uint32_t at = 0, size = 0;  ///< Of the RTP packet; the 4 bytes before it are its `$ channel length`.
    std::uint32_t stamp = 0;         ///< Where its stamp stands; 0: it is too short for one.
};
/// Packets of one size that may leave with one UDP_SEGMENT send, the last of them shorter.
struct Run {
    std::size_t from = 0, count = 0;
    std::uint16_t segment = 0;
};
struct Frame {
    std::vector<std::uint8_t> bytes;
    std::vector<Packet> packets;
    std::vector<Run> runs;
    std::uint64_t digest = 0;
    bool key = false;

    /// The marker, the runs, and the digest of what will be sent.
    void finish() {
        set_headers(0, 0, 0, 0, 0);
        bytes[packets.back().at + 1] |= 0x80;
        for (std::size_t i = 0; i < packets.size(); ++i) {
            auto* run = runs.empty() ? nullptr : &runs.back();
            const bool fits = run && packets[i - 1].size == run->segment && packets[i].size <= run->segment && run->count < 44;
            if (fits) {
                ++run->count;
            } else {
                runs.push_back({i, 1, static_cast<std::uint16_t>(packets[i].size)});
            }
        }
        Picture picture;
        for (const auto& each : packets) picture.add(std::span(bytes).subspan(each.at + 12, each.size - 12));
        digest = picture.digest();
    }
    /// Of each packet, in place, right before it is sent.
    void set_headers(std::uint16_t sequence, std::uint32_t time, std::uint32_t ssrc, std::uint32_t number, std::int64_t now) {
        for (std::uint32_t i = 0; i < packets.size(); ++i) {
            auto* rtp = bytes.data() + packets[i].at;
            put16(rtp + 2, sequence + i);
            put32(rtp + 4, time);
            put32(rtp + 8, ssrc);
            if (packets[i].stamp != 0) Stamp{now, number, i}.write(bytes.data() + packets[i].stamp);
        }
    }
};

/// A film of whole GOPs.
struct Clip {
    static constexpr std::size_t kPayloadMax = 1400;
    static constexpr std::uint32_t kFps = 25, kGop = 50;
    std::vector<Frame> frames;
    std::string sps, pps;

    static Clip load(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        const std::vector<std::uint8_t> film{std::istreambuf_iterator<char>(file), {}};
        Clip out;
        for (const auto nal : split(film)) out.add(nal);
        for (auto& frame : out.frames) frame.finish();
        if (out.frames.empty() || out.frames.size() % kGop != 0 || out.sps.empty() || out.pps.empty())
            die(path + " is no film of whole GOPs of " + std::to_string(kGop));
        for (std::size_t i = 0; i < out.frames.size(); ++i) {
            if (out.frames[i].key != (i % kGop == 0)) die(path + ": a key picture stands in the midst of a GOP");
        }
        return out;
    }

    std::string sdp(const std::string& name) const {
        char level[8];
        std::snprintf(level, sizeof level, "%02x%02x%02x", byte(sps, 1), byte(sps, 2), byte(sps, 3));
        return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=" + name + "\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=range:npt=now-\r\na=control:*\r\n" +
               "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=" + level +
               ";sprop-parameter-sets=" + base64(sps) + "," + base64(pps) + "\r\na=framerate:25\r\na=control:trackID=0\r\n";
    }

  private:
    using Nal = std::span<const std::uint8_t>;
    static unsigned byte(const std::string& text, std::size_t at) { return static_cast<unsigned char>(text.at(at)); }
    static std::vector<Nal> split(Nal film) {
        std::vector<Nal> out;
        constexpr std::array<std::uint8_t, 3> kStart{0, 0, 1};
        auto at = std::search(film.begin(), film.end(), kStart.begin(), kStart.end());
        while (at != film.end()) {
            const auto from = at + 3;
            at = std::search(from, film.end(), kStart.begin(), kStart.end());
            auto end = at;
            while (end != from && *(end - 1) == 0) --end;
            if (end != from) out.push_back(film.subspan(static_cast<std::size_t>(from - film.begin()), static_cast<std::size_t>(end - from)));
        }
        return out;
    }
    void add(Nal nal) {
        const auto type = nal[0] & 0x1f;
        if (type == 7) sps.assign(nal.begin(), nal.end());
        if (type == 8) pps.assign(nal.begin(), nal.end());
        if (type != 1 && type != 5) return;
        const bool begins = (nal[1] & 0x80) != 0;  // first_mb_in_slice is 0.
        if (begins) frames.emplace_back();
        if (frames.empty()) return;
        auto& frame = frames.back();
        if (begins && type == 5) {
            frame.key = true;
            packet(frame, {}, {reinterpret_cast<const std::uint8_t*>(sps.data()), sps.size()});
            packet(frame, {}, {reinterpret_cast<const std::uint8_t*>(pps.data()), pps.size()});
        }
        if (nal.size() <= kPayloadMax) return packet(frame, {}, nal);
        for (auto rest = nal.subspan(1); !rest.empty();) {
            const auto size = std::min(rest.size(), kPayloadMax - 2);
            const auto first = rest.size() + 1 == nal.size() ? 0x80U : 0U, last = size == rest.size() ? 0x40U : 0U;
            const std::array<std::uint8_t, 2> head{static_cast<std::uint8_t>((nal[0] & 0xe0U) | 28U),
                                                   static_cast<std::uint8_t>(first | last | static_cast<unsigned>(type))};
            packet(frame, head, rest.first(size));
            rest = rest.subspan(size);
        }
    }
    static void packet(Frame& frame, Nal head, Nal rest) {
        auto& out = frame.bytes;
        const auto payload = head.size() + rest.size(), size = payload + 12;
        const auto at = out.size() + 4;
        const std::array<std::uint8_t, 4> framing{'$', 0, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
        out.insert(out.end(), framing.begin(), framing.end());
        out.resize(at + 12);
        out[at] = 0x80;
        out[at + 1] = 96;
        out.insert(out.end(), head.begin(), head.end());
        out.insert(out.end(), rest.begin(), rest.end());
        const bool stamped = payload >= Stamp::kAt + Stamp::kSize;
        frame.packets.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(size),
                                 stamped ? static_cast<std::uint32_t>(at + 12 + Stamp::kAt) : 0});
    }
    static std::string base64(std::string_view bytes) {
        constexpr std::string_view kSymbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::string out;
        for (std::size_t i = 0; i < bytes.size(); i += 3) {
            std::uint32_t three = 0;
            for (std::size_t k = 0; k < 3; ++k) three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
            for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : kSymbols[(three >> (18 - 6 * k)) & 63];
        }
        return out;
    }
};

}  // namespace bongsu::relay
