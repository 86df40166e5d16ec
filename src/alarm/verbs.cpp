#include "alarm/verbs.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace bongsu::alarm {
namespace {

using std::chrono::minutes;

constexpr std::size_t kDetailMax = 200;
constexpr std::size_t kAcceptable = 10;  // In ten minutes (ISA-18.2 table 5).
constexpr auto kWindow = minutes(10);
constexpr auto kStale = std::chrono::hours(24);

constexpr std::string_view kColumns =
    "select a.id, a.seq, a.source, a.rule, a.parent, a.detail, a.priority, a.latched, a.active_at, a.cleared_at, a.acked_at, a.acked_by, a.shelved, "
    "a.shelved_until from alarm a ";

Alarm alarm_of(const sql::Row& row) {
    Alarm out;
    out.id = row.text(0);
    out.seq = static_cast<std::uint64_t>(row.integer(1));
    out.source = row.text(2);
    out.rule = row.text(3);
    out.parent = row.text(4);
    out.detail = row.text(5);
    out.priority = static_cast<int>(row.integer(6));
    out.latched = row.integer(7) != 0;
    out.active_at = from_us(row.integer(8));
    out.active = row.is_null(9);
    if (!out.active) out.cleared_at = from_us(row.integer(9));
    out.acked = !row.is_null(10);
    if (out.acked) out.acked_at = from_us(row.integer(10));
    out.acked_by = row.text(11);
    out.shelved = row.text(12) == "timed" ? Shelved::timed : row.text(12) == "one_shot" ? Shelved::one_shot : Shelved::unshelved;
    if (!row.is_null(13) && out.shelved == Shelved::timed) out.shelved_until = from_us(row.integer(13));
    return out;
}

/// What hangs on a source that has an alarm of its own is in that one's number.
void hide_children(std::vector<Alarm>& alarms) {
    std::map<std::string, Alarm*> active;
    for (auto& alarm : alarms) {
        if (alarm.active) active.try_emplace(alarm.source, &alarm);
    }
    for (auto& alarm : alarms) {
        const auto parent = alarm.parent.empty() || !alarm.active ? active.end() : active.find(alarm.parent);
        if (parent == active.end() || parent->second == &alarm) continue;
        alarm.suppressed = true;
        ++parent->second->hides;
    }
}

Result<std::vector<Alarm>> all_retained(sql::Db& db) {
    TRY(const auto rows, db.query(std::string(kColumns) + "where a.cleared_at is null or (a.latched = 1 and a.acked_at is null) order by a.seq"));
    std::vector<Alarm> out;
    for (const auto& row : rows) out.push_back(alarm_of(row));
    hide_children(out);
    return out;
}

Result<Alarm> found_for(journal::Book& book, const Rules& rules, identity::Role role, const std::string& id) {
    TRY(auto alarm, find(book.db(), id));
    const auto* rule = rules.find(alarm.rule);
    if (rule != nullptr && !rule->is_for(role)) return fail(ErrorKind::forbidden, "this alarm is for another role's seat");
    return alarm;
}

Result<void> append(journal::Book& book, std::string_view kind, const std::string& actor, const Alarm& alarm, boost::json::object more = {}) {
    more["alarm"] = alarm.id;
    TRY_DO(book.append({std::string(kind), actor, {"alarm:" + alarm.id, alarm.source}, std::move(more)}));
    return {};
}

Result<std::optional<std::string>> active_id(sql::Db& db, const std::string& source, const std::string& rule) {
    TRY(const auto rows, db.query("select id from alarm where source = $1 and rule = $2 and cleared_at is null", {source, rule}));
    return rows.empty() ? std::optional<std::string>{} : std::optional(rows[0].text(0));
}

}  // namespace

Result<std::string> raise(journal::Book& book, const Rules& rules, const std::string& actor, const Raise& raised) {
    const auto* rule = rules.find(raised.rule);
    if (rule == nullptr) return fail_field("rule", "is not declared: " + raised.rule.substr(0, 40));
    if (raised.source.empty() || raised.source.size() > 80 || raised.parent.size() > 80) return fail_field("source", "must be 1 to 80 bytes");
    if (raised.detail.size() > kDetailMax) return fail_field("detail", "must be at most 200 bytes");
    TRY(const auto known, active_id(book.db(), raised.source, raised.rule));
    if (known) return *known;
    TRY(const auto rows, book.db().query("select count(*) from alarm where cleared_at is null"));
    if (rows[0].integer(0) >= static_cast<std::int64_t>(kActiveMax)) return fail(ErrorKind::exhausted, "20000 alarms are active");
    std::string id = book.env().ulid();
    TRY_DO(book.append({"alarm.activated",
                        actor,
                        {"alarm:" + id, raised.source},
                        {{"alarm", id}, {"source", raised.source}, {"rule", raised.rule}, {"parent", raised.parent}, {"detail", raised.detail},
                         {"priority", rule->priority}, {"latched", rule->latched ? 1 : 0}}}));
    return id;
}

Result<bool> clear(journal::Book& book, const std::string& actor, const std::string& source, const std::string& rule) {
    TRY(const auto id, active_id(book.db(), source, rule));
    if (!id) return false;
    TRY_DO(book.append({"alarm.cleared", actor, {"alarm:" + *id, source}, {{"alarm", *id}}}));
    return true;
}

Result<Alarm> acknowledge(journal::Book& book, const Rules& rules, const std::string& actor, identity::Role role, const std::string& id) {
    TRY(const auto alarm, found_for(book, rules, role, id));
    if (alarm.acked) return fail(ErrorKind::conflict, "the alarm is acknowledged already");
    TRY_DO(append(book, "alarm.acknowledged", actor, alarm));
    return find(book.db(), id);
}

Result<Alarm> shelve(journal::Book& book, const Rules& rules, const std::string& actor, identity::Role role, const std::string& id, const Shelf& shelf) {
    TRY(const auto alarm, found_for(book, rules, role, id));
    const auto* rule = rules.find(alarm.rule);
    const auto most = rule == nullptr ? minutes(0) : rule->shelve;
    if (!alarm.active) return fail(ErrorKind::conflict, "the alarm is over");
    if (most.count() == 0) return fail(ErrorKind::conflict, "this alarm cannot be shelved");
    if (shelf.for_time && (shelf.for_time->count() < 1 || *shelf.for_time > most))
        return fail_field("minutes", "must be 1 to " + std::to_string(most.count()) + " for this alarm");
    const bool is_blank = shelf.reason.find_first_not_of(" \t\r\n") == std::string::npos;
    if (is_blank || letters(shelf.reason) > kReasonLettersMax) return fail_field("reason", "must be 1 to 300 letters");
    const auto until = shelf.for_time ? to_us(book.env().clock.wall() + *shelf.for_time) : 0;
    TRY_DO(append(book, "alarm.shelved", actor, alarm, {{"how", shelf.for_time ? "timed" : "one_shot"}, {"until", until}, {"reason", shelf.reason}}));
    return find(book.db(), id);
}

Result<Alarm> unshelve(journal::Book& book, const Rules& rules, const std::string& actor, identity::Role role, const std::string& id) {
    TRY(const auto alarm, found_for(book, rules, role, id));
    if (!alarm.is_shelved(book.env().clock.wall())) return fail(ErrorKind::conflict, "the alarm is not shelved");
    TRY_DO(append(book, "alarm.unshelved", actor, alarm));
    return find(book.db(), id);
}

Result<std::vector<Alarm>> retained(sql::Db& db, const Rules& rules, WallTime now, std::optional<identity::Role> role) {
    TRY(auto alarms, all_retained(db));
    if (role) {
        std::erase_if(alarms, [&](const Alarm& alarm) {
            const auto* rule = rules.find(alarm.rule);
            return rule != nullptr && !rule->is_for(*role);
        });
    }
    std::stable_sort(alarms.begin(), alarms.end(), [&](const Alarm& a, const Alarm& b) {
        if (a.calls(now) != b.calls(now)) return a.calls(now);
        return a.priority != b.priority ? a.priority < b.priority : a.seq < b.seq;
    });
    return alarms;
}

Result<std::vector<Alarm>> active_between(sql::Db& db, WallTime from, WallTime to) {
    TRY(const auto rows, db.query(std::string(kColumns) + "where a.active_at >= $1 and a.active_at < $2 order by a.seq limit 10000", {to_us(from), to_us(to)}));
    std::vector<Alarm> out;
    for (const auto& row : rows) out.push_back(alarm_of(row));
    return out;
}

Result<std::int64_t> count_between(sql::Db& db, WallTime from, WallTime to) {
    TRY(const auto rows, db.query("select count(*) from alarm where active_at >= $1 and active_at < $2", {to_us(from), to_us(to)}));
    return rows[0].integer(0);
}

Result<Alarm> find(sql::Db& db, const std::string& id) {
    TRY(const auto rows, db.query(std::string(kColumns) + "where a.id = $1", {id}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no such alarm");
    auto alarm = alarm_of(rows[0]);
    if (!alarm.active) return alarm;
    TRY(const auto parents, db.query("select 1 from alarm where source = $1 and source <> '' and cleared_at is null and id <> $2 limit 1", {alarm.parent, id}));
    alarm.suppressed = !parents.empty();
    // As in the list: the number stands at the first of a source's alarms.
    TRY(const auto children, db.query("select count(*) from alarm where parent = $1 and cleared_at is null and id <> $2 and "
                                      "(select min(b.seq) from alarm b where b.source = $1 and b.cleared_at is null) = $3",
                                      {alarm.source, id, static_cast<std::int64_t>(alarm.seq)}));
    alarm.hides = static_cast<std::size_t>(children[0].integer(0));
    return alarm;
}

Result<Load> load_of(sql::Db& db, const Rules& rules, identity::Role role, WallTime from, WallTime to, WallTime now) {
    to = std::min(to, from + std::chrono::hours(24 * 7));
    TRY(const auto rows, db.query("select rule, priority, active_at from alarm where active_at >= $1 and active_at < $2 order by active_at, seq", {to_us(from), to_us(to)}));
    Load out;
    std::map<std::string, std::size_t> by_rule;
    std::vector<WallTime> times;
    std::map<std::int64_t, std::size_t> tens;
    for (const auto& row : rows) {
        const auto* rule = rules.find(row.text(0));
        if (rule == nullptr || !rule->is_for(role)) continue;
        ++out.total;
        ++out.by_priority[std::clamp<std::int64_t>(row.integer(1), 1, 3) - 1];
        ++by_rule[rule->key];
        times.push_back(from_us(row.integer(2)));
        ++tens[(times.back() - from) / kWindow];
    }
    for (std::size_t first = 0, last = 0; last < times.size(); ++last) {
        while (times[last] - times[first] >= kWindow) ++first;
        out.worst_ten_minutes = std::max(out.worst_ten_minutes, last - first + 1);
    }
    for (const auto& [ten, count] : tens) out.flood_minutes += count > kAcceptable ? static_cast<std::size_t>(kWindow.count()) : 0;
    for (const auto& [rule, count] : by_rule) {
        if (count > out.of_most_often) out.most_often = rule, out.of_most_often = count;
    }
    TRY(const auto alarms, retained(db, rules, now, role));
    out.stale = static_cast<std::size_t>(std::count_if(alarms.begin(), alarms.end(), [&](const Alarm& alarm) { return alarm.active && now - alarm.active_at >= kStale; }));
    return out;
}

}  // namespace bongsu::alarm
