#pragma once
// Catalogue lines for tests: a line with what matters in it.

#include <string>

#include "device/catalogue.hpp"

namespace bongsu::device {

inline Camera test_camera(std::string id, double lon, double lat, float bearing = 0) {
    Camera camera;
    camera.site.value = id.substr(0, 5);
    camera.id.value = std::move(id);
    camera.name = "시험 카메라";
    camera.owner.value = "B1144000000";
    camera.lon = lon;
    camera.lat = lat;
    camera.bearing = bearing;
    camera.purpose = "crime";
    camera.main_url = "rtsp://127.0.0.1:9/cam/01/main";
    camera.state = State::idle;
    return camera;
}

inline std::string line(const Camera& camera) { return catalogue_line(camera, Urls::keep); }

}  // namespace bongsu::device
