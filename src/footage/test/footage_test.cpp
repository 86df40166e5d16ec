#include "footage/footage.hpp"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "footage/barcode.hpp"
#include "footage/lettering.hpp"
#include "footage/process.hpp"

namespace bongsu::footage {
namespace {

namespace fs = std::filesystem;

class FootageTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "bongsu-footage-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        options_.folder = folder_ + "/clips";
        options_.cameras = {{13, "마포 홍대입구역 2", Ground::street}};
    }
    void TearDown() override { fs::remove_all(folder_); }

    static std::string text_of(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return std::move(text).str();
    }

    /// All frames' luma, decoded and scaled by ffmpeg.
    std::vector<std::uint8_t> decoded(const std::string& clip, std::size_t width, std::size_t height) {
        const std::string raw = folder_ + "/decoded.yuv";
        const std::string scale = "scale=" + std::to_string(width) + ":" + std::to_string(height);
        auto ffmpeg = Process::start({"ffmpeg", "-v", "error", "-y", "-i", clip, "-vf", scale, "-f",
                                      "rawvideo", "-pix_fmt", "yuv420p", raw},
                                     folder_, "decode.log");
        EXPECT_TRUE(ffmpeg.has_value() && ffmpeg->wait().has_value());
        const std::string bytes = text_of(raw);
        return {bytes.begin(), bytes.end()};
    }

    std::string folder_;
    Options options_;
};

TEST_F(FootageTest, ClipsAreAnnexBWithAKeyFrameAndItsParametersEachSecond) {
    ASSERT_TRUE(ensure(options_).has_value());
    for (const std::string& path : {main_path(options_.folder, 13), sub_path(options_.folder, 13)}) {
        const std::string bytes = text_of(path);
        int pictures = 0, keys = 0, sequences = 0, b_like = 0;
        for (std::size_t at = 0; at + 4 < bytes.size(); ++at) {
            if (bytes[at] != 0 || bytes[at + 1] != 0 || bytes[at + 2] != 1) continue;
            const int type = bytes[at + 3] & 0x1f;
            pictures += type == 1 || type == 5 ? 1 : 0;
            if (type == 5 && sequences == keys + 1) ++keys;
            if (type == 7) {
                ++sequences;
                EXPECT_EQ(static_cast<unsigned char>(bytes[at + 4]), 66);        // Baseline,
                EXPECT_NE(static_cast<unsigned char>(bytes[at + 5]) & 0x40, 0);  // constrained.
                EXPECT_EQ(pictures % kFramesPerSecond, 0);
            }
            b_like += type >= 2 && type <= 4 ? 1 : 0;
        }
        EXPECT_EQ(pictures, kFrames) << path;
        EXPECT_EQ(keys, 10) << path;
        EXPECT_EQ(sequences, 10) << path;
        EXPECT_EQ(b_like, 0) << path;
        EXPECT_LT(bytes.size(), 3'000'000U);
    }
    EXPECT_NE(text_of(options_.folder + "/13-main.json")
                  .find("{\"fps\":15,\"width\":1920,\"height\":1080,\"frames\":150,"),
              std::string::npos);
    EXPECT_NE(text_of(options_.folder + "/13-sub.json").find("\"width\":640,\"height\":360,"),
              std::string::npos);
    EXPECT_FALSE(fs::exists(options_.folder + "/.tmp"));
}

TEST_F(FootageTest, BarCodesSurviveEncodingAndScaling) {
    options_.cameras = {{13, "마포 홍대입구역 2", Ground::street}, {2, "서울숲공원 3", Ground::park}};
    ASSERT_TRUE(ensure(options_).has_value());
    struct Case {
        std::string clip;
        std::size_t width, height;
        int number;
    };
    const std::vector<Case> cases{
        {main_path(options_.folder, 13), 1920, 1080, 13}, {sub_path(options_.folder, 13), 640, 360, 13},
        {main_path(options_.folder, 13), 200, 112, 13},   {sub_path(options_.folder, 13), 200, 112, 13},
        {sub_path(options_.folder, 13), 160, 90, 13},     {sub_path(options_.folder, 2), 200, 112, 2}};
    for (const Case& one : cases) {
        const std::vector<std::uint8_t> pixels = decoded(one.clip, one.width, one.height);
        const std::size_t frame_bytes = one.width * one.height * 3 / 2;
        ASSERT_EQ(pixels.size(), frame_bytes * kFrames) << one.clip;
        for (std::size_t frame = 0; frame < kFrames; ++frame) {
            const auto luma = std::span(pixels).subspan(frame * frame_bytes, one.width * one.height);
            const LumaView view{luma, one.width, one.height, one.width};
            ASSERT_EQ(decode_bar(view), one.number + 1) << one.clip << ' ' << one.width << " frame " << frame;
            ASSERT_EQ(decode_bar(view, kFrameRow), frame) << one.clip << ' ' << one.width;
        }
    }
}

TEST_F(FootageTest, CompleteClipsAreLeftAloneAndChangedOnesAreMadeAnew) {
    ASSERT_TRUE(ensure(options_).has_value());
    const auto before = fs::last_write_time(main_path(options_.folder, 13));
    int rendered = 0;
    options_.progress = [&](const Progress& progress) {
        ++rendered;
        EXPECT_EQ(progress.done, progress.total);
    };
    ASSERT_TRUE(ensure(options_).has_value());
    EXPECT_EQ(rendered, 0);
    EXPECT_EQ(fs::last_write_time(main_path(options_.folder, 13)), before);
    fs::resize_file(sub_path(options_.folder, 13), 1'000);  // As a power cut leaves it.
    ASSERT_TRUE(ensure(options_).has_value());
    EXPECT_EQ(rendered, 1);
    EXPECT_GT(fs::file_size(sub_path(options_.folder, 13)), 100'000U);
    options_.cameras[0].name = "마포 합정역 1";
    ASSERT_TRUE(ensure(options_).has_value());
    EXPECT_EQ(rendered, 2);
}

TEST_F(FootageTest, AStoppedRenderLeavesNothingThatLooksComplete) {
    int asked = 0;
    options_.stop = [&] { return ++asked > 3; };
    const auto stopped = ensure(options_);
    ASSERT_FALSE(stopped.has_value());
    EXPECT_EQ(stopped.error().kind, ErrorKind::cancelled);
    EXPECT_FALSE(fs::exists(main_path(options_.folder, 13)));
    EXPECT_FALSE(fs::exists(options_.folder + "/.tmp"));
    options_.stop = nullptr;
    EXPECT_TRUE(ensure(options_).has_value());
}

TEST_F(FootageTest, WhatIsMissingIsSaidInWords) {
    Options no_ffmpeg = options_;
    no_ffmpeg.ffmpeg = "ffmpeg-that-is-not-there";
    EXPECT_NE(ensure(no_ffmpeg).error().message.find("apt-get install ffmpeg"), std::string::npos);
    Options no_font = options_;
    no_font.font = "/nowhere/font.ttf";
    EXPECT_NE(ensure(no_font).error().message.find("fonts-noto-cjk"), std::string::npos);
    const Error no_encoder = failure_of("x\nUnknown encoder 'libx264'\n", 256);
    EXPECT_NE(no_encoder.message.find("libx264"), std::string::npos);
    const Error full = failure_of("av_interleaved_write_frame(): No space left on device\n", 256);
    EXPECT_EQ(full.kind, ErrorKind::exhausted);
    EXPECT_NE(failure_of("first\nlast words\n", 256).message.find("last words"), std::string::npos);
}

TEST_F(FootageTest, AnEncoderThatDiesOrLiesIsAnErrorAndNoClip) {
    const std::string fake = folder_ + "/fake-ffmpeg";
    // Draws letters like the real one, then plays a part: dies, or claims success without a picture.
    for (const std::string part : {"echo \"No space left on device\" >&2; exit 1", "exit 0", "kill -9 $$"}) {
        std::ofstream(fake) << "#!/bin/sh\ncase \"$*\" in *letters.gray*) exec ffmpeg \"$@\";; esac\n"
                            << part << "\n";
        fs::permissions(fake, fs::perms::owner_all);
        options_.ffmpeg = fake;
        const auto made = ensure(options_);
        ASSERT_FALSE(made.has_value()) << part;
        EXPECT_FALSE(fs::exists(main_path(options_.folder, 13))) << part;
    }
}

TEST_F(FootageTest, BadOptionsAreRefusedByName) {
    const auto refused = [&](std::vector<Camera> cameras, std::string_view word) {
        options_.cameras = std::move(cameras);
        const auto made = ensure(options_);
        ASSERT_FALSE(made.has_value());
        EXPECT_EQ(made.error().kind, ErrorKind::invalid);
        EXPECT_NE(made.error().message.find(word), std::string::npos) << made.error().message;
    };
    refused({{100, "a"}}, "number");
    refused({{1, "a"}, {1, "b"}}, "twice");
    refused({{1, ""}}, "name");
    refused({{1, "a\nb"}}, "name");
    refused({{1, std::string(91, 'a')}}, "name");
    options_.folder.clear();
    refused({{1, "a"}}, "folder");
}

TEST_F(FootageTest, NamesWithLettersThatFiltersUnderstandAreDrawnAsTheyAre) {
    options_.cameras = {{1, "a:b,c;[d]'%{n}\\ 1"}};
    EXPECT_TRUE(ensure(options_).has_value());
}

TEST_F(FootageTest, ASecondRendererIsToldSo) {
    fs::create_directories(options_.folder);
    std::FILE* lock = std::fopen((options_.folder + "/.lock").c_str(), "w");
    ASSERT_NE(lock, nullptr);
    ASSERT_EQ(::flock(::fileno(lock), LOCK_EX | LOCK_NB), 0);
    const auto made = ensure(options_);
    std::fclose(lock);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().kind, ErrorKind::conflict);
}

}  // namespace
}  // namespace bongsu::footage
