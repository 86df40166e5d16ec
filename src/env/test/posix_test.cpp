#include "env/posix.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

namespace bongsu::env {
namespace {

class PosixFolder : public testing::Test {
  protected:
    PosixDisk disk;
    std::string folder = testing::TempDir() + "envXXXXXX";
    void SetUp() override { ASSERT_NE(::mkdtemp(folder.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(folder); }
};

TEST_F(PosixFolder, AFileGrowsIsOverwrittenInPlaceAndCut) {
    {
        const auto file = disk.open(folder + "/a").value();
        ASSERT_TRUE(file->append("hello "));
        ASSERT_TRUE(file->append("world"));
        ASSERT_TRUE(file->overwrite(1, "EL"));
        EXPECT_EQ(file->overwrite(10, "xx").error().kind, ErrorKind::invalid);
        ASSERT_TRUE(file->truncate(8));
        ASSERT_TRUE(file->append("!"));
        ASSERT_TRUE(file->sync());
        EXPECT_EQ(file->size(), 9U);
    }

    EXPECT_EQ(disk.read(folder + "/a").value(), "hELlo wo!");
    EXPECT_EQ(disk.read(folder + "/a", 6, 2).value(), "wo");
    EXPECT_EQ(disk.read(folder + "/a", 7, 100).value(), "o!");
    EXPECT_EQ(disk.read(folder + "/a", 100, 1).value(), "");
    EXPECT_EQ(disk.open(folder + "/a").value()->size(), 9U);
}

TEST_F(PosixFolder, AnOpenFileIsLockedAgainstASecondWriter) {
    auto first = disk.open(folder + "/a").value();
    EXPECT_EQ(disk.open(folder + "/a").error().kind, ErrorKind::unavailable);

    first.reset();
    EXPECT_TRUE(disk.open(folder + "/a"));
}

TEST_F(PosixFolder, FilesArePrivate) {
    ASSERT_TRUE(disk.open(folder + "/a"));
    ASSERT_TRUE(disk.replace(folder + "/b", "secret"));
    for (const auto* name : {"/a", "/b"}) {
        struct stat state {};
        ASSERT_EQ(::stat((folder + name).c_str(), &state), 0);
        EXPECT_EQ(state.st_mode & 0777U, 0600U) << name;
    }
}

TEST_F(PosixFolder, ASecretThatOthersMayReadIsNotTaken) {
    ASSERT_TRUE(disk.replace(folder + "/key", "secret"));
    EXPECT_EQ(disk.read_secret(folder + "/key").value(), "secret");
    for (const ::mode_t mode : {0640U, 0604U, 0620U}) {
        ASSERT_EQ(::chmod((folder + "/key").c_str(), mode), 0);
        EXPECT_EQ(disk.read_secret(folder + "/key").error().kind, ErrorKind::forbidden) << mode;
        EXPECT_EQ(disk.read(folder + "/key").value(), "secret");
    }
    EXPECT_EQ(disk.read_secret(folder + "/none").error().kind, ErrorKind::not_found);
}

TEST_F(PosixFolder, ReplaceLeavesTheNewBytesAndNothingElse) {
    ASSERT_TRUE(disk.replace(folder + "/b", "old and long"));
    ASSERT_TRUE(disk.replace(folder + "/b", "new"));
    EXPECT_EQ(disk.read(folder + "/b").value(), "new");
    EXPECT_EQ(disk.list(folder).value(), std::vector<std::string>{"b"});
}

TEST_F(PosixFolder, ListsFilesAndFoldersApartAndSorted) {
    ASSERT_TRUE(disk.make_folders(folder + "/x/y"));
    ASSERT_TRUE(disk.make_folders(folder + "/x/y"));
    ASSERT_TRUE(disk.open(folder + "/b"));
    ASSERT_TRUE(disk.open(folder + "/a"));
    EXPECT_EQ(disk.list(folder).value(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(disk.list_folders(folder).value(), std::vector<std::string>{"x"});
    EXPECT_TRUE(disk.list(folder + "/none").value().empty());
    EXPECT_TRUE(disk.exists(folder + "/x/y"));
    ASSERT_TRUE(disk.remove(folder + "/a"));
    EXPECT_FALSE(disk.exists(folder + "/a"));
}

TEST_F(PosixFolder, ALinkIsListedAsWhatItLeadsToAndARealPathHasNone) {
    ASSERT_TRUE(disk.make_folders(folder + "/x"));
    ASSERT_TRUE(disk.replace(folder + "/x/a", "1"));
    for (const auto& [target, link] : {std::pair{"x", "/folder"}, {"x/a", "/file"}, {"nothing", "/dangling"}, {".", "/x/loop"}}) {
        ASSERT_EQ(::symlink(target, (folder + link).c_str()), 0);
    }
    EXPECT_EQ(disk.list(folder).value(), std::vector<std::string>{"file"});
    EXPECT_EQ(disk.list_folders(folder).value(), (std::vector<std::string>{"folder", "x"}));
    EXPECT_EQ(disk.list_folders(folder + "/x").value(), std::vector<std::string>{"loop"});
    const auto real = disk.real_path(folder + "/x").value();
    for (const auto* path : {"/folder", "/x/loop/loop", "/folder/"}) EXPECT_EQ(disk.real_path(folder + path).value(), real) << path;
    EXPECT_EQ(disk.real_path(folder + "/file").value(), real + "/a");
    EXPECT_EQ(disk.real_path(folder + "/dangling").error().kind, ErrorKind::not_found);
    EXPECT_FALSE(disk.open(folder + "/file")) << "a link is not written through";
}

TEST_F(PosixFolder, FailuresSayWhatTheCallerCanDo) {
    EXPECT_EQ(disk.read(folder + "/none").error().kind, ErrorKind::not_found);
    EXPECT_EQ(disk.remove(folder + "/none").error().kind, ErrorKind::not_found);
    EXPECT_EQ(disk.open(folder + "/none/a").error().kind, ErrorKind::not_found);
    EXPECT_EQ(disk.read(folder).error().kind, ErrorKind::invalid);
    ASSERT_TRUE(disk.replace(folder + "/file", ""));
    EXPECT_FALSE(disk.make_folders(folder + "/file/below"));
    EXPECT_EQ(disk.open("/dev/full").error().kind, ErrorKind::invalid);
}

TEST(PosixClock, MonotonicTimeNeverStepsBack) {
    const PosixClock clock;
    auto before = clock.mono();
    for (int i = 0; i < 1000; ++i) {
        const auto after = clock.mono();
        EXPECT_GE(after, before);
        before = after;
    }
    EXPECT_GT(clock.wall(), from_us(1'700'000'000'000'000));
}

TEST(PosixRandom, FillsEveryByteAndIdsDiffer) {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i) ids.insert(process_env().ulid());
    EXPECT_EQ(ids.size(), 1000U);
    EXPECT_EQ(ids.begin()->size(), 26U);

    std::vector<std::uint8_t> bytes(64 << 10);
    PosixRandom().fill(bytes);
    std::set<std::uint8_t> seen(bytes.begin(), bytes.end());
    EXPECT_EQ(seen.size(), 256U);
}

TEST(PosixBuild, SyncsItsFiles) { EXPECT_FALSE(sync_is_skipped()); }

}  // namespace
}  // namespace bongsu::env
