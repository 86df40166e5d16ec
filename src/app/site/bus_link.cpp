// What the other sites are told, and what they tell. Every connection begins with the full state; nothing is
// a command log.
#include <algorithm>
#include <boost/json/array.hpp>

#include "app/site/fields.hpp"
#include "app/site/site.hpp"
#include "base/log.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "grant/views.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr int kVersion = 1;
constexpr std::size_t kParcelsAtOnce = 200;
constexpr std::size_t kCatalogueLinesAtOnce = 2000;
/// A district's checkpoint is held by the centre and, where so many are there, by this many further sites: two others
/// at least when one of them stops at that moment, and no more entries a site however many sites there are.
constexpr std::size_t kFurtherHolders = 2;

std::vector<CameraId> camera_list(const json::object& object) {
    std::vector<CameraId> out;
    const auto* value = object.if_contains("cameras");
    if (value == nullptr || !value->is_array()) return out;
    for (const auto& item : value->get_array()) {
        if (item.is_string()) out.push_back({std::string(item.get_string())});
    }
    return out;
}

/// Whether a message failed for a reason of this site: a full batch, a full disk, a database that does not answer.
bool is_ours(ErrorKind kind) {
    return kind == ErrorKind::exhausted || kind == ErrorKind::unavailable || kind == ErrorKind::timeout;
}

SiteId site_of(const CameraId& camera) { return {camera.value.substr(0, camera.value.find('-'))}; }

json::object order_message(const grant::Grant& grant, const std::vector<CameraId>& cameras) {
    json::array list;
    for (const auto& camera : cameras) list.emplace_back(camera.value);
    return {{"t", "relay_order"},       {"grant", grant.id.value}, {"cameras", list},
            {"purpose", grant.purpose}, {"basis", grant.basis},    {"incident", grant.incident.value},
            {"to", to_us(grant.to)}};
}

}  // namespace

void Site::on_bus_up(const SiteId& peer, Outputs& out) {
    peers_up_.insert(peer);
    outbox_sent_.erase(peer);
    LOG_INFO("bus.up", {{"site", peer.value}});
    if (is_centre()) {
        out.to_bus.push_back({peer, {{"t", "welcome"}, {"v", kVersion}, {"site", options_.id.value}}});
        send_relay_orders(peer, out);
        send_outbox(peer, out);
        send_checkpoints(peer, out);
        return;
    }
    // A district says what it has; URLs of cameras never leave it.
    out.to_bus.push_back({peer, {{"t", "hello"}, {"v", kVersion}, {"site", options_.id.value}}});
    send_catalogue(peer, out);
    send_checkpoints(peer, out);
}

/// All that this district has, and the state of what is connected.
void Site::send_catalogue(const SiteId& peer, Outputs& out) {
    std::vector<const device::Camera*> own;
    for (const auto& camera : directory_.cameras()) {
        if (camera.site == options_.id) own.push_back(&camera);
    }
    for (std::size_t at = 0, part = 0; at < own.size() || part == 0; ++part) {
        std::string lines;
        const auto at_once = env_.buggify("bus.catalogue_line_by_line") ? 1 : kCatalogueLinesAtOnce;
        const auto end = std::min(own.size(), at + at_once);
        for (; at < end; ++at) lines += device::catalogue_line(*own[at], device::Urls::omit);
        out.to_bus.push_back(
            {peer, {{"t", "catalogue"}, {"first", part == 0}, {"last", at >= own.size()}, {"lines", lines}}});
    }
    for (const auto* camera : own) {
        if (camera->connected()) out.to_bus.push_back({peer, camera_message(*camera)});
    }
}

json::object Site::camera_message(const device::Camera& camera) const {
    return {{"t", "camera"},
            {"id", camera.id.value},
            {"state", device::to_string(camera.state)},
            {"cause", camera.cause},
            {"code", camera.cause_code},
            {"at", to_us(camera.state_at)}};
}

void Site::on_bus_down(const SiteId& peer, Outputs& out) {
    peers_up_.erase(peer);
    outbox_sent_.erase(peer);
    LOG_WARN("bus.down", {{"site", peer.value}});
    if (!is_centre()) return;  // A district goes on by itself; the relay's lease ends what the centre pulled.
    std::erase_if(relays_permitted_, [&](const auto& relay) {
        if (site_of({relay.first}) != peer) return false;
        relays_touched_.insert(relay.first);
        return true;
    });
    directory_.set_site_unreachable(peer, "the link to the district is down", env_.clock.wall());
    publish_site(peer, out);
}

void Site::send_relay_orders(const SiteId& peer, Outputs& out) {
    json::array live;
    std::vector<json::object> orders;
    const auto grants = grant::live_grants(*folds_db_, env_.clock.wall());
    if (!grants) return;
    for (const auto& grant : *grants) {
        std::vector<CameraId> theirs;
        for (const auto& camera : grant.cameras) {
            if (site_of(camera) == peer) theirs.push_back(camera);
        }
        if (theirs.empty()) continue;
        live.emplace_back(grant.id.value);
        orders.push_back(order_message(grant, theirs));
    }
    out.to_bus.push_back({peer, {{"t", "relay_live"}, {"grants", live}}});
    for (auto& order : orders) out.to_bus.push_back({peer, std::move(order)});
}

/// A grant changed: its districts are told what holds now. One issued just now is news to those alone whose
/// cameras it has: the others have nothing to end.
void Site::order_relays(const GrantId& id, bool issued_now, Outputs& out) {
    const auto grant = grant::find_grant(*folds_db_, id);
    if (!grant) return;
    std::map<SiteId, std::vector<CameraId>> by_site;
    if (grant->state_at(env_.clock.wall()) == grant::GrantState::live) {
        for (const auto& camera : grant->cameras) {
            if (site_of(camera) != options_.id) by_site[site_of(camera)].push_back(camera);
        }
    }
    for (const auto& peer : peers_up_) {
        const auto found = by_site.find(peer);
        if (found != by_site.end()) {
            out.to_bus.push_back({peer, order_message(*grant, found->second)});
        } else if (!issued_now) {
            out.to_bus.push_back(
                {peer,
                 {{"t", "relay_end"},
                  {"grant", id.value},
                  {"reason", grant->reason.empty() ? "the camera left the grant" : grant->reason}}});
        }
    }
    if (issued_now) return;  // Nothing was permitted under it yet.
    for (auto relay = relays_permitted_.begin(); relay != relays_permitted_.end();) {
        auto& [camera, grants] = *relay;
        const auto found = by_site.find(site_of({camera}));
        const bool stays = found != by_site.end() && std::find(found->second.begin(), found->second.end(),
                                                               CameraId{camera}) != found->second.end();
        if (!stays && grants.erase(id.value) > 0 && grants.empty()) {
            relays_touched_.insert(camera);
            relay = relays_permitted_.erase(relay);
        } else {
            ++relay;
        }
    }
}

void Site::send_outbox(const SiteId& peer, Outputs& out) {
    if (!peers_up_.contains(peer)) return;
    const auto acknowledged = federation::acknowledged(*folds_db_, peer);
    if (!acknowledged) return;
    auto& sent = outbox_sent_[peer];
    sent = std::max(sent, *acknowledged);
    if (sent > *acknowledged) return;  // One load under way at a time keeps order and memory small.
    const auto parcels = federation::parcels(*folds_db_, peer, sent,
                                             env_.buggify("bus.one_parcel_at_once") ? 1 : kParcelsAtOnce);
    if (!parcels || parcels->empty()) return;
    json::array items;
    for (const auto& parcel : *parcels) items.push_back(federation::to_json(parcel));
    sent = parcels->back().seq;
    out.to_bus.push_back({peer, {{"t", "outbox"}, {"items", items}}});
}

void Site::on_bus(const SiteId& peer, const json::object& message, Outputs& out) {
    const auto kind = text_field(message, "t");
    if (kind == "hello" || kind == "welcome") {
        if (number_field(message, "v") != kVersion)
            LOG_ERROR("bus.version", {{"site", peer.value}, {"theirs", number_field(message, "v")}});
        return;
    }
    const auto done = attempt([&]() -> Result<void> {
        return is_centre() ? from_district(peer, kind, message, out) : from_centre(peer, kind, message, out);
    });
    if (done) return;
    LOG_WARN("bus.refused", {{"site", peer.value}, {"message", kind}, {"why", done.error().message}});
    // The peer said nothing wrong, and will not say it again on this connection.
    if (is_ours(done.error().kind)) out.links_begin_anew = true;
}

Result<void> Site::from_district(const SiteId& peer, const std::string& kind, const json::object& message,
                                 Outputs& out) {
    if (kind == "catalogue") return take_catalogue(peer, message, out);
    if (kind == "camera") {
        const CameraId id{text_field(message, "id")};
        if (site_of(id) != peer)
            return fail(ErrorKind::forbidden, "a district speaks for its own cameras only");
        TRY(const auto state, device::parse_state(text_field(message, "state")));
        // The newest word on its link holds, whatever its date: a link that was down left our own, younger
        // one.
        const auto* known = directory_.find(id);
        const auto at =
            std::max(from_us(number_field(message, "at")), known != nullptr ? known->state_at : WallTime{});
        TRY(const bool changed, directory_.set_state(id, state, text_field(message, "cause"), at, text_field(message, "code")));
        if (changed) publish_camera(id, out);
        return {};
    }
    if (kind == "relay_permitted") {
        const auto grant = text_field(message, "grant");
        // The grant may have ended, or lost the camera, while this answer was on its way: nothing would take it back.
        TRY(const auto known, grant::find_grant(*folds_db_, {grant}));
        if (known.state_at(env_.clock.wall()) != grant::GrantState::live) return {};
        for (const auto& camera : camera_list(message)) {
            if (site_of(camera) != peer || !known.has(camera)) continue;
            relays_permitted_[camera.value].insert(grant);
            relays_touched_.insert(camera.value);
        }
        return {};
    }
    if (kind == "relay_refused") return take_refusal(peer, message);
    if (kind == "outbox_ack") {
        TRY_DO(federation::acknowledge(*folds_db_, peer,
                                       static_cast<std::uint64_t>(number_field(message, "seq"))));
        send_outbox(peer, out);
        return {};
    }
    if (kind == "checkpoint") return hold_checkpoint(message, out);
    return fail(ErrorKind::invalid, "unknown message");
}

Result<void> Site::from_centre(const SiteId& peer, const std::string& kind, const json::object& message,
                               Outputs& out) {
    if (peer != options_.city.centre) return fail(ErrorKind::forbidden, "no site but the centre orders anything here");
    if (!contract_) return fail(ErrorKind::forbidden, "this site has no contract");
    if (kind == "relay_order") {
        const federation::RelayOrder order{.grant = {text_field(message, "grant")},
                                           .cameras = camera_list(message),
                                           .purpose = text_field(message, "purpose"),
                                           .basis = text_field(message, "basis"),
                                           .incident = text_field(message, "incident"),
                                           .to = from_us(number_field(message, "to"))};
        for (const auto& camera : order.cameras) {
            const auto* known = directory_.find(camera);
            if (known == nullptr || known->site != options_.id)
                return fail(ErrorKind::not_found, "camera " + camera.value + " is not ours");
        }
        TRY(const auto answer, federation::order(*book_, *contract_, peer, order));
        json::array list;
        for (const auto& camera : order.cameras) list.emplace_back(camera.value);
        json::object reply{{"t", answer.permitted ? "relay_permitted" : "relay_refused"},
                           {"grant", order.grant.value},
                           {"cameras", list}};
        if (!answer.permitted) reply["reason"] = answer.reason;
        // Media hears of it with this batch and before the centre, which pulls at once.
        if (answer.permitted) relays_changed_.insert(order.grant);
        out.to_bus.push_back({peer, std::move(reply)});
        return {};
    }
    if (kind == "relay_end") {
        TRY_DO(federation::end(*book_, {text_field(message, "grant")}, text_field(message, "reason")));
        return {};
    }
    if (kind == "relay_live") {
        std::vector<GrantId> live;
        if (const auto* grants = message.if_contains("grants"); grants != nullptr && grants->is_array()) {
            for (const auto& item : grants->get_array()) {
                if (item.is_string()) live.push_back({std::string(item.get_string())});
            }
        }
        TRY_DO(federation::keep_only(*book_, live, "the centre no longer lists the grant"));
        return {};
    }
    if (kind == "outbox") {
        std::uint64_t last = 0;
        const auto* items = message.if_contains("items");
        if (items == nullptr || !items->is_array()) return fail(ErrorKind::corrupt, "outbox without items");
        for (const auto& item : items->get_array()) {
            if (!item.is_object()) return fail(ErrorKind::corrupt, "an outbox parcel must be an object");
            TRY(const auto parcel, federation::parcel_of(item.get_object()));
            // Who looks at others' cameras is not this district's to keep.
            if (const CameraId camera{text_field(parcel.payload, "camera")}; site_of(camera) != options_.id) {
                LOG_ERROR("bus.parcel_refused", {{"seq", parcel.seq}, {"why", "its camera is not ours"}});
                last = parcel.seq;
                continue;
            }
            const auto copied = grant::record_copied(*book_, peer, parcel.kind, parcel.payload);
            if (!copied && copied.error().kind != ErrorKind::invalid) return tl::unexpected(copied.error());
            if (!copied)
                LOG_ERROR("bus.parcel_refused", {{"seq", parcel.seq}, {"why", copied.error().message}});
            last = parcel.seq;
        }
        out.to_bus.push_back({peer, {{"t", "outbox_ack"}, {"seq", static_cast<std::int64_t>(last)}}});
        return {};
    }
    if (kind == "checkpoint") return hold_checkpoint(message, out);
    return fail(ErrorKind::invalid, "unknown message");
}

Result<void> Site::take_catalogue(const SiteId& peer, const json::object& message, Outputs& out) {
    auto& pending = catalogues_coming_[peer];
    if (message.contains("first") && message.at("first") == true) pending.clear();
    pending += text_field(message, "lines");
    if (!message.contains("last") || message.at("last") != true) return {};
    const auto lines = std::move(pending);
    catalogues_coming_.erase(peer);
    const auto before = directory_.size();
    const auto digest = crypto::to_hex(crypto::sha256(lines));
    auto& known = catalogues_known_[peer];
    const bool is_known = known.digest == digest;
    if (!is_known) {
        TRY(known.cameras, directory_.replace_site(peer, lines));
        known.digest = digest;
        ++directory_version_;
        const auto folder = site_folder(options_.data, options_.id) + "/catalogues";
        if (!options_.in_memory) {
            TRY_DO(env_.disk.make_folders(folder));
            TRY_DO(env_.disk.replace(folder + "/" + peer.value + ".jsonl", lines));
        }
    }
    const auto count = known.cameras;
    LOG_INFO("catalogue.taken",
             {{"site", peer.value}, {"cameras", count}, {"before", before}, {"known", is_known}});
    TRY_DO(book_->append(
        {"catalogue.taken",
         "site:" + peer.value,
         {"site:" + peer.value},
         {{"site", peer.value}, {"cameras", static_cast<std::int64_t>(count)}, {"digest", digest}}}));
    ++idle_entries_;
    publish_site(peer, out);
    return {};
}

Result<void> Site::take_refusal(const SiteId& peer, const json::object& message) {
    const GrantId id{text_field(message, "grant")};
    TRY(const auto grant, grant::find_grant(*folds_db_, id));
    std::vector<CameraId> kept;
    for (const auto& camera : grant.cameras) {
        if (site_of(camera) != peer) kept.push_back(camera);
    }
    LOG_WARN("relay.refused",
             {{"site", peer.value}, {"grant", id.value}, {"why", text_field(message, "reason")}});
    if (kept.size() == grant.cameras.size() || grant.state_at(env_.clock.wall()) != grant::GrantState::live)
        return {};
    TRY_DO(grant::change_cameras(*book_, "site:" + peer.value, id, kept));
    return {};
}

/// Another site's checkpoint becomes an entry here; the centre hands it on to the next sites behind its owner that are
/// there.
Result<void> Site::hold_checkpoint(const json::object& message, Outputs& out) {
    const auto* body = message.if_contains("checkpoint");
    if (body == nullptr || !body->is_object()) return fail(ErrorKind::corrupt, "checkpoint without its body");
    TRY(const auto checkpoint, journal::checkpoint_from_json(body->get_object()));
    const auto* owner = options_.city.find(checkpoint.site);
    if (owner == nullptr || owner->checkpoint_kid != checkpoint.kid || checkpoint.site == options_.id) {
        return fail(ErrorKind::forbidden, "a checkpoint of an unknown key");
    }
    TRY(const bool fresh, federation::hold(*book_, checkpoint, owner->checkpoint_public));
    if (fresh) ++idle_entries_;
    if (!is_centre()) return {};
    // After our own restart it is handed on once more: it may have got no further.
    const bool is_known = checkpoints_known_.contains(checkpoint.site);
    if (!fresh && (is_known || !journal::check(checkpoint, owner->checkpoint_public))) return {};
    for (const auto& peer : further_holders(checkpoint.site))
        out.to_bus.push_back({peer, {{"t", "checkpoint"}, {"checkpoint", *body}}});
    checkpoints_known_[checkpoint.site] = body->get_object();
    return {};
}

/// Of the sites that are there, the next ones behind the owner.
std::vector<SiteId> Site::further_holders(const SiteId& owner) const {
    std::vector<SiteId> holders;
    auto next = peers_up_.upper_bound(owner);
    for (std::size_t seen = 0; seen < peers_up_.size() && holders.size() < kFurtherHolders; ++seen) {
        if (next == peers_up_.end()) next = peers_up_.begin();
        if (*next != owner) holders.push_back(*next);
        ++next;
    }
    return holders;
}

/// What a site that is there again may have missed: ours, and those of districts that it is to hold.
void Site::send_checkpoints(const SiteId& peer, Outputs& out) {
    const auto send = [&](json::object checkpoint) {
        out.to_bus.push_back({peer, {{"t", "checkpoint"}, {"checkpoint", std::move(checkpoint)}}});
    };
    if (last_checkpoint_) send(journal::to_json(*last_checkpoint_));
    for (const auto& [owner, checkpoint] : checkpoints_known_) {
        const auto holders = further_holders(owner);
        if (std::find(holders.begin(), holders.end(), peer) != holders.end()) send(checkpoint);
    }
}

}  // namespace bongsu::app
