#include <algorithm>

#include "base/text.hpp"
#include "grant/read.hpp"
#include "ptz/lease.hpp"

namespace bongsu::ptz {
namespace {

namespace json = boost::json;

std::vector<std::string> subjects_of(const Lease& lease) {
    std::vector<std::string> out{"camera:" + lease.camera.value, "grant:" + lease.grant.value};
    if (!lease.incident.value.empty()) out.push_back("incident:" + lease.incident.value);
    return out;
}

Result<void> check_turns(const grant::Grant& grant, const CameraId& camera, WallTime now) {
    const auto state = grant.state_at(now);
    if (state == grant::GrantState::ended) return fail(ErrorKind::conflict, "the grant has ended: " + (grant.reason.empty() ? "expired" : grant.reason));
    if (state == grant::GrantState::waiting) return fail(ErrorKind::conflict, "the grant begins at " + to_rfc3339(grant.from));
    if (!grant.has(camera)) return fail(ErrorKind::forbidden, "camera is not in the grant");
    if (!grant.ptz) return fail_code(ErrorKind::forbidden, "not_for_turning", "cameras are not turned under the purpose " + grant.purpose);
    return {};
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Result<Lease> lease_for(journal::Book& book, const identity::Session& session, const grant::Grant& grant, const Wish& wish, const std::string& over) {
    Lease lease;
    lease.id = book.env().ulid();
    lease.camera = wish.camera;
    lease.grant = grant.id;
    lease.incident = grant.incident;
    json::object payload{{"lease", lease.id},
                         {"camera", lease.camera.value},
                         {"grant", grant.id.value},
                         {"incident", grant.incident.value},
                         {"purpose", grant.purpose},
                         {"basis", grant.basis},
                         {"user", session.user.value},
                         {"agency", session.agency.value},
                         {"rank", json::string(to_string(rank_of(session, grant)))},
                         {"reason", wish.reason}};
    if (!over.empty()) payload["over"] = over;
    TRY_DO(book.append({"ptz.leased", "user:" + session.user.value, subjects_of(lease), std::move(payload)}));
    return find(book.db(), lease.id);
}

/// How many others the caller has.
Result<std::size_t> others_of(sql::Db& db, const UserId& user, const CameraId& but) {
    TRY(const auto all, standing(db));
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Lease& one) { return one.user == user && one.camera != but; }));
}

}  // namespace

Result<Taken> take(journal::Book& book, const identity::Session& session, const SiteId& here, const Wish& wish, WallTime now) {
    if (is_blank(wish.reason) || letters(wish.reason) > kReasonLettersMax) return fail_field("reason", "must be 1 to 200 letters");
    TRY(const auto grant, grant::find_grant(book.db(), wish.grant));
    if (!grant::may_see(grant, session, here)) return fail(ErrorKind::not_found, "grant is not known");
    if (!grant.held_by(session)) return fail(ErrorKind::forbidden, "the grant is held by others");
    TRY_DO(check_turns(grant, wish.camera, now));
    TRY(auto before, lease_of(book.db(), wish.camera));
    const auto actor = "user:" + session.user.value;
    if (before && before->user == session.user) {
        if (before->grant == grant.id && before->reason == wish.reason) return Taken{*std::move(before), {}, false};
        TRY_DO(release(book, actor, *before, "released"));
    } else if (before) {
        if (rank_of(session, grant) <= before->rank)
            return fail_code(ErrorKind::conflict, "ptz_taken", "the camera is turned by another person, of the rank " + std::string(to_string(before->rank)));
        TRY_DO(release(book, actor, *before, "taken_over", actor));
    }
    TRY(const auto others, others_of(book.db(), session.user, wish.camera));
    if (others >= kLeasesMax) return fail(ErrorKind::exhausted, "at most " + std::to_string(kLeasesMax) + " cameras are turned by one person at a time");
    TRY(auto lease, lease_for(book, session, grant, wish, before ? before->id : std::string()));
    return Taken{std::move(lease), std::move(before), true};
}

Result<void> release(journal::Book& book, const std::string& actor, const Lease& lease, std::string_view why, const std::string& by) {
    TRY(const auto known, find(book.db(), lease.id));
    if (known.ended_at) return {};
    json::object payload{{"lease", lease.id},
                         {"camera", lease.camera.value},
                         {"grant", lease.grant.value},
                         {"incident", lease.incident.value},
                         {"user", lease.user.value},
                         {"why", json::string(why)}};
    if (!by.empty()) payload["by"] = by;
    TRY_DO(book.append({"ptz.released", actor, subjects_of(lease), std::move(payload)}));
    return {};
}

Result<void> check_grant(sql::Db& db, const Lease& lease, WallTime now) {
    TRY(const auto grant, grant::find_grant(db, lease.grant));
    return check_turns(grant, lease.camera, now);
}

Result<std::string> begin_motion(journal::Book& book, const std::string& actor, const Lease& lease, const Order& order) {
    const auto id = book.env().ulid();
    json::object payload{{"lease", lease.id},
                         {"camera", lease.camera.value},
                         {"grant", lease.grant.value},
                         {"incident", lease.incident.value},
                         {"purpose", lease.purpose},
                         {"motion", id},
                         {"act", order.act}};
    if (order.act == "move") {
        payload["pan"] = order.speed.pan;
        payload["tilt"] = order.speed.tilt;
        payload["zoom"] = order.speed.zoom;
    }
    if (order.act == "preset") payload["preset"] = order.preset;
    TRY_DO(book.append({"ptz.moved", actor, subjects_of(lease), std::move(payload)}));
    return id;
}

Result<void> end_motion(journal::Book& book, const std::string& actor, const Lease& lease, const Motion& motion, std::string_view why) {
    TRY_DO(book.append({"ptz.rested",
                        actor,
                        subjects_of(lease),
                        {{"lease", lease.id},
                         {"camera", lease.camera.value},
                         {"incident", lease.incident.value},
                         {"motion", motion.id},
                         {"from", to_us(motion.from)},
                         {"to", to_us(motion.to)},
                         {"count", motion.count},
                         {"why", json::string(why)}}}));
    return {};
}

}  // namespace bongsu::ptz
