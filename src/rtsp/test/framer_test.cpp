#include "rtsp/framer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace bongsu::rtsp {
namespace {

struct Outcome {
    std::vector<std::string> units;
    bool failed = false;
    bool operator==(const Outcome&) const = default;
};

/// Reads a stream in steps of these sizes, again and again.
Outcome read_in_steps(const std::string& stream, const std::vector<std::size_t>& steps) {
    Framer framer;
    Outcome out;
    std::size_t at = 0;
    for (std::size_t i = 0; at < stream.size(); ++i) {
        const auto part = stream.substr(at, steps[i % steps.size()]);
        at += part.size();
        const auto fed = framer.feed(
            {reinterpret_cast<const std::uint8_t*>(part.data()), part.size()}, [&](const Unit& unit) {
                if (const auto* frame = std::get_if<Interleaved>(&unit)) {
                    out.units.push_back("$" + std::to_string(frame->channel) + ":" +
                                        std::string(frame->payload.begin(), frame->payload.end()));
                } else {
                    const auto& text = std::get<Text>(unit);
                    out.units.push_back(std::string(text.head) + "|" + std::string(text.body));
                }
                return true;
            });
        if (!fed) out.failed = true;
        if (out.failed) break;
    }
    return out;
}

std::string frame(char channel, const std::string& payload) {
    return {'$', channel, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
}

const std::string kStream = "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" + frame(0, "abc") + "abc" + frame(1, "") +
                            "RTSP/1.0 200 OK\r\nCSeq: 2\r\ncontent-LENGTH:  5 \r\n\r\nhello\r\n" +
                            frame(0, "$$") + "$$" + "GET_PARAMETER x RTSP/1.0\r\n\r\n";

TEST(Framer, MessagesAndFramesAreCutWhereTheyEnd) {
    const auto out = read_in_steps(kStream, {kStream.size()});

    EXPECT_FALSE(out.failed);
    EXPECT_EQ(out.units,
              (std::vector<std::string>{"OPTIONS * RTSP/1.0\r\nCSeq: 1|", std::string("$0:abc"),
                                        "$1:", "RTSP/1.0 200 OK\r\nCSeq: 2\r\ncontent-LENGTH:  5 |hello",
                                        "$0:$$", "GET_PARAMETER x RTSP/1.0|"}));
}

TEST(Framer, HowBytesWereSplitDoesNotMatter) {
    const auto whole = read_in_steps(kStream, {kStream.size()});
    for (std::size_t step = 1; step < kStream.size(); ++step) {
        SCOPED_TRACE(step);
        EXPECT_EQ(read_in_steps(kStream, {step}), whole);
        EXPECT_EQ(read_in_steps(kStream, {step, 1, 3}), whole);
    }
}

TEST(Framer, WhatHasNoEndOrNoSenseIsRefused) {
    const std::string long_head = "OPTIONS * RTSP/1.0\r\nX: " + std::string(Framer::kHeadMax, 'a');
    for (const std::string& stream : {long_head, std::string("<html>"), std::string("\x01\x02"),
                                      std::string("A b\r\nContent-Length: 65537\r\n\r\n"),
                                      std::string("A b\r\nContent-Length: -1\r\n\r\n"),
                                      std::string("A b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")}) {
        for (const std::size_t step : {1U, 7U, 100'000U}) {
            EXPECT_TRUE(read_in_steps(stream, {step}).failed) << stream.substr(0, 40);
        }
    }
    std::string fits = "O x RTSP/1.0\r\nX: ";
    fits += std::string(Framer::kHeadMax - fits.size(), 'a') + "\r\n\r\n";
    EXPECT_EQ(read_in_steps(fits, {1000}).units.size(), 1U);
}

TEST(Framer, AFloodOfNothingIsRefused) {
    std::string empty_frames;
    for (std::uint32_t i = 0; i < Framer::kNothingMax; ++i) empty_frames += frame(0, "");
    for (const auto& nothing : {std::string(Framer::kNothingMax, '\n'), empty_frames}) {
        EXPECT_FALSE(read_in_steps(nothing + kStream + nothing + kStream, {1000}).failed);
        EXPECT_TRUE(read_in_steps(nothing + "\r\n" + kStream, {1000}).failed);
    }
}

TEST(Framer, AfterTheSinkSaidStopNothingMoreIsCut) {
    Framer framer;
    int units = 0;
    const std::string two = frame(0, "") + frame(0, "");
    for (int i = 0; i < 2; ++i) {
        const auto fed =
            framer.feed({reinterpret_cast<const std::uint8_t*>(two.data()), two.size()}, [&](const Unit&) {
                ++units;
                return false;
            });
        EXPECT_TRUE(fed);
    }

    EXPECT_EQ(units, 1);
}

TEST(Framer, MutatedStreamsReadTheSameHoweverTheyAreSplit) {
    std::mt19937 seeded(4);
    for (int i = 0; i < 100'000; ++i) {
        std::string stream = kStream;
        for (unsigned n = 0; n <= seeded() % 6; ++n)
            stream[seeded() % stream.size()] = static_cast<char>(seeded());

        const auto whole = read_in_steps(stream, {stream.size()});
        const auto split = read_in_steps(stream, {1 + seeded() % 40, 1 + seeded() % 5});

        ASSERT_EQ(whole, split) << "mutation " << i;
    }
}

}  // namespace
}  // namespace bongsu::rtsp
