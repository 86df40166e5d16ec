#include "decode/wire.hpp"

#include <algorithm>
#include <cmath>

namespace bongsu::decode {
namespace {

constexpr std::uint32_t kQuestionMark = 0x31514442, kAnswerMark = 0x31414442;  // "BDQ1", "BDA1"

/// Little-endian numbers one behind the other.
class Out {
  public:
    explicit Out(std::span<std::uint8_t> bytes) : bytes_(bytes) {}
    void put(std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) bytes_[at_++] = static_cast<std::uint8_t>(value >> (8 * i));
    }

  private:
    std::span<std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

class In {
  public:
    explicit In(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    std::uint32_t take(std::size_t size) {
        std::uint32_t out = 0;
        for (std::size_t i = 0; i < size; ++i) out |= static_cast<std::uint32_t>(bytes_[at_++]) << (8 * i);
        return out;
    }

  private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

std::uint32_t fine(float value) { return static_cast<std::uint32_t>(std::lround(std::clamp(value, 0.0F, 255.0F) * 256)); }

}  // namespace

std::string_view to_string(Outcome outcome) {
    static constexpr std::string_view kNames[]{"ok", "undecodable", "too large", "too slow", "died"};
    return kNames[static_cast<std::size_t>(outcome)];
}

std::array<std::uint8_t, kQuestionSize> write(const Question& question) {
    std::array<std::uint8_t, kQuestionSize> bytes{};
    Out out(bytes);
    out.put(kQuestionMark, 4);
    out.put(question.id, 4);
    out.put(static_cast<std::uint8_t>(question.codec), 1);
    out.put(question.wants_jpeg ? 1 : 0, 1);
    out.put(question.height, 2);
    out.put(question.bytes, 4);
    return bytes;
}

Result<Question> read_question(std::span<const std::uint8_t, kQuestionSize> bytes) {
    In in(bytes);
    if (in.take(4) != kQuestionMark) return fail(ErrorKind::corrupt, "not a question to a decoder");
    Question out;
    out.id = in.take(4);
    const auto codec = in.take(1);
    out.wants_jpeg = in.take(1) != 0;
    out.height = static_cast<std::uint16_t>(in.take(2));
    out.bytes = in.take(4);
    if (codec > static_cast<std::uint8_t>(media::Codec::jpeg)) return fail(ErrorKind::corrupt, "a question of an unknown codec");
    if (out.bytes == 0 || out.bytes > kPictureBytesMax) return fail(ErrorKind::corrupt, "a question's picture is empty or larger than 4 MiB");
    out.codec = static_cast<media::Codec>(codec);
    return out;
}

std::array<std::uint8_t, kAnswerSize> write(const Answer& answer) {
    std::array<std::uint8_t, kAnswerSize> bytes{};
    Out out(bytes);
    out.put(kAnswerMark, 4);
    out.put(answer.id, 4);
    out.put(static_cast<std::uint8_t>(answer.outcome), 1);
    out.put(0, 3);
    out.put(static_cast<std::uint32_t>(answer.numbers.width), 2);
    out.put(static_cast<std::uint32_t>(answer.numbers.height), 2);
    out.put(fine(answer.numbers.mean), 2);
    out.put(fine(answer.numbers.deviation), 2);
    out.put(answer.width, 2);
    out.put(answer.height, 2);
    out.put(answer.bytes, 4);
    out.put(0, 4);
    for (const auto& tile : answer.numbers.tiles) {
        out.put(tile.mean, 2);
        out.put(tile.texture, 2);
    }
    return bytes;
}

Result<Answer> read_answer(std::span<const std::uint8_t, kAnswerSize> bytes) {
    In in(bytes);
    if (in.take(4) != kAnswerMark) return fail(ErrorKind::corrupt, "not an answer of a decoder");
    Answer out;
    out.id = in.take(4);
    const auto outcome = in.take(1);
    in.take(3);
    out.numbers.width = static_cast<int>(in.take(2));
    out.numbers.height = static_cast<int>(in.take(2));
    out.numbers.mean = static_cast<float>(in.take(2)) / 256;
    out.numbers.deviation = static_cast<float>(in.take(2)) / 256;
    out.width = static_cast<std::uint16_t>(in.take(2));
    out.height = static_cast<std::uint16_t>(in.take(2));
    out.bytes = in.take(4);
    in.take(4);
    for (auto& tile : out.numbers.tiles) {
        tile.mean = static_cast<std::uint16_t>(in.take(2));
        tile.texture = static_cast<std::uint16_t>(in.take(2));
    }
    const bool is_bounded = outcome <= static_cast<std::uint8_t>(Outcome::died) && out.numbers.width <= kSideMax &&
                            out.numbers.height <= kSideMax && out.width <= kSideMax && out.height <= kSideMax && out.bytes <= kJpegBytesMax;
    if (!is_bounded) return fail(ErrorKind::corrupt, "a decoder's answer is out of its bounds");
    out.outcome = static_cast<Outcome>(outcome);
    return out;
}

}  // namespace bongsu::decode
