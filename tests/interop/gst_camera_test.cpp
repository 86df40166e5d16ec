// gst-rtsp-server as the camera: its pictures arrive by TCP, UDP and TLS, byte for byte those of the film.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "env/posix.hpp"
#include "ingest/supervisor.hpp"
#include "interop/child.hpp"
#include "interop/film.hpp"
#include "rtsp/test/certificate.hpp"

namespace bongsu::interop {
namespace {

using namespace std::chrono_literals;

class GstCamera : public testing::Test {
  protected:
    static void SetUpTestSuite() { film = new Film(make_film(12)); }
    static void TearDownTestSuite() {
        delete film;
        film = nullptr;
    }
    void SetUp() override { ASSERT_EQ(film->pictures.size(), 300U) << "ffmpeg with libx264 is needed"; }

    void serve(std::vector<std::string> options = {}) {
        options.insert(options.begin(), {"/usr/bin/python3", BONGSU_SOURCE_DIR "/tests/interop/gst_camera.py", film->mkv});
        camera.emplace(options);
        const auto ready = camera->line();
        ASSERT_TRUE(ready.starts_with("ready ")) << "python3-gi and gir1.2-gst-rtsp-server-1.0 are needed; it said: " << ready;
        port = ready.substr(6);
    }
    void pull(const std::string& scheme, rtsp::Transport transport, const rtsp::TlsProof& proof = {}, const std::string& user = "",
              ingest::PullSettings settings = {}) {
        pulls.emplace(loop, clock, random,
                      ingest::Hooks{.on_state = [this](const CameraId&, const ingest::Health& health) { cause = health.words; },
                                    .ticket_wanted = {}},
                      std::move(settings));
        pulls->set_cameras({{.id = id,
                             .main_url = scheme + "://" + user + "127.0.0.1:" + port + "/live",
                             .sub_url = "",
                             .mode = ingest::Mode::always,
                             .transport = transport,
                             .tls = proof}});
        cursor.emplace(*pulls->find(id, 0), [] {});
    }
    template <class Holds>
    bool runs_until(Holds holds, std::chrono::seconds most = 30s) {
        const MonoTime end = clock.mono() + most;
        while (!holds()) {
            if (clock.mono() > end) return false;
            loop.run_one_for(10ms);
            while (auto block = cursor->next(clock.mono())) seen.push_back(digest_of_block(*block));
        }
        return true;
    }
    /// 100 pictures, each a picture of the film, in the film's order; by TCP from its first one on without a gap.
    void expect_the_film(bool lossless) {
        ASSERT_TRUE(runs_until([&] { return seen.size() >= 100; })) << seen.size() << " pictures; " << cause;
        auto at = film->pictures.begin();
        std::size_t skipped = 0;
        for (const auto& picture : seen) {
            const auto found = std::find(at, film->pictures.end(), picture);
            ASSERT_NE(found, film->pictures.end()) << "a picture that the film does not have there";
            skipped += static_cast<std::size_t>(found - at);
            at = found + 1;
        }
        EXPECT_LE(skipped, lossless ? 0U : 25U);
        EXPECT_EQ(pulls->totals().packets_malformed, 0U);
    }
    media::CameraClock::State clock_state() {
        media::CameraClock::State out;
        pulls->for_each_puller([&](const CameraId&, int, const ingest::CameraPuller& puller) { out = puller.rtp().clock().state(); });
        return out;
    }

    static Film* film;
    const CameraId id{"gst"};
    env::PosixClock clock;
    env::PosixRandom random;
    boost::asio::io_context loop;
    std::optional<Child> camera;
    std::string port, cause;
    std::optional<ingest::Supervisor> pulls;
    std::optional<hub::Cursor> cursor;
    Digests seen;
};
Film* GstCamera::film = nullptr;

TEST_F(GstCamera, ByTcp) {
    serve();
    pull("rtsp", rtsp::Transport::tcp);
    expect_the_film(true);
    EXPECT_EQ(pulls->totals().udp_streams, 0U);
    // It reports the time of this very machine.
    ASSERT_TRUE(runs_until([&] { return clock_state().offset.has_value(); }));
    EXPECT_LT(std::chrono::abs(*clock_state().offset), 500ms);
    EXPECT_EQ(pulls->totals().rtcp_malformed, 0U);
}

TEST_F(GstCamera, ByUdp) {
    serve();
    pull("rtsp", rtsp::Transport::udp);
    expect_the_film(false);
    EXPECT_EQ(pulls->totals().udp_streams, 1U);
    ASSERT_TRUE(runs_until([&] { return clock_state().offset.has_value(); }));
    EXPECT_LT(std::chrono::abs(*clock_state().offset), 500ms);
}

TEST_F(GstCamera, ByTlsWithAFingerprint) {
    const auto certificate = rtsp::test::make_certificate("IP:127.0.0.1");
    const auto path = (film->folder / "camera.pem").string();
    std::ofstream(path) << certificate.pem << certificate.key_pem;
    serve({"--certificate", path});
    pull("rtsps", rtsp::Transport::tcp, {.sha256 = certificate.sha256});
    expect_the_film(true);
}

TEST_F(GstCamera, ByTlsWithAnAuthority) {
    const auto certificate = rtsp::test::make_certificate("IP:127.0.0.1");
    const auto path = (film->folder / "camera.pem").string();
    std::ofstream(path) << certificate.pem << certificate.key_pem;
    serve({"--certificate", path});
    ingest::PullSettings settings;
    settings.tls_trust = *rtsp::TlsTrust::make(certificate.pem);
    pull("rtsps", rtsp::Transport::tcp, {}, "", settings);
    expect_the_film(true);
}

TEST_F(GstCamera, ByTlsWithAnotherFingerprintNothingArrives) {
    const auto certificate = rtsp::test::make_certificate("IP:127.0.0.1");
    const auto path = (film->folder / "camera.pem").string();
    std::ofstream(path) << certificate.pem << certificate.key_pem;
    serve({"--certificate", path});
    pull("rtsps", rtsp::Transport::tcp, {.sha256 = std::string(64, '0')});
    ASSERT_TRUE(runs_until([&] { return cause.starts_with("tls: "); }));
    EXPECT_TRUE(seen.empty());
}

TEST_F(GstCamera, AutomaticTakesUdpAndWhereThatIsRefusedTcp) {
    serve();
    pull("rtsp", rtsp::Transport::automatic);
    expect_the_film(false);
    EXPECT_EQ(pulls->totals().udp_streams, 1U);
    seen.clear();
    cursor.reset();
    pulls.reset();
    serve({"--protocols", "tcp"});
    pull("rtsp", rtsp::Transport::automatic);
    expect_the_film(true);
    EXPECT_EQ(pulls->totals().udp_streams, 0U);
}

TEST_F(GstCamera, WithDigestAndWithAWrongPassword) {
    serve({"--user", "admin", "--password", "right"});
    pull("rtsp", rtsp::Transport::tcp, {}, "admin:right@");
    expect_the_film(true);
    seen.clear();
    cursor.reset();
    pulls.reset();
    pull("rtsp", rtsp::Transport::tcp, {}, "admin:wrong@");
    ASSERT_TRUE(runs_until([&] { return cause == "the camera refuses the user name or password"; })) << cause;
}

TEST_F(GstCamera, ItsEndIsSeenAndItsReturnToo) {
    serve();
    pull("rtsp", rtsp::Transport::tcp);
    ASSERT_TRUE(runs_until([&] { return seen.size() >= 10; }));
    camera.reset();
    ASSERT_TRUE(runs_until([&] { return pulls->totals().streaming == 0; }));
    EXPECT_FALSE(cause.empty());
    while (cursor->next(clock.mono())) {
    }
    seen.clear();
    serve({"--port", port});
    const auto back = clock.mono();
    ASSERT_TRUE(runs_until([&] { return !seen.empty(); }));
    EXPECT_LT(clock.mono() - back, 5s);
}

}  // namespace
}  // namespace bongsu::interop
