#pragma once
// The catalogue's lines: one camera a line, JSON, as they stand in DATA/<site>/catalogue.jsonl.

#include <string>
#include <string_view>
#include <vector>

#include "device/camera.hpp"

namespace bongsu::device {

constexpr std::size_t kLineBytesMax = 4096;
constexpr std::size_t kCamerasMax = 400'000;  ///< In one directory.

/// Reads lines {"id","name","site","owner","lon","lat","bearing","fov","range","height","ptz","purpose",
/// "connected","main","sub"}. All but "main" and "sub" are required ("main" may be empty at a site that has
/// the picture relayed); unknown and repeated fields are refused, empty lines skipped. A connected camera
/// begins as idle, another as not_connected. Errors: invalid "catalogue line 17: lat must be …" for the first
/// bad line.
Result<std::vector<Camera>> parse_catalogue(std::string_view lines);

enum class Urls : std::uint8_t { keep, omit };

/// One line with its '\n'. `omit` for other sites: an address of a camera does not leave its own.
std::string catalogue_line(const Camera& camera, Urls urls);

/// A number as plain decimals without an exponent: at most `decimals` of them, no trailing zeros.
void append_decimal(std::string& out, double number, int decimals);
/// A JSON string with its quotes.
void append_quoted(std::string& out, std::string_view text);

}  // namespace bongsu::device
