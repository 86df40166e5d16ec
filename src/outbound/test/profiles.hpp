#pragma once
#include <gtest/gtest.h>

#include "event/profile.hpp"
#include "outbound/delivery.hpp"

namespace bongsu::outbound {

inline event::Profile profile_of(std::string_view format, const std::string& to, std::string_view more = {}) {
    const bool is_telegram = format == "telegram";
    auto toml = "[[partner]]\nkey = \"p\"\nformat = \"" + std::string(format) + "\"\nsender = \"P1100000000\"\n" +
                (is_telegram ? "service = \"112-video\"\npairs = [{ send = \"112\", receive = \"UCP\" }]\n"
                             : "pairs = [{ send = \"P1100000000\", receive = \"B1100000000\" }]\n") +
                "send = { to = \"" + to + "\", networks = [\"127.0.0.0/8\"] " + std::string(more) + " }\n";
    auto parsed = event::parse_profiles(toml, "partners.toml");
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? parsed->front() : event::Profile{};
}

inline Message message_of(std::string code = "91") {
    return {.number = "20260928000000123",
            .code = std::move(code),
            .state_time = from_us(1'790'000'000'000'000),
            .type = "112UC001",
            .type_name = "112센터 긴급영상 지원",
            .grade = "10",
            .position = event::Position{1'269'780'000, 375'665'000},
            .place = "서울광장",
            .occurred_at = from_us(1'789'999'000'000'000)};
}

}  // namespace bongsu::outbound
