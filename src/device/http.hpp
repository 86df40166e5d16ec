#pragma once
// The directory's faces: GET /api/v1/cameras and GET /api/v1/sites. Who may ask is the route table's
// business.

#include <string>
#include <vector>

#include "device/directory.hpp"
#include "http/message.hpp"

namespace bongsu::device {

/// One site of the city, given by whoever knows about joining and links.
struct SiteInfo {
    SiteId id;
    std::string name_ko, name_en;
    bool joined = false;  ///< Its cameras can be lent to the centre.
    bool online = false;  ///< Joined and answering now.
};

/// {"id","name","site","position","bearing","state","live","fov","range","ptz","purpose","owner"}, with
/// "cause" and "causeCode" when there is one and "distance" in metres when given. Never a URL.
std::string camera_json(const Camera& camera, std::optional<double> distance_m = {});

/// `?near=lon,lat&limit=k`, `?bbox=w,s,e,n` or `?q=`, or none of them for all; `site=` narrows each of them.
/// `limit` 1 … 1000, default 100; `cursor` from "next". 200 {"items":[…],"next"}: nearest first for `near`,
/// else by id. 400 names the parameter, also one that does not exist.
http::Response get_cameras(const Directory& directory, const http::Request& request);

/// {"items":[{"id","name":{"ko","en"},"joined","online","cameras","streaming","idle","unreachable",
/// "not_connected"}],"next":null}: how many cameras, and how many of them in each state.
http::Response get_sites(const Directory& directory, const std::vector<SiteInfo>& sites);

}  // namespace bongsu::device
