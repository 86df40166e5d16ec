import { useRef, useState } from "react";

import type { Api } from "../api/client";
import type { Result } from "../api/result";
import type { Incident, Procedure, Role, StepInput } from "../api/types";
import { useText } from "../ui/i18n";
import { useReading } from "../ui/reading";
import { isUnderWay, isWaiting, mayAct } from "./incident";
import { refusal } from "./refusal";

/** A key pressed twice is one step: what follows has to be seen first. */
const kSeenMs = 400;

/** The procedure of the open incident: as the server says it stands, read anew whenever the stream tells of the incident. */
export function useProcedure(api: Api, incident: Incident | null, role: Role) {
  const text = useText();
  const [known, setKnown] = useState<{ incident: string; procedure: Procedure | null } | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ incident: string; words: string } | null>(null);
  /** The step whose answers are open, or that is about to be skipped. */
  const [asking, setAsking] = useState<{ incident: string; step: string; what: "answer" | "skip" } | null>(null);
  const takenAt = useRef(-Infinity);

  const id = incident?.id ?? "";
  // What nobody has received has none: an emergency's first second is not spent on asking.
  const has = incident !== null && !isWaiting(incident);
  async function read() {
    if (!has) return;
    const answer = await api.procedure(id);
    if (answer.ok) setKnown({ incident: id, procedure: answer.value });
    else if (answer.error.status === 404) setKnown({ incident: id, procedure: null });
  }
  useReading(read, id, incident);

  const isRead = known?.incident === id;
  const procedure = isRead ? known.procedure : null;
  const current = procedure?.steps.find((step) => step.key === procedure.current) ?? null;
  const offers = incident !== null && isUnderWay(incident) && mayAct(role) && procedure !== null;
  const open = asking?.incident === id && asking.step === current?.key ? asking.what : null;

  async function run(asked: Promise<Result<Procedure>>) {
    setBusy(true);
    setProblem(null);
    const answer = await asked;
    setBusy(false);
    takenAt.current = performance.now();
    if (answer.ok || answer.error.status === 409) setAsking(null);
    if (answer.ok) return setKnown({ incident: id, procedure: answer.value });
    setProblem({ incident: id, words: refusal(answer.error, text) });
    if (answer.error.status === 409) await read();
  }

  function take(step: Partial<Omit<StepInput, "step">>) {
    if (offers && current && !busy) void run(api.takeStep(id, { step: current.key, skip: false, ...step }));
  }
  function ask(what: "answer" | "skip") {
    if (current) setAsking({ incident: id, step: current.key, what });
  }

  return {
    procedure, current, offers, open, busy,
    /** It begins when somebody receives the incident, or is not there. */
    isToCome: incident !== null && (isWaiting(incident) || (isUnderWay(incident) && isRead && !procedure)),
    problem: problem?.incident === id ? problem.words : null,
    take,
    /** What the key does: takes the step, or opens the answers. False where there is no step to take. */
    begin(): boolean {
      if (!offers || !current) return false;
      if (performance.now() - takenAt.current < kSeenMs) return true;
      if (current.kind === "ask") ask("answer");
      else take({});
      return true;
    },
    askReason(): boolean {
      if (offers) ask("skip");
      return offers && current !== null;
    },
    close: () => setAsking(null),
    /** The agency that `step` told has answered; without a step, the one that has waited longest. */
    heard(step?: string): boolean {
      const told = procedure?.told.find((one) => (step ? one.step === step : one.silentAfterS > 0) && !one.acknowledgedAt);
      if (offers && told && !busy) void run(api.acknowledgeTold(id, told.step));
      return offers && told !== undefined;
    },
  };
}

export type Work = ReturnType<typeof useProcedure>;
