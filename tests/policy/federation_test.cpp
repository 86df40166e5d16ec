// What sites tell each other, and what happens to what could not be kept.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "app/site/site.hpp"
#include "env/sim/sim_world.hpp"
#include "event/codec/scsns_writer.hpp"
#include "grant/verbs.hpp"
#include "journal/checkpoint.hpp"

namespace bongsu::policy {
namespace {

using namespace std::chrono_literals;

using Sites = std::vector<std::string>;

/// Takes the rare branches that it is told to take, each time or at the one visit that is counted down.
struct Chosen final : env::Buggify {
    bool happens(std::string_view place) override {
        if (visits_left > 0 && place == counted) return --visits_left == 0;
        return places.contains(place);
    }
    std::set<std::string, std::less<>> places;
    std::string counted;
    std::uint64_t visits_left = 0;
};

struct FederationTest : testing::Test {
    FederationTest() {
        world.env.rare = &chosen;
        city.centre = {"11000"};
        for (const auto* id : {"11000", "11010", "11020", "11030", "11040", "11050"}) {
            const SiteId site{id};
            if (!world.disk.make_folders(app::site_folder("DATA", site))) ADD_FAILURE() << id;
            const auto ticket = app::load_or_make_key(world.env, "DATA", site, "ticket").value();
            keys[site] = app::load_or_make_key(world.env, "DATA", site, "checkpoint").value();
            app::SiteInfo info;
            info.id = site;
            info.agency = {"B1100000000"};
            info.joined = true;
            info.ticket_kid = ticket.kid;
            info.ticket_public = ticket.pair.public_key;
            info.checkpoint_kid = keys[site].kid;
            info.checkpoint_public = keys[site].pair.public_key;
            city.sites.push_back(info);
        }
        open_centre();
    }

    void open_centre() {
        centre.reset();
        centre = app::Site::open(world.env, {.data = "DATA", .id = city.centre, .city = city, .in_memory = true}).value();
    }

    app::Outputs run(app::Input input) {
        std::vector<app::Input> batch;
        batch.push_back(std::move(input));
        auto out = centre->run(std::move(batch));
        centre->tidy();
        return out;
    }

    /// To whom the centre hands on a checkpoint of `site`.
    std::vector<std::string> handed_on(const std::string& site, std::uint64_t seq) {
        const auto& key = keys.at(SiteId{site});
        const auto made = journal::make({.site = {site},
                                         .seq = seq,
                                         .digest = std::string(64, 'a'),
                                         .time = world.clock.wall(),
                                         .kid = key.kid},
                                        key.pair);
        const auto out = run(app::BusInput{{site}, {{"t", "checkpoint"}, {"checkpoint", journal::to_json(made)}}});
        std::vector<std::string> to;
        for (const auto& [peer, message] : out.to_bus) {
            if (message.at("t") == "checkpoint") to.push_back(peer.value);
        }
        return to;
    }

    /// A view that media has opened, as its spool tells it.
    static boost::json::object spool_of(std::int64_t n) {
        return {{"t", "spool"},
                {"items", boost::json::array{boost::json::object{{"n", n},
                                                                 {"kind", "view.opened"},
                                                                 {"view", "view-" + std::to_string(n)},
                                                                 {"grant", "grant-1"},
                                                                 {"camera", "11000-0001"},
                                                                 {"holder", "user-1"},
                                                                 {"at", "2026-01-01T00:00:00Z"},
                                                                 {"way", "whep"},
                                                                 {"ticketKind", "live"},
                                                                 {"remote", ""},
                                                                 {"reason", ""},
                                                                 {"frames", 1},
                                                                 {"bytes", 1}}}}};
    }

    /// Up to which item the spool was acknowledged; 0 for not at all.
    static std::int64_t acknowledged(const app::Outputs& out) {
        std::int64_t n = 0;
        for (const auto& message : out.to_media) {
            if (message.at("t") == "spool_ack") n = message.at("n").as_int64();
        }
        return n;
    }

    /// The cameras of other sites that media may pull.
    Sites relayed() {
        Sites found;
        const auto out = run(app::MediaUp{});
        for (const auto& camera : out.to_media.front().at("cameras").as_array()) {
            if (camera.at("relay").as_bool()) found.emplace_back(camera.at("id").as_string());
        }
        return found;
    }

    GrantId issue(const std::vector<CameraId>& cameras) {
        grant::GrantRequest request;
        request.actor = "site:11000";
        request.purpose = "operator-incident";
        request.incident.value = "incident-1";
        request.holder.agency = AgencyId{"B1100000000"};
        request.cameras = cameras;
        EXPECT_TRUE(centre->book().begin());
        const auto grant = grant::issue(centre->book(), grant::Purposes::defaults(), request).value();
        EXPECT_TRUE(centre->book().commit());
        return grant.id;
    }

    std::string post(const std::string& path, const std::string& body) {
        std::string answer;
        http::Request request;
        request.method = "POST";
        request.path = path;
        request.headers["content-type"] = "application/json";
        request.body = body;
        request.remote = "127.0.0.1:5000";
        auto out = run(app::HttpInput{request, [&](const http::Response& response) { answer = response.body; }});
        for (const auto& reply : out.replies) reply();
        return answer;
    }

    static std::string field(const std::string& answer, std::string_view name) {
        boost::system::error_code code;
        const auto value = boost::json::parse(answer, code);
        return code ? std::string() : std::string(value.as_object().at(name).as_string());
    }

    Chosen chosen;
    env::sim::World world{3};
    app::City city;
    std::map<SiteId, app::SiteKey> keys;
    std::unique_ptr<app::Site> centre;
};

TEST_F(FederationTest, TwoFurtherSitesHoldIt) {
    for (const auto* id : {"11010", "11020", "11030", "11040", "11050"}) run(app::BusUp{{id}});
    EXPECT_EQ(handed_on("11020", 5), (Sites{"11030", "11040"}));
    EXPECT_EQ(handed_on("11050", 5), (Sites{"11010", "11020"}));
    EXPECT_EQ(handed_on("11020", 5), Sites{}) << "what is held and was handed on stays where it is";
    open_centre();
    for (const auto* id : {"11010", "11020", "11030", "11040", "11050"}) run(app::BusUp{{id}});
    EXPECT_EQ(handed_on("11020", 5), (Sites{"11030", "11040"})) << "it may have got no further before the restart";
}

TEST_F(FederationTest, WhoComesBackIsToldWhatItIsToHold) {
    for (const auto* id : {"11010", "11020", "11030", "11040", "11050"}) run(app::BusUp{{id}});
    handed_on("11020", 5);
    const auto checkpoints_told = [&](const std::string& site) {
        run(app::BusDown{{site}});
        std::size_t told = 0;
        const auto out = run(app::BusUp{{site}});
        for (const auto& [peer, message] : out.to_bus) {
            if (message.at("t") == "checkpoint" && message.at("checkpoint").at("site") == "11020") ++told;
        }
        return told;
    };
    EXPECT_EQ(checkpoints_told("11040"), 1U);
    EXPECT_EQ(checkpoints_told("11050"), 0U);
}

TEST_F(FederationTest, SitesThatAreNotThereAreLeftOut) {
    for (const auto* id : {"11010", "11020", "11050"}) run(app::BusUp{{id}});
    EXPECT_EQ(handed_on("11020", 5), (Sites{"11050", "11010"}));
    run(app::BusDown{{"11050"}});
    EXPECT_EQ(handed_on("11020", 6), Sites{"11010"});
    run(app::BusDown{{"11010"}});
    EXPECT_EQ(handed_on("11020", 7), Sites{});
}

TEST_F(FederationTest, WhatCouldNotBeKeptIsToldAgainByAConnectionThatBeginsAnew) {
    run(app::BusUp{{"11020"}});
    chosen.places = {"journal.pending_full"};
    const auto lines = std::string();
    const auto out = run(app::BusInput{
        {"11020"}, {{"t", "catalogue"}, {"first", true}, {"last", true}, {"lines", lines}}});
    EXPECT_TRUE(out.links_begin_anew);
    chosen.places.clear();
    EXPECT_FALSE(run(app::BusInput{{"11020"}, {{"t", "nonsense"}}}).links_begin_anew)
        << "what is wrong stays wrong however often it is told";
}

/// The journal has the batch, the database has not: what peers acknowledged stood in the database alone.
TEST_F(FederationTest, WhatStoodBesideTheFoldsIsToldAgainWhenTheyFellBehind) {
    run(app::BusUp{{"11020"}});
    EXPECT_FALSE(run(app::Tick{}).links_begin_anew);
    chosen.places = {"book.folds_behind"};
    EXPECT_FALSE(run(app::BusInput{{"11020"}, {{"t", "outbox_ack"}, {"seq", 1}}}).links_begin_anew) << "it is not lost yet";
    chosen.places.clear();
    EXPECT_TRUE(run(app::Tick{}).links_begin_anew);
    EXPECT_FALSE(run(app::Tick{}).links_begin_anew);
}

TEST_F(FederationTest, NothingBehindALostSpoolItemIsAcknowledgedBeforeItWasToldAgain) {
    run(app::MediaUp{});
    chosen.places = {"journal.pending_full"};
    const auto lost = run(app::MediaInput{spool_of(1)});
    EXPECT_EQ(acknowledged(lost), 0);
    EXPECT_TRUE(lost.links_begin_anew);
    chosen.places.clear();
    EXPECT_EQ(acknowledged(run(app::MediaInput{spool_of(2)})), 0) << "it would count for the first item, too";

    run(app::MediaDown{});
    run(app::MediaUp{});
    EXPECT_EQ(acknowledged(run(app::MediaInput{spool_of(1)})), 1);
    EXPECT_EQ(acknowledged(run(app::MediaInput{spool_of(2)})), 2);
}

TEST_F(FederationTest, ASpoolItemOfALostBatchHoldsBackTheLaterOnes) {
    run(app::MediaUp{});
    world.disk.disk_full(true);
    EXPECT_EQ(acknowledged(run(app::MediaInput{spool_of(1)})), 0);
    world.disk.disk_full(false);
    EXPECT_EQ(acknowledged(run(app::MediaInput{spool_of(2)})), 0);
    run(app::MediaUp{});
    EXPECT_EQ(acknowledged(run(app::MediaInput{spool_of(1)})), 1);
}

/// A message that fails at any of its entries is not taken, and taken whole when it comes again.
TEST_F(FederationTest, AMessageThatFailedHalfWayLeavesNothingThatItsRepeatWouldStumbleOver) {
    EXPECT_TRUE(centre->book().begin());
    const auto account = centre->accounts()
                             .create_account(centre->book(), {.login = "room112",
                                                              .name_ko = "모의",
                                                              .name_en = "Simulated",
                                                              .role = identity::Role::agency,
                                                              .site = {"11000"},
                                                              .agency = {"P1100000000"},
                                                              .send_cd = "P1100000000",
                                                              .rcv_cd = "B1100000000"})
                             .value();
    EXPECT_TRUE(centre->book().commit());
    event::scsns::WriterHead head{.send_cd = "P1100000000", .rcv_cd = "B1100000000", .at = world.clock.wall()};
    head.rr_key = field(post("/api/getAuth.json", event::scsns::write_get_auth(head, account.api_key)), "message");
    for (std::uint64_t visit = 1; visit <= 8; ++visit) {
        event::scsns::WriterEvent call;
        call.number = "call-" + std::to_string(visit);
        call.occurred_at = call.state_time = std::chrono::floor<std::chrono::seconds>(world.clock.wall());
        const auto message = event::scsns::write_event(head, call);
        const auto entries = centre->book().journal().committed_seq();
        chosen.counted = "journal.pending_full";
        chosen.visits_left = visit;
        const auto first = field(post("/linkHttp/recvEvent.json", message), "result");
        const bool failed = chosen.visits_left == 0;
        EXPECT_EQ(first, failed ? "1" : "0") << "entry " << visit;
        EXPECT_EQ(centre->book().journal().committed_seq() == entries, failed) << "entry " << visit;
        chosen.visits_left = 0;
        EXPECT_EQ(field(post("/linkHttp/recvEvent.json", message), "result"), "0") << "entry " << visit;
        const auto opened = centre->book().db().query(
            "select count(*) from incident i join event e on i.event = e.id where e.number = $1", {call.number});
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_EQ((*opened)[0].integer(0), 1) << "entry " << visit;
    }
}

TEST_F(FederationTest, ALinkThatIsSilentForTenSecondsIsAnAlarmOfThatSiteUntilItStandsAgain) {
    const auto silent = [&] {
        std::set<std::string> sites;
        const auto standing = alarm::retained(centre->book().db(), alarm::Rules::defaults(), world.clock.wall()).value();
        for (const auto& one : standing) {
            if (one.rule == "link.silent") sites.insert(one.source);
        }
        return sites;
    };
    const auto pass = [&](std::chrono::seconds time) {
        world.clock.advance(time);
        run(app::Tick{});
    };
    for (const auto* site : {"11010", "11020", "11030", "11040"}) run(app::BusUp{{site}});
    pass(2s);
    pass(9s);
    EXPECT_TRUE(silent().empty()) << "11050 has had no time yet";
    pass(2s);
    EXPECT_EQ(silent(), std::set<std::string>{"site:11050"});

    run(app::BusDown{{"11020"}});
    run(app::BusUp{{"11050"}});
    pass(5s);
    EXPECT_TRUE(silent().empty());
    run(app::BusUp{{"11020"}});
    pass(20s);
    EXPECT_TRUE(silent().empty()) << "a link that was made anew";
    run(app::BusDown{{"11020"}});
    pass(2s);
    pass(12s);
    ASSERT_EQ(silent(), std::set<std::string>{"site:11020"});
    const auto entries = centre->book().journal().last_seq();
    world.disk.disk_full(true);
    run(app::BusUp{{"11020"}});
    pass(2s);
    world.disk.disk_full(false);
    pass(10s);
    pass(2s);
    EXPECT_TRUE(silent().empty()) << "what could not be written down is written later";
    EXPECT_GT(centre->book().journal().last_seq(), entries);
    run(app::BusDown{{"11020"}});
    pass(2s);
    pass(12s);
    run(app::Stop{});
    open_centre();
    pass(2s);
    EXPECT_EQ(silent().count("site:11020"), 1U) << "after a start nobody knows yet whether it holds: it stays";
}

TEST_F(FederationTest, APermissionThatComesAfterItsGrantsEndPermitsNothing) {
    run(app::BusUp{{"11020"}});
    const CameraId camera{"11020-0001"};
    const auto living = issue({camera}), ended = issue({camera});
    EXPECT_TRUE(centre->book().begin());
    EXPECT_TRUE(grant::end(centre->book(), "site:11000", ended, "closed"));
    EXPECT_TRUE(centre->book().commit());
    const auto permitted = [&](const GrantId& grant, const std::string& id) {
        run(app::BusInput{{"11020"},
                          {{"t", "relay_permitted"}, {"grant", grant.value}, {"cameras", boost::json::array{id}}}});
    };

    permitted(ended, camera.value);
    EXPECT_EQ(relayed(), Sites{});
    permitted(living, "11020-0002");
    EXPECT_EQ(relayed(), Sites{}) << "a camera that is not in the grant";
    permitted(living, camera.value);
    EXPECT_EQ(relayed(), Sites{camera.value});
}

}  // namespace
}  // namespace bongsu::policy
