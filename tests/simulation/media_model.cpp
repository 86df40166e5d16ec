#include "media_model.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

SiteId site_of(const CameraId& camera) { return {camera.value.substr(0, camera.value.find('-'))}; }

}  // namespace

void MediaModel::connected(const std::vector<std::string>& own_cameras) {
    connected_ = true;
    told_ = acknowledged_;
    send({{"t", "hello"}, {"v", 1}, {"site", site_.value}, {"pid", 1}});
    for (const auto& camera : own_cameras) {
        send({{"t", "camera"},
              {"id", camera},
              {"state", "streaming"},
              {"cause", ""},
              {"at", to_us(clock_.wall())}});
    }
    tell();
}

void MediaModel::disconnected() {
    connected_ = false;
    state_at_.reset();
}

void MediaModel::crash() {
    alive_ = false;
    disconnected();
    unsynced_.clear();
    views_.clear();
    pulls_.clear();
    desired_ = saved_;
    used_ = saved_used_;
    unsaved_ = false;
    if (forgetful) spool_.resize(std::min(spool_.size(), synced_));
    next_ = static_cast<std::int64_t>(spool_.size()) + 1;
}

void MediaModel::restart() {
    alive_ = true;
    std::map<std::string, json::object> open;
    for (const auto& item : spool_) {
        if (text(item, "kind") == "view.opened") open[text(item, "view")] = item;
        if (text(item, "kind") == "view.closed") open.erase(text(item, "view"));
    }
    for (auto& [view, item] : open) {
        item["n"] = next_++;
        item["kind"] = "view.closed";
        item["reason"] = "media restarted";
        item["at"] = to_rfc3339(clock_.wall());
        unsynced_.push_back(item);
    }
    wake();
}

void MediaModel::take(const json::object& message) {
    const auto kind = text(message, "t");
    unsaved_ = true;
    wake();
    if (kind == "state") return take_state(message);
    if (kind == "spool_ack")
        acknowledged_ = std::max(acknowledged_, message.at("n").to_number<std::int64_t>());
    if (kind == "ticket") take_ticket(message);
    if (kind == "revoke") take_revocations(message.at("grants"));
    if (kind == "off_duty") take_off_duty(message.at("holders"));
    if (kind == "relays") take_relay_changes(message.at("grants"));
    if (kind == "cameras") {
        for (const auto& camera : message.at("set").as_array()) {
            desired_.cameras[text(camera.as_object(), "id")] = camera.at("relay").as_bool();
        }
        for (const auto& id : message.at("remove").as_array())
            desired_.cameras.erase(std::string(id.as_string()));
    }
    end_what_is_not_allowed();
}

void MediaModel::take_state(const json::object& message) {
    desired_ = {};
    desired_.known = true;
    state_at_ = clock_.mono();
    for (const auto& [kid, key] : message.at("keys").as_object()) {
        desired_.keys[std::string(kid)] = crypto::from_base64url(std::string(key.as_string()), "key").value();
    }
    for (const auto& camera : message.at("cameras").as_array()) {
        desired_.cameras[text(camera.as_object(), "id")] = camera.at("relay").as_bool();
    }
    take_revocations(message.at("revoked"));
    take_relays(message.at("relays"));
    take_off_duty(message.at("offDuty"));
    end_what_is_not_allowed();
}

void MediaModel::take_revocations(const json::value& list) {
    if (deaf) return;
    for (const auto& item : list.as_array()) {
        const auto grant = text(item.as_object(), "grant");
        if (item.at("cameras").is_null()) {
            desired_.revoked.insert(grant);
            continue;
        }
        for (const auto& camera : item.at("cameras").as_array()) {
            desired_.revoked_cameras.insert({grant, std::string(camera.as_string())});
        }
    }
}

void MediaModel::take_off_duty(const json::value& list) {
    if (deaf) return;
    desired_.off_duty.clear();
    for (const auto& holder : list.as_array()) desired_.off_duty.emplace(holder.as_string());
}

void MediaModel::take_relays(const json::value& list) {
    desired_.relays.clear();
    for (const auto& item : list.as_array()) {
        desired_.relays.insert({text(item.as_object(), "grant"), text(item.as_object(), "camera")});
    }
}

void MediaModel::take_relay_changes(const json::value& list) {
    for (const auto& item : list.as_array()) {
        const auto grant = text(item.as_object(), "grant");
        std::erase_if(desired_.relays, [&](const auto& relay) { return relay.first == grant; });
        for (const auto& camera : item.at("cameras").as_array()) {
            desired_.relays.insert({grant, std::string(camera.as_string())});
        }
    }
}

void MediaModel::end_what_is_not_allowed() {
    std::vector<std::pair<ViewId, std::string>> ended;
    for (const auto& [id, view] : views_) {
        const auto& c = view.claims;
        const auto pair = std::pair(c.grant.value, c.camera.value);
        if (desired_.revoked.contains(c.grant.value) || desired_.revoked_cameras.contains(pair)) {
            ended.emplace_back(id, "the grant was revoked");
        } else if (c.kind == "relay" && !desired_.relays.contains(pair)) {
            ended.emplace_back(id, "the relay is no longer permitted");
        } else if (desired_.off_duty.contains(c.holder)) {
            ended.emplace_back(id, "its holder left the seat");
        }
    }
    for (const auto& [id, reason] : ended) close(id, reason);
}

std::optional<std::string> MediaModel::refusal(const ticket::Claims& c, const CameraId& camera,
                                               const std::string& kind) const {
    const auto now = clock_.wall();
    const auto pair = std::pair(c.grant.value, c.camera.value);
    if (used_.contains(c.jti)) return "ticket was used";
    if (c.camera != camera || c.kind != kind) return "ticket is for something else";
    if (desired_.revoked.contains(c.grant.value) || desired_.revoked_cameras.contains(pair))
        return "the grant was revoked";
    if ((c.from && now < *c.from) || (c.to && now >= *c.to)) return "outside of the grant's window";
    if (c.kind == "relay" && !desired_.relays.contains(pair)) return "the relay is not permitted";
    if (desired_.off_duty.contains(c.holder)) return "its holder left the seat";
    if (!desired_.cameras.contains(camera.value)) return "the camera is not pulled here";
    return std::nullopt;
}

std::optional<std::string> MediaModel::open(const std::string& ticket, const CameraId& camera,
                                            const std::string& kind) {
    if (!alive_ || !desired_.known) return "media is not there";
    const auto claims = ticket::verify(ticket, desired_.keys, site_, clock_.wall());
    if (!claims) return claims.error().message;
    if (auto why = refusal(*claims, camera, kind)) {
        spool_item("view.refused", *claims, *why);
        return why;
    }
    used_.insert(claims->jti);
    views_[claims->view] = {*claims, clock_.mono()};
    ++opened_;
    spool_item("view.opened", *claims, "");
    return std::nullopt;
}

void MediaModel::close(const ViewId& id, const std::string& reason) {
    const auto found = views_.find(id);
    if (found == views_.end()) return;
    spool_item("view.closed", found->second.claims, reason);
    views_.erase(found);
}

void MediaModel::close_one(const CameraId& camera) {
    for (const auto& [id, view] : views_) {
        if (view.claims.camera == camera && view.claims.kind == "live")
            return close(ViewId(id), "the viewer left");
    }
}

void MediaModel::spool_item(const std::string& kind, const ticket::Claims& c, const std::string& reason) {
    unsynced_.push_back({{"n", next_++},
                         {"kind", kind},
                         {"view", c.view.value},
                         {"grant", c.grant.value},
                         {"camera", c.camera.value},
                         {"holder", c.holder},
                         {"at", to_rfc3339(clock_.wall())},
                         {"way", c.kind == "relay" ? "rtsp" : "whep"},
                         {"ticketKind", c.kind},
                         {"remote", "127.0.0.1:1"},
                         {"reason", reason},
                         {"frames", 1},
                         {"bytes", 1}});
    wake();
}

/// Items that were not told over this connection, oldest first.
void MediaModel::tell() {
    json::array items;
    for (auto n = told_; n < static_cast<std::int64_t>(spool_.size()) && items.size() < 100; ++n) {
        items.push_back(spool_[static_cast<std::size_t>(n)]);
        told_ = n + 1;
    }
    if (!items.empty()) send({{"t", "spool"}, {"items", items}});
}

void MediaModel::tick() {
    if (!alive_) return;
    std::vector<std::pair<ViewId, std::string>> ended;
    for (const auto& [id, view] : views_) {
        if (view.claims.to && clock_.wall() >= *view.claims.to)
            ended.emplace_back(id, "the grant's time is over");
        if (view.claims.kind == "relay" && clock_.mono() - view.renewed_at > 1s)
            ended.emplace_back(id, "the lease ran out");
    }
    for (const auto& [id, reason] : ended) close(id, reason);
    pull_relays();
    spool_.insert(spool_.end(), unsynced_.begin(), unsynced_.end());
    unsynced_.clear();
    if (!forgetful || ++ticks_ % 64 == 0) synced_ = spool_.size();
    if (std::exchange(unsaved_, false)) saved_ = desired_;
    if (saved_used_.size() != used_.size()) saved_used_ = used_;  // It only grows.
    if (connected_) tell();
}

/// One pull for a camera of another site, while somebody here watches it.
void MediaModel::pull_relays() {
    std::set<CameraId> watched;
    for (const auto& [id, view] : views_) {
        const auto wish = desired_.cameras.find(view.claims.camera.value);
        if (wish != desired_.cameras.end() && wish->second) watched.insert(view.claims.camera);
    }
    for (auto at = pulls_.begin(); at != pulls_.end();) {
        auto* other = neighbour_(site_of(at->first));
        auto& pull = at->second;
        if (pull.view && other != nullptr) {
            const auto view = other->views_.find(*pull.view);
            if (view == other->views_.end()) {
                pull.view.reset();  // Cut at the other end: another ticket is asked for.
                pull.waits_since = clock_.mono();
            } else if (watched.contains(at->first)) {
                view->second.renewed_at = clock_.mono();
            } else {
                other->close(ViewId(*pull.view), "nobody watches any more");
            }
        }
        at = watched.contains(at->first) ? std::next(at) : pulls_.erase(at);
    }
    for (const auto& camera : watched) {
        auto& pull = pulls_.try_emplace(camera, Pull{{}, {}, clock_.mono()}).first->second;
        if (pull.view || !connected_ || clock_.mono() - pull.asked_at < 500ms) continue;
        pull.asked_at = clock_.mono();
        send({{"t", "ticket_wanted"}, {"camera", camera.value}, {"height", 0}});
    }
}

void MediaModel::take_ticket(const json::object& message) {
    const CameraId camera{text(message, "camera")};
    const auto pull = pulls_.find(camera);
    auto* other = neighbour_(site_of(camera));
    const auto ticket = text(message, "ticket");
    if (ticket.empty() || pull == pulls_.end() || pull->second.view || other == nullptr) return;
    if (other->open(ticket, camera, "relay")) return;
    for (const auto& [id, view] : other->views_) {
        // The newest view of this ticket: a ticket opens once, so its jti names it.
        if (view.claims.jti ==
            ticket::verify(ticket, other->desired_.keys, other->site_, other->clock_.wall()).value().jti) {
            pull->second.view = id;
            ++pulled_;
        }
    }
}

}  // namespace bongsu::simulation
