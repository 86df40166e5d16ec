#include <gtest/gtest.h>

#include "env/posix.hpp"

namespace bongsu::env {
namespace {

TEST(SkipSyncBuild, SaysThatItSkips) { EXPECT_TRUE(sync_is_skipped()); }

}  // namespace
}  // namespace bongsu::env
