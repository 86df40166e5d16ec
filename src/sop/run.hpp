#pragma once
// How far a procedure has come on an incident. Pure.

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "sop/sop.hpp"

namespace bongsu::sop {

/// A step that was done or skipped, in the order in which that was.
struct Done {
    std::string step, answer;
    bool skipped = false;
    std::string reason;  ///< Of a skipped one, in somebody's words.
    std::string actor;
    WallTime at{};
};

enum class StepState : std::uint8_t {
    done,
    skipped,
    current,
    coming,  ///< Some way from the current step leads to it.
    passed,  ///< None does any more.
};
std::string_view to_string(StepState state);

struct StepView {
    const Step* step = nullptr;  ///< Of the Sop.
    StepState state = StepState::coming;
    const Done* done = nullptr;             ///< Of the list that was given.
    std::optional<WallTime> since, due_at;  ///< Of the current one.
};

struct Progress {
    std::vector<StepView> steps;      ///< As in the Sop.
    const Step* current = nullptr;    ///< Null: it is at its end.
    std::vector<std::string> gated;   ///< Acts that wait for a step that is current or still may come; sorted, each once.
};

/// `sop` and `done` outlive the answer. What `done` says of steps that were not the current one has no effect.
Progress progress_of(const Sop& sop, WallTime begun, const std::vector<Done>& done);

/// What follows a step; null: the end. `answer` is one of an ask's keys. A question that is skipped is answered by its first answer's way: the
/// longest look costs less than none. Errors: invalid, names `answer`.
Result<const Step*> step_after(const Sop& sop, const Step& step, std::string_view answer, bool skipped);

}  // namespace bongsu::sop
