#include "view/state.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <set>

#include "crypto/crypto.hpp"
#include "http/message.hpp"

namespace bongsu::view {
namespace {

namespace json = boost::json;
constexpr std::size_t kRevokedMax = 100'000, kCamerasMax = 50'000, kRelaysMax = 100'000, kOffDutyMax = 10'000;
constexpr std::size_t kMessageBytesMax = 16U << 20;

Result<json::array> list_of(const json::object& object, std::string_view field, std::size_t max,
                            bool required = true) {
    const json::value* value = object.if_contains(field);
    if (value == nullptr && !required) return json::array{};
    if (value == nullptr || !value->is_array()) {
        return fail(ErrorKind::invalid, std::string(field) + " must be a list");
    }
    if (value->as_array().size() > max) return fail(ErrorKind::invalid, std::string(field) + " is too long");
    return value->as_array();
}

Result<json::object> object_of(const json::value& value, std::string_view field) {
    if (!value.is_object()) return fail(ErrorKind::invalid, std::string(field) + " must hold objects");
    return value.as_object();
}

Result<std::string> text_of(const json::value& value, std::string_view field) {
    if (!value.is_string() || value.as_string().empty() || value.as_string().size() > 256) {
        return fail(ErrorKind::invalid, std::string(field) + " must hold texts of 1 to 256 bytes");
    }
    return std::string(value.as_string());
}

Result<CameraWish> to_camera(const json::value& value) {
    TRY(const auto object, object_of(value, "cameras"));
    CameraWish camera;
    TRY(camera.id.value, http::required_text(object, "id", 64));
    TRY(auto main, http::optional_text(object, "main", 2048));
    camera.main = std::move(main).value_or("");
    TRY(auto sub, http::optional_text(object, "sub", 2048));
    camera.sub = std::move(sub).value_or("");
    TRY(camera.mode, http::required_text(object, "mode", 16));
    if (camera.mode != "always" && camera.mode != "demand" && camera.mode != "warm") {
        return fail(ErrorKind::invalid, "mode of camera " + camera.id.value + " is unknown");
    }
    const json::value* relay = object.if_contains("relay");
    if (relay != nullptr && !relay->is_bool()) return fail(ErrorKind::invalid, "relay must be true or false");
    camera.relay = relay != nullptr && relay->as_bool();
    if (camera.relay && camera.main.empty()) return fail(ErrorKind::invalid, "main of the relayed camera " + camera.id.value + " is missing");
    return camera;
}

Result<Revoked> to_revoked(const json::value& value) {
    TRY(const auto object, object_of(value, "revoked"));
    Revoked revoked;
    TRY(revoked.grant.value, http::required_text(object, "grant", 64));
    TRY(auto reason, http::optional_text(object, "reason", 256));
    revoked.reason = std::move(reason).value_or("");
    const json::value* cameras = object.if_contains("cameras");
    if (cameras == nullptr || cameras->is_null()) return revoked;
    TRY(const auto list, list_of(object, "cameras", kCamerasMax));
    revoked.cameras.emplace();
    for (const json::value& camera : list) {
        TRY(auto id, text_of(camera, "cameras"));
        revoked.cameras->push_back({std::move(id)});
    }
    return revoked;
}

Result<std::vector<Revoked>> to_revoked_list(const json::object& message, std::string_view field) {
    TRY(const auto list, list_of(message, field, kRevokedMax));
    std::vector<Revoked> out;
    for (const json::value& value : list) {
        TRY(auto revoked, to_revoked(value));
        out.push_back(std::move(revoked));
    }
    return out;
}

/// A full state's list of pairs.
Result<Relays> to_relays(const json::object& message, std::string_view field) {
    TRY(const auto list, list_of(message, field, kRelaysMax));
    Relays out;
    for (const json::value& value : list) {
        TRY(const auto object, object_of(value, field));
        GrantId grant;
        CameraId camera;
        TRY(grant.value, http::required_text(object, "grant", 64));
        TRY(camera.value, http::required_text(object, "camera", 64));
        out[std::move(grant)].insert(std::move(camera));
    }
    return out;
}

Result<std::set<std::string>> to_holders(const json::object& message, std::string_view field, bool required) {
    TRY(const auto list, list_of(message, field, kOffDutyMax, required));
    std::set<std::string> out;
    for (const json::value& value : list) {
        TRY(auto holder, text_of(value, field));
        out.insert(std::move(holder));
    }
    return out;
}

Result<ticket::Keys> to_keys(const json::object& message) {
    const json::value* value = message.if_contains("keys");
    if (value == nullptr || !value->is_object()) return fail(ErrorKind::invalid, "keys must be an object");
    ticket::Keys keys;
    for (const auto& [kid, key] : value->as_object()) {
        TRY(const auto text, text_of(key, "keys"));
        TRY(auto raw, crypto::from_base64url(text, "keys"));
        if (raw.size() != 32) return fail(ErrorKind::invalid, "keys must hold 32 bytes each");
        keys.emplace(std::string(kid), std::move(raw));
    }
    return keys;
}

void merge(std::map<GrantId, Revoked>& into, Revoked revoked) {
    const GrantId grant = revoked.grant;
    auto& same = into.try_emplace(grant, Revoked{grant, std::vector<CameraId>{}, revoked.reason}).first->second;
    if (!revoked.cameras) {
        same = std::move(revoked);
    } else if (same.cameras) {
        for (CameraId& camera : *revoked.cameras) {
            if (std::find(same.cameras->begin(), same.cameras->end(), camera) == same.cameras->end()) {
                same.cameras->push_back(std::move(camera));
            }
        }
    }
}

std::size_t revoked_after(const Desired& desired, const std::vector<Revoked>& more) {
    std::set<GrantId> fresh;
    for (const Revoked& revoked : more) {
        if (!desired.revoked.contains(revoked.grant)) fresh.insert(revoked.grant);
    }
    return desired.revoked.size() + fresh.size();
}

std::size_t relay_pairs_after(const Desired& desired, const Relays& changed) {
    std::size_t pairs = desired.relay_pairs;
    for (const auto& [grant, cameras] : changed) {
        if (const auto known = desired.relays.find(grant); known != desired.relays.end()) pairs -= known->second.size();
        pairs += cameras.size();
    }
    return pairs;
}

json::array revoked_json(const std::map<GrantId, Revoked>& list) {
    json::array out;
    for (const auto& [grant, revoked] : list) {
        json::value cameras = nullptr;
        if (revoked.cameras) {
            json::array ids;
            for (const CameraId& id : *revoked.cameras) ids.emplace_back(id.value);
            cameras = std::move(ids);
        }
        out.push_back(
            json::object{{"grant", revoked.grant.value}, {"cameras", cameras}, {"reason", revoked.reason}});
    }
    return out;
}

}  // namespace

Result<Desired> parse_state(const json::object& message) {
    const json::value* version = message.if_contains("v");
    if (version == nullptr || !version->is_int64() || version->as_int64() != 1) {
        return fail(ErrorKind::invalid, "v must be 1");
    }
    Desired out;
    TRY(out.site.value, http::required_text(message, "site", 64));
    TRY(const auto origins, list_of(message, "origins", 64));
    for (const json::value& value : origins) {
        TRY(auto origin, text_of(value, "origins"));
        out.origins.push_back(std::move(origin));
    }
    TRY(out.keys, to_keys(message));
    TRY(const auto cameras, list_of(message, "cameras", kCamerasMax));
    for (const json::value& value : cameras) {
        TRY(auto camera, to_camera(value));
        CameraId id = camera.id;
        out.cameras.insert_or_assign(std::move(id), std::move(camera));
    }
    TRY(auto revoked, to_revoked_list(message, "revoked"));
    for (Revoked& one : revoked) merge(out.revoked, std::move(one));
    TRY(out.relays, to_relays(message, "relays"));
    for (const auto& [grant, of_grant] : out.relays) out.relay_pairs += of_grant.size();
    TRY(out.off_duty, to_holders(message, "offDuty", false));  // A state that an older version saved has none.
    const json::value* from = message.if_contains("spoolFrom");
    if (from != nullptr && (!from->is_int64() || from->as_int64() < 0)) {
        return fail(ErrorKind::invalid, "spoolFrom must be a number from 0");
    }
    out.spool_from = from != nullptr ? static_cast<std::uint64_t>(from->as_int64()) : 0;
    return out;
}

Result<std::vector<Revoked>> parse_revoke(const json::object& message) {
    return to_revoked_list(message, "grants");
}

Result<Relays> parse_relays(const json::object& message) {
    TRY(const auto list, list_of(message, "grants", kRelaysMax));
    Relays out;
    for (const json::value& value : list) {
        TRY(const auto object, object_of(value, "grants"));
        GrantId grant;
        TRY(grant.value, http::required_text(object, "grant", 64));
        TRY(const auto cameras, list_of(object, "cameras", kCamerasMax));
        auto& of_grant = out[std::move(grant)];
        for (const json::value& camera : cameras) {
            TRY(auto id, text_of(camera, "cameras"));
            of_grant.insert({std::move(id)});
        }
    }
    return out;
}

Result<std::set<std::string>> parse_off_duty(const json::object& message) { return to_holders(message, "holders", true); }

Result<void> apply_delta(Desired& desired, const json::object& message) {
    TRY(const auto name, http::required_text(message, "t", 32));
    if (name == "cameras") {
        TRY(const auto set, list_of(message, "set", kCamerasMax, false));
        TRY(const auto remove, list_of(message, "remove", kCamerasMax, false));
        auto cameras = desired.cameras;
        for (const json::value& value : remove) {
            TRY(auto id, text_of(value, "remove"));
            cameras.erase(CameraId{std::move(id)});
        }
        for (const json::value& value : set) {
            TRY(auto camera, to_camera(value));
            CameraId id = camera.id;
            cameras.insert_or_assign(std::move(id), std::move(camera));
        }
        if (cameras.size() > kCamerasMax) return fail(ErrorKind::exhausted, "cameras: there are too many");
        desired.cameras = std::move(cameras);
    } else if (name == "revoke") {
        TRY(auto grants, parse_revoke(message));
        if (revoked_after(desired, grants) > kRevokedMax) {
            return fail(ErrorKind::exhausted, "grants: too many are revoked; the full state must be sent");
        }
        for (Revoked& revoked : grants) merge(desired.revoked, std::move(revoked));
    } else if (name == "relays") {
        TRY(auto relays, parse_relays(message));
        const auto pairs = relay_pairs_after(desired, relays);
        if (pairs > std::max(kRelaysMax, desired.relay_pairs)) {
            return fail(ErrorKind::exhausted, "grants: too many relays are permitted");
        }
        desired.relay_pairs = pairs;
        for (auto& [grant, cameras] : relays) {
            if (cameras.empty()) {
                desired.relays.erase(grant);
            } else {
                desired.relays[grant] = std::move(cameras);
            }
        }
    } else if (name == "off_duty") {
        TRY(desired.off_duty, parse_off_duty(message));
    } else {
        return fail(ErrorKind::invalid, "t is no delta: " + name);
    }
    return {};
}

json::object to_json(const Desired& desired) {
    json::object keys;
    for (const auto& [kid, key] : desired.keys) keys[kid] = crypto::to_base64url(key);
    json::array origins, cameras, relays, off_duty;
    for (const std::string& holder : desired.off_duty) off_duty.emplace_back(holder);
    for (const std::string& origin : desired.origins) origins.emplace_back(origin);
    for (const auto& [id, camera] : desired.cameras) {
        cameras.push_back(json::object{{"id", id.value},
                                       {"main", camera.main},
                                       {"sub", camera.sub},
                                       {"mode", camera.mode},
                                       {"relay", camera.relay}});
    }
    for (const auto& [grant, of_grant] : desired.relays) {
        for (const CameraId& camera : of_grant) {
            relays.push_back(json::object{{"grant", grant.value}, {"camera", camera.value}});
        }
    }
    return {{"v", 1},
            {"site", desired.site.value},
            {"origins", std::move(origins)},
            {"keys", std::move(keys)},
            {"cameras", std::move(cameras)},
            {"revoked", revoked_json(desired.revoked)},
            {"relays", std::move(relays)},
            {"offDuty", std::move(off_duty)},
            {"spoolFrom", desired.spool_from}};
}

}  // namespace bongsu::view
