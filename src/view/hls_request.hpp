#pragma once
// What a request below /hls asks for. Pure: hostile text in, values or errors in words out.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::view::hls {

enum class What : std::uint8_t { index, view, playlist, init, segment, part };

/// `index`: /hls/{camera}/index.m3u8. The others lie below a view: /hls/view/{id}, and there media.m3u8, init-{n}.mp4, {n}.m4s and
/// {n}.{part}.m4s.
struct Target {
    What what = What::index;
    std::string camera, view;
    std::uint64_t number = 0;  ///< Of the segment or the init segment.
    std::uint64_t part = 0;
    friend bool operator==(const Target&, const Target&) = default;
};
constexpr std::size_t kCameraMax = 64, kViewMax = 64;
/// `path`: percent-decoded. Numbers are decimal without needless zeros, at most 10 digits. Errors: not_found.
Result<Target> read_target(std::string_view path);

/// A blocking reload (rfc8216bis 6.2.5.2).
struct Reload {
    std::optional<std::uint64_t> segment, part;
    friend bool operator==(const Reload&, const Reload&) = default;
};
/// Errors: invalid with its field, `_HLS_msn` or `_HLS_part`. Other parameters are not looked at (8216bis 6.2.5: a server ignores
/// directives that it does not know).
Result<Reload> read_reload(const std::map<std::string, std::string>& query);

struct Range {
    std::size_t from = 0, size = 0;
    friend bool operator==(const Range&, const Range&) = default;
};
/// RFC 9110 14.2: nothing for a header that is empty, cannot be read, or has several ranges: the answer is the whole then.
/// Errors: invalid for one that begins behind the end (416).
Result<std::optional<Range>> read_range(std::string_view header, std::size_t total);

}  // namespace bongsu::view::hls
