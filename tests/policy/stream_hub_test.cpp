// Who may hear the live stream, and for how long.

#include "app/stream_hub.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace bongsu::policy {
namespace {

struct FakeSocket final : http::Socket {
    std::vector<std::string> texts;
    unsigned closed = 0;
    void send_text(std::string text) override { texts.push_back(std::move(text)); }
    void send_binary(http::SharedBytes, std::string_view) override {}
    void close(unsigned code, std::string) override { closed = code; }
    void must_arrive(std::chrono::milliseconds) override {}
};

struct StreamHubTest : testing::Test {
    boost::asio::io_context loop;
    std::optional<identity::Session> session = identity::Session{};
    std::uint64_t seq = 9;
    std::size_t asked = 0;
    std::uint64_t listening = 0;
    std::string from;
    std::vector<std::uint64_t> gone;
    app::StreamHub hub{loop, AgencyId{"B1100000000"}, [this](const app::SessionQuery& query) {
                           ++asked;
                           listening = query.listener;
                           from = query.remote;
                           query.reply(session, seq);
                       },
                       [this](const app::ListenerGone& one) { gone.push_back(one.listener); }};

    std::shared_ptr<FakeSocket> join(const std::string& agency, const std::string& token = "t") {
        session->agency = AgencyId{agency};
        session->role = agency == "B1100000000" ? identity::Role::operator_ : identity::Role::agency;
        auto socket = std::make_shared<FakeSocket>();
        auto events = hub.attach(socket, "10.0.0.7:51234");
        events->text(R"({"token":")" + token + R"("})");
        turn();
        return socket;
    }
    void turn() {
        loop.restart();
        loop.poll();
    }
    void recheck_all() {
        for (std::size_t i = 0; i < app::StreamHub::kRecheckRound; ++i) hub.recheck();
        turn();
    }
};

const app::Published kChange{10, "incident", "i1", "{}", {"P1100000000"}};

TEST_F(StreamHubTest, AChangeReachesTheStaffAndTheAgenciesThatItNames) {
    const auto staff = join("B1100000000"), police = join("P1100000000"), fire = join("F1100000000");
    hub.publish(kChange);

    EXPECT_EQ(staff->texts.size(), 2U);
    EXPECT_EQ(police->texts.size(), 2U);
    EXPECT_EQ(fire->texts.size(), 1U);  // The greeting alone.
}

TEST_F(StreamHubTest, AnAgencysRoomIsNoStaffAlsoUnderOurOwnCode) {
    const auto staff = join("B1100000000"), room = join("B1100000000");
    session->role = identity::Role::agency;
    recheck_all();
    hub.publish(kChange);

    EXPECT_EQ(staff->texts.size(), 1U) << "both sessions are an agency's now";
    EXPECT_EQ(room->texts.size(), 1U);
}

TEST_F(StreamHubTest, WhatIsForAnAgencyAloneDoesNotReachTheStaffTwice) {
    const auto staff = join("B1100000000"), police = join("P1100000000");
    auto change = kChange;
    change.staff = false;
    hub.publish(change);

    EXPECT_EQ(staff->texts.size(), 1U);
    EXPECT_EQ(police->texts.size(), 2U);
}

/// Nobody has to say who he is to open a socket: silence must not shut the desks out.
TEST_F(StreamHubTest, WhoSaysNothingMakesRoomForWhoComes) {
    std::vector<std::shared_ptr<FakeSocket>> silent;
    std::vector<http::SocketEvents> theirs;
    for (std::size_t i = 0; i < app::StreamHub::kClientsMax; ++i) {
        silent.push_back(std::make_shared<FakeSocket>());
        theirs.push_back(hub.attach(silent.back(), "10.0.0.9:1").value());
    }
    const auto staff = join("B1100000000");
    EXPECT_EQ(hub.clients(), app::StreamHub::kClientsMax);
    EXPECT_EQ(silent[0]->closed, 1013U);
    EXPECT_EQ(silent[1]->closed, 0U);
    hub.publish(kChange);
    EXPECT_EQ(staff->texts.size(), 2U);
}

TEST_F(StreamHubTest, ASessionHasSoManyStreams) {
    std::vector<std::shared_ptr<FakeSocket>> pages;
    for (int i = 0; i < 33; ++i) pages.push_back(join("B1100000000"));
    EXPECT_EQ(pages[0]->closed, 1013U);
    EXPECT_EQ(pages[1]->closed, 0U);
    hub.publish(kChange);
    EXPECT_EQ(pages[0]->texts.size(), 1U);
    EXPECT_EQ(pages[32]->texts.size(), 2U);
}

/// The site knows who listens from where, and when that ends: what it has told is on record.
TEST_F(StreamHubTest, TheSiteHearsWhoListensAndWhoIsGone) {
    auto socket = std::make_shared<FakeSocket>();
    session->agency = AgencyId{"B1100000000"};
    const auto events = hub.attach(socket, "10.0.0.7:51234");
    events->text(R"({"token":"t"})");
    turn();
    EXPECT_EQ(listening, 1U);
    EXPECT_EQ(from, "10.0.0.7:51234");
    from.clear();
    recheck_all();
    EXPECT_EQ(from, "10.0.0.7:51234");
    events->closed();
    EXPECT_EQ(gone, std::vector<std::uint64_t>{1});
    EXPECT_EQ(hub.clients(), 0U);
}

TEST_F(StreamHubTest, AnEndedSessionHearsNothingMore) {
    const auto socket = join("B1100000000");
    session.reset();
    recheck_all();
    hub.publish(kChange);

    EXPECT_EQ(socket->closed, 4401U);
    EXPECT_EQ(socket->texts.size(), 1U);
}

TEST_F(StreamHubTest, ALoggedOutClientHearsNothingMoreWhileItCloses) {
    const auto socket = join("B1100000000");
    hub.end("t");
    hub.publish(kChange);

    EXPECT_EQ(socket->closed, 4401U);
    EXPECT_EQ(socket->texts.size(), 1U);
}

TEST_F(StreamHubTest, ASessionThatStandsStays) {
    const auto socket = join("B1100000000");
    recheck_all();
    hub.publish(kChange);

    EXPECT_EQ(socket->closed, 0U);
    EXPECT_EQ(socket->texts.size(), 2U);
}

TEST_F(StreamHubTest, ALostBatchSaysNothingAboutASession) {
    const auto socket = join("B1100000000");
    session.reset();
    seq = 0;
    recheck_all();

    EXPECT_EQ(socket->closed, 0U);
}

TEST_F(StreamHubTest, EachClientIsAskedAboutInEachRound) {
    for (int i = 0; i < 120; ++i) join("B1100000000", "t" + std::to_string(i % 10));
    asked = 0;
    recheck_all();

    EXPECT_GE(asked, 120U);
    EXPECT_LE(asked, 150U);
}

}  // namespace
}  // namespace bongsu::policy
