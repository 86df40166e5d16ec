#include "sop/run.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace bongsu::sop {
namespace {

/// All to which some way from `from` leads, itself among them.
std::set<const Step*> reachable(const Sop& sop, const Step* from) {
    std::set<const Step*> out;
    std::vector<const Step*> open;
    if (from != nullptr) open.push_back(from);
    while (!open.empty()) {
        const auto* step = open.back();
        open.pop_back();
        if (!out.insert(step).second) continue;
        const auto go = [&](const std::string& next) {
            if (const auto* found = sop.find(next)) open.push_back(found);
        };
        if (step->kind != StepKind::ask) go(step->next);
        for (const auto& answer : step->answers) go(answer.next);
    }
    return out;
}

}  // namespace

std::string_view to_string(StepState state) {
    constexpr std::array<std::string_view, 5> kNames{"done", "skipped", "current", "coming", "passed"};
    return kNames.at(static_cast<std::size_t>(state));
}

Result<const Step*> step_after(const Sop& sop, const Step& step, std::string_view answer, bool skipped) {
    if (step.kind != StepKind::ask) {
        if (!answer.empty()) return fail_field("answer", "is for questions only");
        return sop.find(step.next);
    }
    if (skipped) return sop.find(step.answers.front().next);
    for (const auto& known : step.answers) {
        if (known.key == answer) return sop.find(known.next);
    }
    std::string names;
    for (const auto& known : step.answers) names += (names.empty() ? "" : ", ") + known.key;
    return fail_field("answer", "must be one of " + names);
}

Progress progress_of(const Sop& sop, WallTime begun, const std::vector<Done>& done) {
    Progress out;
    out.current = &sop.steps.front();
    auto since = begun;
    std::set<std::pair<const Step*, const Done*>> taken;
    for (const auto& one : done) {
        if (out.current == nullptr || one.step != out.current->key) continue;
        const auto next = step_after(sop, *out.current, one.skipped ? "" : one.answer, one.skipped);
        if (!next) continue;
        taken.emplace(out.current, &one);
        out.current = *next;
        since = one.at;
    }
    const auto may_come = reachable(sop, out.current);
    std::set<std::string> gated;
    for (const auto& step : sop.steps) {
        StepView view{&step, StepState::passed, nullptr, {}, {}};
        const auto was = std::find_if(taken.begin(), taken.end(), [&](const auto& pair) { return pair.first == &step; });
        if (was != taken.end()) {
            view.done = was->second;
            view.state = view.done->skipped ? StepState::skipped : StepState::done;
        } else if (&step == out.current) {
            view.state = StepState::current;
            view.since = since;
            if (step.due.count() > 0) view.due_at = since + step.due;
        } else if (may_come.contains(&step)) {
            view.state = StepState::coming;
        }
        if (may_come.contains(&step)) gated.insert(step.gates.begin(), step.gates.end());
        out.steps.push_back(view);
    }
    out.gated.assign(gated.begin(), gated.end());
    return out;
}

}  // namespace bongsu::sop
