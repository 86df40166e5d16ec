#pragma once
// Who looked at what: which looks are on record already, and those that wait for a disk that takes them.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "identity/role.hpp"
#include "journal/entry.hpp"

namespace bongsu::app {

inline constexpr std::string_view kRecordBack = "record.back";
inline constexpr std::string_view kStreamRoute = "WS /api/v1/stream";

/// Somebody who is logged in, and the address of the socket that asks.
struct Reader {
    identity::Session session;
    std::string remote;  ///< Without its port.
};

/// One answer, or one thing told to several at once, that shows personal data.
struct Look {
    std::string route;                  ///< "GET /api/v1/incidents/{id}".
    std::string query;                  ///< "limit=100&state=new", cut at kQueryBytesMax; empty for none.
    std::vector<std::string> subjects;  ///< "incident:01H…".
    std::string filters = {};           ///< What of the query tells one look at these subjects from another.

    static constexpr std::size_t kQueryBytesMax = 300;
};

/// The same session that looks at the same subject by the same route within kOnce is one entry, with the first time.
///
/// What fresh() answers counts as recorded from then on; keep() says that the batch which holds it is durable, take_back()
/// that it, or what came since a mark, is lost.
/// Threads: the store thread. Bounds: kKnownMax looks are remembered (about 10 MB); one more forgets the oldest, counted:
/// the next look of that sort is simply an entry again. kOwedBytesMax of looks wait for a disk; one more is refused.
class Reads {
  public:
    static constexpr std::chrono::minutes kOnce{10};
    static constexpr std::size_t kKnownMax = 100'000;
    static constexpr std::size_t kOwedBytesMax = 8 << 20;

    /// Of `subjects` those that are not on record yet, in their order.
    std::vector<std::string> fresh(const std::string& session, const std::string& route,
                                   const std::vector<std::string>& subjects, MonoTime now);
    std::size_t mark() const { return in_batch_.size(); }
    void take_back(std::size_t mark = 0);
    void keep() { in_batch_.clear(); }

    /// Kept until there is space; false when too much waits already.
    bool owe(journal::Draft draft);
    const std::deque<journal::Draft>& owed() const { return owed_; }
    void paid(std::size_t count);

    /// Counters for /metrics, since the start.
    struct Counts {
        std::uint64_t entries = 0;    ///< Entries `record.read` that were appended.
        std::uint64_t repeated = 0;   ///< Looks of which nothing was new.
        std::uint64_t forgotten = 0;  ///< Remembered looks that gave way before their time.
        std::uint64_t owed = 0;       ///< Answered before they were on record.
        std::uint64_t refused = 0;    ///< Not answered, as they could not be recorded.
    };
    Counts counts{};

  private:
    using Key = std::pair<std::uint64_t, std::uint64_t>;
    struct Hash {
        std::size_t operator()(const Key& key) const { return static_cast<std::size_t>(key.first); }
    };
    /// What is older than kOnce, and of the rest the oldest above `most`.
    void forget(MonoTime now, std::size_t most);

    std::unordered_map<Key, MonoTime, Hash> known_;
    std::deque<std::pair<MonoTime, Key>> by_age_;  ///< All have the same life: in the order in which it ends.
    std::vector<Key> in_batch_;
    std::deque<journal::Draft> owed_;
    std::size_t owed_bytes_ = 0;
};

/// The entries of a person's look, or of what several listeners of one agency were told; at most kSubjectsMax subjects and
/// kReadersMax readers each. `at`: when, where that is not when it is written.
std::vector<journal::Draft> look_drafts(const Reader& reader, const Look& look, std::optional<WallTime> at = {});
std::vector<journal::Draft> told_drafts(const std::string& actor, const std::vector<const Reader*>& readers,
                                        const std::vector<std::string>& subjects);
inline constexpr std::size_t kLookSubjectsMax = 250;  ///< An entry has room for 256.
inline constexpr std::size_t kLookReadersMax = 500;

}  // namespace bongsu::app
