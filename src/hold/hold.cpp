#include "hold/hold.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "base/text.hpp"

namespace bongsu::hold {
namespace {

namespace json = boost::json;

constexpr std::size_t kCamerasMax = 64;
constexpr std::string_view kSelect = "select id, seq, incident, from_us, to_us, ordered_at, ordered_by, review_us, ended_at, ended_by, reason from hold ";

std::optional<WallTime> time_at(const sql::Row& row, std::size_t column) {
    if (row.is_null(column)) return std::nullopt;
    return from_us(row.integer(column));
}

Result<Hold> hold_of(sql::Db& db, const sql::Row& row) {
    Hold out;
    out.id = row.text(0);
    out.seq = static_cast<std::uint64_t>(row.integer(1));
    out.incident = {row.text(2)};
    out.from = from_us(row.integer(3));
    out.to = time_at(row, 4);
    out.ordered_at = from_us(row.integer(5));
    out.ordered_by = row.text(6);
    out.review_at = from_us(row.integer(7));
    out.ended_at = time_at(row, 8);
    out.ended_by = row.text(9);
    out.reason = row.text(10);
    TRY(const auto cameras, db.query("select camera from hold_camera where hold = $1 order by place", {out.id}));
    for (const auto& camera : cameras) out.cameras.push_back({camera.text(0)});
    return out;
}

Result<std::set<std::string>> held(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select c.camera from hold h join hold_camera c on c.hold = h.id where h.incident = $1 and h.ended_at is null", {incident.value}));
    std::set<std::string> out;
    for (const auto& row : rows) out.insert(row.text(0));
    return out;
}

}  // namespace

Result<std::optional<std::string>> order(journal::Book& book, const std::string& actor, const IncidentId& incident, const std::vector<CameraId>& cameras, WallTime opened,
                                         std::optional<WallTime> ended) {
    TRY(auto known, held(book.db(), incident));
    json::array wanted;
    std::vector<std::string> subjects{"incident:" + incident.value};
    for (const auto& camera : cameras) {
        if (wanted.size() == kCamerasMax || !known.insert(camera.value).second) continue;
        wanted.emplace_back(camera.value);
        subjects.push_back("camera:" + camera.value);
    }
    if (wanted.empty()) return std::optional<std::string>{};
    const auto id = book.env().ulid();
    json::object payload{{"hold", id},
                         {"incident", incident.value},
                         {"cameras", std::move(wanted)},
                         {"from", to_us(opened - kAround)},
                         {"reviewAt", to_us(book.env().clock.wall() + kReviewAfter)}};
    if (ended) payload["to"] = to_us(*ended + kAround);
    TRY_DO(book.append({"hold.ordered", actor, std::move(subjects), std::move(payload)}));
    return std::optional(id);
}

Result<void> bound(journal::Book& book, const std::string& actor, const IncidentId& incident, WallTime ended) {
    TRY(const auto open, book.db().query("select 1 from hold where incident = $1 and ended_at is null and to_us is null limit 1", {incident.value}));
    if (open.empty()) return {};
    TRY_DO(book.append({"hold.bounded", actor, {"incident:" + incident.value}, {{"incident", incident.value}, {"to", to_us(ended + kAround)}}}));
    return {};
}

Result<Hold> end(journal::Book& book, const std::string& actor, const std::string& id, const std::string& reason) {
    const bool is_blank = reason.find_first_not_of(" \t\r\n") == std::string::npos;
    if (is_blank || letters(reason) > kReasonLettersMax) return fail_field("reason", "must be 1 to 500 letters");
    TRY(const auto known, find(book.db(), id));
    if (known.ended_at) return fail(ErrorKind::conflict, "the order has ended already");
    TRY_DO(book.append({"hold.ended", actor, {"incident:" + known.incident.value}, {{"hold", id}, {"incident", known.incident.value}, {"reason", reason}}}));
    return find(book.db(), id);
}

Result<Hold> find(sql::Db& db, const std::string& id) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where id = $1", {id}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no such order");
    return hold_of(db, rows[0]);
}

Result<bool> stands(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select 1 from hold where incident = $1 and ended_at is null limit 1", {incident.value}));
    return !rows.empty();
}

Result<std::vector<Hold>> list(sql::Db& db, const Query& query) {
    // 0: those that stand, 1: those that have ended, else both.
    const std::int64_t ended = query.standing ? (*query.standing ? 0 : 1) : 2;
    const auto before = static_cast<std::int64_t>(std::min<std::uint64_t>(query.before_seq, INT64_MAX));
    const auto limit = static_cast<std::int64_t>(query.limit);
    constexpr std::string_view kState = "($2 = 2 or (ended_at is null and $2 = 0) or (ended_at is not null and $2 = 1)) ";
    TRY(const auto rows, query.incident ? db.query(std::string(kSelect) + "where seq < $1 and " + std::string(kState) + "and incident = $3 order by seq desc limit $4", {before, ended, query.incident->value, limit})
                                        : db.query(std::string(kSelect) + "where seq < $1 and " + std::string(kState) + "order by seq desc limit $3", {before, ended, limit}));
    std::vector<Hold> out;
    for (const auto& row : rows) {
        TRY(auto one, hold_of(db, row));
        out.push_back(std::move(one));
    }
    return out;
}

Result<std::int64_t> due_for_review(sql::Db& db, WallTime now) {
    TRY(const auto rows, db.query("select count(*) from hold where ended_at is null and review_us <= $1", {to_us(now)}));
    return rows[0].integer(0);
}

}  // namespace bongsu::hold
