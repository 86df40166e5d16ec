#include "media/jpeg.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "media/jpeg_tables.hpp"

namespace bongsu::media::jpeg {
namespace {

constexpr std::size_t kMainHeader = 8, kRestartHeader = 4, kTableHeader = 4;
constexpr std::uint32_t kOffsetMax = (1U << 24) - 1;
constexpr std::uint16_t kFirst = 0x8000, kLast = 0x4000, kCount = 0x3FFF;

/// Whether `size` bytes are whole tables, four at most.
bool are_tables(std::size_t size, std::uint8_t precision) {
    for (int i = 0; i < 4 && size > 0; ++i) {
        const std::size_t table = (precision >> i & 1U) != 0 ? 128 : 64;
        if (size < table) return false;
        size -= table;
    }
    return size == 0;
}

Result<void> read_tables(Bytes& rest, Packet& out) {
    if (rest.size() < kTableHeader)
        return fail(ErrorKind::corrupt, "RTP/JPEG quantisation table header beyond the packet");
    out.precision = rest[1];
    const std::size_t size = read_u16(rest.data() + 2);
    rest = rest.subspan(kTableHeader);
    if (size > rest.size()) return fail(ErrorKind::corrupt, "RTP/JPEG quantisation tables beyond the packet");
    if (!are_tables(size, out.precision))
        return fail(ErrorKind::corrupt, "RTP/JPEG quantisation tables of no known size");
    if (size == 0 && out.q == 255)
        return fail(ErrorKind::corrupt, "RTP/JPEG with Q 255 brings no quantisation tables");
    out.tables = rest.first(size);
    rest = rest.subspan(size);
    return {};
}

void keep_tables(const Packet& packet, Tables& tables) {
    tables.q = packet.q;
    tables.precision = packet.precision;
    tables.size = static_cast<std::uint16_t>(packet.tables.size());
    std::copy(packet.tables.begin(), packet.tables.end(), tables.bytes.begin());
}

/// The headers of one packet, written anew.
class Prefix {
  public:
    Prefix(const Packet& packet, std::uint32_t offset, std::uint16_t restart_count) {
        const std::array<std::uint8_t, kMainHeader> main{packet.type_specific,
                                                         static_cast<std::uint8_t>(offset >> 16),
                                                         static_cast<std::uint8_t>(offset >> 8),
                                                         static_cast<std::uint8_t>(offset),
                                                         packet.type,
                                                         packet.q,
                                                         packet.width,
                                                         packet.height};
        put(main);
        if (!packet.has_restarts()) return;
        std::array<std::uint8_t, kRestartHeader> restart{};
        write_u16(restart.data(), packet.interval);
        write_u16(restart.data() + 2, restart_count);
        put(restart);
    }
    void put_tables(const Tables& tables) {
        std::array<std::uint8_t, kTableHeader> header{0, tables.precision};
        write_u16(header.data() + 2, tables.size);
        put(header);
        put(Bytes(tables.bytes).first(tables.size));
    }
    Bytes bytes() const { return Bytes(bytes_).first(size_); }

  private:
    void put(Bytes part) {
        std::copy(part.begin(), part.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += part.size();
    }
    std::array<std::uint8_t, kMainHeader + kRestartHeader + kTableHeader + kTablesMax> bytes_{};
    std::size_t size_ = 0;
};

/// F and L of a part (RFC 2435 3.1.7): a cut chunk of intervals begins in its first part and ends in its
/// last.
std::uint16_t part_count(std::uint16_t whole, bool first, bool last) {
    if ((whole & kCount) == kCount) return whole;  // The whole picture is one chunk.
    return static_cast<std::uint16_t>((whole & kCount) | (first ? whole & kFirst : 0) |
                                      (last ? whole & kLast : 0));
}

void append_parts(Block& block, const Packet& packet, const Tables& tables) {
    for (std::size_t from = 0; from == 0 || from < packet.scan.size();) {
        const auto offset = packet.offset + static_cast<std::uint32_t>(from);
        const std::size_t tables_size = offset == 0 && packet.q >= 128 ? kTableHeader + tables.size : 0;
        const std::size_t headers = kMainHeader + (packet.has_restarts() ? kRestartHeader : 0) + tables_size;
        const std::size_t size = std::min(kFragmentMax - headers, packet.scan.size() - from);
        Prefix prefix(packet, offset,
                      part_count(packet.restart_count, from == 0, from + size == packet.scan.size()));
        if (tables_size > 0) prefix.put_tables(tables);
        append_packet(block, prefix.bytes(), packet.scan.subspan(from, size));
        from += size;
        if (size == 0) return;
    }
}

/// The tables of Q 1 to 99 (RFC 2435 appendix A), in the order in which a file has them.
void scale_tables(std::uint8_t q, Tables& out) {
    const int factor = q < 50 ? 5000 / q : 200 - q * 2;
    for (std::size_t i = 0; i < 128; ++i) {
        const int base = i < 64 ? kLuma[kZigzag[i]] : kChroma[kZigzag[i - 64]];
        out.bytes[i] = static_cast<std::uint8_t>(std::clamp((base * factor + 50) / 100, 1, 255));
    }
    out.size = 128;
    out.precision = 0;
}

/// A JPEG file's segments, one behind the other.
class File {
  public:
    explicit File(std::size_t reserve) { bytes_.reserve(reserve); }
    void marker(std::uint8_t code) { put(std::array<std::uint8_t, 2>{0xFF, code}); }
    void segment(std::uint8_t code, std::initializer_list<Bytes> parts) {
        std::size_t size = 2;
        for (const Bytes part : parts) size += part.size();
        marker(code);
        put(std::array<std::uint8_t, 2>{static_cast<std::uint8_t>(size >> 8),
                                        static_cast<std::uint8_t>(size)});
        for (const Bytes part : parts) put(part);
    }
    void put(Bytes part) { bytes_.insert(bytes_.end(), part.begin(), part.end()); }
    std::vector<std::uint8_t>& bytes() { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
};

void put_headers(File& file, const Packet& first, const Tables& tables, Size size) {
    file.marker(0xD8);
    file.segment(0xE0, {std::array<std::uint8_t, 14>{'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0}});
    std::uint8_t count = 0;
    for (std::size_t at = 0; at < tables.size; ++count) {
        const bool wide = (tables.precision >> count & 1U) != 0;
        const std::array<std::uint8_t, 1> id{static_cast<std::uint8_t>((wide ? 0x10U : 0U) | count)};
        const std::size_t length = wide ? 128 : 64;
        file.segment(0xDB, {id, Bytes(tables.bytes).subspan(at, length)});
        at += length;
    }
    if (first.interval != 0) {
        std::array<std::uint8_t, 2> interval{};
        write_u16(interval.data(), first.interval);
        file.segment(0xDD, {interval});
    }
    std::array<std::uint8_t, 15> frame{8, 0, 0, 0, 0, 3, 1, 0x21, 0, 2, 0x11, 0, 3, 0x11, 0};
    write_u16(frame.data() + 1, static_cast<std::uint16_t>(size.height));
    write_u16(frame.data() + 3, static_cast<std::uint16_t>(size.width));
    if ((first.type & 1U) != 0) frame[7] = 0x22;
    if (count > 1) frame[11] = frame[14] = 1;
    // Tables of 16 bits are not for baseline (ITU-T T.81 B.2.4.1), but for the extended process.
    file.segment(tables.precision != 0 ? 0xC1 : 0xC0, {frame});
    file.segment(0xC4, {kHuffman});
    file.segment(0xDA, {std::array<std::uint8_t, 10>{3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0}});
}

Result<void> begin_file(File& file, const Packet& first, Size size) {
    if (size.width < 1 || size.height < 1 || size.width > 65535 || size.height > 65535)
        return fail(ErrorKind::invalid, "the JPEG picture's width and height are not known");
    Tables tables;
    if (first.q < 128) {
        scale_tables(first.q, tables);
    } else if (first.tables.empty()) {
        return fail(ErrorKind::corrupt, "RTP/JPEG picture without quantisation tables");
    } else {
        keep_tables(first, tables);
    }
    put_headers(file, first, tables, size);
    return {};
}

}  // namespace

Result<Packet> parse(Bytes payload) {
    if (payload.size() < kMainHeader)
        return fail(ErrorKind::corrupt, "RTP/JPEG packet shorter than its header");
    Packet out;
    out.type_specific = payload[0];
    out.offset = read_u32(payload.data()) & kOffsetMax;
    out.type = payload[4];
    out.q = payload[5];
    out.width = payload[6];
    out.height = payload[7];
    if ((out.type & ~0x41U) != 0)
        return fail(ErrorKind::corrupt,
                    "RTP/JPEG type " + std::to_string(out.type) + " is none of 0, 1, 64, 65");
    if (out.q == 0 || (out.q > 99 && out.q < 128))
        return fail(ErrorKind::corrupt, "RTP/JPEG Q " + std::to_string(out.q) + " is reserved");
    Bytes rest = payload.subspan(kMainHeader);
    if (out.has_restarts()) {
        if (rest.size() < kRestartHeader)
            return fail(ErrorKind::corrupt, "RTP/JPEG restart marker header beyond the packet");
        out.interval = read_u16(rest.data());
        out.restart_count = read_u16(rest.data() + 2);
        if (out.interval == 0) return fail(ErrorKind::corrupt, "RTP/JPEG restart interval is zero");
        rest = rest.subspan(kRestartHeader);
    }
    if (out.brings_tables()) TRY_DO(read_tables(rest, out));
    if (rest.size() > kOffsetMax - out.offset)
        return fail(ErrorKind::corrupt, "RTP/JPEG fragment beyond the largest picture");
    out.scan = rest;
    return out;
}

bool Picture::take(const Packet& packet) {
    if (!begun_) {
        if (packet.offset != 0) return false;
        begun_ = true;
        first_ = packet;
        first_.tables = first_.scan = {};
    }
    const bool same = packet.type == first_.type && packet.q == first_.q && packet.width == first_.width &&
                      packet.height == first_.height && packet.interval == first_.interval;
    if (!same || packet.offset != next_) return false;
    next_ += static_cast<std::uint32_t>(packet.scan.size());
    return true;
}

Size size_of(const Packet& packet, const Format& format) {
    const auto side = [](int field, int known) {
        return field == 0 || (known + 7) / 8 == field ? known : field * 8;
    };
    return {side(packet.width, format.width), side(packet.height, format.height)};
}

Result<void> append_payload(Block& block, Bytes payload, const Packet& packet, Tables& tables) {
    if (!packet.tables.empty()) keep_tables(packet, tables);
    const bool lacks = packet.brings_tables() && packet.tables.empty();
    if (lacks && (tables.q != packet.q || tables.size == 0))
        return fail(ErrorKind::corrupt, "RTP/JPEG picture without quantisation tables, and none came before");
    if (lacks || payload.size() > kForwardMax) {
        append_parts(block, packet, tables);
    } else {
        append_packet(block, {}, payload);
    }
    return {};
}

Result<std::vector<std::uint8_t>> to_file(const Block& block, const Format& format) {
    if (block.packets.empty()) return fail(ErrorKind::corrupt, "the block is empty");
    Picture picture;
    File file(block.bytes.size() + 1200);
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        TRY(const RtpPacket rtp, parse_rtp(block.packet(i)));
        TRY(const Packet packet, parse(rtp.payload));
        if (!picture.take(packet))
            return fail(ErrorKind::corrupt, "RTP/JPEG fragments do not follow each other");
        if (i == 0) TRY_DO(begin_file(file, packet, size_of(packet, format)));
        file.put(packet.scan);
    }
    auto& bytes = file.bytes();
    const bool ended = bytes[bytes.size() - 2] == 0xFF && bytes.back() == 0xD9;
    if (!ended) file.marker(0xD9);
    return std::move(bytes);
}

}  // namespace bongsu::media::jpeg
