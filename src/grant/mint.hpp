#pragma once
// From a grant to a ticket.

#include <optional>
#include <string>

#include "crypto/crypto.hpp"
#include "grant/grant.hpp"
#include "journal/book.hpp"
#include "ticket/ticket.hpp"

namespace bongsu::grant {

constexpr std::chrono::seconds kTicketLife{60};  ///< To open a view with it (ADR 0004).

struct TicketRequest {
    GrantId grant;
    CameraId camera;
    std::string kind;                  ///< "live" | "playback" | "snapshot"
    int height = 0;                    ///< Wanted picture height, 0 = the greatest allowed.
    std::optional<WallTime> from, to;  ///< Of the recording; for playback, and there both are needed.
};

/// The site's current signing key.
struct TicketKey {
    std::string kid;  ///< `<site>-t<n>`
    crypto::KeyPair key;
};

struct Minted {
    ticket::Claims claims;
    std::string token;  ///< Secret until it is used: never into a log or a journal.
};

/// Appends `view.permitted`
/// {view,grant,camera,kind,jti,user,agency,purpose,basis,incident,height,expires,audience}. Hand the token
/// out only after Book::commit() returned without error: no view without its entry. `audience` is the site
/// whose media process serves it; `here` the site of this Book (for who sees which grant). Errors: invalid
/// names the field; not_found for a grant that the person may not see (as for one that does not exist);
///         forbidden for a grant that one sees but does not hold, for a camera or kind that is not in it;
///         conflict when it has ended or has not begun.
Result<Minted> mint(journal::Book& book, const identity::Session& session, const TicketRequest& request,
                    const TicketKey& key, const SiteId& audience, const SiteId& here, WallTime now);

/// For the centre's pull of a district's camera (ADR 0004): kind "relay", holder "site:<centre>". No entry of
/// its own: the relay order and the viewers' entries tell of it. Errors: conflict when the grant does not
/// live, forbidden for a camera that is not in it.
Result<ticket::Claims> relay_claims(env::Env& env, const Grant& grant, const CameraId& camera, int height,
                                    const std::string& kid, const SiteId& district, const SiteId& centre,
                                    WallTime now);

}  // namespace bongsu::grant
