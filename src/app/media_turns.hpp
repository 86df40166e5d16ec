#pragma once
// Orders to turn a camera, as control sends them (docs/adr/0005), and their answers.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "app/camera_settings.hpp"
#include "app/media_loop.hpp"
#include "ingest/onvif_turner.hpp"

namespace bongsu::app {

/// {act, pan, tilt, zoom, ms, preset} of a `turn`. Errors: invalid names the field.
Result<ingest::TurnOrder> parse_turn(const boost::json::object& message);
/// Hands a `turn` to the loop that has its camera. `answer` is called once on any loop, maybe at once, with `turned` {id, presets} or
/// {id, error, code, message}.
void take_turn(const boost::json::object& message, const std::vector<MediaLoop*>& loops, const std::function<void(boost::json::object)>& answer);
/// Those that are given by ONVIF: the others cannot be asked to turn.
boost::json::array turning_cameras(const CameraSettings& settings);

}  // namespace bongsu::app
