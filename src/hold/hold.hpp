#pragma once
// Orders that video is kept, and what is read of them. A verb appends to the Book; it is so once Book::commit() has returned.

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "journal/book.hpp"

namespace bongsu::hold {

constexpr std::chrono::minutes kAround{30};             ///< Before an incident opened and after it ended (domain study 32).
constexpr std::chrono::hours kReviewAfter{24 * 30};     ///< Then its owner is asked whether it is still needed (domain study 33).
constexpr std::size_t kReasonLettersMax = 500;

/// One order. Times are UTC.
struct Hold {
    std::string id;  ///< ULID.
    std::uint64_t seq = 0;
    IncidentId incident;
    std::vector<CameraId> cameras;
    WallTime from{};
    std::optional<WallTime> to;  ///< None while the incident is open: it goes on.
    WallTime ordered_at{}, review_at{};
    std::string ordered_by;  ///< "user:…"
    std::optional<WallTime> ended_at;
    std::string ended_by, reason;  ///< The reason is empty once it is erased.
};

/// `hold.ordered` for those of `cameras` that no standing order of the incident has; nothing when there are none. `opened`: when the incident was.
/// `ended`: when it ended, if it has. Answers the order's id, or nothing. Bounds: 64 cameras.
Result<std::optional<std::string>> order(journal::Book& book, const std::string& actor, const IncidentId& incident, const std::vector<CameraId>& cameras, WallTime opened,
                                         std::optional<WallTime> ended);
/// The incident has ended: what stands of its orders goes until kAround after that. `hold.bounded`; nothing when there are none.
Result<void> bound(journal::Book& book, const std::string& actor, const IncidentId& incident, WallTime ended);
/// `hold.ended`. Errors: not_found; conflict when it has ended; invalid `reason`, 1 to 500 letters.
Result<Hold> end(journal::Book& book, const std::string& actor, const std::string& id, const std::string& reason);

/// Errors: not_found.
Result<Hold> find(sql::Db& db, const std::string& id);
/// Whether an order of the incident stands.
Result<bool> stands(sql::Db& db, const IncidentId& incident);

struct Query {
    std::optional<IncidentId> incident;
    std::optional<bool> standing;
    std::uint64_t before_seq = INT64_MAX;
    std::size_t limit = 50;
};
/// The newest first.
Result<std::vector<Hold>> list(sql::Db& db, const Query& query);
/// How many stand whose review is due at `now`.
Result<std::int64_t> due_for_review(sql::Db& db, WallTime now);

/// Tables: hold, hold_camera.
class HoldFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "hold"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"hold", "hold_camera"}; }
};

}  // namespace bongsu::hold
