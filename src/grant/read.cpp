#include "grant/read.hpp"

#include <algorithm>

#include "grant/payload.hpp"
#include "grant/verbs.hpp"

namespace bongsu::grant {

namespace {

constexpr std::string_view kGrantColumns =
    "select id, purpose, basis, incident, event, holder_user, holder_agency, from_us, to_us, kinds, roles, "
    "height, ptz, "
    "issued_at, issued_by, ended_at, reason, words from grants ";
constexpr std::string_view kViewColumns =
    "select view, \"user\", agency, holder, grant_id, camera, incident, purpose, basis, kind, way, height, "
    "permitted_at, "
    "opened_at, closed_at, frames, bytes, reason from views ";
constexpr std::size_t kLiveMax = 100'000;

std::optional<WallTime> time_or_none(const sql::Row& row, std::size_t column) {
    return row.is_null(column) ? std::nullopt : std::optional(from_us(row.integer(column)));
}

Result<Grant> read_grant(sql::Db& db, const sql::Row& row) {
    Grant grant;
    grant.id.value = row.text(0);
    grant.purpose = row.text(1);
    grant.basis = row.text(2);
    grant.incident.value = row.text(3);
    grant.event.value = row.text(4);
    if (!row.is_null(5)) grant.holder.user = UserId{row.text(5)};
    if (!row.is_null(6)) grant.holder.agency = AgencyId{row.text(6)};
    grant.from = from_us(row.integer(7));
    grant.to = from_us(row.integer(8));
    grant.kinds = split(row.text(9));
    grant.roles = split(row.text(10));
    grant.height = static_cast<int>(row.integer(11));
    grant.ptz = row.integer(12) != 0;
    grant.issued_at = from_us(row.integer(13));
    grant.issued_by = row.text(14);
    grant.ended_at = time_or_none(row, 15);
    grant.reason = row.text(16);
    grant.words = row.text(17);
    TRY(const auto cameras,
        db.query("select camera from grants_camera where grant_id = $1 and removed = 0 order by place",
                 {row.text(0)}));
    for (const auto& camera : cameras) grant.cameras.push_back({camera.text(0)});
    return grant;
}

Result<std::vector<Grant>> read_grants(sql::Db& db, const sql::Rows& rows) {
    std::vector<Grant> grants;
    for (const auto& row : rows) {
        TRY(auto grant, read_grant(db, row));
        grants.push_back(std::move(grant));
    }
    return grants;
}

View read_view(const sql::Row& row) {
    View view;
    view.id.value = row.text(0);
    view.user = row.text(1);
    view.agency = row.text(2);
    view.holder = row.text(3);
    view.grant.value = row.text(4);
    view.camera.value = row.text(5);
    view.incident = row.text(6);
    view.purpose = row.text(7);
    view.basis = row.text(8);
    view.kind = row.text(9);
    view.way = row.text(10);
    view.height = static_cast<int>(row.integer(11));
    view.permitted_at = time_or_none(row, 12);
    view.opened_at = time_or_none(row, 13);
    view.closed_at = time_or_none(row, 14);
    view.frames = row.integer(15);
    view.bytes = row.integer(16);
    view.reason = row.text(17);
    return view;
}

/// A where clause that grows, and its values.
class Where {
  public:
    void add(std::string_view condition, std::initializer_list<sql::Value> values) {
        text_.append(text_.empty() ? "where " : " and ");
        for (const char c : condition) {
            if (c == '?') {
                text_.append("$").append(std::to_string(values_.size() + used_++ + 1));
            } else {
                text_ += c;
            }
        }
        used_ = 0;
        values_.insert(values_.end(), values.begin(), values.end());
    }
    Result<sql::Rows> run(sql::Db& db, std::string_view columns, std::string_view key, std::size_t limit) {
        values_.emplace_back(static_cast<std::int64_t>(limit));
        return db.query(std::string(columns) + text_ + " order by " + std::string(key) + " desc limit $" +
                            std::to_string(values_.size()),
                        values_);
    }

  private:
    std::string text_;
    std::vector<sql::Value> values_;
    std::size_t used_ = 0;
};

}  // namespace

std::string_view to_string(GrantState state) {
    switch (state) {  // No default: a new state is a build failure here.
        case GrantState::waiting:
            return "waiting";
        case GrantState::live:
            return "live";
        case GrantState::ended:
            return "ended";
    }
    return "?";
}

GrantState Grant::state_at(WallTime now) const {
    if (ended_at || now >= to) return GrantState::ended;
    return is_planned() && now < from ? GrantState::waiting : GrantState::live;
}

bool Grant::has(const CameraId& camera) const {
    return std::find(cameras.begin(), cameras.end(), camera) != cameras.end();
}

bool Grant::allows(std::string_view kind) const {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool Grant::held_by(const identity::Session& session) const {
    if (holder.user) return *holder.user == session.user;
    return holder.agency && *holder.agency == session.agency &&
           std::find(roles.begin(), roles.end(), identity::to_string(session.role)) != roles.end();
}

bool works_at(const identity::Session& session, const SiteId& here) {
    return session.role != identity::Role::agency && session.site == here;
}

bool may_see(const Grant& grant, const identity::Session& session, const SiteId& here) {
    return works_at(session, here) || grant.held_by(session) ||
           (grant.holder.agency && *grant.holder.agency == session.agency);
}

Result<Grant> find_grant(sql::Db& db, const GrantId& id) {
    TRY(const auto rows, db.query(std::string(kGrantColumns) + "where id = $1", {id.value}));
    if (rows.empty()) return fail(ErrorKind::not_found, "grant is not known");
    return read_grant(db, rows[0]);
}

Result<GrantPage> list_grants(sql::Db& db, const GrantFilter& filter) {
    Where where;
    if (filter.incident) where.add("incident = ?", {filter.incident->value});
    if (filter.holder) {
        where.add("(holder_agency = ? or holder_user = ?)",
                  {filter.holder->agency.value, filter.holder->user.value});
    }
    if (!filter.before.empty()) where.add("id < ?", {filter.before});
    TRY(auto rows, where.run(db, kGrantColumns, "id", filter.limit + 1));
    GrantPage page;
    const bool more = rows.size() > filter.limit;
    if (more) rows.pop_back();
    TRY(page.items, read_grants(db, rows));
    if (more) page.next = page.items.back().id.value;
    return page;
}

Result<std::set<std::string>> agencies_of_incident(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select holder_agency from grants where incident = $1 and holder_agency is not null",
                                  {incident.value}));
    std::set<std::string> agencies;
    for (const auto& row : rows) agencies.insert(row.text(0));
    return agencies;
}

Result<std::set<std::string>> cameras_of_incident(sql::Db& db, const IncidentId& incident, const AgencyId& agency,
                                                  const UserId& user) {
    TRY(const auto rows, db.query("select c.camera from grants g join grants_camera c on c.grant_id = g.id "
                                  "where g.incident = $1 and (g.holder_agency = $2 or g.holder_user = $3) and c.removed = 0",
                                  {incident.value, agency.value, user.value}));
    std::set<std::string> cameras;
    for (const auto& row : rows) cameras.insert(row.text(0));
    return cameras;
}

Result<std::vector<Grant>> live_grants_of_incident(sql::Db& db, const IncidentId& incident, WallTime now) {
    TRY(const auto rows,
        db.query(std::string(kGrantColumns) + "where incident = $1 and ended_at is null and (from_us <= $2 or from_us <= issued_at) "
                                              "and to_us > $2 order by id",
                 {incident.value, to_us(now)}));
    return read_grants(db, rows);
}

Result<std::vector<Grant>> coming_grants_of_incident(sql::Db& db, const IncidentId& incident, WallTime now) {
    TRY(const auto rows, db.query(std::string(kGrantColumns) + "where incident = $1 and ended_at is null and to_us > $2 order by id", {incident.value, to_us(now)}));
    return read_grants(db, rows);
}

Result<std::vector<GrantId>> standing_of_purpose(sql::Db& db, const std::string& purpose, WallTime now) {
    TRY(const auto rows, db.query("select id from grants where ended_at is null and to_us > $1 and purpose = $2 order by id", {to_us(now), purpose}));
    std::vector<GrantId> out;
    for (const auto& row : rows) out.push_back({row.text(0)});
    return out;
}

/// Wherever its case went since.
Result<bool> is_ended_by_person_of_event(sql::Db& db, const EventId& event, const std::string& purpose, const AgencyId& agency) {
    TRY(const auto rows, db.query("select reason from grants where event = $1 and purpose = $2 and holder_agency = $3 order by issued_at desc, id desc limit 1",
                                  {event.value, purpose, agency.value}));
    return !rows.empty() && rows[0].text(0) == kEndedByPerson;
}

Result<bool> is_ended_by_person(sql::Db& db, const IncidentId& incident, const std::string& purpose, const AgencyId& agency) {
    TRY(const auto rows, db.query("select reason from grants where incident = $1 and purpose = $2 and holder_agency = $3 and "
                                  "event is not null order by issued_at desc, id desc limit 1",
                                  {incident.value, purpose, agency.value}));
    return !rows.empty() && rows[0].text(0) == kEndedByPerson;
}

Result<std::vector<Grant>> live_grants(sql::Db& db, WallTime now) {
    TRY(const auto rows,
        db.query(std::string(kGrantColumns) + "where ended_at is null and (from_us <= $1 or from_us <= issued_at) and to_us > $1 "
                                              "order by id limit $2",
                 {to_us(now), static_cast<std::int64_t>(kLiveMax)}));
    return read_grants(db, rows);
}

Result<std::vector<Revocation>> revocations(sql::Db& db, WallTime now) {
    std::vector<Revocation> found;
    TRY(const auto ended,
        db.query("select id, reason from grants where ended_at is not null and to_us > $1 order by id",
                 {to_us(now)}));
    for (const auto& row : ended) found.push_back({GrantId{row.text(0)}, std::nullopt, row.text(1)});
    TRY(const auto removed,
        db.query("select c.grant_id, c.camera from grants g join grants_camera c on c.grant_id = g.id "
                 "where g.ended_at is null and g.to_us > $1 and c.removed = 1 order by c.grant_id, c.camera",
                 {to_us(now)}));
    for (const auto& row : removed) {
        if (found.empty() || !found.back().cameras || found.back().grant.value != row.text(0)) {
            found.push_back({GrantId{row.text(0)}, std::vector<CameraId>{}, "camera left the grant"});
        }
        found.back().cameras->push_back({row.text(1)});
    }
    return found;
}

Result<ViewPage> views_of(sql::Db& db, const ViewFilter& filter) {
    Where where;
    if (filter.incident) where.add("incident = ?", {filter.incident->value});
    if (filter.camera) where.add("camera = ?", {filter.camera->value});
    if (filter.user) where.add("\"user\" = ?", {filter.user->value});
    if (filter.agency) where.add("agency = ?", {filter.agency->value});
    if (!filter.before.empty()) where.add("view < ?", {filter.before});
    TRY(auto rows, where.run(db, kViewColumns, "view", filter.limit + 1));
    ViewPage page;
    const bool more = rows.size() > filter.limit;
    if (more) rows.pop_back();
    for (const auto& row : rows) page.items.push_back(read_view(row));
    if (more) page.next = page.items.back().id.value;
    return page;
}

Result<bool> was_shown(sql::Db& db, const UserId& user, const CameraId& camera, WallTime from) {
    TRY(const auto rows, db.query("select permitted_at, opened_at, closed_at from views where \"user\" = $1 and camera = $2 order by view desc limit 20",
                                  {user.value, camera.value}));
    return std::any_of(rows.begin(), rows.end(), [&](const sql::Row& row) {
        const bool is_open = row.is_null(2) || row.integer(2) >= to_us(from);
        const bool was_opened = !row.is_null(1) || (!row.is_null(0) && row.integer(0) >= to_us(from - std::chrono::minutes(1)));
        return is_open && was_opened;
    });
}

Result<View> find_view(sql::Db& db, const ViewId& id) {
    TRY(const auto rows, db.query(std::string(kViewColumns) + "where view = $1", {id.value}));
    if (rows.empty()) return fail(ErrorKind::not_found, "view is not known");
    return read_view(rows[0]);
}

}  // namespace bongsu::grant
