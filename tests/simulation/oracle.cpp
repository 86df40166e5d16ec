#include "oracle.hpp"

#include <algorithm>

#include "city.hpp"
#include "crypto/crypto.hpp"
#include "listener.hpp"
#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

namespace {

constexpr std::size_t kViolationsMax = 20;

std::set<std::string> texts(const json::object& object, std::string_view field) {
    std::set<std::string> out;
    const auto* value = object.if_contains(field);
    if (value == nullptr || !value->is_array()) return out;
    for (const auto& item : value->get_array()) out.insert(std::string(item.as_string()));
    return out;
}

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

void Oracle::sent_in_order(const std::string& sender, const std::string& call, const std::string& state,
                           WallTime state_time) {
    in_order_[{sender, call}].emplace_back(state, state_time);
}

void Oracle::watch(Node& node, bool found_again) {
    if (!node.site) return;
    auto& journal = node.site->book().journal();
    if (!found_again && !journal.usable()) return;  // It tells nobody anything and ends; its next start is looked at.
    if (!found_again) {
        const auto& appended = node.site->book().appended();
        const auto last = journal.committed_seq();
        if (node.watch.seq < last && (appended.empty() || appended.front().seq != node.watch.seq + 1)) {
            // What was owed went into a batch of its own before.
            const auto read = journal.read(node.watch.seq, [&](const journal::Entry& entry) -> Result<bool> {
                fold(node, node.watch, entry, true);
                return true;
            });
            if (!read) violated("the journal of " + node.id.value + " cannot be read: " + read.error().message);
        } else {
            for (const auto& entry : appended) {
                if (entry.seq > node.watch.seq && entry.seq <= last) fold(node, node.watch, entry, true);
            }
        }
        check_grants_follow(node.watch);
        told_.check_owed(node.watch.outbox);
        if (std::exchange(node.watch.an_order_was_closed, false)) check_files(node);
        return check_touched(node);
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
    told_.check_owed(anew.outbox);
    anew.outbox.failed_in_batch = false;
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
    if (!node.watch.open_orders.empty()) violated("an erasure is open behind a start");
    node.watch.an_order_was_closed = false;
    check_orders_stand(node);
    check_erased(node);
    if (node.id.value != "11000") return;
    check_acknowledged(node);
    check_touched(node);
}

void Oracle::fold(Node& node, SiteWatch& watch, const journal::Entry& entry, bool fresh) {
    if (entry.seq != watch.seq + 1)
        violated("entry " + std::to_string(entry.seq) + " of " + node.id.value + " follows " +
                 std::to_string(watch.seq));
    if (watch.seq > 0 && entry.prev != watch.digests.rbegin()->second)
        violated("entry " + std::to_string(entry.seq) + " of " + node.id.value + " is not chained");
    watch.seq = entry.seq;
    watch.digests[entry.seq] = entry.digest;
    const auto& p = entry.payload;
    fold_content(node, watch, entry);
    told_.fold(watch.outbox, entry, fresh);
    if (entry.kind == "event.received") {
        // By what the sender said: of a clock that is far ahead stateTime is when the message came.
        const auto* stated = p.if_contains("statedTime");
        const bool is_ahead = stated != nullptr && stated->is_int64();
        // A device says no time: under a clock that was stepped back two of its reports have the same one, and differ.
        const auto which = text(p, "codec").starts_with("wearable") ? text(p, "state") + " " + text(p, "digest") : text(p, "state");
        const auto key = std::tuple(text(p, "sender"), text(p, "number"), which,
                                    number(p, is_ahead ? "statedTime" : "stateTime"));
        if (!watch.messages.emplace(key, entry.seq).second)
            violated("a message had its effect twice: " + std::get<1>(key) + " " + std::get<2>(key));
        watch.received.emplace(text(p, "sender"), text(p, "number"));
    } else if (entry.kind == "message.refused") {
        ++watch.refused_messages;
    } else if (entry.kind.starts_with("incident.")) {
        fold_incident(watch, entry);
        fold_shown(watch, entry);
    } else if (entry.kind.starts_with("erasure.")) {
        fold_order(node, watch, entry);
    } else if (entry.kind.starts_with("grant.")) {
        fold_grant(watch, entry, fresh);
    } else if (entry.kind.starts_with("relay.")) {
        fold_relay(node, watch, entry, fresh);
    } else if (entry.kind.starts_with("view.")) {
        fold_view(node, watch, entry, fresh);
    } else if (entry.kind == "duty.clocked_in" || entry.kind == "duty.clocked_out") {
        const bool sits = entry.kind == "duty.clocked_in";
        watch.seated[text(p, "user")] = sits;
        if (fresh && !sits) seat_left_at_[text(p, "user")] = schedule_.now();
    } else if (entry.kind == "duty.found") {
        if (!watch.found.emplace(text(p, "incident"), p.contains("picture")).second) violated("an incident was found twice");
    } else if (entry.kind.starts_with("checkpoint.")) {
        fold_checkpoint(node, watch, entry);
    } else if (entry.kind == "record.read") {
        for (const auto& subject : entry.subjects) watch.looks.emplace(text(p, "session"), text(p, "route"), subject);
    }
}

void Oracle::look_was_answered(const Node& centre, const http::Request& request, const http::Response& response) {
    const bool is_incidents = request.path == "/api/v1/incidents";
    if (request.method != "GET" || response.status != 200 || (!is_incidents && request.path != "/api/v1/grants")) return;
    ++checks_;
    const auto session = crypto::to_hex(crypto::sha256(request.bearer())).substr(0, 16);
    const auto body = object_of(response.body);
    for (const auto& item : body.at("items").as_array()) {
        const auto subject = (is_incidents ? "incident:" : "grant:") + text(item.as_object(), "id");
        if (centre.watch.looks.contains({session, "GET " + request.path, subject})) continue;
        if (centre.site->looks_owed() == 0) violated("somebody was shown " + subject + " and nothing says so");
    }
}

/// Durable with its incident, which its finder has received.
void Oracle::finding_was_answered(const std::string& incident, bool has_picture) {
    ++checks_;
    findings_[incident] = has_picture;
}

void Oracle::fold_incident(SiteWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto incident = text(p, "incident");
    if (entry.kind == "incident.opened") {
        const auto key = std::pair(text(p, "sender"), text(p, "number"));
        const bool is_new = watch.incident_of.emplace(key, incident).second;
        if (!is_new && text(p, "splitFrom").empty()) violated("two incidents of call " + key.second);
        watch.incident_of[key] = incident;
        watch.incident_states[incident] = text(p, "state");
        if (is_over(text(p, "state"))) watch.ended_by.try_emplace(incident, entry.seq);
        if (is_over(text(p, "state"))) {
            watch.ended.insert(incident);
        } else if (text(p, "grade") == "10" && !told_.is_drill(key.second)) {
            watch.urgent.insert(incident);
        }
    } else if (entry.kind == "incident.joined") {
        if (!watch.incident_of.emplace(std::pair(text(p, "sender"), text(p, "number")), incident).second) violated("call " + text(p, "number") + " joined and had an incident");
        if (is_over(watch.incident_states[incident])) violated("call " + text(p, "number") + " joined an incident that is over");
        ++watch.joined;
    } else if (entry.kind == "incident.report_ended") {
        if (is_over(watch.incident_states[incident])) violated("a report of an incident that is over ended by itself");
    } else if (entry.kind == "incident.merged") {
        fold_merged(watch, entry);
    } else if (entry.kind == "incident.changed" || entry.kind == "incident.acted") {
        auto& state = watch.incident_states[incident];
        if (state != text(p, "from"))
            violated("incident " + incident + " changes from " + text(p, "from") + " but was " + state);
        state = text(p, "to");
        if (is_over(state)) watch.ended.insert(incident);
        if (is_over(state)) watch.ended_by.try_emplace(incident, entry.seq);
        // Of an act that was erased what it said before; of one that was erased with its own batch, by a process that died behind it,
        // nobody has read that.
        const auto said = said_.find(entry.digest);
        const bool is_unread = entry.erased && said == said_.end();
        const auto& words = entry.erased && !is_unread ? said->second.act : text(p, "text");
        if (entry.kind != "incident.acted") return;
        if (is_unread) ++watch.acts_unread;
        // What a finding brings along says nothing.
        else if (!words.empty() && !watch.acts.insert(words).second) violated("an act had its effect twice");
    }
}

/// The one is over, what was lent for it goes on with the other.
void Oracle::fold_merged(SiteWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto into = text(p, "incident"), other = text(p, "other");
    for (const auto& id : {into, other}) {
        if (is_over(watch.incident_states[id])) violated("incident " + id + " is over and was merged");
    }
    for (auto& [call, of] : watch.incident_of) {
        if (of == other) of = into;
    }
    watch.incident_states[into] = text(p, "to");
    watch.incident_states[other] = "closed";
    watch.merged_into[other] = into;
    watch.ended.insert(other);
    watch.ended_by.try_emplace(other, entry.seq);
    watch.shown[other].outcome = "duplicate";
    watch.touched.insert(other);
}

void Oracle::fold_grant(SiteWatch& watch, const journal::Entry& entry, bool fresh) {
    const auto& p = entry.payload;
    const auto id = text(p, "grant");
    auto& grant = watch.grants[id];
    if (entry.kind == "grant.issued") {
        // One that was not issued for later never waits, wherever a clock steps to.
        const auto from = from_us(number(p, "from"));
        grant = {text(p, "incident"), from > entry.time ? from : WallTime{}, from_us(number(p, "to")),
                 texts(p, "cameras"), false};
        watch.live_grants.insert(id);
    }
    if (entry.kind == "grant.moved") grant.incident = text(p, "incident");
    if (entry.kind == "grant.changed") {
        for (const auto& camera : texts(p, "removed")) {
            if (fresh) camera_left_at_[{id, camera}] = schedule_.now();
        }
        grant.cameras = texts(p, "cameras");
    }
    if (entry.kind == "grant.ended") {
        if (grant.ended) violated("grant " + id + " ended twice");
        grant.ended = true;
        watch.live_grants.erase(id);
        if (fresh) grant_ended_at_[id] = schedule_.now();
    }
}

void Oracle::fold_relay(const Node& node, SiteWatch& watch, const journal::Entry& entry, bool fresh) {
    const auto grant = text(entry.payload, "grant");
    if (entry.kind == "relay.permitted") watch.relays[grant] = texts(entry.payload, "cameras");
    if (entry.kind == "relay.ended" && watch.relays.erase(grant) == 0)
        violated("a relay of " + node.id.value + " ended twice");
    if (fresh) relays_changed_at_[node.id.value] = schedule_.now();
}

void Oracle::fold_view(const Node& node, SiteWatch& watch, const journal::Entry& entry, bool fresh) {
    const auto& p = entry.payload;
    const auto view = text(p, "view"), camera = text(p, "camera"), source = text(p, "source");
    const auto key = std::tuple(entry.kind, source, number(p, "n"), view, camera);
    if (!watch.view_records.emplace(key, entry.time).second)
        violated("a view record of " + view + " stands twice at " + node.id.value);
    // Who reads a district's record finds what happened in the order in which it happened, copies too.
    if (entry.kind == "view.permitted") {
        watch.views_permitted.insert(view);
    } else {
        auto& last = watch.told[source];
        if (number(p, "n") < last)
            violated(entry.kind + " of view " + view + " stands behind what came after it at " + node.id.value);
        last = std::max(last, number(p, "n"));
        if (entry.kind == "view.opened" && source == "11000" && !watch.views_permitted.contains(view))
            violated("view " + view + " was opened and not permitted before at " + node.id.value);
    }
    if (node.id.value != "11000" || entry.kind != "view.permitted") return;
    const auto grant = watch.grants.find(text(p, "grant"));
    if (grant == watch.grants.end() || grant->second.ended || !grant->second.cameras.contains(camera)) {
        return violated("view " + view + " was permitted under a grant that does not live or has not that camera");
    }
    const auto seat = watch.seated.find(entry.actor.substr(entry.actor.find(':') + 1));
    if (seat != watch.seated.end() && !seat->second) violated("view " + view + " was permitted to one who left the seat");
    // An entry's time never goes back, its site's clock may: the window is judged by the clock.
    const auto now = node.clock.wall();
    if (fresh && (now < grant->second.from || now >= grant->second.to))
        violated("view " + view + " was permitted outside of its grant's window");
}

void Oracle::fold_checkpoint(const Node& node, SiteWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const SiteWatch::Checkpoint checkpoint{static_cast<std::uint64_t>(number(p, "seq")), text(p, "digest")};
    if (entry.kind == "checkpoint.made") {
        const auto found = watch.digests.find(checkpoint.seq);
        if (found == watch.digests.end() || found->second != checkpoint.digest)
            violated("a checkpoint names an entry that its own journal has not");
        made_at_.try_emplace({node.id.value, checkpoint.seq}, schedule_.now());
        watch.made.push_back(checkpoint.seq);
        return;
    }
    auto& newest = watch.held[text(p, "site")];
    if (checkpoint.seq <= newest.seq) violated("a checkpoint of " + text(p, "site") + " is held twice");
    newest = checkpoint;
}

/// With a batch, never after it: a message has its incident, an urgent call opens its video, an end ends all grants of its incident.
void Oracle::check_grants_follow(SiteWatch& watch) {
    for (const auto& [sender, call] : watch.received) {
        if (!watch.incident_of.contains({sender, call})) violated("call " + call + " was taken and opened no incident");
    }
    watch.received.clear();
    if (watch.urgent.empty() && watch.ended.empty()) return;
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
    told_.check_acknowledged(centre.watch.outbox);
    if (centre.watch.refused_messages < refusals_)
        violated(std::to_string(refusals_) + " messages were refused, " +
                 std::to_string(centre.watch.refused_messages) + " refusals are on record");
    for (const auto& message : messages_) {
        if (!centre.watch.messages.contains(message))
            violated("acknowledged and lost: call " + std::get<1>(message) + " state " +
                     std::get<2>(message));
    }
    auto unread = centre.watch.acts_unread;
    for (const auto& act : acts_) {
        if (centre.watch.acts.contains(act)) continue;
        if (unread == 0) violated("acknowledged and lost: " + act);
        else --unread;
    }
    for (const auto& view : views_) {
        if (!centre.watch.views_permitted.contains(view))
            violated("a ticket is out and its view.permitted is lost: " + view);
    }
    for (const auto& [incident, has_picture] : findings_) {
        const auto found = centre.watch.found.find(incident);
        if (found == centre.watch.found.end() || found->second != has_picture || !centre.watch.incident_states.contains(incident))
            violated("a finding was acknowledged and is lost: " + incident);
    }
    for (const auto& grant : ended_grants_) {
        const auto found = centre.watch.grants.find(grant);
        if (found == centre.watch.grants.end() || !found->second.ended)
            violated("a grant's end was acknowledged and is lost: " + grant);
    }
}

void Oracle::check_views(Node& node, const Node& centre) {
    const auto now = schedule_.now();
    if (node.media->views().empty() && node.watch.relays.empty() && &node != &centre) return;
    const auto state_at = node.media->state_at();
    // Only where media could hear of it: its process and control live and the state came over this
    // connection.
    if (!node.site || !node.media->alive() || !state_at || !node.media_link->stands() || now - *state_at < 1s) {
        if (&node == &centre) pull_without_grant_since_.clear();
        return;
    }
    ++checks_;
    if (&node == &centre) check_may_pull(centre);
    const auto over_for_a_second = [&](const auto& since) { return now - since >= 1s; };
    for (const auto& [id, view] : node.media->views()) {
        const auto& c = view.claims;
        if (c.to && node.clock.wall() >= *c.to + 1s && over_for_a_second(node.clock_stepped_at))
            violated("view " + id.value + " outlives its grant's window");
        if (c.kind == "relay") continue;
        const auto seat = centre.watch.seated.find(c.holder);
        if (seat != centre.watch.seated.end() && !seat->second && over_for_a_second(seat_left_at_[c.holder]))
            violated("view " + id.value + " is open a second after its holder left the seat");
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

/// What another site has is let to media only while a grant lives that has that camera.
void Oracle::check_may_pull(const Node& centre) {
    for (const auto& [camera, is_of_another] : centre.media->may_pull()) {
        if (!is_of_another) continue;
        const auto& live = centre.watch.live_grants;
        const bool has_grant = std::any_of(live.begin(), live.end(), [&](const auto& id) {
            return centre.watch.grants.at(id).cameras.contains(camera);
        });
        if (has_grant) {
            pull_without_grant_since_.erase(camera);
            continue;
        }
        const auto since = pull_without_grant_since_.try_emplace(camera, schedule_.now()).first->second;
        if (schedule_.now() - since >= 1s) violated("media may pull " + camera + " for a second under no living grant");
    }
    std::erase_if(pull_without_grant_since_,
                  [&](const auto& item) { return !centre.media->may_pull().contains(item.first); });
}

/// At a district: relay views stand under relay orders; orders end with their grants while the link stands.
void Oracle::check_relays(const Node& node, const Node& centre) {
    if (!node.bus_link) return;
    const auto now = schedule_.now();
    const auto& relays = node.watch.relays;
    if (now - relays_changed_at_[node.id.value] >= 1s) {
        for (const auto& [id, view] : node.media->views()) {
            const auto order = relays.find(view.claims.grant.value);
            const bool stands = order != relays.end() && order->second.contains(view.claims.camera.value);
            if (view.claims.kind == "relay" && !stands)
                violated("relay view " + id.value + " is open at " + node.id.value + " without an order");
        }
    }
    const bool is_slow = now < node.slow_until + 3s || now < centre.slow_until + 3s;
    if (!centre.site || !node.bus_link->is_prompt() || is_slow) return;
    for (const auto& [id, cameras] : relays) {
        const auto grant = centre.watch.grants.find(id);
        if (grant == centre.watch.grants.end()) {
            violated("a relay stands at " + node.id.value + " under no grant");
        } else if (grant->second.ended && now - grant_ended_at_[id] >= 3s) {
            violated("a relay stands at " + node.id.value + " three seconds after its grant ended");
        } else {
            for (const auto& camera : cameras) {
                if (!grant->second.cameras.contains(camera) && now - camera_left_at_[{id, camera}] >= 3s)
                    violated("a relay of " + camera + " stands three seconds after it left its grant");
            }
        }
    }
}

bool Oracle::should_have_picture(const CameraId& camera, const Node& district, const Node& centre) {
    const auto now = schedule_.now();
    const auto long_enough = [&](MonoTime since) { return now - since >= 5s; };
    // A machine whose clock is far off takes no ticket, as it should.
    const auto skew = std::chrono::abs(district.clock.wall() - centre.clock.wall());
    const bool all_well = district.site && district.media->alive() && district.media->state_at() &&
                          long_enough(*district.media->state_at()) && district.bus_link->is_prompt() &&
                          long_enough(district.bus_link->stood_at()) && long_enough(district.slow_until) &&
                          long_enough(centre.slow_until) && long_enough(relays_changed_at_[district.id.value]) &&
                          long_enough(std::max(district.clock_stepped_at, centre.clock_stepped_at)) && skew < 30s;
    if (!all_well) return false;
    for (const auto& [id, cameras] : district.watch.relays) {
        const auto grant = centre.watch.grants.find(id);
        if (!cameras.contains(camera.value) || grant == centre.watch.grants.end()) continue;
        const auto& window = grant->second;
        const auto later = std::max(centre.clock.wall(), district.clock.wall());
        const bool lives = !window.ended && centre.clock.wall() >= window.from + 5s && later < window.to;
        if (lives && window.cameras.contains(camera.value)) return true;
    }
    return false;
}

void Oracle::check_pulls(const std::vector<std::unique_ptr<Node>>& nodes) {
    const auto& centre = *nodes.front();
    const auto now = schedule_.now();
    const auto state_at = centre.media->state_at();
    if (!centre.site || !centre.media->alive() || !state_at || now - *state_at < 5s) return;
    for (const auto& [camera, pull] : centre.media->pulls()) {
        if (pull.view || now - pull.waits_since < 5s) continue;
        for (const auto& district : nodes) {
            if (!camera.value.starts_with(district->id.value) || !should_have_picture(camera, *district, centre))
                continue;
            ++checks_;
            violated("camera " + camera.value + " is watched under a living grant and has no picture");
        }
    }
}

}  // namespace bongsu::simulation
