#pragma once
// What one site owes another: entries leave the outbox only when the receiver's journal has them.

#include <string>
#include <vector>

#include "journal/book.hpp"

namespace bongsu::federation {

/// One entry of ours for another site.
struct Parcel {
    std::uint64_t seq;  ///< In our journal: the receiver dedupes by (our site, seq).
    std::string kind;
    WallTime time;
    std::string actor;
    boost::json::object payload;
};

/// Table `outbox`: entries of kind view.* that name a camera of another site ("camera:<site>-<local>").
std::unique_ptr<journal::Fold> make_outbox_fold(const SiteId& here);

/// Our own bookkeeping, no fold: how far each site has acknowledged. After a loss all is sent again, and deduped.
Result<void> create_cursors(sql::Db& db);
Result<std::uint64_t> acknowledged(sql::Db& db, const SiteId& site);
Result<void> acknowledge(sql::Db& db, const SiteId& site, std::uint64_t seq);

/// The next at most `limit` parcels after `after`, in order.
Result<std::vector<Parcel>> parcels(sql::Db& db, const SiteId& site, std::uint64_t after, std::size_t limit);
/// Entries waiting for a site, for /metrics and the link board.
Result<std::uint64_t> waiting(sql::Db& db, const SiteId& site);

boost::json::object to_json(const Parcel& parcel);
Result<Parcel> parcel_of(const boost::json::object& object);

}  // namespace bongsu::federation
