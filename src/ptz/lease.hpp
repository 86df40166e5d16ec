#pragma once
// Who has a camera to turn: nouns, verbs and what is read of them. A verb appends to the Book; it is so once Book::commit() has returned.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "grant/grant.hpp"
#include "identity/role.hpp"
#include "journal/book.hpp"

namespace bongsu::ptz {

constexpr std::chrono::seconds kIdleMost{30};  ///< A lease without a movement is over after it.
constexpr std::size_t kReasonLettersMax = 200;
constexpr std::size_t kLeasesMax = 6;  ///< Of one person at a time: as many as tiles.

/// Who goes before whom (domain study 12.3), the least first.
enum class Rank : std::uint8_t {
    patrol,     ///< Watching on duty, under a grant of one's own.
    operator_,  ///< An incident in hand, whoever of the crew or of an agency has it.
    police,     ///< The crew's police officer, and the police's own room.
};
/// "patrol", "operator", "police".
std::string_view to_string(Rank rank);
Rank rank_of(const identity::Session& session, const grant::Grant& grant);

struct Lease {
    std::string id;  ///< ULID.
    CameraId camera;
    UserId user;
    AgencyId agency;
    Rank rank = Rank::patrol;
    GrantId grant;
    IncidentId incident;  ///< Empty for a patrol's.
    std::string purpose;
    std::string reason;   ///< Empty once it is erased.
    WallTime leased_at{};
    std::int64_t motions = 0;
    std::string motion;  ///< Of one that is under way; else empty.
    std::optional<WallTime> ended_at;
    std::string why;  ///< It ended: "released", "taken_over", "idle", "grant_ended", "seat_left".
    std::string by;   ///< Who took it over: "user:…".
};

struct Wish {
    CameraId camera;
    GrantId grant;
    std::string reason;
};
struct Taken {
    Lease lease;
    std::optional<Lease> before;  ///< From whom it was taken over, or what the caller had under another grant or for another reason.
    bool is_new = true;           ///< The caller had it already.
};
/// `ptz.leased`, behind the `ptz.released` of whom it is taken over from; nothing when the caller has it for the same.
/// `here`: the site of this Book (for who sees which grant).
/// Errors: invalid `reason`, 1 to 200 letters; not_found for a grant that one may not see; forbidden for one that one does not hold, that has
/// not this camera or does not turn cameras; conflict for one that does not live, and `ptz_taken` where somebody of no lesser rank has the camera;
/// exhausted, kLeasesMax.
Result<Taken> take(journal::Book& book, const identity::Session& session, const SiteId& here, const Wish& wish, WallTime now);
/// `ptz.released`; nothing when it has ended already. `by`: who took it over, or empty.
Result<void> release(journal::Book& book, const std::string& actor, const Lease& lease, std::string_view why, const std::string& by = {});
/// Whether it may go on: its grant lives, holds the camera and turns cameras. Errors: those of take().
Result<void> check_grant(sql::Db& db, const Lease& lease, WallTime now);

/// Hundredths of the fastest: -100 … 100.
struct Speed {
    int pan = 0, tilt = 0, zoom = 0;
    bool is_still() const { return pan == 0 && tilt == 0 && zoom == 0; }
    bool operator==(const Speed&) const = default;
};
struct Order {
    std::string act;  ///< "move", "preset", "home".
    Speed speed = {};
    std::string preset = {};
};
/// `ptz.moved`, before the camera hears of it. Answers the motion's id; only a move is under way from then on.
Result<std::string> begin_motion(journal::Book& book, const std::string& actor, const Lease& lease, const Order& order);

/// What became of a move: from its first word to its last, how often it was said.
struct Motion {
    std::string id;
    Speed speed;
    WallTime from{}, to{};
    std::int64_t count = 0;
};
/// `ptz.rested`. `why`: "stopped", "silent", "changed", "released", "refused", "restarted".
Result<void> end_motion(journal::Book& book, const std::string& actor, const Lease& lease, const Motion& motion, std::string_view why);

/// The one that stands.
Result<std::optional<Lease>> lease_of(sql::Db& db, const CameraId& camera);
/// Errors: not_found.
Result<Lease> find(sql::Db& db, const std::string& id);
/// All that stand.
Result<std::vector<Lease>> standing(sql::Db& db);

/// Table: ptz_lease.
class PtzFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "ptz"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"ptz_lease"}; }
};

}  // namespace bongsu::ptz
