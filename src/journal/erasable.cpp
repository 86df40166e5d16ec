#include "journal/erasable.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace bongsu::journal {
namespace {

namespace json = boost::json;

constexpr std::string_view kViewReport =
    "n source view grant camera holder at way ticketKind reason frames bytes count incident purpose basis";

tl::unexpected<Error> corrupt(std::string what) {
    return fail(ErrorKind::corrupt, "the erasure order " + std::move(what));
}

bool has_word(std::string_view words, std::string_view word) {
    for (std::size_t at = 0; at < words.size();) {
        const auto end = std::min(words.find(' ', at), words.size());
        if (words.substr(at, end - at) == word) return true;
        at = end + 1;
    }
    return false;
}

const Erasable* erasable(std::string_view kind) {
    const auto& kinds = erasable_kinds();
    const auto found =
        std::find_if(kinds.begin(), kinds.end(), [&](const Erasable& one) { return one.kind == kind; });
    return found == kinds.end() ? nullptr : &*found;
}

/// What orders left until the sender's own type and its name were seen to be somebody's words: they stand, and folds forget
/// it at the order.
bool was_left(const Erasable& kind, std::string_view field) {
    return (field == "type" && has_word(kind.left, field)) ||
           (field == "typeName" && (kind.kind == "event.received" || kind.kind == "incident.opened"));
}

bool stays(const Erasable& kind, std::string_view field, const json::value& value) {
    if (!has_word(kind.left, field)) return false;
    if (field != "outcome" && field != "type") return true;
    if (!value.is_string()) return false;
    const std::string_view text = value.get_string();
    if (field == "type") return is_code(text);
    const auto& outcomes = outcomes_left();
    return std::find(outcomes.begin(), outcomes.end(), text) != outcomes.end();
}

Result<std::string> text_of(const json::object& object, std::string_view field, std::size_t bytes_max) {
    const auto* value = object.if_contains(field);
    if (value == nullptr || !value->is_string() || value->get_string().empty() ||
        value->get_string().size() > bytes_max) {
        return corrupt("has no " + std::string(field) + " of 1 to " + std::to_string(bytes_max) + " bytes");
    }
    return std::string(value->get_string());
}

Result<OrderedEntry> entry_of(const json::value& item, std::uint64_t after, std::uint64_t before) {
    if (!item.is_object()) return corrupt("names an entry that is no object");
    const auto& object = item.get_object();
    const auto* seq = object.if_contains("seq");
    const auto* left = object.if_contains("left");
    if (seq == nullptr || !seq->is_int64() || seq->get_int64() < 1 || left == nullptr || !left->is_object())
        return corrupt("names an entry without seq or left");
    OrderedEntry out{static_cast<std::uint64_t>(seq->get_int64()), {}, left->get_object()};
    if (out.seq <= after || out.seq >= before)
        return corrupt("names entry " + std::to_string(out.seq) + " twice, out of order or before it exists");
    TRY(out.kind, text_of(object, "kind", kErasureIdBytesMax));
    const auto* kind = erasable(out.kind);
    if (kind == nullptr) return corrupt("names entry " + std::to_string(out.seq) + " of a kind that stays: " + out.kind);
    for (const auto& [field, value] : out.left) {
        if (!stays(*kind, field, value) && !was_left(*kind, field))
            return corrupt("leaves the field " + std::string(field) + " of entry " + std::to_string(out.seq));
    }
    return out;
}

}  // namespace

/// A machine's word: "112UC001", "kr.go.seoul.bell". With a letter, for digits alone may be somebody's number.
bool is_code(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto may_stand = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
    return text.size() <= kTypeLeftBytesMax && std::all_of(text.begin(), text.end(), may_stand) &&
           std::any_of(text.begin(), text.end(), is_letter);
}

const std::vector<Erasable>& erasable_kinds() {
    // Add a kind here when its payload holds what somebody said, where somebody was, or an address.
    static const std::vector<Erasable> kinds{
        {"message.received", "format profile parts cutFrom"},
        {"message.continued", "raw part"},
        {"message.refused", "raw format profile code field event session"},
        {"message.released", "raw outcome event code field despite session"},
        {"event.received",
         "event raw profile codec sender number state stateTime revision digest type known grade "
         "positionFault occurredAt endedAt test statedTime session"},
        {"incident.opened",
         "incident event state type known grade positionFault note occurredAt stateTime openedAt site "
         "sender number test splitFrom"},
        {"incident.joined",
         "incident event code rule distance type known grade positionFault note occurredAt stateTime sender number"},
        {"incident.merged", "incident other from to grade distance takesPlace session"},
        {"incident.changed", "incident from to cause event code positionFault stateTime real placed moved ownPositionFault ownStateTime"},
        {"incident.acted", "incident act outcome person from to session"},
        {"cameras.chosen", "incident session"},  // With how far each is from the place, and how it looks at it.
        {"grant.ended", "grant incident reason session"},
        {"duty.picture_kept", "incident camera size sha256 session"},
        {"duty.absent", "user shift session"},  // Why somebody is not there may be an illness.
        {"duty.noted", "user shift seat handOver session"},
        {"duty.shortcoming_reported", "no user shift session"},
        {"duty.shortcoming_answered", "no user session"},
        {"alarm.shelved", "alarm how until session"},
        {"sop.step_skipped", "incident sop version step session"},
        {"hold.ended", "hold incident session"},
        {"ptz.leased", "lease camera grant incident purpose basis user agency rank over session"},
        {"outbound.queued", "id partner incident number code stateTime type grade occurredAt simulated note"},
        {"outbound.delivered", "id partner incident code attempts"},
        {"outbound.tried", "id partner incident code attempts"},
        {"outbound.failed", "id partner incident code attempts"},
        {"outbound.requeued", "id partner incident session"},
        {"device.seen", "incident sender number at"},
        {"partners.changed", "file added changed removed digests session"},
        {"services.declared", "added changed removed services session"},
        {"view.opened", kViewReport},
        {"view.closed", kViewReport},
        {"view.refused", kViewReport},
        {"login.accepted", "user session"},
        {"login.refused", "user"},
        {"partner.accepted", "user agency profile"},
        {"record.read", "user users agency session sessions route shown at"},
    };
    return kinds;
}

bool may_be_erased(std::string_view kind) { return erasable(kind) != nullptr; }

json::object left_of(std::string_view kind, const json::object& payload) {
    json::object left;
    const auto* found = erasable(kind);
    if (found == nullptr) return left;
    for (const auto& [field, value] : payload) {
        if (stays(*found, field, value)) left[field] = value;
    }
    return left;
}

const std::vector<std::string_view>& outcomes_left() {
    // For statistics, and of a dead letter's end; a centre's own words may name somebody.
    static const std::vector<std::string_view> outcomes{"",          "true",    "false", "drill",   "test",
                                                        "duplicate", "unknown", "event", "refused", "dismissed"};
    return outcomes;
}

const std::vector<std::string_view>& erasure_reasons() {
    static const std::vector<std::string_view> reasons{"retention", "consent_withdrawn", "purpose_fulfilled",
                                                       "requested", "court_order"};
    return reasons;
}

const OrderedEntry* ErasureOrder::find(std::uint64_t entry) const {
    const auto found = std::lower_bound(entries.begin(), entries.end(), entry,
                                        [](const OrderedEntry& one, std::uint64_t seq_) { return one.seq < seq_; });
    return found == entries.end() || found->seq != entry ? nullptr : &*found;
}

json::object to_json(const ErasureOrder& order) {
    json::array entries;
    for (const auto& one : order.entries) {
        entries.push_back(
            json::object{{"seq", static_cast<std::int64_t>(one.seq)}, {"kind", one.kind}, {"left", one.left}});
    }
    return {{"erasure", order.id}, {"reason", order.reason}, {"basis", order.basis}, {"entries", std::move(entries)}};
}

Result<ErasureOrder> order_of(const Entry& entry) {
    if (entry.kind != kErasureOrdered || entry.erased) return corrupt("is none");
    ErasureOrder order;
    order.seq = entry.seq;
    TRY(order.id, text_of(entry.payload, "erasure", kErasureIdBytesMax));
    TRY(order.reason, text_of(entry.payload, "reason", kErasureIdBytesMax));
    TRY(order.basis, text_of(entry.payload, "basis", kOrderBasisBytesMax));
    const auto& reasons = erasure_reasons();
    if (std::find(reasons.begin(), reasons.end(), order.reason) == reasons.end())
        return corrupt("has a reason that is none: " + order.reason);
    const auto* entries = entry.payload.if_contains("entries");
    if (entries == nullptr || !entries->is_array() || entries->get_array().empty() ||
        entries->get_array().size() > kOrderEntriesMax) {
        return corrupt("names not 1 to " + std::to_string(kOrderEntriesMax) + " entries");
    }
    for (const auto& item : entries->get_array()) {
        TRY(auto one, entry_of(item, order.entries.empty() ? 0 : order.entries.back().seq, entry.seq));
        order.entries.push_back(std::move(one));
    }
    return order;
}

Result<std::uint64_t> closed_order_of(const Entry& entry) {
    const auto* order = entry.payload.if_contains("order");
    if (entry.kind != kErasureDone || entry.erased || order == nullptr || !order->is_int64() ||
        order->get_int64() < 1 || static_cast<std::uint64_t>(order->get_int64()) >= entry.seq) {
        return fail(ErrorKind::corrupt, "the erasure's end names no order before it");
    }
    return static_cast<std::uint64_t>(order->get_int64());
}

}  // namespace bongsu::journal
