#include "grant/mint.hpp"

#include <algorithm>
#include <array>

#include "grant/read.hpp"

namespace bongsu::grant {

namespace {

constexpr std::array<std::string_view, 3> kTicketKinds{"live", "playback", "snapshot"};
constexpr int kHeightMax = 4320;

Result<void> check(const TicketRequest& request) {
    if (std::find(kTicketKinds.begin(), kTicketKinds.end(), request.kind) == kTicketKinds.end()) {
        return fail_field("kind", "must be live, playback or snapshot");
    }
    if (request.height < 0 || request.height > kHeightMax) {
        return fail_field("height", "must be 0 to " + std::to_string(kHeightMax));
    }
    const bool playback = request.kind == "playback";
    if (request.from.has_value() != playback)
        return fail_field("from", "is needed for playback, and only there");
    if (request.to.has_value() != playback)
        return fail_field("to", "is needed for playback, and only there");
    if (playback && *request.from >= *request.to)
        return fail_field("to", "must be later than from");
    return {};
}

Result<void> check_live(const Grant& grant, WallTime now) {
    switch (grant.state_at(now)) {
        case GrantState::waiting:
            return fail(ErrorKind::conflict, "the grant begins at " + to_rfc3339(grant.from));
        case GrantState::ended:
            return fail(ErrorKind::conflict,
                        "the grant has ended: " + (grant.reason.empty() ? "expired" : grant.reason));
        case GrantState::live:
            return {};
    }
    return {};
}

/// 0 is no limit on either side.
int lesser_height(int a, int b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

ticket::Claims claims_of(env::Env& env, const Grant& grant, const CameraId& camera, WallTime now) {
    ticket::Claims claims;
    claims.jti = env.ulid();
    claims.view.value = env.ulid();
    claims.grant = grant.id;
    claims.camera = camera;
    if (grant.is_planned()) claims.from = grant.from;
    claims.to = grant.to;
    claims.expires = now + kTicketLife;
    return claims;
}

journal::Draft permitted(const Grant& grant, const identity::Session& session, const TicketRequest& request,
                         const ticket::Claims& claims) {
    boost::json::object payload{{"view", claims.view.value},
                                {"grant", grant.id.value},
                                {"camera", claims.camera.value},
                                {"kind", claims.kind},
                                {"jti", claims.jti},
                                {"user", session.user.value},
                                {"agency", session.agency.value},
                                {"purpose", grant.purpose},
                                {"basis", grant.basis},
                                {"incident", grant.incident.value},
                                {"height", claims.height},
                                {"expires", to_us(claims.expires)},
                                {"audience", claims.audience.value}};
    if (request.from) payload["recordedFrom"] = to_us(*request.from);
    if (request.to) payload["recordedTo"] = to_us(*request.to);
    return {"view.permitted",
            "user:" + session.user.value,
            {"view:" + claims.view.value, "grant:" + grant.id.value, "camera:" + claims.camera.value,
             "incident:" + grant.incident.value},
            std::move(payload)};
}

}  // namespace

Result<Minted> mint(journal::Book& book, const identity::Session& session, const TicketRequest& request,
                    const TicketKey& key, const SiteId& audience, const SiteId& here, WallTime now) {
    TRY_DO(check(request));
    TRY(const auto grant, find_grant(book.db(), request.grant));
    if (!may_see(grant, session, here)) return fail(ErrorKind::not_found, "grant is not known");
    if (!grant.held_by(session)) return fail(ErrorKind::forbidden, "the grant is held by others");
    TRY_DO(check_live(grant, now));
    if (!grant.has(request.camera)) return fail(ErrorKind::forbidden, "camera is not in the grant");
    if (!grant.allows(request.kind))
        return fail(ErrorKind::forbidden, "kind " + request.kind + " is not in the grant");

    Minted minted{claims_of(book.env(), grant, request.camera, now), {}};
    minted.claims.kid = key.kid;
    minted.claims.kind = request.kind;
    minted.claims.height = lesser_height(grant.height, request.height);
    minted.claims.audience = audience;
    minted.claims.holder = session.user.value;
    TRY_DO(book.append(permitted(grant, session, request, minted.claims)));
    minted.token = ticket::sign(minted.claims, key.key);
    return minted;
}

Result<ticket::Claims> relay_claims(env::Env& env, const Grant& grant, const CameraId& camera, int height,
                                    const std::string& kid, const SiteId& district, const SiteId& centre,
                                    WallTime now) {
    TRY_DO(check_live(grant, now));
    if (!grant.has(camera)) return fail(ErrorKind::forbidden, "camera is not in the grant");
    auto claims = claims_of(env, grant, camera, now);
    // It lives by our clock. The district's may be behind, and would make the picture wait for it.
    claims.from.reset();
    claims.kid = kid;
    claims.kind = "relay";
    claims.height = lesser_height(grant.height, height);
    claims.audience = district;
    claims.holder = "site:" + centre.value;
    return claims;
}

}  // namespace bongsu::grant
