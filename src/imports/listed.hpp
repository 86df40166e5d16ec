#pragma once
// A row that stands in a list: a place with one or more cameras. A list is what one import made of a file, or
// an undo.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "device/camera.hpp"

namespace bongsu::imports {

constexpr std::int32_t kCamerasInRowMax = 500;
constexpr std::size_t kLocalBytesMax = 40;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kDigestLetters = 16;  ///< 64 bits: two of 300,000 meet once in 400 million files.

struct Listed {
    std::string
        local;  ///< Url-safe; the camera's id without the site. Further cameras of the row end in _2, _3 …
    std::string name;     ///< Without control characters.
    std::string purpose;  ///< "crime", "child", …
    std::string key;      ///< The address's digest: by it a place that moved is known again. Empty without one.
    std::int32_t lon_e7 = 0, lat_e7 = 0;
    std::int32_t cameras = 1;   ///< 1 … kCamerasInRowMax.
    std::int32_t bearing = -1;  ///< Degrees; -1 when it looks all round or nobody says.
    std::uint32_t row = 0;      ///< In the file.
    bool by_address = false;    ///< `local` is our digest of address and position: the owner gave no number.
    /// What `local` would be if the file named one owner, or several by another column; not kept with the list.
    std::vector<std::string> aliases;

    /// All but the row's number, aliases and what `local` was made of: the same place, unchanged.
    friend bool same(const Listed& a, const Listed& b) {
        return a.local == b.local && a.name == b.name && a.purpose == b.purpose && a.lon_e7 == b.lon_e7 &&
               a.lat_e7 == b.lat_e7 && a.cameras == b.cameras && a.bearing == b.bearing;
    }
};

/// As kept in DATA/<site>/imports/<id>.list: a line a place, fields between tabs.
std::string to_lines(const std::vector<Listed>& list);
/// Lists of the first form do not say what a place is known by: there 'p' and 16 hex digits are our digest.
/// Errors: corrupt names the line.
Result<std::vector<Listed>> parse_lines(std::string_view lines);

/// The directory's cameras of these places: registered, not connected.
std::vector<device::Camera> cameras_of(const std::vector<Listed>& list, const SiteId& site,
                                       const AgencyId& owner);
/// Their ids alone.
std::vector<CameraId> camera_ids_of(const std::vector<Listed>& list, const SiteId& site);

}  // namespace bongsu::imports
