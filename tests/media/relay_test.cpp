// Cameras of each codec through the way out by RTSP to players that nobody here wrote: their pictures are the
// encoder's.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "capture.hpp"
#include "env/posix.hpp"
#include "hub/stream.hpp"
#include "rtsp/test/certificate.hpp"
#include "view/rtsp_out.hpp"
#include "view/rtsps_listener.hpp"
#include "view/test/ways_fixture.hpp"

namespace bongsu::test {
namespace {

using namespace std::chrono_literals;

const std::string kFolder = std::string(BONGSU_SOURCE_DIR) + "/tests/golden/media/";

struct Camera {
    const char* capture;
    const char* film;
    const char* format;     ///< ffmpeg's name of the film's.
    const char* depayload;  ///< GStreamer's elements from RTP to raw pictures.
};

void PrintTo(const Camera& camera, std::ostream* out) { *out << camera.capture; }

class Relay : public testing::TestWithParam<Camera> {
  protected:
    void SetUp() override {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), size), 0);
        ASSERT_EQ(::listen(fd, 8), 0);
        ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), 0);
        url = "rtsp://x:ticket@127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/camera-1";
        view::RtspOut::Hooks hooks;
        hooks.admit = [](const CameraId&, const std::string&, const std::string&, const auto& done) {
            done(view::RtspOut::Admitted{});
        };
        hooks.open = [this](const CameraId&, const std::string&, const std::string&, const auto& done) {
            done(++leases);
        };
        hooks.stream = [this](const CameraId&, int) { return &stream; };
        out.emplace(loop, clock, random, fd, std::move(hooks));
        const view::test::PortPair ports;
        auto udp = view::RtspUdp::start(loop, clock, random, ports.rtp, ports.rtcp);
        ASSERT_TRUE(udp) << udp.error().message;
        out->serve_udp(*std::move(udp));
        serve_tls();
        const auto sdp = read_file(kFolder + std::string(GetParam().capture) + ".sdp");
        track = *media::parse_camera_sdp(media::as_text(sdp));
        packets = read_capture(kFolder + std::string(GetParam().capture) + ".rtp");
    }

    /// The same under TLS, with a certificate that its viewers get as their authority.
    void serve_tls() {
        std::uint16_t port = 0;
        const int fd = view::test::listen_on("127.0.0.1", port);
        tls_url = "rtsps://x:ticket@127.0.0.1:" + std::to_string(port) + "/camera-1";
        const auto certificate = rtsp::test::make_certificate("IP:127.0.0.1");
        ca_file = testing::TempDir() + "bongsu-relay-" + std::to_string(::getpid()) + ".pem";
        std::ofstream(ca_file) << certificate.pem;
        const auto identity = rtsp::TlsIdentity::make(certificate.pem, certificate.key_pem);
        ASSERT_TRUE(identity) << identity.error().message;
        tls.emplace(loop, clock, fd, *identity, [this](auto socket, auto agreed) { out->adopt(socket.release(), std::move(agreed)); });
    }
    void TearDown() override { std::filesystem::remove(ca_file); }

    /// What ffmpeg sees by these words, each picture as the encoder's own film has it.
    void expect_film(const std::string& words) {
        const auto [direct, wanted] =
            run_beside(std::string("ffmpeg -v error -f ") + GetParam().format + " -i " + kFolder +
                       GetParam().film + " -fps_mode passthrough -f framemd5 -");
        ASSERT_EQ(direct, 0) << wanted;

        const auto [code, printed] = run_beside("timeout 20 ffmpeg -v error " + words + " -frames:v 12 -fps_mode passthrough -f framemd5 -");

        EXPECT_EQ(code, 0) << printed;
        const auto known = digests_of(wanted), seen = digests_of(printed);
        EXPECT_GE(seen.size(), 5U) << printed;
        for (const auto& digest : seen) EXPECT_EQ(known.count(digest), 1U) << printed;
    }
    void expect_gstreamer_decodes(const std::string& source) {
        const auto [code, printed] = run_beside("timeout 20 gst-launch-1.0 -q rtspsrc " + source + " latency=0 ! " + GetParam().depayload +
                                                " ! video/x-raw,width=64,height=64 ! fakesink num-buffers=10");

        EXPECT_EQ(code, 0) << printed;
        EXPECT_EQ(printed, "");
    }

    /// The next packets up to a picture's end; the film begins anew behind its last one, as with a new
    /// connection.
    void show_picture() {
        if (next_packet == 0) builder.restart(track.payload_type, track.format);
        const auto before = blocks;
        while (next_packet < packets.size() && blocks == before)
            builder.add(packets[next_packet++], clock.mono());
        if (next_packet == packets.size()) next_packet = 0;
    }

    /// Runs a program while the camera shows a picture each 20 ms; answers its exit code and what it printed.
    std::pair<int, std::string> run_beside(const std::string& command) {
        std::string printed;
        int code = -1;
        std::atomic<bool> over = false;
        std::thread other([&] {
            FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");  // tidy-ok: a real player, in a test
            std::array<char, 4096> part{};
            while (std::fgets(part.data(), part.size(), pipe)) printed += part.data();
            code = ::pclose(pipe);
            over = true;
        });
        while (!over) {
            show_picture();
            const MonoTime next = clock.mono() + 20ms;
            while (clock.mono() < next) loop.run_one_for(5ms);
        }
        other.join();
        return {code, printed};
    }

    static std::set<std::string> digests_of(const std::string& framemd5) {
        std::set<std::string> found;
        std::istringstream lines(framemd5);
        for (std::string line; std::getline(lines, line);) {
            // Beside digests ffmpeg says, say, that it does not like the one table that its own muxer sends.
            if (line.starts_with("0,")) found.insert(line.substr(line.rfind(' ') + 1));
        }
        return found;
    }

    env::PosixClock clock;
    env::PosixRandom random;
    boost::asio::io_context loop;
    hub::Stream stream;
    std::optional<view::RtspOut> out;
    std::optional<view::RtspsListener> tls;
    std::string url, tls_url, ca_file;
    std::uint64_t leases = 0, blocks = 0;
    media::CameraTrack track;
    std::vector<Buffer> packets;
    std::size_t next_packet = 0;
    ingest::BlockBuilder builder{
        77,
        {.on_block =
             [this](media::BlockPtr block) {
                 ++blocks;
                 stream.publish(std::move(block));
             },
         .on_format = [this](const media::Format& format) { stream.set_format(format); }}};
};

TEST_P(Relay, FfmpegSeesTheEncodersPictures) { expect_film("-rtsp_transport tcp -i '" + url + "'"); }

/// Debian's VLC has no RTSP of this kind; it plays HLS (integration_hls).
TEST_P(Relay, MpvShowsThem) {
    for (const auto* transport : {"tcp", "udp"}) {
        const auto [code, said] = run_beside("timeout 20 mpv --no-config --vo=null --ao=null --frames=10 --untimed --rtsp-transport=" + std::string(transport) + " '" + url + "'");

        EXPECT_EQ(code, 0) << said;
        EXPECT_NE(said.find("64x64"), std::string::npos) << said;
        EXPECT_NE(said.find("Exiting... (End of file)"), std::string::npos) << said;
    }
}

TEST_P(Relay, FfmpegSeesThemOverUdp) {
    expect_film("-rtsp_transport udp -i '" + url + "'");

    EXPECT_GE(out->udp()->counters().packets, 12U);
    EXPECT_EQ(out->udp()->counters().dropped, 0U);
}

/// Its RTSP takes no authority (5.1) and believes anybody; the viewer below does not.
TEST_P(Relay, FfmpegSeesThemUnderTls) {
    expect_film("-i '" + tls_url + "'");

    EXPECT_EQ(tls->counters().secured, 1U);
}

TEST_P(Relay, GstreamerDecodesThem) { expect_gstreamer_decodes("location='" + url + "' protocols=tcp"); }

TEST_P(Relay, GstreamerDecodesThemOverUdp) {
    expect_gstreamer_decodes("location='" + url + "' protocols=udp");

    EXPECT_GE(out->udp()->counters().packets, 10U);
}

TEST_P(Relay, GstreamerDecodesThemUnderTlsByTheRightAuthorityAlone) {
    const auto watch = [&](const std::string& authority) {
        return run_beside("/usr/bin/python3 " BONGSU_SOURCE_DIR "/tests/media/gst_viewer.py '" + tls_url + "' '" + authority + "' '" +
                          GetParam().depayload + " ! video/x-raw,width=64,height=64'");
    };
    const auto other = ca_file + ".other";
    std::ofstream(other) << rtsp::test::make_certificate("IP:127.0.0.1").pem;

    const auto [code, printed] = watch(ca_file);
    const auto [refused, why] = watch(other);
    std::filesystem::remove(other);

    EXPECT_EQ(code, 0) << printed;
    EXPECT_NE(refused, 0);
    EXPECT_NE(why.find("Failed to connect"), std::string::npos) << why;
    EXPECT_EQ(tls->counters().secured, 1U);
    EXPECT_EQ(tls->counters().failed, 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Cameras, Relay,
    // Not h264_gstreamer: rtph264pay puts parameter sets before each slice of a key picture, and ffmpeg takes
    // that for two pictures.
    testing::Values(Camera{"h264_ffmpeg", "h264.h264", "h264", "rtph264depay ! h264parse ! avdec_h264"},
                    Camera{"h265_gstreamer", "h265.h265", "hevc", "rtph265depay ! h265parse ! avdec_h265"},
                    Camera{"h265_sdp_only", "h265.h265", "hevc", "rtph265depay ! h265parse ! avdec_h265"},
                    Camera{"jpeg_ffmpeg", "jpeg.mjpeg", "mjpeg", "rtpjpegdepay ! jpegdec"},
                    Camera{"jpeg_restart", "slices.mjpeg", "mjpeg", "rtpjpegdepay ! jpegdec"},
                    Camera{"jpeg_once", "jpeg.mjpeg", "mjpeg", "rtpjpegdepay ! jpegdec"}),
    [](const auto& parameter) { return std::string(parameter.param.capture); });

}  // namespace
}  // namespace bongsu::test
