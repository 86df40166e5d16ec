#pragma once
// A film by ffmpeg, and the digests of its pictures as any reader of Annex B finds them.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "crypto/crypto.hpp"
#include "interop/child.hpp"
#include "media/block.hpp"
#include "media/rtp.hpp"

namespace bongsu::interop {

/// SHA-256 of the slices (NAL types 1 to 5) of one picture, in their order.
using Digests = std::vector<std::string>;

inline bool is_slice(std::uint8_t first) { return (first & 31) >= 1 && (first & 31) <= 5; }
/// first_mb_in_slice is 0: exp-Golomb writes that as a single 1.
inline bool begins_picture(std::string_view nal) { return nal.size() > 1 && (static_cast<unsigned char>(nal[1]) & 0x80U) != 0; }

struct Film {
    std::filesystem::path folder;
    std::string mkv;
    Digests pictures;
    ~Film() {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
};

inline Digests digests_of_annexb(const std::string& bytes) {
    Digests out;
    std::string slices;
    const std::string mark("\0\0\1", 3);
    for (auto at = bytes.find(mark); at != std::string::npos;) {
        const auto from = at + 3;
        const auto next = bytes.find(mark, from);
        std::string nal = bytes.substr(from, next == std::string::npos ? next : next - from);
        while (!nal.empty() && nal.back() == '\0') nal.pop_back();
        at = next;
        if (nal.empty() || !is_slice(static_cast<std::uint8_t>(nal[0]))) continue;
        if (begins_picture(nal) && !slices.empty()) out.push_back(crypto::sha256(std::exchange(slices, {})));
        slices += nal;
    }
    if (!slices.empty()) out.push_back(crypto::sha256(slices));
    return out;
}

/// RFC 6184, read again from its page: single NAL units, STAP-A, FU-A.
inline std::string digest_of_block(const media::Block& block) {
    std::string slices;
    const auto take = [&](std::string_view nal) {
        if (!nal.empty() && is_slice(static_cast<std::uint8_t>(nal[0]))) slices += nal;
    };
    std::string fragments;
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        const auto packet = block.packet(i);
        const std::string_view payload(reinterpret_cast<const char*>(packet.data()) + 12, packet.size() - 12);
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(payload[at]); };
        const int type = byte(0) & 31;
        if (type == 24) {
            for (std::size_t at = 1; at + 2 <= payload.size();) {
                const std::size_t size = byte(at) * 256U + byte(at + 1);
                take(payload.substr(at + 2, size));
                at += 2 + size;
            }
        } else if (type == 28) {
            if ((byte(1) & 0x80U) != 0) fragments = std::string(1, static_cast<char>((byte(0) & 0xE0U) | (byte(1) & 31U)));
            fragments += payload.substr(2);
            if ((byte(1) & 0x40U) != 0) take(fragments);
        } else {
            take(payload);
        }
    }
    return crypto::sha256(slices);
}

/// 640x360, 25 pictures a second, a key picture each second, three slices each, `seconds` long; no pictures when ffmpeg
/// cannot make it.
inline Film make_film(int seconds) {
    Film film;
    film.folder = std::filesystem::temp_directory_path() / ("bongsu-interop-" + std::to_string(::getpid()));
    std::filesystem::create_directories(film.folder);
    film.mkv = (film.folder / "film.mkv").string();
    const std::string plain = (film.folder / "film.h264").string();
    Child encoder({"ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-t",
                   std::to_string(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "0", "-g", "25",
                   "-x264-params", "slices=3", film.mkv});
    if (!encoder.ends_well()) return film;
    Child copier({"ffmpeg", "-v", "error", "-nostdin", "-y", "-i", film.mkv, "-c", "copy", "-f", "h264", plain});
    if (!copier.ends_well()) return film;
    std::ifstream file(plain, std::ios::binary);
    film.pictures = digests_of_annexb({std::istreambuf_iterator<char>(file), {}});
    return film;
}

}  // namespace bongsu::interop
