#pragma once
// Big-endian reads and writes for this room's wire formats. The caller has checked the bounds.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bongsu::webrtc {

inline std::uint16_t get16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }
inline std::uint32_t get32(const std::uint8_t* at) {
    return static_cast<std::uint32_t>(get16(at)) << 16 | get16(at + 2);
}
inline void set16(std::uint8_t* at, std::uint16_t value) {
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}
inline void set32(std::uint8_t* at, std::uint32_t value) {
    set16(at, static_cast<std::uint16_t>(value >> 16));
    set16(at + 2, static_cast<std::uint16_t>(value));
}
inline void put16(std::vector<std::uint8_t>& out, std::uint16_t value) {
    out.resize(out.size() + 2);
    set16(out.data() + out.size() - 2, value);
}
inline void put32(std::vector<std::uint8_t>& out, std::uint32_t value) {
    out.resize(out.size() + 4);
    set32(out.data() + out.size() - 4, value);
}

}  // namespace bongsu::webrtc
