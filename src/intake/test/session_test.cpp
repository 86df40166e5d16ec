#include "intake/session.hpp"

#include <gtest/gtest.h>

#include "env/sim/sim_world.hpp"
#include "event/codec/telegram.hpp"

namespace bongsu::intake {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPartners = R"(
[[partner]]
key = "fire"
format = "telegram"
sender = "F1100000000"
service = "119-dispatch"
rate = { per_s = 10, burst = 40 }
listen = { port = 5331, idle_ms = 60000, frame_ms = 10000 }

[[partner]]
key = "air"
format = "telegram"
sender = "A1100000000"
service = "119-dispatch"
type = "WESEN110"
rate = { per_s = 10, burst = 40 }
listen = { port = 5332 }

[[partner]]
key = "bells"
format = "wearable"
sender = "W1144000000"
rate = { per_s = 2, burst = 2 }
listen = { port = 10026 }
)";

std::string telegram(const std::string& number) {
    return event::telegram::write(
        {.head = {.type = "10", .status = "10", .status_time = "20260928000000", .send = "119", .receive = "UCP", .sent = "20260928000000"},
         .fields = {{number}, {"화재"}, {""}, {"126.978"}, {"37.5665"}, {"서울"}, {""}, {"20260928000000"}, {"u"}}});
}

const std::string kBell = "SENSOR,S1,M1,NORMAL,50,1,126.978,37.5665,0\n";

class Sessions : public ::testing::Test {
  protected:
    Session open(std::string_view key) {
        const auto parsed = event::parse_profiles(kPartners, "partners.toml");
        EXPECT_TRUE(parsed) << parsed.error().message;
        for (const auto& each : *parsed) {
            if (each.key == key) profile_ = each;
        }
        bucket_.emplace(profile_.rate.per_second, profile_.rate.burst, now_);
        return Session(profile_, *bucket_, counters_, now_);
    }

    MonoTime now_{1h};
    event::Profile profile_;
    std::optional<RateBucket> bucket_;
    Counters counters_;
};

TEST_F(Sessions, AMessageInPiecesIsOneDelivery) {
    auto session = open("fire");
    const auto bytes = telegram("1");
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
        ASSERT_TRUE(session.received(bytes.substr(i, 1), now_).deliver.empty()) << "byte " << i;
    }

    const auto step = session.received(bytes.substr(bytes.size() - 1), now_);

    ASSERT_EQ(step.deliver.size(), 1U);
    EXPECT_EQ(step.deliver[0].bytes, bytes);
    EXPECT_EQ(step.deliver[0].framing.code, event::Code::ok);
    EXPECT_TRUE(step.send.empty()) << "nothing is answered before it is durable";
}

TEST_F(Sessions, AnswersLeaveInTheOrderOfTheirMessages) {
    auto session = open("fire");
    const auto step = session.received(telegram("1") + telegram("2") + telegram("3"), now_);
    ASSERT_EQ(step.deliver.size(), 3U);

    EXPECT_EQ(session.answered(step.deliver[2].id, "third", now_).send, "");
    EXPECT_EQ(session.answered(step.deliver[0].id, "first", now_).send, "first");
    EXPECT_EQ(session.answered(step.deliver[1].id, "second", now_).send, "secondthird");
}

TEST_F(Sessions, HalfAFrameIsKeptAnsweredAndEndsTheConnection) {
    auto session = open("fire");
    const auto half = telegram("1").substr(0, 60);
    ASSERT_TRUE(session.received(half, now_).deliver.empty());
    ASSERT_EQ(session.deadline(), now_ + 10s);

    const auto step = session.expired(now_ + 10s);

    ASSERT_EQ(step.deliver.size(), 1U);
    EXPECT_EQ(step.deliver[0].bytes, half);
    EXPECT_EQ(step.deliver[0].framing.field, "DATA_LEN");
    EXPECT_FALSE(session.wants_bytes());
    EXPECT_FALSE(step.close) << "the answer is still to come";
    const auto last = session.answered(step.deliver[0].id, "1no", now_ + 10s);
    EXPECT_EQ(last.send, "1no");
    EXPECT_TRUE(last.close);
    EXPECT_EQ(counters_.silent, 1U);
}

TEST_F(Sessions, EndsOfLinesBetweenMessagesAreNoSignOfLife) {
    auto session = open("fire");
    for (auto at = now_; at < now_ + 50s; at += 10s) session.received("\r\n;", at);
    EXPECT_EQ(session.deadline(), now_ + 60s);
    EXPECT_EQ(session.idle_since(), now_);
    EXPECT_TRUE(session.expired(now_ + 60s).close);
}

TEST_F(Sessions, IdleIsWhoIsOwedNothingAndBeganNothing) {
    auto session = open("fire");
    const auto step = session.received(telegram("1"), now_ + 1s);
    EXPECT_FALSE(session.idle_since() || session.half_since()) << "its answer is under way";
    session.answered(step.deliver[0].id, "0", now_ + 2s);
    EXPECT_FALSE(session.idle_since()) << "its answer is not read";
    session.sent(1, now_ + 2s);
    EXPECT_EQ(session.idle_since(), now_ + 2s);

    session.received(telegram("2").substr(0, 9), now_ + 3s);
    EXPECT_FALSE(session.idle_since());
    EXPECT_EQ(session.half_since(), now_ + 3s);
}

TEST_F(Sessions, ASlowSenderOfWholeMessagesIsNotCutOff) {
    auto session = open("fire");
    const auto bytes = telegram("1");
    session.received(bytes.substr(0, 60), now_);
    now_ += 9s;
    const auto step = session.received(bytes.substr(60) + bytes.substr(0, 60), now_);
    ASSERT_EQ(step.deliver.size(), 1U);

    EXPECT_EQ(session.deadline(), now_ + 10s) << "the next frame has its own time";
}

TEST_F(Sessions, GarbageIsOneRefusalAndTheEnd) {
    auto session = open("fire");

    const auto step = session.received("GET / HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n", now_);

    ASSERT_EQ(step.deliver.size(), 1U);
    EXPECT_NE(step.deliver[0].framing.code, event::Code::ok);
    EXPECT_FALSE(session.wants_bytes());
    EXPECT_TRUE(session.received(telegram("1"), now_).deliver.empty()) << "the stream has no way on";
    EXPECT_TRUE(session.answered(step.deliver[0].id, "1", now_).close);
    EXPECT_EQ(counters_.broken_frames, 1U);
}

TEST_F(Sessions, AnEmergencyIsNeverToldToComeLater) {
    auto session = open("fire");
    std::size_t taken = 0;
    for (int i = 0; i < 500; ++i) {
        for (const auto& delivery : session.received(telegram(std::to_string(i)), now_).deliver) {
            ++taken;
            session.answered(delivery.id, "0", now_);
            session.sent(1, now_);
        }
    }
    EXPECT_EQ(taken, 500U);
    EXPECT_EQ(counters_.over_rate, 0U);

    auto position = telegram("car");
    position[0] = '3';
    for (int i = 0; i < 50; ++i) {
        for (const auto& delivery : session.received(position, now_).deliver) session.answered(delivery.id, "0", now_);
        session.sent(1 << 20, now_);
    }
    EXPECT_EQ(counters_.over_rate, 10U) << "where its vehicles are is bounded, and took nothing from the reports";
}

TEST_F(Sessions, BeyondTheRateItIsToldInItsFormatAndNothingIsDelivered) {
    auto session = open("air");
    std::vector<std::uint64_t> ids;
    std::string answers;
    for (int i = 0; i < 50; ++i) {  // 40 are the burst.
        const auto step = session.received(telegram(std::to_string(i)), now_);
        answers += step.send;
        for (const auto& delivery : step.deliver) answers += session.answered(delivery.id, "0", now_).send;
    }

    EXPECT_EQ(counters_.messages, 40U);
    EXPECT_EQ(counters_.over_rate, 10U);
    EXPECT_EQ(answers.size(), 40 + 10 * event::telegram::kAnswerBytes);
    EXPECT_EQ(answers.substr(0, 41), std::string(40, '0') + "1");
    now_ += 1s;
    EXPECT_EQ(session.received(telegram("later"), now_).deliver.size(), 1U);
}

TEST_F(Sessions, AFloodBeyondTheRateIsAnsweredToItsLastMessage) {
    auto session = open("air");
    std::string flood;
    for (int i = 0; i < 40 + 3 * static_cast<int>(kUnderWayMax); ++i) flood += telegram(std::to_string(i));

    auto step = session.received(flood, now_);

    std::string answers;
    while (!step.deliver.empty()) {
        std::vector<std::uint64_t> ids;
        for (const auto& delivery : step.deliver) ids.push_back(delivery.id);
        step = {};
        for (const auto id : ids) {
            auto next = session.answered(id, "0", now_);
            answers += next.send;
            session.sent(next.send.size(), now_);
            for (auto& delivery : next.deliver) step.deliver.push_back(std::move(delivery));
        }
    }
    EXPECT_EQ(counters_.messages, 40U);
    EXPECT_EQ(counters_.over_rate, 3 * kUnderWayMax);
    EXPECT_EQ(answers.size(), 40 + 3 * kUnderWayMax * event::telegram::kAnswerBytes);
    EXPECT_TRUE(session.wants_bytes());
}

TEST_F(Sessions, AFormatWithoutAnswersIsReadMoreSlowlyInsteadOfLosingMessages) {
    auto session = open("bells");

    const auto first = session.received(kBell + kBell + kBell + kBell, now_);

    ASSERT_EQ(first.deliver.size(), 2U);
    EXPECT_FALSE(session.wants_bytes()) << "the rest waits, and the peer with it";
    std::size_t delivered = 2;
    for (int turn = 0; turn < 4 && delivered < 4; ++turn) {
        const auto at = session.deadline();
        ASSERT_LE(at, now_ + 2s);
        delivered += session.expired(at).deliver.size();
    }
    EXPECT_EQ(delivered, 4U);
    EXPECT_GE(counters_.over_rate, 1U);
}

TEST_F(Sessions, AFloodOfOneConnectionStopsAtItsBound) {
    auto session = open("fire");
    std::string flood;
    for (int i = 0; i < 36; ++i) flood += telegram(std::to_string(i));

    const auto step = session.received(flood, now_);

    EXPECT_EQ(step.deliver.size(), kUnderWayMax);
    EXPECT_FALSE(session.wants_bytes());
    EXPECT_EQ(session.answered(step.deliver[0].id, "0", now_).deliver.size(), 1U) << "an answer makes room for the next";
}

TEST_F(Sessions, ASilentPeerIsLetGo) {
    auto session = open("fire");
    EXPECT_EQ(session.deadline(), now_ + 60s);
    EXPECT_FALSE(session.expired(now_ + 59s).close);

    EXPECT_TRUE(session.expired(now_ + 60s).close);
    EXPECT_EQ(counters_.silent, 1U);
}

TEST_F(Sessions, APeerWhoseMessageIsWithTheStoreIsNotSilent) {
    auto session = open("fire");
    session.received(telegram("1"), now_);

    EXPECT_FALSE(session.expired(now_ + 300s).close);
}

TEST_F(Sessions, APeerThatDoesNotReadItsAnswersIsLetGo) {
    auto session = open("fire");
    const auto step = session.received(telegram("1"), now_);
    ASSERT_FALSE(session.answered(step.deliver[0].id, "0", now_).close);

    EXPECT_TRUE(session.expired(now_ + 60s).close);
    EXPECT_EQ(counters_.slow, 1U);
}

TEST_F(Sessions, APeerThatReadsIsKeptHoweverMuchItPoursAndOneThatDoesNotStopsBeingRead) {
    auto session = open("fire");
    std::string flood;
    for (int i = 0; i < 100; ++i) flood += telegram(std::to_string(i));
    std::size_t unsent = 0;
    const auto pour = [&] {
        auto step = session.received(flood, now_);
        for (std::size_t i = 0; i < step.deliver.size(); ++i) {
            auto next = session.answered(step.deliver[i].id, "0", now_);
            unsent += next.send.size();
            for (auto& delivery : next.deliver) step.deliver.push_back(std::move(delivery));
            EXPECT_FALSE(next.close);
        }
        unsent += step.send.size();
        EXPECT_FALSE(step.close);
    };
    while (session.wants_bytes()) pour();
    EXPECT_GE(unsent, kUnsentBytesMax);
    EXPECT_LT(unsent, kUnsentBytesMax + (16 << 10));

    // A part is taken: the rest is not forgotten, nor counted twice.
    session.sent(unsent - 100, now_ + 30s);
    EXPECT_TRUE(session.wants_bytes());
    EXPECT_EQ(session.deadline(), now_ + 90s) << "it has read something: its time begins anew";
    session.sent(100, now_ + 31s);
    EXPECT_EQ(counters_.slow, 0U);
}

TEST_F(Sessions, AFullStoreIsToldInTheFormat) {
    auto session = open("fire");
    const auto step = session.received(telegram("1"), now_);

    const auto told = session.not_taken(step.deliver[0].id, now_);

    EXPECT_EQ(told.send.size(), event::telegram::kAnswerBytes);
    EXPECT_EQ(told.send[0], '1');
    EXPECT_FALSE(told.close);
    EXPECT_EQ(counters_.not_taken, 1U);
}

TEST_F(Sessions, AnEndedPeerIsAnsweredBeforeTheConnectionGoes) {
    auto session = open("fire");
    const auto step = session.received(telegram("1"), now_);
    EXPECT_FALSE(session.ended(now_).close);

    const auto last = session.answered(step.deliver[0].id, "0", now_);

    EXPECT_EQ(last.send, "0");
    EXPECT_TRUE(last.close);
}

/// Splits and damages of a seeded stream: what is delivered depends on the bytes alone, everything that is under way
/// stays within its bound, and every connection comes to an end.
TEST_F(Sessions, HostileBytesInAnyPiecesStayWithinBounds) {
    env::sim::World world{7};
    auto& random = world.env.random;
    for (int round = 0; round < 300; ++round) {
        std::string stream;
        for (int i = 0; i < 20; ++i) stream += telegram(std::to_string(i));
        for (std::uint64_t damage = random.below(4); damage > 0; --damage)
            stream[random.below(stream.size())] = static_cast<char>(random.below(256));
        std::vector<std::vector<std::string>> delivered(2);
        for (std::size_t way = 0; way < 2; ++way) {
            auto session = open("fire");
            std::vector<std::uint64_t> waiting;
            bool closed = false;
            const auto take = [&](const Step& step) {
                for (const auto& each : step.deliver) {
                    // How much of a broken frame has come when it is seen to be one depends on the pieces.
                    const bool is_whole = each.framing.code == event::Code::ok;
                    delivered[way].push_back(is_whole ? each.bytes : "broken: " + each.framing.field);
                    waiting.push_back(each.id);
                }
                ASSERT_LE(waiting.size(), kUnderWayMax);
                closed = closed || step.close;
            };
            const auto answer = [&] {
                while (!waiting.empty()) {
                    const auto id = waiting.front();
                    waiting.erase(waiting.begin());
                    take(session.answered(id, "0", now_));
                    session.sent(1 << 20, now_);
                }
            };
            for (std::size_t at = 0; at < stream.size();) {
                const auto size = way == 0 ? stream.size() : 1 + random.below(300);
                take(session.received(stream.substr(at, size), now_));
                at += size;
                answer();
            }
            take(session.ended(now_));
            answer();
            EXPECT_TRUE(closed) << "round " << round;
        }
        EXPECT_EQ(delivered[0], delivered[1]) << "round " << round;
    }
}

TEST(RateBucket, FillsEvenlyAndNeverBeyondItsBurst) {
    MonoTime now{1h};
    RateBucket bucket(5, 3, now);
    EXPECT_TRUE(bucket.take(now) && bucket.take(now) && bucket.take(now));
    EXPECT_FALSE(bucket.take(now));
    EXPECT_FALSE(bucket.take(bucket.next() - 2us));
    EXPECT_TRUE(bucket.take(bucket.next()));
    now += 24h * 365;
    int taken = 0;
    while (bucket.take(now)) ++taken;
    EXPECT_EQ(taken, 3);
}

}  // namespace
}  // namespace bongsu::intake
