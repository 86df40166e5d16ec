#pragma once
// Files of tests/golden/imports and small helpers.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "imports/file.hpp"

namespace bongsu::imports {

inline std::string golden(const std::string& name) {
    std::ifstream in(std::string(BONGSU_SOURCE_DIR) + "/tests/golden/imports/" + name, std::ios::binary);
    EXPECT_TRUE(in.good()) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

constexpr device::Box kSeoul{126.65, 37.3, 127.25, 37.75};
inline Owner centre() { return {.site = {"11000"}, .district = "", .others = {}, .city = kSeoul}; }

/// Reads a file that can be read; the test ends where it cannot.
inline Reading read_or_die(const std::string& bytes, const Asked& asked = {}, const Owner& owner = centre()) {
    auto reading = read_file(bytes, asked, owner);
    EXPECT_TRUE(reading.has_value()) << (reading ? "" : reading.error().message);
    return reading ? *std::move(reading) : Reading{};
}

inline std::string detected(const Reading& reading, std::string_view what) {
    for (const auto& item : reading.detected) {
        if (item.what == what) return item.value;
    }
    return "";
}

/// "7 [카메라대수] …" of the refusal of that row; empty when it was not refused.
inline std::string refusal_of(const Reading& reading, std::uint32_t row) {
    for (const auto& item : reading.refused) {
        if (item.row == row) return "[" + item.column + "] " + item.reason;
    }
    return "";
}

}  // namespace bongsu::imports
