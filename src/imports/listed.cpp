#include "imports/listed.hpp"

#include <array>
#include <charconv>

namespace bongsu::imports {

namespace {

constexpr std::string_view kHead = "bongsu-list 2\n";
/// Its lines lack the last field.
constexpr std::string_view kFirstHead = "bongsu-list 1\n";
constexpr std::size_t kFieldsInLine = 10;
constexpr std::string_view kByAddress = "address", kByNumber = "number";
// Nobody says how such a camera looks: all round, as far as a face is still a face.
constexpr float kRangeMetres = 50, kAllRound = 360, kOneWay = 60;

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

/// "p" and a digest. An owner's number may look like it too: only a list that does not say it is read by it.
bool looks_like_digest(std::string_view local) {
    return local.size() == 1 + kDigestLetters && local.starts_with('p') &&
           local.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

bool read_line(std::string_view line, bool is_first_form, Listed& out) {
    std::array<std::string_view, kFieldsInLine> fields;
    const auto count = kFieldsInLine - (is_first_form ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i) {
        const auto tab = line.find('\t');
        if ((tab == std::string_view::npos) != (i + 1 == count)) return false;
        fields[i] = line.substr(0, tab);
        if (tab != std::string_view::npos) line.remove_prefix(tab + 1);
    }
    out.local = fields[0];
    out.name = fields[1];
    out.purpose = fields[2];
    out.key = fields[3];
    out.by_address = is_first_form ? looks_like_digest(out.local) : fields[9] == kByAddress;
    if (!is_first_form && !out.by_address && fields[9] != kByNumber) return false;
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
        out.append(std::to_string(place.row)).append(1, '\t');
        out.append(place.by_address ? kByAddress : kByNumber).append(1, '\n');
    }
    return out;
}

Result<std::vector<Listed>> parse_lines(std::string_view lines) {
    const bool is_first_form = lines.starts_with(kFirstHead);
    if (!is_first_form && !lines.starts_with(kHead))
        return fail(ErrorKind::corrupt, "the list does not begin as one of ours");
    lines.remove_prefix(is_first_form ? kFirstHead.size() : kHead.size());
    std::vector<Listed> list;
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        Listed place;
        if (end == std::string_view::npos || !read_line(lines.substr(0, end), is_first_form, place))
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
