#include "app/site/redecode.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "app/site/fields.hpp"
#include "app/site/kept.hpp"
#include "event/dead_letter.hpp"
#include "event/intake.hpp"
#include "journal/erasable.hpp"
#include "journal/walk.hpp"

namespace bongsu::app {

namespace {

namespace json = boost::json;

/// As journal::check_deep: what does not hold may be a wipe under way.
constexpr int kLooks = 3;
constexpr std::string_view kSecretFault = "secret:";

std::uint64_t raw_of(const json::object& payload) { return static_cast<std::uint64_t>(number_field(payload, "raw")); }

/// The dead letters that a person decided on, by raw entry. The later word counts; there is only one that decides.
class Decisions {
  public:
    /// Of an erased one the order says what was left: an order is never erased itself.
    Result<void> learn(const journal::Entry& entry) {
        if (entry.kind == kReleased && !entry.erased) note(entry.payload);
        if (entry.kind != journal::kErasureOrdered) return {};
        TRY(const auto order, journal::order_of(entry));
        for (const auto& one : order.entries) {
            if (one.kind == kReleased) note(one.left);
        }
        return {};
    }
    /// Before the first find().
    void sort() {
        std::sort(all_.begin(), all_.end(), [](const One& a, const One& b) { return a.raw < b.raw; });
    }
    struct One {
        std::uint64_t raw;
        bool is_dismissed;  ///< Or released, and it became an event.
        event::Rule aside;  ///< The rule that the person set aside for it.
    };
    /// Null where nobody decided.
    const One* find(std::uint64_t raw) const {
        const auto found = std::lower_bound(all_.begin(), all_.end(), raw, [](const One& one, std::uint64_t wanted) { return one.raw < wanted; });
        return found != all_.end() && found->raw == raw ? &*found : nullptr;
    }

  private:
    static constexpr std::string_view kReleased = "message.released";

    void note(const json::object& payload) {
        const auto outcome = text_field(payload, "outcome");
        if (outcome == "event" || outcome == "dismissed")
            all_.push_back({raw_of(payload), outcome == "dismissed", event::rule_named(text_field(payload, "despite"))});
    }

    std::vector<One> all_;
};

/// What the record's masks took away is no difference: the bytes have it no more.
std::set<std::string, std::less<>> masked_fields(const json::object& event) {
    std::set<std::string, std::less<>> out;
    const auto* faults = event.if_contains("faults");
    if (faults == nullptr || !faults->is_array()) return out;
    for (const auto& fault : faults->get_array()) {
        if (fault.is_string() && std::string_view(fault.get_string()).starts_with(kSecretFault))
            out.emplace(std::string_view(fault.get_string()).substr(kSecretFault.size()));
    }
    return out;
}

/// Names alone. An entry of an older program lacks newer fields: nothing, against nothing, is the same.
std::vector<std::string> differing_fields(const json::object& then, const json::object& now) {
    auto masked = masked_fields(then);
    if (!masked.empty()) masked.insert("faults");
    std::vector<std::string> out;
    for (const auto& [name, value] : now) {
        if (name == "codec" || name == "event" || name == "raw" || masked.contains(std::string_view(name))) continue;
        const auto* before = then.if_contains(name);
        if (before == nullptr ? value.is_null() : *before == value) continue;
        out.emplace_back(name);
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// A letter whose release is still to come.
struct Held {
    event::RawParts parts;
    std::size_t memory = 0;  ///< memory_of() it.
};

/// What it takes to hold a letter: its texts, and a node of a map for itself and for each header.
std::size_t memory_of(const event::KeptMessage& kept) {
    constexpr std::size_t kNode = 64;  // Three pointers and a colour, the allocator's own words, and its rounding up.
    const auto& message = kept.message;
    auto bytes = kNode + sizeof(std::pair<const std::uint64_t, Held>);
    for (const auto* text : {&kept.actor, &message.format, &message.profile, &message.agency, &message.remote, &message.content_type, &message.bytes})
        bytes += text->capacity();
    for (const auto& header : message.headers) bytes += kNode + sizeof header + header.first.capacity() + header.second.capacity();
    return bytes;
}

class Rereader {
  public:
    Rereader(const Partners& partners, const AgencyId& agency, const RedecodeFilter& filter, const Decisions& decisions,
             std::size_t held_bytes_max)
        : partners_(partners), agency_(agency), filter_(filter), decisions_(decisions), held_bytes_max_(held_bytes_max) {}

    Result<void> take(const journal::Entry& entry) {
        if (entry.kind == "message.received") {
            TRY_DO(nothing_followed());
            return begin(entry);
        }
        if (entry.kind == "message.continued") {
            if (!current_) return {};
            TRY([[maybe_unused]] const bool is_ours, current_->add(entry));
            return {};
        }
        const bool is_event = entry.kind == "event.received" || entry.kind == "event.repeated";
        if (!is_event && entry.kind != "message.refused") return {};
        if (entry.erased) {
            if (current_ && entry.seq == after_current()) count(Reread::erased);
            if (current_ && entry.seq == after_current()) current_.reset();
            return {};
        }
        const auto raw = raw_of(entry.payload);
        if (current_ && current_->seq() == raw) {
            auto parts = std::exchange(current_, std::nullopt);
            return is_event ? was_event(*parts, entry) : was_refused(*std::move(parts), entry.payload);
        }
        const auto held = is_event ? held_.find(raw) : held_.end();
        if (held == held_.end()) return {};
        held_bytes_ -= held->second.memory;
        auto parts = std::move(held->second.parts);
        held_.erase(held);
        return was_event(parts, entry);
    }

    Result<RedecodeReport> end(std::uint64_t last_seq) {
        TRY_DO(nothing_followed());
        // Their events were erased, with the entries that say so.
        for (std::size_t i = 0; i < held_.size(); ++i) count(Reread::erased);
        report_.last_seq = last_seq;
        std::sort(report_.differing.begin(), report_.differing.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
        return std::move(report_);
    }

  private:
    bool is_asked_for(const journal::Entry& entry) const {
        if (filter_.from && entry.time < *filter_.from) return false;
        if (filter_.to && entry.time >= *filter_.to) return false;
        return entry.erased || !filter_.partner || text_field(entry.payload, "profile") == *filter_.partner;
    }
    std::uint64_t after_current() const { return current_->seq() + current_parts_; }

    Result<void> begin(const journal::Entry& entry) {
        if (!is_asked_for(entry)) return {};
        ++report_.raw;
        if (entry.erased) {
            count(Reread::erased);
            return {};
        }
        current_parts_ = static_cast<std::uint64_t>(std::max<std::int64_t>(1, number_field(entry.payload, "parts")));
        TRY(current_, event::RawParts::begin(entry));
        return {};
    }

    void count(Reread what) { ++report_.counts.at(static_cast<std::size_t>(what)); }

    /// By the agreements of today; nothing where there is none with its sender. `recorded`: the event that the journal has.
    Result<std::optional<event::Decoding>> decode(event::RawParts& parts, const json::object* recorded, event::Rule aside = event::Rule::none) {
        const auto& kept = parts.kept();
        auto agency = kept.message.agency;
        if (agency.starts_with("user:")) {
            const auto sender = recorded == nullptr ? std::string() : text_field(*recorded, "sender");
            agency = sender.empty() ? agency_.value : sender.substr(0, sender.find(':'));
        }
        std::optional<std::string> open;
        const auto with_open = [&](const std::string&, const std::string&) { return open; };
        auto decoding = decode_kept(partners_, kept, agency, with_open, nullptr, aside);
        // Whether its occurrence was open then the journal says: by the number that it got.
        if (decoding && kept.message.format == "wearable" && recorded != nullptr) {
            const auto number = text_field(*recorded, "number");
            if (const auto* event = decoding->event(); event == nullptr || event->number != number) {
                open = number;
                decoding = decode_kept(partners_, kept, agency, with_open, nullptr, aside);
            }
        }
        if (!decoding && decoding.error().kind == ErrorKind::conflict) return std::optional<event::Decoding>{};
        TRY(auto out, std::move(decoding));
        if (out.ok() && out.login() != nullptr) out.refusal = {event::Code::invalid, "", "it is a login and no message"};
        return std::optional(std::move(out));
    }

    Result<void> was_event(event::RawParts& parts, const journal::Entry& entry) {
        const bool is_repeat = entry.kind == "event.repeated";
        const auto* decision = decisions_.find(parts.seq());
        const auto aside = decision == nullptr ? event::Rule::none : decision->aside;
        TRY(const auto now, decode(parts, is_repeat ? nullptr : &entry.payload, aside));
        if (!now) return count(Reread::unknown_partner), Result<void>{};
        if (!now->ok()) return tell(parts, Reread::no_longer_readable, text_field(entry.payload, "number"), {}, now->refusal.reason), Result<void>{};
        if (is_repeat) return count(Reread::same), Result<void>{};
        std::vector<std::string> fields{"event"};
        if (const auto* event = now->event()) {
            const auto& kept = parts.kept();
            fields = differing_fields(entry.payload, event::to_payload(*event, {}, {.seq = parts.seq(),
                                                                                    .time = kept.time,
                                                                                    .actor = kept.actor,
                                                                                    .format = kept.message.format,
                                                                                    .profile = kept.message.profile}));
        }
        if (fields.empty()) return count(Reread::same), Result<void>{};
        tell(parts, Reread::changed, text_field(entry.payload, "number"), std::move(fields));
        return {};
    }

    Result<void> was_refused(event::RawParts parts, const json::object& refusal) {
        if (const auto* decision = decisions_.find(parts.seq())) {
            if (decision->is_dismissed) return count(Reread::dismissed), Result<void>{};
            const auto memory = memory_of(parts.kept());
            if (held_bytes_ + memory > held_bytes_max_) return count(Reread::not_compared), Result<void>{};
            held_bytes_ += memory;
            held_.emplace(parts.seq(), Held{std::move(parts), memory});
            return {};
        }
        TRY(const auto now, decode(parts, nullptr));
        if (!now) return count(Reread::unknown_partner), Result<void>{};
        // It could be read: its number was used for another body, or who sent it was not who it said.
        const bool is_about_content = number_field(refusal, "code") != 409 && text_field(refusal, "reason") != kNotOfItsSession;
        const auto* event = now->event();
        if (!now->ok() || event == nullptr || !is_about_content) return count(Reread::same), Result<void>{};
        tell(parts, Reread::now_readable, event->number, {});
        return {};
    }

    /// It was kept as it came, and led to nothing: a wearable's text, a clear with nothing open.
    Result<void> nothing_followed() {
        if (!current_) return {};
        auto parts = *std::exchange(current_, std::nullopt);
        TRY(const auto now, decode(parts, nullptr));
        if (!now) return count(Reread::unknown_partner), Result<void>{};
        if (!now->ok()) return tell(parts, Reread::no_longer_readable, {}, {}, now->refusal.reason), Result<void>{};
        if (const auto* event = now->event()) return tell(parts, Reread::changed, event->number, {"event"}), Result<void>{};
        count(Reread::same);
        return {};
    }

    void tell(event::RawParts& parts, Reread what, std::string number, std::vector<std::string> fields, std::string reason = {}) {
        count(what);
        if (report_.differing.size() >= kDifferingMax) {
            ++report_.more;
            return;
        }
        const auto& kept = parts.kept();
        if (kept.message.format == "wearable") number.clear();
        report_.differing.push_back({parts.seq(), kept.time, what, kept.message.profile, kept.message.format, std::move(number),
                                     std::move(fields), std::move(reason)});
    }

    const Partners& partners_;
    const AgencyId& agency_;
    const RedecodeFilter& filter_;
    const Decisions& decisions_;
    const std::size_t held_bytes_max_;
    RedecodeReport report_;
    std::optional<event::RawParts> current_;  // What became of it is told by the entry behind its last part.
    std::uint64_t current_parts_ = 1;
    std::map<std::uint64_t, Held> held_;  // Refused, and released later on.
    std::size_t held_bytes_ = 0;
};

/// What walk() cannot be stopped for: nothing more is taken behind the first error, or behind `last`.
Result<journal::Walk> walk_upto(env::Disk& disk, const std::string& folder, std::uint64_t last,
                                const std::function<Result<void>(const journal::Entry&)>& each) {
    Result<void> taken;
    TRY(auto walk, journal::walk(disk, folder, [&](const journal::Entry& entry) {
            if (taken && entry.seq <= last) taken = each(entry);
        }));
    TRY_DO(taken);
    return walk;
}

/// Empty: the journal does not hold, and `problem` says where.
Result<std::optional<RedecodeReport>> look(env::Disk& disk, const std::string& folder, const Partners& partners, const AgencyId& agency,
                                           const RedecodeFilter& filter, std::size_t held_bytes_max, std::string& problem) {
    std::optional<RedecodeReport> none;
    Decisions decisions;
    TRY(const auto first, walk_upto(disk, folder, UINT64_MAX, [&](const journal::Entry& entry) { return decisions.learn(entry); }));
    if (first.problem) return problem = to_string(*first.problem), none;
    decisions.sort();
    Rereader reader(partners, agency, filter, decisions, held_bytes_max);
    TRY(const auto second, walk_upto(disk, folder, first.last_seq, [&](const journal::Entry& entry) { return reader.take(entry); }));
    if (second.problem) return problem = to_string(*second.problem), none;
    TRY(auto report, reader.end(first.last_seq));
    return std::optional(std::move(report));
}

}  // namespace

Result<RedecodeReport> redecode(env::Disk& disk, const std::string& folder, const Partners& partners, const AgencyId& agency,
                                const RedecodeFilter& filter, std::size_t held_bytes_max) {
    std::string problem;
    for (int i = 0; i < kLooks; ++i) {
        TRY(auto report, look(disk, folder, partners, agency, filter, held_bytes_max, problem));
        if (report) return *std::move(report);
    }
    return fail(ErrorKind::corrupt, problem);
}

}  // namespace bongsu::app
