#pragma once
// The shift log (관제일지): notes, the brief that one shift leaves to the next (인수인계), and reports of what is wrong here (미비점). A verb
// appends to the Book; it is so once Book::commit() has returned.

#include <optional>
#include <string>
#include <vector>

#include "duty/roster.hpp"
#include "duty/rules.hpp"
#include "journal/book.hpp"

namespace bongsu::duty {

constexpr std::size_t kNoteLettersMax = 1000, kBriefItemsMax = 500;

struct Note {
    std::uint64_t seq = 0;
    UserId user;
    std::string shift, seat, text;  ///< The text is empty once erased.
    bool hands_over = false;        ///< The next shift has to know.
    WallTime at{};
};
/// `duty.noted` {user, shift, seat, text, handOver}. Errors: invalid names `text`.
Result<void> note(journal::Book& book, const Stay& stay, const std::string& text, bool hands_over);
/// Of a shift, oldest first; at most 10,000.
Result<std::vector<Note>> notes(sql::Db& db, const std::string& shift);

/// One line of a shift's log. The log is read from what is on record: nobody keeps it.
struct LogLine {
    WallTime at{};
    std::string kind;  ///< "came", "left", "break", "found", "noted", "shortcoming"; the site adds "incident", "ended", "alarm".
    std::optional<UserId> user;
    std::string subject;  ///< The incident, the alarm, the number.
    std::string detail;   ///< The seat, why somebody left, minutes of a break, the kind of a finding.
    std::string text{};   ///< Somebody's words; empty once erased.
    Named about{};        ///< The declared name of what it is about, where there is one.
};
/// This room's lines of a shift, oldest first; at most 10,000 of each kind.
Result<std::vector<LogLine>> log_lines(sql::Db& db, const std::string& shift);

/// One thing that the next shift takes over: an id and a word, never somebody's words.
struct BriefItem {
    std::string kind;     ///< "note", "missing", "shortcoming", "alarm", "incident", "more".
    std::string subject;  ///< The incident's id, the note's seq, …; each once by kind.
    std::string state;    ///< As it stood then: "acting", "2 of 12", ….
    std::optional<UserId> acked_by;
    std::optional<WallTime> acked_at;
};
/// What `shift` left to `to`, frozen when it ended.
struct Brief {
    std::string shift, to;
    WallTime at{};
    std::vector<BriefItem> items;
};
/// `duty.brief_frozen` {shift, to, items: [{kind, subject, state}]}. More than kBriefItemsMax: the first of them, and the brief says so by
/// an item of the kind "more". Errors: conflict when the shift has one.
Result<void> freeze_brief(journal::Book& book, const std::string& actor, const std::string& shift, const std::string& to, std::vector<BriefItem> items);
/// `duty.brief_acknowledged` {user, shift, kind, subject}. Errors: not_found (brief, item); forbidden `not_of_that_shift` for who does not sit in
/// the shift that takes over; conflict when somebody has.
Result<void> acknowledge_item(journal::Book& book, const UserId& user, const std::string& shift, const std::string& kind, const std::string& subject);
Result<std::optional<Brief>> brief_of(sql::Db& db, const std::string& shift);

/// What somebody on duty reports as wanting: numbered, given to somebody, answered, shown to who reported it.
struct Shortcoming {
    std::string number;  ///< "2026-0007": the year in Seoul and a count.
    std::uint64_t seq = 0;
    UserId user;
    std::string shift, text;  ///< Empty once erased.
    WallTime at{};
    std::optional<UserId> assigned_to, answered_by;
    std::optional<WallTime> assigned_at, answered_at;
    std::string answer;

    std::string_view state() const { return answered_at ? "answered" : assigned_at ? "assigned" : "reported"; }
};
/// `duty.shortcoming_reported` {no, user, shift, text}. Answers its number. Errors: invalid names `text`.
Result<std::string> report_shortcoming(journal::Book& book, const Stay& stay, const std::string& text);
/// `duty.shortcoming_assigned` {no, to}. Errors: not_found, conflict (answered).
Result<void> assign_shortcoming(journal::Book& book, const std::string& actor, const std::string& number, const UserId& to);
/// `duty.shortcoming_answered` {no, user, text}. Errors: not_found; forbidden for who is neither given it nor `may_plan`; invalid names `text`;
/// conflict (answered).
Result<void> answer_shortcoming(journal::Book& book, const UserId& user, bool may_plan, const std::string& number, const std::string& text);
Result<Shortcoming> find_shortcoming(sql::Db& db, const std::string& number);
/// Newest first, at most `limit`; only those that are not answered when `only_open`.
Result<std::vector<Shortcoming>> shortcomings(sql::Db& db, bool only_open, std::size_t limit = 200);

}  // namespace bongsu::duty
