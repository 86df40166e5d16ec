import type { Problem } from "../api/result";
import type { ActName, Procedure, ProcedureStep } from "../api/types";
import type { Translate } from "../ui/i18n";

/** The first step that `act` waits for. */
export const gateOf = (procedure: Procedure | null, act: ActName): ProcedureStep | undefined =>
  procedure?.steps.find((step) => (step.state === "current" || step.state === "coming") && step.gates.includes(act));

/** Why the server did not do it, in a sentence. `gate`: the step that is waited for, in the user's language. */
export function refusal(problem: Problem, text: Translate, gate = ""): string {
  switch (problem.kind) {
    case "sop_gate":
      return gate ? text("sop.waits", { step: gate }) : text("sop.waitsForStep");
    case "not_current":
      return text("sop.notCurrent");
    case "not_seated":
      return text("act.notSeated");
  }
  switch (problem.status) {
    case 0:
    case 503:
      return text("act.down");
    case 403:
      return text("act.forbidden");
    case 409:
      return text("act.conflict");
    default:
      return text("act.failed", { detail: problem.detail || String(problem.status) });
  }
}
