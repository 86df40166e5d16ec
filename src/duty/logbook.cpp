#include "duty/logbook.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/text.hpp"
#include "duty/finding.hpp"

namespace bongsu::duty {
namespace {

namespace json = boost::json;

Result<void> check_text(const std::string& text) {
    const bool is_blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
    if (is_blank || letters(text) > kNoteLettersMax) return fail_field("text", "must be 1 to " + std::to_string(kNoteLettersMax) + " letters");
    return {};
}

constexpr std::string_view kShortcomingColumns =
    "select no, seq, person, shift, words, reported_at, assigned_to, assigned_at, answered_by, answered_at, answer from duty_shortcoming ";

std::optional<UserId> user_at(const sql::Row& row, std::size_t column) {
    return row.is_null(column) ? std::nullopt : std::optional(UserId{row.text(column)});
}
std::optional<WallTime> time_at(const sql::Row& row, std::size_t column) {
    return row.is_null(column) ? std::nullopt : std::optional(from_us(row.integer(column)));
}

Shortcoming shortcoming_in(const sql::Row& row) {
    Shortcoming out;
    out.number = row.text(0);
    out.seq = static_cast<std::uint64_t>(row.integer(1));
    out.user = {row.text(2)};
    out.shift = row.text(3);
    out.text = row.text(4);
    out.at = from_us(row.integer(5));
    out.assigned_to = user_at(row, 6);
    out.assigned_at = time_at(row, 7);
    out.answered_by = user_at(row, 8);
    out.answered_at = time_at(row, 9);
    out.answer = row.text(10);
    return out;
}

/// "2026-0007" behind "2026-0006".
Result<std::string> next_number(sql::Db& db, WallTime now) {
    const auto year = to_text(day_of(now)).substr(0, 4);
    TRY(const auto rows, db.query("select count(*) from duty_shortcoming where no >= $1 and no < $2", {year + "-", year + "."}));
    auto count = std::to_string(rows[0].integer(0) + 1);
    if (count.size() < 4) count.insert(0, 4 - count.size(), '0');
    return year + "-" + count;
}

}  // namespace

Result<void> note(journal::Book& book, const Stay& stay, const std::string& text, bool hands_over) {
    TRY_DO(check_text(text));
    TRY_DO(book.append({"duty.noted",
                        "user:" + stay.user.value,
                        {"shift:" + stay.shift, "user:" + stay.user.value},
                        {{"user", stay.user.value}, {"shift", stay.shift}, {"seat", stay.seat}, {"text", text}, {"handOver", hands_over ? 1 : 0}}}));
    return {};
}

Result<std::vector<Note>> notes(sql::Db& db, const std::string& shift) {
    TRY(const auto rows, db.query("select seq, person, seat, words, hands_over, noted_at from duty_note where shift = $1 order by seq limit 10000", {shift}));
    std::vector<Note> out;
    for (const auto& row : rows)
        out.push_back({static_cast<std::uint64_t>(row.integer(0)), {row.text(1)}, shift, row.text(2), row.text(3), row.integer(4) != 0, from_us(row.integer(5))});
    return out;
}

Result<std::vector<LogLine>> log_lines(sql::Db& db, const std::string& shift) {
    std::vector<LogLine> out;
    TRY(const auto came, stays(db, shift));
    for (const auto& stay : came) {
        out.push_back({stay.in, "came", stay.user, "", stay.seat});
        if (stay.out) out.push_back({*stay.out, "left", stay.user, "", stay.out_why});
    }
    TRY(const auto breaks, db.query("select person, from_at, to_at from duty_break where shift = $1 and to_at is not null order by seq limit 10000", {shift}));
    for (const auto& row : breaks) {
        const auto minutes = std::chrono::round<std::chrono::minutes>(from_us(row.integer(2)) - from_us(row.integer(1)));
        out.push_back({from_us(row.integer(1)), "break", UserId{row.text(0)}, "", std::to_string(minutes.count())});
    }
    TRY(const auto found, findings(db, shift));
    for (const auto& finding : found) out.push_back({finding.at, "found", finding.user, finding.incident.value, finding.kind});
    TRY(const auto noted, notes(db, shift));
    for (const auto& one : noted) out.push_back({one.at, "noted", one.user, "", one.hands_over ? "handOver" : "", one.text});
    TRY(const auto reports, db.query(std::string(kShortcomingColumns) + "where shift = $1 order by seq limit 10000", {shift}));
    for (const auto& row : reports) {
        const auto report = shortcoming_in(row);
        out.push_back({report.at, "shortcoming", report.user, report.number, "", report.text});
    }
    std::stable_sort(out.begin(), out.end(), [](const LogLine& a, const LogLine& b) { return a.at < b.at; });
    return out;
}

Result<void> freeze_brief(journal::Book& book, const std::string& actor, const std::string& shift, const std::string& to, std::vector<BriefItem> items) {
    TRY(const auto before, brief_of(book.db(), shift));
    if (before) return fail(ErrorKind::conflict, "the shift has left its brief");
    if (items.size() > kBriefItemsMax) {
        const auto more = items.size() - kBriefItemsMax + 1;
        items.resize(kBriefItemsMax - 1);
        items.push_back({"more", "all", std::to_string(more), {}, {}});
    }
    json::array list;
    for (const auto& item : items) list.push_back({{"kind", item.kind}, {"subject", item.subject}, {"state", item.state}});
    TRY_DO(book.append({"duty.brief_frozen", actor, {"shift:" + shift, "shift:" + to}, {{"shift", shift}, {"to", to}, {"items", std::move(list)}}}));
    return {};
}

Result<void> acknowledge_item(journal::Book& book, const UserId& user, const std::string& shift, const std::string& kind, const std::string& subject) {
    TRY(const auto brief, brief_of(book.db(), shift));
    if (!brief) return fail(ErrorKind::not_found, "the shift has left no brief");
    const auto found = std::find_if(brief->items.begin(), brief->items.end(), [&](const BriefItem& item) { return item.kind == kind && item.subject == subject; });
    if (found == brief->items.end()) return fail(ErrorKind::not_found, "the brief has no such item");
    TRY(const auto stay, stay_of(book.db(), user));
    if (!stay || stay->shift != brief->to) return fail_code(ErrorKind::forbidden, "not_of_that_shift", "the brief is for those who sit in the shift " + brief->to);
    if (found->acked_at) return fail(ErrorKind::conflict, "the item is acknowledged");
    TRY_DO(book.append({"duty.brief_acknowledged",
                        "user:" + user.value,
                        {"shift:" + shift, "user:" + user.value},
                        {{"user", user.value}, {"shift", shift}, {"kind", kind}, {"subject", subject}}}));
    return {};
}

Result<std::optional<Brief>> brief_of(sql::Db& db, const std::string& shift) {
    TRY(const auto heads, db.query("select to_shift, frozen_at from duty_brief where shift = $1", {shift}));
    if (heads.empty()) return std::optional<Brief>{};
    Brief out{shift, heads[0].text(0), from_us(heads[0].integer(1)), {}};
    TRY(const auto rows, db.query("select kind, subject, state, acked_by, acked_at from duty_brief_item where shift = $1 order by place", {shift}));
    for (const auto& row : rows) out.items.push_back({row.text(0), row.text(1), row.text(2), user_at(row, 3), time_at(row, 4)});
    return std::optional(std::move(out));
}

Result<std::string> report_shortcoming(journal::Book& book, const Stay& stay, const std::string& text) {
    TRY_DO(check_text(text));
    TRY(auto number, next_number(book.db(), book.env().clock.wall()));
    TRY_DO(book.append({"duty.shortcoming_reported",
                        "user:" + stay.user.value,
                        {"shortcoming:" + number, "shift:" + stay.shift},
                        {{"no", number}, {"user", stay.user.value}, {"shift", stay.shift}, {"text", text}}}));
    return number;
}

Result<void> assign_shortcoming(journal::Book& book, const std::string& actor, const std::string& number, const UserId& to) {
    TRY(const auto known, find_shortcoming(book.db(), number));
    if (known.answered_at) return fail(ErrorKind::conflict, "it is answered");
    TRY_DO(book.append({"duty.shortcoming_assigned", actor, {"shortcoming:" + number, "user:" + to.value}, {{"no", number}, {"to", to.value}}}));
    return {};
}

Result<void> answer_shortcoming(journal::Book& book, const UserId& user, bool may_plan, const std::string& number, const std::string& text) {
    TRY_DO(check_text(text));
    TRY(const auto known, find_shortcoming(book.db(), number));
    if (!may_plan && known.assigned_to != user) return fail(ErrorKind::forbidden, "it is answered by whom it was given to");
    if (known.answered_at) return fail(ErrorKind::conflict, "it is answered");
    TRY_DO(book.append({"duty.shortcoming_answered", "user:" + user.value, {"shortcoming:" + number}, {{"no", number}, {"user", user.value}, {"text", text}}}));
    return {};
}

Result<Shortcoming> find_shortcoming(sql::Db& db, const std::string& number) {
    TRY(const auto rows, db.query(std::string(kShortcomingColumns) + "where no = $1", {number}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no such report");
    return shortcoming_in(rows[0]);
}

Result<std::vector<Shortcoming>> shortcomings(sql::Db& db, bool only_open, std::size_t limit) {
    TRY(const auto rows, db.query(std::string(kShortcomingColumns) + (only_open ? "where answered_at is null " : "") + "order by seq desc limit $1",
                                  {static_cast<std::int64_t>(limit)}));
    std::vector<Shortcoming> out;
    for (const auto& row : rows) out.push_back(shortcoming_in(row));
    return out;
}

}  // namespace bongsu::duty
