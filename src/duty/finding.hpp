#pragma once
// What an operator finds on a screen (관제 중 발견): of which kind, on which camera, with the picture that was seen. A verb appends to
// the Book; it is so once Book::commit() has returned.

#include <optional>
#include <string>
#include <string_view>

#include "duty/roster.hpp"
#include "duty/rules.hpp"
#include "journal/book.hpp"

namespace bongsu::duty {

/// With base64 around it a picture of this size fits one entry.
constexpr std::size_t kPictureBytesMax = 176 << 10;
constexpr std::size_t kFindingTextLettersMax = 500;

/// What somebody reports.
struct FindingInput {
    CameraId camera;
    std::string kind;     ///< A key of Rules::findings().
    std::string text;     ///< Of the operator; may be empty. It belongs to the event, and stands in no entry of this room.
    std::string picture;  ///< A JPEG as the desk showed it; empty: none.
};

/// Errors: invalid names `kind`, `text` (letters), `picture` (no JPEG, or too large).
Result<void> check(const Rules& rules, const FindingInput& finding);

/// `duty.picture_kept` {incident, camera, bytes (base64), size, sha256}. It is what a person's desk sent, not evidence of a recorder.
/// Answers its seq.
Result<std::uint64_t> keep_picture(journal::Book& book, const Stay& stay, const IncidentId& incident, const CameraId& camera,
                                   const std::string& picture);

/// `duty.found` {user, shift, seat, camera, kind, agency, incident, picture?}.
Result<void> record_found(journal::Book& book, const Stay& stay, const FindingKind& kind, const CameraId& camera,
                          const IncidentId& incident, std::optional<std::uint64_t> picture);

struct Finding {
    std::uint64_t seq = 0;
    UserId user;
    std::string shift, seat, kind, agency;
    CameraId camera;
    IncidentId incident;
    std::optional<std::uint64_t> picture;  ///< The seq of `duty.picture_kept`; none when it was erased.
    WallTime at{};
};

/// Nothing for an incident that was not found on a screen.
Result<std::optional<Finding>> finding_of(sql::Db& db, const IncidentId& incident);
/// Of a shift, in their order; at most 10,000.
Result<std::vector<Finding>> findings(sql::Db& db, const std::string& shift);
/// The JPEG of a committed `duty.picture_kept`. Errors: not_found (another entry, erased), corrupt.
Result<std::string> picture(journal::Journal& journal, std::uint64_t seq);

}  // namespace bongsu::duty
