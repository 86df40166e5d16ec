#include "app/media_turns.hpp"

#include "app/site/fields.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

using Act = ingest::TurnOrder::Act;

/// Of hundredths of full speed.
double speed(const json::object& message, std::string_view field) { return static_cast<double>(number_field(message, field)) / 100.0; }

json::object turned_message(const std::string& id, const Result<std::vector<onvif::Preset>>& got) {
    json::object out{{"t", "turned"}, {"id", id}};
    if (!got) {
        out["error"] = json::string(to_string(got.error().kind));
        out["code"] = got.error().code;
        out["message"] = got.error().message;
        return out;
    }
    json::array presets;
    for (const auto& preset : *got) presets.push_back(json::object{{"token", preset.token}, {"name", preset.name}});
    out["presets"] = std::move(presets);
    return out;
}

}  // namespace

Result<ingest::TurnOrder> parse_turn(const json::object& message) {
    const auto act = text_field(message, "act");
    ingest::TurnOrder out;
    if (act == "move") {
        out.act = Act::move;
        out.speed = {.pan = speed(message, "pan"), .tilt = speed(message, "tilt"), .zoom = speed(message, "zoom")};
        out.lasts = std::chrono::milliseconds(number_field(message, "ms"));
        if (out.lasts <= std::chrono::milliseconds{0}) return fail_field("ms", "must say how long");
    } else if (act == "preset") {
        out.act = Act::preset;
        out.preset = text_field(message, "preset");
        if (out.preset.empty()) return fail_field("preset", "must name one");
    } else if (act == "stop") {
        out.act = Act::stop;
    } else if (act == "home") {
        out.act = Act::home;
    } else if (act == "presets") {
        out.act = Act::presets;
    } else {
        return fail_field("act", "must be move, stop, preset, home or presets");
    }
    return out;
}

void take_turn(const json::object& message, const std::vector<MediaLoop*>& loops, const std::function<void(json::object)>& answer) {
    auto tell = [id = text_field(message, "id"), answer](const Result<std::vector<onvif::Preset>>& got) { answer(turned_message(id, got)); };
    const auto order = parse_turn(message);
    if (!order) return tell(tl::unexpected(order.error()));
    const CameraId camera{text_field(message, "camera")};
    auto* owner = loops[MediaLoop::owner_of(camera, loops.size())];
    owner->post()([owner, camera, order = *order, tell = std::move(tell)] { owner->cameras().turn(camera, order, tell); });
}

json::array turning_cameras(const CameraSettings& settings) {
    json::array out;
    for (const auto& [id, way] : settings.ways) {
        if (way.onvif) out.emplace_back(id.value);
    }
    return out;
}

}  // namespace bongsu::app
