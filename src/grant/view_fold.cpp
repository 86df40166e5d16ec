#include "grant/fold.hpp"
#include "grant/payload.hpp"

namespace bongsu::grant {

namespace {

using boost::json::object;

Result<void> permitted(sql::Db& db, const journal::Entry& entry) {
    const auto& payload = entry.payload;
    TRY_DO(db.query(
        "insert into views(view, \"user\", agency, holder, grant_id, camera, incident, purpose, basis, kind, "
        "height, permitted_at) values ($1, $2, $3, $2, $4, $5, $6, $7, $8, $9, $10, $11) "
        "on conflict(view) do update set \"user\" = excluded.\"user\", agency = excluded.agency, "
        "incident = excluded.incident, purpose = excluded.purpose, basis = excluded.basis, "
        "permitted_at = excluded.permitted_at",
        {text_of(payload, "view"), text_of(payload, "user"), or_null(text_of(payload, "agency")),
         text_of(payload, "grant"), text_of(payload, "camera"), or_null(text_of(payload, "incident")),
         or_null(text_of(payload, "purpose")), or_null(text_of(payload, "basis")), text_of(payload, "kind"),
         whole_of(payload, "height"), to_us(entry.time)}));
    return {};
}

/// False when this very item was applied before.
Result<bool> is_new(sql::Db& db, const journal::Entry& entry) {
    const auto& payload = entry.payload;
    TRY_DO(db.query(
        "insert into views_spool(site, n, kind, view, at) values ($1, $2, $3, $4, $5) "
        "on conflict(site, n) do update set kind = excluded.kind, view = excluded.view, at = excluded.at "
        "where views_spool.kind <> excluded.kind or views_spool.view <> excluded.view "
        "or views_spool.at <> excluded.at",
        {text_of(payload, "source"), whole_of(payload, "n"), entry.kind, text_of(payload, "view"),
         whole_of(payload, "at")}));
    return db.changes() > 0;
}

/// A relay's view has no view.permitted: it begins here.
Result<void> begin(sql::Db& db, const object& payload) {
    TRY_DO(
        db.query("insert into views(view, holder, grant_id, camera, incident, purpose, basis, kind, height) "
                 "values ($1, $2, $3, $4, $5, $6, $7, $8, 0) on conflict(view) do nothing",
                 {text_of(payload, "view"), text_of(payload, "holder"), text_of(payload, "grant"),
                  text_of(payload, "camera"), or_null(text_of(payload, "incident")),
                  or_null(text_of(payload, "purpose")), or_null(text_of(payload, "basis")),
                  text_of(payload, "ticketKind")}));
    return {};
}

Result<void> refused(sql::Db& db, const object& payload) {
    TRY_DO(db.query(
        "insert into views_refused(site, n, at, view, grant_id, camera, way, reason) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        {text_of(payload, "source"), whole_of(payload, "n"), whole_of(payload, "at"),
         or_null(text_of(payload, "view")), or_null(text_of(payload, "grant")),
         or_null(text_of(payload, "camera")), or_null(text_of(payload, "way")), text_of(payload, "reason")}));
    return {};
}

}  // namespace

std::string_view ViewsFold::schema() const {
    return R"sql(
create table if not exists views(
  view text primary key,
  "user" text, agency text,                      -- the person; none for a relay between sites
  holder text not null,                          -- the ticket's: the user, or "site:11000"
  grant_id text not null, camera text not null, incident text, purpose text, basis text,
  kind text not null, height integer not null, way text,
  permitted_at integer, opened_at integer, closed_at integer,
  frames integer not null default 0, bytes integer not null default 0, reason text);
create index if not exists views_by_incident on views(incident, view);
create index if not exists views_by_camera on views(camera, view);
create index if not exists views_by_user on views("user", view);
create index if not exists views_by_user_and_camera on views("user", camera, view);
create index if not exists views_by_agency on views(agency, view);
create index if not exists views_by_grant on views(grant_id, view);
create table if not exists views_spool(
  site text not null, n integer not null, kind text not null, view text not null, at integer not null,
  primary key(site, n)) without rowid;
create table if not exists views_refused(
  site text not null, n integer not null, at integer not null,
  view text, grant_id text, camera text, way text, reason text not null,
  primary key(site, n, at));
)sql";
}

Result<void> ViewsFold::apply(sql::Db& db, const journal::Entry& entry) {
    // An erasure takes the viewer's address alone, which this fold does not keep.
    if (entry.kind == "view.permitted") return permitted(db, entry);
    if (entry.kind != "view.opened" && entry.kind != "view.closed" && entry.kind != "view.refused") return {};
    TRY(const bool fresh, is_new(db, entry));
    if (!fresh) return {};
    const auto& payload = entry.payload;
    if (entry.kind == "view.refused") return refused(db, payload);
    TRY_DO(begin(db, payload));
    if (entry.kind == "view.opened") {
        TRY_DO(db.query("update views set opened_at = $2, way = $3 where view = $1",
                        {text_of(payload, "view"), whole_of(payload, "at"), text_of(payload, "way")}));
    } else {
        TRY_DO(db.query(
            "update views set closed_at = $2, frames = $3, bytes = $4, reason = $5, "
            "way = coalesce(way, $6) where view = $1",
            {text_of(payload, "view"), whole_of(payload, "at"), whole_of(payload, "frames"),
             whole_of(payload, "bytes"), text_of(payload, "reason"), or_null(text_of(payload, "way"))}));
    }
    return {};
}

}  // namespace bongsu::grant
