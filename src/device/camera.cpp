#include "device/camera.hpp"

#include <array>

namespace bongsu::device {

namespace {
constexpr std::array<std::string_view, kStates> kWords{"streaming", "idle", "unreachable", "not_connected"};
}

std::string_view to_string(State state) { return kWords[static_cast<std::size_t>(state)]; }

Result<State> parse_state(std::string_view word) {
    for (std::size_t i = 0; i < kWords.size(); ++i) {
        if (kWords[i] == word) return static_cast<State>(i);
    }
    return fail(ErrorKind::invalid, "state must be streaming, idle, unreachable or not_connected");
}

}  // namespace bongsu::device
