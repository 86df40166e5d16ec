#include "device/catalogue.hpp"

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

namespace bongsu::device {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 15> kFields{"id",  "name",    "site",      "owner", "lon",
                                                   "lat", "bearing", "fov",       "range", "height",
                                                   "ptz", "purpose", "connected", "main",  "sub"};

auto invalid(std::string_view field, std::string_view rule) {
    return fail(ErrorKind::invalid, std::string(field) + " " + std::string(rule));
}

/// Reads the fields of one line; remembers the first fault, so that reading stays a flat list.
class Line {
  public:
    explicit Line(const json::object& object) : object_(object) {}

    std::string text(std::string_view field, std::size_t bytes_min, std::size_t bytes_max) {
        const auto* value = find(field, bytes_min > 0);
        if (value == nullptr) return {};
        const auto* text = value->if_string();
        if (text == nullptr || text->size() < bytes_min || text->size() > bytes_max) {
            set("must be a text of " + std::to_string(bytes_min) + " to " + std::to_string(bytes_max) +
                    " bytes",
                field);
            return {};
        }
        if (std::any_of(text->begin(), text->end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
            set("must not hold control characters", field);
        }
        return std::string(*text);
    }

    double number(std::string_view field, double min, double max) {
        const auto* value = find(field, true);
        if (value == nullptr) return min;
        const double number = value->is_number() ? value->to_number<double>() : std::nan("");
        if (number >= min && number <= max) return number;
        std::string rule = "must be a number from ";
        append_decimal(rule, min, 2);
        rule += " to ";
        append_decimal(rule, max, 2);
        set(rule, field);
        return min;
    }

    bool flag(std::string_view field) {
        const auto* value = find(field, true);
        if (value == nullptr) return false;
        if (!value->is_bool()) set("must be true or false", field);
        return value->is_bool() && value->get_bool();
    }

    void require(bool holds, std::string_view field, std::string_view rule) {
        if (!holds) set(rule, field);
    }

    const std::string& fault() const { return fault_; }

  private:
    const json::value* find(std::string_view field, bool required) {
        const auto* value = object_.if_contains(field);
        if (value == nullptr && required) set("is missing", field);
        return value;
    }
    void set(std::string_view rule, std::string_view field) {
        if (fault_.empty()) fault_ = std::string(field) + " " + std::string(rule);
    }

    const json::object& object_;
    std::string fault_;
};

bool is_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_camera_id(std::string_view id, std::string_view site) {
    return id.size() > site.size() + 1 && id.starts_with(site) && id[site.size()] == '-' &&
           std::all_of(id.begin(), id.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '-' || c == '_';
           });
}

bool is_url(std::string_view url) {
    return url.empty() || ((url.starts_with("rtsp://") || url.starts_with("rtsps://")) &&
                           std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; }));
}

Result<Camera> read_camera(const json::object& object) {
    if (const auto unknown = std::find_if(object.begin(), object.end(),
                                          [](const auto& pair) {
                                              return std::find(kFields.begin(), kFields.end(),
                                                               std::string_view(pair.key())) == kFields.end();
                                          });
        unknown != object.end()) {
        return invalid(std::string_view(unknown->key()).substr(0, 40), "is not a field of the catalogue");
    }
    Line line(object);
    Camera camera;
    camera.id.value = line.text("id", 7, 64);
    camera.name = line.text("name", 1, 200);
    camera.site.value = line.text("site", 5, 5);
    camera.owner.value = line.text("owner", 11, 11);
    camera.lon = line.number("lon", 124, 132);
    camera.lat = line.number("lat", 33, 39);
    camera.bearing = std::fmod(static_cast<float>(line.number("bearing", 0, 360)), 360.0F);
    camera.field_of_view = static_cast<float>(line.number("fov", 1, 360));
    camera.range_m = static_cast<float>(line.number("range", 1, 5000));
    camera.height_m = static_cast<float>(line.number("height", 0, 600));
    camera.ptz = line.flag("ptz");
    camera.purpose = line.text("purpose", 1, 40);
    const bool connected = line.flag("connected");
    camera.main_url = line.text("main", 0, 500);
    camera.sub_url = line.text("sub", 0, 500);
    line.require(is_digits(camera.site.value), "site", "must be five digits");
    line.require(is_camera_id(camera.id.value, camera.site.value), "id",
                 "must be the site's code, '-' and url-safe letters");
    const std::string_view owner = camera.owner.value;
    line.require(owner.empty() || (owner[0] >= 'A' && owner[0] <= 'Z' && is_digits(owner.substr(1))), "owner",
                 "must be a letter and ten digits");
    line.require(is_url(camera.main_url), "main", "must be an rtsp:// or rtsps:// address");
    line.require(is_url(camera.sub_url), "sub", "must be an rtsp:// or rtsps:// address");
    if (!line.fault().empty()) return fail(ErrorKind::invalid, line.fault());
    camera.state = connected ? State::idle : State::not_connected;
    return camera;
}

/// Counts the members of the outermost object: a repeated name makes this greater than the object's size.
/// `line` is known to be valid JSON.
std::size_t count_members(std::string_view line) {
    std::size_t members = 0;
    bool quoted = false;
    int depth = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
            continue;
        }
        if (c == '"') quoted = true;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        if (c == ':' && depth == 1) ++members;
    }
    return members;
}

Result<Camera> read_line(json::parser& parser, std::string_view line) {
    if (line.size() > kLineBytesMax) return invalid("the line", "is longer than 4096 bytes");
    boost::system::error_code error;
    parser.write(line, error);
    if (error) return invalid("the line", "is not JSON: " + error.message());
    const auto value = parser.release();
    const auto* object = value.if_object();
    if (object == nullptr) return invalid("the line", "must be a JSON object");
    if (count_members(line) != object->size()) return invalid("the line", "repeats a field");
    return read_camera(*object);
}

}  // namespace

Result<std::vector<Camera>> parse_catalogue(std::string_view lines) {
    std::vector<Camera> cameras;
    json::parser parser;
    std::array<unsigned char, 32 << 10> buffer;
    for (std::size_t number = 1, at = 0; at < lines.size(); ++number) {
        const auto end = std::min(lines.find('\n', at), lines.size());
        auto line = lines.substr(at, end - at);
        at = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        json::monotonic_resource memory(buffer.data(), buffer.size());
        parser.reset(&memory);
        auto camera = read_line(parser, line);
        parser.reset();  // Nothing may point into `memory` after it went.
        if (camera && cameras.size() == kCamerasMax) {
            camera = fail(ErrorKind::exhausted,
                          "a catalogue holds at most " + std::to_string(kCamerasMax) + " cameras");
        }
        if (!camera) {
            return fail(camera.error().kind,
                        "catalogue line " + std::to_string(number) + ": " + camera.error().message);
        }
        cameras.push_back(*std::move(camera));
    }
    return cameras;
}

void append_decimal(std::string& out, double number, int decimals) {
    std::array<char, 400> text;
    const auto [end, error] =
        std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, decimals);
    BONGSU_CHECK(error == std::errc{});
    std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
    if (digits.find('.') != std::string_view::npos) {
        while (digits.ends_with('0')) digits.remove_suffix(1);
        if (digits.ends_with('.')) digits.remove_suffix(1);
    }
    out += digits == "-0" ? "0" : digits;
}

void append_quoted(std::string& out, std::string_view text) { out += json::serialize(json::string(text)); }

std::string catalogue_line(const Camera& camera, Urls urls) {
    std::string out;
    out.reserve(400);
    const auto text = [&out](std::string_view field, std::string_view value) {
        out.append(out.empty() ? "{\"" : ",\"").append(field).append("\":");
        append_quoted(out, value);
    };
    const auto number = [&out](std::string_view field, double value, int decimals) {
        out.append(",\"").append(field).append("\":");
        append_decimal(out, value, decimals);
    };
    const auto flag = [&out](std::string_view field, bool value) {
        out.append(",\"").append(field).append("\":").append(value ? "true" : "false");
    };
    text("id", camera.id.value);
    text("name", camera.name);
    text("site", camera.site.value);
    text("owner", camera.owner.value);
    number("lon", camera.lon, 7);
    number("lat", camera.lat, 7);
    number("bearing", static_cast<double>(camera.bearing), 2);
    number("fov", static_cast<double>(camera.field_of_view), 2);
    number("range", static_cast<double>(camera.range_m), 2);
    number("height", static_cast<double>(camera.height_m), 2);
    flag("ptz", camera.ptz);
    text("purpose", camera.purpose);
    flag("connected", camera.connected());
    text("main", urls == Urls::keep ? camera.main_url : "");
    text("sub", urls == Urls::keep ? camera.sub_url : "");
    out += "}\n";
    return out;
}

}  // namespace bongsu::device
