// What media is told (docs/adr/0005: the full desired state, then deltas) and what it tells.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "app/site/fields.hpp"
#include "app/site/turning.hpp"
#include "base/log.hpp"
#include "grant/mint.hpp"
#include "grant/read.hpp"
#include "grant/views.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr int kVersion = 1;

json::object camera_wish(const CameraId& id, const std::string& main, const std::string& sub,
                         std::string_view mode, bool relay) {
    return {{"id", id.value}, {"main", main}, {"sub", sub}, {"mode", mode}, {"relay", relay}};
}

}  // namespace

/// What media should pull of another site's camera while a permitted grant lives; null when none does.
json::value Site::relay_wish(const std::string& camera) const {
    if (!relays_permitted_.contains(camera)) return nullptr;
    const auto* site = options_.city.find({camera.substr(0, camera.find('-'))});
    if (site == nullptr || site->id == options_.id) return nullptr;
    // The district's media serves the size that the ticket allows; the path says which for the log's reader.
    const auto url = "rtsp://127.0.0.1:" + std::to_string(site->rtsp) + "/" + camera;
    return camera_wish({camera}, url, url, moving_.is_warm(camera) ? "warm" : "demand", true);
}

json::object Site::media_state() {
    json::array cameras;
    // Our own connected cameras always; one without a URL may stand in the media process's cameras.toml.
    for (const auto& id : own_cameras_) {
        const auto* camera = directory_.find(id);
        if (camera == nullptr) continue;
        cameras.push_back(camera_wish(id, camera->main_url, camera->sub_url, "always", false));
    }
    relays_sent_.clear();
    for (const auto& [camera, grants] : relays_permitted_) {
        auto wish = relay_wish(camera);
        if (wish.is_null()) continue;
        relays_sent_[camera] = moving_.is_warm(camera);
        cameras.push_back(std::move(wish));
    }
    relays_touched_.clear();
    json::object keys;
    const auto add_key = [&](const SiteInfo& site) {
        keys[site.ticket_kid] = crypto::to_base64url(site.ticket_public);
    };
    add_key(here());
    if (!is_centre()) add_key(options_.city.centre_info());
    json::array origins;
    for (const auto* host : {"http://127.0.0.1:", "http://localhost:"}) {
        origins.emplace_back(host + std::to_string(options_.city.centre_info().http));
        if (!is_centre()) origins.emplace_back(host + std::to_string(here().http));
    }
    json::array revoked;
    if (const auto list = grant::revocations(*folds_db_, env_.clock.wall())) {
        for (const auto& item : *list) {
            json::value cameras_of_it = nullptr;
            if (item.cameras) {
                json::array ids;
                for (const auto& camera : *item.cameras) ids.emplace_back(camera.value);
                cameras_of_it = std::move(ids);
            }
            revoked.push_back({{"grant", item.grant.value},
                               {"cameras", std::move(cameras_of_it)},
                               {"reason", item.reason}});
        }
    }
    auto off_duty_now = off_duty().value_or(json::array{});
    return {{"t", "state"},  {"v", kVersion},      {"site", options_.id.value}, {"origins", origins},
            {"keys", keys},  {"cameras", cameras}, {"revoked", revoked},        {"relays", media_relays()},
            {"offDuty", std::move(off_duty_now)}, {"spoolFrom", 0}};
}

json::array Site::media_relays() {
    json::array pairs;
    if (const auto relays = federation::relays(*book_)) {
        for (const auto& relay : *relays)
            pairs.push_back({{"grant", relay.grant.value}, {"camera", relay.camera.value}});
    }
    return pairs;
}

/// What a batch changed, once: of each grant whose relays came or went, the cameras that it may pull now.
void Site::tell_media_changes(Outputs& out) {
    tell_off_duty(out);
    if (media_up_ && (!relays_touched_.empty() || !relays_changed_.empty()) && env_.buggify("media.full_state")) {
        relays_changed_.clear();
        return out.to_media.push_back(media_state());
    }
    send_media_cameras(out);
    if (relays_changed_.empty()) return;
    json::array grants;
    for (const auto& grant : std::exchange(relays_changed_, {})) {
        json::array cameras;
        if (const auto list = federation::cameras_of(*book_, grant)) {
            for (const auto& camera : *list) cameras.emplace_back(camera.value);
        }
        grants.push_back({{"grant", grant.value}, {"cameras", std::move(cameras)}});
    }
    out.to_media.push_back({{"t", "relays"}, {"grants", std::move(grants)}});
}

/// The difference between what media was told and what holds now: it looks only where something changed, for thousands of
/// relays may stand.
void Site::send_media_cameras(Outputs& out) {
    const auto touched = std::exchange(relays_touched_, {});
    if (!media_up_) return;
    json::array set, remove;
    for (const auto& camera : touched) {
        auto wish = relay_wish(camera);
        if (wish.is_null()) {
            if (relays_sent_.erase(camera) > 0) remove.emplace_back(camera);
        } else {
            const bool is_warm = moving_.is_warm(camera);
            const auto [sent, is_new] = relays_sent_.try_emplace(camera, is_warm);
            if (is_new || std::exchange(sent->second, is_warm) != is_warm) set.push_back(std::move(wish));
        }
    }
    if (!set.empty() || !remove.empty())
        out.to_media.push_back({{"t", "cameras"}, {"set", std::move(set)}, {"remove", std::move(remove)}});
}

void Site::on_media(const json::object& message, Outputs& out) {
    const auto kind = text_field(message, "t");
    if (kind == "hello") {
        if (number_field(message, "v") != kVersion)
            LOG_ERROR("media.version", {{"theirs", number_field(message, "v")}});
        return turning_->learn(message);
    }
    if (kind == "turned") return turning_->answered(message, out);
    if (kind == "ticket_wanted") return answer_ticket_wanted(message, out);
    if (kind == "camera") return take_camera_state(message, out);
    if (kind == "stats") {
        media_stats_ = message;
        return;
    }
    if (kind != "spool") {
        LOG_WARN("media.unknown_message", {{"message", kind}});
        return;
    }
    const auto* items = message.if_contains("items");
    if (items == nullptr || !items->is_array() || spool_gap_) return;
    std::int64_t last = 0;
    const auto done = attempt([&]() -> Result<void> {
        for (const auto& item : items->get_array()) {
            if (!item.is_object()) return fail(ErrorKind::corrupt, "a spool item must be an object");
            last = std::max(last, number_field(item.get_object(), "n"));
            const auto report = grant::parse_view_report(item.get_object(), options_.id);
            if (!report) {  // No later try would make it good: it is counted and acknowledged.
                ++spool_items_refused_;
                LOG_ERROR("media.spool_item_refused", {{"n", last}, {"why", report.error().message}});
                continue;
            }
            TRY_DO(grant::record_view(*book_, *report));
        }
        return {};
    });
    if (!done) {
        LOG_ERROR("media.spool_refused", {{"why", done.error().message}});
        spool_gap_ = out.links_begin_anew = true;
        return;
    }
    if (last > 0) out.to_media.push_back({{"t", "spool_ack"}, {"n", last}});
}

void Site::take_camera_state(const json::object& message, Outputs& out) {
    const CameraId id{text_field(message, "id")};
    const auto* camera = directory_.find(id);
    if (camera == nullptr || camera->site != options_.id)
        return;  // A relayed camera's health is its own site's to say.
    const bool was_live = camera->live();
    const auto state = device::parse_state(text_field(message, "state"));
    if (!state) return;
    const auto changed = directory_.set_state(id, *state, text_field(message, "cause"), env_.clock.wall(), text_field(message, "code"));
    if (!changed || !*changed) return;
    publish_camera(id, out);
    camera = directory_.find(id);
    if (!is_centre()) {
        for (const auto& peer : peers_up_) out.to_bus.push_back({peer, camera_message(*camera)});
    }
    if (camera->live() == was_live) return;
    const auto done = attempt([&]() -> Result<void> {
        TRY_DO(book_->append({was_live ? "camera.lost" : "camera.back",
                              "site:" + options_.id.value,
                              {"camera:" + id.value},
                              {{"camera", id.value}, {"cause", camera->cause}}}));
        return {};
    });
    if (!done) LOG_ERROR("site.append_failed", {{"why", done.error().message}});
}

/// Without media nobody sees our cameras: they are not live until it says so again.
void Site::lose_own_cameras(Outputs& out) {
    for (const auto& id : own_cameras_) {
        const auto changed = directory_.set_state(id, device::State::unreachable,
                                                  "the media process is restarting", env_.clock.wall(), "media_restarting");
        if (!changed || !*changed) continue;
        publish_camera(id, out);
        if (is_centre()) continue;
        for (const auto& peer : peers_up_) out.to_bus.push_back({peer, camera_message(*directory_.find(id))});
    }
}

void Site::answer_ticket_wanted(const json::object& message, Outputs& out) {
    const CameraId camera{text_field(message, "camera")};
    const auto height = number_field(message, "height");
    json::object reply{{"t", "ticket"}, {"camera", camera.value}, {"height", height}};
    const auto claims = claims_for_relay(camera, static_cast<int>(height));
    if (claims) {
        reply["ticket"] = ticket::sign(*claims, ticket_key_.pair);
    } else {
        reply["error"] = claims.error().message;
    }
    out.to_media.push_back(std::move(reply));
}

/// One pull serves the viewers of every grant: it rides on the one that ends last, for its end cuts them all.
Result<ticket::Claims> Site::claims_for_relay(const CameraId& camera, int height) {
    const auto relay = relays_permitted_.find(camera.value);
    Result<ticket::Claims> best = fail(ErrorKind::forbidden, "no permitted relay for this camera");
    if (relay == relays_permitted_.end()) return best;
    const SiteId owner{camera.value.substr(0, camera.value.find('-'))};
    for (const auto& id : relay->second) {
        const auto grant = grant::find_grant(*folds_db_, {id});
        auto claims = grant ? grant::relay_claims(env_, *grant, camera, height, ticket_key_.kid, owner, options_.id,
                                                  env_.clock.wall())
                            : Result<ticket::Claims>(tl::unexpected(grant.error()));
        if (!best || (claims && claims->to > best->to)) best = std::move(claims);
    }
    return best;
}

}  // namespace bongsu::app
