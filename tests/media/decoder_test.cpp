// The decoder as it runs: a process of its own in its sandbox, asked by the client that media has; films that other programs
// encoded, and what hostile cameras make of them.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstring>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <random>

#include "capture.hpp"
#include "decode/client.hpp"
#include "decode/keeper.hpp"
#include "env/posix.hpp"
#include "ingest/picture_health.hpp"
#include "keeper_fixture.hpp"
#include "media/h264.hpp"
#include "media/packets.hpp"

namespace bongsu::test {
namespace {

using namespace std::chrono_literals;
const std::string kFolder = std::string(BONGSU_SOURCE_DIR) + "/tests/golden/media/";

struct Still {
    std::string of;
    media::BlockPtr block;
    media::Format format;
};

/// The key pictures of a capture.
std::vector<Still> stills_of(const std::string& name) {
    const auto sdp = read_file(kFolder + name + ".sdp");
    const auto track = media::parse_camera_sdp(media::as_text(sdp));
    EXPECT_TRUE(track) << name;
    const auto film = show(*track, read_capture(kFolder + name + ".rtp"));
    std::vector<Still> out;
    for (std::size_t i = 0; i < film.parts.size(); ++i) {
        const auto to = i + 1 < film.parts.size() ? film.parts[i + 1].first_block : film.blocks.size();
        for (auto at = film.parts[i].first_block; at < to; ++at) {
            if (film.blocks[at]->key) out.push_back({name, film.blocks[at], film.parts[i].format});
        }
    }
    EXPECT_FALSE(out.empty()) << name;
    return out;
}

class MediaDecoder : public KeeperTest {
  protected:
    void TearDown() override {
        client_.reset();
        KeeperTest::TearDown();
    }

    void start(decode::KeeperLimits limits = {}) {
        serve([&](int fd) { return decode::run_decoder(env::process_env().clock, fd, limits); });
        client_ = decode::connect_decoder(loop_, env::process_env().clock, path_, {.away = 5s});
    }

    Result<std::shared_ptr<const decode::Picture>> ask(const Still& still, int height = 0) {
        std::optional<Result<std::shared_ptr<const decode::Picture>>> out;
        client_->ask({.camera = CameraId{"A"}, .block = still.block, .format = still.format, .wants_jpeg = true, .height = height},
                     [&](const Result<std::shared_ptr<const decode::Picture>>& done) { out = done; });
        const auto until = std::chrono::steady_clock::now() + 10s;  // tidy-ok: a test's own deadline on the real loop
        while (!out && std::chrono::steady_clock::now() < until) loop_.run_one_for(50ms);  // tidy-ok: the same
        return out ? *out : fail(ErrorKind::timeout, "the test's own deadline");
    }

    std::string field(const char* name) const {
        std::ifstream status("/proc/" + std::to_string(keeper_) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with(name)) return line.substr(line.size() - 1);
        }
        return {};
    }

    boost::asio::io_context loop_;
    std::unique_ptr<decode::Decoder> client_;
};

// The first of them: what other tests leave free in the heap would do for a picture.
TEST_F(MediaDecoder, APictureThatNeedsTooMuchMemoryIsRefused) {
    start({.memory = 256U << 10});
    const auto done = ask(stills_of("h264_ffmpeg").front());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::corrupt);
}

TEST_F(MediaDecoder, EachCodecsKeyPicturesBecomeJpegs) {
    start();
    for (const auto* name : {"h264_ffmpeg", "h264_gstreamer", "h264_resized", "h265_ffmpeg", "h265_gstreamer", "h265_sdp_only", "jpeg_ffmpeg",
                             "jpeg_gstreamer", "jpeg_once", "jpeg_q40", "jpeg_restart"}) {
        for (const auto& still : stills_of(name)) {
            const auto done = ask(still);
            ASSERT_TRUE(done) << name << ": " << done.error().message;
            const auto& picture = **done;
            EXPECT_TRUE(picture.jpeg.starts_with("\xFF\xD8")) << name;
            EXPECT_TRUE(picture.jpeg.ends_with("\xFF\xD9")) << name;
            EXPECT_GT(picture.numbers.deviation, 10) << name;
            if (still.format.width > 0) {
                EXPECT_EQ(picture.numbers.width, still.format.width) << name;
                EXPECT_EQ(picture.height, still.format.height & ~1) << name;
            }
        }
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // Which need calls that no sandbox allows.
    EXPECT_EQ(field("Seccomp:"), "2");
    EXPECT_EQ(field("NoNewPrivs:"), "1");
#endif
}

TEST_F(MediaDecoder, AThumbnailIsAsHighAsItWasAskedFor) {
    start();
    const auto still = stills_of("h264_ffmpeg").front();
    const auto whole = ask(still), small = ask(still, 36);
    ASSERT_TRUE(whole && small);
    EXPECT_EQ((*small)->height, 36);
    EXPECT_EQ((*small)->width, (*whole)->width * 36 / (*whole)->height & ~1);
    EXPECT_LT((*small)->jpeg.size(), (*whole)->jpeg.size());
    EXPECT_FLOAT_EQ((*small)->numbers.mean, (*whole)->numbers.mean);
    EXPECT_EQ((*ask(still, 8000))->height, (*whole)->height) << "nothing is made larger";
}

Still mutated(const Still& still, std::mt19937& chance) {
    auto block = std::make_shared<media::Block>(*still.block);
    const auto count = 1 + chance() % 20;
    for (unsigned i = 0; i < count; ++i) {
        const auto& span = block->packets[chance() % block->packets.size()];
        if (span.size <= 14) continue;
        // Beyond RTP's header and what says where a unit begins: those never reach the decoder wrong.
        const auto at = span.offset + 14 + chance() % (span.size - 14);
        block->bytes[at] = static_cast<std::uint8_t>(chance());
    }
    return {still.of, block, still.format};
}

TEST_F(MediaDecoder, HostilePicturesHarmNobodyElses) {
    start();
    std::mt19937 chance(2019);
    std::vector<Still> all;
    for (const auto* name : {"h264_ffmpeg", "h264_gstreamer", "h265_ffmpeg", "h265_gstreamer", "jpeg_ffmpeg", "jpeg_restart"}) {
        const auto stills = stills_of(name);
        all.insert(all.end(), stills.begin(), stills.end());
    }
    const auto good = all.front();
    const auto first = ask(good);
    ASSERT_TRUE(first);
    unsigned refused = 0;
    for (int i = 0; i < 400; ++i) {
        const auto done = ask(mutated(all[chance() % all.size()], chance));
        if (!done) {
            ++refused;
            EXPECT_EQ(done.error().kind, ErrorKind::corrupt) << done.error().message;
        }
        if (i % 20 != 0) continue;
        const auto after = ask(good);
        ASSERT_TRUE(after) << i << ": " << after.error().message;
        EXPECT_EQ((*after)->jpeg, (*first)->jpeg);
    }
    const auto& counters = client_->counters();
    std::printf("%u of 400 refused; %lu processes died, %lu were too slow\n", refused, static_cast<unsigned long>(counters.died),
                static_cast<unsigned long>(counters.too_slow));
    EXPECT_GT(refused, 50U);
    EXPECT_EQ(counters.lost, 0U);
    EXPECT_EQ(::waitpid(keeper_, nullptr, WNOHANG), 0) << "the decoder itself lives";
}

/// Key pictures of a film that ffmpeg makes of these sources and filters, eight seconds at 10 fps, one key a second.
std::vector<Still> film_of(const std::string& inputs, const std::string& filter, const std::string& encoder) {
    const auto path = testing::TempDir() + "film-" + std::to_string(::getpid()) + ".h264";
    const auto command = "ffmpeg -v error -y " + inputs + " -filter_complex '" + filter + "' -t 8 -pix_fmt yuv420p " + encoder +
                         " -g 10 -keyint_min 10 -sc_threshold 0 -bf 0 -f h264 " + path;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;  // tidy-ok: a test's own command
    const auto bytes = read_file(path);
    ::unlink(path.c_str());
    std::vector<Still> out;
    for (const auto& unit : media::split_access_units(media::split_annex_b(bytes))) {
        if (!unit.key) continue;
        auto block = std::make_shared<media::Block>();
        block->key = true;
        for (const auto nal : unit.nals) media::append_nal(*block, nal);
        media::write_headers(*block, {});
        out.push_back({"film", block, {}});
    }
    EXPECT_EQ(out.size(), 8U);
    return out;
}

/// What is said of a film whose key pictures come ten seconds apart.
ingest::PictureVerdict verdict_of(const std::vector<Still>& film, const std::function<Result<std::shared_ptr<const decode::Picture>>(const Still&)>& decoded) {
    ingest::PictureHealth health;
    MonoTime at{1h};
    for (const auto& still : film) {
        const auto picture = decoded(still);
        EXPECT_TRUE(picture);
        if (picture) health.take((*picture)->numbers, at += 10s);
    }
    return health.verdict();
}

TEST_F(MediaDecoder, FrozenAndBlackCamerasAreFoundAndStillNightStreetsAreNot) {
    start();
    // A dim street that stands still, and a clock that runs in its corner.
    const std::string still = "-f lavfi -i smptehdbars=s=1280x720:r=10 -f lavfi -i testsrc=s=320x240:r=10";
    const std::string dim = "[0]eq=brightness=-0.2:contrast=0.4", clock = "[street];[1]scale=160:60[clock];[street][clock]overlay=10:10";
    const std::string covered = "[0]eq=brightness=-1";
    const auto judge = [&](const std::string& filter, const std::string& encoder) {
        return verdict_of(film_of(still, filter, encoder), [this](const Still& one) { return ask(one); });
    };
    for (const std::string rate : {"400k", "2M"}) {
        const auto encoder = "-c:v libx264 -preset ultrafast -b:v " + rate + " -maxrate " + rate + " -bufsize " + rate;
        EXPECT_EQ(judge(dim + clock, encoder), ingest::PictureVerdict::frozen) << rate;
        for (const auto* noise : {"2", "4", "8"})
            EXPECT_EQ(judge(dim + ",noise=alls=" + noise + ":allf=t" + clock, encoder), ingest::PictureVerdict::ok) << rate << " noise " << noise;
        EXPECT_EQ(judge(covered + ",noise=alls=6:allf=t" + clock, encoder), ingest::PictureVerdict::black) << rate;
        EXPECT_EQ(judge(covered + clock, encoder), ingest::PictureVerdict::black) << rate;
    }
}

TEST_F(MediaDecoder, APictureThatTakesTooLongIsKilled) {
    start({.picture = 0ms});
    const auto done = ask(stills_of("h264_ffmpeg").front());
    ASSERT_FALSE(done);
    EXPECT_EQ(client_->counters().too_slow, 1U);
}

TEST_F(MediaDecoder, TheNextDecoderGoesOnWhereTheLastOneDied) {
    start();
    const auto still = stills_of("h265_ffmpeg").front();
    ASSERT_TRUE(ask(still));
    serve([&](int fd) { return decode::run_decoder(env::process_env().clock, fd, {}); });
    const auto done = ask(still);
    EXPECT_TRUE(done) << done.error().message;
}

}  // namespace
}  // namespace bongsu::test
