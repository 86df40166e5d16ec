#include "synthetic/clip.hpp"

#include <gtest/gtest.h>

#include "synthetic/test/film.hpp"

namespace bongsu::synthetic {
namespace {

void write_file(const std::string& name, const std::string& bytes) {
    std::ofstream(test_folder() / name, std::ios::binary) << bytes;
}

TEST(Clip, AFilmIsReadPictureByPicture) {
    ASSERT_NE(film_path(), "") << "ffmpeg with libx264 is needed";

    const auto clip = load_clip(film_path());

    ASSERT_TRUE(clip) << clip.error().message;
    EXPECT_EQ((*clip)->pictures.size(), 45U);
    EXPECT_EQ((*clip)->fps, 15);
    EXPECT_EQ((*clip)->format.width, 320);
    EXPECT_EQ((*clip)->format.height, 180);
    for (std::size_t i = 0; i < 45; ++i) {
        EXPECT_EQ((*clip)->pictures[i].key, i % 15 == 0) << i;
        EXPECT_EQ((*clip)->key_before[i], i / 15 * 15);
    }
}

TEST(Clip, WhatIsWrongIsNamedWithItsFile) {
    write_file("empty.h264", "");
    write_file("empty.json", R"({"fps":15})");
    write_file("noise.h264", std::string("\0\0\1\x09\0\0\1\x41\x9a", 9));
    write_file("noise.json", R"({"fps":15})");
    write_file("nofps.h264", "x");
    write_file("nofps.json", R"({"fps":"15"})");
    write_file("alone.h264", "x");
    for (const auto& [name, kind] :
         {std::pair{"missing", ErrorKind::not_found}, std::pair{"empty", ErrorKind::corrupt},
          std::pair{"noise", ErrorKind::corrupt}, std::pair{"nofps", ErrorKind::invalid},
          std::pair{"alone", ErrorKind::not_found}}) {
        const auto clip = load_clip((test_folder() / (std::string(name) + ".h264")).string());

        ASSERT_FALSE(clip) << name;
        EXPECT_EQ(clip.error().kind, kind) << name;
        EXPECT_NE(clip.error().message.find(name), std::string::npos);
    }
}

}  // namespace
}  // namespace bongsu::synthetic
