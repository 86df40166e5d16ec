#pragma once
// What media and a transcode's process say to each other on their connection: pictures of H.265 in, of H.264 out. Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::transcode {

constexpr std::size_t kUnitBytesMax = (4U << 20) + (64U << 10);  ///< A block's 4 MiB, and what start codes add.
constexpr std::size_t kPictureBytesMax = 1U << 20;
constexpr int kWidthMax = 1280, kHeightMax = 720;  ///< Of what is made, in pixels.

/// A picture of the camera, an access unit of H.265 behind start codes. Each is answered by `done` once it was looked at.
struct Unit {
    std::uint32_t id = 0;        ///< One more than the last one's.
    std::uint32_t rtp_time = 0;  ///< In 90 kHz ticks.
    bool key = false;
    bool shown = true;        ///< Else it is decoded alone: those behind it need it.
    bool key_wanted = false;  ///< What is made of it has to be a key picture.
    std::uint32_t bytes = 0;  ///< Of the unit, which follows.
};
constexpr std::size_t kUnitSize = 20;
std::array<std::uint8_t, kUnitSize> write(const Unit& unit);
/// Errors: corrupt.
Result<Unit> read_unit(std::span<const std::uint8_t, kUnitSize> bytes);

enum class Say : std::uint8_t {
    accepted,  ///< The first word: units may come.
    refused,   ///< The only word: the budget is spent.
    picture,   ///< H.264 behind start codes; a key picture with its parameter sets.
    done,      ///< With the unit of this id.
};
enum class Outcome : std::uint8_t {
    ok,
    undecodable,  ///< Bytes that are no whole picture.
    too_large,    ///< More pixels than the decoder may take, or what was made is above its bound.
};
std::string_view to_string(Outcome outcome);

struct Answer {
    Say say = Say::refused;
    std::uint32_t id = 0;  ///< Of the unit that it is about; pictures that were put in order may be of an earlier one.
    bool key = false;
    Outcome outcome = Outcome::ok;
    std::uint32_t bytes = 0;  ///< Of the picture, which follows.
};
constexpr std::size_t kAnswerSize = 16;
std::array<std::uint8_t, kAnswerSize> write(const Answer& answer);
/// Errors: corrupt. A process that was taken over may write anything: what comes out is within its bounds.
Result<Answer> read_answer(std::span<const std::uint8_t, kAnswerSize> bytes);

}  // namespace bongsu::transcode
