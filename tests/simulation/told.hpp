#pragma once
// What partners are told of their incidents: by the journal's entries, and by what arrived at the partners.

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "app/site/outputs.hpp"
#include "journal/entry.hpp"
#include "world.hpp"

namespace bongsu::simulation {

struct Node;

/// The outbox as a second hand folds it from the entries.
struct OutboxWatch {
    enum class State : std::uint8_t { waiting, delivered, failed, simulated };
    struct Telling {
        std::string partner, incident, number, code, place, why;
        std::int64_t state_time = 0, attempts = 0;
        std::uint64_t seq = 0;    ///< Of `outbound.queued`.
        std::uint64_t queue = 0;  ///< Its place: of the entry that queued it last.
        std::uint64_t why_seq = 0;
        State state = State::waiting;
    };
    std::map<std::string, Telling> tellings;                            ///< By id.
    std::map<std::string, std::map<std::uint64_t, std::string>> waits;  ///< Partner -> place -> id.
    std::map<std::string, std::string> state_of;                        ///< Of an incident.
    std::map<std::string, std::set<std::string>> calls_of, released_of, ever_of;  ///< Its calls: that go on, that were released, that it ever had.
    std::map<std::string, std::string> call_of;                         ///< Of an event.
    std::set<std::pair<std::string, std::string>> owed;                 ///< In the batch under way: call and code.
    std::multiset<std::string> sent_again;                              ///< Ids of dead letters.
    std::int64_t failed = 0;
    bool failed_in_batch = false;

    bool any_waits() const {
        return std::any_of(waits.begin(), waits.end(), [](const auto& partner) { return !partner.second.empty(); });
    }
};

/// What a partner makes out of the bytes that came.
struct HeardOf {
    std::string number, status, time, place;  ///< `status` and `time` as they stand in its format.
    auto operator<=>(const HeardOf&) const = default;
};

class ToldOracle {
  public:
    ToldOracle(Schedule& schedule, std::function<void(const std::string&)> violated)
        : schedule_(schedule), violated_(std::move(violated)) {}

    /// A call that its sender marks as a test: nobody is told of it.
    void sent_as_drill(const std::string& number) { drills_.insert(number); }
    bool is_drill(const std::string& number) const { return drills_.contains(number); }
    void sent_again_was_answered(const std::string& id) { sent_again_.insert(id); }

    void fold(OutboxWatch& watch, const journal::Entry& entry, bool fresh);
    /// Behind a batch: whatever state people brought about is queued for who sent the incident.
    void check_owed(OutboxWatch& watch);
    static void fold_incident(OutboxWatch& watch, const journal::Entry& entry);
    /// A dead letter leaves no batch without the desks' notice.
    void check_alarm(OutboxWatch& watch, const app::Outputs& out);
    void check_acknowledged(const OutboxWatch& watch);

    /// The site begins a life: nobody waits for anything that was under way.
    void began_anew();
    /// The site let it go: it waits, first of its partner, by an entry that is durable, and its wait is over.
    void try_began(const Node& centre, const outbound::Try& attempt);
    void try_ended(const outbound::Try& attempt, const event::Profile& profile, outbound::Verdict verdict);
    /// A partner has the whole message.
    void arrived(const Node& centre, const outbound::Try& attempt, const event::Profile& profile, const HeardOf& heard);
    void was_accepted(const std::string& id) { accepted_.insert(id); }
    void was_refused(const std::string& id) { refused_.insert(id); }

    /// Nobody's turn is long over.
    void check_due(const Node& centre);
    /// The log of deliveries says of each what the entries say. The folds are level.
    void check_log(Node& centre);
    /// Partners were well again since `healed`.
    void check_end(const Node& centre, MonoTime healed);

    std::uint64_t arrivals() const { return arrivals_; }
    std::uint64_t repeats() const { return repeats_; }
    std::uint64_t dead_letters() const { return dead_letters_; }
    /// Tries that were under way when the centre died.
    std::uint64_t cut_by_deaths() const { return cut_by_deaths_; }
    std::uint64_t checks() const { return checks_; }

  private:
    struct Partner {
        std::string under_way;        ///< Id.
        std::int64_t failures = 0;    ///< In a row, in this life.
        MonoTime not_before{}, due{};
        std::map<std::string, std::uint64_t> last_place;  ///< Number -> place in the queue of what arrived last.
    };
    void fold_queued(OutboxWatch& watch, const journal::Entry& entry, bool fresh);
    void fold_end(OutboxWatch& watch, const journal::Entry& entry, bool fresh);

    Schedule& schedule_;
    std::function<void(const std::string&)> violated_;
    std::set<std::string> drills_, accepted_, refused_;
    std::multiset<std::string> sent_again_;
    std::map<std::string, Partner> partners_;
    std::map<std::string, HeardOf> heard_;                                      ///< By id: as it came first.
    std::map<std::tuple<std::string, std::string, std::string, std::string>, std::string> id_of_;
    std::map<std::string, MonoTime> waits_since_;                                ///< By id.
    std::optional<MonoTime> could_not_write_at_;
    std::uint64_t refused_writes_ = 0;
    std::uint64_t arrivals_ = 0, repeats_ = 0, dead_letters_ = 0, cut_by_deaths_ = 0, checks_ = 0;
};

}  // namespace bongsu::simulation
