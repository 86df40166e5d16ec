#pragma once
// Intake: what a partner sent goes into the journal, raw first, decoded after; a repeat is counted on its
// original.

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "event/event.hpp"
#include "event/secret.hpp"
#include "journal/book.hpp"

namespace bongsu::event {

/// An authenticated message, not yet understood. Never record AUTH messages: they hold the API key.
struct RawMessage {
    std::string format{};   ///< "scsns", "cloudevents".
    std::string profile{};  ///< The partner's profile under which it was taken; may be empty.
    std::string agency{};  ///< Organisation code of the sender's account; or "user:<id>" for a person's post.
    std::string remote{};  ///< "203.0.113.7:51234".
    std::string content_type{};
    /// Names in lower case: X-Scsns-*, without the secret one, stand in for fields of the message; ce-* carry a CloudEvent
    /// (cloudevents::kept_headers). Bounds: the caller's.
    std::map<std::string, std::string> headers{};
    /// As mask_secrets left them. Of more than 256 KiB the first 128 are kept, with the size and digest of the whole.
    std::string bytes{};
    std::vector<Masked::Place> masked{};  ///< Where, in `bytes`.
    std::size_t masked_bytes = 0;
};

/// The journal's entry of a raw message.
struct RawEntry {
    std::uint64_t seq = 0;
    WallTime time;
    std::string actor;
    std::string format{}, profile{};
};

enum class Outcome : std::uint8_t {
    fresh,     ///< The first message of this occurrence: `event.received`.
    update,    ///< A further one: `event.received` with the same id.
    repeat,    ///< Seen before: `event.repeated`; nothing else may follow from it.
    late,      ///< An older revision than what stands: `event.received`; it changes nothing, and says so as `event.late`.
    conflict,  ///< Another body under a number and revision already used: `message.refused`, answer 409.
};

struct Recorded {
    EventId event;
    Outcome outcome = Outcome::fresh;
};

/// The verbs below append to the batch of `book` (between begin() and commit()); answer only after commit().
/// Threads: the store thread. Errors: the journal's.

/// Appends `message.received` (and `message.continued` for the bytes past 128 KiB, which would not fit one
/// entry) and answers where and when: the decoder takes the same time as a replay does.
Result<RawEntry> record_raw(journal::Book& book, const RawMessage& message);

/// Under whose number a message was sent that led to nothing. Empty: nobody can tell.
struct SentUnder {
    std::string sender, number;
};
/// Appends `message.refused` {raw, format, profile, code, field, reason, sender?, number?, event?}: the raw message stays, with
/// why nothing followed, and the event under whose number it was sent where there is one; one that comes later finds it by the number.
Result<void> record_refused(journal::Book& book, const RawEntry& raw, int code, const std::string& reason,
                            const std::string& field, const SentUnder& under = {});

/// Appends `event.received`, `event.repeated` or `message.refused` (conflict), judged by (sender, number) and
/// then by state, state time and digest, or by revision and digest where the format has revisions or one body
/// per id. The actor is the raw message's. Errors: invalid for an event that no entry can hold (a number past 2^53-1), of
/// which nothing is appended: the batch goes on, and the caller refuses the message.
Result<Recorded> record_event(journal::Book& book, const Event& event, const RawEntry& raw);

/// Why a message is refused whose event no entry can hold: of record_event's error invalid.
Refusal unrecordable(const Error& why);

/// The event of (sender, number), if there is one.
Result<std::optional<EventId>> event_by_number(sql::Db& db, const std::string& sender,
                                               const std::string& number);
/// The number of the occurrence that a device of `sender` began ("<prefix>-<17 digits>") and that is not yet 50,
/// 90, 91 or 92, the newest if there are several.
Result<std::optional<std::string>> open_number(sql::Db& db, const std::string& sender, const std::string& prefix);
/// The partner's profile by which the message came that it began with; empty when none was agreed.
Result<std::string> profile_of(sql::Db& db, const EventId& id);
/// How often messages of this event came again.
Result<std::int64_t> repeats_of(sql::Db& db, const EventId& id);

/// An entry event.received, and the raw message that told it; 0: none.
struct ReceivedEntry {
    std::uint64_t seq = 0, raw = 0;
};
/// Those of this event, by seq.
Result<std::vector<ReceivedEntry>> received_entries(sql::Db& db, const EventId& id);

/// An entry beside those.
struct AboutEntry {
    std::uint64_t seq = 0;
    std::uint64_t raw = 0;  ///< The raw message that it speaks of; `seq` where it is one.
    EventId told{};         ///< The event that it names itself; empty for none.
};
/// By seq: what was refused under the event's number, also before there was one, and what told it after a release; with each all that
/// was said of it, by refusals, tries and dismissals. An entry may be about several events.
Result<std::vector<AboutEntry>> entries_about(sql::Db& db, const EventId& id);
/// The event that this raw message told, or under whose number it was refused; nothing for one that told none.
Result<std::optional<EventId>> event_of_raw(sql::Db& db, std::uint64_t raw_seq);

/// A raw message that led to nothing, for the duty officer.
struct RefusedMessage {
    std::uint64_t raw_seq = 0;
    WallTime time;
    std::string actor;
    int code = 0;
    std::string field, reason;
};
struct RefusedPage {
    std::vector<RefusedMessage> items;  ///< Newest first.
    std::optional<std::uint64_t> next;  ///< The `before` of the page after, if there is one.
};
/// Those before the entry `before` (INT64_MAX for the newest), `limit` of them (1 to 1,000).
Result<RefusedPage> refused_messages(sql::Db& db, std::uint64_t before, std::size_t limit);

/// The journal's form of an event; the fold and federation read it.
boost::json::object to_payload(const Event& event, const EventId& id, const RawEntry& raw);

}  // namespace bongsu::event
