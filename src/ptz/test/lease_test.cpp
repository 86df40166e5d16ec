#include "ptz/lease.hpp"

#include <gtest/gtest.h>

#include "env/sim/sim_world.hpp"
#include "grant/fold.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "journal/erasable.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::ptz {
namespace {

using namespace std::chrono_literals;
using identity::Role;

std::vector<std::unique_ptr<journal::Fold>> folds() {
    std::vector<std::unique_ptr<journal::Fold>> out;
    out.push_back(std::make_unique<grant::GrantsFold>());
    out.push_back(std::make_unique<PtzFold>());
    return out;
}

class LeaseTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(book_.catch_up());
        incident_ = issue("operator-incident", {.user = {}, .agency = AgencyId{"B1100000000"}});
        patrol_ = issue("operator-duty", {.user = UserId{"U1"}, .agency = {}});
    }

    template <class Verb>
    auto in_batch(const Verb& verb) {
        EXPECT_TRUE(book_.begin());
        EXPECT_TRUE(book_.mark());
        auto done = verb();
        if (!done) book_.undo();  // As the site does with a verb that fails.
        EXPECT_TRUE(book_.commit());
        return done;
    }
    GrantId issue(const std::string& purpose, const grant::Holder& holder) {
        const auto made = in_batch([&] {
            return grant::issue(book_, grant::Purposes::defaults(),
                                {.actor = "site:11000", .purpose = purpose, .incident = {purpose == "operator-duty" ? "" : "I1"}, .event = {}, .holder = holder,
                                 .cameras = {kCamera, {"11000-0002"}}, .from = {}, .to = {}, .second_person = {}});
        });
        EXPECT_TRUE(made) << made.error().message;
        return made ? made->id : GrantId{};
    }
    identity::Session person(const std::string& user, Role role, const std::string& agency = "B1100000000") const {
        identity::Session out;
        out.user = {user};
        out.role = role;
        out.site = kHere;
        out.agency = {agency};
        return out;
    }
    Result<Taken> take_it(const identity::Session& who, const GrantId& grant, const std::string& reason = "쫓아감", const CameraId& camera = {"11000-0001"}) {
        return in_batch([&] { return take(book_, who, kHere, {.camera = camera, .grant = grant, .reason = reason}, world_.clock.wall()); });
    }
    std::vector<journal::Entry> entries(const std::string& kind) {
        std::vector<journal::Entry> out;
        EXPECT_TRUE(journal_->read(0, [&](journal::Entry entry) -> Result<bool> {
            if (entry.kind == kind) out.push_back(std::move(entry));
            return true;
        }));
        return out;
    }

    const SiteId kHere{"11000"};
    const CameraId kCamera{"11000-0001"};
    env::sim::World world_{1};
    std::unique_ptr<journal::Journal> journal_ = *journal::Journal::open(world_.env, "/site/journal");
    std::unique_ptr<sql::Db> db_ = sql::open_store();
    journal::Book book_{world_.env, *journal_, *db_, folds()};
    GrantId incident_, patrol_;
};

TEST_F(LeaseTest, ACameraHasOneOwnerWithAReasonOnRecord) {
    const auto taken = take_it(person("U1", Role::operator_), incident_);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_TRUE(taken->is_new);
    EXPECT_EQ(taken->lease.rank, Rank::operator_);
    EXPECT_EQ(taken->lease.incident, IncidentId{"I1"});
    EXPECT_EQ(lease_of(*db_, kCamera).value()->user, UserId{"U1"});
    const auto entry = entries("ptz.leased").at(0);
    EXPECT_EQ(entry.payload.at("reason"), "쫓아감");
    EXPECT_EQ(entry.payload.at("purpose"), "operator-incident");
    EXPECT_FALSE(entry.payload.at("basis").as_string().empty());
    EXPECT_EQ(entry.subjects, (std::vector<std::string>{"camera:11000-0001", "grant:" + incident_.value, "incident:I1"}));

    EXPECT_FALSE(take_it(person("U1", Role::operator_), incident_)->is_new) << "the same again is nothing";
    EXPECT_EQ(entries("ptz.leased").size(), 1U);
    const auto other = take_it(person("U1", Role::operator_), incident_, "다른 길로 감");
    EXPECT_EQ(other->before->id, taken->lease.id) << "another reason is another lease";
    EXPECT_EQ(entries("ptz.leased").size(), 2U);
}

TEST_F(LeaseTest, PoliceGoesBeforeOperatorAndOperatorBeforePatrol) {
    struct Row {
        identity::Session first, second;
        GrantId first_grant, second_grant;
        bool gets_it;
    };
    const auto op = person("U1", Role::operator_), other = person("U2", Role::operator_), supervisor = person("U3", Role::supervisor), police = person("U4", Role::police);
    for (const Row& row : {Row{op, other, patrol_, incident_, true}, Row{op, police, patrol_, incident_, true}, Row{op, police, incident_, incident_, true},
                           Row{op, other, incident_, incident_, false}, Row{op, supervisor, incident_, incident_, false}, Row{police, op, incident_, patrol_, false},
                           Row{police, supervisor, incident_, incident_, false}, Row{other, op, incident_, patrol_, false}}) {
        const auto first = take_it(row.first, row.first_grant).value().lease;
        const auto second = take_it(row.second, row.second_grant);
        SCOPED_TRACE(std::string(to_string(first.rank)) + " then " + row.second.user.value);
        ASSERT_EQ(second.has_value(), row.gets_it);
        if (row.gets_it) {
            EXPECT_EQ(second->before->id, first.id);
            const auto ended = find(*db_, first.id).value();
            EXPECT_EQ(ended.why, "taken_over");
            EXPECT_EQ(ended.by, "user:" + row.second.user.value);
        } else {
            EXPECT_EQ(second.error().code, "ptz_taken");
            EXPECT_EQ(lease_of(*db_, kCamera).value()->id, first.id);
        }
        ASSERT_TRUE(in_batch([&] { return release(book_, "user:x", lease_of(*db_, kCamera).value().value(), "released"); }));
    }
}

TEST_F(LeaseTest, ThePolicesOwnRoomIsPoliceAndAnotherAgencyIsNot) {
    const auto grant = issue("operator-incident", {.user = {}, .agency = AgencyId{"P1100000000"}});
    const auto found = grant::find_grant(*db_, grant).value();
    EXPECT_EQ(rank_of(person("U7", Role::agency, "P1100000000"), found), Rank::police);
    EXPECT_EQ(rank_of(person("U8", Role::agency, "F1100000000"), found), Rank::operator_);
    EXPECT_EQ(rank_of(person("U1", Role::operator_), grant::find_grant(*db_, patrol_).value()), Rank::patrol);
}

TEST_F(LeaseTest, NothingIsTurnedWithoutAGrantThatTurns) {
    const auto op = person("U1", Role::operator_);
    EXPECT_EQ(take_it(op, {"01K0000000000000000000000Z"}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(take_it(person("U9", Role::agency, "F1100000000"), incident_).error().kind, ErrorKind::not_found) << "a grant that one may not see";
    EXPECT_EQ(take_it(person("U2", Role::operator_), patrol_).error().kind, ErrorKind::forbidden) << "somebody else's own";
    EXPECT_EQ(take_it(op, incident_, "x", {"11000-0009"}).error().kind, ErrorKind::forbidden) << "a camera that it has not";
    EXPECT_EQ(take_it(op, incident_, " ").error().field, "reason");
    EXPECT_EQ(take_it(op, incident_, std::string(201, 'x')).error().field, "reason");

    const auto lease = take_it(op, incident_).value().lease;
    EXPECT_TRUE(check_grant(*db_, lease, world_.clock.wall()));
    ASSERT_TRUE(in_batch([&] { return grant::end_of_incident(book_, "site:11000", {"I1"}, "closed"); }));
    EXPECT_EQ(check_grant(*db_, lease, world_.clock.wall()).error().kind, ErrorKind::conflict);
    EXPECT_EQ(take_it(op, incident_).error().kind, ErrorKind::conflict);
}

TEST_F(LeaseTest, AMoveIsUnderWayUntilItRests) {
    const auto lease = take_it(person("U1", Role::operator_), incident_).value().lease;
    const auto motion = in_batch([&] { return begin_motion(book_, "user:U1", lease, {.act = "move", .speed = {.pan = -50, .tilt = 0, .zoom = 100}}); }).value();
    EXPECT_EQ(find(*db_, lease.id)->motion, motion);
    const auto moved = entries("ptz.moved").at(0);
    EXPECT_EQ(moved.payload.at("pan"), -50);
    EXPECT_EQ(moved.payload.at("zoom"), 100);

    const auto from = world_.clock.wall();
    ASSERT_TRUE(in_batch([&] { return end_motion(book_, "user:U1", lease, {.id = motion, .speed = {}, .from = from, .to = from + 2s, .count = 7}, "stopped"); }));
    EXPECT_EQ(find(*db_, lease.id)->motion, "");
    EXPECT_EQ(entries("ptz.rested").at(0).payload.at("count"), 7);

    ASSERT_TRUE(in_batch([&] { return begin_motion(book_, "user:U1", lease, {.act = "preset", .speed = {}, .preset = "1"}); }));
    EXPECT_EQ(find(*db_, lease.id)->motion, "") << "a preset's way ends by itself";
    EXPECT_EQ(find(*db_, lease.id)->motions, 2);
    EXPECT_EQ(entries("ptz.moved").at(1).payload.at("preset"), "1");
}

TEST_F(LeaseTest, OnePersonTurnsSixCamerasAtMost) {
    std::vector<CameraId> cameras;
    for (int i = 0; i < 7; ++i) cameras.push_back({"11000-100" + std::to_string(i)});
    const auto grant = in_batch([&] {
        return grant::issue(book_, grant::Purposes::defaults(),
                            {.actor = "site:11000", .purpose = "operator-incident", .incident = {"I2"}, .event = {}, .holder = {.user = {}, .agency = AgencyId{"B1100000000"}},
                             .cameras = cameras, .from = {}, .to = {}, .second_person = {}});
    }).value().id;
    const auto op = person("U1", Role::operator_);
    for (std::size_t i = 0; i < kLeasesMax; ++i) ASSERT_TRUE(take_it(op, grant, "x", cameras[i]));
    EXPECT_EQ(take_it(op, grant, "x", cameras[6]).error().kind, ErrorKind::exhausted);
    EXPECT_TRUE(take_it(op, grant, "y", cameras[0])) << "one that the caller has";
    EXPECT_EQ(standing(*db_)->size(), kLeasesMax);
}

TEST_F(LeaseTest, TheReasonMayBeErasedAndTheLeaseStays) {
    const auto lease = take_it(person("U1", Role::operator_), incident_, "흰 옷의 사람").value().lease;
    const auto entry = entries("ptz.leased").at(0);
    EXPECT_TRUE(journal::may_be_erased("ptz.leased"));
    const auto left = journal::left_of(entry.kind, entry.payload);
    EXPECT_FALSE(left.contains("reason"));
    EXPECT_TRUE(left.contains("user") && left.contains("rank") && left.contains("basis"));
    ASSERT_TRUE(in_batch([&] {
        return book_.append({std::string(journal::kErasureOrdered), "user:U5", {},
                             journal::to_json(journal::ErasureOrder{.seq = 0, .id = "E1", .reason = "retention", .basis = "PIPA 21", .entries = {{entry.seq, entry.kind, left}}})});
    }));
    EXPECT_EQ(find(*db_, lease.id)->reason, "");
    EXPECT_EQ(find(*db_, lease.id)->user, UserId{"U1"});
}

}  // namespace
}  // namespace bongsu::ptz
