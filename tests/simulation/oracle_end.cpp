// What must hold at rest: chains, replays, lists, and that everything arrived everywhere.

#include <boost/json/serialize.hpp>

#include "app/site/folds.hpp"
#include "city.hpp"
#include "databases.hpp"
#include "federation/outbox.hpp"
#include "incident/fold.hpp"
#include "journal/verify.hpp"
#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

namespace {

constexpr std::chrono::seconds kOnItsWay{3};

/// Of each table's rows, in whatever order it gives them: how many they are and the sum of their hashes.
using Rows = std::map<std::string, std::pair<std::size_t, std::uint64_t>>;
Result<Rows> rows_of(sql::Db& db, const std::vector<std::string>& tables) {
    Rows out;
    for (const auto& table : tables) {
        auto& all = out[table];
        TRY(const auto rows, db.query("select * from " + table));
        for (const auto& row : rows) {
            std::uint64_t hash = std::hash<std::string>{}(table);
            for (std::size_t i = 0; i < row.size(); ++i) {
                const auto value = row.is_text(i)   ? std::hash<std::string>{}(row.text(i))
                                   : row.is_null(i) ? 1
                                                    : static_cast<std::uint64_t>(row.integer(i)) * 0x9e3779b97f4a7c15ULL + 2;
                hash = (hash ^ value) * 1099511628211ULL;
                hash ^= hash >> 29U;
            }
            all.second += hash;
        }
        all.first += rows.size();
    }
    return out;
}

/// The tables of which one has other rows than the other.
std::string differing(const Rows& one, const Rows& other) {
    std::string names;
    for (const auto& [table, rows] : one) {
        if (other.at(table) != rows) names += (names.empty() ? "" : ", ") + table;
    }
    return names;
}

std::string site_of(const std::string& camera) { return camera.substr(0, camera.find('-')); }

}  // namespace

void Oracle::check_chain(Node& node) {
    ++checks_;
    const auto report = journal::verify_folder(node.disk, app::site_folder("DATA", node.id) + "/journal");
    if (!report)
        return violated("the journal of " + node.id.value + " cannot be verified: " + report.error().message);
    if (report->problem) violated("the chain of " + node.id.value + " is broken: " + report->problem->what);
}

/// Tables that fell behind at their last commit are brought up by the next batch; here that has not begun.
bool Oracle::catch_up(Node& node) {
    auto& book = node.site->book();
    const auto rows = book.db().query("select min(seq) from fold_position");
    if (rows && rows->front().integer(0) == static_cast<std::int64_t>(book.journal().committed_seq())) return true;
    const auto caught_up = book.catch_up();
    // To look writes and syncs too: with it the power may go or a sync fail, and then the site starts anew.
    const bool is_over = node.disk.is_off() || !book.journal().usable();
    if (!caught_up && !is_over) violated("the folds of " + node.id.value + " do not follow: " + caught_up.error().message);
    return caught_up.has_value();
}

/// A fresh book over the same journal comes to the same tables.
void Oracle::check_replay(Node& node) {
    ++checks_;
    if (!catch_up(node)) return;
    auto folds = app::make_folds(node.id);
    std::vector<std::string> tables;
    for (const auto& fold : folds) {
        for (auto& table : fold->tables()) tables.push_back(std::move(table));
    }
    const auto live = rows_of(node.site->book().db(), tables);
    const auto db = empty_database(Holds::folds);
    journal::Book fresh(node.env, node.site->book().journal(), *db, std::move(folds));
    const auto caught_up = fresh.catch_up();
    if (!caught_up && (node.disk.is_off() || !node.site->book().journal().usable())) return;
    const auto replayed = caught_up ? rows_of(*db, tables) : tl::unexpected(caught_up.error());
    if (!live || !replayed) return violated("the folds of " + node.id.value + " cannot be read");
    if (*live != *replayed) violated("the folds of " + node.id.value + " are not their replay: " + differing(*live, *replayed));
}

void Oracle::check_lists(Node& centre) {
    std::set<std::string> listed;
    ++checks_;
    if (!catch_up(centre)) return;
    incident::ListQuery query;
    query.limit = 200;
    for (bool more = true; more;) {
        const auto page = incident::list(centre.site->book().db(), query);
        if (!page) return violated("incidents cannot be listed: " + page.error().message);
        for (const auto& item : page->items) {
            listed.insert(item.id.value);
            check_shown(centre.watch, item);
        }
        more = page->next.has_value();
        if (more) query.before_seq = *page->next;
    }
    for (const auto& [id, state] : centre.watch.incident_states) {
        if (!listed.contains(id)) violated("incident " + id + " (" + state + ") is on no list");
    }
    told_.check_log(centre);
}

void Oracle::check_shown(const SiteWatch& watch, const incident::Incident& item) {
    const auto state = watch.incident_states.find(item.id.value);
    const auto shown = watch.shown.find(item.id.value);
    if (state == watch.incident_states.end() || shown == watch.shown.end())
        return violated("the list shows " + item.id.value + ", of which the journal knows nothing");
    if (state->second != incident::to_string(item.state)) violated("the list shows another state of " + item.id.value);
    const auto& [opened, seq, place, text, outcome] = shown->second;
    if (item.place != place || item.text != text || item.outcome != outcome)
        violated("the list shows other words of " + item.id.value + " than entry " + std::to_string(seq) + ": " + item.place + "; " +
                 item.text + "; " + item.outcome + " and not " + place + "; " + text + "; " + outcome);
}

void Oracle::check_touched(Node& centre) {
    auto& watch = centre.watch;
    if (watch.touched.empty()) return;
    auto& book = centre.site->book();
    const auto rows = book.db().query("select min(seq) from fold_position");
    // What falls behind is brought up by the next batch, and is looked at then.
    if (!rows || rows->front().integer(0) != static_cast<std::int64_t>(book.journal().committed_seq())) return;
    for (const auto& id : std::exchange(watch.touched, {})) {
        ++checks_;
        const bool is_open = !is_over(watch.incident_states[id]);
        incident::ListQuery query;
        query.before_seq = watch.shown[id].opened + 1;
        query.limit = 1;
        if (is_open) query.states = {incident::State::fresh, incident::State::received, incident::State::acting};
        const auto page = incident::list(book.db(), query);
        if (!page || page->items.empty() || page->items.front().id.value != id) {
            violated("incident " + id + " (" + watch.incident_states[id] + ") is on no list");
            continue;
        }
        check_shown(watch, page->items.front());
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
    const auto here_before = node.clock.wall() - kOnItsWay;
    for (const auto& item : node.media->spool()) {
        const auto n = number(item, "n");
        const auto at = parse_rfc3339(text(item, "at"), "at");
        const std::tuple record(text(item, "kind"), node.id.value, n, text(item, "view"),
                                text(item, "camera"));
        const bool acknowledged = n <= node.media->acknowledged();
        if (!acknowledged && (!at || *at <= here_before))
            violated("the spool of " + node.id.value + " does not empty");
        if (acknowledged && !node.watch.view_records.contains(record))
            violated("spool item " + json::serialize(item) + " was acknowledged and is not in the journal");
    }
}

/// The board of links shows nothing that waits for a district for ever.
void Oracle::check_nothing_waits(const Node& district, Node& centre) {
    if (!district.bus_link || !district.bus_link->is_prompt() || !catch_up(centre)) return;
    const auto before = centre.env.clock.wall() - kOnItsWay;
    for (const auto& [record, time] : centre.watch.view_records) {
        if (site_of(std::get<4>(record)) == district.id.value && time > before) return;
    }
    ++checks_;
    const auto waiting = federation::waiting(centre.site->book().db(), district.id);
    if (!waiting || *waiting > 0) violated("records wait for " + district.id.value + " and nothing sends them");
}

void Oracle::check_end(const std::vector<std::unique_ptr<Node>>& nodes) {
    auto& centre = *nodes.front();
    for (const auto& node : nodes) {
        if (!node->site) return violated("site " + node->id.value + " is not back at the end");
        if (!node->media->state_at()) violated("media of " + node->id.value + " has no state at the end");
        if (node->bus_link && !node->bus_link->stands())
            violated("the link of " + node->id.value + " does not stand at the end");
        // Of a district in which nothing happened but checkpoints one in six is looked at as closely.
        ++quiet_;
        if (node->life == 0 && node->watch.relays.empty() && node->watch.view_records.empty() && quiet_ % 6 != 0)
            continue;
        watch(*node, true);
        check_chain(*node);
        check_replay(*node);
    }
    for (const auto& node : nodes) {
        check_views(*node, centre);
        check_records(*node, centre);
        check_nothing_waits(*node, centre);
    }
    check_lists(centre);
    for (const auto& node : nodes) {
        if (!node->watch.open_orders.empty()) violated("an erasure of " + node->id.value + " is not carried out at the end");
        if (!node->watch.orders.empty()) check_erased(*node);
    }
    told_.check_end(centre, MonoTime{} + kHealedAt);
    check_checkpoints(nodes);
    check_order(centre);
}

/// Each checkpoint that somebody holds names an entry that its site has; each site's older ones are held by two others.
void Oracle::check_checkpoints(const std::vector<std::unique_ptr<Node>>& nodes) {
    for (const auto& node : nodes) {
        for (const auto& [site, checkpoint] : node->watch.held) {
            for (const auto& owner : nodes) {
                if (owner->id.value != site) continue;
                const auto found = owner->watch.digests.find(checkpoint.seq);
                if (found == owner->watch.digests.end() || found->second != checkpoint.digest)
                    violated(node->id.value + " holds a checkpoint of entry " + std::to_string(checkpoint.seq) +
                             " that " + site + " has not");
            }
        }
        std::uint64_t due = 0;
        for (const auto seq : node->watch.made) {
            if (schedule_.now() - made_at_[{node->id.value, seq}] >= 10s) due = std::max(due, seq);
        }
        std::size_t holders = 0;
        for (const auto& other : nodes) {
            const auto held = other->watch.held.find(node->id.value);
            if (held != other->watch.held.end() && held->second.seq >= due) ++holders;
        }
        if (due > 0 && holders < 2)
            violated("the checkpoint of " + node->id.value + " at entry " + std::to_string(due) +
                     " is held by " + std::to_string(holders) + " other sites");
    }
}

void Oracle::check_order(const Node& centre) {
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
