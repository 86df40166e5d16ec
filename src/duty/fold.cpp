#include "duty/fold.hpp"

#include <boost/json/array.hpp>

#include "duty/seen.hpp"
#include "journal/erasable.hpp"
#include "journal/payload.hpp"

namespace bongsu::duty {
namespace {

constexpr std::int64_t kDayUs = std::chrono::microseconds(std::chrono::hours(24)).count();

using journal::text_of;
using journal::texts_of;
using journal::whole_of;

Result<void> set_crew(sql::Db& db, const journal::Entry& entry) {
    const auto crew = text_of(entry.payload, "crew"), from = text_of(entry.payload, "from");
    TRY_DO(db.query("delete from duty_member where crew = $1 and from_day = $2", {crew, from}));
    TRY_DO(db.query("insert into duty_roster(crew, from_day, seq) values ($1, $2, $3) on conflict(crew, from_day) do update set seq = excluded.seq",
                    {crew, from, static_cast<std::int64_t>(entry.seq)}));
    const auto* members = entry.payload.if_contains("members");
    if (members == nullptr || !members->is_array()) return {};
    std::int64_t place = 0;
    for (const auto& item : members->get_array()) {
        if (!item.is_object()) continue;
        const auto& member = item.get_object();
        TRY_DO(db.query("insert into duty_member(crew, from_day, place, person, role, seat) values ($1, $2, $3, $4, $5, $6)",
                        {crew, from, place++, text_of(member, "user"), text_of(member, "role"), text_of(member, "seat")}));
    }
    return {};
}

Result<void> add_absence(sql::Db& db, const journal::Entry& entry) {
    const auto reason = entry.erased ? std::string("erased") : text_of(entry.payload, "reason");
    TRY_DO(db.query("insert into duty_absence(shift, person, reason, seq) values ($1, $2, $3, $4) on conflict(shift, person) do update set "
                    "reason = excluded.reason, seq = excluded.seq",
                    {text_of(entry.payload, "shift"), text_of(entry.payload, "user"), reason, static_cast<std::int64_t>(entry.seq)}));
    return {};
}

Result<void> withdraw_absence(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("delete from duty_absence where shift = $1 and person = $2", {text_of(entry.payload, "shift"), text_of(entry.payload, "user")}));
    return {};
}

Result<void> call_in(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into duty_called_in(shift, person, role, seat, seq) values ($1, $2, $3, $4, $5) on conflict(shift, person) do update set "
                    "role = excluded.role, seat = excluded.seat, seq = excluded.seq",
                    {text_of(p, "shift"), text_of(p, "user"), text_of(p, "role"), text_of(p, "seat"), static_cast<std::int64_t>(entry.seq)}));
    return {};
}

Result<void> clock_in(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into duty_attendance(seq, person, shift, crew, role, seat, source, late_us, in_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                    {static_cast<std::int64_t>(entry.seq), text_of(p, "user"), text_of(p, "shift"), text_of(p, "crew"), text_of(p, "role"),
                     text_of(p, "seat"), text_of(p, "source"), whole_of(p, "late"), to_us(entry.time)}));
    return {};
}

/// Who leaves the seat leaves the break too.
Result<void> clock_out(sql::Db& db, const journal::Entry& entry) {
    const auto person = text_of(entry.payload, "user");
    TRY_DO(db.query("update duty_break set to_at = $2 where person = $1 and to_at is null", {person, to_us(entry.time)}));
    TRY_DO(db.query("update duty_attendance set out_at = $2, out_why = $3 where person = $1 and out_at is null",
                    {person, to_us(entry.time), text_of(entry.payload, "why")}));
    return {};
}

Result<void> begin_break(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into duty_break(seq, person, shift, seat, from_at) values ($1, $2, $3, $4, $5)",
                    {static_cast<std::int64_t>(entry.seq), text_of(p, "user"), text_of(p, "shift"), text_of(p, "seat"), to_us(entry.time)}));
    return {};
}

Result<void> end_break(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("update duty_break set to_at = $2 where person = $1 and to_at is null", {text_of(entry.payload, "user"), to_us(entry.time)}));
    return {};
}

Result<void> drop_set(sql::Db& db, const std::string& person) {
    TRY_DO(db.query("delete from duty_set where person = $1", {person}));
    TRY_DO(db.query("delete from duty_set_camera where person = $1", {person}));
    return {};
}

Result<void> add_cameras(sql::Db& db, const journal::Entry& entry, std::string_view field, std::int64_t lent) {
    std::int64_t place = 0;
    for (const auto& camera : texts_of(entry.payload, field)) {
        TRY_DO(db.query("insert into duty_set_camera(person, camera, lent, place) values ($1, $2, $3, $4) on conflict do nothing",
                        {text_of(entry.payload, "user"), camera, lent, place++}));
    }
    return {};
}

/// The first pass over it begins with the set, and goes on when the set becomes another one in the same shift.
Result<void> assign_set(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto person = text_of(p, "user"), shift = text_of(p, "shift");
    TRY(const auto before, db.query("select since from duty_set where person = $1 and shift = $2", {person, shift}));
    const auto since = before.empty() ? to_us(entry.time) : before[0].integer(0);
    TRY_DO(drop_set(db, person));
    TRY_DO(db.query("insert into duty_set(person, shift, grant_id, since) values ($1, $2, $3, $4)", {person, shift, text_of(p, "grant"), since}));
    TRY_DO(add_cameras(db, entry, "own", 0));
    return add_cameras(db, entry, "lent", 1);
}

Result<void> end_set(sql::Db& db, const journal::Entry& entry) { return drop_set(db, text_of(entry.payload, "user")); }

Result<void> confirm_pass(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into duty_pass(seq, person, shift, number, cameras, began_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7)",
                    {static_cast<std::int64_t>(entry.seq), text_of(p, "user"), text_of(p, "shift"), whole_of(p, "pass"), whole_of(p, "cameras"),
                     whole_of(p, "began"), to_us(entry.time)}));
    return {};
}

Result<void> add_finding(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto picture = whole_of(p, "picture");
    TRY_DO(db.query("insert into duty_finding(seq, person, shift, seat, kind, agency, camera, incident, picture, found_at) "
                    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                    {static_cast<std::int64_t>(entry.seq), text_of(p, "user"), text_of(p, "shift"), text_of(p, "seat"), text_of(p, "kind"),
                     text_of(p, "agency"), text_of(p, "camera"), text_of(p, "incident"), picture == 0 ? sql::Value() : sql::Value(picture),
                     to_us(entry.time)}));
    return {};
}

Result<void> add_lit(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto person = text_of(p, "user");
    TRY_DO(db.query("insert into duty_lit_report(person, session, reported_to) values ($1, $2, $3) on conflict(person, session) do update set "
                    "reported_to = excluded.reported_to",
                    {person, text_of(p, "desk"), whole_of(p, "to")}));
    // A session that has been silent for a day says nothing more.
    TRY_DO(db.query("delete from duty_lit_report where person = $1 and reported_to < $2", {person, whole_of(p, "to") - kDayUs}));
    const auto* screens = p.if_contains("screens");
    if (screens == nullptr || !screens->is_array()) return {};
    const auto hour = to_us(hour_of(from_us(whole_of(p, "from"))));
    for (const auto& item : screens->get_array()) {
        if (!item.is_object()) continue;
        TRY_DO(db.query("insert into duty_lit(hour, camera, person, seconds) values ($1, $2, $3, $4) on conflict(hour, camera, person) do update set "
                        "seconds = duty_lit.seconds + excluded.seconds",
                        {hour, text_of(item.get_object(), "camera"), person, whole_of(item.get_object(), "seconds")}));
    }
    return {};
}

Result<void> add_note(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into duty_note(seq, person, shift, seat, words, hands_over, noted_at) values ($1, $2, $3, $4, $5, $6, $7)",
                    {static_cast<std::int64_t>(entry.seq), text_of(p, "user"), text_of(p, "shift"), text_of(p, "seat"), text_of(p, "text"),
                     whole_of(p, "handOver"), to_us(entry.time)}));
    return {};
}

Result<void> freeze_brief(sql::Db& db, const journal::Entry& entry) {
    const auto shift = text_of(entry.payload, "shift");
    TRY_DO(db.query("insert into duty_brief(shift, to_shift, frozen_at) values ($1, $2, $3)", {shift, text_of(entry.payload, "to"), to_us(entry.time)}));
    const auto* items = entry.payload.if_contains("items");
    if (items == nullptr || !items->is_array()) return {};
    std::int64_t place = 0;
    for (const auto& item : items->get_array()) {
        if (!item.is_object()) continue;
        const auto& one = item.get_object();
        TRY_DO(db.query("insert into duty_brief_item(shift, kind, subject, state, place) values ($1, $2, $3, $4, $5) on conflict do nothing",
                        {shift, text_of(one, "kind"), text_of(one, "subject"), text_of(one, "state"), place++}));
    }
    return {};
}

Result<void> acknowledge_item(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("update duty_brief_item set acked_by = $4, acked_at = $5 where shift = $1 and kind = $2 and subject = $3",
                    {text_of(p, "shift"), text_of(p, "kind"), text_of(p, "subject"), text_of(p, "user"), to_us(entry.time)}));
    return {};
}

Result<void> report_shortcoming(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into duty_shortcoming(no, seq, person, shift, words, reported_at, answer) values ($1, $2, $3, $4, $5, $6, '')",
                    {text_of(p, "no"), static_cast<std::int64_t>(entry.seq), text_of(p, "user"), text_of(p, "shift"), text_of(p, "text"), to_us(entry.time)}));
    return {};
}

Result<void> assign_shortcoming(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("update duty_shortcoming set assigned_to = $2, assigned_at = $3 where no = $1",
                    {text_of(entry.payload, "no"), text_of(entry.payload, "to"), to_us(entry.time)}));
    return {};
}

Result<void> answer_shortcoming(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("update duty_shortcoming set answered_by = $2, answered_at = $3, answer = $4, answer_seq = $5 where no = $1",
                    {text_of(p, "no"), text_of(p, "user"), to_us(entry.time), text_of(p, "text"), static_cast<std::int64_t>(entry.seq)}));
    return {};
}

/// That somebody was absent stays, why does not; that there was a picture stays in `duty.found`, the picture does not; of notes and reports
/// the words go.
Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        const auto seq = static_cast<std::int64_t>(erased.seq);
        if (erased.kind == "duty.absent") TRY_DO(db.query("update duty_absence set reason = 'erased' where seq = $1", {seq}));
        if (erased.kind == "duty.noted") TRY_DO(db.query("update duty_note set words = '' where seq = $1", {seq}));
        if (erased.kind == "duty.shortcoming_reported") TRY_DO(db.query("update duty_shortcoming set words = '' where seq = $1", {seq}));
        if (erased.kind == "duty.shortcoming_answered") TRY_DO(db.query("update duty_shortcoming set answer = '' where answer_seq = $1", {seq}));
        if (erased.kind == "duty.picture_kept") TRY_DO(db.query("update duty_finding set picture = null where picture = $1", {seq}));
    }
    return {};
}

struct Applied {
    std::string_view kind;
    Result<void> (*apply)(sql::Db&, const journal::Entry&);
};

constexpr Applied kApplied[]{
    {"duty.crew_set", set_crew},       {"duty.absent", add_absence},         {"duty.absence_withdrawn", withdraw_absence},
    {"duty.called_in", call_in},       {"duty.clocked_in", clock_in},        {"duty.clocked_out", clock_out},
    {"duty.break_began", begin_break}, {"duty.break_ended", end_break},
    {"duty.set_assigned", assign_set}, {"duty.set_ended", end_set},          {"duty.pass_confirmed", confirm_pass},
    {"duty.found", add_finding},       {"duty.screens_lit", add_lit},        {"duty.noted", add_note},
    {"duty.brief_frozen", freeze_brief}, {"duty.brief_acknowledged", acknowledge_item},
    {"duty.shortcoming_reported", report_shortcoming}, {"duty.shortcoming_assigned", assign_shortcoming}, {"duty.shortcoming_answered", answer_shortcoming},
    {journal::kErasureOrdered, forget},
};

}  // namespace

std::string_view DutyFold::schema() const {
    return R"sql(
-- From this day on the crew has the members of that day's list, until a later one.
create table if not exists duty_roster(
  crew text not null, from_day text not null, seq bigint not null, primary key(crew, from_day)) without rowid;
create table if not exists duty_member(
  crew text not null, from_day text not null, place bigint not null, person text not null, role text not null,
  seat text not null,                            -- planned; empty: any of the role
  primary key(crew, from_day, place)) without rowid;
create table if not exists duty_absence(
  shift text not null, person text not null, reason text not null, seq bigint not null, primary key(shift, person)) without rowid;
create table if not exists duty_called_in(
  shift text not null, person text not null, role text not null, seat text not null, seq bigint not null,
  primary key(shift, person)) without rowid;
-- A stay at a seat: from clocking in to clocking out.
create table if not exists duty_attendance(
  seq bigint primary key, person text not null, shift text not null, crew text not null, role text not null, seat text not null,
  source text not null, late_us bigint not null, in_at bigint not null, out_at bigint, out_why text);
create index if not exists duty_attendance_open on duty_attendance(person) where out_at is null;
create index if not exists duty_attendance_by_person on duty_attendance(person, seq);
create index if not exists duty_attendance_by_end on duty_attendance(out_at);
create index if not exists duty_attendance_by_shift on duty_attendance(shift, seq);
create table if not exists duty_break(
  seq bigint primary key, person text not null, shift text not null, seat text not null, from_at bigint not null, to_at bigint);
-- What each watches now, and under which grant.
create table if not exists duty_set(
  person text primary key, shift text not null, grant_id text not null, since bigint not null) without rowid;
create table if not exists duty_set_camera(
  person text not null, camera text not null, lent bigint not null, place bigint not null,
  primary key(person, camera)) without rowid;
create table if not exists duty_pass(
  seq bigint primary key, person text not null, shift text not null, number bigint not null, cameras bigint not null,
  began_at bigint not null, ended_at bigint not null);
-- The picture is the seq of the entry that holds it; null: none, or erased.
create table if not exists duty_finding(
  seq bigint primary key, person text not null, shift text not null, seat text not null, kind text not null, agency text not null,
  camera text not null, incident text not null, picture bigint, found_at bigint not null);
create index if not exists duty_finding_by_incident on duty_finding(incident);
create index if not exists duty_finding_by_shift on duty_finding(shift, seq);
create index if not exists duty_finding_by_picture on duty_finding(picture) where picture is not null;
-- Which camera stood on whose lit screen for how many seconds of an hour.
create table if not exists duty_lit(
  hour bigint not null, camera text not null, person text not null, seconds bigint not null, primary key(hour, camera, person)) without rowid;
create table if not exists duty_lit_report(person text not null, session text not null, reported_to bigint not null, primary key(person, session)) without rowid;
create table if not exists duty_note(
  seq bigint primary key, person text not null, shift text not null, seat text not null, words text not null, hands_over bigint not null,
  noted_at bigint not null);
create index if not exists duty_note_by_shift on duty_note(shift, seq);
-- What a shift left to the next one, as it stood when it ended.
create table if not exists duty_brief(shift text primary key, to_shift text not null, frozen_at bigint not null) without rowid;
create table if not exists duty_brief_item(
  shift text not null, kind text not null, subject text not null, state text not null, place bigint not null, acked_by text, acked_at bigint,
  primary key(shift, kind, subject)) without rowid;
create table if not exists duty_shortcoming(
  no text primary key, seq bigint not null, person text not null, shift text not null, words text not null, reported_at bigint not null,
  assigned_to text, assigned_at bigint, answered_by text, answered_at bigint, answer text not null, answer_seq bigint) without rowid;
create index if not exists duty_shortcoming_by_seq on duty_shortcoming(seq);
create index if not exists duty_shortcoming_by_answer on duty_shortcoming(answer_seq) where answer_seq is not null;
create index if not exists duty_pass_by_shift on duty_pass(shift, seq);
create index if not exists duty_pass_by_person on duty_pass(person, shift);
create index if not exists duty_break_open on duty_break(person) where to_at is null;
create index if not exists duty_break_by_shift on duty_break(shift, seq);
)sql";
}

Result<void> DutyFold::apply(sql::Db& db, const journal::Entry& entry) {
    for (const auto& known : kApplied) {
        if (known.kind == entry.kind) return known.apply(db, entry);
    }
    return {};
}

}  // namespace bongsu::duty
