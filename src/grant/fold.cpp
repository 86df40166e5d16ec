#include "grant/fold.hpp"

#include "grant/payload.hpp"
#include "journal/erasable.hpp"

namespace bongsu::grant {

namespace {

using boost::json::object;

Result<void> set_cameras(sql::Db& db, const std::string& grant, const std::vector<std::string>& cameras) {
    TRY_DO(db.query("update grants_camera set removed = 1 where grant_id = $1", {grant}));
    std::int64_t place = 0;
    for (const auto& camera : cameras) {
        TRY_DO(
            db.query("insert into grants_camera(grant_id, camera, place, removed) values ($1, $2, $3, 0) "
                     "on conflict(grant_id, camera) do update set place = excluded.place, removed = 0",
                     {grant, camera, place}));
        ++place;
    }
    return {};
}

Result<void> issued(sql::Db& db, const journal::Entry& entry) {
    const auto& payload = entry.payload;
    const auto id = text_of(payload, "grant");
    const auto* holder = payload.if_contains("holder");
    const auto holder_object = holder != nullptr && holder->is_object() ? holder->get_object() : object{};
    TRY_DO(db.query(
        "insert into grants(id, purpose, basis, incident, event, holder_user, holder_agency, from_us, to_us, "
        "kinds, "
        "roles, height, ptz, issued_at, issued_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
        "$12, $13, $14, "
        "$15) on conflict(id) do nothing",
        {id, text_of(payload, "purpose"), text_of(payload, "basis"), text_of(payload, "incident"),
         or_null(text_of(payload, "event")), or_null(text_of(holder_object, "user")),
         or_null(text_of(holder_object, "agency")), whole_of(payload, "from"), whole_of(payload, "to"),
         joined(texts_of(payload, "kinds")), joined(texts_of(payload, "roles")), whole_of(payload, "height"),
         whole_of(payload, "ptz"), to_us(entry.time), entry.actor}));
    return set_cameras(db, id, texts_of(payload, "cameras"));
}

Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        if (erased.kind != "grant.ended") continue;
        TRY_DO(db.query("update grants set words = null where id = $1 and words_seq = $2",
                        {text_of(erased.left, "grant"), static_cast<std::int64_t>(erased.seq)}));
    }
    return {};
}

}  // namespace

std::string_view GrantsFold::schema() const {
    return R"sql(
create table if not exists grants(
  id text primary key, purpose text not null, basis text not null, incident text not null, event text,
  holder_user text, holder_agency text,          -- one of them
  from_us integer not null, to_us integer not null,
  kinds text not null, roles text not null,      -- words with a space between them
  height integer not null, ptz integer not null,
  issued_at integer not null, issued_by text not null,
  ended_at integer, reason text,
  words text, words_seq integer);                -- of the person who ended it, and the entry that they stand in
create index if not exists grants_by_incident on grants(incident, id);
create index if not exists grants_by_event on grants(event) where event is not null;
create index if not exists grants_by_end on grants(to_us);
create index if not exists grants_live on grants(to_us) where ended_at is null;
create table if not exists grants_camera(
  grant_id text not null, camera text not null, place integer not null,
  removed integer not null,                      -- 1: was in the grant once; its views have ended
  primary key(grant_id, camera)) without rowid;
)sql";
}

Result<void> GrantsFold::apply(sql::Db& db, const journal::Entry& entry) {
    if (entry.kind == "grant.issued") return issued(db, entry);
    if (entry.kind == "grant.changed") {
        return set_cameras(db, text_of(entry.payload, "grant"), texts_of(entry.payload, "cameras"));
    }
    if (entry.kind == "grant.ended") {
        TRY_DO(db.query("update grants set ended_at = $2, reason = $3, words = $4, words_seq = $5 where id = $1 and ended_at is null",
                        {text_of(entry.payload, "grant"), to_us(entry.time), text_of(entry.payload, "reason"),
                         or_null(text_of(entry.payload, "words")), static_cast<std::int64_t>(entry.seq)}));
    }
    if (entry.kind == "grant.moved")
        TRY_DO(db.query("update grants set incident = $2 where id = $1", {text_of(entry.payload, "grant"), text_of(entry.payload, "incident")}));
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    return {};
}

}  // namespace bongsu::grant
