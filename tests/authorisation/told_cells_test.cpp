// Who hears what of the live stream: each thing that happens x each listener, through the hub that serves the sockets.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "app/stream_hub.hpp"
#include "cells.hpp"
#include "policy/world.hpp"
#include "town.hpp"

namespace bongsu::authorisation {
namespace {

namespace json = boost::json;

struct Ear final : http::Socket {
    std::vector<std::string> texts;
    unsigned closed = 0;
    void send_text(std::string text) override { texts.push_back(std::move(text)); }
    void send_binary(http::SharedBytes, std::string_view) override {}
    void close(unsigned code, std::string) override { closed = code; }
    void must_arrive(std::chrono::milliseconds) override {}
};

class ToldCells : public testing::Test {
  protected:
    struct Listener {
        char person;
        std::string as;
        std::shared_ptr<Ear> ear;
        http::SocketEvents events;
    };
    struct Happening {
        std::string name;
        std::function<void()> act;
    };

    void listen(char person, const std::string& as, const std::string& token) {
        Listener one{person, as, std::make_shared<Ear>(), {}};
        one.events = hub.attach(one.ear, "10.0.0.7:51234").value();
        one.events.text(json::serialize(json::object{{"token", token}}));
        loop.restart();
        loop.poll();
        if (person == 'n' || person == 'e') {
            EXPECT_NE(one.ear->closed, 0U) << as;
        }
        one.ear->texts.clear();
        listeners.push_back(std::move(one));
    }

    void SetUp() override {
        for (const char person : kPersons) {
            if (person != 'n') listen(person, "", town.token(person));
        }
        for (const auto& [as, token] : town.false_tokens()) listen('n', as, token);
        secrets = town.secrets();
        town.watch = [this](const app::Outputs& out) { told.insert(told.end(), out.published.begin(), out.published.end()); };
    }
    void TearDown() override { town.watch = {}; }

    /// New words of a sender about its incident, for whoever may read the old ones.
    std::string new_words(const std::string& of, const std::string& name) {
        const auto word = word_of("newer " + of, name);
        for (std::size_t i = 0; i < secrets.size(); ++i) {
            if (secrets[i].first.name == "text " + of + " of " + name) {
                secrets.push_back({{"newer text " + of + " of " + name, secrets[i].first.may}, word});
                break;
            }
        }
        return word;
    }

    /// A hundred metres to the east: its cameras are chosen anew.
    void move(const std::string& name) {
        const auto now = policy::body_of(town.ask('s', "GET", "/api/v1/incidents/" + town.incident(name)));
        event::scsns::WriterEvent moved;
        moved.number = "n-" + name;
        moved.state = "40";
        moved.position = event::Position{static_cast<std::int32_t>(now.at("position").at(0).to_number<double>() * 1e7) + 10'000, static_cast<std::int32_t>(now.at("position").at(1).to_number<double>() * 1e7)};
        moved.place = word_of("place 112", name);
        moved.text = word_of("text 112", name);
        moved.occurred_at = moved.state_time = town.clock().wall() + 1s;
        auto request = policy::request_of("POST", "/linkHttp/recvEvent.json");
        request.body = event::scsns::write_event({.send_cd = code_of('P'), .rcv_cd = "B1100000000", .rr_key = town.partner_key(), .at = town.clock().wall()}, moved);
        town.clock().advance(2s);
        town.ask(std::move(request));
    }

    /// What was lent meanwhile is its holder's to know: 접수 of an ordinary case lends its cameras to who reported it.
    void learn_of_grants() {
        for (const auto& thing : law().incidents) {
            const auto rows = town.centre().book().db().query("select distinct holder_agency from grants where incident = $1 and holder_agency is not null", {town.incident(thing.name)}).value();
            for (const auto& row : rows) {
                for (auto& [secret, word] : secrets) {
                    if (secret.name != "id of the camera of " + thing.name && secret.name != "name of the camera of " + thing.name) continue;
                    for (const char person : kAgencyPersons) {
                        if (code_of(agency_of(person)[0]) == row.text(0) && secret.may.find(person) == std::string::npos) secret.may += person;
                    }
                }
            }
        }
    }

    std::vector<Happening> happenings() {
        std::vector<Happening> out;
        for (const auto& thing : law().incidents) {
            const auto name = thing.name;
            const auto path = "/api/v1/incidents/" + town.incident(name);
            if (thing.senders.find('P') != std::string::npos && name != "ended") out.push_back({"the 112 room changes " + name, [=, this] { town.room112_says(name, "10", "40", new_words("112", name)); }});
            if (thing.senders.find('F') != std::string::npos)
                out.push_back({"the 119 room changes " + name, [=, this] {
                                   town.ask('9', "POST", "/api/v1/events", {{"id", "f-" + name}, {"source", "room"}, {"type", "119UC001"}, {"time", to_rfc3339(town.clock().wall())}, {"grade", "10"},
                                                                            {"state", "40"}, {"text", new_words("119", name)}, {"revision", 1000}});
                               }});
            out.push_back({"a note about " + name, [=, this] { town.ask('o', "POST", path + "/acts", {{"act", "note"}, {"text", word_of("note", name)}}); }});
            out.push_back({"received: " + name, [=, this] { town.ask('o', "POST", path + "/acts", {{"act", "receive"}}); }});
            out.push_back({"a grant for the centre: " + name, [=, this] {
                               town.ask('s', "POST", "/api/v1/grants", {{"incident", town.incident(name)}, {"purpose", "operator-incident"}, {"cameras", json::array{town.camera(name)}}, {"minutes", 5}});
                           }});
        }
        for (const auto& grant : town.grants()) {
            for (const char person : std::string("19o"))
                out.push_back({std::string("a ticket for ") + person + " of " + grant.name, [=, this] {
                                   town.ask(person, "POST", "/api/v1/tickets", {{"grant", grant.id}, {"camera", grant.incident.empty() ? town.camera("live") : town.camera(grant.incident)}, {"kind", "live"}});
                               }});
        }
        for (const auto& grant : town.grants()) {
            if (grant.incident.empty()) continue;
            out.push_back({"the end of " + grant.name, [=, this] {
                               const auto word = word_of("end of", grant.name);
                               for (const auto& [known, id] : town.secrets()) {
                                   if (known.name == "id of grant " + grant.name) secrets.push_back({{"words at the end of " + grant.name, known.may}, word});
                               }
                               town.ask('s', policy::request_of("DELETE", "/api/v1/grants/" + grant.id, json::serialize(json::object{{"reason", word}})));
                           }});
        }
        for (const auto* name : {"live", "joint", "lent"}) out.push_back({std::string("the 112 room moves ") + name, [=, this] { move(name); }});
        out.push_back({"a camera is lost", [this] { town.run(app::MediaInput{{{"t", "camera"}, {"id", town.camera("elsewhere")}, {"state", "unreachable"}, {"cause", "x"}}}); }});
        out.push_back({"a district's camera is lost", [this] { town.run(app::BusInput{kDistrict, {{"t", "camera"}, {"id", "11440-0001"}, {"state", "unreachable"}, {"cause", "x"}, {"at", 1}}}); }});
        out.push_back({"a district is lost", [this] { town.run(app::BusDown{kDistrict}); }});
        out.push_back({"a seat is left", [this] { town.ask('s', "DELETE", "/api/v1/duty/seat"); }});
        out.push_back({"a message is refused", [this] { town.ask('9', "POST", "/api/v1/events", {{"id", "bad"}, {"source", "room"}, {"type", "119UC001"}, {"time", "no time"}}); }});
        out.push_back({"time passes", [this] {
                           for (int i = 0; i < 60; ++i) {
                               town.clock().advance(2s);
                               town.run(app::Tick{});
                           }
                       }});
        out.push_back({"media is lost", [this] { town.run(app::MediaDown{}); }});
        out.push_back({"media is back", [this] { town.run(app::MediaUp{}); }});
        return out;
    }

    /// Whether the law lets this person hear it, by what it is about.
    bool may_hear_of(const std::string& kind, const std::string& id, char person) {
        const auto rule = std::find_if(law().told.begin(), law().told.end(), [&](const Told& one) { return one.kind == kind; });
        if (rule == law().told.end()) {
            ADD_FAILURE() << "the law knows no item \"" << kind << "\"";
            return false;
        }
        if (rule->may.find(person) != std::string::npos) return true;
        const auto agency = agency_of(person);
        if (agency.empty() || rule->may.find('w') == std::string::npos) return false;
        if (kind == "grant") {
            const auto rows = town.centre().book().db().query("select holder_agency from grants where id = $1", {id}).value();
            return !rows.empty() && !rows[0].is_null(0) && rows[0].text(0) == code_of(agency[0]);
        }
        for (const auto& thing : law().incidents) {
            if (town.incident(thing.name) == id) return has_part(thing, person);
        }
        return false;
    }

    Town town;
    boost::asio::io_context loop;
    app::StreamHub hub{loop, AgencyId{"B1100000000"}, [this](const app::SessionQuery& query) { town.run(query); }, [](const app::ListenerGone&) {}};
    std::vector<Listener> listeners;
    std::vector<std::pair<Secret, std::string>> secrets;
    std::vector<app::Published> told;
};

TEST_F(ToldCells, EachHearsWhatIsTheirsInWordsThatAreTheirs) {
    std::size_t wrong = 0;
    std::set<std::string> kinds;
    const auto is_wrong = [&](const std::string& cell, const std::string& why) {
        ++wrong;
        Tally::all().wrong(cell, why);
    };
    for (const auto& happening : happenings()) {
        told.clear();
        happening.act();
        learn_of_grants();
        std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> heard;  // Of each item, how often by each listener.
        for (const auto& change : told) {
            auto& counts = heard[{change.kind, change.id}];
            counts.resize(listeners.size());
            hub.publish(change);
            for (std::size_t i = 0; i < listeners.size(); ++i) {
                const auto& one = listeners[i];
                counts[i] += one.ear->texts.size();
                for (const auto& text : std::exchange(one.ear->texts, {})) {
                    for (const auto& [secret, word] : secrets) {
                        if (text.find(word) == std::string::npos || secret.may.find(one.person) != std::string::npos) continue;
                        is_wrong(std::string("told ") + one.person + " " + one.as + ": " + happening.name, "hears the " + secret.name + " in " + text);
                    }
                }
            }
        }
        for (const auto& [item, counts] : heard) {
            const auto& [kind, id] = item;
            kinds.insert(kind);
            for (std::size_t i = 0; i < listeners.size(); ++i) {
                const auto& one = listeners[i];
                const auto cell = std::string("told ") + one.person + (one.as.empty() ? "" : " " + one.as) + ": " + kind + ", " + happening.name;
                Tally::all().count("told", {{"person", std::string(1, one.person)}, {"kind", kind}});
                const bool may = may_hear_of(kind, id, one.person);
                if ((counts[i] > 0) != may) is_wrong(cell, may ? "does not hear it" : "hears it");
            }
        }
    }
    EXPECT_EQ(wrong, 0U);
    for (const auto& rule : law().told) {
        if (rule.kind != "deliveries") {  // No partner of the town is told anything.
            EXPECT_TRUE(kinds.contains(rule.kind)) << rule.kind << " was never told";
        }
    }
}

}  // namespace
}  // namespace bongsu::authorisation
