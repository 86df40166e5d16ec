#include "view/fmp4_out.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "view/gate_door.hpp"
#include "view/test/fmp4_blocks.hpp"
#include "view/test/gate_fixture.hpp"

namespace bongsu::view {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using test::make_picture;
using test::read_fragment;

/// A socket whose reader takes what is sent when the test says so.
struct FakeSocket final : http::Socket {
    struct Message {
        std::string text, prefix;
        http::SharedBytes bytes;
    };
    void send_text(std::string text) override { sent.push_back({std::move(text), {}, nullptr}), waiting = true; }
    void send_binary(http::SharedBytes bytes, std::string_view prefix) override {
        sent.push_back({{}, std::string(prefix), std::move(bytes)});
        waiting = true;
    }
    void close(unsigned code, std::string reason) override {
        if (!closed) closed = {code, std::move(reason)};
    }
    void must_arrive(std::chrono::milliseconds within) override { asked_to_arrive = within; }

    std::vector<Message> sent;
    std::optional<std::pair<unsigned, std::string>> closed;
    std::chrono::milliseconds asked_to_arrive{0};
    bool waiting = false, reads = true;
};

struct Fmp4OutTest : test::GateFixture {
    struct Client {
        std::shared_ptr<FakeSocket> socket = std::make_shared<FakeSocket>();
        http::SocketEvents events;

        std::vector<std::string> texts() const {
            std::vector<std::string> out;
            for (const auto& each : socket->sent)
                if (!each.bytes) out.push_back(each.text);
            return out;
        }
        std::vector<FakeSocket::Message> binaries() const {
            std::vector<FakeSocket::Message> out;
            for (const auto& each : socket->sent)
                if (each.bytes) out.push_back(each);
            return out;
        }
        /// The fill of each picture: binaries but the init segments.
        std::vector<int> pictures() const {
            std::vector<int> out;
            for (const auto& each : binaries())
                if ((*each.bytes)[5] == 'o') out.push_back(read_fragment(*each.bytes).fill);  // "moof", not "ftyp".
            return out;
        }
    };

    void SetUp() override {
        GateFixture::SetUp();
        door = std::make_unique<GateDoor>(env, *gate, [](const CameraId&) { return true; });
        const auto find = [this](const CameraId& id, int height) {
            asked_height = height;
            const auto found = streams.find(id);
            return found == streams.end() ? nullptr : &found->second;
        };
        const auto find_small = [find](const CameraId& id, int) { return find({id.value + "-small"}, 360); };
        out = std::make_unique<Fmp4Out>(loop, env, *door, Fmp4Out::Hooks{find, {find_small}});
        stream().set_format(test::kFormat);
    }
    void TearDown() override {
        out.reset();
        loop.restart();
        loop.run_for(1ms);
        clients.clear();
        door.reset();
    }
    hub::Stream& stream() { return streams[camera]; }
    http::Request request(const std::string& path, const std::string& ticket = "") {
        http::Request asked;
        asked.method = "GET";
        asked.path = path;
        asked.remote = "127.0.0.1:5000";
        if (!ticket.empty()) asked.headers["authorization"] = "Bearer " + ticket;
        return asked;
    }
    Client& attach(const http::Request& asked) {
        auto& client = clients.emplace_back();
        auto events = out->upgrade(asked, client.socket);
        EXPECT_TRUE(events) << events.error().message;
        if (events) client.events = *std::move(events);
        settle();
        return client;
    }
    Client& one(const std::string& ticket) { return attach(request("/fmp4/" + camera.value, ticket)); }
    Client& many() { return attach(request("/fmp4")); }
    static std::string open_text(int id, const std::string& camera, const std::string& ticket) {
        return json::serialize(json::object{{"open", json::object{{"id", id}, {"camera", camera}, {"ticket", ticket}}}});
    }
    void say(Client& client, const std::string& text) {
        client.events.text(text);
        settle();
    }
    /// The loop, the spool's thread and the readers, until nothing happens any more.
    void settle() {
        for (int i = 0; i < 60; ++i) {
            loop.restart();
            loop.poll();
            if (spool->flush_due() && sync_spool) (void)spool->sync();
            for (auto& client : clients) {
                if (!client.socket->reads || !client.socket->waiting || !client.events.drained) continue;
                client.socket->waiting = false;
                client.events.drained();
            }
        }
    }
    void publish(bool is_key, std::uint8_t fill, std::size_t size = 2000) { publish_on(stream(), is_key, fill, size); }
    void publish_on(hub::Stream& on, bool is_key, std::uint8_t fill, std::size_t size = 2000) {
        clock.advance(40ms);
        on.publish(make_picture(rtp_time += 3600, is_key, size, fill, clock.mono()));
        settle();
    }
    /// Lets the out's own timer run once, without waiting for our wall clock's.
    void tick() {
        loop.restart();
        loop.run_for(300ms);
        settle();
    }

    boost::asio::io_context loop;
    std::map<CameraId, hub::Stream> streams;
    std::uint32_t rtp_time = 0;
    int asked_height = -1;
    bool sync_spool = true;
    std::unique_ptr<GateDoor> door;
    std::unique_ptr<Fmp4Out> out;
    std::deque<Client> clients;
};

TEST_F(Fmp4OutTest, AViewerBeginsWithTheFormatTheInitSegmentAndTheGop) {
    publish(true, 1), publish(false, 2), publish(true, 3), publish(false, 4);
    auto& viewer = one(good());
    publish(false, 5);

    EXPECT_EQ(asked_height, 360);
    ASSERT_EQ(viewer.texts(), std::vector<std::string>{R"({"mime":"video/mp4; codecs=\"avc1.42c016\""})"});
    const auto binaries = viewer.binaries();
    ASSERT_EQ(binaries.size(), 4U);
    EXPECT_EQ(std::string(binaries[0].bytes->begin() + 4, binaries[0].bytes->begin() + 8), "ftyp");
    EXPECT_EQ(viewer.pictures(), (std::vector<int>{3, 4, 5}));
    EXPECT_TRUE(binaries[1].prefix.empty());
    // An age can be read off its time: the page takes our clock for its own.
    const auto newest = read_fragment(*binaries[3].bytes);
    EXPECT_NEAR(static_cast<double>(newest.shown()), static_cast<double>(to_us(clock.wall()) / 100 * 9), 90.0 * 2);
}

TEST_F(Fmp4OutTest, NotAByteOfPictureBeforeTheViewIsOnDisk) {
    publish(true, 1);
    sync_spool = false;
    auto& viewer = one(good());
    EXPECT_TRUE(viewer.socket->sent.empty());
    sync_spool = true;
    settle();
    EXPECT_EQ(viewer.pictures(), std::vector<int>{1});
    EXPECT_EQ(of_kind("view.opened").at(0).way, "fmp4");
}

TEST_F(Fmp4OutTest, AllViewersOfAStreamGetTheSameBytes) {
    publish(true, 1);
    auto &first = one(good()), &second = one(good());
    publish(false, 2);
    EXPECT_EQ(first.binaries().back().bytes.get(), second.binaries().back().bytes.get());
    EXPECT_EQ(out->stats().muxers, 1U);
    EXPECT_EQ(stream().readers(), 3U);

    first.events.closed(), second.events.closed();
    settle();
    EXPECT_EQ(out->stats().muxers, 0U) << "a muxer only while somebody watches";
    EXPECT_EQ(stream().readers(), 0U);
    EXPECT_EQ(out->stats().sockets, 0U);
}

TEST_F(Fmp4OutTest, ARevokedGrantClosesTheSocketAndNothingFollows) {
    publish(true, 1);
    auto& viewer = one(good());
    gate->revoke({{{"grant-1"}, std::nullopt, "incident closed"}});
    publish(true, 9), publish(false, 9);

    EXPECT_EQ(viewer.pictures(), std::vector<int>{1});
    ASSERT_TRUE(viewer.socket->closed);
    EXPECT_EQ(viewer.socket->closed->first, 4403U);
    EXPECT_EQ(viewer.socket->closed->second, "grant is revoked: incident closed");
    const auto closed = of_kind("view.closed").at(0);
    EXPECT_EQ(closed.reason, "grant is revoked: incident closed");
    EXPECT_EQ(closed.frames, 1U);
    EXPECT_EQ(closed.bytes, viewer.binaries()[0].bytes->size() + viewer.binaries()[1].bytes->size());
}

TEST_F(Fmp4OutTest, WhatIsWrongWithATicketIsSaidOnTheSocket) {
    publish(true, 1);
    const auto used = good();
    one(used);
    auto &again = one(used), &none = one("");

    EXPECT_EQ(again.texts(), std::vector<std::string>{R"({"error":{"code":"unauthenticated","message":"ticket has been used"}})"});
    EXPECT_EQ(again.socket->closed->first, 4401U);
    EXPECT_EQ(none.socket->closed->second, "ticket is missing");
    EXPECT_EQ(of_kind("view.refused").size(), 2U);
}

TEST_F(Fmp4OutTest, TheTicketMayStandInTheQuery) {
    publish(true, 1);
    auto asked = request("/fmp4/" + camera.value);
    asked.query["ticket"] = good();
    EXPECT_EQ(attach(asked).pictures(), std::vector<int>{1});
}

TEST_F(Fmp4OutTest, OnlyDesksAndProgramsGetThrough) {
    publish(true, 1);
    const auto refusal = [&](http::Request asked) {
        const auto events = out->upgrade(asked, std::make_shared<FakeSocket>());
        return events ? "" : std::string(to_string(events.error().kind)) + " " + events.error().field;
    };
    auto foreign = request("/fmp4"), ours = request("/fmp4"), many_codecs = request("/fmp4");
    foreign.headers["origin"] = "http://evil.example";
    ours.headers["origin"] = "http://127.0.0.1:8000";
    for (int i = 0; i < 17; ++i) many_codecs.query["codecs"] += "avc1,";
    EXPECT_EQ(refusal(foreign), "forbidden ");
    EXPECT_EQ(refusal(ours), "");
    EXPECT_EQ(refusal(many_codecs), "invalid codecs");
    for (const auto* path : {"/fmp4/", "/fmp4/a/b", "/fmp45"}) EXPECT_EQ(refusal(request(path)), "not_found ") << path;
    EXPECT_EQ(Fmp4Out::refuse_plain().status, 426);
}

TEST_F(Fmp4OutTest, ACodecThatTheViewerDoesNotPlayUsesNoTicketUp) {
    publish(true, 1);
    const auto ticket = good();
    auto asked = request("/fmp4/" + camera.value, ticket);
    asked.query["codecs"] = "hev1.1.6.L93.B0,vp8";
    auto& viewer = attach(asked);
    EXPECT_EQ(viewer.socket->closed->first, 4415U);
    EXPECT_NE(viewer.texts().at(0).find(R"("code":"codec_unsupported")"), std::string::npos);
    EXPECT_NE(viewer.texts().at(0).find("the camera sends H264"), std::string::npos);
    EXPECT_TRUE(of_kind("view.opened").empty());

    stream().set_format({.codec = media::Codec::jpeg});
    EXPECT_NE(one(ticket).texts().at(0).find("JPEG"), std::string::npos);
    stream().set_format(test::kFormat);
    EXPECT_EQ(one(ticket).pictures(), std::vector<int>{1});
}

TEST_F(Fmp4OutTest, AViewerWhoDoesNotPlayTheMainStreamGetsTheSmallOne) {
    stream().set_format({.codec = media::Codec::jpeg});
    publish(true, 1);
    auto& small = streams[CameraId{camera.value + "-small"}];
    small.set_format(test::kFormat);
    auto& viewer = one(good());
    EXPECT_FALSE(viewer.socket->closed);
    publish_on(small, true, 101), publish_on(small, false, 102);
    EXPECT_EQ(viewer.pictures(), (std::vector<int>{101, 102}));
    EXPECT_EQ(stream().readers(), 0U);
}

TEST_F(Fmp4OutTest, WhyTheOtherStreamIsNotToBeHadIsSaidAtOnceAndUsesNoTicketUp) {
    stream().set_format({.codec = media::Codec::jpeg});
    publish(true, 1);
    auto& made = streams[CameraId{camera.value + "-small"}];
    const auto ticket = good();
    auto& viewer = one(ticket);
    EXPECT_FALSE(viewer.socket->closed);
    Error why{ErrorKind::unavailable, "all places for transcodes are taken", Where::here()};
    why.code = "transcode_busy";
    made.refuse(std::make_shared<const Error>(why));
    settle();
    ASSERT_TRUE(viewer.socket->closed);
    EXPECT_EQ(viewer.socket->closed->first, 4503U);
    EXPECT_NE(viewer.texts().at(0).find(R"("code":"transcode_busy")"), std::string::npos);
    EXPECT_TRUE(of_kind("view.opened").empty());
    made.set_format(test::kFormat);
    publish_on(made, true, 101);
    EXPECT_EQ(one(ticket).pictures(), std::vector<int>{101});
}

TEST_F(Fmp4OutTest, WithoutAPictureTheTicketStaysGood) {
    const auto ticket = good();
    auto& viewer = one(ticket);
    EXPECT_FALSE(viewer.socket->closed);
    loop.restart();
    loop.run_for(3100ms);
    settle();
    EXPECT_EQ(viewer.socket->closed->first, 4503U);
    EXPECT_EQ(viewer.socket->closed->second, "no picture of this camera within 3 s");
    publish(true, 1);
    EXPECT_EQ(one(ticket).pictures(), std::vector<int>{1});
}

TEST_F(Fmp4OutTest, ANewFormatIsToldBeforeItsInitSegment) {
    publish(true, 1);
    auto& viewer = one(good());
    auto other = test::kFormat;
    other.pps += '\x80';
    stream().set_format(other);
    publish(true, 2);
    EXPECT_EQ(viewer.texts().size(), 2U);
    EXPECT_EQ(viewer.binaries().size(), 4U);
    EXPECT_EQ(viewer.pictures(), (std::vector<int>{1, 2}));

    stream().set_format({.codec = media::Codec::jpeg});
    publish(true, 3);
    EXPECT_EQ(viewer.socket->closed->first, 4415U);
}

TEST_F(Fmp4OutTest, ManyShareASocketAndEachMessageSaysWhose) {
    const CameraId other{"11440-0002"};
    streams[other].set_format(test::kFormat);
    publish(true, 1), publish_on(streams[other], true, 101);
    auto& desk = many();
    auto second = claims();
    second.camera = other;
    say(desk, open_text(7, camera.value, good()));
    say(desk, open_text(0x01020304, other.value, sign(second)));
    publish(false, 2), publish_on(streams[other], false, 102);

    EXPECT_EQ(desk.texts(), (std::vector<std::string>{R"({"opened":7,"mime":"video/mp4; codecs=\"avc1.42c016\""})",
                                                      R"({"opened":16909060,"mime":"video/mp4; codecs=\"avc1.42c016\""})"}));
    std::map<std::string, std::vector<int>> seen;
    for (const auto& each : desk.binaries()) seen[each.prefix].push_back(each.bytes->back());
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[std::string("\0\0\0\7", 4)].size(), 3U);
    EXPECT_EQ(seen["\1\2\3\4"].back(), 102);

    say(desk, R"({"close":7})");
    publish(false, 3), publish_on(streams[other], false, 103);
    EXPECT_EQ(desk.texts().back(), R"({"closed":{"id":7,"reason":"viewer left"}})");
    EXPECT_EQ(desk.pictures().back(), 103);
    EXPECT_FALSE(desk.socket->closed);
    EXPECT_EQ(desk.socket->asked_to_arrive, 0ms);
}

TEST_F(Fmp4OutTest, ACutOfOneOfManyIsToldAndTheRestOfItsPictureMustArrive) {
    const CameraId other{"11440-0002"};
    streams[other].set_format(test::kFormat);
    publish(true, 1), publish_on(streams[other], true, 101);
    auto& desk = many();
    auto second = claims();
    second.camera = other;
    second.grant = {"grant-2"};
    say(desk, open_text(1, camera.value, good()));
    say(desk, open_text(2, other.value, sign(second)));

    gate->revoke({{{"grant-1"}, std::nullopt, ""}});
    publish(true, 2), publish_on(streams[other], true, 102);

    EXPECT_EQ(desk.texts().back(), R"({"closed":{"id":1,"reason":"grant is revoked"}})");
    EXPECT_EQ(desk.pictures(), (std::vector<int>{1, 101, 102}));
    EXPECT_EQ(desk.socket->asked_to_arrive, 700ms);
    EXPECT_FALSE(desk.socket->closed);
}

TEST_F(Fmp4OutTest, AFrameThatCannotBeReadIsAnsweredAndTheSocketGoesOn) {
    publish(true, 1);
    auto& desk = many();
    const auto field_of = [&](const std::string& text) {
        say(desk, text);
        const auto error = json::parse(desk.texts().back()).as_object().at("error").as_object();
        EXPECT_TRUE(error.contains("message")) << text;
        return error.contains("field") ? std::string(error.at("field").as_string()) : "";
    };
    EXPECT_EQ(field_of("{"), "body");
    EXPECT_EQ(field_of("[]"), "body");
    EXPECT_EQ(field_of("{}"), "body");
    EXPECT_EQ(field_of(R"({"opne":1})"), "opne");
    EXPECT_EQ(field_of("{\"" + std::string(5000, 'x') + "\":1}"), std::string(120, 'x'));
    EXPECT_EQ(field_of(R"({"open":1})"), "open");
    EXPECT_EQ(field_of(R"({"open":{}})"), "open.id");
    EXPECT_EQ(field_of(R"({"open":{"id":-1}})"), "open.id");
    EXPECT_EQ(field_of(R"({"open":{"id":4294967296}})"), "open.id");
    EXPECT_EQ(field_of(R"({"open":{"id":1,"camera":"c"}})"), "open.ticket");
    EXPECT_EQ(field_of(R"({"open":{"id":1,"camera":7,"ticket":"t"}})"), "open.camera");
    EXPECT_EQ(field_of(R"({"open":{"id":1,"camera":"c","ticket":"t","codecs":"avc1"}})"), "open.codecs");
    EXPECT_EQ(field_of(R"({"open":{"id":1,"camera":"c","ticket":"t","codecs":[""]}})"), "open.codecs");
    EXPECT_EQ(field_of(R"({"open":{"id":1,"camera":"c","ticket":"t","height":3}})"), "open.height");
    EXPECT_EQ(field_of(R"({"close":1})"), "close");
    EXPECT_EQ(field_of(R"({"open":{"id":1,"camera":"c","ticket":"t"}})"), "") << "the ticket is refused";
    say(desk, open_text(1, camera.value, good()));
    EXPECT_EQ(field_of(open_text(1, camera.value, good())), "open.id");
    EXPECT_EQ(desk.pictures(), std::vector<int>{1});
}

TEST_F(Fmp4OutTest, ASocketCarriesAHundredStreams) {
    publish(true, 1);
    auto& desk = many();
    for (int i = 0; i <= 100; ++i) say(desk, open_text(i, camera.value, good()));
    const auto texts = desk.texts();
    ASSERT_EQ(texts.size(), 101U);
    EXPECT_EQ(texts[100], R"({"error":{"code":"exhausted","message":"a socket carries at most 100 streams","id":100}})");
}

TEST_F(Fmp4OutTest, ASlowReaderLosesWholePicturesAndNeverMoreThanOneWaits) {
    publish(true, 1);
    auto &slow = one(good()), &quick = one(good());
    slow.socket->reads = false;
    for (int i = 2; i <= 60; ++i) publish(i % 10 == 1, static_cast<std::uint8_t>(i));
    const auto before = slow.socket->sent.size();
    EXPECT_EQ(slow.pictures(), (std::vector<int>{1, 2}));
    EXPECT_EQ(quick.pictures().size(), 60U);

    slow.socket->reads = true;
    settle();
    EXPECT_EQ(slow.pictures(), (std::vector<int>{1, 2, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60}));
    EXPECT_EQ(slow.socket->sent.size(), before + 10);
    EXPECT_FALSE(slow.socket->closed);
}

TEST_F(Fmp4OutTest, AReaderThatTakesNothingIsCut) {
    publish(true, 1);
    auto& stuck = one(good());
    stuck.socket->reads = false;
    for (int i = 0; i < 140; ++i) publish(i % 10 == 0, 2);
    tick();
    ASSERT_TRUE(stuck.socket->closed);
    EXPECT_EQ(stuck.socket->closed->first, 1013U);
    EXPECT_EQ(of_kind("view.closed").at(0).reason, "viewer is too slow");
}

TEST_F(Fmp4OutTest, WhoAsksAndReadsNoAnswerIsClosed) {
    auto& desk = many();
    desk.socket->reads = false;
    for (std::size_t i = 0; i < 2000; ++i) desk.events.text("not JSON");
    EXPECT_EQ(desk.socket->sent.size(), Fmp4Socket::kUntakenMax + 1);
    EXPECT_EQ(desk.socket->closed->first, 1013U);

    publish(true, 1);
    auto& other = many();
    other.socket->reads = false;
    for (std::size_t i = 0; i < Fmp4Socket::kUntakenMax; ++i) other.events.text("not JSON");
    say(other, open_text(1, camera.value, good()));
    EXPECT_TRUE(other.binaries().empty());
    EXPECT_EQ(of_kind("view.closed").at(0).reason, "viewer is too slow");
}

TEST_F(Fmp4OutTest, ASocketOnWhichNothingIsWatchedIsClosed) {
    publish(true, 1);
    auto &idle = many(), &used = many();
    say(used, open_text(1, camera.value, good()));
    clock.advance(61s);
    publish(true, 2);
    tick();
    EXPECT_EQ(idle.socket->closed->first, 1000U);
    EXPECT_FALSE(used.socket->closed);
}

TEST_F(Fmp4OutTest, SocketsWithoutATicketKeepNobodyOut) {
    publish(true, 1);
    std::vector<std::shared_ptr<FakeSocket>> silent;
    std::vector<http::SocketEvents> events;
    for (std::size_t i = 0; i < Fmp4Out::kSocketsMax; ++i) {
        clock.advance(1ms);
        events.push_back(out->upgrade(request("/fmp4"), silent.emplace_back(std::make_shared<FakeSocket>())).value());
    }
    EXPECT_EQ(one(good()).pictures(), std::vector<int>{1});
    EXPECT_EQ(silent[0]->closed->second, "another takes its place");
    EXPECT_FALSE(silent[1]->closed);
    EXPECT_EQ(out->stats().sockets, Fmp4Out::kSocketsMax);
    for (const auto& each : events) each.closed();
}

TEST_F(Fmp4OutTest, ACameraThatGoesTakesItsViewsAlong) {
    publish(true, 1);
    auto &alone = one(good()), &desk = many();
    say(desk, open_text(3, camera.value, good()));
    out->forget(camera, "the camera is not served here any more");
    settle();
    EXPECT_EQ(alone.socket->closed->first, 4404U);
    EXPECT_EQ(desk.texts().back(), R"({"closed":{"id":3,"reason":"the camera is not served here any more"}})");
    EXPECT_EQ(stream().readers(), 0U);
}

TEST_F(Fmp4OutTest, AStopClosesEverySocket) {
    publish(true, 1);
    auto &alone = one(good()), &desk = many();
    say(desk, open_text(3, camera.value, good()));
    out->stop("the media process is stopping");
    for (auto* each : {&alone, &desk}) EXPECT_EQ(each->socket->closed->first, 1001U);
    EXPECT_EQ(of_kind("view.closed").size(), 2U);
    say(desk, open_text(4, camera.value, good()));
    EXPECT_EQ(out->stats().views, 0U);
}

TEST_F(Fmp4OutTest, AViewerWhoLeavesBeforeItOpenedIsClosedInTheRecord) {
    publish(true, 1);
    sync_spool = false;
    auto& viewer = one(good());
    viewer.events.closed();
    sync_spool = true;
    settle();
    EXPECT_EQ(of_kind("view.closed").at(0).reason, "viewer left before it was opened");
    EXPECT_TRUE(viewer.socket->sent.empty());

    sync_spool = false;
    auto& desk = many();
    say(desk, open_text(9, camera.value, good()));
    say(desk, R"({"close":9})");
    EXPECT_EQ(desk.texts().back(), R"({"closed":{"id":9,"reason":"viewer left"}})");
    sync_spool = true;
    settle();
    EXPECT_EQ(of_kind("view.closed").size(), 2U);
    EXPECT_TRUE(desk.pictures().empty());
}

}  // namespace
}  // namespace bongsu::view
