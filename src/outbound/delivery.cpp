#include "outbound/delivery.hpp"

#include <algorithm>
#include <array>

#include "event/text.hpp"

namespace bongsu::outbound {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 4> kNames{"waiting", "delivered", "failed", "simulated"};
constexpr std::size_t kWhyBytesMax = 500;

constexpr std::string_view kSelect =
    "select id, queue_seq, partner, incident, number, code, state_time, type, type_name, grade, lon_e7, lat_e7, place, "
    "occurred_at, state, attempts, why, queued_at, done_at from outbound ";

Delivery delivery_of(const sql::Row& row) {
    Delivery out;
    out.id = row.text(0);
    out.seq = static_cast<std::uint64_t>(row.integer(1));
    out.partner = row.text(2);
    out.incident = {row.text(3)};
    out.message.number = row.text(4);
    out.message.code = row.text(5);
    out.message.state_time = from_us(row.integer(6));
    out.message.type = row.text(7);
    out.message.type_name = row.text(8);
    out.message.grade = row.text(9);
    if (!row.is_null(10)) {
        out.message.position = event::Position{static_cast<std::int32_t>(row.integer(10)),
                                               static_cast<std::int32_t>(row.integer(11))};
    }
    out.message.place = row.text(12);
    out.message.occurred_at = from_us(row.integer(13));
    out.state = state_of(row.text(14)).value_or(State::waiting);
    out.attempts = row.integer(15);
    out.why = row.text(16);
    out.queued_at = from_us(row.integer(17));
    if (!row.is_null(18)) out.done_at = from_us(row.integer(18));
    return out;
}

Result<Delivery> find_in(sql::Db& db, const std::string& id, State wanted) {
    TRY(auto found, find(db, id));
    if (found.state != wanted)
        return fail(ErrorKind::conflict, "the message is " + std::string(to_string(found.state)) + " and not " +
                                             std::string(to_string(wanted)));
    return found;
}

std::vector<std::string> subjects_of(const IncidentId& incident) { return {"incident:" + incident.value}; }

/// One of the ends and middles of a delivery that waits.
Result<void> append(journal::Book& book, const char* kind, const std::string& actor, const std::string& id,
                    const std::string& why) {
    TRY(const auto known, find_in(book.db(), id, State::waiting));
    TRY([[maybe_unused]] const auto entry,
        book.append({kind,
                     actor,
                     subjects_of(known.incident),
                     {{"id", id},
                      {"partner", known.partner},
                      {"incident", known.incident.value},
                      {"code", known.message.code},
                      {"attempts", known.attempts + 1},
                      {"why", event::clean(why, kWhyBytesMax).text}}}));
    return {};
}

}  // namespace

std::string_view to_string(State state) { return kNames.at(static_cast<std::size_t>(state)); }

std::optional<State> state_of(std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<State>(found - kNames.begin());
}

namespace {

/// A partner knows a message by number, state and second: where a clock stepped back, or a number came twice, the next second is the later one.
Result<WallTime> later_than_told(sql::Db& db, const std::string& partner, const Message& message) {
    TRY(const auto rows, db.query("select max(state_time) from outbound where partner = $1 and number = $2", {partner, message.number}));
    if (rows.empty() || rows[0].is_null(0)) return message.state_time;
    const auto last = std::chrono::floor<std::chrono::seconds>(from_us(rows[0].integer(0)));
    return std::chrono::floor<std::chrono::seconds>(message.state_time) > last ? message.state_time : WallTime{last + std::chrono::seconds{1}};
}

}  // namespace

Result<std::string> queue(journal::Book& book, const std::string& actor, const std::string& partner,
                          const IncidentId& incident, const Message& message, bool simulated) {
    const auto id = book.env().ulid();
    TRY(const auto state_time, later_than_told(book.db(), partner, message));
    TRY([[maybe_unused]] const auto entry,
        book.append({"outbound.queued",
                     actor,
                     subjects_of(incident),
                     {{"id", id},
                      {"partner", partner},
                      {"incident", incident.value},
                      {"number", message.number},
                      {"code", message.code},
                      {"stateTime", to_us(state_time)},
                      {"type", message.type},
                      {"typeName", message.type_name},
                      {"grade", message.grade},
                      {"position", event::to_journal(message.position)},
                      {"place", message.place},
                      {"occurredAt", to_us(message.occurred_at)},
                      {"simulated", simulated},
                      {"note", json::string(simulated ? kSimulated : "")}}}));
    return id;
}

Result<void> record_delivered(journal::Book& book, const std::string& actor, const std::string& id,
                              const std::string& answer) {
    return append(book, "outbound.delivered", actor, id, answer);
}

Result<void> record_tried(journal::Book& book, const std::string& actor, const std::string& id, const std::string& why) {
    return append(book, "outbound.tried", actor, id, why);
}

Result<void> record_failed(journal::Book& book, const std::string& actor, const std::string& id, const std::string& why) {
    return append(book, "outbound.failed", actor, id, why);
}

Result<void> record_requeued(journal::Book& book, const std::string& actor, const std::string& id,
                             const std::string& why) {
    const bool is_blank = why.find_first_not_of(" \t\r\n") == std::string::npos;
    if (is_blank || why.size() > kWhyBytesMax || !event::is_utf8(why))
        return fail_field("reason", "must be a text of 1 to 500 bytes");
    TRY(const auto known, find_in(book.db(), id, State::failed));
    TRY([[maybe_unused]] const auto entry,
        book.append({"outbound.requeued",
                     actor,
                     subjects_of(known.incident),
                     {{"id", id},
                      {"partner", known.partner},
                      {"incident", known.incident.value},
                      {"why", event::clean(why, kWhyBytesMax).text}}}));
    return {};
}

Result<std::vector<Delivery>> list(sql::Db& db, const Query& query) {
    const std::string any_incident = query.incident ? query.incident->value : std::string{};
    const std::string any_state = query.state ? std::string(to_string(*query.state)) : std::string{};
    TRY(const auto rows,
        db.query(std::string(kSelect) + "where queue_seq < $1 and ($2 = '' or incident = $2) and ($3 = '' or state = $3) "
                                        "order by queue_seq desc limit $4",
                 {static_cast<std::int64_t>(std::min<std::uint64_t>(query.before_seq, INT64_MAX)), any_incident, any_state,
                  static_cast<std::int64_t>(std::clamp<std::size_t>(query.limit, 1, 1001))}));
    std::vector<Delivery> out;
    for (const auto& row : rows) out.push_back(delivery_of(row));
    return out;
}

Result<Delivery> find(sql::Db& db, const std::string& id) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where id = $1", {id}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no such delivery");
    return delivery_of(rows.front());
}

Result<std::optional<Delivery>> head(sql::Db& db, const std::string& partner) {
    TRY(const auto rows,
        db.query(std::string(kSelect) + "where partner = $1 and state = 'waiting' order by queue_seq limit 1", {partner}));
    if (rows.empty()) return std::optional<Delivery>{};
    return std::optional{delivery_of(rows.front())};
}

Result<std::int64_t> count(sql::Db& db, State state) {
    TRY(const auto rows, db.query("select count(*) from (select 1 from outbound where state = $1 limit 1000) as found",
                                  {std::string(to_string(state))}));
    return rows.front().integer(0);
}

json::object to_json(const Delivery& delivery) {
    json::value done = nullptr;
    if (delivery.done_at) done = json::string(to_rfc3339(*delivery.done_at));
    return {{"id", delivery.id},
            {"partner", delivery.partner},
            {"incident", delivery.incident.value},
            {"number", delivery.message.number},
            {"code", delivery.message.code},
            {"state", json::string(to_string(delivery.state))},
            {"attempts", delivery.attempts},
            {"why", delivery.state == State::simulated ? json::string(kSimulated) : json::string(delivery.why)},
            {"queuedAt", to_rfc3339(delivery.queued_at)},
            {"doneAt", std::move(done)}};
}

}  // namespace bongsu::outbound
