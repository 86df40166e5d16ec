#pragma once
// Standing procedures as declarations: what the screen shows is what the server runs.

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bongsu::config {
class Reader;
}

namespace bongsu::sop {

struct Text {
    std::string ko, en;
    bool operator==(const Text&) const = default;
};

enum class StepKind : std::uint8_t {
    act,   ///< Something to be done.
    ask,   ///< A question; its answer says how it goes on.
    tell,  ///< A message to an agency, whose acknowledgement or silence is followed.
};
std::string_view to_string(StepKind kind);

inline constexpr std::string_view kEnd = "end";

struct Answer {
    std::string key;
    Text text;
    std::string next;  ///< A later step or kEnd.
    bool operator==(const Answer&) const = default;
};

struct Step {
    std::string key;
    StepKind kind = StepKind::act;
    Text text;
    std::vector<Answer> answers;             ///< Of ask: 2 to 8.
    std::string next;                        ///< Of act and tell: a later step or kEnd.
    std::string does;                        ///< Of act and tell: the act on the incident that it is; whoever does one does the other.
    std::string to;                          ///< Of tell: the agency's word, "112", "119", "disaster", "district", …
    std::chrono::seconds due{0};             ///< From when it is its turn; 0: no hurry.
    std::chrono::seconds acknowledge{0};     ///< Of tell: silence for longer is shown.
    std::vector<std::string> gates;          ///< Acts on the incident that wait for it.
    bool operator==(const Step&) const = default;
};

/// One version of a procedure. A version never changes: another text is another version.
struct Sop {
    std::string key;
    std::int64_t version = 1;
    Text name;
    std::vector<std::string> events;  ///< Event types that begin it; "*": any that has none of its own.
    std::vector<Step> steps;          ///< The first is where it begins; every way leads forward, to kEnd.

    /// Null when it has none.
    const Step* find(std::string_view step) const;
    /// Its declaration in one form (JSON, keys in order), for the record and for comparing.
    std::string to_json() const;
};

/// What to_json() made. Errors: corrupt.
Result<Sop> from_json(std::string_view text);

/// Immutable once parsed. Threads: any. sops.toml describes the fields.
class Sops {
  public:
    /// All errors at once, a line each. Bounds: 1 MiB, 300 procedures, 60 steps each. Refused: a step that nothing leads to, a way
    /// back, an act that cannot be gated, a key and version twice.
    static Result<Sops> parse(std::string_view toml);
    /// Those that the program brings along.
    static const Sops& defaults();

    /// The newest version; null when there is none.
    const Sop* find(std::string_view key) const;
    /// The newest of those that such an event begins; null when there is none.
    const Sop* for_event(std::string_view type) const;
    const std::vector<Sop>& all() const { return sops_; }
    /// `more` before these: for one event type the first that names it. Of two with one key and version that of `more`.
    Sops with(const std::vector<Sop>& more) const;

  private:
    std::vector<Sop> sops_;
};

/// One procedure that stands in another file; what is wrong with it is gathered by `reader`, which reads `table`.
Sop read_sop(config::Reader& reader, const boost::json::object& table);

/// The text of sops.toml.
std::string_view default_sops();

}  // namespace bongsu::sop
