#include "ledger/access.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "journal/erasable.hpp"

namespace bongsu::ledger {

namespace {

namespace json = boost::json;

constexpr std::int64_t kLoginsMax = 256;  ///< Of one account, the newest: a session lives for half a day, and no script logs in that often.
constexpr std::int64_t kRowsOfEntryMax = 1 << 20;  ///< A look has at most 500 readers and 256 subjects.

constexpr std::string_view kSchema = R"sql(
create table if not exists access (
  id         integer primary key,  -- seq * 2^20 + which of its entry's rows it is
  seq        bigint not null,
  time       bigint not null,
  who        text not null,
  agency     text not null,
  remote     text not null,
  remote_seq bigint not null,   -- the entry that the address came from; 0 for none
  subject    text not null,
  incident   text not null,
  kind       text not null,
  act        text not null,
  why        text not null,
  basis      text not null,
  result     text not null);
create index if not exists access_by_who on access (who, id);
create index if not exists access_by_subject on access (subject, id);
create index if not exists access_by_incident on access (incident, id) where incident <> '';
create index if not exists access_by_remote on access (remote_seq) where remote_seq <> 0;
create index if not exists access_by_time on access (time);
-- Where an account's logins came from.
create table if not exists access_from (
  who     text not null,
  session text not null,
  remote  text not null,
  seq     bigint not null,
  primary key (who, session)) without rowid;
)sql";

std::string text(const json::object& payload, std::string_view field) {
    const auto* value = payload.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number(const json::object& payload, std::string_view field) {
    const auto* value = payload.if_contains(field);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

/// "user:01H…" -> "01H…"; other actors as they are.
std::string account_of(const std::string& actor) {
    constexpr std::string_view kUser = "user:";
    return actor.starts_with(kUser) ? actor.substr(kUser.size()) : actor;
}

std::string named(std::string_view prefix, const std::string& id) {
    return id.empty() ? std::string() : std::string(prefix) + id;
}

std::vector<std::string> texts(const json::object& payload, std::string_view field) {
    std::vector<std::string> out;
    const auto* value = payload.if_contains(field);
    if (value == nullptr || !value->is_array()) return out;
    for (const auto& item : value->get_array()) out.emplace_back(item.is_string() ? item.get_string() : json::string());
    return out;
}

/// What a route is there for; a look has no other reason than the duty that its route serves.
std::string_view duty_of(std::string_view route) {
    struct Duty {
        std::string_view part, word;
    };
    constexpr Duty kDuties[] = {{"/incidents", "incident-response"}, {"/grants", "incident-response"}, {"/stream", "incident-response"},
                                {"/journal", "oversight"},           {"/views", "oversight"},          {"/messages", "message-repair"},
                                {"/deliveries", "message-repair"},   {"/cameras", "camera-directory"}};
    for (const auto& duty : kDuties) {
        if (route.find(duty.part) != std::string_view::npos) return duty.word;
    }
    return "operation";
}

/// Of a look: a row for each who was shown it and each whom it shows.
std::vector<Access> rows_of_look(const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto users = p.contains("users") ? texts(p, "users") : std::vector{text(p, "user")};
    const auto remotes = p.contains("users") ? texts(p, "remotes") : std::vector{text(p, "remote")};
    Access row{.seq = entry.seq, .time = entry.time, .who = {}, .agency = text(p, "agency"), .remote = {}, .subject = {},
               .incident = {}, .what = entry.kind + " " + text(p, "route"), .why = std::string(duty_of(text(p, "route"))),
               .basis = {}, .result = {}};
    if (const auto at = number(p, "at"); at > 0) row.time = from_us(at);
    std::vector<Access> out;
    for (std::size_t i = 0; i < users.size(); ++i) {
        row.who = users[i];
        row.remote = i < remotes.size() ? remotes[i] : std::string();
        for (const auto& subject : entry.subjects) {
            constexpr std::string_view kIncident = "incident:";
            row.subject = subject;
            row.incident = subject.starts_with(kIncident) ? subject.substr(kIncident.size()) : std::string();
            out.push_back(row);
        }
    }
    return out;
}

/// The row of an entry; nothing for one that is no access of a person.
std::optional<Access> row_of(const journal::Entry& entry) {
    const bool by_person = entry.actor.starts_with("user:");
    if (!by_person && entry.kind.starts_with("event.")) return std::nullopt;  // Most of what a fold is shown.
    const auto& p = entry.payload;
    Access row{.seq = entry.seq, .time = entry.time, .who = account_of(entry.actor), .agency = text(p, "agency"),
               .remote = text(p, "remote"), .subject = {}, .incident = text(p, "incident"), .what = entry.kind,
               .why = text(p, "purpose"), .basis = text(p, "basis"), .result = {}};
    if (entry.kind.starts_with("login.") || entry.kind == "logout" || entry.kind == "partner.accepted") {
        row.who = text(p, "user");
        row.subject = named("user:", row.who);
        if (entry.kind == "login.refused") row.result = "refused";
    } else if (entry.kind.starts_with("view.")) {
        row.who = entry.kind == "view.permitted" ? text(p, "user") : text(p, "holder");
        row.subject = named("camera:", text(p, "camera"));
        if (const auto at = number(p, "at"); at > 0) row.time = from_us(at);
        if (entry.kind == "view.refused") {
            const auto count = number(p, "count");
            row.result = (count > 0 ? "refused " + std::to_string(count) + " times: " : "refused: ") + text(p, "reason");
        }
    } else if (by_person && (entry.kind == "ptz.leased" || entry.kind == "ptz.moved")) {
        row.subject = named("camera:", text(p, "camera"));  // Why in their own words stays in the entry, as it may be erased.
        if (entry.kind == "ptz.moved") row.what += " " + text(p, "act");
    } else if (by_person && entry.kind == "incident.acted") {
        row.subject = named("incident:", row.incident);
        row.what += " " + text(p, "act");
        row.why = duty_of("/incidents");
    } else if (by_person && entry.kind.starts_with("grant.")) {
        row.subject = named("grant:", text(p, "grant"));
        if (row.why.empty()) row.why = text(p, "reason");
    } else if (by_person && entry.kind.starts_with("account.")) {
        row.subject = named("user:", text(p, "user"));
    } else if (entry.kind == journal::kErasureOrdered) {
        row.subject = named("erasure:", text(p, "erasure"));
        row.why = text(p, "reason");
    } else if (by_person && entry.kind.starts_with("cameras.")) {
        row.subject = named("site:", text(p, "site"));
    } else if (by_person && entry.kind == "message.released") {
        // Why is the person's own words, and may be erased: it stays in the entry alone.
        row.subject = named("message:", std::to_string(number(p, "raw")));
        row.result = text(p, "outcome");
    } else if (by_person && entry.kind.starts_with("event.")) {
        row.subject = named("event:", text(p, "event"));
        row.why = duty_of("/incidents");
    } else if (by_person && entry.kind == "message.refused") {
        row.subject = named("message:", std::to_string(number(p, "raw")));
        row.result = "refused";
    } else if (by_person && entry.kind == "outbound.requeued") {
        row.subject = named("delivery:", text(p, "id"));
    } else if (by_person && entry.kind == "partners.changed") {
        row.subject = named("partners:", text(p, "file"));
    } else {
        return std::nullopt;
    }
    return row;
}

class AccessFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "access"; }
    std::vector<std::string> tables() const override { return {"access", "access_from"}; }
    std::string_view schema() const override { return kSchema; }

    Result<void> apply(sql::Db& db, const journal::Entry& entry) override {
        if (entry.kind == journal::kErasureOrdered) TRY_DO(forget(db, entry));
        if (entry.kind == kRecordRead) return insert_look(db, entry);
        auto row = row_of(entry);
        if (!row) return {};
        std::int64_t remote_seq = row->remote.empty() ? 0 : static_cast<std::int64_t>(row->seq);
        // A record of access says itself from where; where that is erased, no login's address is put in its place. All others
        // have the address of their person's login, whatever becomes of their own words.
        if (row->remote.empty() && !is_access_record(entry.kind)) {
            // Of an entry that names no login, the account's newest.
            const auto session = text(entry.payload, "session");
            TRY(const auto known,
                session.empty()
                    ? db.query("select remote, seq from access_from where who = $1 order by seq desc limit 1", {row->who})
                    : db.query("select remote, seq from access_from where who = $1 and session = $2", {row->who, session}));
            if (!known.empty()) {
                row->remote = known[0].text(0);
                remote_seq = known[0].integer(1);
            }
        }
        TRY_DO(insert(db, *row, remote_seq, 0));
        return follow(db, entry, *row);
    }

  private:
    static Result<void> insert_look(sql::Db& db, const journal::Entry& entry) {
        std::int64_t n = 0;
        for (const auto& row : rows_of_look(entry))
            TRY_DO(insert(db, row, row.remote.empty() ? 0 : static_cast<std::int64_t>(entry.seq), n++));
        return {};
    }

    /// `n`: which of its entry's rows it is, from 0.
    static Result<void> insert(sql::Db& db, const Access& row, std::int64_t remote_seq, std::int64_t n) {
        const auto blank = row.what.find(' ');
        const auto act = blank == std::string::npos ? std::string() : row.what.substr(blank + 1);
        TRY_DO(db.query(
            "insert into access (id, seq, time, who, agency, remote, remote_seq, subject, incident, kind, act, why, "
            "basis, result) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            {static_cast<std::int64_t>(row.seq) * kRowsOfEntryMax + n, static_cast<std::int64_t>(row.seq), to_us(row.time), row.who, row.agency, row.remote, remote_seq,
             row.subject, row.incident, row.what.substr(0, blank), act, row.why, row.basis, row.result}));
        return {};
    }

    /// Where the account is from now on.
    static Result<void> follow(sql::Db& db, const journal::Entry& entry, const Access& row) {
        if (entry.kind == "logout") {
            TRY_DO(db.query("delete from access_from where who = $1 and session = $2", {row.who, text(entry.payload, "session")}));
        } else if (entry.kind == "login.accepted") {
            TRY_DO(db.query("insert into access_from (who, session, remote, seq) values ($1, $2, $3, $4) on conflict (who, session) "
                            "do update set remote = excluded.remote, seq = excluded.seq",
                            {row.who, text(entry.payload, "session"), row.remote, static_cast<std::int64_t>(row.seq)}));
            TRY_DO(db.query("delete from access_from where who = $1 and seq <= coalesce((select seq from access_from where who = $1 "
                            "order by seq desc limit 1 offset $2), 0)",
                            {row.who, kLoginsMax}));
        }
        return {};
    }

    /// The addresses go: of the entries themselves, and of those that had theirs from them.
    static Result<void> forget(sql::Db& db, const journal::Entry& entry) {
        TRY(const auto order, journal::order_of(entry));
        for (const auto& erased : order.entries) {
            const auto seq = static_cast<std::int64_t>(erased.seq);
            // The index has no zeros, and is used by what says so: a parameter might be one.
            TRY_DO(db.query("update access set remote = '', remote_seq = 0 where remote_seq = $1 and remote_seq <> 0", {seq}));
            TRY_DO(db.query("update access_from set remote = '' where who = $1 and seq = $2",
                            {text(erased.left, "user"), seq}));
        }
        return {};
    }
};

Access access_of(const sql::Row& row) {
    const auto act = row.text(8);
    return {.seq = static_cast<std::uint64_t>(row.integer(0)),
            .time = from_us(row.integer(1)),
            .who = row.text(2),
            .agency = row.text(3),
            .remote = row.text(4),
            .subject = row.text(5),
            .incident = row.text(6),
            .what = row.text(7) + (act.empty() ? "" : " " + act),
            .why = row.text(9),
            .basis = row.text(10),
            .result = row.text(11),
            .id = static_cast<std::uint64_t>(row.integer(12))};
}

}  // namespace

bool is_access_record(std::string_view kind) {
    return kind == kRecordRead || kind == "partner.accepted" || kind.starts_with("login.") || kind == "view.opened" || kind == "view.closed" || kind == "view.refused";
}

std::unique_ptr<journal::Fold> make_access_fold() { return std::make_unique<AccessFold>(); }

Result<std::vector<Access>> accesses(sql::Db& db, const AccessFilter& filter) {
    std::string where = "id < $1";
    std::vector<sql::Value> values{filter.before == 0 || filter.before > INT64_MAX
                                       ? INT64_MAX
                                       : static_cast<std::int64_t>(filter.before)};
    const auto narrow = [&](std::string_view condition, sql::Value value) {
        values.push_back(std::move(value));
        where += " and " + std::string(condition) + " $" + std::to_string(values.size());
    };
    if (!filter.who.empty()) narrow("who =", filter.who);
    if (!filter.agency.empty()) narrow("agency =", filter.agency);
    if (!filter.subject.empty()) narrow("subject =", filter.subject);
    if (!filter.incident.empty()) narrow("incident =", filter.incident);
    if (!filter.kind.empty()) narrow("kind =", filter.kind);
    if (filter.from) narrow("time >=", to_us(*filter.from));
    if (filter.to) narrow("time <", to_us(*filter.to));
    values.emplace_back(static_cast<std::int64_t>(std::clamp<std::size_t>(filter.limit, 1, kAccessPageMax + 1)));
    TRY(const auto rows,
        db.query("select seq, time, who, agency, remote, subject, incident, kind, act, why, basis, result, id from access "
                 "where " + where + " order by id desc limit $" + std::to_string(values.size()),
                 values));
    std::vector<Access> out;
    for (const auto& row : rows) out.push_back(access_of(row));
    return out;
}

}  // namespace bongsu::ledger
