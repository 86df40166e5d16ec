#pragma once
// What may be erased by law, what is left of it, and the entry that orders it (docs/adr/0009-erasure.md).

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "journal/entry.hpp"

namespace bongsu::journal {

inline constexpr std::string_view kErasureOrdered = "erasure.ordered";
inline constexpr std::string_view kErasureDone = "erasure.done";
constexpr std::size_t kOrderEntriesMax = 300;        ///< In one order.
constexpr std::size_t kOrderBasisLettersMax = 300;   ///< Of the legal basis.
constexpr std::size_t kOrderBasisBytesMax = 4 * kOrderBasisLettersMax;
constexpr std::size_t kOrderBytesMax = 200 << 10;    ///< Of what one order leaves of its entries.
constexpr std::size_t kErasureIdBytesMax = 64;
constexpr std::size_t kTypeLeftBytesMax = 64;        ///< Of a sender's own `type`; a longer one goes.

/// A kind with personal data in its payload and the fields that stay when it is erased. Every other field
/// goes, also one that this version does not know.
struct Erasable {
    std::string_view kind;
    std::string_view left;  ///< Names with a blank between them.
};

/// The one list. An order that names another kind does not hold, whoever wrote it: grants, checkpoints and
/// the orders themselves stay.
const std::vector<Erasable>& erasable_kinds();
bool may_be_erased(std::string_view kind);
/// What an erasure leaves of this payload. `outcome` stays only where it is one of `outcomes_left()`, `type` only where it is
/// a code: 1 to 64 ASCII letters, digits and . _ - with a letter among them. Of what an order says it left, which may be an
/// older one that left more, the part that stays by today's list.
boost::json::object left_of(std::string_view kind, const boost::json::object& payload);
const std::vector<std::string_view>& outcomes_left();
/// Whether an erasure leaves this `type`.
bool is_code(std::string_view type);

/// "retention", "consent_withdrawn", "purpose_fulfilled", "requested" (by the data subject), "court_order".
const std::vector<std::string_view>& erasure_reasons();

struct OrderedEntry {
    std::uint64_t seq = 0;
    std::string kind;
    boost::json::object left;  ///< What folds and readers see of it from then on.
};

/// What an `erasure.ordered` says: {erasure, reason, basis, entries: [{seq, kind, left}]}; who ordered it is
/// the entry's actor.
struct ErasureOrder {
    std::uint64_t seq = 0;  ///< Of the entry itself.
    std::string id, reason, basis;
    std::vector<OrderedEntry> entries;  ///< By seq, each once, all before the order.

    /// Null when it does not order this entry.
    const OrderedEntry* find(std::uint64_t entry) const;
};

boost::json::object to_json(const ErasureOrder& order);
/// Reads and checks an `erasure.ordered`: bounds, order, kinds of the list and nothing left but what the list
/// leaves. corrupt says what does not hold.
Result<ErasureOrder> order_of(const Entry& entry);
/// The seq of the order that an `erasure.done` closes: {erasure, order, entries}.
Result<std::uint64_t> closed_order_of(const Entry& entry);

}  // namespace bongsu::journal
