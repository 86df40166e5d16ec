#include "onvif/ptz_messages.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "onvif/device_messages.hpp"
#include "onvif/names.hpp"

namespace bongsu::onvif {

namespace {

constexpr auto tt = names::schema;
constexpr auto tptz = names::ptz;

/// A finite decimal number. By hand: std::stod reads the locale's comma.
std::optional<double> decimal(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || std::abs(value) > 1e6) return std::nullopt;
    return value;
}

std::string decimal_text(double value) {
    std::array<char, 32> buffer{};
    const auto done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::clamp(std::isfinite(value) ? value : 0.0, -1.0, 1.0), std::chars_format::fixed, 4);
    return {buffer.data(), done.ptr};
}

void write_motion(xml::Writer& out, std::string_view name, const Motion& motion) {
    out.open(name);
    if (motion.pan || motion.tilt)
        out.open("tt:PanTilt").attribute("x", decimal_text(motion.pan.value_or(0))).attribute("y", decimal_text(motion.tilt.value_or(0))).close();
    if (motion.zoom) out.open("tt:Zoom").attribute("x", decimal_text(*motion.zoom)).close();
    out.close();
}

Motion motion_of(const xml::Element& from) {
    Motion out;
    if (const auto turn = from.child(tt, "PanTilt")) {
        out.pan = decimal(turn.attribute("x"));
        out.tilt = decimal(turn.attribute("y"));
    }
    if (const auto zoom = from.child(tt, "Zoom")) out.zoom = decimal(zoom.attribute("x"));
    return out;
}

std::optional<Range> range_of(const xml::Element& from) {
    const auto min = decimal(from.child(tt, "Min").text()), max = decimal(from.child(tt, "Max").text());
    if (!min || !max || *min > *max) return std::nullopt;
    return Range{*min, *max};
}

struct Spaces {
    std::optional<Range> x, y;
};
/// The generic space of that kind, else the first: makers' own come beside it.
Spaces spaces_of(const xml::Element& spaces, std::string_view kind) {
    Spaces out;
    for (const auto& each : spaces.children(tt, kind)) {
        const bool is_generic = each.child(tt, "URI").text().find("Generic") != std::string_view::npos;
        if (!is_generic && out.x) continue;
        out = {range_of(each.child(tt, "XRange")), range_of(each.child(tt, "YRange"))};
        if (is_generic) break;
    }
    return out;
}

xml::Writer of_profile(std::string_view qualified, std::string_view profile_token) {
    auto out = soap::begin(qualified);
    out.element("tptz:ProfileToken", profile_token);
    return out;
}

Call move(std::string_view operation, std::string_view profile_token, std::string_view part, const Motion& motion, const std::optional<Motion>& speed) {
    auto out = of_profile("tptz:" + std::string(operation), profile_token);
    write_motion(out, part, motion);
    if (speed) write_motion(out, "tptz:Speed", *speed);
    return {tptz, operation, out.take()};
}

}  // namespace

Call ask_ptz_nodes() { return {tptz, "GetNodes", soap::begin("tptz:GetNodes").take()}; }

Result<std::vector<PtzNode>> read_ptz_nodes(const xml::Element& answer) {
    std::vector<PtzNode> out;
    for (const auto& each : answer.children(tptz, "PTZNode")) {
        if (out.size() == kPtzNodesMax) break;
        PtzNode node;
        node.token = cut(each.attribute("token"), kTokenBytesMax);
        node.name = words_of(each.child(tt, "Name"));
        const auto spaces = each.child(tt, "SupportedPTZSpaces");
        const auto at = spaces_of(spaces, "AbsolutePanTiltPositionSpace"), speed = spaces_of(spaces, "ContinuousPanTiltVelocitySpace"),
                   by = spaces_of(spaces, "RelativePanTiltTranslationSpace");
        node.ranges = {at.x, at.y, spaces_of(spaces, "AbsoluteZoomPositionSpace").x,
                       speed.x, speed.y, spaces_of(spaces, "ContinuousZoomVelocitySpace").x,
                       by.x, by.y, spaces_of(spaces, "RelativeZoomTranslationSpace").x};
        node.presets_max = number_of(each.child(tt, "MaximumNumberOfPresets")).value_or(0);
        node.has_home = is_true(each.child(tt, "HomeSupported").text());
        node.is_home_fixed = is_true(each.attribute("FixedHomePosition"));
        out.push_back(std::move(node));
    }
    return out;
}

Call ask_ptz_configurations() { return {tptz, "GetConfigurations", soap::begin("tptz:GetConfigurations").take()}; }

Result<std::vector<PtzConfiguration>> read_ptz_configurations(const xml::Element& answer) {
    std::vector<PtzConfiguration> out;
    for (const auto& each : answer.children(tptz, "PTZConfiguration")) {
        if (out.size() == kPtzNodesMax) break;
        PtzConfiguration one;
        one.token = cut(each.attribute("token"), kTokenBytesMax);
        one.name = words_of(each.child(tt, "Name"));
        one.node = words_of(each.child(tt, "NodeToken"));
        const auto turn = each.child(tt, "PanTiltLimits").child(tt, "Range");
        one.pan_limits = range_of(turn.child(tt, "XRange"));
        one.tilt_limits = range_of(turn.child(tt, "YRange"));
        one.zoom_limits = range_of(each.child(tt, "ZoomLimits").child(tt, "Range").child(tt, "XRange"));
        one.timeout = parse_duration(each.child(tt, "DefaultPTZTimeout").text());
        out.push_back(std::move(one));
    }
    return out;
}

Call ask_continuous_move(std::string_view profile_token, const Motion& speed, std::chrono::milliseconds timeout) {
    using std::chrono::milliseconds;
    auto out = of_profile("tptz:ContinuousMove", profile_token);
    write_motion(out, "tptz:Velocity", speed);
    out.element("tptz:Timeout", to_duration(std::clamp(timeout, milliseconds{1000}, milliseconds{60'000})));
    return {tptz, "ContinuousMove", out.take()};
}

Call ask_absolute_move(std::string_view profile_token, const Motion& position, const std::optional<Motion>& speed) {
    return move("AbsoluteMove", profile_token, "tptz:Position", position, speed);
}

Call ask_relative_move(std::string_view profile_token, const Motion& by, const std::optional<Motion>& speed) {
    return move("RelativeMove", profile_token, "tptz:Translation", by, speed);
}

Call ask_stop(std::string_view profile_token) {
    auto out = of_profile("tptz:Stop", profile_token);
    out.element("tptz:PanTilt", "true").element("tptz:Zoom", "true");
    return {tptz, "Stop", out.take()};
}

Call ask_presets(std::string_view profile_token) { return {tptz, "GetPresets", of_profile("tptz:GetPresets", profile_token).take()}; }

Result<std::vector<Preset>> read_presets(const xml::Element& answer) {
    std::vector<Preset> out;
    for (const auto& each : answer.children(tptz, "Preset")) {
        if (out.size() == kPresetsMax) break;
        const auto token = each.attribute("token");
        if (token.empty() || token.size() > kTokenBytesMax) continue;
        out.push_back({std::string(token), words_of(each.child(tt, "Name")), motion_of(each.child(tt, "PTZPosition"))});
    }
    return out;
}

Call ask_goto_preset(std::string_view profile_token, std::string_view preset_token) {
    auto out = of_profile("tptz:GotoPreset", profile_token);
    return {tptz, "GotoPreset", out.element("tptz:PresetToken", preset_token).take()};
}

Call ask_set_preset(std::string_view profile_token, std::string_view name, std::string_view preset_token) {
    auto out = of_profile("tptz:SetPreset", profile_token);
    out.element("tptz:PresetName", cut(name, 64));
    if (!preset_token.empty()) out.element("tptz:PresetToken", preset_token);
    return {tptz, "SetPreset", out.take()};
}

Result<std::string> read_set_preset(const xml::Element& answer) {
    auto token = words_of(answer.child(tptz, "PresetToken"));
    if (token.empty()) return fail(ErrorKind::corrupt, "SetPreset: the answer holds no token");
    return token;
}

Call ask_goto_home(std::string_view profile_token) {
    return {tptz, "GotoHomePosition", of_profile("tptz:GotoHomePosition", profile_token).take()};
}

Call ask_ptz_status(std::string_view profile_token) { return {tptz, "GetStatus", of_profile("tptz:GetStatus", profile_token).take()}; }

Result<PtzStatus> read_ptz_status(const xml::Element& answer) {
    const auto from = answer.child(tptz, "PTZStatus");
    if (!from) return fail(ErrorKind::corrupt, "GetStatus: the answer holds none");
    const auto moving = from.child(tt, "MoveStatus");
    const bool is_moving = moving.child(tt, "PanTilt").text() == "MOVING" || moving.child(tt, "Zoom").text() == "MOVING";
    return PtzStatus{motion_of(from.child(tt, "Position")), is_moving, words_of(from.child(tt, "Error"))};
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (!text.starts_with("P") || text.size() > 32) return std::nullopt;
    text.remove_prefix(1);
    double seconds = 0;
    bool is_time = false, has_any = false;
    while (!text.empty()) {
        if (text.front() == 'T' && !is_time) {
            is_time = true;
            text.remove_prefix(1);
            continue;
        }
        const auto end = text.find_first_not_of("0123456789.");
        if (end == 0 || end == std::string_view::npos) return std::nullopt;
        const auto value = decimal(text.substr(0, end));
        const char unit = text[end];
        const double factor = !is_time ? (unit == 'D' ? 86'400 : 0) : unit == 'H' ? 3'600 : unit == 'M' ? 60 : unit == 'S' ? 1 : 0;
        if (!value || factor == 0) return std::nullopt;
        seconds += *value * factor;
        has_any = true;
        text.remove_prefix(end + 1);
    }
    if (!has_any || seconds > 86'400) return std::nullopt;
    return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::string to_duration(std::chrono::milliseconds duration) {
    const auto ms = std::max<std::int64_t>(duration.count(), 0);
    auto out = "PT" + std::to_string(ms / 1000);
    if (ms % 1000 != 0) {
        auto fraction = std::to_string(ms % 1000 + 1000).substr(1);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        out += "." + fraction;
    }
    return out + "S";
}

}  // namespace bongsu::onvif
