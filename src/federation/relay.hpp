#pragma once
// Relay orders at a district: which grant of the centre may pull which of this district's cameras.

#include <string>
#include <vector>

#include "federation/contract.hpp"
#include "journal/book.hpp"

namespace bongsu::federation {

struct RelayOrder {
    GrantId grant;
    std::vector<CameraId> cameras;  ///< This district's only.
    std::string purpose, basis;
    std::string incident;           ///< Empty when the grant has none.
    WallTime to;
};

struct Relay {
    GrantId grant;
    CameraId camera;
    friend bool operator==(const Relay&, const Relay&) = default;
};

struct RelayAnswer {
    bool permitted = false;
    std::string reason;  ///< When refused.
};

/// Table `relay`: orders in force, from relay.permitted and relay.ended.
std::unique_ptr<journal::Fold> make_relay_fold();

/// Asks the contract and appends relay.permitted {grant, cameras, purpose, basis, incident, to} or relay.refused {…,
/// reason}. An order that stands already, with the same cameras, is permitted again without an entry.
Result<RelayAnswer> order(journal::Book& book, const Contract& contract, const SiteId& asking, const RelayOrder& order);

/// Appends relay.ended {grant, reason}; nothing when the grant has no relay here.
Result<bool> end(journal::Book& book, const GrantId& grant, std::string_view reason);

/// Ends every relay whose grant is not in `live` (the centre's full list after a reconnect) or whose time is over.
/// Answers the grants that it ended.
Result<std::vector<GrantId>> keep_only(journal::Book& book, const std::vector<GrantId>& live, std::string_view reason);
Result<std::vector<GrantId>> end_due(journal::Book& book, WallTime now);

Result<std::vector<Relay>> relays(journal::Book& book);
/// Those of one grant; none when it has no relay here (any more).
Result<std::vector<CameraId>> cameras_of(journal::Book& book, const GrantId& grant);

}  // namespace bongsu::federation
