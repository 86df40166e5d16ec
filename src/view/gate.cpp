#include "view/gate.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
constexpr auto kSumUpEach = 60s;
constexpr auto kUsedMargin = 30s;  // A clock that steps back a little does not revive a used ticket.

/// What an unauthenticated caller wrote goes to the record only if it has the form of an id.
CameraId plain(const CameraId& camera) {
    const std::string& text = camera.value;
    const bool is_plain = text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
                              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                     (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
                          });
    return is_plain ? camera : CameraId{};
}

}  // namespace

std::string_view to_string(Way way) {
    switch (way) {
        case Way::whep:
            return "whep";
        case Way::rtsp:
            return "rtsp";
        case Way::fmp4:
            return "fmp4";
        case Way::hls:
            return "hls";
        case Way::snapshot:
            return "snapshot";
    }
    return "";
}

Gate::Gate(env::Env& env, Spool& spool) : env_(env), spool_(spool) {
    std::map<ViewId, Item> unclosed;
    for (const Item& item : spool_.items()) {
        if (item.kind == "view.opened") {
            use(item.jti, item.ticket_expires + kUsedMargin);
            unclosed[item.view] = item;
        } else if (item.kind == "view.closed") {
            unclosed.erase(item.view);
        }
    }
    for (auto& [view, item] : unclosed) {
        item.kind = "view.closed";
        item.at = env_.clock.wall();
        item.reason = "media restarted";
        item.jti.clear();
        if (const auto appended = spool_.append(std::move(item)); !appended) {
            LOG_ERROR("view.not_recorded", {{"cause", appended.error().message}});
        }
    }
}

const std::vector<std::string>& Gate::origins() const {
    static const std::vector<std::string> kNone;
    return state_ ? state_->origins : kNone;
}

bool Gate::State::permits(const GrantId& grant, const CameraId& camera) const {
    const auto found = relays.find(grant);
    return found != relays.end() && found->second.contains(camera);
}

void Gate::set_state(const Desired& desired) {
    revoked_whole_.clear();
    revoked_camera_.clear();
    for (const auto& [grant, revoked] : desired.revoked) remember_revoked(revoked);
    if (!state_ || state_->keys != desired.keys || state_->site != desired.site) {
        verified_.clear();
        verified_order_.clear();
        unsigned_.reset();
    }
    state_ = State{desired.site, desired.keys, desired.origins, desired.relays, desired.off_duty};
    cut_where([this](const Lease& lease) { return revoked_reason(lease.grant, lease.camera); });
    cut_where([this](const Lease& lease) { return forbidden_relay(lease); });
    cut_where([this](const Lease& lease) { return off_duty_reason(lease.holder); });
}

void Gate::set_off_duty(std::set<std::string> holders) {
    if (!state_) return;
    state_->off_duty = std::move(holders);
    cut_where([this](const Lease& lease) { return off_duty_reason(lease.holder); });
}

std::optional<std::string> Gate::off_duty_reason(const std::string& holder) const {
    if (!state_->off_duty.contains(holder)) return std::nullopt;
    return "its holder is not on duty any more";
}

void Gate::permit(const Relays& grants) {
    if (!state_) return;
    for (const auto& [grant, cameras] : grants) {
        if (cameras.empty()) {
            state_->relays.erase(grant);
        } else {
            state_->relays[grant] = cameras;
        }
    }
    for (const auto& [grant, cameras] : grants) cut_of_grant(grant, [this](const Lease& lease) { return forbidden_relay(lease); });
}

std::optional<std::string> Gate::forbidden_relay(const Lease& lease) const {
    if (lease.kind != "relay" || state_->permits(lease.grant, lease.camera)) return std::nullopt;
    return "relay is no longer permitted";
}

void Gate::revoke(const std::vector<Revoked>& grants) {
    for (const Revoked& revoked : grants) {
        remember_revoked(revoked);
        cut_of_grant(revoked.grant, [this](const Lease& lease) { return revoked_reason(lease.grant, lease.camera); });
    }
}

void Gate::remember_revoked(const Revoked& revoked) {
    if (!revoked.cameras) {
        revoked_whole_[revoked.grant] = revoked.reason;
        return;
    }
    for (const CameraId& camera : *revoked.cameras) revoked_camera_[{revoked.grant, camera}] = revoked.reason;
}

std::optional<std::string> Gate::revoked_reason(const GrantId& grant, const CameraId& camera) const {
    const auto text = [](const std::string& reason) {
        return reason.empty() ? std::string("grant is revoked") : "grant is revoked: " + reason;
    };
    if (const auto whole = revoked_whole_.find(grant); whole != revoked_whole_.end())
        return text(whole->second);
    if (const auto one = revoked_camera_.find({grant, camera}); one != revoked_camera_.end())
        return text(one->second);
    return std::nullopt;
}

Result<ticket::Claims> Gate::evaluate(std::string_view ticket, const CameraId& camera,
                                      std::string_view kind_wanted, WallTime now) const {
    // Not knowing what is revoked is the same as everything being revoked.
    if (!state_) return fail(ErrorKind::unavailable, "control has not said yet what may be watched");
    if (spool_.broken())
        return fail(ErrorKind::unavailable, "views cannot be recorded: the spool's disk failed");
    if (ticket.empty()) return fail(ErrorKind::unauthenticated, "ticket is missing");
    TRY(auto claims, read(ticket));
    TRY_DO(ticket::check(claims, state_->site, now));
    const auto refuse = [](std::string why) {
        return fail(ErrorKind::unauthenticated, "ticket " + std::move(why));
    };
    if (claims.camera != camera) return refuse("is for another camera");
    const bool kind_fits =
        kind_wanted.empty() ? claims.kind == "live" || claims.kind == "relay" : claims.kind == kind_wanted;
    if (!kind_fits) return refuse("is of another kind");
    if (claims.expires > now + kTicketLifeMax) return refuse("lives too long");
    if (used_.contains(claims.jti)) return refuse("has been used");
    if (views_.contains(claims.view)) return refuse("names a view that is open");
    TRY_DO(check_grant(claims, now));
    if (used_.size() >= kUsedMax || views_.size() >= kViewsMax) {
        return fail(ErrorKind::exhausted, "too many views are open");
    }
    return claims;
}

/// As ticket::read(), without its signature when that was looked at before.
Result<ticket::Claims> Gate::read(std::string_view ticket) const {
    std::string digest = crypto::sha256(ticket);
    if (const auto known = verified_.find(digest); known != verified_.end()) return known->second;
    if (unsigned_ && unsigned_->first == digest) return tl::unexpected(unsigned_->second);
    auto claims = ticket::read(ticket, state_->keys);
    if (!claims) {
        unsigned_.emplace(std::move(digest), claims.error());
        return claims;
    }
    if (verified_.emplace(digest, *claims).second) verified_order_.push_back(std::move(digest));
    if (verified_order_.size() > kVerifiedMax) {
        verified_.erase(verified_order_.front());
        verified_order_.pop_front();
    }
    return claims;
}

Result<void> Gate::check_grant(const ticket::Claims& claims, WallTime now) const {
    const auto refuse = [](std::string why) { return fail(ErrorKind::unauthenticated, std::move(why)); };
    if (auto reason = revoked_reason(claims.grant, claims.camera)) return refuse(*std::move(reason));
    if (auto reason = off_duty_reason(claims.holder)) return refuse("ticket: " + *reason);
    if (claims.from && now < *claims.from) return refuse("grant has not begun");
    if (claims.to && now >= *claims.to) return refuse("grant is over");
    // Another site's key opens nothing but a relay, and a relay is what our own contract said yes to.
    if (claims.kind != "relay" && !claims.kid.starts_with(state_->site.value + "-")) {
        return refuse("ticket of another site must be for a relay");
    }
    if (claims.kind == "relay" && !state_->permits(claims.grant, claims.camera)) {
        return refuse("relay is not permitted for this grant and camera");
    }
    return {};
}

Result<ticket::Claims> Gate::check(std::string_view ticket, const CameraId& camera,
                                   std::string_view kind_wanted) const {
    return evaluate(ticket, camera, kind_wanted, env_.clock.wall());
}

Result<Lease> Gate::open(std::string_view ticket, const CameraId& camera, std::string_view kind_wanted,
                         Way way, std::string remote) {
    const WallTime now = env_.clock.wall();
    auto claims = evaluate(ticket, camera, kind_wanted, now);
    if (!claims) {
        record_refusal(ticket, camera, way, remote, claims.error());
        return tl::unexpected(std::move(claims).error());
    }
    View view;
    view.lease = {claims->view, claims->grant, claims->camera, claims->holder, claims->height,
                  claims->kind, now,           claims->to};
    view.way = to_string(way);
    view.remote = std::move(remote);
    Item item = item_of(view, "view.opened", now);
    item.jti = claims->jti;
    item.ticket_expires = claims->expires;
    TRY(view.lease.spool_n, spool_.append(std::move(item)));  // Not recorded is not opened.
    use(claims->jti, claims->expires + kUsedMargin);
    ++stats_.opened;
    verified_.erase(crypto::sha256(ticket));  // Its place in the order goes with time.
    Lease lease = view.lease;
    by_grant_.emplace(lease.grant, lease.view);
    if (lease.to) ends_.emplace(*lease.to, lease.view);
    views_.emplace(lease.view, std::move(view));
    return lease;
}

bool Gate::Rate::takes(MonoTime now, std::chrono::seconds time, unsigned most) {
    if (now - since >= time) *this = {now, 0};
    if (taken == most) return false;
    ++taken;
    return true;
}

void Gate::record_refusal(std::string_view ticket, const CameraId& camera, Way way, const std::string& remote,
                          const Error& error) {
    ++stats_.refused;
    const MonoTime now = env_.clock.mono();
    sum_up_minute(now);
    // A genuine ticket that is refused says whose it was: used twice, late, for another camera. Anybody can write any other.
    auto claims = state_ && !ticket.empty() ? read(ticket) : Result<ticket::Claims>(fail(ErrorKind::unauthenticated, "no ticket"));
    const bool has_room = claims ? refusals_.takes(now, 1s, kRefusalsPerSecond) : strangers_.takes(now, kSumUpEach, kStrangersPerMinute);
    Item item;
    item.kind = "view.refused";
    item.camera = plain(camera);
    item.at = env_.clock.wall();
    item.way = to_string(way);
    item.remote = remote.substr(0, 64);
    item.reason = error.message;
    if (claims) {
        item.view = claims->view;
        item.grant = claims->grant;
        item.holder = claims->holder;
        item.ticket_kind = claims->kind;
    }
    if (has_room && spool_.append(std::move(item))) return;
    ++stats_.refused_unrecorded;
    if (unlisted_++ == 0) unlisted_since_ = now;
}

void Gate::sum_up_minute(MonoTime now) {
    if (unlisted_ > 0 && now - unlisted_since_ >= kSumUpEach) sum_up_refusals();
}

void Gate::sum_up_refusals() {
    if (unlisted_ == 0) return;
    const MonoTime now = env_.clock.mono();
    Item item;
    item.kind = "view.refused";
    item.at = env_.clock.wall();
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(now - unlisted_since_).count();
    item.reason = "not listed one by one, in the last " + std::to_string(seconds) + " s: beyond " + std::to_string(kStrangersPerMinute) +
                  " a minute without a genuine ticket or " + std::to_string(kRefusalsPerSecond) + " a second with one";
    item.count = unlisted_;
    // Where there is no room for it either, the next one says more.
    if (spool_.append(std::move(item))) unlisted_ = 0;
}

Item Gate::item_of(const View& view, std::string kind, WallTime at) const {
    Item item;
    item.kind = std::move(kind);
    item.view = view.lease.view;
    item.grant = view.lease.grant;
    item.camera = view.lease.camera;
    item.holder = view.lease.holder;
    item.at = at;
    item.way = view.way;
    item.ticket_kind = view.lease.kind;
    item.remote = view.remote;
    return item;
}

void Gate::on_cut(const ViewId& view, Cut cut) {
    const auto found = views_.find(view);
    if (found != views_.end()) found->second.cut = std::move(cut);
}

bool Gate::allowed(const ViewId& view) const {
    const auto found = views_.find(view);
    return found != views_.end() && !found->second.is_cut;
}

void Gate::close(const ViewId& view, std::string reason, std::uint64_t frames, std::uint64_t bytes) {
    const auto found = views_.find(view);
    if (found == views_.end()) return;
    Item item = item_of(found->second, "view.closed", env_.clock.wall());
    item.reason = std::move(reason);
    item.frames = frames;
    item.bytes = bytes;
    forget(found->second.lease);
    views_.erase(found);
    ++stats_.closed;
    if (const auto appended = spool_.append(std::move(item)); !appended) {
        LOG_ERROR("view.not_recorded", {{"view", view.value}, {"cause", appended.error().message}});
    }
}

void Gate::cut(const ViewId& view, const std::string& reason) {
    const auto found = views_.find(view);
    if (found == views_.end() || found->second.is_cut) return;
    found->second.is_cut = true;
    ++stats_.cut;
    LOG_INFO("view.cut", {{"view", view.value}, {"reason", reason}});
    // Moved out: the owner may close() the view, and so erase it, in there.
    const Cut cut = std::exchange(found->second.cut, {});
    if (cut) cut(reason);
}

void Gate::cut_where(const ReasonOf& reason_of) {
    std::vector<std::pair<ViewId, std::string>> ending;
    for (const auto& [id, view] : views_) {
        if (auto reason = reason_of(view.lease)) ending.emplace_back(id, *std::move(reason));
    }
    for (const auto& [id, reason] : ending) cut(id, reason);
}

void Gate::cut_of_grant(const GrantId& grant, const ReasonOf& reason_of) {
    std::vector<std::pair<ViewId, std::string>> ending;
    for (auto [at, end] = by_grant_.equal_range(grant); at != end; ++at) {
        if (auto reason = reason_of(views_.at(at->second).lease)) ending.emplace_back(at->second, *std::move(reason));
    }
    for (const auto& [id, reason] : ending) cut(id, reason);
}

/// Takes a view that is closed out of the indexes.
void Gate::forget(const Lease& lease) {
    if (lease.to) ends_.erase({*lease.to, lease.view});
    for (auto [at, end] = by_grant_.equal_range(lease.grant); at != end; ++at) {
        if (at->second == lease.view) {
            by_grant_.erase(at);
            return;
        }
    }
}

void Gate::use(std::string jti, WallTime until) {
    if (used_.insert(jti).second) used_until_.emplace(until, std::move(jti));
}

void Gate::tick(WallTime now) {
    std::vector<ViewId> over;
    while (!ends_.empty() && now >= ends_.begin()->first) over.push_back(ends_.extract(ends_.begin()).value().second);
    for (const ViewId& view : over) cut(view, "grant is over");
    while (!used_until_.empty() && used_until_.begin()->first < now) {
        used_.erase(used_until_.begin()->second);
        used_until_.erase(used_until_.begin());
    }
    sum_up_minute(env_.clock.mono());
}

}  // namespace bongsu::view
