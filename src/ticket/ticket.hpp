#pragma once
// The ticket: a signed token that opens one view of one camera once. Pure; both rivers may use it.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::ticket {

/// design: compact JWS (RFC 7515), alg EdDSA (RFC 8037). Claim names in brackets.
struct Claims {
    std::string kid;  ///< Header "kid": `<site>-t1`, the key that signed.
    std::string jti;  ///< ULID; a ticket opens once.
    ViewId view;      ///< The view it opens.
    GrantId grant;
    CameraId camera;
    std::string kind;                  ///< "live" | "relay" | "playback" | "snapshot"
    int height = 0;                    ///< Greatest picture height allowed; 0 = no limit.
    std::optional<WallTime> from, to;  ///< The grant's window ("from","to" as RFC 3339); a view ends at `to`.
    WallTime expires;                  ///< "exp": unix seconds; the view must be opened before it (60 s).
    SiteId audience;                   ///< "aud": the site whose media process may serve it.
    std::string holder;                ///< User id of the person who looks; for a relay "site:<site>".
};

std::string sign(const Claims& claims, const crypto::KeyPair& key);

/// Public keys by kid, raw 32 bytes.
using Keys = std::map<std::string, std::string, std::less<>>;

/// What the ticket says, when one of `keys` signed it: checks form, alg (EdDSA only), kid and signature. Who may have it, and for how
/// long, is check()'s. Bounds: a ticket is at most 2048 bytes. Errors: unauthenticated, always with a reason that names no secret:
/// "ticket is malformed", "… is signed by an unknown key", "… is forged".
Result<Claims> read(std::string_view ticket, const Keys& keys);
/// Audience and expiry. One use is the caller's to check. Errors: unauthenticated, "ticket is for another site", "… has expired".
Result<void> check(const Claims& claims, const SiteId& here, WallTime now);
/// read() and check().
Result<Claims> verify(std::string_view ticket, const Keys& keys, const SiteId& here, WallTime now);

}  // namespace bongsu::ticket
