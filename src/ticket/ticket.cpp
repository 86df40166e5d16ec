#include "ticket/ticket.hpp"

#include <array>
#include <boost/json.hpp>
#include <limits>

namespace bongsu::ticket {
namespace {

namespace json = boost::json;

constexpr std::size_t kTicketBytesMax = 2048;
constexpr std::int64_t kHeightMax = 16384;
// A sys_time of microseconds holds no later second.
constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000;

tl::unexpected<Error> refused(std::string_view why, Where where = Where::here()) {
    return fail(ErrorKind::unauthenticated, "ticket " + std::string(why), where);
}

tl::unexpected<Error> malformed(std::string_view what, Where where = Where::here()) {
    return refused("is malformed: " + std::string(what), where);
}

/// Members of a flat JSON object's text: its colons outside strings. The parser keeps the last of two members
/// with one name without a word, so a count that differs from the object's size shows the duplicate.
std::size_t members_written(std::string_view text) {
    std::size_t colons = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (in_string && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && text[i] == ':') {
            ++colons;
        }
    }
    return colons;
}

/// A flat object of strings and integers, each name once.
Result<json::object> parse_flat(std::string_view coded, std::string_view part) {
    auto text = crypto::from_base64url(coded, part);
    if (!text) return malformed(std::string(part) + " is not canonical base64url");
    boost::system::error_code code;
    auto value = json::parse(*text, code);
    if (code || !value.is_object()) return malformed(std::string(part) + " is not a JSON object");
    for (const auto& member : value.get_object()) {
        if (!member.value().is_string() && !member.value().is_int64()) {
            return malformed(std::string(part) + " holds more than strings and integers");
        }
    }
    if (members_written(*text) != value.get_object().size()) {
        return malformed(std::string(part) + " names a claim twice");
    }
    return std::move(value.get_object());
}

Result<std::string> string_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_string() || value->get_string().empty()) {
        return malformed("claim " + std::string(name) + " is missing or no text");
    }
    return std::string(value->get_string());
}

Result<std::int64_t> integer_of(const json::object& object, std::string_view name, std::int64_t max) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_int64() || value->get_int64() < 0 || value->get_int64() > max) {
        return malformed("claim " + std::string(name) + " is missing or no number in its range");
    }
    return value->get_int64();
}

Result<std::optional<WallTime>> time_of(const json::object& object, std::string_view name) {
    if (!object.contains(name)) return std::optional<WallTime>();
    TRY(const auto text, string_of(object, name));
    const auto time = parse_rfc3339(text, name);
    if (!time) return malformed("claim " + std::string(name) + " is no time");
    return std::optional<WallTime>(*time);
}

/// RFC 7515 section 4.1; `crit` and embedded keys are refused with every other name that we do not know.
Result<std::string> kid_of(const json::object& header) {
    for (const auto& member : header) {
        if (member.key() != "alg" && member.key() != "kid" && member.key() != "typ") {
            return malformed("its header holds more than alg, kid and typ");
        }
    }
    TRY(const auto algorithm, string_of(header, "alg"));
    if (algorithm != "EdDSA") return malformed("alg is not EdDSA");
    if (const auto* type = header.if_contains("typ"); type && *type != json::value("JWT")) {
        return malformed("typ is not JWT");
    }
    return string_of(header, "kid");
}

Result<Claims> claims_of(const json::object& payload, std::string kid) {
    Claims claims;
    claims.kid = std::move(kid);
    TRY(claims.jti, string_of(payload, "jti"));
    TRY(claims.view.value, string_of(payload, "view"));
    TRY(claims.grant.value, string_of(payload, "grant"));
    TRY(claims.camera.value, string_of(payload, "camera"));
    TRY(claims.kind, string_of(payload, "kind"));
    if (claims.kind != "live" && claims.kind != "relay" && claims.kind != "playback" &&
        claims.kind != "snapshot") {
        return malformed("claim kind is unknown");
    }
    TRY(const auto height, integer_of(payload, "height", kHeightMax));
    claims.height = static_cast<int>(height);
    TRY(claims.from, time_of(payload, "from"));
    TRY(claims.to, time_of(payload, "to"));
    if (claims.from && claims.to && *claims.to < *claims.from) {
        return malformed("claim to is before claim from");
    }
    TRY(const auto expires, integer_of(payload, "exp", kSecondsMax));
    claims.expires = WallTime{std::chrono::seconds(expires)};
    TRY(claims.audience.value, string_of(payload, "aud"));
    TRY(claims.holder, string_of(payload, "holder"));
    return claims;
}

std::string canonical(const json::object& object) {
    auto text = crypto::canonical_json(object);
    BONGSU_CHECK(text);  // Claims are ids that this program made: always UTF-8.
    return *std::move(text);
}

}  // namespace

std::string sign(const Claims& claims, const crypto::KeyPair& key) {
    const json::object header{{"alg", "EdDSA"}, {"kid", claims.kid}};
    json::object payload{{"aud", claims.audience.value}, {"camera", claims.camera.value},
                         {"grant", claims.grant.value},  {"height", claims.height},
                         {"holder", claims.holder},      {"jti", claims.jti},
                         {"kind", claims.kind},          {"view", claims.view.value}};
    payload["exp"] = std::chrono::floor<std::chrono::seconds>(claims.expires).time_since_epoch().count();
    if (claims.from) payload["from"] = to_rfc3339(*claims.from);
    if (claims.to) payload["to"] = to_rfc3339(*claims.to);
    const auto input =
        crypto::to_base64url(canonical(header)) + "." + crypto::to_base64url(canonical(payload));
    return input + "." + crypto::to_base64url(crypto::sign(key, input));
}

Result<Claims> read(std::string_view ticket, const Keys& keys) {
    if (ticket.size() > kTicketBytesMax) return malformed("more than 2048 bytes");
    const auto first = ticket.find('.');
    const auto last = ticket.rfind('.');
    if (first == last || ticket.find('.', first + 1) != last) return malformed("not three parts");
    TRY(const auto header, parse_flat(ticket.substr(0, first), "header"));
    TRY(auto kid, kid_of(header));
    const auto key = keys.find(kid);
    if (key == keys.end()) return refused("is signed by an unknown key");
    const auto signature = crypto::from_base64url(ticket.substr(last + 1), "signature");
    if (!signature) return malformed("signature is not canonical base64url");
    if (!crypto::verify(key->second, ticket.substr(0, last), *signature)) return refused("is forged");
    // Only a holder of the key gets this far: what follows is never fed by a stranger.
    TRY(const auto payload, parse_flat(ticket.substr(first + 1, last - first - 1), "payload"));
    return claims_of(payload, std::move(kid));
}

Result<void> check(const Claims& claims, const SiteId& here, WallTime now) {
    if (claims.audience != here) return refused("is for another site");
    if (now >= claims.expires) return refused("has expired");
    return {};
}

Result<Claims> verify(std::string_view ticket, const Keys& keys, const SiteId& here, WallTime now) {
    TRY(auto claims, read(ticket, keys));
    TRY_DO(check(claims, here, now));
    return claims;
}

}  // namespace bongsu::ticket
