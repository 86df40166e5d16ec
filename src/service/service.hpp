#pragma once
// The linked services as declarations: what a partner's messages are for, who may look on which legal basis, what has to be done.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "grant/purpose.hpp"
#include "sop/sop.hpp"

namespace bongsu::service {

struct Name {
    std::string ko, en;
    bool operator==(const Name&) const = default;
};

/// Forward by one step, from pilot back to reviewed, and from everywhere to retired, which nothing leaves.
enum class Life : std::uint8_t { proposed, reviewed, pilot, running, retired };
std::string_view to_string(Life life);
std::optional<Life> life_of(std::string_view word);
bool may_follow(Life before, Life after);
/// Pilot and running: cameras are lent under it, its procedure begins.
constexpr bool is_in_force(Life life) { return life == Life::pilot || life == Life::running; }

/// A kind of message: evtId, or the `type` of a CloudEvent.
struct Type {
    std::string id;
    Name name;  ///< Empty: the catalogue's.
};

/// What a report's code decides about the picture for whoever reported it.
enum class Decision : std::uint8_t { by_itself, after_receipt, refused };
std::string_view to_string(Decision decision);
std::optional<Decision> decision_of(std::string_view word);

/// A moment of the case that its sender tells in an item: 현장도착, 초진, … in whatever order they come.
struct Stage {
    std::string key;  ///< "arrived" is what the time to arrival is measured by.
    Name name;
    std::string item;  ///< The item's key.
    std::vector<std::string> values;
};

/// What became of a real case, besides the outcome that every close has.
struct Effect {
    std::string key;
    Name name;
    bool helped = false;  ///< Counts as a case that the pictures helped.
};

/// How long persons' words and places of a case that has ended stay, and by which law they go then.
struct Keep {
    std::chrono::days days{0};
    std::string basis;
};

/// One service. services/*.toml describe the fields. Immutable once loaded.
struct Service {
    std::string key;
    std::int64_t version = 1;
    Name name;
    Life life = Life::proposed;
    std::vector<std::string> senders;  ///< Codes, or beginnings of codes, of the agencies whose messages are its own.
    std::vector<Type> types;
    std::map<int, Decision> codes;  ///< Of the 112 code; empty: the grade decides.
    std::vector<std::string> purposes;  ///< Keys: of purposes.toml, or of `own_purposes`.
    std::vector<grant::Purpose> own_purposes;
    std::optional<sop::Sop> own_sop;
    std::vector<identity::Role> desk;  ///< The only roles of the centre's people that see its incidents; empty: all.
    std::vector<Stage> stages;
    std::vector<Effect> results;
    std::optional<Keep> keep;  ///< None: until somebody orders that they go.
    std::string digest;  ///< Hex SHA-256 of its text but for `life`.
    bool is_aside = false;  ///< Found at a start in a state that the record does not lead to: its cases are known, and nothing is lent.

    bool is_in_force() const { return !is_aside && service::is_in_force(life); }
    bool is_sent_by(std::string_view agency) const;
    const Type* find_type(std::string_view id) const;
    const Stage* stage_of(const std::map<std::string, std::string>& items) const;
    const Effect* find_result(std::string_view key) const;
    bool is_seen_by(identity::Role role) const;
};

/// All that a site knows, and what follows from them. Immutable once loaded. Threads: any.
class Services {
  public:
    /// `files`: name (for errors) -> TOML, a service each. All errors at once, a line each, naming file and field. Refused: a key twice, a
    /// type of two services, a purpose that stands nowhere, a purpose of another service's key.
    static Result<Services> parse(const std::map<std::string, std::string>& files);
    /// Those that the program brings along, and `files`: one with a key of those stands in its place.
    static Result<Services> with_defaults(const std::map<std::string, std::string>& files);
    static const Services& defaults();

    const std::vector<Service>& all() const { return services_; }
    const Service* find(std::string_view key) const;
    /// Whose message it is; null for what belongs to none.
    const Service* of_type(std::string_view type) const;
    /// Those of these keys are not in force, whatever they say.
    void set_aside(const std::vector<std::string>& keys);
    /// `base` and what those in force bring; without what belongs to the others.
    grant::Purposes purposes(const grant::Purposes& base) const;
    sop::Sops sops(const sop::Sops& base) const;
    /// Null for one that is declared no more.
    const Stage* find_stage(std::string_view service, std::string_view stage) const;
    /// Kinds of messages whose incidents this role does not see.
    std::vector<std::string> hidden_from(identity::Role role) const;

  private:
    std::vector<Service> services_;
};

/// The texts that the program brings along, by file name.
const std::map<std::string, std::string>& default_services();

/// The kinds of entries that this room writes, and the stage that ends the time to arrival.
inline constexpr std::string_view kDeclared = "services.declared", kJudged = "service.judged", kStageReached = "service.stage", kEffectNoted = "service.result", kPurged = "service.purged";
inline constexpr std::string_view kArrived = "arrived";

inline constexpr std::size_t kServicesMax = 100, kFileBytesMax = 256 << 10;

}  // namespace bongsu::service
