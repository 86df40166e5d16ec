#pragma once
// Messages that led to nothing: kept with their reason until a person releases or dismisses them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/intake.hpp"
#include "journal/book.hpp"

namespace bongsu::event {

struct DeadLetter {
    std::uint64_t raw_seq = 0;
    WallTime time;
    std::string actor;            ///< "agency:P1100000000", "user:<id>", "partner:<profile>".
    std::string format, profile;  ///< As of its raw message.
    int code = 0;                 ///< Of the newest attempt, as are field and reason.
    std::string field, reason;
    std::int64_t attempts = 0;  ///< How often a person had it decoded again in vain.
};

/// Newest first, those below `before`, at most `limit` (1–1,001).
Result<std::vector<DeadLetter>> dead_letters(sql::Db& db, std::uint64_t before, std::size_t limit);
/// In the order of their arrival, those after the entry `after`, at most `limit` (1–1,001).
Result<std::vector<DeadLetter>> dead_letters_after(sql::Db& db, std::uint64_t after, std::size_t limit);
inline constexpr std::int64_t kDeadLettersCounted = 1000;
/// How many wait for a person; at kDeadLettersCounted it stops counting.
Result<std::int64_t> dead_letters_waiting(sql::Db& db);
/// Errors: not_found; conflict for one that was released or dismissed before.
Result<DeadLetter> find_dead_letter(sql::Db& db, std::uint64_t raw_seq);

/// A raw message as the journal has it, its parts joined.
struct KeptMessage {
    RawMessage message;
    std::string actor;
    WallTime time;
    bool is_cut = false;  ///< It was too long to be kept whole: it cannot be decoded.
};
/// One raw message put together as the journal brings its entries: `message.received`, then each `message.continued` of it,
/// which follow without a gap. Bounds: 256 KiB, as record_raw. Threads: one.
class RawParts {
  public:
    /// `entry` is a `message.received` that is not erased. Errors: invalid for bytes that are no base64.
    static Result<RawParts> begin(const journal::Entry& entry);
    /// False for an entry that is none of its parts. Errors: as begin().
    Result<bool> add(const journal::Entry& entry);
    bool is_whole() const { return found_ >= parts_; }
    std::uint64_t seq() const { return seq_; }
    KeptMessage& kept() { return kept_; }

  private:
    KeptMessage kept_;
    std::uint64_t seq_ = 0;
    std::int64_t parts_ = 1, found_ = 1;
};

/// Errors: not_found when `seq` is no raw message, or its content was erased; corrupt.
Result<KeptMessage> read_raw(journal::Journal& journal, std::uint64_t seq);

inline constexpr std::size_t kReleaseReasonLettersMax = 500;

/// What of an agreement a person may set aside for one message, having judged it. What cannot be read is no rule.
enum class Rule : std::uint8_t {
    none,
    sender,  ///< Who says that it sends: the pairs, and the code that the sender's key is for. Code::unauthorised.
    type,    ///< The types that are agreed. Code::not_found.
};
/// The rule by which a message was refused; none where it was something else.
Rule rule_of(const Refusal& refusal);
/// The rule that refuses by this field, as `message.released` names it (`despite`); none for another field and for none.
Rule rule_named(std::string_view field);

/// What a person did with a dead letter, and why.
struct Release {
    std::string actor;   ///< "user:<id>".
    std::string why;     ///< 1 to kReleaseReasonLettersMax letters, in UTF-8.
    enum class Outcome : std::uint8_t { event, refused, dismissed } outcome = Outcome::dismissed;
    EventId event{};     ///< Of outcome event.
    Refusal refusal{};   ///< Of outcome refused.
    std::string despite{};  ///< The field whose rule was set aside for it; empty: none was.
};

/// Appends `message.released` {raw, why, outcome, event | code, field, reason, despite?}. Between begin() and commit().
/// Errors: as find_dead_letter; invalid, naming `reason`.
Result<void> record_release(journal::Book& book, std::uint64_t raw_seq, const Release& release);

}  // namespace bongsu::event
