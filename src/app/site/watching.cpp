// Which cameras each operator on duty watches, and the grants under which they do.
#include <algorithm>

#include "app/site/handlers.hpp"
#include "duty/watch.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"

namespace bongsu::app {

namespace {

constexpr std::string_view kPurpose = "operator-duty";

std::vector<CameraId> all_of(const duty::CameraSet& set) {
    auto out = set.own;
    out.insert(out.end(), set.lent.begin(), set.lent.end());
    return out;
}

const duty::Assigned* find(const std::vector<duty::Assigned>& sets, const UserId& user) {
    const auto found = std::find_if(sets.begin(), sets.end(), [&](const duty::Assigned& set) { return set.user == user; });
    return found == sets.end() ? nullptr : &*found;
}

}  // namespace

/// All that sets hang on: ten thousand cameras are not shared anew each second.
Result<std::string> Site::sharing_key() {
    TRY(const auto sitting, duty::present(*folds_db_));
    std::string key = std::to_string(directory_version_);
    for (const auto& stay : sitting) key += " " + stay.user.value + "/" + stay.shift + (stay.away_since ? "-" : "");
    return key;
}

/// The grant of a stay at a seat: over with the seat, with the shift's overtime at the latest.
Result<GrantId> Site::duty_grant(const duty::Stay& stay, const duty::Assigned* before, const std::vector<CameraId>& cameras) {
    const std::string actor = "site:" + options_.id.value;
    if (before != nullptr && before->shift == stay.shift) {
        TRY(const auto grant, grant::find_grant(*folds_db_, before->grant));
        if (grant.state_at(env_.clock.wall()) != grant::GrantState::ended) {
            TRY_DO(grant::change_cameras(*book_, actor, grant.id, cameras));
            return grant.id;
        }
    }
    TRY(const auto shift, duty_rules_.pattern().find(stay.shift));
    grant::GrantRequest request;
    request.actor = actor;
    request.purpose = kPurpose;
    request.holder.user = stay.user;
    request.cameras = cameras;
    request.to = shift.to + duty_rules_.limits().overtime;
    TRY(const auto grant, grant::issue(*book_, purposes_, request));
    return grant.id;
}

/// What changed of who is there, or of the cameras, becomes other sets; where nothing did, nothing is written.
Result<void> Site::share_cameras() {
    if (!is_centre() || purposes_.find(kPurpose) == nullptr) return {};
    TRY(auto sitting, duty::present(*folds_db_));
    std::erase_if(sitting, [](const duty::Stay& stay) { return stay.role != identity::Role::operator_; });
    TRY(const auto before, duty::assigned(*folds_db_));
    std::vector<duty::Watcher> watchers;
    for (const auto& stay : sitting) watchers.push_back({stay.user, stay.away_since.has_value()});
    std::vector<duty::Watched> cameras;
    const auto now = env_.clock.wall();
    for (const auto& id : own_cameras_) {
        if (const auto* camera = directory_.find(id)) cameras.push_back({id, {camera->lon, camera->lat}, duty::weight_of(duty_rules_, *camera, now)});
    }
    const auto shares = duty::share(cameras, watchers, duty_rules_.limits().cameras, duty::shares_of(before));
    const std::string actor = "site:" + options_.id.value;
    for (const auto& set : before) {
        const bool sits = std::any_of(sitting.begin(), sitting.end(), [&](const duty::Stay& stay) { return stay.user == set.user && stay.shift == set.shift; });
        if (sits) continue;
        TRY_DO(grant::end_for(*book_, actor, set.grant, "the seat was left"));
        TRY_DO(duty::end_set(*book_, actor, set));
    }
    for (std::size_t i = 0; i < sitting.size(); ++i) {
        const auto& share = shares.sets[i];
        const auto* had = find(before, share.user);
        const bool is_same = had != nullptr && had->shift == sitting[i].shift && had->own == share.own && had->lent == share.lent;
        if (is_same || (had == nullptr && share.size() == 0)) continue;
        duty::Assigned next;
        static_cast<duty::CameraSet&>(next) = share;
        next.shift = sitting[i].shift;
        TRY(next.grant, duty_grant(sitting[i], had, all_of(share)));
        TRY_DO(duty::assign_set(*book_, actor, next));
    }
    return {};
}

duty::Watch Site::duty_watch() { return {duty_office(), directory_, own_cameras_}; }

Handlers::Answer Handlers::watch(Site& site, Call& call) { return duty::get_watch(site.duty_watch(), call.request); }
Handlers::Answer Handlers::own_watch(Site& site, Call& call) { return duty::get_own_watch(site.duty_watch(), call.request, *call.session); }
Handlers::Answer Handlers::post_pass(Site& site, Call& call) { return duty::post_pass(site.duty_watch(), call.request, *call.session); }

}  // namespace bongsu::app
