// The transcoder as it runs: a process in its sandbox, a child for each stream, spoken to as media does; films that other programs
// encoded, what hostile cameras make of them, and what becomes of both, as ffmpeg decodes it.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include "capture.hpp"
#include "env/posix.hpp"
#include "keeper_fixture.hpp"
#include "media/h264.hpp"
#include "media/h265.hpp"
#include "transcode/connection.hpp"
#include "transcode/keeper.hpp"
#include "transcode/stand_in.hpp"

namespace bongsu::test {
namespace {

using namespace std::chrono_literals;
using transcode::Answer, transcode::Connection, transcode::Counters, transcode::KeeperLimits, transcode::Outcome, transcode::StandIn, transcode::StandInLimits,
    transcode::Unit;
const std::string kFolder = std::string(BONGSU_SOURCE_DIR) + "/tests/golden/media/";

struct Camera {
    std::vector<media::BlockPtr> blocks;
    media::Format format;
};

Camera camera_of(const std::string& name) {
    const auto sdp = read_file(kFolder + name + ".sdp");
    const auto track = media::parse_camera_sdp(media::as_text(sdp));
    EXPECT_TRUE(track) << name;
    const auto film = show(*track, read_capture(kFolder + name + ".rtp"));
    EXPECT_EQ(film.blocks.size(), 20U) << name;
    return {film.blocks, film.parts.back().format};
}

int run(const std::string& command) { return std::system(command.c_str()); }  // tidy-ok: a test's own command

/// A film as ffmpeg decodes it, raw 4:2:0.
Buffer pixels_of(const std::string& path) {
    const auto raw = path + ".yuv";
    EXPECT_EQ(run("ffmpeg -v error -y -i " + path + " -pix_fmt yuv420p -fps_mode passthrough -f rawvideo " + raw), 0) << path;
    auto out = read_file(raw);
    ::unlink(raw.c_str());
    return out;
}

double psnr_of(std::span<const std::uint8_t> one, std::span<const std::uint8_t> other) {
    double sum = 0;
    for (std::size_t i = 0; i < one.size(); ++i) sum += (one[i] - other[i]) * (one[i] - other[i]);
    return sum == 0 ? 99 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(one.size()) / sum);
}

struct Shown {
    std::uint32_t id;
    bool key;
    Buffer bytes;
};

/// One stream through the transcoder, unit by unit, on the test's own loop.
struct Stream {
    boost::asio::io_context& loop;
    std::shared_ptr<Connection> connection;
    bool accepted = false;
    std::optional<Error> error;
    std::vector<Shown> pictures;
    std::vector<Answer> done;
    std::uint32_t next_id = 0;

    Stream(boost::asio::io_context& on, const std::string& path) : loop(on) {
        connection = std::make_shared<Connection>(loop, path,
                                                  Connection::Events{.accepted = [this] { accepted = true; },
                                                                     .picture =
                                                                         [this](const Answer& answer, std::span<const std::uint8_t> bytes) {
                                                                             pictures.push_back({answer.id, answer.key, {bytes.begin(), bytes.end()}});
                                                                         },
                                                                     .done = [this](const Answer& answer) { done.push_back(answer); },
                                                                     .writable = [] {},
                                                                     .ended = [this](const Error& why) { error = why; }});
        connection->open();
        wait([this] { return accepted; });
    }
    ~Stream() { connection->close(); }

    template <class Holds>
    bool wait(Holds holds) {
        const auto until = std::chrono::steady_clock::now() + 20s;  // tidy-ok: a test's own deadline on the real loop
        while (!holds() && !error && std::chrono::steady_clock::now() < until) loop.run_one_for(20ms);  // tidy-ok: the same
        return holds();
    }
    /// Sends a picture and waits until it was looked at.
    bool show(const media::Block& block, Unit unit = {}) {
        if (!wait([this] { return connection->can_send(); })) return false;
        unit.id = next_id++;
        unit.rtp_time = block.rtp_time;
        unit.key = block.key;
        const auto before = done.size();
        return connection->send(unit, block) && wait([&] { return done.size() > before; });
    }
    std::string write_film(const std::string& name) const {
        const auto path = testing::TempDir() + name + "-" + std::to_string(::getpid()) + ".h264";
        std::ofstream file(path, std::ios::binary);
        for (const auto& picture : pictures) file.write(reinterpret_cast<const char*>(picture.bytes.data()), static_cast<std::streamsize>(picture.bytes.size()));
        return path;
    }
};

class MediaTranscode : public KeeperTest {
  protected:
    void start(KeeperLimits limits = {}) {
        serve([&](int fd) { return transcode::run_transcoder(fd, limits); });
    }
    std::vector<pid_t> children() const {
        std::ifstream file("/proc/" + std::to_string(keeper_) + "/task/" + std::to_string(keeper_) + "/children");
        std::vector<pid_t> out;
        for (pid_t pid = 0; file >> pid;) out.push_back(pid);
        return out;
    }
    bool lives() const { return ::waitpid(keeper_, nullptr, WNOHANG) == 0; }
    static std::string field(pid_t pid, const std::string& name) {
        std::ifstream status("/proc/" + std::to_string(pid) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with(name)) return line.substr(line.size() - 1);
        }
        return {};
    }

    boost::asio::io_context loop_;
};

TEST_F(MediaTranscode, AFilmOfH265IsTheSameFilmInH264) {
    start({.transcodes = 3});
    const auto original = pixels_of(kFolder + "h265.h265");
    for (const auto* name : {"h265_ffmpeg", "h265_gstreamer", "h265_sdp_only"}) {
        Stream stream(loop_, path_);
        ASSERT_TRUE(stream.accepted) << (stream.error ? stream.error->message : "");
        const auto camera = camera_of(name);
        for (const auto& block : camera.blocks) ASSERT_TRUE(stream.show(*block)) << name;
        ASSERT_EQ(stream.pictures.size(), camera.blocks.size()) << name;
        for (std::size_t i = 0; i < stream.pictures.size(); ++i) EXPECT_EQ(stream.pictures[i].id, i) << name;
        EXPECT_TRUE(stream.pictures.front().key);
        const auto path = stream.write_film(name);
        const auto made = pixels_of(path);
        ::unlink(path.c_str());
        ASSERT_EQ(made.size(), original.size()) << name;
        const std::size_t one = original.size() / camera.blocks.size();
        for (std::size_t at = 0; at < original.size(); at += one) EXPECT_GT(psnr_of(std::span(made).subspan(at, one), std::span(original).subspan(at, one)), 30) << name << " picture " << at / one;
    }
    const auto kids = children();
    EXPECT_LE(kids.size(), 1U) << "those whose streams ended are gone, or about to be";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // Which need calls that no sandbox allows.
    for (const auto* what : {"Seccomp:", "NoNewPrivs:"}) EXPECT_EQ(field(keeper_, what), std::string_view(what) == "Seccomp:" ? "2" : "1");
#endif
}

TEST_F(MediaTranscode, AKeyPictureComesEachTwoSecondsAndWhenItIsAskedFor) {
    start();
    Stream stream(loop_, path_);
    auto camera = camera_of("h265_ffmpeg");
    // Three times round: six seconds of 10 pictures a second, whose clock runs on.
    std::vector<std::uint32_t> keys;
    for (std::uint32_t i = 0; i < 60; ++i) {
        auto block = std::make_shared<media::Block>(*camera.blocks[i % 20]);
        block->rtp_time = i * 9'000;
        ASSERT_TRUE(stream.show(*block, {.key_wanted = i == 33}));
    }
    for (const auto& picture : stream.pictures) {
        if (picture.key) keys.push_back(picture.id);
    }
    EXPECT_EQ(keys, (std::vector<std::uint32_t>{0, 20, 33, 53}));
    for (const auto& picture : stream.pictures) {
        const auto units = media::split_annex_b(picture.bytes);
        const auto has = [&](std::uint8_t type) { return std::any_of(units.begin(), units.end(), [&](media::Bytes unit) { return media::nal::type(unit[0]) == type; }); };
        EXPECT_EQ(has(media::nal::kIdr), picture.key);
        EXPECT_EQ(has(media::nal::kSps) && has(media::nal::kPps), picture.key);
    }
}

TEST_F(MediaTranscode, WhatIsNotShownIsDecodedAllTheSame) {
    start();
    Stream stream(loop_, path_);
    const auto camera = camera_of("h265_ffmpeg");
    for (std::size_t i = 0; i < camera.blocks.size(); ++i) ASSERT_TRUE(stream.show(*camera.blocks[i], {.shown = i == 0 || i == 15}));
    ASSERT_EQ(stream.pictures.size(), 2U);
    EXPECT_EQ(stream.pictures[1].id, 15U);
    const auto path = stream.write_film("two");
    const auto made = pixels_of(path), original = pixels_of(kFolder + "h265.h265");
    ::unlink(path.c_str());
    const std::size_t one = original.size() / 20;
    ASSERT_EQ(made.size(), 2 * one);
    const auto likeness = [&](std::size_t of) { return psnr_of(std::span(made).subspan(one), std::span(original).subspan(of * one, one)); };
    for (std::size_t of = 0; of < 20; ++of) EXPECT_LE(likeness(of), likeness(15)) << of;
    EXPECT_GT(likeness(15), 27) << "a picture's change after another film's worth of motion";
}

/// Blocks of a film that ffmpeg makes by libx265.
std::vector<media::BlockPtr> film_of(const std::string& source, const std::string& options) {
    const auto path = testing::TempDir() + "big-" + std::to_string(::getpid()) + ".h265";
    const auto command = "ffmpeg -v error -y -f lavfi -i " + source + " " + options + " -c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=0:pools=1 -f hevc " + path;
    EXPECT_EQ(run(command), 0) << command;
    const auto bytes = read_file(path);
    ::unlink(path.c_str());
    std::vector<media::BlockPtr> out;
    std::shared_ptr<media::Block> block;
    for (const auto unit : media::split_annex_b(bytes)) {
        if (!block) block = std::make_shared<media::Block>();
        media::h265::append_nal(*block, unit);
        if (!media::h265::is_picture(media::h265::type(unit[0]))) continue;
        block->key = media::h265::is_key(media::h265::type(unit[0]));
        block->rtp_time = static_cast<std::uint32_t>(out.size()) * 3'600;
        media::write_headers(*block, {.timestamp = block->rtp_time});
        out.push_back(std::exchange(block, nullptr));
    }
    return out;
}

TEST_F(MediaTranscode, LargePicturesAreMadeSmallerAndKeepTheirShape) {
    start({.transcodes = 3});
    const struct {
        const char *source, *format;
        int width, height;
    } kCases[]{{"testsrc2=s=1920x1080:r=25", "yuv420p", 1280, 720}, {"testsrc2=s=1080x1920:r=25", "yuv420p", 404, 720},
               {"testsrc2=s=1366x768:r=25", "yuv420p10le", 1280, 718},  {"testsrc2=s=640x360:r=25", "yuvj420p", 640, 360}};
    for (const auto& one : kCases) {
        Stream stream(loop_, path_);
        for (const auto& block : film_of(one.source, "-frames:v 5 -pix_fmt " + std::string(one.format))) ASSERT_TRUE(stream.show(*block)) << one.source;
        ASSERT_EQ(stream.pictures.size(), 5U) << one.source;
        const auto sps = media::split_annex_b(stream.pictures.front().bytes).front();
        const auto size = media::parse_sps(sps);
        ASSERT_TRUE(size) << one.source;
        EXPECT_EQ(size->width, one.width) << one.source;
        EXPECT_EQ(size->height, one.height) << one.source;
        EXPECT_EQ(sps[1], 66) << "baseline";
        EXPECT_NE(sps[2] & 0x40, 0) << "constrained";
    }
}

TEST_F(MediaTranscode, BeyondTheBudgetIsRefusedAndAPlaceThatComesFreeIsGiven) {
    start({.transcodes = 2});
    auto first = std::make_unique<Stream>(loop_, path_), second = std::make_unique<Stream>(loop_, path_);
    EXPECT_TRUE(first->accepted && second->accepted);
    Stream third(loop_, path_);
    EXPECT_FALSE(third.accepted);
    ASSERT_TRUE(third.error);
    EXPECT_EQ(third.error->kind, ErrorKind::exhausted);
    first.reset();
    Stream fourth(loop_, path_);
    EXPECT_TRUE(fourth.accepted);
    EXPECT_TRUE(second->show(*camera_of("h265_ffmpeg").blocks.front()));
}

media::BlockPtr mutated(const media::Block& good, std::mt19937& chance) {
    auto block = std::make_shared<media::Block>(good);
    const auto count = 1 + chance() % 20;
    for (unsigned i = 0; i < count; ++i) {
        const auto& span = block->packets[chance() % block->packets.size()];
        if (span.size <= 15) continue;
        // Beyond RTP's header and what says where a unit begins: those never reach the transcode wrong.
        block->bytes[span.offset + 15 + chance() % (span.size - 15)] = static_cast<std::uint8_t>(chance());
    }
    return block;
}

TEST_F(MediaTranscode, HostilePicturesHarmNobodyElses) {
    start({.transcodes = 2});
    std::mt19937 chance(2026);
    const auto camera = camera_of("h265_gstreamer");
    Stream good(loop_, path_);
    auto bad = std::make_unique<Stream>(loop_, path_);
    std::vector<Buffer> first;
    unsigned odd = 0, died = 0;
    for (unsigned i = 0; i < 200; ++i) {
        if (bad->error) {
            ++died;
            bad = std::make_unique<Stream>(loop_, path_);
            ASSERT_TRUE(bad->accepted);
        }
        const auto& block = *camera.blocks[i % 20];
        if (bad->show(*mutated(block, chance)) && bad->done.back().outcome != Outcome::ok) ++odd;
        auto again = std::make_shared<media::Block>(block);
        again->rtp_time = i * 9'000;
        ASSERT_TRUE(good.show(*again)) << i << ": " << (good.error ? good.error->message : "");
    }
    std::printf("%u of 200 could not be decoded, %u processes died\n", odd, died);
    EXPECT_GT(odd, 20U);
    ASSERT_EQ(good.pictures.size(), 200U);
    const auto path = good.write_film("beside");
    const auto made = pixels_of(path), original = pixels_of(kFolder + "h265.h265");
    ::unlink(path.c_str());
    const std::size_t one = original.size() / 20;
    ASSERT_EQ(made.size(), 200 * one);
    for (std::size_t i = 0; i < 200; ++i) EXPECT_GT(psnr_of(std::span(made).subspan(i * one, one), std::span(original).subspan(i % 20 * one, one)), 30) << i;
    EXPECT_TRUE(lives());
}

TEST_F(MediaTranscode, HostileBytesOnItsSocketEndThatStreamAlone) {
    start({.transcodes = 2});
    Stream good(loop_, path_);
    const auto camera = camera_of("h265_ffmpeg");
    std::mt19937 chance(7);
    for (int i = 0; i < 50; ++i) {
        const int raw = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::strncpy(at.sun_path, path_.c_str(), sizeof at.sun_path - 1);
        ASSERT_EQ(::connect(raw, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
        Buffer bytes(chance() % 300);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(chance());
        if (i % 2 == 0) {
            const auto head = write(Unit{.id = 1, .bytes = static_cast<std::uint32_t>(1 + chance() % 200)});
            bytes.insert(bytes.begin(), head.begin(), head.end());
        }
        (void)::send(raw, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        ::close(raw);
    }
    EXPECT_TRUE(good.show(*camera.blocks.front()));
    EXPECT_EQ(good.pictures.size(), 1U);
    EXPECT_TRUE(lives());
}

TEST_F(MediaTranscode, AStreamThatNeedsTooMuchMemoryEndsAlone) {
    start({.memory = 1U << 20});
    Stream stream(loop_, path_);
    for (const auto& block : film_of("testsrc2=s=1920x1080:r=25", "-frames:v 3 -pix_fmt yuv420p")) (void)stream.show(*block);
    EXPECT_TRUE(stream.pictures.empty());
    EXPECT_TRUE(lives());
}

/// A camera's stream with its stand-in, on the test's own loop.
struct Watched {
    boost::asio::io_context& loop;
    Counters counters;
    hub::Stream original;
    Camera camera = camera_of("h265_gstreamer");
    std::unique_ptr<StandIn> stand_in;
    std::optional<hub::Cursor> viewer;
    std::uint32_t shown = 0;
    std::vector<media::BlockPtr> seen;
    unsigned lost = 0;

    Watched(boost::asio::io_context& on, const std::string& path, StandInLimits limits = {}) : loop(on) {
        original.set_format(camera.format);
        stand_in = std::make_unique<StandIn>(StandIn::Given{loop, env::process_env().clock, counters, path, CameraId{"A"}, [this] { return &original; }}, limits);
        viewer.emplace(stand_in->stream(), [this] {
            if (!stand_in->stream().live()) ++lost;
            while (auto block = viewer->next(now())) seen.push_back(std::move(block));
        });
    }
    static MonoTime now() { return env::process_env().clock.mono(); }
    void show() {
        auto block = std::make_shared<media::Block>(*camera.blocks[shown % 20]);
        block->rtp_time = shown++ * 9'000;
        block->received = now();
        original.publish(std::move(block));
    }
    /// A picture each 20 ms until it holds.
    template <class Holds>
    bool play_until(Holds holds, std::chrono::seconds most = 20s) {
        const auto until = now() + most;
        while (!holds()) {
            if (now() > until) return false;
            show();
            for (const auto next = now() + 20ms; now() < next;) loop.run_one_for(std::chrono::duration_cast<std::chrono::milliseconds>(next - now()) + 1ms);
        }
        return true;
    }
};

TEST_F(MediaTranscode, AViewersStreamIsThatOfTheCameraWithItsTimes) {
    start();
    EXPECT_TRUE(Stream(loop_, path_).accepted);
    Watched watched(loop_, path_);
    for (int i = 0; i < 12; ++i) watched.show();
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 100; }));
    EXPECT_TRUE(watched.seen.front()->key);
    EXPECT_EQ(watched.seen.front()->rtp_time % (8 * 9'000), 0U) << "the key picture that lay in the ring";
    EXPECT_EQ(watched.stand_in->stream().format().codec, media::Codec::h264);
    EXPECT_EQ(watched.stand_in->stream().format().width, 64);
    for (std::size_t i = 1; i < watched.seen.size(); ++i) {
        EXPECT_GT(static_cast<std::int32_t>(watched.seen[i]->rtp_time - watched.seen[i - 1]->rtp_time), 0);
        EXPECT_GE(watched.seen[i]->received, watched.seen[i - 1]->received);
        EXPECT_EQ(media::read_u16(watched.seen[i]->packet(0).data() + 2),
                  static_cast<std::uint16_t>(media::read_u16(watched.seen[i - 1]->packet(0).data() + 2) + watched.seen[i - 1]->packets.size()));
    }
    EXPECT_GT(watched.counters.hurried, 0U) << "the rest of the ring was not shown";
    EXPECT_EQ(watched.counters.running, 1U);
    EXPECT_EQ(watched.counters.behind, 0U);
}

TEST_F(MediaTranscode, ATranscodeThatIsKilledIsBack) {
    start();
    Watched watched(loop_, path_);
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 20; }));
    for (const auto child : children()) ::kill(child, SIGKILL);
    ASSERT_TRUE(watched.play_until([&] { return watched.counters.died == 1; }));
    EXPECT_GE(watched.lost, 1U) << "a lost camera, and nothing old shown as live";
    watched.seen.clear();
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 20; }, 5s));
    EXPECT_TRUE(watched.seen.front()->key);
    EXPECT_EQ(watched.counters.running, 1U);
    EXPECT_TRUE(lives());
}

TEST_F(MediaTranscode, ATranscodeThatHangsIsKilledAndBack) {
    start();
    Watched watched(loop_, path_, {.answer = 500ms});
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 20; }));
    const auto hanging = children();
    ASSERT_EQ(hanging.size(), 1U);
    ::kill(hanging.front(), SIGSTOP);
    ASSERT_TRUE(watched.play_until([&] { return watched.counters.died == 1; }));
    watched.seen.clear();
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 20; }, 5s));
    const auto after = children();
    EXPECT_EQ(std::find(after.begin(), after.end(), hanging.front()), after.end()) << "its place was needed";
}

TEST_F(MediaTranscode, TheNextTranscoderGoesOnWhereTheLastOneDied) {
    start();
    Watched watched(loop_, path_);
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 20; }));
    stop();
    ASSERT_TRUE(watched.play_until([&] { return watched.counters.died == 1; }));
    start();
    watched.seen.clear();
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 20; }));
}

TEST_F(MediaTranscode, ATranscodeThatFallsBehindDropsAndAddsNoDelay) {
    start();
    Watched watched(loop_, path_, {.answer = 10s});
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 20; }));
    const auto slow = children().front();
    // It stands still for longer than a late picture may be, then runs on.
    ::kill(slow, SIGSTOP);
    const auto since = Watched::now();
    ASSERT_TRUE(watched.play_until([&] { return Watched::now() - since > 2500ms; }));
    ::kill(slow, SIGCONT);
    watched.seen.clear();
    ASSERT_TRUE(watched.play_until([&] { return watched.seen.size() >= 40; }));
    EXPECT_GT(watched.counters.behind, 0U);
    EXPECT_EQ(watched.counters.died, 0U);
    EXPECT_LT(Watched::now() - watched.seen.back()->received, 500ms);
}

}  // namespace
}  // namespace bongsu::test
