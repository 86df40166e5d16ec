#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "grant/test/desk.hpp"
#include "identity/policy.hpp"

namespace bongsu::grant {
namespace {

using identity::Role;

TEST_F(GrantTest, ATicketSaysWhatTheGrantAllowsAndStandsInTheJournal) {
    const auto grant = issued();
    const auto minted = try_mint(person(Role::agency), grant.id);
    ASSERT_TRUE(minted) << minted.error().message;
    const auto claims = ticket::verify(minted->token, {{"11000-t1", key.key.public_key}}, kDistrict, now());
    ASSERT_TRUE(claims) << claims.error().message;
    EXPECT_EQ(claims->grant, grant.id);
    EXPECT_EQ(claims->camera.value, "11440-1001");
    EXPECT_EQ(claims->kind, "live");
    EXPECT_EQ(claims->holder, "U1");
    EXPECT_EQ(claims->audience, kDistrict);
    EXPECT_EQ(claims->to, grant.to);
    EXPECT_EQ(claims->expires, now() + std::chrono::seconds(60));
    EXPECT_FALSE(ticket::verify(minted->token, {{"11000-t1", key.key.public_key}}, kCentre, now()));

    const auto permitted = entries("view.permitted");
    ASSERT_EQ(permitted.size(), 1U);
    const auto& payload = permitted[0].payload;
    EXPECT_EQ(permitted[0].actor, "user:U1");
    EXPECT_EQ(payload.at("view").as_string(), claims->view.value);
    EXPECT_EQ(payload.at("jti").as_string(), claims->jti);
    EXPECT_EQ(payload.at("user").as_string(), "U1");
    EXPECT_EQ(payload.at("agency").as_string(), "P1100000000");
    EXPECT_EQ(payload.at("purpose").as_string(), grant.purpose);
    EXPECT_EQ(payload.at("basis").as_string(), grant.basis);
    EXPECT_EQ(payload.at("incident").as_string(), "INCIDENT1");
    EXPECT_EQ(payload.at("height").to_number<int>(), 0);
    // The token itself opens a view: the journal must not hold it.
    EXPECT_EQ(boost::json::serialize(payload).find(minted->token), std::string::npos);
    expect_pure();
}

enum class State { live, waiting, expired, ended, camera_removed, kind_refused, unknown };

/// What the mint answers, by grant state, to a person who holds the grant.
std::optional<ErrorKind> expected_for_holder(State state) {
    switch (state) {
        case State::live:
            return std::nullopt;
        case State::waiting:
        case State::expired:
        case State::ended:
            return ErrorKind::conflict;
        case State::camera_removed:
        case State::kind_refused:
            return ErrorKind::forbidden;
        case State::unknown:
            return ErrorKind::not_found;
    }
    return std::nullopt;
}

class MintMatrix : public GrantTest {
  protected:
    GrantId in_state(const std::string& purpose, State state) {
        if (state == State::unknown) return {"NONE"};
        auto wanted = request(purpose);
        if (state == State::waiting) wanted.from = now() + std::chrono::minutes(5);
        if (state == State::expired) wanted.to = now() + std::chrono::minutes(1);
        const auto grant = try_issue(wanted).value();
        if (state == State::expired) site.world.clock.advance(std::chrono::minutes(1));
        if (state == State::ended) {
            EXPECT_TRUE(site.in_batch([&] { return end(*site.book, "user:U9", grant.id, "closed"); }));
        }
        if (state == State::camera_removed) {
            EXPECT_TRUE(site.in_batch([&] {
                return change_cameras(*site.book, "site:11000", grant.id, cameras({2, 3}));
            }));
        }
        return grant.id;
    }
};

TEST_F(MintMatrix, EveryRoleInEveryStateOfEveryPurpose) {
    const std::map<std::string, std::set<Role>> holders{
        {"112-emergency-video", {Role::agency}},
        {"operator-incident", {Role::operator_, Role::police, Role::supervisor}},
    };
    std::size_t permitted = 0;
    for (const auto& [purpose, roles] : holders) {
        for (const auto state : {State::live, State::waiting, State::expired, State::ended,
                                 State::camera_removed, State::kind_refused, State::unknown}) {
            for (std::size_t i = 0; i < identity::kRoles; ++i) {
                const auto role = static_cast<Role>(i);
                const auto grant = in_state(purpose, state);
                const auto minted =
                    try_mint(person(role), grant, 1, state == State::kind_refused ? "playback" : "live");
                std::optional<ErrorKind> expected = expected_for_holder(state);
                if (!roles.contains(role)) {
                    // Staff sees that there is such a grant; a foreign agency does not.
                    const bool sees = role != Role::agency && state != State::unknown;
                    expected = sees ? ErrorKind::forbidden : ErrorKind::not_found;
                }
                const auto what = purpose + " " + std::string(identity::to_string(role)) + " state " +
                                  std::to_string(static_cast<int>(state));
                const auto answered =
                    minted ? std::optional<ErrorKind>{} : std::optional(minted.error().kind);
                EXPECT_TRUE(answered == expected) << what;
                permitted += minted ? 1 : 0;
            }
        }
    }
    // Each ticket has its entry, and nothing else has one.
    EXPECT_EQ(entries("view.permitted").size(), permitted);
    EXPECT_EQ(permitted, 1U + 3U);
    expect_pure();
}

TEST_F(GrantTest, AKindThatIsNotInTheGrantIsRefused) {
    std::string text(default_purposes());
    text.replace(text.find("kinds = [\"live\", \"snapshot\"]"), 28, "kinds = [\"snapshot\"]");
    const auto purposes = Purposes::parse(text).value();
    const auto grant = site.in_batch([&] { return issue(*site.book, purposes, request()); }).value();
    EXPECT_TRUE(try_mint(person(Role::agency), grant.id, 1, "snapshot"));
    EXPECT_EQ(try_mint(person(Role::agency), grant.id, 1, "live").error().kind, ErrorKind::forbidden);
    EXPECT_EQ(try_mint(person(Role::agency), grant.id, 1, "relay").error().kind, ErrorKind::invalid);
    EXPECT_EQ(try_mint(person(Role::agency), grant.id, 1, "copy").error().kind, ErrorKind::invalid);
    EXPECT_EQ(try_mint(person(Role::agency), grant.id, 9, "snapshot").error().kind, ErrorKind::forbidden);
}

TEST_F(GrantTest, AGrantOfAPersonIsThatPersonsOnly) {
    auto wanted = request("operator-incident");
    wanted.holder.agency.reset();
    wanted.holder.user = UserId{"U7"};
    const auto grant = try_issue(wanted).value();
    EXPECT_TRUE(try_mint(person(Role::official, "U7"), grant.id));
    EXPECT_EQ(try_mint(person(Role::operator_, "U1"), grant.id).error().kind, ErrorKind::forbidden);
    EXPECT_EQ(try_mint(person(Role::agency, "U1"), grant.id).error().kind, ErrorKind::not_found);
}

TEST_F(GrantTest, PeopleOfAnotherSiteDoNotSeeTheCentresGrants) {
    const auto grant = issued();
    auto mapo = person(Role::official);
    mapo.site = kDistrict;
    mapo.agency.value = "B1144000000";
    EXPECT_EQ(try_mint(mapo, grant.id).error().kind, ErrorKind::not_found);
}

TEST_F(GrantTest, TheHeightIsTheLesserOfWhatIsAllowedAndWanted) {
    std::string text(default_purposes());
    text.replace(text.find("height = 0"), 10, "height = 720");
    const auto purposes = Purposes::parse(text).value();
    const auto grant = site.in_batch([&] { return issue(*site.book, purposes, request()); }).value();
    const auto height = [&](int wanted) {
        const TicketRequest ticket{grant.id, cameras({1})[0], "live", wanted, {}, {}};
        return site
            .in_batch([&] {
                return mint(*site.book, person(Role::agency), ticket, key, kDistrict, kCentre, now());
            })
            .value()
            .claims.height;
    };
    EXPECT_EQ(height(0), 720);
    EXPECT_EQ(height(360), 360);
    EXPECT_EQ(height(1080), 720);
}

TEST_F(GrantTest, ARelayTicketNamesTheSiteAndNeedsALivingGrant) {
    auto grant = issued();
    const auto relay = [&](int camera) {
        return relay_claims(site.world.env, grant, cameras({camera})[0], 0, "11000-t1", kDistrict, kCentre,
                            now());
    };
    const auto claims = relay(1);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->kind, "relay");
    EXPECT_EQ(claims->holder, "site:11000");
    EXPECT_EQ(claims->audience, kDistrict);
    EXPECT_FALSE(claims->from) << "a district whose clock is behind would refuse it";
    EXPECT_EQ(claims->to, grant.to);
    EXPECT_NE(claims->jti, relay(1)->jti);
    EXPECT_EQ(relay(9).error().kind, ErrorKind::forbidden);
    grant = site.in_batch([&] { return end(*site.book, "site:11000", grant.id, "closed"); }).value();
    EXPECT_EQ(relay(1).error().kind, ErrorKind::conflict);
}

}  // namespace
}  // namespace bongsu::grant
