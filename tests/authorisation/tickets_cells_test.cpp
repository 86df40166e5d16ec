// Who gets a ticket: purpose x state of the grant x holder x camera x kind x person. And what a ticket opens: its kind x way out x
// who signed it x for whom x which camera x what became of it since, at the centre's media and at a district's.

#include <gtest/gtest.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <set>

#include "cells.hpp"
#include "grant/verbs.hpp"
#include "policy/world.hpp"
#include "town.hpp"
#include "view/state.hpp"
#include "ways_out.hpp"

namespace bongsu::authorisation {
namespace {

namespace json = boost::json;
using policy::body_of;

json::object state_of(Town& town, app::Site& site) { return town.run(site, app::MediaUp{}).to_media.front(); }

ticket::Keys keys_of(Town& town) {
    const auto& here = town.centre().here();
    return {{here.ticket_kid, here.ticket_public}};
}

struct TicketCells : testing::Test {
    struct Given {
        Lent lent;
        std::string id;
    };
    /// A grant of each kind of holder, state and purpose; the camera beside "found" was taken out of it.
    std::vector<Given> give() {
        std::vector<Given> out;
        for (const auto* kinds : {"live", "snapshot", "live snapshot", "playback copy"}) {
            for (const auto* state : {"live", "ended", "revoked", "expired", "coming"}) {
                for (const auto* holder : {"P", "F", "centre", "o", "z"}) {
                    const std::string is = state;
                    const auto from = is == "coming" ? std::optional(60min) : std::nullopt;
                    const auto id = town.issue(holder, town.incident("live"), {in[0], in[1], town.camera("found")}, kinds, from, is == "expired" ? 1min : 300min);
                    EXPECT_TRUE(town.centre().book().begin());
                    EXPECT_TRUE(grant::change_cameras(town.centre().book(), "site:11000", {id}, {{in[0]}, {in[1]}}));
                    EXPECT_TRUE(town.centre().book().commit());
                    if (is == "ended" || is == "revoked") town.end_grant(id, is);
                    out.push_back({{holder, is, kinds}, id});
                }
            }
        }
        town.clock().advance(2min);
        return out;
    }

    Town town;
    const std::array<std::string, 2> in{town.camera("live"), town.camera("district")};
};

TEST_F(TicketCells, WhoGetsOneAndWhatItOpens) {
    const auto given = give();
    const auto before = town.centre().book().journal().committed_seq();
    struct Minted {
        std::string ticket, camera, kind, cell;
    };
    std::vector<Minted> minted;
    std::size_t wrong = 0;
    const auto is_wrong = [&](const std::string& cell, const std::string& why) {
        ++wrong;
        Tally::all().wrong(cell, why);
    };
    const auto keys = keys_of(town);
    const std::vector<std::pair<std::string, std::string>> cameras{{"in the grant", in[0]}, {"of a district, in the grant", in[1]}, {"taken out of the grant", town.camera("found")},
                                                                  {"in no grant", town.camera("elsewhere")}, {"unknown", "11000-9999"}};
    for (const auto& [lent, id] : given) {
        for (const auto& [camera_is, camera] : cameras) {
            for (const auto* kind : {"live", "snapshot", "playback", "copy", "relay"}) {
                for (const char person : kPersons) {
                    const auto cell = std::string("ticket ") + kind + " as " + person + ", held by " + lent.holder + ", " + lent.state + ", of \"" + lent.kinds + "\", camera " + camera_is;
                    if (!is_asked(cell)) continue;
                    json::object body{{"grant", id}, {"camera", camera}, {"kind", kind}};
                    if (std::string_view(kind) == "playback") body["from"] = "2026-09-21T13:00:00Z", body["to"] = "2026-09-21T13:01:00Z";
                    const auto answer = person == 'n' ? town.ask(policy::request_of("POST", "/api/v1/tickets", json::serialize(body))) : town.ask(person, "POST", "/api/v1/tickets", body);
                    Tally::all().count("tickets", {{"person", std::string(1, person)}, {"holder", lent.holder}, {"state", lent.state}, {"purpose's kinds", lent.kinds}, {"kind", kind}, {"camera", camera_is}});
                    const bool in_grant = camera == in[0] || camera == in[1];
                    if (may_have_ticket(law(), lent, person, kind, in_grant)) {
                        if (answer.status != 201) {
                            is_wrong(cell, "may, and was answered " + std::to_string(answer.status) + " " + answer.body);
                            continue;
                        }
                        const std::string text(body_of(answer).at("ticket").as_string());
                        const auto claims = ticket::verify(text, keys, kCentre, town.clock().wall());
                        const bool is_as_asked = claims && claims->camera.value == camera && claims->kind == kind && claims->grant.value == id && claims->holder == town.user(person) &&
                                                 claims->audience == kCentre && claims->expires <= town.clock().wall() + 60s && claims->to;
                        if (!is_as_asked) is_wrong(cell, "the ticket says something else than was asked for");
                        minted.push_back({text, camera, kind, cell});
                        continue;
                    }
                    const bool is_known = may_know(lent, person), asks = law().may_ask_tickets.find(person) != std::string::npos;
                    const int status = answer.status;
                    const bool is_refused = person == 'n' ? status == 401 : !asks ? status == 403 : status == 400 || (is_known ? status == 403 || status == 409 : status == 404);
                    if (!is_refused) is_wrong(cell, "may not, and was answered " + std::to_string(status));
                    if (answer.body.find("\"ticket\"") != std::string::npos || answer.body.find("eyJ") != std::string::npos) is_wrong(cell, "was refused, and given a ticket");
                }
            }
        }
    }
    // Each is on record before it is given, and nothing else is.
    std::set<std::string> on_record;
    ASSERT_TRUE(town.centre().book().journal().read(before, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.kind == "view.permitted") on_record.insert(std::string(entry.payload.at("view").as_string()));
        return true;
    }));
    std::set<std::string> given_out;
    for (const auto& one : minted) given_out.insert(ticket::read(one.ticket, keys)->view.value);
    EXPECT_EQ(on_record, given_out);

    WaysOut centre(town.env(), state_of(town, town.centre()), "SPOOL/centre"), district(town.env(), state_of(town, town.district()), "SPOOL/district");
    for (const auto& one : minted) {
        for (const auto& way : law().ways) {
            const bool opens = (" " + way.kinds + " ").find(" " + one.kind + " ") != std::string::npos;
            for (const auto& [where, ways, camera, may] : {std::tuple("here", &centre, one.camera, opens), std::tuple("for another camera", &centre, town.camera("elsewhere"), false),
                                                           std::tuple("at a district", &district, one.camera, false)}) {
                const auto cell = "way " + way.name + " " + where + " by " + one.cell;
                if (!is_asked(cell)) continue;
                Tally::all().count("ways", {{"way", way.name}, {"kind", one.kind}, {"where", where}});
                const auto answer = ways->ask(way.name, camera, one.ticket);
                if (answer.is_let_in() != may || (!may && answer.status != 401)) is_wrong(cell, std::string(may ? "may" : "may not") + ", and was answered " + std::to_string(answer.status) + " " + answer.text);
                if (answer.text.find(one.ticket) != std::string::npos) is_wrong(cell, "says the ticket again");
            }
        }
    }
    EXPECT_EQ(wrong, 0U);
    if (std::getenv("BONGSU_CELL") == nullptr) {
        EXPECT_GE(minted.size(), 20U);
    }
}

/// What was true when it was signed need not be when it is shown.
TEST_F(TicketCells, ATicketOpensWhatItIsForAndOnlyWhileItMay) {
    const auto live = town.issue("o", {}, {in[0], town.camera("found")}, "live snapshot", {}, 300min);
    const auto ended = town.issue("o", {}, {in[0]}, "live snapshot", {}, 300min);
    town.end_grant(ended, "ended");
    const auto lost = town.issue("o", {}, {in[0], town.camera("found")}, "live snapshot", {}, 300min);
    ASSERT_TRUE(town.centre().book().begin());
    ASSERT_TRUE(grant::change_cameras(town.centre().book(), "site:11000", {lost}, {{town.camera("found")}}));
    ASSERT_TRUE(town.centre().book().commit());
    ASSERT_EQ(town.ask('p', "DELETE", "/api/v1/duty/seat").status, 200);  // Off duty from here on.
    // Of the district's contract: one grant may pull its camera.
    const json::object order{{"t", "relay_order"}, {"grant", "G-RELAY"}, {"cameras", json::array{in[1]}}, {"purpose", "112-emergency-video"}, {"basis", "x"}, {"incident", "i"},
                             {"to", to_us(town.clock().wall() + 60min)}};
    town.run(town.district(), app::BusInput{kCentre, order});

    WaysOut centre(town.env(), state_of(town, town.centre()), "SPOOL/centre"), district(town.env(), state_of(town, town.district()), "SPOOL/district");
    std::map<std::string, app::SiteKey> keys;
    for (const auto& id : {kCentre, kDistrict, kOtherDistrict}) keys[id.value] = app::load_or_make_key(town.env(), "DATA", id, "ticket").value();
    keys["a stranger as the centre"] = {keys[kCentre.value].kid, *crypto::key_pair_of_seed(std::string(32, 's'))};

    std::size_t wrong = 0, number = 0;
    for (const auto* gate_of : {"11000", "11440"}) {
        auto& ways = std::string_view(gate_of) == "11000" ? centre : district;
        const auto& camera = std::string_view(gate_of) == "11000" ? in[0] : in[1];
        for (const auto& [signer, key] : keys) {
            for (const auto* audience : {"11000", "11440"}) {
                for (const auto* kind : {"live", "snapshot", "playback", "relay", "copy"}) {
                    for (const auto* is : {"good", "good, of a permitted relay", "for another camera", "used", "its grant ended", "its camera left the grant", "not begun", "over", "expired", "too long", "its holder off duty"}) {
                        for (const auto& way : law().ways) {
                            const std::string state = is;
                            const auto cell = "gate " + std::string(gate_of) + ", " + way.name + ", " + kind + " signed by " + signer + " for " + audience + ", " + is;
                            if (!is_asked(cell)) continue;
                            ticket::Claims claims;
                            claims.kid = key.kid;
                            claims.jti = "jti-" + std::to_string(++number);
                            claims.view = {"view-" + std::to_string(number)};
                            claims.grant = {state == "its grant ended" ? ended : state == "its camera left the grant" ? lost : state == "good, of a permitted relay" ? "G-RELAY" : live};
                            claims.camera = {state == "for another camera" ? town.camera("elsewhere") : camera};
                            claims.kind = kind;
                            claims.audience = {audience};
                            claims.holder = std::string_view(kind) == "relay" ? "site:11000" : town.user(state == "its holder off duty" ? 'p' : 'o');
                            const auto now = std::chrono::floor<std::chrono::seconds>(town.clock().wall());
                            claims.expires = now + (state == "expired" ? -1s : state == "too long" ? 10min : 60s);
                            claims.to = now + (state == "over" ? std::chrono::seconds(0) : std::chrono::seconds(3600));
                            if (state == "not begun") claims.from = now + 10min;
                            const auto ticket = ticket::sign(claims, key.pair);
                            if (state == "used") (void)ways.gate().open(ticket, {camera}, kind, view::Way::whep, "127.0.0.1:1");
                            const bool is_relay = std::string_view(kind) == "relay", is_own = signer == gate_of;
                            // The centre's key counts at a district for relays alone, and a relay is what its contract said yes to.
                            const bool is_trusted = is_relay ? std::string_view(gate_of) == "11440" && (is_own || signer == "11000") && state == "good, of a permitted relay" : is_own;
                            const bool is_good = state == "good" || (state == "good, of a permitted relay") || (std::string_view(gate_of) == "11440" && (state == "its grant ended" || state == "its camera left the grant" || state == "its holder off duty"));
                            const bool may = is_trusted && is_good && std::string_view(audience) == gate_of && (" " + way.kinds + " ").find(" " + std::string(kind) + " ") != std::string::npos;
                            const auto answer = ways.ask(way.name, camera, ticket);
                            Tally::all().count("gates", {{"gate", gate_of}, {"way", way.name}, {"kind", kind}, {"signed by", signer}, {"for", audience}, {"state", is}});
                            if (answer.is_let_in() == may && (may || answer.status == 401)) continue;
                            ++wrong;
                            Tally::all().wrong(cell, std::string(may ? "may" : "may not") + ", and was answered " + std::to_string(answer.status) + " " + answer.text);
                        }
                    }
                }
            }
        }
    }
    EXPECT_EQ(wrong, 0U);
}

/// A page of another origin gets nothing out of media, with whatever ticket; the desk's does.
TEST_F(TicketCells, NoPageButTheDesksAsksMedia) {
    WaysOut ways(town.env(), state_of(town, town.centre()), "SPOOL/centre");
    const auto id = town.issue("o", {}, {in[0]}, "live snapshot", {}, 300min);
    std::size_t wrong = 0;
    for (const auto& way : law().ways) {
        if (way.name == "rtsp") continue;  // No page speaks it.
        const auto kind = way.kinds.substr(0, way.kinds.find(' '));
        for (const auto& [origin, may] : {std::pair("", true), std::pair("http://127.0.0.1:1", true), std::pair("http://localhost:1", true), std::pair("https://evil.example", false),
                                          std::pair("http://127.0.0.1:2", false), std::pair("null", false), std::pair("http://127.0.0.1:1.evil.example", false)}) {
            const auto cell = "origin \"" + std::string(origin) + "\" at " + way.name;
            if (!is_asked(cell)) continue;
            const auto ticket = std::string(body_of(town.ask('o', "POST", "/api/v1/tickets", {{"grant", id}, {"camera", in[0]}, {"kind", kind}})).at("ticket").as_string());
            const auto answer = ways.ask(way.name, in[0], ticket, origin);
            Tally::all().count("origins", {{"way", way.name}, {"origin", *origin == '\0' ? "-" : origin}});
            if (answer.is_let_in() == may && (may || answer.status == 403)) continue;
            ++wrong;
            Tally::all().wrong(cell, "was answered " + std::to_string(answer.status) + " " + answer.text);
        }
    }
    EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace bongsu::authorisation
