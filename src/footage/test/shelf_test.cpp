#include "footage/shelf.hpp"

#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace bongsu::footage {
namespace {

namespace fs = std::filesystem;

class ShelfTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "bongsu-shelf-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        shelf_ = pattern;
        options_.folder = shelf_;
    }
    void TearDown() override { fs::remove_all(shelf_); }

    Result<Film> film_of(const std::string& name) {
        options_.cameras = {{13, name, Ground::street}};
        return take(options_);
    }
    /// A film that stands on the shelf already, last used at `seconds`.
    std::string old_film(const std::string& name, int seconds) {
        const std::string folder = shelf_ + "/" + name;
        fs::create_directories(folder);
        std::ofstream(folder + "/.used") << "";
        const timespec times[2]{{seconds, 0}, {seconds, 0}};
        EXPECT_EQ(::utimensat(AT_FDCWD, (folder + "/.used").c_str(), times, 0), 0);
        return folder;
    }

    std::string shelf_;
    Options options_;
};

TEST_F(ShelfTest, AnotherFilmLeavesTheFirstAsItIsAndComingBackRendersNothing) {
    int rendered = 0;
    options_.progress = [&](const Progress&) { ++rendered; };
    const auto first = film_of("마포 홍대입구역 2");
    ASSERT_TRUE(first.has_value()) << first.error().message;
    const auto made = fs::last_write_time(main_path(first->folder(), 13));

    const auto second = film_of("서울숲 1");
    ASSERT_TRUE(second.has_value()) << second.error().message;
    EXPECT_NE(first->folder(), second->folder());
    EXPECT_EQ(rendered, 2);
    EXPECT_EQ(fs::last_write_time(main_path(first->folder(), 13)), made);

    const auto again = film_of("마포 홍대입구역 2");
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->folder(), first->folder());
    EXPECT_EQ(rendered, 2);
}

TEST_F(ShelfTest, TheLatestUsedStayAndWhatIsInUseStaysWithThem) {
    const auto oldest = old_film("000000000000000a", 100), older = old_film("000000000000000b", 200),
               held = old_film("000000000000000c", 50), newer = old_film("000000000000000d", 300);
    fs::create_directories(shelf_ + "/somebody else's");
    fs::create_directories(shelf_ + "/000000000000000e.leaving");
    const int hold = ::open((held + "/.used").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(::flock(hold, LOCK_SH), 0);

    {
        const auto film = film_of("마포 홍대입구역 2");
        ASSERT_TRUE(film.has_value()) << film.error().message;

        EXPECT_TRUE(fs::exists(film->folder()));
        EXPECT_TRUE(fs::exists(newer));
        EXPECT_TRUE(fs::exists(older));
        EXPECT_FALSE(fs::exists(oldest)) << "a fourth";
        EXPECT_TRUE(fs::exists(held)) << "the oldest of all, but in use";
        EXPECT_TRUE(fs::exists(shelf_ + "/somebody else's"));
        EXPECT_FALSE(fs::exists(shelf_ + "/000000000000000e.leaving"));
    }
    ::close(hold);
    ASSERT_TRUE(film_of("마포 홍대입구역 2").has_value());
    EXPECT_FALSE(fs::exists(held));
}

TEST_F(ShelfTest, AFilmIsHeldForAsLongAsSomebodyHasIt) {
    const auto first = film_of("마포 홍대입구역 2");
    ASSERT_TRUE(first.has_value());
    for (const auto* name : {"1111111111111111", "2222222222222222", "3333333333333333"})
        old_film(name, 2'000'000'000);  // All of them later than the first.
    ASSERT_TRUE(film_of("서울숲 1").has_value());
    EXPECT_TRUE(fs::exists(main_path(first->folder(), 13)));
}

TEST_F(ShelfTest, AShelfThatCannotBeWrittenToServesWhatItHas) {
    if (::geteuid() == 0) GTEST_SKIP() << "root writes everywhere";
    std::string folder;
    {
        const auto film = film_of("마포 홍대입구역 2");
        ASSERT_TRUE(film.has_value());
        folder = film->folder();
    }
    fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
    fs::permissions(shelf_, fs::perms::owner_read | fs::perms::owner_exec);
    const auto film = film_of("마포 홍대입구역 2");
    fs::permissions(shelf_, fs::perms::owner_all);
    fs::permissions(folder, fs::perms::owner_all);
    EXPECT_TRUE(film.has_value()) << film.error().message;
}

TEST_F(ShelfTest, BadOptionsMakeNoFolder) {
    EXPECT_EQ(film_of("a\nb").error().kind, ErrorKind::invalid);
    EXPECT_TRUE(fs::is_empty(shelf_));
}

}  // namespace
}  // namespace bongsu::footage
