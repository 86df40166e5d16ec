#include "oracle.hpp"

#include <boost/json/serialize.hpp>

#include "app/site/folds.hpp"
#include "city.hpp"
#include "federation/relay.hpp"
#include "incident/fold.hpp"
#include "journal/verify.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

namespace {

constexpr std::size_t kViolationsMax = 20;
constexpr std::chrono::seconds kOnItsWay{3};

std::string text(const json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number(const json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::set<std::string> texts(const json::object& object, std::string_view field) {
    std::set<std::string> out;
    const auto* value = object.if_contains(field);
    if (value == nullptr || !value->is_array()) return out;
    for (const auto& item : value->get_array()) out.insert(std::string(item.as_string()));
    return out;
}

std::string site_of(const std::string& camera) { return camera.substr(0, camera.find('-')); }

bool is_over(const std::string& state) { return state != "new" && state != "received" && state != "acting"; }

}  // namespace

void Oracle::violated(const std::string& what) {
    if (violations_.size() >= kViolationsMax) return;
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(schedule_.now().time_since_epoch()).count();
    violations_.push_back("at " + std::to_string(ms) + " ms: " + what);
}

void Oracle::partner_was_answered(const std::string& sender, const std::string& call,
                                  const std::string& state, WallTime state_time) {
    messages_.insert({sender, call, state, to_us(state_time)});
}

void Oracle::calls_in_order(const std::string& sender, const std::string& call,
                            std::vector<std::pair<std::string, WallTime>> messages) {
    in_order_[{sender, call}] = std::move(messages);
}

void Oracle::watch(Node& node, bool found_again) {
    if (!node.site) return;
    auto& journal = node.site->book().journal();
    if (!found_again) {
        for (const auto& entry : node.site->book().appended()) {
            if (entry.seq > node.watch.seq && entry.seq <= journal.committed_seq())
                fold(node, node.watch, entry, true);
        }
        return check_grants_follow(node.watch);
    }
    SiteWatch anew;
    const auto read = journal.read(0, [&](journal::Entry entry) -> Result<bool> {
        fold(node, anew, entry, entry.seq > node.watch.seq);
        return true;
    });
    if (!read && node.disk.is_off()) return;  // It starts once more, and is read then.
    if (!read)
        return violated("the journal of " + node.id.value + " cannot be read: " + read.error().message);
    check_grants_follow(anew);
    // What anybody outside could have heard of is there, unchanged.
    for (const auto& [seq, digest] : node.watch.digests) {
        if (seq > node.watch.released_seq) break;
        const auto now = anew.digests.find(seq);
        if (now == anew.digests.end() || now->second != digest) {
            violated("entry " + std::to_string(seq) + " of " + node.id.value + " was released and is lost");
            break;
        }
    }
    anew.released_seq = std::min(node.watch.released_seq, anew.seq);
    node.watch = std::move(anew);
    if (node.id.value == "11000") check_acknowledged(node);
}

void Oracle::fold(Node& node, SiteWatch& watch, const journal::Entry& entry, bool fresh) {
    watch.seq = entry.seq;
    watch.digests[entry.seq] = entry.digest;
    const auto& p = entry.payload;
    const auto incident = text(p, "incident");
    if (entry.kind == "event.received") {
        // By what the sender said: of a clock that is far ahead stateTime is when the message came.
        const auto* stated = p.if_contains("statedTime");
        const bool is_ahead = stated != nullptr && stated->is_int64();
        const auto key = std::tuple(text(p, "sender"), text(p, "number"), text(p, "state"),
                                    number(p, is_ahead ? "statedTime" : "stateTime"));
        if (!watch.messages.emplace(key, entry.seq).second)
            violated("a message had its effect twice: " + std::get<1>(key) + " " + std::get<2>(key));
    } else if (entry.kind == "incident.opened") {
        const auto key = std::pair(text(p, "sender"), text(p, "number"));
        if (!watch.incident_of.emplace(key, incident).second) violated("two incidents of call " + key.second);
        watch.incident_states[incident] = text(p, "state");
        if (is_over(text(p, "state"))) {
            watch.ended.insert(incident);
        } else if (text(p, "grade") == "10") {
            watch.urgent.insert(incident);
        }
    } else if (entry.kind == "incident.changed" || entry.kind == "incident.acted") {
        auto& state = watch.incident_states[incident];
        if (state != text(p, "from"))
            violated("incident " + incident + " changes from " + text(p, "from") + " but was " + state);
        state = text(p, "to");
        if (is_over(state)) watch.ended.insert(incident);
        if (entry.kind == "incident.acted" && !watch.acts.insert(text(p, "text")).second)
            violated("an act had its effect twice");
    } else if (entry.kind.starts_with("grant.")) {
        fold_grant(watch, entry, fresh);
    } else if (entry.kind.starts_with("relay.") && fresh) {
        relays_changed_at_[node.id.value] = schedule_.now();
    } else if (entry.kind.starts_with("view.")) {
        fold_view(node, watch, entry);
    }
}

void Oracle::fold_grant(SiteWatch& watch, const journal::Entry& entry, bool fresh) {
    const auto& p = entry.payload;
    const auto id = text(p, "grant");
    auto& grant = watch.grants[id];
    if (entry.kind == "grant.issued")
        grant = {text(p, "incident"), from_us(number(p, "from")), from_us(number(p, "to")),
                 texts(p, "cameras"), false};
    if (entry.kind == "grant.changed") {
        for (const auto& camera : texts(p, "removed")) {
            if (fresh) camera_left_at_[{id, camera}] = schedule_.now();
        }
        grant.cameras = texts(p, "cameras");
    }
    if (entry.kind == "grant.ended") {
        if (grant.ended) violated("grant " + id + " ended twice");
        grant.ended = true;
        if (fresh) grant_ended_at_[id] = schedule_.now();
    }
}

void Oracle::fold_view(const Node& node, SiteWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto view = text(p, "view"), camera = text(p, "camera"), source = text(p, "source");
    const auto key = std::tuple(entry.kind, source, number(p, "n"), view, camera);
    if (!watch.view_records.emplace(key, entry.time).second)
        violated("a view record of " + view + " stands twice at " + node.id.value);
    if (node.id.value != "11000") return;
    if (entry.kind == "view.opened" && !watch.views_permitted.contains(view))
        violated("view " + view + " was opened and never permitted");
    if (entry.kind != "view.permitted") return;
    watch.views_permitted.insert(view);
    const auto grant = watch.grants.find(text(p, "grant"));
    if (grant == watch.grants.end() || grant->second.ended || !grant->second.cameras.contains(camera) ||
        entry.time < grant->second.from || entry.time >= grant->second.to) {
        violated("view " + view + " was permitted under a grant that did not live or has not that camera");
    }
}

/// With a batch, never after it: an urgent call opens its video, an end ends all grants of its incident.
void Oracle::check_grants_follow(SiteWatch& watch) {
    for (const auto& [id, grant] : watch.grants) {
        watch.urgent.erase(grant.incident);
        if (watch.ended.contains(grant.incident) && !grant.ended)
            violated("grant " + id + " lives on after its incident");
    }
    for (const auto& incident : watch.urgent) {
        if (!watch.ended.contains(incident))
            violated("incident " + incident + " is urgent and opened no video");
    }
    watch.urgent.clear();
    watch.ended.clear();
}

/// 2000s and 201s of which the outside knows.
void Oracle::check_acknowledged(const Node& centre) {
    ++checks_;
    for (const auto& message : messages_) {
        if (!centre.watch.messages.contains(message))
            violated("acknowledged and lost: call " + std::get<1>(message) + " state " +
                     std::get<2>(message));
    }
    for (const auto& act : acts_) {
        if (!centre.watch.acts.contains(act)) violated("acknowledged and lost: " + act);
    }
    for (const auto& view : views_) {
        if (!centre.watch.views_permitted.contains(view))
            violated("a ticket is out and its view.permitted is lost: " + view);
    }
    for (const auto& grant : ended_grants_) {
        const auto found = centre.watch.grants.find(grant);
        if (found == centre.watch.grants.end() || !found->second.ended)
            violated("a grant's end was acknowledged and is lost: " + grant);
    }
}

void Oracle::check_views(Node& node, const Node& centre) {
    const auto now = schedule_.now();
    const auto state_at = node.media->state_at();
    // Only where media could hear of it: its process and control live and the state came over this
    // connection.
    if (!node.site || !node.media->alive() || !state_at || !node.media_link->stands() || now - *state_at < 1s)
        return;
    ++checks_;
    const auto over_for_a_second = [&](const auto& since) { return now - since >= 1s; };
    for (const auto& [id, view] : node.media->views()) {
        const auto& c = view.claims;
        if (c.to && centre.env.clock.wall() >= *c.to && over_for_a_second(clock_jumped_at_))
            violated("view " + id.value + " outlives its grant's window");
        if (c.kind == "relay") continue;
        const auto grant = centre.watch.grants.find(c.grant.value);
        if (grant == centre.watch.grants.end()) {
            violated("view " + id.value + " is open under no grant");
        } else if (grant->second.ended && over_for_a_second(grant_ended_at_[c.grant.value])) {
            violated("view " + id.value + " is open a second after its grant ended");
        } else if (!grant->second.cameras.contains(c.camera.value) &&
                   over_for_a_second(camera_left_at_[{c.grant.value, c.camera.value}])) {
            violated("view " + id.value + " is open a second after its camera left the grant");
        }
    }
    check_relays(node, centre);
}

/// At a district: relay views stand under relay orders; orders end with their grants while the link stands.
void Oracle::check_relays(Node& node, const Node& centre) {
    if (!node.bus_link) return;
    const auto relays = federation::relays(node.site->book());
    if (!relays) return violated("the relays of " + node.id.value + " cannot be read");
    const auto now = schedule_.now();
    if (now - relays_changed_at_[node.id.value] >= 1s) {
        for (const auto& [id, view] : node.media->views()) {
            const federation::Relay wanted{view.claims.grant, view.claims.camera};
            if (view.claims.kind == "relay" &&
                std::find(relays->begin(), relays->end(), wanted) == relays->end()) {
                violated("relay view " + id.value + " is open at " + node.id.value + " without an order");
            }
        }
    }
    if (!centre.site || !node.bus_link->stands() || now - node.bus_link->stood_at() < 3s) return;
    for (const auto& relay : *relays) {
        const auto grant = centre.watch.grants.find(relay.grant.value);
        if (grant == centre.watch.grants.end()) {
            violated("a relay stands at " + node.id.value + " under no grant");
        } else if (grant->second.ended && now - grant_ended_at_[relay.grant.value] >= 3s) {
            violated("a relay stands at " + node.id.value + " three seconds after its grant ended");
        }
    }
}

void Oracle::check_chain(Node& node) {
    ++checks_;
    const auto report = journal::verify_folder(node.disk, app::site_folder("DATA", node.id) + "/journal");
    if (!report)
        return violated("the journal of " + node.id.value + " cannot be verified: " + report.error().message);
    if (report->problem) violated("the chain of " + node.id.value + " is broken: " + report->problem->what);
}

/// A fresh book over the same journal comes to the same tables.
void Oracle::check_replay(Node& node) {
    ++checks_;
    const auto live = node.site->book().fingerprint();
    const auto db = sql::open_sqlite(":memory:");
    journal::Book fresh(node.env, node.site->book().journal(), **db, app::make_folds(node.id));
    const auto replayed = fresh.rebuild();
    if (!live || !replayed || *live != *replayed)
        violated("the folds of " + node.id.value + " are not their replay");
}

void Oracle::check_lists(Node& centre) {
    std::set<std::string> listed;
    incident::ListQuery query;
    query.limit = 200;
    for (bool more = true; more;) {
        const auto page = incident::list(centre.site->book().db(), query);
        if (!page) return violated("incidents cannot be listed: " + page.error().message);
        for (const auto& item : page->items) {
            listed.insert(item.id.value);
            if (centre.watch.incident_states[item.id.value] != incident::to_string(item.state))
                violated("the list shows another state of " + item.id.value);
        }
        more = page->next.has_value();
        if (more) query.before_seq = *page->next;
    }
    for (const auto& [id, state] : centre.watch.incident_states) {
        if (!listed.contains(id)) violated("incident " + id + " (" + state + ") is on no list");
    }
}

/// Of the centre's view records those about a district's camera stand there too; each spool item stands at
/// its site. What is younger than kOnItsWay may still be on its way.
void Oracle::check_records(const Node& node, const Node& centre) {
    const auto before = centre.env.clock.wall() - kOnItsWay;
    for (const auto& [record, time] : centre.watch.view_records) {
        const auto& [kind, source, n, view, camera] = record;
        if (&node == &centre || site_of(camera) != node.id.value || time > before) continue;
        if (!node.watch.view_records.contains(record))
            violated(kind + " of view " + view + " never reached " + node.id.value);
    }
    for (const auto& item : node.media->spool()) {
        const auto n = number(item, "n");
        const auto at = parse_rfc3339(text(item, "at"), "at");
        const std::tuple record(text(item, "kind"), node.id.value, n, text(item, "view"),
                                text(item, "camera"));
        const bool acknowledged = n <= node.media->acknowledged();
        if (!acknowledged && (!at || *at <= before))
            violated("the spool of " + node.id.value + " does not empty");
        if (acknowledged && !node.watch.view_records.contains(record))
            violated("spool item " + json::serialize(item) + " was acknowledged and is not in the journal");
    }
}

void Oracle::check_end(const std::vector<std::unique_ptr<Node>>& nodes) {
    auto& centre = *nodes.front();
    for (const auto& node : nodes) {
        if (!node->site) return violated("site " + node->id.value + " is not back at the end");
        if (!node->media->state_at()) violated("media of " + node->id.value + " has no state at the end");
        if (node->bus_link && !node->bus_link->stands())
            violated("the link of " + node->id.value + " does not stand at the end");
        watch(*node, true);
        check_chain(*node);
        check_replay(*node);
    }
    for (const auto& node : nodes) {
        check_views(*node, centre);
        check_records(*node, centre);
    }
    check_lists(centre);
    for (const auto& [key, messages] : in_order_) {
        std::uint64_t before = 0;
        for (const auto& [state, at] : messages) {
            const auto found = centre.watch.messages.find({key.first, key.second, state, to_us(at)});
            if (found == centre.watch.messages.end()) continue;
            if (found->second < before)
                violated("call " + key.second + " stands in another order than it was sent");
            before = found->second;
        }
    }
}

}  // namespace bongsu::simulation
