#include "ptz/lease.hpp"

#include <array>

namespace bongsu::ptz {
namespace {

constexpr std::array<std::string_view, 3> kRanks{"patrol", "operator", "police"};
constexpr std::string_view kSelect = "select id, camera, holder, agency, rank, grant_id, incident, purpose, reason, leased_at, motions, motion, ended_at, why, taken_by from ptz_lease ";

Lease lease_in(const sql::Row& row) {
    Lease out;
    out.id = row.text(0);
    out.camera = {row.text(1)};
    out.user = {row.text(2)};
    out.agency = {row.text(3)};
    const auto rank = row.text(4);
    for (std::size_t i = 0; i < kRanks.size(); ++i) {
        if (kRanks[i] == rank) out.rank = static_cast<Rank>(i);
    }
    out.grant = {row.text(5)};
    out.incident = {row.text(6)};
    out.purpose = row.text(7);
    out.reason = row.text(8);
    out.leased_at = from_us(row.integer(9));
    out.motions = row.integer(10);
    out.motion = row.text(11);
    if (!row.is_null(12)) out.ended_at = from_us(row.integer(12));
    out.why = row.text(13);
    out.by = row.text(14);
    return out;
}

}  // namespace

std::string_view to_string(Rank rank) { return kRanks.at(static_cast<std::size_t>(rank)); }

Rank rank_of(const identity::Session& session, const grant::Grant& grant) {
    if (grant.holder.user) return Rank::patrol;
    // The organisation code of a police body begins with P.
    const bool is_police_room = session.role == identity::Role::agency && session.agency.value.starts_with('P');
    return session.role == identity::Role::police || is_police_room ? Rank::police : Rank::operator_;
}

Result<std::optional<Lease>> lease_of(sql::Db& db, const CameraId& camera) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where camera = $1 and ended_at is null", {camera.value}));
    if (rows.empty()) return std::optional<Lease>{};
    return std::optional(lease_in(rows[0]));
}

Result<Lease> find(sql::Db& db, const std::string& id) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where id = $1", {id}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no such lease");
    return lease_in(rows[0]);
}

Result<std::vector<Lease>> standing(sql::Db& db) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where ended_at is null order by seq"));
    std::vector<Lease> out;
    for (const auto& row : rows) out.push_back(lease_in(row));
    return out;
}

}  // namespace bongsu::ptz
