#pragma once
// A camera: where it stands, what it sees, whose it is, whether a picture can be had.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"
#include "device/geo.hpp"

namespace bongsu::device {

enum class State : std::uint8_t {
    streaming,      ///< Pictures come in now.
    idle,           ///< Connected, nobody pulls it: a picture can be had on demand.
    unreachable,    ///< Connected once; no picture comes.
    not_connected,  ///< Registered only: never live, never chosen.
};
constexpr std::size_t kStates = 4;

std::string_view to_string(State state);
/// ErrorKind::invalid names the four words.
Result<State> parse_state(std::string_view word);

struct Camera {
    CameraId id;
    std::string name;  ///< Korean, at most 200 bytes.
    SiteId site;
    AgencyId owner;
    double lon = 0, lat = 0;   ///< Degrees, WGS84, within Korea.
    float bearing = 0;         ///< Degrees, where it looks: north 0, clockwise, [0, 360).
    float field_of_view = 60;  ///< Degrees, (0, 360].
    float range_m = 50;        ///< Metres at which a person is still recognised as one.
    float height_m = 4;        ///< Metres above ground.
    bool ptz = false;
    std::string purpose;  ///< PIPA article 25(1): "crime", "park", "child", "traffic", …
    std::string main_url,
        sub_url;  ///< Known at the camera's own site only; never in an API's answer or a log.
    State state = State::not_connected;
    std::string cause;  ///< Why it is not live, or what is wrong with the picture that streams, in words. Empty: nothing.
    std::string cause_code;  ///< The same as a word for programs, [a-z_]; empty where nobody knows it.
    WallTime state_at{};

    Position position() const { return {lon, lat}; }
    /// A picture can be had now.
    bool live() const { return state == State::streaming || state == State::idle; }
    bool connected() const { return state != State::not_connected; }
};

}  // namespace bongsu::device
