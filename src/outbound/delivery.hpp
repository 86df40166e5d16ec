#pragma once
// Messages of ours to partners, from the act that caused them to the partner's word.

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "event/position.hpp"
#include "journal/book.hpp"

namespace bongsu::outbound {

enum class State : std::uint8_t { waiting, delivered, failed, simulated };
std::string_view to_string(State state);
std::optional<State> state_of(std::string_view name);

/// What is told: an occurrence of the partner's own, in the state that it has with us.
struct Message {
    std::string number;       ///< The partner's number.
    std::string code;         ///< "20" received, "40" acting, "91" closed, "90" cancelled.
    WallTime state_time;
    std::string type, type_name, grade;
    std::optional<event::Position> position;
    std::string place;
    WallTime occurred_at;
};

struct Delivery {
    std::string id;
    std::uint64_t seq = 0;  ///< Of `outbound.queued`, or of the newest `outbound.requeued`: its place in the queue.
    std::string partner;    ///< Key of its profile.
    IncidentId incident;
    Message message;
    State state = State::waiting;
    std::int64_t attempts = 0;
    std::string why;  ///< The newest reason of a try that failed, or the partner's words.
    WallTime queued_at;
    std::optional<WallTime> done_at;
};

/// The word that a test's message carries wherever it is shown.
inline constexpr std::string_view kSimulated = "SIMULATED, not sent";

/// All verbs: between book.begin() and book.commit(), on the store thread. Journal errors pass through.

/// Appends `outbound.queued`; with `simulated` it will never wait, and so never leave. Its state's time is behind that of all that the partner was
/// told of the number, by a second at least.
Result<std::string> queue(journal::Book& book, const std::string& actor, const std::string& partner,
                          const IncidentId& incident, const Message& message, bool simulated);
/// Appends `outbound.delivered` {id, attempts, answer}. Errors: not_found; conflict when it does not wait.
Result<void> record_delivered(journal::Book& book, const std::string& actor, const std::string& id,
                              const std::string& answer);
/// Appends `outbound.tried` {id, attempt, why}: it stays the head of its partner's queue.
Result<void> record_tried(journal::Book& book, const std::string& actor, const std::string& id, const std::string& why);
/// Appends `outbound.failed` {id, attempts, why}: a dead letter.
Result<void> record_failed(journal::Book& book, const std::string& actor, const std::string& id, const std::string& why);
/// Appends `outbound.requeued` {id, why}: a person sends a dead letter again, at the end of the queue.
/// Errors: not_found; conflict for one that did not fail; invalid, naming `reason`.
Result<void> record_requeued(journal::Book& book, const std::string& actor, const std::string& id,
                             const std::string& why);

struct Query {
    std::optional<IncidentId> incident{};
    std::optional<State> state{};
    std::uint64_t before_seq = UINT64_MAX;
    std::size_t limit = 100;  ///< 1–1,001.
};
/// Newest first.
Result<std::vector<Delivery>> list(sql::Db& db, const Query& query);
/// Errors: not_found.
Result<Delivery> find(sql::Db& db, const std::string& id);
/// The partner's oldest that waits.
Result<std::optional<Delivery>> head(sql::Db& db, const std::string& partner);
/// How many are in this state; stops counting at 1000.
Result<std::int64_t> count(sql::Db& db, State state);

/// Table `outbound`.
class OutboundFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "outbound"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"outbound"}; }
};

boost::json::object to_json(const Delivery& delivery);

}  // namespace bongsu::outbound
