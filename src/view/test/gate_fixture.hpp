#pragma once
// A gate on a simulated disk and clock, and tickets signed by a key that it knows.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "env/sim/sim_world.hpp"
#include "ticket/ticket.hpp"
#include "view/gate.hpp"

namespace bongsu::view::test {

using namespace std::chrono_literals;

struct GateFixture : testing::Test {
    env::sim::SimClock clock{from_us(1'790'000'000'000'000)};
    env::sim::SimRandom random{11};
    env::sim::SimDisk disk;
    env::Env env{clock, random, disk};
    crypto::KeyPair key = *crypto::key_pair_of_seed(std::string(32, 'k'));
    crypto::KeyPair stranger = *crypto::key_pair_of_seed(std::string(32, 's'));
    std::unique_ptr<Spool> spool;
    std::unique_ptr<Gate> gate;
    CameraId camera{"11440-0001"};
    Desired desired;

    void SetUp() override {
        desired.site = {"11440"};
        desired.keys = {{"11440-t1", key.public_key}};
        desired.origins = {"http://127.0.0.1:8000"};
        start();
        gate->set_state(desired);
    }
    /// A new run of the process on what the disk holds.
    void start() {
        gate.reset();
        spool.reset();
        auto opened = Spool::open(disk, clock, "data/11440/spool");
        ASSERT_TRUE(opened) << opened.error().message;
        spool = *std::move(opened);
        gate = std::make_unique<Gate>(env, *spool);
    }
    ticket::Claims claims() {
        ticket::Claims out;
        out.kid = "11440-t1";
        out.jti = "jti-" + std::to_string(++number_);
        out.view = {"view-" + std::to_string(number_)};
        out.grant = {"grant-1"};
        out.camera = camera;
        out.kind = "live";
        out.height = 360;
        out.expires = std::chrono::time_point_cast<std::chrono::seconds>(clock.wall()) + 60s;
        out.audience = {"11440"};
        out.holder = "user-1";
        return out;
    }
    std::string sign(const ticket::Claims& claims) { return ticket::sign(claims, key); }
    std::string good() { return sign(claims()); }
    Result<Lease> open(const std::string& ticket, std::string_view kind = "live") {
        return gate->open(ticket, camera, kind, Way::whep, "127.0.0.1:5000");
    }
    /// Why it was refused; "" if it was opened.
    std::string refusal(const std::string& ticket, std::string_view kind = "live") {
        const auto lease = open(ticket, kind);
        return lease ? "" : lease.error().message;
    }
    std::vector<Item> of_kind(std::string_view kind) {
        std::vector<Item> out;
        for (const Item& item : spool->items()) {
            if (item.kind == kind) out.push_back(item);
        }
        return out;
    }

  private:
    int number_ = 0;
};

}  // namespace bongsu::view::test
