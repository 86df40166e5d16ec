#include "view/state_files.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "env/sim/sim_world.hpp"

namespace bongsu::view {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

json::object revoke(const std::string& grant) {
    return {{"t", "revoke"}, {"grants", json::array{json::object{{"grant", grant}, {"cameras", nullptr}, {"reason", "closed"}}}}};
}

json::object permit(const std::string& grant, std::size_t cameras) {
    json::array ids;
    for (std::size_t i = 0; i < cameras; ++i) ids.emplace_back("11440-" + std::to_string(i));
    return {{"t", "relays"}, {"grants", json::array{json::object{{"grant", grant}, {"cameras", std::move(ids)}}}}};
}

struct StateFilesTest : testing::Test {
    env::sim::SimClock clock{WallTime{1'700'000'000s}};
    env::sim::SimRandom random{3};
    env::sim::SimDisk disk;
    env::Env env{clock, random, disk};
    std::optional<StateFiles> files{std::in_place, env, "spool"};
    Desired desired;

    void SetUp() override {
        desired.site = {"11440"};
        desired.keys = {{"11440-t1", std::string(32, 'k')}};
        desired.cameras[{"11440-0"}] = {{"11440-0"}, "rtsp://a/0", "", "demand", false};
        files->replaced();
        ASSERT_TRUE(files->save(desired));
    }
    /// As media does with a message of control's.
    void change(const json::object& message) {
        ASSERT_TRUE(apply_delta(desired, message));
        files->changed(message);
    }
    Result<std::optional<Desired>> after_crash() {
        disk.crash(random);
        files.emplace(env, "spool");
        return files->load();
    }
    std::size_t change_files() {
        const auto names = *disk.list("spool");
        return static_cast<std::size_t>(
            std::count_if(names.begin(), names.end(), [](const auto& name) { return name.starts_with("changes-"); }));
    }
    std::string changes_file() {
        const auto names = *disk.list("spool");
        for (const auto& name : names) {
            if (name.starts_with("changes-")) return "spool/" + name;
        }
        return {};
    }
};

TEST_F(StateFilesTest, ComesBackAfterARestart) {
    const auto loaded = after_crash();

    ASSERT_TRUE(loaded && *loaded);
    EXPECT_EQ(to_json(**loaded), to_json(desired));
}

TEST_F(StateFilesTest, IsNothingBeforeAnythingWasSaved) {
    StateFiles other(env, "elsewhere");

    EXPECT_FALSE(*other.load());
}

TEST_F(StateFilesTest, ComesBackWithWhatChangedSince) {
    change(revoke("g1"));
    ASSERT_TRUE(files->is_due());
    ASSERT_TRUE(files->save(desired));
    change(permit("g2", 3));
    change(revoke("g3"));
    ASSERT_TRUE(files->save(desired));
    EXPECT_FALSE(files->is_due());
    EXPECT_EQ(change_files(), 1U);

    const auto loaded = after_crash();

    ASSERT_TRUE(loaded && *loaded) << loaded.error().message;
    EXPECT_EQ(to_json(**loaded), to_json(desired));
    EXPECT_EQ((*loaded)->relay_pairs, 3U);
}

TEST_F(StateFilesTest, WritesNoMoreThanWhatChanged) {
    for (int i = 0; i < 1000; ++i) change(permit("p" + std::to_string(i), 60));
    ASSERT_TRUE(files->save(desired));
    change(revoke("g1"));

    const auto work = files->begin(desired);

    EXPECT_FALSE(work.whole);
    EXPECT_LT(work.changes.size(), 200U);
    const auto outcome = files->write(work);
    files->end(outcome);
    EXPECT_TRUE(outcome);
}

/// The file of changes does not grow for ever: the state is written whole, and what belonged to another goes.
TEST_F(StateFilesTest, IsWrittenWholeWhenItsChangesOutgrowIt) {
    std::size_t wholes = 0;
    for (int i = 0; i < 4000; ++i) {
        change(i % 2 == 0 ? permit("p", 20) : permit("p", 0));
        const auto work = files->begin(desired);
        if (work.whole) ++wholes;
        const auto outcome = files->write(work);
        ASSERT_TRUE(outcome);
        files->end(outcome);
    }

    EXPECT_GE(wholes, 2U);
    EXPECT_LE(wholes, 10U);
    EXPECT_LE(change_files(), 1U);
    const auto loaded = after_crash();
    ASSERT_TRUE(loaded && *loaded);
    EXPECT_EQ(to_json(**loaded), to_json(desired));
}

/// What a delta may leave standing must be readable again.
TEST_F(StateFilesTest, ComesBackWithAsManyRelaysAsMayStand) {
    for (int i = 0; i < 250; ++i) change(permit("p" + std::to_string(i), 400));
    ASSERT_TRUE(files->save(desired));

    const auto loaded = after_crash();

    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_TRUE(*loaded);
    EXPECT_EQ((*loaded)->relays, desired.relays);
    EXPECT_EQ((*loaded)->relay_pairs, 100'000U);
}

TEST_F(StateFilesTest, ForgetsNoSyncedRevocationWhereverPowerFails) {
    for (std::uint64_t step = 0; step < 40; ++step) {
        disk = {};
        files.emplace(env, "spool");
        desired.revoked.clear();
        files->replaced();
        ASSERT_TRUE(files->save(desired));
        disk.power_off_after(step);
        std::size_t synced = 0;
        for (std::size_t i = 0; i < 12; ++i) {
            change(revoke("g" + std::to_string(i)));
            if (i % 4 == 3) files->replaced();
            if (!files->save(desired)) break;
            synced = i + 1;
        }

        const auto loaded = after_crash();

        ASSERT_TRUE(loaded && *loaded) << "step " << step << ": " << loaded.error().message;
        for (std::size_t i = 0; i < synced; ++i)
            EXPECT_TRUE((*loaded)->revoked.contains({"g" + std::to_string(i)})) << "step " << step << ", g" << i;
    }
}

TEST_F(StateFilesTest, LeavesOutALineThatIsNotWhole) {
    change(revoke("g1"));
    ASSERT_TRUE(files->save(desired));
    const auto path = changes_file();
    disk.put(path, *disk.read(path) + R"({"t":"revoke","gra)");

    const auto loaded = after_crash();
    ASSERT_TRUE(loaded && *loaded);
    EXPECT_EQ(to_json(**loaded), to_json(desired));

    // And adds nothing behind it.
    change(revoke("g2"));
    EXPECT_TRUE(files->begin(desired).whole);
}

TEST_F(StateFilesTest, NamesTheFileThatIsDamaged) {
    change(revoke("g1"));
    ASSERT_TRUE(files->save(desired));
    const auto path = changes_file();
    const std::vector<std::pair<std::string, std::string>> damages{{path, "{}\n"},
                                                                   {path, "no\n"},
                                                                   {"spool/desired.json", "{"},
                                                                   {"spool/desired.json", R"({"id":"x"})"},
                                                                   {"spool/desired.json", R"({"state":{}})"}};
    for (const auto& [file, text] : damages) {
        disk.put(file, text);

        const auto loaded = files->load();

        ASSERT_FALSE(loaded) << text;
        EXPECT_EQ(loaded.error().kind, ErrorKind::corrupt) << text;
        EXPECT_NE(loaded.error().message.find(file), std::string::npos) << loaded.error().message;
    }
}

TEST_F(StateFilesTest, IsNothingWhereAnEarlierVersionSavedItsState) {
    disk.put("spool/desired.json", R"({"v":1,"site":"11440","revoked":[]})");

    const auto loaded = files->load();

    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_FALSE(*loaded);
}

/// A full disk is tried again, whole: what the failed write left of a line is not added to.
TEST_F(StateFilesTest, IsWrittenWholeAfterAFailure) {
    change(revoke("g1"));
    ASSERT_TRUE(files->save(desired));
    disk.disk_full(true);
    change(revoke("g2"));
    EXPECT_FALSE(files->save(desired));
    EXPECT_FALSE(files->is_due()) << "at once again";
    disk.disk_full(false);
    clock.advance(2s);
    change(revoke("g3"));

    ASSERT_TRUE(files->is_due());
    ASSERT_TRUE(files->save(desired));

    const auto loaded = after_crash();
    ASSERT_TRUE(loaded && *loaded);
    EXPECT_EQ(to_json(**loaded), to_json(desired));
}

TEST_F(StateFilesTest, KeepsWhatComesWhileItWrites) {
    change(revoke("g1"));
    const auto work = files->begin(desired);
    EXPECT_FALSE(files->is_due());
    change(revoke("g2"));
    const auto outcome = files->write(work);
    files->end(outcome);

    ASSERT_TRUE(files->is_due());
    ASSERT_TRUE(files->save(desired));

    const auto loaded = after_crash();
    ASSERT_TRUE(loaded && *loaded);
    EXPECT_EQ((*loaded)->revoked.size(), 2U);
}

}  // namespace
}  // namespace bongsu::view
