#pragma once
// A site for tests: journal on a simulated disk, folds in memory, one minute between what happens.

#include <gtest/gtest.h>

#include "env/sim/sim_world.hpp"
#include "event/fold.hpp"
#include "event/intake.hpp"
#include "incident/fold.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::incident {

inline std::vector<std::unique_ptr<journal::Fold>> desk_folds() {
    std::vector<std::unique_ptr<journal::Fold>> all;
    all.push_back(std::make_unique<event::EventFold>());
    all.push_back(std::make_unique<IncidentFold>());
    return all;
}

inline event::Event message(std::string state, int second, std::string number = "N1") {
    event::Event event;
    event.codec = "scsns/1";
    event.sender = "P1100000000";
    event.number = std::move(number);
    event.state = std::move(state);
    event.state_time = from_us(1'800'000'000'000'000 + second * 1'000'000LL);
    event.occurred_at = from_us(1'800'000'000'000'000);
    event.body_digest = std::string(62, 'a') + event.state;
    event.type = "112UC001";
    event.known = true;
    event.grade = "10";
    event.position = event::Position{1'269'236'512, 375'571'034};
    event.place = "마포구";
    event.text = "폭행";
    return event;
}

class Desk : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(book_.catch_up()); }

    /// One batch: raw message, event, incident.
    Change take(const event::Event& event) {
        EXPECT_TRUE(book_.begin());
        const auto raw =
            event::record_raw(book_, {.format = "scsns", .agency = "P1100000000", .bytes = "{}"});
        const auto recorded = event::record_event(book_, event, raw.value_or(event::RawEntry{}));
        EXPECT_TRUE(recorded) << recorded.error().message;
        const auto change = receive_event(book_, event, recorded->event, SiteId{"11000"}, joining_);
        EXPECT_TRUE(change) << change.error().message;
        EXPECT_TRUE(book_.commit());
        world_.clock.advance(std::chrono::minutes{1});
        return change.value_or(Change{});
    }

    Result<Incident> try_act(const IncidentId& id, Act what, std::string role = "operator",
                             std::string user = "U1") {
        EXPECT_TRUE(book_.begin());
        auto done = act(book_, {UserId{std::move(user)}, std::move(role)}, id, what);
        EXPECT_TRUE(book_.commit());
        world_.clock.advance(std::chrono::minutes{1});
        return done;
    }

    Incident now(const IncidentId& id) {
        const auto incident = get(*db_, id);
        EXPECT_TRUE(incident) << incident.error().message;
        return incident.value_or(Incident{});
    }

    std::vector<std::string> kinds(const IncidentId& id) {
        const auto entries = timeline(*db_, id, 0, 200).value_or(std::vector<TimelineEntry>{});
        std::vector<std::string> out;
        for (const auto& entry : entries) out.push_back(entry.kind);
        return out;
    }

    Joining joining_;  ///< Nothing joins by itself.
    env::sim::World world_{1};
    std::unique_ptr<journal::Journal> journal_ = *journal::Journal::open(world_.env, "/site/journal");
    std::unique_ptr<sql::Db> db_ = sql::open_store();
    journal::Book book_{world_.env, *journal_, *db_, desk_folds()};
};

}  // namespace bongsu::incident
