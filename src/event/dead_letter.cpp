#include "event/dead_letter.hpp"

#include <algorithm>
#include <array>

#include "crypto/crypto.hpp"
#include "event/text.hpp"

namespace bongsu::event {

namespace json = boost::json;

namespace {

constexpr std::string_view kSelect =
    "select seq, time, actor, format, profile, code, field, reason, attempts, released from event_refused ";
constexpr std::array<std::string_view, 3> kOutcomes{"event", "refused", "dismissed"};

std::string text(const json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

DeadLetter letter_of(const sql::Row& row) {
    return {.raw_seq = static_cast<std::uint64_t>(row.integer(0)),
            .time = from_us(row.integer(1)),
            .actor = row.text(2),
            .format = row.text(3),
            .profile = row.text(4),
            .code = static_cast<int>(row.integer(5)),
            .field = row.text(6),
            .reason = row.text(7),
            .attempts = row.integer(8)};
}

}  // namespace

Result<std::vector<DeadLetter>> dead_letters(sql::Db& db, std::uint64_t before, std::size_t limit) {
    TRY(const auto rows,
        db.query(std::string(kSelect) + "where released = 0 and seq < $1 order by seq desc limit $2",
                 {static_cast<std::int64_t>(std::min<std::uint64_t>(before, INT64_MAX)),
                  static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, 1001))}));
    std::vector<DeadLetter> out;
    for (const auto& row : rows) out.push_back(letter_of(row));
    return out;
}

Result<std::vector<DeadLetter>> dead_letters_after(sql::Db& db, std::uint64_t after, std::size_t limit) {
    TRY(const auto rows,
        db.query(std::string(kSelect) + "where released = 0 and seq > $1 order by seq limit $2",
                 {static_cast<std::int64_t>(std::min<std::uint64_t>(after, INT64_MAX)),
                  static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, 1001))}));
    std::vector<DeadLetter> out;
    for (const auto& row : rows) out.push_back(letter_of(row));
    return out;
}

Result<std::int64_t> dead_letters_waiting(sql::Db& db) {
    TRY(const auto rows, db.query("select count(*) from (select 1 from event_refused where released = 0 limit $1) as found",
                 {kDeadLettersCounted}));
    return rows.front().integer(0);
}

Result<DeadLetter> find_dead_letter(sql::Db& db, std::uint64_t raw_seq) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where seq = $1", {static_cast<std::int64_t>(raw_seq)}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no such dead letter");
    if (rows[0].integer(9) != 0) return fail(ErrorKind::conflict, "it was released or dismissed before");
    return letter_of(rows[0]);
}

Result<RawParts> RawParts::begin(const journal::Entry& entry) {
    RawParts out;
    const auto& p = entry.payload;
    out.seq_ = entry.seq;
    out.kept_.actor = entry.actor;
    out.kept_.time = entry.time;
    out.kept_.is_cut = p.contains("cutFrom");
    auto& message = out.kept_.message;
    message.format = text(p, "format");
    message.profile = text(p, "profile");
    message.remote = text(p, "remote");
    message.content_type = text(p, "contentType");
    constexpr std::string_view kAgency = "agency:";
    message.agency = entry.actor.starts_with(kAgency) ? entry.actor.substr(kAgency.size()) : entry.actor;
    if (const auto* headers = p.if_contains("headers"); headers != nullptr && headers->is_object()) {
        for (const auto& [name, value] : headers->get_object()) {
            if (value.is_string()) message.headers.emplace(name, std::string(value.get_string()));
        }
    }
    const auto* count = p.if_contains("parts");
    if (count != nullptr && count->is_int64()) out.parts_ = count->get_int64();
    TRY(message.bytes, crypto::from_base64(text(p, "bytes"), "bytes"));
    return out;
}

Result<bool> RawParts::add(const journal::Entry& entry) {
    const auto* raw = entry.payload.if_contains("raw");
    const bool is_ours = entry.kind == "message.continued" && raw != nullptr && raw->is_int64() &&
                         raw->get_int64() == static_cast<std::int64_t>(seq_);
    if (!is_ours || entry.erased) return false;
    TRY(const auto more, crypto::from_base64(text(entry.payload, "bytes"), "bytes"));
    kept_.message.bytes += more;
    ++found_;
    return true;
}

Result<KeptMessage> read_raw(journal::Journal& journal, std::uint64_t seq) {
    if (seq == 0) return fail(ErrorKind::not_found, "entry 0 is no raw message");
    TRY(const bool is_erased, journal.is_ordered_erased(seq));
    if (is_erased) return fail(ErrorKind::not_found, "the message was erased by law");
    std::optional<RawParts> parts;
    TRY_DO(journal.read(seq - 1, [&](journal::Entry entry) -> Result<bool> {
        if (entry.seq == seq) {
            if (entry.kind != "message.received" || entry.erased) return false;
            TRY(parts, RawParts::begin(entry));
        } else {
            TRY(const bool is_ours, parts->add(entry));
            if (!is_ours) return false;
        }
        return !parts->is_whole();
    }));
    if (!parts) return fail(ErrorKind::not_found, "entry " + std::to_string(seq) + " is no raw message, or was erased");
    if (!parts->is_whole()) return fail(ErrorKind::corrupt, "parts of the raw message " + std::to_string(seq) + " are missing");
    return std::move(parts->kept());
}

Rule rule_of(const Refusal& refusal) {
    if (refusal.code == Code::unauthorised) return Rule::sender;
    return refusal.code == Code::not_found ? Rule::type : Rule::none;
}

Rule rule_named(std::string_view field) {
    // As admit() and the codecs name them; what a journal has named stays here.
    if (field == "sendCd" || field == "SND_SYS_CD") return Rule::sender;
    return field == "evtId" || field == "type" ? Rule::type : Rule::none;
}

Result<void> record_release(journal::Book& book, std::uint64_t raw_seq, const Release& release) {
    const bool is_blank = release.why.find_first_not_of(" \t\r\n") == std::string::npos;
    if (is_blank || !is_utf8(release.why) || letters(release.why) > kReleaseReasonLettersMax)
        return fail_field("reason", "must be a text of 1 to 500 letters");
    TRY([[maybe_unused]] const auto letter, find_dead_letter(book.db(), raw_seq));
    json::object payload{{"raw", static_cast<std::int64_t>(raw_seq)},
                         {"why", clean(release.why, 4 * kReleaseReasonLettersMax).text},
                         {"outcome", json::string(kOutcomes.at(static_cast<std::size_t>(release.outcome)))}};
    if (!release.despite.empty()) payload["despite"] = release.despite;
    std::vector<std::string> subjects;
    if (release.outcome == Release::Outcome::event) {
        payload["event"] = release.event.value;
        subjects.push_back("event:" + release.event.value);
    } else if (release.outcome == Release::Outcome::refused) {
        payload["code"] = static_cast<int>(release.refusal.code);
        payload["field"] = release.refusal.field;
        payload["reason"] = release.refusal.reason;
    }
    TRY([[maybe_unused]] const auto entry,
        book.append({"message.released", release.actor, std::move(subjects), std::move(payload)}));
    return {};
}

}  // namespace bongsu::event
