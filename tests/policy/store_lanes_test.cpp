// Who waits for whom before the store.
#include <future>
#include <mutex>
#include <thread>

#include "app/site/release_job.hpp"
#include "app/site/routes.hpp"
#include "app/store_thread.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

using app::StoreThread;

/// A store that is held until open(): what was posted meanwhile stands in the queues. One batch is being released, one
/// waits for that, and the store thread has the third in its hand.
class Lanes : public ::testing::Test {
  protected:
    static constexpr std::size_t kHeld = 3;
    void SetUp() override {
        store_ = std::make_unique<StoreThread>(world_.site(), [this](app::Outputs out) {
            if (std::exchange(first_, false)) {
                held_.set_value();
                go_.get_future().wait();
            }
            const std::lock_guard lock(mutex_);
            ++batches_;
            for (const auto& reply : out.replies) reply();
        });
        store_->post(app::Tick{});
        held_.get_future().wait();
        for (std::size_t batch = 1; batch < kHeld; ++batch) {
            store_->post(app::Tick{});
            while (store_->waiting() > 0) std::this_thread::yield();
        }
    }
    void open() {
        go_.set_value();
        store_->stop();
    }

    http::Request message(const std::string& number, const std::string& type) {
        event::scsns::WriterEvent event;
        event.number = number;
        event.type = type;
        event.occurred_at = event.state_time = world_.clock().wall();
        auto request = request_of("POST", "/linkHttp/recvEvent.json");
        request.remote = "127.0.0.1:1";
        request.body = event::scsns::write_event({.send_cd = "P1100000000",
                                                  .rcv_cd = "B1100000000",
                                                  .rr_key = world_.partner_key(),
                                                  .at = world_.clock().wall()},
                                                 event);
        return request;
    }
    bool post(const std::string& name, http::Request request) {
        return store_->post(app::HttpInput{std::move(request), [this, name](const http::Response& response) {
                                               answers_.push_back({name, batches_, response.body});
                                           }});
    }
    struct Answer {
        std::string name;
        std::size_t batch;
        std::string body;
    };
    const Answer& answer(const std::string& name) {
        for (const auto& each : answers_) {
            if (each.name == name) return each;
        }
        ADD_FAILURE() << name << " was not answered";
        return answers_.front();
    }

    explicit Lanes(std::string_view partners = R"([[partner]]
key = "police-http"
format = "scsns"
sender = "P1100000000"
code_map = """
code,evtId
BELL,EBSCP110
AIR,WESEN110
"""
)") : world_(partners) {}

    World world_;
    std::mutex mutex_;
    std::promise<void> held_, go_;
    bool first_ = true;
    std::size_t batches_ = 0;
    std::vector<Answer> answers_;
    std::unique_ptr<StoreThread> store_;
};

TEST_F(Lanes, AnEmergencyIsServedBeforeAllThatCameBeforeIt) {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(post("sensor", message("s" + std::to_string(i), "FCLFT101")));
    auto desk = request_of("GET", "/api/v1/incidents");
    desk.headers["authorization"] = "Bearer " + world_.token("operator");
    ASSERT_TRUE(post("desk", desk));
    ASSERT_TRUE(post("call", message("call", "112UC001")));

    open();

    ASSERT_EQ(answers_.size(), 1002U) << "nothing is lost";
    EXPECT_EQ(answers_.front().name, "call");
    EXPECT_NE(answers_.front().body.find(R"("result":"0")"), std::string::npos) << answers_.front().body;
    EXPECT_EQ(answer("call").batch, kHeld + 1) << "in the very next batch";
    EXPECT_EQ(answer("desk").batch, kHeld + 1) << "people do not wait behind sensors either";
}

/// The fire service's own codes stand for our types.
class AgreedLanes : public Lanes {
  protected:
    AgreedLanes() : Lanes(R"(
[[partner]]
key = "fire-cloud"
format = "cloudevents"
sender = "F1100000000"
code_map = """
code,evtId,grade
kr.go.fire.alarm,119UC001,10
kr.go.fire.lamp,FCLFT101,20
"""
)") {}

    http::Request event(std::string_view caller, const std::string& id, const std::string& type, bool is_binary) {
        auto request = request_of("POST", "/api/v1/events");
        request.headers["authorization"] = "Bearer " + world_.token(caller);
        if (is_binary) {
            for (const auto& [name, value] : std::map<std::string, std::string>{{"ce-specversion", "1.0"}, {"ce-id", id}, {"ce-source", "s"}, {"ce-type", type}})
                request.headers[name] = value;
        } else {
            request.body = R"({"data":{"text":"\"type\""},"type":")" + type + R"(","specversion":"1.0","source":"s","id":")" + id + "\"}";
        }
        return request;
    }
};

TEST_F(AgreedLanes, AnEmergencyInBinaryModeAndOneOfAPartnersOwnCodeWaitForNothing) {
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(post("sensor", message("s" + std::to_string(i), "FCLFT101")));
    ASSERT_TRUE(post("lamp", event("room119", "lamp", "kr.go.fire.lamp", true)));
    ASSERT_TRUE(post("alarm", event("room119", "a1", "kr.go.fire.alarm", true)));
    ASSERT_TRUE(post("alarm in JSON", event("room119", "a2", "kr.go.fire.alarm", false)));
    ASSERT_TRUE(post("bell", event("room112", "b1", "EBSCP110", true)));

    open();

    for (const auto* name : {"alarm", "alarm in JSON", "bell"}) {
        EXPECT_EQ(answer(name).batch, kHeld + 1) << name;
        EXPECT_NE(answer(name).body.find("incident"), std::string::npos) << answer(name).body;
    }
    EXPECT_NE(answers_[0].name, "sensor");
    EXPECT_NE(answers_[1].name, "sensor");
    EXPECT_NE(answers_[2].name, "sensor");
}

TEST_F(Lanes, AFullBulkLaneRefusesBulkAndTakesEmergencies) {
    std::size_t taken = 0;
    const auto sensor = [&] {
        auto request = message("s" + std::to_string(taken), "FCLFT101");
        request.remote = "10.0.0." + std::to_string(taken % 8) + ":1";
        return post("sensor", std::move(request));
    };
    while (sensor()) ++taken;
    EXPECT_EQ(taken, StoreThread::kQueueMax);

    EXPECT_TRUE(post("call", message("call", "119UC001")));
    const auto counts = store_->counts();
    EXPECT_EQ(counts[static_cast<std::size_t>(app::Lane::bulk)].refused, 1U);
    EXPECT_EQ(counts[static_cast<std::size_t>(app::Lane::bulk)].waiting, StoreThread::kQueueMax);
    EXPECT_EQ(counts[static_cast<std::size_t>(app::Lane::emergency)].refused, 0U);
    open();
    EXPECT_EQ(answers_.front().name, "call");
}

TEST_F(Lanes, AFloodOfEmergenciesDoesNotStarveTheDeskNorTheSensors) {
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(post("call", message("c" + std::to_string(i), "112UC001")));
    auto desk = request_of("GET", "/api/v1/incidents");
    desk.headers["authorization"] = "Bearer " + world_.token("operator");
    ASSERT_TRUE(post("desk", desk));
    ASSERT_TRUE(post("sensor", message("s", "FCLFT101")));

    open();

    EXPECT_EQ(answer("desk").batch, kHeld + 1);
    EXPECT_EQ(answer("sensor").batch, kHeld + 1);
}

TEST_F(Lanes, AFloodOfOnePeerWaitsForItselfAndNotTheOthersForIt) {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(post("flood", message("f" + std::to_string(i), "112UC001")));
    auto other = message("o", "112UC001");
    other.remote = "10.0.0.1:1";
    ASSERT_TRUE(post("other", std::move(other)));

    open();

    EXPECT_EQ(answer("other").batch, kHeld + 1) << "in the very next batch, the second of it";
    EXPECT_EQ(answers_[1].name, "other");
}

TEST_F(Lanes, OnePeerFillsAQuarterOfALaneAndLeavesTheRest) {
    std::size_t taken = 0;
    while (post("flood", message("f" + std::to_string(taken), "112UC001"))) ++taken;
    EXPECT_EQ(taken, StoreThread::kQueueMax / 4);

    auto other = message("o", "112UC001");
    other.remote = "10.0.0.1:1";
    EXPECT_TRUE(post("other", std::move(other)));
    open();
    EXPECT_EQ(answers_[1].name, "other");
}

TEST_F(Lanes, APartnersKeyIsOnePeerWhereverItComesFromAndAnUnknownKeyIsNone) {
    const auto with_key = [&](const std::string& key, const std::string& address) {
        auto request = request_of("POST", "/linkHttp/recvEvent.json");
        request.headers["x-scsns-secret"] = key;
        request.remote = address;
        return app::Input{app::HttpInput{std::move(request), {}}};
    };
    const auto peer = [&](const std::string& key, const std::string& address) {
        return app::peer_of(with_key(key, address), world_.site());
    };
    world_.site().know_peer("a key", "P1100000000");

    EXPECT_EQ(peer("a key", "10.0.0.1:1"), peer("a key", "10.0.0.2:9"));
    EXPECT_EQ(peer("another", "10.0.0.1:1"), peer("a third", "10.0.0.1:2")) << "many keys do not make many peers";
    EXPECT_NE(peer("another", "10.0.0.1:1"), peer("another", "10.0.0.2:1"));
    EXPECT_NE(peer("a key", "10.0.0.1:1"), peer("another", "10.0.0.1:1"));
    open();
}

TEST_F(Lanes, APartnersOwnCodeForAnEmergencyDoesNotWait) {
    const auto lane = [&](http::Request request) { return app::lane_of(app::Input{app::HttpInput{std::move(request), {}}}, world_.site()); };
    EXPECT_EQ(lane(message("b", "BELL")), app::Lane::emergency) << "its key in the message";
    EXPECT_EQ(lane(message("a", "AIR")), app::Lane::bulk);
    auto unknown = message("b", "BELL");
    const auto key = unknown.body.find(world_.partner_key());
    unknown.body.replace(key, 4, "zzzz");
    EXPECT_EQ(lane(unknown), app::Lane::bulk) << "nobody knows what it means";
    unknown.headers["x-scsns-secret"] = world_.partner_key();
    EXPECT_EQ(lane(unknown), app::Lane::emergency) << "its key in the header";

    auto hidden = message("h", "AIR");
    hidden.headers["x-scsns-encat"] = "Y";
    EXPECT_EQ(lane(std::move(hidden)), app::Lane::emergency) << "what cannot be looked into may be one";
    open();
}

TEST_F(Lanes, WhatIsNotTakenIsStillItsSendersAndAnsweredInItsForm) {
    while (post("flood", message("f", "112UC001"))) {
    }
    app::Input input = app::HttpInput{message("f", "112UC001"), {}};
    ASSERT_FALSE(store_->post(std::move(input)));
    const auto& request = std::get<app::HttpInput>(input).request;
    ASSERT_EQ(request.path, "/linkHttp/recvEvent.json");
    const auto answer = app::failure_response(request, Error{ErrorKind::unavailable, "too many requests are waiting", Where::here()});
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(body_of(answer).at("type"), "5003");
    open();
}

TEST_F(Lanes, AReleaseInBulkGoesASliceAtATimeBehindWhoeverComes) {
    const auto job = std::make_shared<app::ReleaseJob>();
    EXPECT_EQ(app::lane_of(app::ReleaseSlice{job}, world_.site()), app::Lane::bulk);
    job->reply = [this](const http::Response& response) { answers_.push_back({"release", batches_, response.body}); };
    ASSERT_TRUE(store_->post(app::ReleaseSlice{job}));
    for (int i = 0; i < 130; ++i) ASSERT_TRUE(post("call", message("c" + std::to_string(i), "112UC001")));

    open();

    EXPECT_EQ(answers_.front().name, "call");
    EXPECT_EQ(answer("release").batch, kHeld + 1) << "slow, not dead";
}

TEST_F(Lanes, MessagesOfOneOccurrenceKeepTheirOrder) {
    auto first = message("o", "112UC001");
    auto second = message("o", "112UC001");
    const auto at = second.body.find(R"("ocrSts":"10")");
    ASSERT_NE(at, std::string::npos);
    second.body.replace(at, 13, R"("ocrSts":"91")");
    ASSERT_TRUE(post("first", std::move(first)));
    ASSERT_TRUE(post("second", std::move(second)));

    open();

    ASSERT_EQ(answers_.size(), 2U);
    EXPECT_EQ(answers_[0].name, "first");
    EXPECT_EQ(answers_[1].name, "second");
}

}  // namespace
}  // namespace bongsu::policy
