#include "view/hls_out.hpp"

#include <gtest/gtest.h>

#include "view/gate_door.hpp"
#include "view/test/gate_fixture.hpp"
#include "view/test/picture.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
using test::kFormat;
using test::picture;

struct HlsOutTest : test::GateFixture {
    void SetUp() override {
        GateFixture::SetUp();
        door = std::make_unique<GateDoor>(env, *gate, [](const CameraId&) { return true; });
        hls = std::make_unique<HlsOut>(HlsOut::Tools{loop, env, *door}, HlsOut::Hooks{[this](const CameraId& id, int height) {
                                                                                         asked_height = height;
                                                                                         return id == camera ? &stream : nullptr;
                                                                                     },
                                                                                     {[this](const CameraId&, int) { return has_other ? &made : nullptr; }},
                                                                                     "0-"});
        stream.set_format(kFormat);
    }
    void TearDown() override { hls.reset(); }

    void turn() {
        for (int i = 0; i < 4; ++i) {
            loop.poll();
            loop.restart();
            if (spool->flush_due() && sync_spool) (void)spool->sync();
        }
    }
    /// Pictures at 25 a second, a key picture each second of them.
    void play(int count, std::size_t size = 100) {
        for (int i = 0; i < count; ++i, ++pictures) {
            stream.publish(picture(static_cast<std::uint32_t>(pictures) * 3600, pictures % 25 == 0, size, clock.mono()));
            clock.advance(40ms);
            turn();
        }
    }
    http::Request request(std::string path) {
        http::Request out;
        out.method = "GET";
        out.path = std::move(path);
        out.remote = "127.0.0.1:" + std::to_string(5000 + ++requests);
        return out;
    }
    http::Request first(const std::string& ticket) {
        auto out = request("/hls/" + camera.value + "/index.m3u8");
        out.query["ticket"] = ticket;
        return out;
    }
    std::shared_ptr<std::optional<http::Response>> begin(const http::Request& asked) {
        auto out = std::make_shared<std::optional<http::Response>>();
        hls->handle(asked, [out](http::Response response) {
            EXPECT_FALSE(out->has_value());
            *out = std::move(response);
        });
        turn();
        return out;
    }
    http::Response ask(const http::Request& asked) {
        const auto out = begin(asked);
        EXPECT_TRUE(out->has_value()) << asked.path;
        return out->value_or(http::Response{0, "", "", {}});
    }
    /// The folder of the view that a ticket opens.
    std::string open(const std::string& ticket) { return folder_of(ask(first(ticket)).body); }
    static std::string folder_of(const std::string& playlist) {
        const auto at = playlist.find("../view/");
        EXPECT_NE(at, std::string::npos) << playlist;
        const auto end = playlist.find("/media.m3u8");
        return "/hls/" + playlist.substr(at + 3, end - at - 3);
    }
    static std::string body_of(const http::Response& response) {
        std::string out = response.body;
        for (const auto& piece : response.pieces) out += piece.bytes;
        return out;
    }
    http::Request reload(const std::string& folder, const std::string& segment, const std::string& part = "") {
        auto out = request(folder + "/media.m3u8");
        out.query["_HLS_msn"] = segment;
        if (!part.empty()) out.query["_HLS_part"] = part;
        return out;
    }

    boost::asio::io_context loop;
    hub::Stream stream, made;
    std::unique_ptr<GateDoor> door;
    std::unique_ptr<HlsOut> hls;
    int asked_height = -1, pictures = 0, requests = 0;
    bool sync_spool = true, has_other = true;
};

TEST_F(HlsOutTest, SwapsATicketForAViewAndServesWhatItsPlaylistNames) {
    play(60);

    const auto welcome = ask(first(good()));
    ASSERT_EQ(welcome.status, 200) << welcome.body;
    EXPECT_EQ(welcome.content_type, "application/vnd.apple.mpegurl");
    EXPECT_EQ(welcome.headers.at("Cache-Control"), "no-store");
    EXPECT_EQ(asked_height, 360);
    const std::string folder = folder_of(welcome.body);
    EXPECT_EQ(folder.size(), std::string("/hls/view/0-").size() + 22);
    EXPECT_EQ(of_kind("view.opened").size(), 1U);
    EXPECT_EQ(of_kind("view.opened")[0].way, "hls");
    play(30);

    const auto playlist = ask(request(folder + "/media.m3u8"));
    EXPECT_EQ(playlist.status, 200);
    EXPECT_NE(playlist.body.find("\n0.m4s\n"), std::string::npos) << playlist.body;
    EXPECT_EQ(playlist.body.find("ticket"), std::string::npos);
    const auto init = ask(request(folder + "/init-1.mp4")), segment = ask(request(folder + "/0.m4s")),
               part = ask(request(folder + "/0.0.m4s"));
    for (const auto* media : {&init, &segment, &part}) {
        EXPECT_EQ(media->status, 200);
        EXPECT_EQ(media->content_type, "video/mp4");
        EXPECT_EQ(media->headers.at("Cache-Control"), "private, no-store");
        EXPECT_EQ(media->headers.at("Accept-Ranges"), "bytes");
    }
    EXPECT_EQ(body_of(init).substr(4, 4), "ftyp");
    EXPECT_EQ(body_of(segment).substr(4, 4), "moof");
    EXPECT_TRUE(body_of(segment).starts_with(body_of(part)));
}

TEST_F(HlsOutTest, TwoViewersShareOneMuxerAndItsBytes) {
    play(60);
    const std::string one = open(good()), two = open(good());
    play(30);

    EXPECT_NE(one, two);
    EXPECT_EQ(stream.readers(), 1U);
    EXPECT_EQ(hls->muxers(), 1U);
    EXPECT_EQ(ask(request(one + "/0.0.m4s")).pieces[0].bytes.data(), ask(request(two + "/0.0.m4s")).pieces[0].bytes.data());
}

TEST_F(HlsOutTest, AColdCameraIsAskedForAndItsFirstSegmentWaitedFor) {
    const auto welcome = begin(first(good()));
    EXPECT_FALSE(*welcome);
    EXPECT_EQ(stream.readers(), 1U);
    play(1);
    ASSERT_TRUE(*welcome);
    const std::string folder = folder_of((*welcome)->body);
    const auto playlist = begin(request(folder + "/media.m3u8"));
    EXPECT_FALSE(*playlist);
    play(25);

    ASSERT_TRUE(*playlist);
    EXPECT_NE((*playlist)->body.find("#EXTINF:0.84000"), std::string::npos) << (*playlist)->body;
}

TEST_F(HlsOutTest, SaysUnavailableWithoutAPictureAndUsesNoTicketUp) {
    const std::string ticket = good();
    const auto none = begin(first(ticket));
    clock.advance(3s);
    hls->tick();
    ASSERT_TRUE(*none);
    EXPECT_EQ((*none)->status, 503);
    EXPECT_EQ(stream.readers(), 0U);
    EXPECT_TRUE(of_kind("view.opened").empty());

    play(30);
    EXPECT_EQ(ask(first(ticket)).status, 200);
}

TEST_F(HlsOutTest, SaysThatACodecIsNotSentAndUsesNoTicketUp) {
    const std::string ticket = good();
    has_other = false;
    stream.set_format({.codec = media::Codec::jpeg});
    play(2);

    const auto answer = ask(first(ticket));
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("/problems/codec_unsupported"), std::string::npos) << answer.body;
    EXPECT_TRUE(of_kind("view.opened").empty());
    EXPECT_EQ(stream.readers(), 0U);
    stream.lose();
    stream.set_format(kFormat);
    pictures = 0;
    play(2);
    EXPECT_EQ(ask(first(ticket)).status, 200);
}

TEST_F(HlsOutTest, APlayerThatDoesNotPlayTheCodecGetsTheOtherStream) {
    stream.set_format({.codec = media::Codec::h265});
    play(2);
    auto asked = first(good());
    asked.query["codecs"] = "avc1";
    const auto answer = begin(asked);
    EXPECT_FALSE(*answer);
    EXPECT_EQ(made.readers(), 1U);
    EXPECT_EQ(stream.readers(), 0U) << "it is not pulled for nobody";
    made.set_format(kFormat);
    made.publish(picture(3600, true, 100, clock.mono()));
    turn();
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 200);
    EXPECT_NE((*answer)->body.find("avc1."), std::string::npos) << (*answer)->body;
}

TEST_F(HlsOutTest, OfAJpegCameraEveryPlayerGetsTheSmallStream) {
    stream.set_format({.codec = media::Codec::jpeg});
    play(2);
    const auto answer = begin(first(good()));
    EXPECT_FALSE(*answer);
    made.set_format(kFormat);
    made.publish(picture(3600, true, 100, clock.mono()));
    turn();
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 200);
    EXPECT_NE((*answer)->body.find("avc1."), std::string::npos) << (*answer)->body;
    EXPECT_EQ(stream.readers(), 0U);
}

TEST_F(HlsOutTest, WhyTheOtherStreamIsNotToBeHadIsSaidAtOnceAndUsesNoTicketUp) {
    stream.set_format({.codec = media::Codec::h265});
    play(2);
    Error why{ErrorKind::unavailable, "all places for transcodes are taken", Where::here()};
    why.code = "transcode_busy";
    auto asked = first(good());
    asked.query["codecs"] = "avc1";
    const auto answer = begin(asked);
    EXPECT_FALSE(*answer);
    made.refuse(std::make_shared<const Error>(why));
    turn();
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 503);
    EXPECT_NE((*answer)->body.find("/problems/transcode_busy"), std::string::npos) << (*answer)->body;
    EXPECT_TRUE(of_kind("view.opened").empty());
    asked.query["codecs"] = "hvc1,avc1";
    made.refuse(nullptr);
    stream.lose();
    stream.set_format(kFormat);
    pictures = 0;
    play(2);
    EXPECT_EQ(ask(asked).status, 200) << "the same ticket, for a stream that is played";
    asked.query["codecs"] = std::string(40, 'a');
    EXPECT_EQ(ask(asked).status, 200) << "it finds its view again, whatever it plays";
    asked.query["ticket"] = good();
    EXPECT_EQ(ask(asked).status, 400);
}

TEST_F(HlsOutTest, AnswersOnlyAfterTheViewIsOnDisk) {
    play(30);
    sync_spool = false;
    const auto answer = begin(first(good()));
    EXPECT_FALSE(*answer);
    ASSERT_TRUE(spool->sync());
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 200);

    const auto late = begin(first(good()));
    clock.advance(3s);
    hls->tick();
    ASSERT_TRUE(*late);
    EXPECT_EQ((*late)->status, 503);
    ASSERT_TRUE(spool->sync());
    ASSERT_TRUE(spool->sync());
    EXPECT_EQ(hls->views(), 1U);
    EXPECT_EQ(of_kind("view.closed").back().reason, "viewer left before it was opened");
}

TEST_F(HlsOutTest, PlayersThatAskTwiceFindTheSameViewAndNobodyElse) {
    play(30);
    const std::string ticket = good();
    const std::string folder = open(ticket);

    EXPECT_EQ(open(ticket), folder);
    auto elsewhere = first(ticket);
    elsewhere.remote = "10.0.0.9:5000";
    EXPECT_EQ(ask(elsewhere).status, 401);
    clock.advance(9s);
    EXPECT_EQ(ask(request(folder + "/init-1.mp4")).status, 200);
    clock.advance(2s);
    EXPECT_EQ(ask(first(ticket)).status, 401);
    EXPECT_EQ(of_kind("view.opened").size(), 1U);
}

TEST_F(HlsOutTest, TwoAtOnceWithOneTicketAreOneView) {
    play(30);
    const std::string ticket = good();
    sync_spool = false;
    const auto one = begin(first(ticket)), two = begin(first(ticket));
    sync_spool = true;
    turn();

    ASSERT_TRUE(*one);
    ASSERT_TRUE(*two);
    EXPECT_EQ((*one)->status, 200);
    EXPECT_EQ((*two)->status, 200);
    EXPECT_EQ((*one)->body, (*two)->body);
    EXPECT_TRUE(of_kind("view.refused").empty());
    EXPECT_EQ(of_kind("view.opened").size(), 1U);
}

TEST_F(HlsOutTest, HeadLooksAndOpensNothing) {
    play(30);
    auto head = first(good());
    head.is_head = true;
    EXPECT_EQ(ask(head).status, 200);
    EXPECT_TRUE(of_kind("view.opened").empty());
    head.is_head = false;
    const std::string folder = open(head.query["ticket"]);
    play(30);
    auto media = request(folder + "/0.m4s");
    media.is_head = true;
    EXPECT_EQ(ask(media).status, 200);
    ask([&] {
        auto out = request(folder);
        out.method = "DELETE";
        return out;
    }());
    EXPECT_EQ(of_kind("view.closed").back().frames, 0U);
}

TEST_F(HlsOutTest, AReloadWaitsForThePartThatItNames) {
    play(30);
    const std::string folder = open(good());
    play(30);
    const auto edge = ask(request(folder + "/media.m3u8")).body;
    const auto hint = edge.find("URI=\"", edge.find("PRELOAD-HINT")) + 5;
    const std::string name = edge.substr(hint, edge.find('"', hint) - hint);
    const auto segment = name.substr(0, name.find('.')), number = name.substr(name.find('.') + 1, 1);
    const auto list = begin(reload(folder, segment, number)), part = begin(request(folder + "/" + name));
    EXPECT_FALSE(*list);
    EXPECT_FALSE(*part);
    EXPECT_EQ(hls->waiting(), 2U);

    play(8);

    ASSERT_TRUE(*list);
    EXPECT_NE((*list)->body.find("URI=\"" + name + "\""), std::string::npos);
    EXPECT_EQ((*list)->body.find("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"" + name), std::string::npos);
    ASSERT_TRUE(*part);
    EXPECT_EQ((*part)->status, 200);
    EXPECT_EQ(body_of(**part).substr(4, 4), "moof");
    EXPECT_EQ(hls->waiting(), 0U);
}

TEST_F(HlsOutTest, InAGapAReloadGetsThePlaylistAsItIsAndTheViewGoesOn) {
    play(30);
    const std::string folder = open(good());
    play(30);
    stream.lose();
    turn();
    const auto list = begin(reload(folder, "2")), part = begin(request(folder + "/2.0.m4s"));
    EXPECT_FALSE(*list);
    clock.advance(6s);
    hls->tick();

    ASSERT_TRUE(*list);
    EXPECT_EQ((*list)->status, 200);
    ASSERT_TRUE(*part);
    EXPECT_EQ((*part)->status, 404);
    pictures = 500;
    play(40);
    const auto after = ask(request(folder + "/media.m3u8"));
    EXPECT_NE(after.body.find("#EXT-X-DISCONTINUITY\n"), std::string::npos) << after.body;
    EXPECT_TRUE(of_kind("view.closed").empty());
}

TEST_F(HlsOutTest, RequestsThatWaitAreBounded) {
    play(30);
    std::vector<std::string> folders;
    for (int i = 0; i < 130; ++i) folders.push_back(open(good()));
    play(30);
    int waits = 0, refused = 0;
    std::vector<std::shared_ptr<std::optional<http::Response>>> all;
    for (const auto& folder : folders) {
        for (int i = 0; i < 9; ++i) {
            all.push_back(begin(reload(folder, "2", "9")));
            ++(*all.back() ? refused : waits);
            if (*all.back()) {
                EXPECT_EQ((*all.back())->status, 429);
                EXPECT_EQ((*all.back())->headers.at("Retry-After"), "1");
            }
        }
    }
    EXPECT_EQ(waits, 1000);
    EXPECT_EQ(refused, 170);
    EXPECT_EQ(hls->waiting(), 1000U);
    play(60);
    for (const auto& one : all) EXPECT_TRUE(*one);
    EXPECT_EQ(hls->waiting(), 0U);
}

TEST_F(HlsOutTest, RefusesWhatItCannotWaitForByItsName) {
    play(30);
    const std::string folder = open(good());
    play(30);
    auto lonely = request(folder + "/media.m3u8");
    lonely.query["_HLS_part"] = "1";
    for (const auto& [asked, field] : std::vector<std::pair<http::Request, std::string>>{
             {reload(folder, "x"), "_HLS_msn"}, {reload(folder, "99"), "_HLS_msn"}, {reload(folder, "2", "60"), "_HLS_part"}, {lonely, "_HLS_part"}}) {
        const auto answer = ask(asked);
        EXPECT_EQ(answer.status, 400);
        EXPECT_NE(answer.body.find("\"field\":\"" + field + "\""), std::string::npos) << answer.body;
    }
    for (const std::string_view missing : {"/9.m4s", "/99.m4s", "/2.9.m4s", "/init-7.mp4", "/init-9999999999.mp4"})
        EXPECT_EQ(ask(request(folder + std::string(missing))).status, 404) << missing;
}

TEST_F(HlsOutTest, RangesAreServedAndCounted) {
    play(30);
    const std::string folder = open(good());
    play(30);
    const std::string whole = body_of(ask(request(folder + "/0.m4s")));
    const auto ranged = [&](const std::string& range) {
        auto out = request(folder + "/0.m4s");
        out.headers["range"] = range;
        return ask(out);
    };
    const auto middle = ranged("bytes=700-1799"), probe = ranged("bytes=0-1"), none = ranged("bytes=999999-");

    EXPECT_EQ(middle.status, 206);
    EXPECT_EQ(body_of(middle), whole.substr(700, 1100));
    EXPECT_EQ(middle.headers.at("Content-Range"), "bytes 700-1799/" + std::to_string(whole.size()));
    EXPECT_EQ(body_of(probe), whole.substr(0, 2));
    EXPECT_EQ(none.status, 416);
    EXPECT_EQ(none.headers.at("Content-Range"), "bytes */" + std::to_string(whole.size()));
    hls->stop("stops");
    EXPECT_EQ(of_kind("view.closed").back().frames, 2 * 21U);
}

TEST_F(HlsOutTest, NothingIsServedAfterTheGrantIsRevoked) {
    play(30);
    const std::string folder = open(good());
    play(30);
    const auto segment = ask(request(folder + "/0.m4s"));
    const auto waits = begin(reload(folder, "2", "9"));

    gate->revoke({{{"grant-1"}, std::nullopt, "incident closed"}});

    EXPECT_TRUE(segment.tap->is_closed());
    ASSERT_TRUE(*waits);
    EXPECT_EQ((*waits)->status, 410);
    for (const std::string_view path : {"/media.m3u8", "/0.m4s", "/0.0.m4s", "/init-1.mp4"}) {
        const auto answer = ask(request(folder + std::string(path)));
        EXPECT_EQ(answer.status, 410);
        EXPECT_NE(answer.body.find("grant is revoked: incident closed"), std::string::npos) << answer.body;
        EXPECT_TRUE(answer.pieces.empty());
    }
    EXPECT_EQ(of_kind("view.closed").back().reason, "grant is revoked: incident closed");
    EXPECT_EQ(stream.readers(), 0U);
}

TEST_F(HlsOutTest, AViewerThatGoesAwayIsClosedAfterTenSeconds) {
    play(30);
    const std::string stays = open(good()), goes = open(good());
    for (int i = 0; i < 9; ++i) {
        play(25);
        hls->tick();
        EXPECT_EQ(ask(request(stays + "/media.m3u8")).status, 200);
    }
    EXPECT_EQ(hls->views(), 2U);
    play(26);
    hls->tick();

    EXPECT_EQ(hls->views(), 1U);
    EXPECT_EQ(of_kind("view.closed").back().reason, "viewer left");
    EXPECT_EQ(ask(request(goes + "/media.m3u8")).status, 410);
    clock.advance(10s);
    hls->tick();
    EXPECT_EQ(stream.readers(), 0U);  // And nothing is muxed.
    EXPECT_EQ(hls->muxers(), 0U);
    clock.advance(301s);
    hls->tick();
    EXPECT_EQ(ask(request(goes + "/media.m3u8")).status, 404);
}

TEST_F(HlsOutTest, DeleteEndsAView) {
    play(30);
    const std::string folder = open(good());
    auto end = request(folder);
    end.method = "DELETE";

    EXPECT_EQ(ask(end).status, 200);
    EXPECT_EQ(ask(end).status, 410);
    EXPECT_EQ(of_kind("view.closed").back().reason, "viewer left");
    end.path = "/hls/view/0-unknown";
    EXPECT_EQ(ask(end).status, 404);
}

TEST_F(HlsOutTest, ACameraThatGoesOrChangesItsCodecEndsItsViews) {
    play(30);
    const std::string one = open(good());
    hls->forget(camera, "camera removed");
    EXPECT_EQ(of_kind("view.closed").back().reason, "camera removed");
    EXPECT_EQ(stream.readers(), 0U);

    const std::string two = open(good());
    stream.lose();
    stream.set_format({.codec = media::Codec::jpeg});
    play(30);
    EXPECT_EQ(of_kind("view.closed").back().reason, "the camera sends JPEG, which is not sent by HLS");
    EXPECT_EQ(stream.readers(), 0U);
    EXPECT_EQ(ask(request(two + "/media.m3u8")).status, 410);
}

TEST_F(HlsOutTest, AnswersEachWrongRequestWithItsOwnStatus) {
    play(30);
    auto post = first(good()), get = request("/hls/view/0-abc"), elsewhere = first(""), none = first(""), bearer = first("");
    post.method = "POST";
    auto other = claims();
    other.camera = {"11440-0404"};
    elsewhere.path = "/hls/11440-0404/index.m3u8";
    elsewhere.query["ticket"] = sign(other);
    bearer.headers["authorization"] = "Bearer " + good();

    EXPECT_EQ(ask(post).status, 405);
    EXPECT_EQ(ask(post).headers.at("Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(ask(get).status, 405);
    EXPECT_EQ(ask(elsewhere).status, 404);
    EXPECT_EQ(ask(request("/hls/nothing")).status, 404);
    const auto refused = ask(none);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.headers.at("WWW-Authenticate").find("Bearer"), 0U);
    EXPECT_EQ(of_kind("view.refused").back().way, "hls");
    EXPECT_EQ(ask(bearer).status, 200);
}

TEST_F(HlsOutTest, LetsTheDesksOriginInAndNoOther) {
    play(30);
    auto desk = first(good()), foreign = first(good()), preflight = first("");
    desk.headers["origin"] = preflight.headers["origin"] = "http://127.0.0.1:8000";
    foreign.headers["origin"] = "http://evil.example";
    preflight.method = "OPTIONS";

    const auto allowed = ask(desk), refused = ask(foreign), before = ask(preflight);
    EXPECT_EQ(allowed.headers.at("Access-Control-Allow-Origin"), "http://127.0.0.1:8000");
    EXPECT_EQ(refused.status, 403);
    EXPECT_FALSE(refused.headers.contains("Access-Control-Allow-Origin"));
    EXPECT_EQ(before.status, 204);
    EXPECT_NE(before.headers.at("Access-Control-Allow-Headers").find("Range"), std::string::npos);
    auto media = request(folder_of(allowed.body) + "/init-1.mp4");
    media.headers["origin"] = "http://evil.example";
    EXPECT_EQ(ask(media).status, 403);
}

TEST_F(HlsOutTest, AnswersEveryoneWhoWaitsWhenItStops) {
    const auto opening = begin(first(good()));
    hls.reset();
    ASSERT_TRUE(*opening);
    EXPECT_EQ((*opening)->status, 503);
}

}  // namespace
}  // namespace bongsu::view
