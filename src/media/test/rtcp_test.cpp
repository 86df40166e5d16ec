#include "media/rtcp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "media/rtp.hpp"

namespace bongsu::media::rtcp {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

constexpr MonoTime kStart{1h};

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes out;
    for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

const Bytes kEmptyRr{0x80, 201, 0, 1, 0, 0, 0, 9};

TEST(Rtcp, ASenderReportIsReadAsItWasWritten) {
    const auto at = from_us(1'795'000'000'123'456);
    const auto got = parse(write_sender_report({77, at, 90'000, 3, 400, "camera@city"}));

    ASSERT_TRUE(got);
    EXPECT_EQ(got->sender, (SenderInfo{77, to_ntp(at), 90'000, 3, 400}));
    EXPECT_EQ(from_ntp(got->sender->ntp), at);
    EXPECT_EQ(got->from, 77U);
}

TEST(Rtcp, AReceiverReportIsReadAsItWasWritten) {
    const ReportBlock block{.ssrc = 5, .fraction_lost = 128, .cumulative_lost = -3, .highest_sequence = 70'000,
                            .jitter = 9, .last_report = 0x12345678, .delay = 65536};
    for (const std::size_t size : {0U, 1U, 2U, 3U, 4U, 255U}) {
        const std::string cname(size, 'c');
        const auto bytes = write_receiver_report(9, block, cname);
        const auto got = parse(bytes);
        ASSERT_TRUE(got) << size;
        EXPECT_EQ(got->reports, std::vector{block});
        EXPECT_EQ(got->cname, cname);
        EXPECT_EQ(got->from, 9U);
    }
    EXPECT_TRUE(parse(write_receiver_report(9, std::nullopt, ""))->reports.empty());
}

TEST(Rtcp, AGoodbyeNamesItsSource) { EXPECT_EQ(parse(write_bye(9))->goodbyes, std::vector<std::uint32_t>{9}); }

TEST(Rtcp, NtpTimesOf1970AndOfTheNextEraAreRead) {
    EXPECT_EQ(from_ntp(2'208'988'800ULL << 32), from_us(0));
    EXPECT_EQ(from_ntp(to_ntp(from_us(2'085'978'495'000'000))), from_us(2'085'978'495'000'000));  // 2036, the last second.
    EXPECT_EQ(from_ntp(1ULL << 32), from_us(2'085'978'497'000'000));
}

TEST(Rtcp, EachFaultOfACompoundIsRefused) {
    const Bytes sdes{0x81, 202, 0, 3, 0, 0, 0, 9, 1, 5, 'a', 'b', 'c', 'd', 'e', 0};
    ASSERT_TRUE(parse(joined({kEmptyRr, sdes})));
    const auto changed = [&](std::size_t at, std::uint8_t to) {
        Bytes out = sdes;
        out[at] = to;
        return joined({kEmptyRr, out});
    };
    const struct {
        const char* name;
        Bytes bytes;
    } cases[] = {
        {"nothing", {}},
        {"the first is no report", sdes},
        {"version 1", {0x40, 201, 0, 1, 0, 0, 0, 9}},
        {"longer than it is", {0x80, 201, 0, 2, 0, 0, 0, 9}},
        {"a report without its source", {0x80, 201, 0, 0}},
        {"a block that is not there", {0x81, 201, 0, 1, 0, 0, 0, 9}},
        {"a short sender report", {0x80, 200, 0, 1, 0, 0, 0, 9}},
        {"padding before the end", joined({{0xa0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4}, kEmptyRr})},
        {"padding of nothing", {0xa0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0}},
        {"padding beyond the part", {0xa0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 12}},
        {"two chunks where one is", changed(0, 0x82)},
        {"an item beyond its chunk", changed(9, 200)},
        {"a chunk without its end", changed(15, 1)},
        {"a goodbye of more than it holds", joined({kEmptyRr, {0x82, 203, 0, 1, 0, 0, 0, 9}})},
        {"a goodbye's reason beyond it", joined({kEmptyRr, {0x81, 203, 0, 2, 0, 0, 0, 9, 4, 'a', 'b', 'c'}})},
        {"a short APP", joined({kEmptyRr, {0x80, 204, 0, 1, 0, 0, 0, 9}})},
        {"larger than 1500 bytes", Bytes(1504, 0)},
    };
    for (const auto& one : cases) {
        const auto got = parse(one.bytes);
        ASSERT_FALSE(got) << one.name;
        EXPECT_EQ(got.error().kind, ErrorKind::corrupt) << one.name;
    }
    Bytes many;
    for (int i = 0; i < 33; ++i) many.insert(many.end(), kEmptyRr.begin(), kEmptyRr.end());
    EXPECT_FALSE(parse(many));
}

TEST(Rtcp, PaddingAndPartsThatWeDoNotKnowAreLeftOut) {
    const auto got = parse(joined({kEmptyRr, {0x80, 207, 0, 1, 0, 0, 0, 9}, {0x80, 204, 0, 2, 0, 0, 0, 9, 'n', 'a', 'm', 'e'},
                                   {0xa1, 203, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4}}));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->unknown, 1);
    EXPECT_EQ(got->app, 1);
    EXPECT_EQ(got->goodbyes, std::vector<std::uint32_t>{9});
}

TEST(Rtcp, AnyBytesAreTakenWithoutHarm) {
    std::mt19937 seeded(5);
    const auto good = joined({write_sender_report({1, from_us(1), 2, 3, 4, "abc"}), write_bye(1)});
    for (int i = 0; i < 100'000; ++i) {
        Bytes bytes = good;
        bytes.resize(1 + seeded() % bytes.size());
        for (int n = 0; n < 3; ++n) bytes[seeded() % bytes.size()] = static_cast<std::uint8_t>(seeded());
        if (const auto got = parse(bytes)) {
            ASSERT_LE(got->reports.size(), 60U);
            ASSERT_LE(got->cname.size(), 255U);
        }
    }
}

TEST(Reception, LossIsOfTheIntervalAndOfAll) {
    Reception reception(5);
    EXPECT_FALSE(reception.report(kStart));
    for (int i = 0; i < 100; ++i) {
        if (i % 4 != 3) reception.on_packet(static_cast<std::uint16_t>(65'500 + i), 0, kStart);
    }
    const auto first = reception.report(kStart);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->highest_sequence, 65'500U + 98);  // Beyond the wrap; the 99th was lost.
    EXPECT_EQ(first->cumulative_lost, 24);
    EXPECT_EQ(first->fraction_lost, 24 * 256 / 99);

    for (int i = 100; i < 200; ++i) reception.on_packet(static_cast<std::uint16_t>(65'500 + i), 0, kStart);
    const auto second = reception.report(kStart);
    EXPECT_EQ(second->cumulative_lost, 25);
    EXPECT_EQ(second->fraction_lost, 256 / 101);
}

TEST(Reception, DuplicatesCountAgainstLoss) {
    Reception reception(5);
    for (int i = 0; i < 10; ++i) {
        reception.on_packet(static_cast<std::uint16_t>(i), 0, kStart);
        reception.on_packet(static_cast<std::uint16_t>(i), 0, kStart);
    }
    const auto report = reception.report(kStart);
    EXPECT_EQ(report->cumulative_lost, -10);
    EXPECT_EQ(report->fraction_lost, 0);
}

TEST(Reception, JitterIsAsRfc3550A8ComputesIt) {
    Reception reception(5);
    std::mt19937 seeded(1);
    double expected = 0, before = 0;
    for (int i = 0; i < 500; ++i) {
        const int late_ms = static_cast<int>(seeded() % 20);
        reception.on_packet(static_cast<std::uint16_t>(i), static_cast<std::uint32_t>(i) * 3'600 + 4'294'000'000U,
                            kStart + i * 40ms + std::chrono::milliseconds(late_ms));
        const double transit = late_ms * 90.0;
        if (i > 0) expected += (std::abs(transit - before) - expected) / 16;
        before = transit;
    }
    EXPECT_NEAR(reception.jitter(), expected, 16);
    EXPECT_GT(reception.jitter(), 300U);
}

TEST(Reception, ASenderReportsTimeComesBackWithItsDelay) {
    Reception reception(5);
    reception.on_packet(1, 0, kStart);
    EXPECT_EQ(reception.report(kStart)->last_report, 0U);
    reception.on_sender_report(0x1111222233334444U, kStart);

    const auto report = reception.report(kStart + 1500ms);

    EXPECT_EQ(report->last_report, 0x22223333U);
    EXPECT_EQ(report->delay, 65536U * 3 / 2);
}

TEST(Reception, ARestartedSequenceCountsAnew) {
    Reception reception(5);
    for (int i = 0; i < 10; ++i) reception.on_packet(static_cast<std::uint16_t>(i), 0, kStart);
    for (int i = 0; i < 10; ++i) reception.on_packet(static_cast<std::uint16_t>(30'000 + i), 0, kStart);

    const auto report = reception.report(kStart);

    EXPECT_EQ(report->highest_sequence, 30'009U);
    EXPECT_EQ(report->cumulative_lost, 0);
}

}  // namespace
}  // namespace bongsu::media::rtcp
