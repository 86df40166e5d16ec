#include "event/intake.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "crypto/crypto.hpp"
#include "event/codec/scsns.hpp"
#include "event/text.hpp"

namespace bongsu::event {

namespace json = boost::json;

namespace {

constexpr std::size_t kContentTypeBytesMax = 200;
constexpr std::size_t kChunkBytes = 128 << 10;  // Base64 makes 171 KiB of it; a journal payload holds 256.

json::value optional_integer(const std::optional<std::int64_t>& number) {
    if (!number) return nullptr;
    return *number;
}

/// As it came; where it is no UTF-8, which a payload is, with %XX for the bytes past ASCII.
std::string as_text(std::string_view header) {
    if (is_utf8(header)) return std::string(header);
    std::string out;
    for (const char c : header) out += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : "%" + crypto::to_hex({&c, 1});
    return out;
}

json::value stated_or_null(const Event& event) {
    if (!event.stated_time) return nullptr;
    return to_us(*event.stated_time);
}

/// Formats whose (source, id) has one body for each revision, the highest of which counts.
bool has_revisions(const Event& event) {
    return event.codec.starts_with("cloudevents/") || event.codec.starts_with("bongsu/");
}

struct Judgement {
    Outcome outcome = Outcome::update;
    std::int64_t original = 0;  ///< The seq of the message that a repeat repeats.
};

Result<Judgement> judge_by_state(sql::Db& db, const std::string& id, const Event& event) {
    TRY(const auto rows,
        db.query("select seq from event_seen where event = $1 and state = $2 and state_time = $3 "
                 "and digest = $4",
                 {id, event.state, to_us(event.stated_time.value_or(event.state_time)), event.body_digest}));
    if (rows.empty()) return Judgement{};
    return Judgement{Outcome::repeat, rows[0].integer(0)};
}

Result<Judgement> judge_by_revision(sql::Db& db, const std::string& id, const Event& event) {
    TRY(const auto rows, db.query("select revision, digest, seq from event_seen where event = $1", {id}));
    const auto revision = event.revision.value_or(-1);
    std::int64_t highest = -1;
    bool is_taken = false;
    for (const auto& row : rows) {
        if (row.text(1) == event.body_digest) return Judgement{Outcome::repeat, row.integer(2)};
        highest = std::max(highest, row.integer(0));
        is_taken = is_taken || row.integer(0) == revision;
    }
    if (is_taken) return Judgement{Outcome::conflict, 0};
    return Judgement{revision > highest ? Outcome::update : Outcome::late, 0};
}

Result<Recorded> append_received(journal::Book& book, const Event& event, Recorded recorded,
                                 const RawEntry& raw) {
    TRY_DO(book.append({"event.received",
                        raw.actor,
                        {"event:" + recorded.event.value},
                        to_payload(event, recorded.event, raw)}));
    return recorded;
}

}  // namespace

Result<RawEntry> record_raw(journal::Book& book, const RawMessage& message) {
    // Longer than any format allows: its head, size and digest say who sent what; nothing follows from it.
    const bool is_cut = message.bytes.size() > scsns::kMessageBytesMax;
    const auto bytes = std::string_view(message.bytes).substr(0, is_cut ? kChunkBytes : std::string::npos);
    const auto chunk = !is_cut && book.env().buggify("event.raw_in_parts") ? kChunkBytes / 512 : kChunkBytes;
    const auto actor =
        message.agency.find(':') == std::string::npos ? "agency:" + message.agency : message.agency;
    const auto parts = std::max<std::size_t>(1, (bytes.size() + chunk - 1) / chunk);
    // In the order of RFC 8785, so that the journal need not sort it.
    json::object payload{{"bytes", crypto::to_base64(bytes.substr(0, chunk))},
                         {"contentType", as_text(message.content_type.substr(0, kContentTypeBytesMax))}};
    if (is_cut) payload["cutFrom"] = static_cast<std::int64_t>(message.bytes.size());
    payload["format"] = message.format;
    if (!message.headers.empty()) {
        json::object headers;
        for (const auto& [name, value] : message.headers) headers[name] = as_text(value);
        payload["headers"] = std::move(headers);
    }
    if (message.masked_bytes > 0) {
        json::array places;
        for (const auto& place : message.masked) {
            places.push_back({{"at", static_cast<std::int64_t>(place.at)},
                              {"bytes", static_cast<std::int64_t>(place.bytes)}});
        }
        payload["masked"] = std::move(places);
        payload["maskedBytes"] = static_cast<std::int64_t>(message.masked_bytes);
    }
    payload["parts"] = static_cast<std::int64_t>(parts);
    payload["profile"] = message.profile;
    payload["remote"] = message.remote;
    if (is_cut) payload["sha256"] = crypto::to_hex(crypto::sha256(message.bytes));
    TRY(const auto* first, book.append({"message.received", actor, {}, std::move(payload)}));
    for (std::size_t part = 1; part < parts; ++part) {
        TRY([[maybe_unused]] const auto next,
            book.append({"message.continued",
                         actor,
                         {},
                         {{"raw", static_cast<std::int64_t>(first->seq)},
                          {"part", static_cast<std::int64_t>(part + 1)},
                          {"bytes", crypto::to_base64(bytes.substr(part * chunk, chunk))}}}));
    }
    return RawEntry{first->seq, first->time, actor, message.format, message.profile};
}

Result<void> record_refused(journal::Book& book, const RawEntry& raw, int code, const std::string& reason,
                            const std::string& field, const SentUnder& under) {
    json::object payload{{"raw", static_cast<std::int64_t>(raw.seq)},
                         {"format", raw.format},
                         {"profile", raw.profile},
                         {"code", code},
                         {"field", field},
                         {"reason", reason}};
    std::vector<std::string> subjects;
    if (!under.number.empty()) {
        payload["sender"] = under.sender;
        payload["number"] = under.number;
        TRY(const auto about, event_by_number(book.db(), under.sender, under.number));
        if (about) {
            payload["event"] = about->value;
            subjects.push_back("event:" + about->value);
        }
    }
    TRY_DO(book.append({"message.refused", raw.actor, std::move(subjects), std::move(payload)}));
    return {};
}

Result<Recorded> record_event(journal::Book& book, const Event& event, const RawEntry& raw) {
    TRY(const auto known, event_by_number(book.db(), event.sender, event.number));
    if (!known) {
        return append_received(book, event, {EventId{book.env().ulid()}, Outcome::fresh}, raw);
    }
    auto judged = has_revisions(event) ? judge_by_revision(book.db(), known->value, event)
                                       : judge_by_state(book.db(), known->value, event);
    TRY(const auto judgement, std::move(judged));
    if (judgement.outcome == Outcome::update || judgement.outcome == Outcome::late)
        return append_received(book, event, {*known, judgement.outcome}, raw);
    if (judgement.outcome == Outcome::conflict) {
        TRY_DO(record_refused(book, raw, 409,
                              "id is already used for another body; a higher revision replaces it", "id", {event.sender, event.number}));
        return Recorded{*known, Outcome::conflict};
    }
    TRY([[maybe_unused]] const auto entry, book.append({"event.repeated",
                                                        raw.actor,
                                                        {"event:" + known->value},
                                                        {{"event", known->value},
                                                         {"raw", static_cast<std::int64_t>(raw.seq)},
                                                         {"original", judgement.original}}}));
    return Recorded{*known, Outcome::repeat};
}

Refusal unrecordable(const Error& why) {
    return {Code::invalid, why.field, "it cannot be written down: " + why.message};
}

json::object to_payload(const Event& event, const EventId& id, const RawEntry& raw) {
    json::object items;
    for (const auto& [key, value] : event.items) items[key] = value;
    json::array faults;
    for (const auto& fault : event.faults) faults.emplace_back(fault);
    // In the order of RFC 8785, so that the journal need not sort it.
    return {{"codec", event.codec},
            {"detail", event.detail},
            {"digest", event.body_digest},
            {"endedAt", event.ended_at ? json::value(to_us(*event.ended_at)) : json::value(nullptr)},
            {"event", id.value},
            {"faults", std::move(faults)},
            {"grade", event.grade},
            {"items", std::move(items)},
            {"known", event.known},
            {"number", event.number},
            {"occurredAt", to_us(event.occurred_at)},
            {"place", event.place},
            {"position", to_journal(event.position)},
            {"positionFault", json::string(to_string(event.position_fault))},
            {"profile", raw.profile},
            {"raw", static_cast<std::int64_t>(raw.seq)},
            {"revision", optional_integer(event.revision)},
            {"sender", event.sender},
            {"senderUser", event.sender_user},
            {"state", event.state},
            {"stateTime", to_us(event.state_time)},
            {"statedTime", stated_or_null(event)},
            {"test", event.test},
            {"text", event.text},
            {"type", event.type},
            {"typeName", event.type_name}};
}

Result<std::optional<EventId>> event_by_number(sql::Db& db, const std::string& sender,
                                               const std::string& number) {
    TRY(const auto rows,
        db.query("select id from event where sender = $1 and number = $2", {sender, number}));
    if (rows.empty()) return std::optional<EventId>{};
    return std::optional<EventId>{EventId{rows[0].text(0)}};
}

Result<std::optional<std::string>> open_number(sql::Db& db, const std::string& sender,
                                               const std::string& prefix) {
    // ':' follows the digits: what stands between are the numbers that begin with "<prefix>-" and a digit.
    TRY(const auto rows,
        db.query("select number from event where sender = $1 and number >= $2 and number < $3 and "
                 "state in ('10', '20', '30', '40') and length(number) = $4 order by first_seq desc limit 1",
                 {sender, prefix + "-0", prefix + "-:", static_cast<std::int64_t>(prefix.size() + 18)}));
    if (rows.empty()) return std::optional<std::string>{};
    return std::optional{rows[0].text(0)};
}

Result<std::string> profile_of(sql::Db& db, const EventId& id) {
    TRY(const auto rows, db.query("select profile from event where id = $1", {id.value}));
    return rows.empty() ? std::string{} : rows[0].text(0);
}

Result<std::int64_t> repeats_of(sql::Db& db, const EventId& id) {
    TRY(const auto rows, db.query("select sum(repeats) from event_seen where event = $1", {id.value}));
    if (rows[0].is_null(0)) return fail(ErrorKind::not_found, "event " + id.value + " is not known");
    return rows[0].integer(0);
}

Result<std::vector<ReceivedEntry>> received_entries(sql::Db& db, const EventId& id) {
    TRY(const auto rows, db.query("select seq, raw from event_seen where event = $1 order by seq", {id.value}));
    std::vector<ReceivedEntry> out;
    for (const auto& row : rows)
        out.push_back({static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))});
    return out;
}

Result<std::vector<AboutEntry>> entries_about(sql::Db& db, const EventId& id) {
    TRY(const auto rows, db.query("select seq, raw, told from event_about where event = $1 union "
                                  "select r.seq, r.seq, '' from event_refused r join event e on r.sender = e.sender and r.number = e.number "
                                  "where e.id = $1 and r.number <> '' union "
                                  "select w.seq, w.raw, w.told from event_refused r join event e on r.sender = e.sender and r.number = e.number "
                                  "join event_word w on w.raw = r.seq where e.id = $1 and r.number <> '' order by 1",
                                  {id.value}));
    std::vector<AboutEntry> out;
    for (const auto& row : rows) {
        out.push_back({static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)),
                       EventId{row.text(2)}});
    }
    return out;
}

Result<std::optional<EventId>> event_of_raw(sql::Db& db, std::uint64_t raw_seq) {
    TRY(const auto rows,
        db.query("select event from event_raw where seq = $1", {static_cast<std::int64_t>(raw_seq)}));
    if (rows.empty() || rows[0].text(0).empty()) return std::optional<EventId>{};
    return std::optional<EventId>{EventId{rows[0].text(0)}};
}

Result<RefusedPage> refused_messages(sql::Db& db, std::uint64_t before, std::size_t limit) {
    const auto most = std::clamp<std::size_t>(limit, 1, 1000);
    const auto top = static_cast<std::int64_t>(std::min<std::uint64_t>(before, INT64_MAX));
    TRY(const auto rows, db.query("select seq, time, actor, code, field, reason from event_refused "
                                  "where seq < $1 order by seq desc limit $2",
                                  {top, static_cast<std::int64_t>(most + 1)}));
    RefusedPage page;
    for (const auto& row : rows) {
        if (page.items.size() == most) {
            page.next = page.items.back().raw_seq;
            break;
        }
        page.items.push_back({static_cast<std::uint64_t>(row.integer(0)), from_us(row.integer(1)), row.text(2),
                              static_cast<int>(row.integer(3)), row.text(4), row.text(5)});
    }
    return page;
}

}  // namespace bongsu::event
