// Erasure by law over the API: who may order it, what may not go yet, what was ordered.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <set>

#include "app/site/fields.hpp"
#include "app/site/handlers.hpp"
#include "drill/drill.hpp"
#include "hold/hold.hpp"
#include "http/page.hpp"
#include "incident/fold.hpp"
#include "incident/reports.hpp"
#include "journal/erasure.hpp"
#include "ledger/access.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLookedAt = 5000;  // Entries of one request by time: some 30 ms of the store thread.
constexpr auto kYoungest = 24h;          // A clock that jumped must not erase what people still work with.
/// The record of who saw what from where outlives what was seen (the safety standard's article on access records: two years
/// where sensitive data or those of more than 50,000 people are handled).
constexpr auto kAccessKept = 24h * 731;
constexpr auto kExpiryEach = 60s;
constexpr std::size_t kExpiredAtOnce = 20;

/// What one request asks for: exactly one of the three.
struct Wanted {
    std::string reason, basis, incident;
    std::vector<std::uint64_t> seqs;
    std::optional<WallTime> before;
    std::uint64_t after = 0;
};

Result<std::uint64_t> seq_of(const json::value& value, std::string_view name, std::int64_t least) {
    if (!value.is_int64() || value.get_int64() < least) return fail_field(name, "must be a number of an entry");
    return static_cast<std::uint64_t>(value.get_int64());
}

Result<void> read_seqs(const json::value& value, std::vector<std::uint64_t>& seqs) {
    if (!value.is_array() || value.get_array().empty() ||
        value.get_array().size() > journal::kErasureEntriesMax) {
        return fail_field("seqs", "must be a list of 1 to " + std::to_string(journal::kErasureEntriesMax) + " numbers");
    }
    for (const auto& item : value.get_array()) {
        TRY(const auto seq, seq_of(item, "seqs", 1));
        seqs.push_back(seq);
    }
    return {};
}

Result<Wanted> wanted_of(const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    Wanted wanted;
    TRY(wanted.reason, http::required_text(body, "reason", 64));
    TRY(wanted.basis, http::required_text(body, "basis", journal::kOrderBasisLettersMax));
    int ways = 0;
    for (const auto& [name, value] : body) {
        if (name == "reason" || name == "basis") continue;
        if (name == "after") {
            TRY(wanted.after, seq_of(value, "after", 0));
            continue;
        }
        ++ways;
        if (name == "seqs") {
            TRY_DO(read_seqs(value, wanted.seqs));
        } else if (name == "incident") {
            TRY(wanted.incident, http::required_text(body, "incident", 64));
        } else if (name == "before") {
            TRY(const auto text, http::required_text(body, "before", 64));
            TRY(wanted.before, parse_rfc3339(text, "before"));
        } else {
            return fail_field(name, "is not a field of an erasure");
        }
    }
    if (ways != 1) return fail_field("body", "must have exactly one of seqs, incident and before");
    if (wanted.after != 0 && !wanted.before) return fail_field("after", "goes with before");
    return wanted;
}

/// The incident that an entry is about; empty for none.
Result<std::string> incident_of(sql::Db& db, const journal::Entry& entry) {
    if (auto incident = text_field(entry.payload, "incident"); !incident.empty()) return incident;
    auto event = text_field(entry.payload, "event");
    if (event.empty() && entry.kind.starts_with("message.")) {
        const auto raw = number_field(entry.payload, "raw");
        TRY(const auto found, event::event_of_raw(db, raw > 0 ? static_cast<std::uint64_t>(raw) : entry.seq));
        if (found) event = found->value;
    }
    if (event.empty()) return std::string();
    TRY(const auto incident, incident::incident_of_event(db, EventId{event}));
    return incident ? incident->value : std::string();
}

/// Those who respond to an open incident, or to the case that it went on as, need its words and its place.
Result<bool> is_open(sql::Db& db, const std::string& id) {
    if (id.empty()) return false;
    const auto incident = incident::get_case(db, IncidentId{id});
    if (!incident && incident.error().kind == ErrorKind::not_found) return false;
    if (!incident) return tl::unexpected(incident.error());
    return incident::is_open(incident->state);
}

Result<bool> is_needed(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto id, incident_of(db, entry));
    return is_open(db, id);
}

/// Whether what stands about an event goes with it: not a message that was refused under its number and told another event when
/// it was read again, nor what else those who respond to that one need. Asked of the folds alone, since a sender makes these
/// entries without a limit.
Result<bool> goes_with(sql::Db& db, const event::AboutEntry& entry, const EventId& id) {
    auto event = std::optional(entry.told);
    if (event->value.empty()) {
        TRY(event, event::event_of_raw(db, entry.raw));
    }
    if (!event || *event == id) return true;
    if (entry.raw == entry.seq) return false;
    TRY(const auto incident, incident::incident_of_event(db, *event));
    if (!incident) return true;
    TRY(const bool needed, is_open(db, incident->value));
    return !needed;
}

/// What one request orders of an incident: the rest is the next one's.
class Gathered {
  public:
    explicit Gathered(journal::Journal& journal) : journal_(journal) {}

    bool is_full() const { return seqs_.size() == journal::kErasureEntriesMax; }
    /// Nothing for one that is ordered already, or when it is full.
    Result<void> add(std::uint64_t seq) {
        if (seq == 0 || is_full() || seqs_.contains(seq)) return {};
        TRY(const bool ordered, journal_.is_ordered_erased(seq));
        if (!ordered) seqs_.insert(seq);
        return {};
    }
    std::vector<std::uint64_t> seqs() const { return {seqs_.begin(), seqs_.end()}; }

  private:
    journal::Journal& journal_;
    std::set<std::uint64_t> seqs_;
};

/// The seq of another entry; 0: none.
std::uint64_t number_of(const json::object& payload, std::string_view field) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number_field(payload, field), 0));
}

Result<void> gather_timeline(sql::Db& db, const IncidentId& id, Gathered& gathered) {
    std::uint64_t after = 0;
    for (bool more = true; more && !gathered.is_full();) {
        TRY(const auto page, incident::timeline(db, id, after, 200));
        more = page.size() == 200;
        for (const auto& item : page) {
            after = item.seq;
            if (ledger::is_access_record(item.kind)) continue;
            TRY(const auto payload, http::parse_object(item.payload));
            // A grant that ended by itself holds nobody's words.
            if (journal::may_be_erased(item.kind) && journal::left_of(item.kind, payload) != payload)
                TRY_DO(gathered.add(item.seq));
            if (item.kind == "event.repeated") {
                // Of one that is another incident's by now it goes with that.
                TRY(const auto of, incident::incident_of_event(db, EventId{text_field(payload, "event")}));
                if (of == id) TRY_DO(gathered.add(number_of(payload, "raw")));
            }
            if (item.kind == "duty.found") TRY_DO(gathered.add(number_of(payload, "picture")));
        }
    }
    return {};
}

/// The raw messages that told an event once more, which stand on the timeline that it was on then.
Result<void> gather_repeats(sql::Db& db, const IncidentId& id, const EventId& event, Gathered& gathered) {
    std::uint64_t after = 0;
    for (bool more = true; more && !gathered.is_full();) {
        TRY(const auto page, incident::timeline(db, id, after, 200));
        more = page.size() == 200;
        for (const auto& item : page) {
            after = item.seq;
            if (item.kind != "event.repeated") continue;
            TRY(const auto payload, http::parse_object(item.payload));
            if (text_field(payload, "event") == event.value) TRY_DO(gathered.add(number_of(payload, "raw")));
        }
    }
    return {};
}

/// What an event's sender said, and what stands about it.
Result<void> gather_event(sql::Db& db, const EventId& event, Gathered& gathered) {
    TRY(const auto ever, incident::ever_of(db, event));
    if (ever.size() > 1) {
        for (const auto& one : ever) TRY_DO(gather_repeats(db, one, event, gathered));
    }
    TRY(const auto received, event::received_entries(db, event));
    for (const auto& entry : received) {
        TRY_DO(gathered.add(entry.raw));
        TRY_DO(gathered.add(entry.seq));
    }
    TRY(const auto about, event::entries_about(db, event));
    for (const auto& entry : about) {
        if (gathered.is_full()) break;
        TRY(const bool belongs, goes_with(db, entry, event));
        if (belongs) TRY_DO(gathered.add(entry.seq));
    }
    return {};
}

/// The entries with personal data about an incident that are not ordered erased yet, as many as one request may order: its own,
/// its events', the messages that told them, those that were refused under its number, and what was said when one was released.
Result<std::vector<std::uint64_t>> entries_of(journal::Book& book, const IncidentId& id) {
    auto& db = book.db();
    Gathered gathered(book.journal());
    // With what was told of it once more as a drill.
    TRY(auto all, drill::incidents_made_of(db, id));
    all.insert(all.begin(), id);
    for (const auto& one : all) {
        TRY(const auto incident, incident::get_case(db, one));
        if (incident::is_open(incident.state)) {
            return fail(ErrorKind::conflict, one == id ? "the incident is open, or goes on as another: those who respond need it" : "a drill of the incident is open: stop it, or end what it opened");
        }
        TRY_DO(gather_timeline(db, one, gathered));
        TRY(const auto reports, incident::reports(db, one));
        for (const auto& report : reports) TRY_DO(gather_event(db, report.event, gathered));
    }
    return gathered.seqs();
}

struct Selection {
    std::vector<std::uint64_t> seqs;
    json::value next = nullptr;  ///< Where to go on, for a request by time.
};

bool is_kept_access(journal::Book& book, const journal::Entry& entry) {
    return ledger::is_access_record(entry.kind) && entry.time > book.env().clock.wall() - kAccessKept;
}

/// Walks on from `after`, a bounded way: the caller comes again with `next`.
Result<Selection> select_before(journal::Book& book, const Wanted& wanted) {
    if (*wanted.before > book.env().clock.wall() - kYoungest)
        return fail_field("before", "must be at least 24 hours ago");
    Selection selection;
    std::size_t looked_at = 0;
    TRY_DO(book.journal().read(wanted.after, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.time >= *wanted.before) return false;
        if (++looked_at > kLookedAt || selection.seqs.size() >= journal::kOrderEntriesMax) {
            selection.next = static_cast<std::int64_t>(entry.seq) - 1;
            return false;
        }
        if (entry.erased || !journal::may_be_erased(entry.kind)) return true;
        if (is_kept_access(book, entry) || journal::left_of(entry.kind, entry.payload) == entry.payload) return true;
        TRY(const bool ordered, book.journal().is_ordered_erased(entry.seq));
        TRY(const bool needed, is_needed(book.db(), entry));
        if (!ordered && !needed) selection.seqs.push_back(entry.seq);
        return true;
    }));
    return selection;
}

Result<Selection> select(journal::Book& book, const Wanted& wanted) {
    if (wanted.before) return select_before(book, wanted);
    if (wanted.incident.empty()) return Selection{wanted.seqs, nullptr};
    Selection selection;
    TRY(selection.seqs, entries_of(book, IncidentId{wanted.incident}));
    if (selection.seqs.empty())
        return fail(ErrorKind::conflict, "everything that may go of this incident is already ordered erased");
    return selection;
}

json::object to_json(const journal::ErasureRecord& record) {
    json::object out{{"id", record.id},
                     {"seq", static_cast<std::int64_t>(record.seq)},
                     {"state", record.done_at ? "done" : "ordered"},
                     {"reason", record.reason},
                     {"basis", record.basis},
                     {"orderedBy", record.actor},
                     {"orderedAt", to_rfc3339(record.ordered_at)},
                     {"doneAt", nullptr},
                     {"entries", record.entries},
                     {"first", static_cast<std::int64_t>(record.first)},
                     {"last", static_cast<std::int64_t>(record.last)}};
    if (record.done_at) out["doneAt"] = to_rfc3339(*record.done_at);
    return out;
}

Result<http::Response> order(journal::Book& book, const std::string& actor, const http::Request& request) {
    TRY(const auto wanted, wanted_of(request));
    TRY(auto selection, select(book, wanted));
    if (selection.seqs.empty()) {
        return http::json_response(
            200, json::object{{"items", json::array{}}, {"entries", 0}, {"next", selection.next}});
    }
    TRY(const auto orders,
        journal::order_erasure(book, {.actor = actor,
                                      .reason = wanted.reason,
                                      .basis = wanted.basis,
                                      .seqs = std::move(selection.seqs),
                                      .check = [&](const journal::Entry& entry) -> Result<void> {
                                          if (is_kept_access(book, entry))
                                              return fail(ErrorKind::conflict, "entry " + std::to_string(entry.seq) +
                                                                                   " is a record of access, which is kept for two years");
                                          TRY(const bool needed, is_needed(book.db(), entry));
                                          if (!needed) return {};
                                          return fail(ErrorKind::conflict,
                                                      "entry " + std::to_string(entry.seq) +
                                                          " belongs to an open incident: those who respond need it");
                                      }}));
    TRY(const auto records, journal::erasures(book.db(), 0, orders.size()));
    json::array items;
    std::int64_t entries = 0;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
        entries += record->entries;
        items.push_back(to_json(*record));
    }
    return http::json_response(
        201, json::object{{"items", std::move(items)}, {"entries", entries}, {"next", selection.next}});
}

enum class Purged : std::uint8_t { ordered, nothing_left, not_yet };

/// Orders that the words of a case that has ended go.
Result<Purged> purge(journal::Book& book, const std::string& actor, const IncidentId& id, const std::string& basis) {
    auto seqs = entries_of(book, id);
    if (!seqs && seqs.error().kind == ErrorKind::conflict) return Purged::not_yet;  // It goes on as another, or a drill of it does.
    if (!seqs) return tl::unexpected(seqs.error());
    if (seqs->empty()) return Purged::nothing_left;
    TRY_DO(journal::order_erasure(book, {.actor = actor, .reason = "retention", .basis = basis, .seqs = *std::move(seqs), .check = {}}));
    return Purged::ordered;
}

/// Held, or needed by those who respond, or another sender's words as well, whose service keeps them.
Result<bool> is_kept_for(sql::Db& db, const IncidentId& id, const service::Service& service) {
    TRY(const bool is_held, hold::stands(db, id));
    TRY(const bool is_needed, is_open(db, id.value));
    TRY(const auto reports, incident::reports(db, id));
    const bool is_shared = std::any_of(reports.begin(), reports.end(), [&](const incident::Report& report) { return service.find_type(report.type) == nullptr; });
    return is_held || is_needed || is_shared;
}

struct Place {
    std::uint64_t before;
    std::size_t limit;
};

Result<Place> place_of(const http::Request& request) {
    TRY_DO(http::only_parameters(request, {"limit", "cursor"}));
    TRY(const auto limit, http::page_limit(request));
    TRY(const auto before, http::page_number(request, "cursor", INT64_MAX));
    if (before == 0) return fail_field("cursor", "must be `next` of a page before");
    return Place{before, limit};
}

}  // namespace

/// Of services that say how long: the oldest ends first, some a minute. What is held stays, and a case that goes on as another with it.
Result<void> Site::let_expire() {
    const auto now = env_.clock.mono();
    if (now < expiry_look_at_) return {};
    expiry_look_at_ = now + kExpiryEach;
    const auto actor = "site:" + options_.id.value;
    for (const auto& one : services_.all()) {
        if (!one.keep) continue;
        std::vector<std::string> types;
        for (const auto& type : one.types) types.push_back(type.id);
        auto& after = expired_up_to_[one.key];  // What stays for now is looked at again once all behind it were.
        TRY(const auto due, service::to_purge(*folds_db_, types, {env_.clock.wall() - one.keep->days, after, kExpiredAtOnce}));
        for (const auto& id : due) {
            TRY(const bool is_kept, is_kept_for(*folds_db_, id, one));
            if (is_kept) continue;
            TRY(const auto purged, purge(*book_, actor, id, one.keep->basis));
            if (purged == Purged::nothing_left) TRY_DO(service::note_purged(*book_, actor, id, one));
        }
        after = due.size() < kExpiredAtOnce ? IncidentId{} : due.back();
    }
    return {};
}

/// GET /api/v1/journal/erasures?limit=&cursor=SEQ, newest first.
Handlers::Answer Handlers::erasures(Site& site, Call& call) {
    const auto place = place_of(call.request);
    if (!place) return http::problem(place.error());
    const auto records = journal::erasures(*site.folds_db_, place->before, place->limit + 1);
    if (!records) return http::problem(records.error());
    json::array items;
    json::value next = nullptr;
    for (const auto& record : *records) {
        if (items.size() == place->limit) {
            next = std::to_string(items.back().at("seq").to_number<std::uint64_t>());
            break;
        }
        items.push_back(to_json(record));
    }
    return http::json_response(200, json::object{{"items", std::move(items)}, {"next", next}});
}

/// POST /api/v1/journal/erasures {"reason","basis", "seqs":[…] | "incident":ID | "before":TIME,"after"?:SEQ}.
Handlers::Answer Handlers::post_erasure(Site& site, Call& call) {
    auto response = order(*site.book_, "user:" + call.session->user.value, call.request);
    return response ? *std::move(response) : http::problem(response.error());
}

}  // namespace bongsu::app
