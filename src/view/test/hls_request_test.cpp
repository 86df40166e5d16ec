#include "view/hls_request.hpp"

#include <gtest/gtest.h>

#include "env/sim/sim_world.hpp"

namespace bongsu::view::hls {
namespace {

TEST(HlsRequest, APathIsOneOfSixThings) {
    const auto target = [](std::string_view path) { return read_target(path).value_or(Target{What::index, "nothing", "", 0, 0}); };
    EXPECT_EQ(target("/hls/11440-0001/index.m3u8"), (Target{What::index, "11440-0001", "", 0, 0}));
    EXPECT_EQ(target("/hls/view/a_B-9"), (Target{What::view, "", "a_B-9", 0, 0}));
    EXPECT_EQ(target("/hls/view/a/"), (Target{What::view, "", "a", 0, 0}));
    EXPECT_EQ(target("/hls/view/a/media.m3u8"), (Target{What::playlist, "", "a", 0, 0}));
    EXPECT_EQ(target("/hls/view/a/init-3.mp4"), (Target{What::init, "", "a", 3, 0}));
    EXPECT_EQ(target("/hls/view/a/0.m4s"), (Target{What::segment, "", "a", 0, 0}));
    EXPECT_EQ(target("/hls/view/a/9999999999.12.m4s"), (Target{What::part, "", "a", 9'999'999'999, 12}));
}

TEST(HlsRequest, EverythingElseIsNothing) {
    for (const std::string_view path :
         {"", "/", "/hls", "/hls/", "/hls//index.m3u8", "/hls/index.m3u8", "/hls/a/b/index.m3u8", "/hls/a/index.m3u8/",
          "/hls/../index.m3u8", "/hls/a%/index.m3u8", "/hls/view", "/hls/view/", "/hls/view//media.m3u8", "/hls/view/../media.m3u8",
          "/hls/view/a/x", "/hls/view/a//", "/hls/view/a/.m4s", "/hls/view/a/1.m4s/", "/hls/view/a/-1.m4s", "/hls/view/a/01.m4s",
          "/hls/view/a/1..m4s", "/hls/view/a/1.2.3.m4s", "/hls/view/a/1.02.m4s", "/hls/view/a/12345678901.m4s",
          "/hls/view/a/init-.mp4", "/hls/view/a/init-1.m4s", "/hls/view/a/init-1.2.mp4", "/hls/view/a/1.mp4", "/hls/view/a/+1.m4s",
          "/hls/view/a/media.m3u8x", "/HLS/a/index.m3u8"}) {
        const auto target = read_target(path);
        ASSERT_FALSE(target) << path;
        EXPECT_EQ(target.error().kind, ErrorKind::not_found);
    }
    EXPECT_FALSE(read_target("/hls/" + std::string(65, 'a') + "/index.m3u8"));
    EXPECT_FALSE(read_target("/hls/view/" + std::string(65, 'a')));
}

TEST(HlsRequest, AReloadNamesWhatItWaitsFor) {
    EXPECT_EQ(read_reload({}), Reload{});
    EXPECT_EQ(read_reload({{"_HLS_msn", "7"}}), (Reload{7, std::nullopt}));
    EXPECT_EQ(read_reload({{"_HLS_msn", "7"}, {"_HLS_part", "0"}, {"_HLS_skip", "YES"}, {"x", "y"}}), (Reload{7, 0}));
    for (const auto& [query, field] : std::vector<std::pair<std::map<std::string, std::string>, std::string>>{
             {{{"_HLS_msn", ""}}, "_HLS_msn"},
             {{{"_HLS_msn", "-1"}}, "_HLS_msn"},
             {{{"_HLS_msn", "1e3"}}, "_HLS_msn"},
             {{{"_HLS_msn", "99999999999999999999"}}, "_HLS_msn"},
             {{{"_HLS_msn", "1"}, {"_HLS_part", "x"}}, "_HLS_part"},
             {{{"_HLS_part", "1"}}, "_HLS_part"}}) {
        const auto reload = read_reload(query);
        ASSERT_FALSE(reload);
        EXPECT_EQ(reload.error().kind, ErrorKind::invalid);
        EXPECT_EQ(reload.error().field, field);
    }
}

TEST(HlsRequest, ARangeIsCutToWhatThereIs) {
    const auto read = [](std::string_view header) { return read_range(header, 1000); };
    const auto range = [&](std::string_view header) { return read(header).value_or(Range{7, 7}); };
    EXPECT_EQ(range("bytes=0-1"), (Range{0, 2}));
    EXPECT_EQ(range("bytes=10-"), (Range{10, 990}));
    EXPECT_EQ(range("bytes=990-99999999999999999999999"), (Range{990, 10}));
    EXPECT_EQ(range("bytes=-100"), (Range{900, 100}));
    EXPECT_EQ(range("bytes=-5000"), (Range{0, 1000}));
    for (const std::string_view whole : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-1", "bytes=0-1,5-6", "items=0-1", "bytes=1--2"})
        EXPECT_EQ(range(whole), std::optional<Range>()) << whole;
    for (const std::string_view none : {"bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999999-"}) {
        ASSERT_FALSE(read(none)) << none;
        EXPECT_EQ(read(none).error().kind, ErrorKind::invalid);
    }
    EXPECT_FALSE(read_range("bytes=0-0", 0));
}

TEST(HlsRequest, TenThousandSpoiltPathsAndHeadersAreReadOrRefused) {
    env::sim::SimRandom random{7};
    const std::string_view seeds[] = {"/hls/11440-0001/index.m3u8", "/hls/view/abcdefghij/12.34.m4s", "/hls/view/a/init-1.mp4",
                                      "bytes=12-3456"};
    for (int i = 0; i < 10'000; ++i) {
        std::string text(seeds[random.below(4)]);
        for (std::uint64_t spoil = 0; spoil <= random.below(4); ++spoil) {
            const auto at = static_cast<std::size_t>(random.below(text.size() + 1));
            const char c = static_cast<char>(random.below(256));
            random.below(2) == 0 || at == text.size() ? text.insert(at, 1, c) : text.replace(at, 1, 1, c);
        }
        if (const auto target = read_target(text)) {
            EXPECT_LE(target->camera.size(), kCameraMax);
            EXPECT_LE(target->number, 9'999'999'999U);
            EXPECT_EQ(target->camera.find('/'), std::string::npos);
        }
        if (const auto range = read_range(text, 5000); range && *range) {
            EXPECT_GT((*range)->size, 0U);
            EXPECT_LE((*range)->from + (*range)->size, 5000U);
        }
        (void)read_reload({{"_HLS_msn", text}, {"_HLS_part", text}});
    }
}

}  // namespace
}  // namespace bongsu::view::hls
