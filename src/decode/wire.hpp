#pragma once
// What media and its decoder say to each other on their Unix socket: a question, an answer, one at a time. Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "media/still.hpp"

namespace bongsu::decode {

constexpr std::size_t kPictureBytesMax = (4U << 20) + (64U << 10);  ///< A block's 4 MiB, and what a file of it adds.
constexpr std::size_t kJpegBytesMax = 4U << 20;
constexpr int kSideMax = 8192;  ///< Pixels.

enum class Outcome : std::uint8_t {
    ok,
    undecodable,  ///< Bytes that are no whole picture.
    too_large,    ///< More pixels than kSideMax a side, or a JPEG above its bound.
    too_slow,     ///< Not done within its deadline.
    died,         ///< Its process ended over it: a bound on memory, or worse.
};
std::string_view to_string(Outcome outcome);

struct Question {
    std::uint32_t id = 0;
    media::Codec codec = media::Codec::h264;
    bool wants_jpeg = true;    ///< Else its numbers alone.
    std::uint16_t height = 0;  ///< Of the JPEG at most; 0: as it is.
    std::uint32_t bytes = 0;   ///< Of the picture, which follows.
};
constexpr std::size_t kQuestionSize = 16;
std::array<std::uint8_t, kQuestionSize> write(const Question& question);
/// Errors: corrupt.
Result<Question> read_question(std::span<const std::uint8_t, kQuestionSize> bytes);

struct Answer {
    std::uint32_t id = 0;
    Outcome outcome = Outcome::died;
    media::PictureNumbers numbers;
    std::uint16_t width = 0, height = 0;  ///< Of the JPEG.
    std::uint32_t bytes = 0;              ///< Of the JPEG, which follows.
};
constexpr std::size_t kAnswerSize = 32 + 4 * media::PictureNumbers::kTiles;
std::array<std::uint8_t, kAnswerSize> write(const Answer& answer);
/// Errors: corrupt. A decoder that was taken over may write anything: what comes out is within its bounds.
Result<Answer> read_answer(std::span<const std::uint8_t, kAnswerSize> bytes);

}  // namespace bongsu::decode
