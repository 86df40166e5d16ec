#pragma once
// PTZ (ver20/ptz/wsdl): nodes and ranges, movement, presets, home. Pure.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onvif/soap.hpp"

namespace bongsu::onvif {

inline constexpr std::size_t kPtzNodesMax = 16;
inline constexpr std::size_t kPresetsMax = 500;

/// Pan, tilt, zoom in the generic spaces: positions and speeds within [-1, 1], a zoom's position within [0, 1].
/// What is absent is left as it is.
struct Motion {
    std::optional<double> pan, tilt, zoom;  ///< Pan and tilt are written together; an absent one of them is 0.
    bool operator==(const Motion&) const = default;
};

struct Range {
    double min = 0, max = 0;
    bool operator==(const Range&) const = default;
};
/// Of the generic spaces that a node or configuration says it has.
struct PtzRanges {
    std::optional<Range> pan, tilt, zoom;                          ///< Absolute positions.
    std::optional<Range> pan_speed, tilt_speed, zoom_speed;        ///< Continuous.
    std::optional<Range> pan_by, tilt_by, zoom_by;                 ///< Relative.
};
struct PtzNode {
    std::string token, name;
    PtzRanges ranges;
    int presets_max = 0;
    bool has_home = false;
    bool is_home_fixed = false;
};
Call ask_ptz_nodes();
Result<std::vector<PtzNode>> read_ptz_nodes(const xml::Element& answer);

struct PtzConfiguration {
    std::string token, name, node;
    std::optional<Range> pan_limits, tilt_limits, zoom_limits;
    std::optional<std::chrono::milliseconds> timeout;  ///< DefaultPTZTimeout: a continuous move ends by itself after it.
};
Call ask_ptz_configurations();
Result<std::vector<PtzConfiguration>> read_ptz_configurations(const xml::Element& answer);

/// Moves until stopped or `timeout` has passed; a silent client's camera stands still. `timeout` is brought within
/// 1 s and 60 s; values are brought within [-1, 1]. Errors of the camera: ter:TimeoutNotSupported (invalid).
Call ask_continuous_move(std::string_view profile_token, const Motion& speed, std::chrono::milliseconds timeout);
Call ask_absolute_move(std::string_view profile_token, const Motion& position, const std::optional<Motion>& speed = {});
Call ask_relative_move(std::string_view profile_token, const Motion& by, const std::optional<Motion>& speed = {});
Call ask_stop(std::string_view profile_token);

struct Preset {
    std::string token, name;
    Motion position;
};
Call ask_presets(std::string_view profile_token);
Result<std::vector<Preset>> read_presets(const xml::Element& answer);
Call ask_goto_preset(std::string_view profile_token, std::string_view preset_token);
/// A new one where `preset_token` is empty.
Call ask_set_preset(std::string_view profile_token, std::string_view name, std::string_view preset_token = {});
Result<std::string> read_set_preset(const xml::Element& answer);  ///< The token.
Call ask_goto_home(std::string_view profile_token);

struct PtzStatus {
    Motion position;
    bool is_moving = false;
    std::string error;  ///< The camera's own words.
};
Call ask_ptz_status(std::string_view profile_token);
Result<PtzStatus> read_ptz_status(const xml::Element& answer);

/// xs:duration of days, hours, minutes and seconds: "PT10S", "PT1M0.5S". nullopt for others, and beyond a day.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string to_duration(std::chrono::milliseconds duration);

}  // namespace bongsu::onvif
