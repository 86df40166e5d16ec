// Between sites: no site speaks for another, a district is ordered by its centre alone, nobody's session counts elsewhere; and
// what is served without a session is the same for everybody.

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <fstream>
#include <sstream>

#include "app/site/routes.hpp"
#include "app/static_files.hpp"
#include "cells.hpp"
#include "crypto/crypto.hpp"
#include "federation/relay.hpp"
#include "grant/read.hpp"
#include "journal/checkpoint.hpp"
#include "policy/world.hpp"
#include "town.hpp"

namespace bongsu::authorisation {
namespace {

namespace json = boost::json;
using policy::request_of;

struct SiteCells : testing::Test {
    void check(const std::string& table, const std::string& cell, bool may, bool did, std::vector<std::pair<std::string, std::string>> dimensions) {
        Tally::all().count(table, dimensions);
        if (may == did) return;
        ++wrong;
        Tally::all().wrong(cell, may ? "may, and it was not done" : "may not, and it was done");
    }
    /// Refused is: not a word in the record, to media or to a site, and nobody's screen.
    bool says_nothing(app::Site& site, const SiteId& peer, const json::object& message) {
        const auto before = site.book().journal().committed_seq();
        const auto out = town.run(site, app::BusInput{peer, message});
        return site.book().journal().committed_seq() == before && out.to_bus.empty() && out.to_media.empty() && out.published.empty() && !out.links_begin_anew;
    }
    json::object order_of(const std::string& grant, const std::string& camera, const std::string& purpose) {
        return {{"t", "relay_order"}, {"grant", grant}, {"cameras", json::array{camera}}, {"purpose", purpose}, {"basis", "x"}, {"incident", "i"}, {"to", to_us(town.clock().wall() + 60min)}};
    }
    std::size_t relays_of(const std::string& grant) { return federation::cameras_of(town.district().book(), {grant})->size(); }
    json::object checkpoint_of(const SiteId& site, const SiteId& key_of, const std::string& kid_of, std::uint64_t seq) {
        const auto key = app::load_or_make_key(town.env(), "DATA", key_of, "checkpoint").value();
        const auto kid = app::load_or_make_key(town.env(), "DATA", {kid_of}, "checkpoint").value().kid;
        return journal::to_json(journal::make({.site = site, .seq = seq, .digest = std::string(64, 'a'), .time = town.clock().wall(), .kid = kid}, key.pair));
    }
    json::object view_of(const std::string& camera, const std::string& view) {
        return {{"seq", 1}, {"kind", "view.permitted"}, {"time", to_us(town.clock().wall())}, {"actor", "user:u"},
                {"payload", json::object{{"view", view}, {"grant", "g"}, {"camera", camera}, {"kind", "live"}, {"user", "u"}, {"purpose", "p"}, {"basis", "b"}}}};
    }

    Town town;
    std::size_t wrong = 0;
};

TEST_F(SiteCells, ADistrictSpeaksForItsOwnAlone) {
    auto& centre = town.centre();
    town.run(app::BusUp{kOtherDistrict});
    const std::map<std::string, std::string> camera_of{{"11440", "11440-0001"}, {"11000", town.camera("live")}, {"11200", "11200-0001"}};
    const auto lines = [&](const std::string& id, const std::string& site) {
        return "{\"id\":\"" + id + "\",\"name\":\"x\",\"site\":\"" + site + "\",\"owner\":\"B" + site +
               "00000\",\"lon\":127.0,\"lat\":37.5,\"bearing\":0,\"fov\":60,\"range\":50,\"height\":4,\"ptz\":false,\"purpose\":\"crime\",\"connected\":true}\n";
    };
    for (const auto& peer : {kDistrict, kOtherDistrict}) {
        for (const auto& [owner, camera] : camera_of) {
            const bool is_own = owner == peer.value;
            const std::vector<std::pair<std::string, std::string>> by{{"from", peer.value}, {"about a camera of", owner}};
            const auto with = [&](const std::string& message) {
                auto all = by;
                all.emplace_back("message", message);
                return all;
            };
            const auto cell = [&](const std::string& message) { return "site " + peer.value + " to the centre: " + message + " about " + camera; };
            // A list of cameras: first, so that each has its own. One id under another's site is nobody's either.
            const json::object list{{"t", "catalogue"}, {"first", true}, {"last", true}, {"lines", lines(camera, owner)}};
            if (is_own && owner == "11200") {
                town.run(app::BusInput{peer, list});
                check("sites", cell("catalogue"), true, centre.directory().find({camera}) != nullptr, with("catalogue"));
            } else if (!is_own) {
                check("sites", cell("catalogue"), false, !says_nothing(centre, peer, list), with("catalogue"));
                json::object mixed = list;
                mixed["lines"] = lines(camera, peer.value);
                check("sites", cell("catalogue, as its own"), false, !says_nothing(centre, peer, mixed), with("catalogue, as its own"));
            }
            const auto cause = "cause by " + peer.value;
            town.run(app::BusInput{peer, {{"t", "camera"}, {"id", camera}, {"state", "unreachable"}, {"cause", cause}, {"at", to_us(town.clock().wall())}}});
            const auto* known = centre.directory().find({camera});
            check("sites", cell("camera"), is_own && known != nullptr, known != nullptr && known->cause == cause, with("camera"));
            // Leave for a relay, and its refusal.
            const auto grant = town.issue("P", town.incident("live"), {"11440-0001", town.camera("live"), "11200-0001"}, "live snapshot");
            town.run(app::BusInput{peer, {{"t", "relay_permitted"}, {"grant", grant}, {"cameras", json::array{camera}}}});
            bool is_pulled = false;
            const auto state = town.run(app::MediaUp{}).to_media.front();
            for (const auto& wish : state.at("cameras").as_array()) is_pulled = is_pulled || (wish.at("id").as_string() == camera && wish.at("relay").as_bool());
            check("sites", cell("relay_permitted"), is_own, is_pulled, with("relay_permitted"));
            town.run(app::BusInput{peer, {{"t", "relay_refused"}, {"grant", grant}, {"cameras", json::array{camera}}, {"reason", "x"}}});
            const bool is_left = !grant::find_grant(centre.book().db(), {grant})->has({camera});
            check("sites", cell("relay_refused"), is_own, is_left, with("relay_refused"));
            town.run(app::BusDown{peer});  // What was permitted goes with the link, for the next cell.
            town.run(app::BusUp{peer});
            for (const auto& other : camera_of) town.run(app::BusInput{{other.first}, {{"t", "camera"}, {"id", other.second}, {"state", "streaming"}, {"cause", ""}, {"at", to_us(town.clock().wall())}}});
        }
        // What a centre says is nothing that a district may say, nor is what nobody knows.
        const auto grant = town.issue("P", town.incident("live"), {town.camera("live")}, "live");
        for (const auto& message : std::vector<json::object>{order_of(grant, town.camera("live"), "112-emergency-video"), {{"t", "relay_end"}, {"grant", grant}, {"reason", "x"}}, {{"t", "relay_live"}, {"grants", json::array{}}},
                                                             {{"t", "outbox"}, {"items", json::array{view_of(town.camera("live"), "v1")}}}, {{"t", "spool"}, {"items", json::array{}}}, {{"t", "grant"}, {"grant", grant}},
                                                             {{"t", "erase"}}, {{"t", "nonsense"}}, {{"t", ""}}, {}, {{"t", 7}}}) {
            const auto text = json::serialize(message).substr(0, 40);
            check("sites", "site " + peer.value + " to the centre: " + text, false, !says_nothing(centre, peer, message), {{"from", peer.value}, {"message", "of a centre, or unknown"}});
            check("sites", "site " + peer.value + " to the centre, the grant: " + text, true, grant::find_grant(centre.book().db(), {grant})->state_at(town.clock().wall()) == grant::GrantState::live, {{"from", peer.value}, {"message", "of a centre, or unknown"}});
        }
        // A checkpoint is its owner's word whoever carries it, and nobody else's.
        for (const auto& site : {kDistrict, kOtherDistrict, kCentre}) {
            for (const auto& key_of : {kDistrict, kOtherDistrict}) {
                for (const auto& kid_of : {site.value, key_of.value}) {
                    static std::uint64_t seq = 100;
                    const bool may = site == key_of && kid_of == site.value;
                    const json::object message{{"t", "checkpoint"}, {"checkpoint", checkpoint_of(site, key_of, kid_of, ++seq)}};
                    const auto before = federation::held_seq(centre.book().db(), site);
                    town.run(app::BusInput{peer, message});
                    const auto after = federation::held_seq(centre.book().db(), site);
                    check("sites", "site " + peer.value + " to the centre: a checkpoint of " + site.value + " signed by " + key_of.value + " as " + kid_of, may, after && (!before || *after > *before) && *after == seq, {{"from", peer.value}, {"message", "checkpoint"}});
                }
            }
        }
    }
    EXPECT_EQ(wrong, 0U);
}

TEST_F(SiteCells, ADistrictIsOrderedByItsCentreAlone) {
    auto& district = town.district();
    int number = 0;
    for (const auto& peer : {kCentre, kOtherDistrict, SiteId{"99999"}, kDistrict}) {
        const bool is_centre = peer == kCentre;
        const auto cell = [&](const std::string& message) { return "site " + peer.value + " to the district: " + message; };
        const auto by = [&](const std::string& message) { return std::vector<std::pair<std::string, std::string>>{{"from", peer.value}, {"message", message}}; };
        for (const auto* purpose : {"112-emergency-video", "operator-incident", "operator-duty", "119-fire", ""}) {
            for (const auto* camera : {"11440-0001", "11440-0002", "11440-9999", "11200-0001", "11000-1001"}) {
                const auto grant = "G-" + std::to_string(++number);
                town.run(district, app::BusInput{peer, order_of(grant, camera, purpose)});
                const bool is_agreed = std::string_view(purpose) == "112-emergency-video" || std::string_view(purpose) == "operator-incident";
                const bool is_ours = std::string_view(camera) == "11440-0001" || std::string_view(camera) == "11440-0002";
                check("sites", cell("relay_order of " + std::string(camera) + " for \"" + purpose + "\""), is_centre && is_agreed && is_ours, relays_of(grant) > 0, by("relay_order"));
            }
        }
        const auto standing = [&] {
            const auto grant = "G-" + std::to_string(++number);
            town.run(district, app::BusInput{kCentre, order_of(grant, "11440-0001", "112-emergency-video")});
            EXPECT_EQ(relays_of(grant), 1U);
            return grant;
        };
        auto grant = standing();
        town.run(district, app::BusInput{peer, {{"t", "relay_end"}, {"grant", grant}, {"reason", "x"}}});
        check("sites", cell("relay_end"), is_centre, relays_of(grant) == 0, by("relay_end"));
        grant = standing();
        town.run(district, app::BusInput{peer, {{"t", "relay_live"}, {"grants", json::array{}}}});
        check("sites", cell("relay_live"), is_centre, relays_of(grant) == 0, by("relay_live"));
        for (const auto* camera : {"11440-0001", "11200-0001", "11000-1001"}) {
            const auto view = "V-" + std::to_string(++number);
            town.run(district, app::BusInput{peer, {{"t", "outbox"}, {"items", json::array{view_of(camera, view)}}}});
            const auto rows = district.book().db().query("select 1 from views where view = $1", {view}).value();
            check("sites", cell("outbox, a view of " + std::string(camera)), is_centre && std::string_view(camera) == "11440-0001", !rows.empty(), by("outbox"));
        }
        json::object other = view_of("11440-0001", "V-x");
        for (const auto* kind : {"incident.opened", "grant.issued", "view.erased", "account.created"}) {
            other["kind"] = kind;
            const auto before = district.book().journal().committed_seq();
            town.run(district, app::BusInput{peer, {{"t", "outbox"}, {"items", json::array{other}}}});
            check("sites", cell("outbox, an entry " + std::string(kind)), false, district.book().journal().committed_seq() != before, by("outbox"));
        }
        for (const auto& message : std::vector<json::object>{{{"t", "catalogue"}, {"first", true}, {"last", true}, {"lines", ""}}, {{"t", "camera"}, {"id", "11440-0001"}, {"state", "unreachable"}, {"cause", ""}, {"at", 1}},
                                                             {{"t", "relay_permitted"}, {"grant", grant}, {"cameras", json::array{"11440-0001"}}}, {{"t", "relay_refused"}, {"grant", grant}}, {{"t", "outbox_ack"}, {"seq", 9}},
                                                             {{"t", "state"}}, {{"t", "contract"}, {"text", "{}"}}, {{"t", "nonsense"}}, {}})
            check("sites", cell(json::serialize(message).substr(0, 40)), false, !says_nothing(district, peer, message), by("of a district, or unknown"));
    }
    EXPECT_EQ(wrong, 0U);
}

/// A session of the centre opens nothing at a district, and its own people do there what their role is for.
TEST_F(SiteCells, ASessionCountsAtItsOwnSite) {
    const std::string absent(policy::kUnknownId);
    const auto fill = [&](std::string text) {
        for (const auto* name : {"{incident}", "{grant}", "{unknown}", "{import}", "{delivery}", "{shortcoming}"})
            for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) text.replace(at, std::string_view(name).size(), absent);
        for (const auto& [name, value] : town.values())
            for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) text.replace(at, name.size(), value);
        for (auto at = text.find("{camera}"); at != std::string::npos; at = text.find("{camera}")) text.replace(at, 8, "11440-0001");
        return text;
    };
    const auto is_open = [](const Row& row) { return row.may.find('n') != std::string::npos; };
    for (const auto& row : law().rows) {
        if (row.of_partners || row.route.find("/logout") != std::string::npos || row.route.find("/seat") != std::string::npos) continue;
        if (row.route.find("{shortcoming}/answer") != std::string::npos) continue;  // By whom it was given to: there is none at the district.
        const auto space = row.route.find(' ');
        const auto path = fill(row.route.substr(space + 1, row.route.find('?') - space - 1));
        const auto ask = [&](const std::string& token) {
            auto request = request_of(row.route.substr(0, space), path, fill(row.body));
            request.headers["authorization"] = "Bearer " + token;
            return town.ask_district(std::move(request));
        };
        for (const char person : kPersons) {
            if (person == 'n') continue;
            const auto answer = ask(town.token(person));
            const auto cell = "at the district, " + row.route + " as " + person + " of the centre";
            check("elsewhere", cell, is_open(row), answer.status != 401, {{"person", std::string(1, person) + " of the centre"}});
            for (const auto& [secret, word] : town.secrets()) {
                if (path.find(word) == std::string::npos && answer.body.find(word) != std::string::npos) check("elsewhere", cell + ": " + secret.name, false, true, {});
            }
        }
        for (const char person : std::string("opsfa")) {
            const auto answer = ask(town.district_token(person));
            const bool may = expected_of(row, person, nullptr, nullptr).may;
            check("elsewhere", "at the district, " + row.route + " as its own " + person, may, answer.status != 401 && answer.status != 403, {{"person", std::string(1, person) + " of the district"}});
        }
    }
    EXPECT_EQ(wrong, 0U);
}

/// The desk's files, the map and the description of the API are nobody's secret: the same bytes whoever asks, and nothing beside them.
TEST_F(SiteCells, WhatNeedsNoSessionIsTheSameForEverybody) {
    std::ifstream file(BONGSU_SOURCE_DIR "/docs/openapi.json");
    std::stringstream text;
    text << file.rdbuf();
    auto files = app::StaticFiles::load("", {"http://127.0.0.1:2"}).value();
    files.add("/api/openapi.json", "application/json", text.str());
    files.add("/map/base.json", "application/json", "{\"type\":\"FeatureCollection\",\"features\":[]}");
    for (const auto& [path, status] : {std::pair("/", 200), std::pair("/index.html", 200), std::pair("/api/openapi.json", 200), std::pair("/map/base.json", 200), std::pair("/map/14/1/1.pbf", 404),
                                       std::pair("/map/other.json", 404), std::pair("/api/v1", 404), std::pair("/assets/../../etc/passwd", 404), std::pair("/../identity.db", 404), std::pair("/assets/", 404),
                                       std::pair("/incidents", 200), std::pair("/keys/ticket.key", 404), std::pair("/.env", 404)}) {
        std::optional<std::string> first;
        for (const auto& [as, header, value] : {std::tuple("nobody", "accept", std::string("*/*")), std::tuple("the supervisor", "authorization", "Bearer " + town.token('s')),
                                                std::tuple("the 112 room", "authorization", "Bearer " + town.token('1')), std::tuple("a cookie", "cookie", "token=" + town.token('s')),
                                                std::tuple("a foreign page", "origin", std::string("https://evil.example"))}) {
            auto request = request_of("GET", path);
            request.headers[header] = value;
            const auto answer = files.get(request);
            const auto cell = std::string("file ") + path + " as " + as;
            check("files", cell, true, answer.status == status, {{"path", path}, {"as", as}});
            std::string all = answer.body;
            bool opens = false;
            for (const auto& [name, of] : answer.headers) {
                all += "\n" + name + ": " + of;
                opens = opens || name == "Set-Cookie" || name.starts_with("Access-Control-");
            }
            check("files", cell + ": to others", false, opens, {});
            check("files", cell + ": the same", true, all == first.value_or(all), {});
            first = all;
            for (const auto& [secret, word] : town.secrets()) {
                if (all.find(word) != std::string::npos) check("files", cell + ": " + secret.name, false, true, {});
            }
        }
    }
    EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace bongsu::authorisation
