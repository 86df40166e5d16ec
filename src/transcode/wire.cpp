#include "transcode/wire.hpp"

namespace bongsu::transcode {
namespace {

constexpr std::uint32_t kUnitMark = 0x31555442, kAnswerMark = 0x31415442;  // "BTU1", "BTA1"
constexpr std::uint8_t kKey = 1, kShown = 2, kKeyWanted = 4;

/// Little-endian.
void put(std::span<std::uint8_t> at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}
std::uint32_t take(std::span<const std::uint8_t> at) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) out |= static_cast<std::uint32_t>(at[i]) << (8 * i);
    return out;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    static constexpr std::string_view kNames[]{"ok", "undecodable", "too large"};
    return kNames[static_cast<std::size_t>(outcome)];
}

std::array<std::uint8_t, kUnitSize> write(const Unit& unit) {
    std::array<std::uint8_t, kUnitSize> out{};
    const std::span all(out);
    put(all, kUnitMark);
    put(all.subspan(4), unit.id);
    put(all.subspan(8), unit.rtp_time);
    put(all.subspan(12), unit.bytes);
    out[16] = static_cast<std::uint8_t>((unit.key ? kKey : 0) | (unit.shown ? kShown : 0) | (unit.key_wanted ? kKeyWanted : 0));
    return out;
}

Result<Unit> read_unit(std::span<const std::uint8_t, kUnitSize> bytes) {
    if (take(bytes) != kUnitMark) return fail(ErrorKind::corrupt, "not a unit to a transcode");
    Unit out{.id = take(bytes.subspan(4)), .rtp_time = take(bytes.subspan(8)), .bytes = take(bytes.subspan(12))};
    out.key = (bytes[16] & kKey) != 0;
    out.shown = (bytes[16] & kShown) != 0;
    out.key_wanted = (bytes[16] & kKeyWanted) != 0;
    if (out.bytes == 0 || out.bytes > kUnitBytesMax) return fail(ErrorKind::corrupt, "a unit is empty or larger than 4 MiB");
    return out;
}

std::array<std::uint8_t, kAnswerSize> write(const Answer& answer) {
    std::array<std::uint8_t, kAnswerSize> out{};
    const std::span all(out);
    put(all, kAnswerMark);
    put(all.subspan(4), answer.id);
    put(all.subspan(8), answer.bytes);
    out[12] = static_cast<std::uint8_t>(answer.say);
    out[13] = static_cast<std::uint8_t>(answer.outcome);
    out[14] = answer.key ? 1 : 0;
    return out;
}

Result<Answer> read_answer(std::span<const std::uint8_t, kAnswerSize> bytes) {
    if (take(bytes) != kAnswerMark) return fail(ErrorKind::corrupt, "not an answer of a transcode");
    Answer out{.id = take(bytes.subspan(4)), .bytes = take(bytes.subspan(8))};
    const bool is_known = bytes[12] <= static_cast<std::uint8_t>(Say::done) && bytes[13] <= static_cast<std::uint8_t>(Outcome::too_large);
    if (!is_known) return fail(ErrorKind::corrupt, "a transcode's answer is of no known kind");
    out.say = static_cast<Say>(bytes[12]);
    out.outcome = static_cast<Outcome>(bytes[13]);
    out.key = bytes[14] != 0;
    const bool is_bounded = out.say == Say::picture ? out.bytes > 0 && out.bytes <= kPictureBytesMax : out.bytes == 0;
    if (!is_bounded) return fail(ErrorKind::corrupt, "a transcode's answer is out of its bounds");
    return out;
}

}  // namespace bongsu::transcode
