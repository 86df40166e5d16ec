#include "imports/listed.hpp"

#include <array>
#include <charconv>

namespace bongsu::imports {

namespace {

constexpr std::string_view kHead = "bongsu-list 1\n";
constexpr std::size_t kFieldsInLine = 9;
// Nobody says how such a camera looks: all round, as far as a face is still a face.
constexpr float kRangeMetres = 50, kAllRound = 360, kOneWay = 60;

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

bool read_line(std::string_view line, Listed& out) {
    std::array<std::string_view, kFieldsInLine> fields;
    for (std::size_t i = 0; i < kFieldsInLine; ++i) {
        const auto tab = line.find('\t');
        if ((tab == std::string_view::npos) != (i + 1 == kFieldsInLine)) return false;
        fields[i] = line.substr(0, tab);
        if (tab != std::string_view::npos) line.remove_prefix(tab + 1);
    }
    out.local = fields[0];
    out.name = fields[1];
    out.purpose = fields[2];
    out.key = fields[3];
    return !out.local.empty() && !out.name.empty() && read_number(fields[4], out.lon_e7) &&
           read_number(fields[5], out.lat_e7) && read_number(fields[6], out.cameras) &&
           read_number(fields[7], out.bearing) && read_number(fields[8], out.row) && out.cameras >= 1 &&
           out.cameras <= kCamerasInRowMax;
}

std::string id_of(const SiteId& site, const Listed& place, std::int32_t camera) {
    return site.value + "-" + place.local + (camera == 1 ? "" : "_" + std::to_string(camera));
}

}  // namespace

std::string to_lines(const std::vector<Listed>& list) {
    std::string out(kHead);
    for (const auto& place : list) {
        for (const auto* text : {&place.local, &place.name, &place.purpose, &place.key})
            out.append(*text).append(1, '\t');
        for (const auto number : {place.lon_e7, place.lat_e7, place.cameras, place.bearing})
            out.append(std::to_string(number)).append(1, '\t');
        out.append(std::to_string(place.row)).append(1, '\n');
    }
    return out;
}

Result<std::vector<Listed>> parse_lines(std::string_view lines) {
    if (!lines.starts_with(kHead)) return fail(ErrorKind::corrupt, "the list does not begin as one of ours");
    lines.remove_prefix(kHead.size());
    std::vector<Listed> list;
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        Listed place;
        if (end == std::string_view::npos || !read_line(lines.substr(0, end), place))
            return fail(ErrorKind::corrupt,
                        "line " + std::to_string(list.size() + 2) + " of the list cannot be read");
        list.push_back(std::move(place));
        lines.remove_prefix(end + 1);
    }
    return list;
}

std::vector<device::Camera> cameras_of(const std::vector<Listed>& list, const SiteId& site,
                                       const AgencyId& owner) {
    std::vector<device::Camera> cameras;
    cameras.reserve(list.size());
    for (const auto& place : list) {
        device::Camera camera;
        camera.name = place.name;
        camera.site = site;
        camera.owner = owner;
        camera.lon = place.lon_e7 / 1e7;
        camera.lat = place.lat_e7 / 1e7;
        camera.bearing = static_cast<float>(place.bearing < 0 ? 0 : place.bearing);
        camera.field_of_view = place.bearing < 0 ? kAllRound : kOneWay;
        camera.range_m = kRangeMetres;
        camera.purpose = place.purpose;
        camera.state = device::State::not_connected;
        for (std::int32_t n = 1; n <= place.cameras; ++n) {
            camera.id.value = id_of(site, place, n);
            cameras.push_back(camera);
        }
    }
    return cameras;
}

std::vector<CameraId> camera_ids_of(const std::vector<Listed>& list, const SiteId& site) {
    std::vector<CameraId> ids;
    ids.reserve(list.size());
    for (const auto& place : list) {
        for (std::int32_t n = 1; n <= place.cameras; ++n) ids.push_back({id_of(site, place, n)});
    }
    return ids;
}

}  // namespace bongsu::imports
