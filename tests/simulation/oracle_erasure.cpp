// What the law erases: by whose order, and that it is gone from the centre's files and folds, and nothing else is.

#include <boost/json/serialize.hpp>

#include "app/site/folds.hpp"
#include "city.hpp"
#include "journal/erasable.hpp"
#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

namespace {

constexpr std::string_view kIncident = "incident:";

std::uint64_t unsigned_number(const json::object& object, std::string_view field) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number(object, field), 0));
}

std::string incident_in(const journal::Entry& entry) {
    for (const auto& subject : entry.subjects) {
        if (subject.starts_with(kIncident)) return subject.substr(kIncident.size());
    }
    return {};
}

/// The incident that an entry is about by itself, by its event, or by the event that its raw message told; empty: none.
std::string incident_of(const SiteWatch& watch, std::uint64_t seq, const SiteWatch::Content& content) {
    if (!content.incident.empty()) return content.incident;
    auto event = content.event;
    if (event.empty() && content.kind.starts_with("message.")) {
        const auto told = watch.event_of_raw.find(content.raw > 0 ? content.raw : seq);
        if (told != watch.event_of_raw.end()) event = told->second;
    }
    const auto found = watch.incident_of_event.find(event);
    return found == watch.incident_of_event.end() ? std::string() : found->second;
}

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

}  // namespace

void Oracle::fold_content(const Node& node, SiteWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    // Who looked at an incident is no part of it, and stays when it is erased.
    const auto incident = is_access_record(entry.kind) ? std::string() : incident_in(entry), event = text(p, "event");
    const auto raw = unsigned_number(p, "raw");
    if (entry.kind == "incident.opened" || entry.kind == "incident.joined") watch.incident_of_event[event] = text(p, "incident");
    if (entry.kind == "incident.merged") {
        for (auto& [known, of] : watch.incident_of_event) {
            if (of == text(p, "other")) of = text(p, "incident");
        }
    }
    // What was refused under an event's number is that one's, too: who responds to it may need it.
    const bool names_event = entry.kind.starts_with("event.") || (entry.kind == "message.refused" && !event.empty());
    if (names_event && raw > 0) watch.event_of_raw[raw] = event;
    const bool is_raw = journal::is_raw(entry.kind);
    if (!entry.erased && !said_.contains(entry.digest)) {
        // A raw message is its sender's, and opaque here; from where it came stands beside it, as beside all that one does at a screen.
        Said said{words_in(is_raw ? text(p, "remote") : entry.payload_text), entry.kind == "incident.acted" ? text(p, "text") : "", 0};
        if (!incident.empty() && !is_raw) said.payload = std::hash<std::string>{}(entry.payload_text);
        if (!said.words.empty() && !journal::may_be_erased(entry.kind))
            violated("somebody's words stand in " + entry.kind + ", which stays: " + said.words.front());
        if (!said.words.empty() || said.payload != 0) said_.emplace(entry.digest, std::move(said));
    }
    if (!journal::may_be_erased(entry.kind)) {
        if (entry.erased) violated("entry " + std::to_string(entry.seq) + " of " + node.id.value + " is erased, " + entry.kind + " stays");
        return;
    }
    const bool is_bare = !entry.erased && journal::left_of(entry.kind, p) == p;
    watch.contents[entry.seq] = {entry.kind, incident, event, raw, 0, entry.erased, is_bare, entry.time, text(p, "incident")};
}

namespace {

void fold_call(SiteWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    auto& words = watch.words_of_event[text(p, "event")];
    const bool is_apart = p.contains("ownStateTime");
    const auto* own = p.if_contains("own");
    const json::object none;
    const auto& content = !is_apart ? p : own != nullptr && own->is_object() ? own->get_object() : none;
    words.place = text(content, "place");
    words.text = text(content, "text");
    words.time = number(p, is_apart ? "ownStateTime" : "stateTime");
    words.seq = entry.seq;
    if (entry.kind != "incident.changed") words.came = entry.seq;
}

/// The incident shows what the newest of its calls says.
void show_newest(SiteWatch& watch, const std::string& incident) {
    const SiteWatch::CallWords* newest = nullptr;
    for (const auto& [event, of] : watch.incident_of_event) {  // By their names: of two that came with one entry the first.
        const auto& words = watch.words_of_event[event];
        if (of == incident && (newest == nullptr || words.time > newest->time || (words.time == newest->time && words.came < newest->came))) newest = &words;
    }
    if (newest == nullptr) return;
    auto& shown = watch.shown[incident];
    shown.place = newest->place;
    shown.text = newest->text;
    shown.seq = newest->seq;
    watch.touched.insert(incident);
}

}  // namespace

void Oracle::fold_shown(SiteWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto id = text(p, "incident");
    auto& shown = watch.shown[id];
    watch.touched.insert(id);
    if (entry.kind == "incident.opened") shown.opened = entry.seq;
    if (entry.kind == "incident.opened" || entry.kind == "incident.joined" || entry.kind == "incident.changed") fold_call(watch, entry);
    if (entry.kind == "incident.opened" || entry.kind == "incident.changed") {
        shown.seq = entry.seq;
        shown.place = text(p, "place");
        shown.text = text(p, "text");
    }
    if (entry.kind == "incident.merged") {
        for (const auto& subject : entry.subjects) {
            if (subject.starts_with("event:")) watch.words_of_event[subject.substr(6)].came = entry.seq;
        }
        if (p.at("takesPlace").as_bool()) show_newest(watch, id);
    }
    if (const auto from = text(p, "splitFrom"); !from.empty()) show_newest(watch, from);
    if (entry.kind == "incident.acted" && !text(p, "outcome").empty()) shown.outcome = text(p, "outcome");
}

void Oracle::forget(SiteWatch& watch, std::uint64_t seq, std::uint64_t order) {
    auto& content = watch.contents.at(seq);
    content.order = order;
    for (auto& [event, words] : watch.words_of_event) {
        if (words.seq != seq) continue;
        words.place = words.text = "";
    }
    for (auto& [id, shown] : watch.shown) {
        if (shown.seq != seq) continue;
        watch.touched.insert(id);
        shown.place = shown.text = "";
    }
}

void Oracle::fold_order(const Node& node, SiteWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    if (entry.kind == "erasure.done") {
        watch.an_order_was_closed = true;
        if (watch.open_orders.erase(unsigned_number(p, "order")) == 0) violated("an erasure ended that was not open");
        return;
    }
    watch.orders[entry.seq] = text(p, "erasure");
    watch.open_orders.insert(entry.seq);
    for (const auto& item : p.at("entries").as_array()) {
        const auto& named = item.as_object();
        const auto seq = unsigned_number(named, "seq");
        const auto found = watch.contents.find(seq);
        const auto what = "entry " + std::to_string(seq) + " (" + text(named, "kind") + ")";
        if (found == watch.contents.end() || found->second.kind != text(named, "kind")) {
            violated("the erasure of " + what + " is ordered, which is not there or stays");
            continue;
        }
        // A clock may be stepped by hours meanwhile.
        if (is_access_record(found->second.kind) && found->second.time > node.clock.wall() - kAccessKept + std::chrono::hours(24)) violated("the erasure of " + what + " is ordered, a record of access younger than two years");
        if (found->second.order != 0) violated("the erasure of " + what + " is ordered twice");
        const auto incident = watch.case_of(incident_of(watch, seq, found->second));
        if (!incident.empty() && !is_over(watch.incident_states[incident]))
            violated("the erasure of " + what + " is ordered, which belongs to an open incident");
        if (!words_in(json::serialize(named.at("left"))).empty()) violated("the order leaves words of " + what);
        forget(watch, seq, entry.seq);
    }
}

/// Entries of one batch cannot be ordered in the same: everything about the incident stood before the first order.
void Oracle::erasure_was_answered(const Node& centre, const std::string& incident, const std::map<std::uint64_t, std::string>& orders) {
    if (orders.empty()) return violated("an erasure was answered without an order");
    for (const auto& [seq, id] : orders) erasures_[{centre.id.value, seq}] = id;
    if (incident.empty()) return;
    ++checks_;
    for (const auto& [seq, content] : centre.watch.contents) {
        if (seq >= orders.begin()->first) break;
        if (content.order == 0 && !content.is_bare && incident_of(centre.watch, seq, content) == incident)
            violated("incident " + incident + " was erased, entry " + std::to_string(seq) + " (" + content.kind + ") was not");
    }
}

void Oracle::retention_was_answered(const Node& node, WallTime before, std::pair<std::uint64_t, std::uint64_t> range, std::uint64_t asked_at,
                                    const std::map<std::uint64_t, std::string>& orders) {
    for (const auto& [seq, id] : orders) erasures_[{node.id.value, seq}] = id;
    if (!orders.empty()) ++retentions_;
    ++checks_;
    const auto& watch = node.watch;
    const auto kept_from = node.clock.wall() - kAccessKept - std::chrono::hours(24);
    for (const auto& [seq, content] : watch.contents) {
        const auto what = "entry " + std::to_string(seq) + " (" + content.kind + ") of " + node.id.value;
        if (orders.contains(content.order) && content.time >= before) violated(what + " is too young for an erasure by age and went with it");
        if (seq <= range.first || seq > range.second || seq > asked_at || content.time >= before) continue;
        if (content.order != 0 || content.is_bare || (is_access_record(content.kind) && content.time >= kept_from)) continue;
        // Those who respond still need it, or did when the order was written.
        const auto incident = watch.case_of(content.named.empty() ? incident_of(watch, seq, content) : content.named);
        const auto ended = watch.ended_by.find(incident);
        const bool is_needed = watch.incident_states.contains(incident) && (ended == watch.ended_by.end() || ended->second > asked_at);
        if (!is_needed) violated(what + " is older than an erasure by age says, and stays");
    }
}

void Oracle::check_orders_stand(const Node& node) {
    for (const auto& [key, id] : erasures_) {
        if (key.first != node.id.value) continue;
        const auto found = node.watch.orders.find(key.second);
        if (found == node.watch.orders.end() || found->second != id) violated("an erasure was acknowledged and is lost: " + id);
    }
}

std::set<std::string> Oracle::gone_words(const SiteWatch& watch, bool closed_only) const {
    std::set<std::string> gone;
    std::vector<const std::vector<std::string>*> whole;
    for (const auto& [seq, content] : watch.contents) {
        const auto said = said_.find(watch.digests.at(seq));
        if (said == said_.end()) continue;
        if (content.order == 0 || (closed_only && watch.open_orders.contains(content.order))) {
            whole.push_back(&said->second.words);
        } else {
            gone.insert(said->second.words.begin(), said->second.words.end());
        }
    }
    for (const auto* words : whole) {
        for (const auto& word : *words) gone.erase(word);
    }
    return gone;
}

void Oracle::check_erased(Node& node) {
    const auto now = std::pair(node.life, node.watch.orders.size());
    if (std::exchange(looked_at_[node.id.value], now) == now || (node.bus_link && node.watch.orders.empty())) return;
    ++checks_;
    check_files(node);
    check_tables(node);
    // As the journal gives them to its readers.
    for (const auto& [seq, content] : node.watch.contents) {
        if (content.is_erased && content.order == 0) violated("entry " + std::to_string(seq) + " is erased and nobody ordered it");
    }
}

/// Record by record, by a second hand: docs/adr/0003-journal-bytes.md.
void Oracle::check_files(Node& node) {
    const auto& watch = node.watch;
    const auto gone = gone_words(watch, true);
    const auto journal = app::site_folder("DATA", node.id) + "/journal";
    const auto names = node.disk.list(journal);
    if (!names) return;  // Its power is off: it is looked at when it is back.
    std::uint64_t seq = 0;
    for (const auto& name : *names) {
        const auto read = node.disk.read(journal + "/" + name);
        if (!read) return;
        const std::string_view bytes = *read;
        for (const auto& word : words_in(bytes)) {
            if (gone.contains(word)) violated(word + " was erased and stands in " + name);
        }
        if (!name.ends_with(".bj")) continue;
        for (std::size_t at = 0; at + 24 <= bytes.size();) {
            const auto body_at = at + 24 + u32_at(bytes, at + 4), end = body_at + u32_at(bytes, at + 8);
            if (end > bytes.size()) break;
            const auto found = watch.contents.find(++seq);
            const auto order = found == watch.contents.end() ? 0 : found->second.order;
            const bool is_marked = bytes[at + 20] == 'E';
            const bool is_zero = u32_at(bytes, at + 16) == 0 &&
                                 bytes.substr(body_at, end - body_at).find_first_not_of('\0') == std::string_view::npos;
            const auto what = "entry " + std::to_string(seq);
            if (order == 0 && is_marked) violated(what + " is marked as erased and nobody ordered it");
            if (order != 0 && !watch.open_orders.contains(order) && !(is_marked && is_zero))
                violated(what + " was erased and its contents stand in " + name);
            at = end;
        }
    }
}

/// Every text of every fold: no word that is gone; and each line of a timeline whose contents stay is as it was written.
void Oracle::check_tables(Node& node) {
    if (!catch_up(node)) return;
    const auto& watch = node.watch;
    auto& db = node.site->book().db();
    const auto gone = gone_words(watch, false);
    for (const auto& fold : app::make_folds(node.id)) {
        for (const auto& table : fold->tables()) {
            const auto rows = db.query("select * from " + table);
            if (!rows) return violated(table + " cannot be read: " + rows.error().message);
            for (const auto& row : *rows) {
                for (std::size_t column = 0; column < row.size(); ++column) {
                    if (!row.is_text(column)) continue;
                    for (const auto& word : words_in(row.text(column))) {
                        if (gone.contains(word)) violated(word + " was erased and stands in " + table);
                    }
                }
            }
        }
    }
    const auto lines = db.query("select seq, kind, payload from incident_timeline");
    if (!lines) return violated("the timelines cannot be read: " + lines.error().message);
    for (const auto& line : *lines) {
        const auto seq = static_cast<std::uint64_t>(line.integer(0));
        const auto content = watch.contents.find(seq);
        const auto digest = watch.digests.find(seq);
        const auto said = digest == watch.digests.end() ? said_.end() : said_.find(digest->second);
        if ((content != watch.contents.end() && content->second.order != 0) || said == said_.end() || said->second.payload == 0) continue;
        if (std::hash<std::string>{}(line.text(2)) != said->second.payload)
            violated("the timeline shows entry " + std::to_string(seq) + " (" + line.text(1) + ") with other words than it has");
    }
}

}  // namespace bongsu::simulation
