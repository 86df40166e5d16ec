#include "grant/verbs.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "base/text.hpp"
#include "grant/read.hpp"

namespace bongsu::grant {

namespace {

namespace json = boost::json;

json::array words(const std::vector<CameraId>& cameras) {
    json::array out;
    for (const auto& camera : cameras) out.emplace_back(camera.value);
    return out;
}

Result<void> check_cameras(const std::vector<CameraId>& cameras) {
    if (cameras.size() > kCamerasMax) {
        return fail_field("cameras", "must be at most " + std::to_string(kCamerasMax));
    }
    const std::set<CameraId> once(cameras.begin(), cameras.end());
    if (once.size() != cameras.size()) return fail_field("cameras", "must each be named once");
    for (const auto& camera : cameras) {
        if (camera.value.empty() || camera.value.size() > 64) {
            return fail_field("cameras", "must be ids of 1 to 64 bytes");
        }
    }
    return {};
}

Result<void> check(const GrantRequest& request, const Purpose& purpose) {
    const bool is_of_duty = purpose.holder == HolderRule::person;
    if (request.incident.value.empty() != is_of_duty) return fail_field("incident", is_of_duty ? "is not for a grant of somebody's duty" : "is missing");
    if (is_of_duty && !request.holder.user) return fail_field("holder", "must be a user for this purpose");
    if (request.holder.user.has_value() == request.holder.agency.has_value()) {
        return fail_field("holder", "must be a user or an agency");
    }
    if (purpose.persons == 2) {
        if (!request.second_person)
            return fail(ErrorKind::forbidden, "purpose " + purpose.key + " needs a second person");
        if ("user:" + request.second_person->value == request.actor) {
            return fail(ErrorKind::forbidden, "the second person must be another than the one who asks");
        }
    }
    return check_cameras(request.cameras);
}

struct Window {
    WallTime from, to;
};

Result<Window> window_of(const GrantRequest& request, const Purpose& purpose, WallTime now) {
    const auto from = request.from.value_or(now);
    const auto to = request.to.value_or(from + purpose.duration);
    if (to <= from || to <= now) return fail_field("to", "must be later than from and than now");
    if (to - from > purpose.duration) {
        return fail_field("to", "must be at most " + std::to_string(purpose.duration.count()) +
                                    " minutes after from for this purpose");
    }
    return Window{from, to};
}

json::object issued(const Grant& grant, const std::optional<UserId>& second_person) {
    json::object holder;
    if (grant.holder.user) holder["user"] = grant.holder.user->value;
    if (grant.holder.agency) holder["agency"] = grant.holder.agency->value;
    json::object payload{{"grant", grant.id.value},
                         {"purpose", grant.purpose},
                         {"basis", grant.basis},
                         {"incident", grant.incident.value},
                         {"event", grant.event.value},
                         {"holder", std::move(holder)},
                         {"cameras", words(grant.cameras)},
                         {"from", to_us(grant.from)},
                         {"to", to_us(grant.to)},
                         {"kinds", json::array(grant.kinds.begin(), grant.kinds.end())},
                         {"roles", json::array(grant.roles.begin(), grant.roles.end())},
                         {"height", grant.height},
                         {"ptz", grant.ptz ? 1 : 0}};
    if (second_person) payload["second"] = second_person->value;
    return payload;
}

std::vector<std::string> subjects_of(const Grant& grant) {
    std::vector<std::string> subjects{"grant:" + grant.id.value};
    if (!grant.incident.value.empty()) subjects.push_back("incident:" + grant.incident.value);
    if (!grant.event.value.empty()) subjects.push_back("event:" + grant.event.value);
    return subjects;
}

Result<void> append_end(journal::Book& book, const std::string& actor, const Grant& grant,
                        const std::string& reason, const std::string& words) {
    json::object payload{{"grant", grant.id.value}, {"incident", grant.incident.value}, {"reason", reason}};
    if (!words.empty()) payload["words"] = words;
    TRY_DO(book.append({"grant.ended", actor, subjects_of(grant), std::move(payload)}));
    return {};
}

Result<void> check_reason(const std::string& reason) {
    if (reason.empty() || letters(reason) > 500) return fail_field("reason", "must be 1 to 500 letters");
    return {};
}

/// Ends what `statement` finds by `value`.
Result<std::vector<GrantId>> end_all(journal::Book& book, const std::string& actor,
                                     std::string_view statement, const sql::Value& value,
                                     const std::string& reason) {
    TRY_DO(check_reason(reason));
    TRY(const auto rows, book.db().query(statement, {value}));
    std::vector<GrantId> ended;
    for (const auto& row : rows) {
        TRY(const auto grant, find_grant(book.db(), {row.text(0)}));
        TRY_DO(append_end(book, actor, grant, reason, {}));
        ended.push_back(grant.id);
    }
    return ended;
}

}  // namespace

Result<Grant> issue(journal::Book& book, const Purposes& purposes, const GrantRequest& request) {
    const auto* purpose = purposes.find(request.purpose);
    if (purpose == nullptr) return fail_field("purpose", "is not declared");
    TRY_DO(check(request, *purpose));
    const auto now = book.env().clock.wall();
    TRY(const auto window, window_of(request, *purpose, now));
    Grant grant;
    grant.id.value = book.env().ulid();
    grant.purpose = purpose->key;
    grant.basis = purpose->basis_at(now);
    grant.incident = request.incident;
    grant.event = request.event;
    grant.holder = request.holder;
    grant.cameras = request.cameras;
    grant.from = window.from;
    grant.to = window.to;
    grant.kinds = purpose->kinds;
    for (const auto role : purpose->roles) grant.roles.emplace_back(identity::to_string(role));
    grant.height = purpose->height;
    grant.ptz = purpose->ptz;
    TRY(const auto* entry, book.append({"grant.issued", request.actor, subjects_of(grant),
                                        issued(grant, request.second_person)}));
    grant.issued_at = entry->time;
    grant.issued_by = entry->actor;
    return grant;
}

Result<CameraChange> change_cameras(journal::Book& book, const std::string& actor, const GrantId& id,
                                    const std::vector<CameraId>& cameras) {
    TRY_DO(check_cameras(cameras));
    TRY(const auto grant, find_grant(book.db(), id));
    if (grant.state_at(book.env().clock.wall()) == GrantState::ended) {
        return fail(ErrorKind::conflict, "the grant has ended");
    }
    CameraChange change;
    std::copy_if(cameras.begin(), cameras.end(), std::back_inserter(change.added),
                 [&](const CameraId& camera) { return !grant.has(camera); });
    std::copy_if(grant.cameras.begin(), grant.cameras.end(), std::back_inserter(change.removed),
                 [&](const CameraId& camera) {
                     return std::find(cameras.begin(), cameras.end(), camera) == cameras.end();
                 });
    if (!change.any()) return change;
    TRY_DO(book.append({"grant.changed",
                        actor,
                        subjects_of(grant),
                        {{"grant", id.value},
                         {"added", words(change.added)},
                         {"removed", words(change.removed)},
                         {"cameras", words(cameras)}}}));
    return change;
}

Result<Grant> end(journal::Book& book, const std::string& actor, const GrantId& id,
                  const std::string& words) {
    TRY_DO(check_reason(words));
    TRY(const auto grant, find_grant(book.db(), id));
    if (grant.ended_at) return fail(ErrorKind::conflict, "the grant has ended already: " + grant.reason);
    TRY_DO(append_end(book, actor, grant, kEndedByPerson, words));
    return find_grant(book.db(), id);
}

Result<void> end_for(journal::Book& book, const std::string& actor, const GrantId& id, const std::string& reason) {
    TRY_DO(check_reason(reason));
    TRY(const auto grant, find_grant(book.db(), id));
    return grant.ended_at ? Result<void>{} : append_end(book, actor, grant, reason, {});
}

Result<void> move(journal::Book& book, const std::string& actor, const GrantId& id, const IncidentId& incident) {
    TRY(const auto grant, find_grant(book.db(), id));
    if (grant.state_at(book.env().clock.wall()) == GrantState::ended) return fail(ErrorKind::conflict, "the grant has ended");
    auto about = subjects_of(grant);
    about.push_back("incident:" + incident.value);
    TRY_DO(book.append({"grant.moved", actor, std::move(about), {{"grant", id.value}, {"from", grant.incident.value}, {"incident", incident.value}}}));
    return {};
}

Result<std::vector<GrantId>> end_of_incident(journal::Book& book, const std::string& actor,
                                             const IncidentId& incident, const std::string& reason) {
    return end_all(book, actor, "select id from grants where incident = $1 and ended_at is null order by id",
                   incident.value, reason);
}

Result<std::vector<GrantId>> end_of_event(journal::Book& book, const std::string& actor, const EventId& event,
                                          const std::string& reason) {
    return end_all(book, actor, "select id from grants where event = $1 and ended_at is null order by id",
                   event.value, reason);
}

Result<std::vector<GrantId>> expire_due(journal::Book& book, const std::string& actor, WallTime now) {
    const auto* limit = book.env().buggify("grant.expire_one_by_one") ? "1" : "1000";
    return end_all(
        book, actor,
        std::string("select id from grants where ended_at is null and to_us <= $1 order by to_us, id limit ") +
            limit,
        to_us(now), "expired");
}

}  // namespace bongsu::grant
