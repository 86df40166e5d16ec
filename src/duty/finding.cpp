#include "duty/finding.hpp"

#include "base/text.hpp"
#include "crypto/crypto.hpp"
#include "journal/payload.hpp"

namespace bongsu::duty {
namespace {

constexpr std::string_view kColumns = "select seq, person, shift, seat, kind, agency, camera, incident, picture, found_at from duty_finding ";

Finding finding_in(const sql::Row& row) {
    Finding out;
    out.seq = static_cast<std::uint64_t>(row.integer(0));
    out.user = {row.text(1)};
    out.shift = row.text(2);
    out.seat = row.text(3);
    out.kind = row.text(4);
    out.agency = row.text(5);
    out.camera = {row.text(6)};
    out.incident = {row.text(7)};
    if (!row.is_null(8)) out.picture = static_cast<std::uint64_t>(row.integer(8));
    out.at = from_us(row.integer(9));
    return out;
}

/// From its start marker to its end marker (ITU-T T.81, B.1.1.3); what lies between is read by a browser alone, as a picture.
bool is_jpeg(std::string_view bytes) {
    return bytes.size() > 4 && bytes.starts_with("\xff\xd8\xff") && bytes.ends_with("\xff\xd9");
}

}  // namespace

Result<void> check(const Rules& rules, const FindingInput& finding) {
    if (rules.finding(finding.kind) == nullptr) return fail_field("kind", "is no kind of finding that is declared here");
    if (letters(finding.text) > kFindingTextLettersMax)
        return fail_field("text", "must be at most " + std::to_string(kFindingTextLettersMax) + " letters");
    if (finding.picture.size() > kPictureBytesMax) return fail_field("picture", "must be at most " + std::to_string(kPictureBytesMax) + " bytes");
    if (!finding.picture.empty() && !is_jpeg(finding.picture)) return fail_field("picture", "must be a JPEG");
    return {};
}

Result<std::uint64_t> keep_picture(journal::Book& book, const Stay& stay, const IncidentId& incident, const CameraId& camera,
                                   const std::string& picture) {
    TRY(const auto* entry, book.append({"duty.picture_kept",
                                        "user:" + stay.user.value,
                                        {"camera:" + camera.value},
                                        {{"incident", incident.value},
                                         {"camera", camera.value},
                                         {"bytes", crypto::to_base64(picture)},
                                         {"size", static_cast<std::int64_t>(picture.size())},
                                         {"sha256", crypto::to_hex(crypto::sha256(picture))}}}));
    return entry->seq;
}

Result<void> record_found(journal::Book& book, const Stay& stay, const FindingKind& kind, const CameraId& camera, const IncidentId& incident,
                          std::optional<std::uint64_t> picture) {
    boost::json::object payload{{"user", stay.user.value},     {"shift", stay.shift},
                                {"seat", stay.seat},           {"camera", camera.value},
                                {"kind", kind.key},            {"agency", kind.agency},
                                {"incident", incident.value}};
    if (picture) payload["picture"] = static_cast<std::int64_t>(*picture);
    TRY_DO(book.append({"duty.found",
                        "user:" + stay.user.value,
                        {"incident:" + incident.value, "camera:" + camera.value, "shift:" + stay.shift},
                        std::move(payload)}));
    return {};
}

Result<std::optional<Finding>> finding_of(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query(std::string(kColumns) + "where incident = $1 order by seq limit 1", {incident.value}));
    if (rows.empty()) return std::optional<Finding>{};
    return std::optional(finding_in(rows[0]));
}

Result<std::vector<Finding>> findings(sql::Db& db, const std::string& shift) {
    TRY(const auto rows, db.query(std::string(kColumns) + "where shift = $1 order by seq limit 10000", {shift}));
    std::vector<Finding> out;
    for (const auto& row : rows) out.push_back(finding_in(row));
    return out;
}

Result<std::string> picture(journal::Journal& journal, std::uint64_t seq) {
    std::optional<std::string> text;
    TRY_DO(journal.read(seq - 1, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.kind == "duty.picture_kept" && entry.seq == seq && !entry.erased) text = journal::text_of(entry.payload, "bytes");
        return false;
    }));
    if (!text) return fail(ErrorKind::not_found, "no picture is kept there");
    return crypto::from_base64(*text, "picture");
}

}  // namespace bongsu::duty
