#pragma once
// The demonstration's camera directory: catalogue.jsonl of each site.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "place/base_map.hpp"

namespace bongsu::place {

inline constexpr std::size_t kCamerasMax = 300'000;

struct CatalogueOptions {
    std::size_t cameras = 2'000;  ///< In the whole directory; streaming to 300,000.
    std::size_t streaming = 48;   ///< A multiple of 4, 4 to 48: the same number in each group.
    std::string rtsp_base;        ///< "rtsp://127.0.0.1:8480"; needed, without a slash at the end.
};

/// One line of catalogue.jsonl.
struct CameraLine {
    std::string id;     ///< "11440-0001"
    std::string name;   ///< "마포 홍대입구역 1"
    std::string site;   ///< "11440"; "11000" for the centre's own.
    std::string owner;  ///< Organisation code, "B1144000000".
    double lon;
    double lat;
    int bearing;    ///< Degrees clockwise from north, 0 to 359.
    int fov;        ///< Degrees.
    int range;      ///< Metres.
    double height;  ///< Metres.
    bool ptz;
    std::string_view purpose;  ///< "crime", "park", "child", "traffic", "disaster"; static text.
    bool connected;
    std::string main;  ///< Empty when not connected.
    std::string sub;
    int number;  ///< The synthetic camera's, 0 to 47; -1 when not connected. Not written.
};

/// By site code, "11000" first; each site's streaming cameras come first. A site without cameras is not
/// listed.
using Catalogue = std::vector<std::pair<std::string, std::vector<CameraLine>>>;

/// The same city and options make the same bytes. 300,000 take less than 3 s.
/// Errors: invalid, naming cameras, streaming or rtsp_base.
Result<Catalogue> generate_catalogue(const City& city, const CatalogueOptions& options);

/// JSON Lines: keys in the order of CameraLine, each line ends with a newline.
std::string to_jsonl(const std::vector<CameraLine>& cameras);

struct StreamingCamera {
    int number;  ///< Of the synthetic camera.
    std::string name;
    bool park;  ///< It looks along a park's path, not along a street.
};
/// In the order of the numbers: what the footage is made from.
std::vector<StreamingCamera> streaming_cameras(const Catalogue& catalogue);

}  // namespace bongsu::place
