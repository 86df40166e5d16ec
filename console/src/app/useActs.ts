import { useRef, useState } from "react";

import type { Problem, Result } from "../api/result";
import type { Act, ActName, Incident, MergeInput, Procedure } from "../api/types";
import type { CardAct } from "../incident/incident";
import type { DialogAct } from "../incident/ActDialog";
import { gateOf, refusal } from "../incident/refusal";
import { useName, useText } from "../ui/i18n";
import { useSeat } from "./context";

/** Those that need no word: one key. */
const atOnce = ["receive", "open_video", "take_over", "command", "yield_command", "request_hold"] as const;
type AtOnce = (typeof atOnce)[number];
const isAtOnce = (act: CardAct): act is AtOnce => (atOnce as readonly CardAct[]).includes(act);

/** Doing things to the open incident: the server's answer, or a sentence that says why not. */
export function useActs(incident: Incident | null, offered: readonly CardAct[], procedure: Procedure | null) {
  const text = useText();
  const name = useName();
  const { api, model } = useSeat();
  const [busy, setBusy] = useState(false);
  const [dialog, setDialog] = useState<DialogAct | "hand_over" | "merge" | null>(null);
  const [problem, setProblem] = useState<{ incident: string; words: string } | null>(null);
  const [done, setDone] = useState(0);
  const [did, setDid] = useState<{ act: ActName; n: number } | null>(null);
  const open = useRef(incident?.id);
  open.current = incident?.id;

  /** The server's answer to what is asked of the open incident; null where it was refused, which is said. */
  async function send(ask: (id: string) => Promise<Result<Incident>>, wordsOf: (problem: Problem) => string): Promise<Incident | null> {
    if (!incident || busy) return null;
    setBusy(true);
    setProblem(null);
    const answer = await ask(incident.id);
    setBusy(false);
    if (answer.ok) {
      setDialog(null);
      model.putIncident(answer.value);
      setDone((count) => count + 1);
      return answer.value;
    }
    if (answer.error.status === 409) {
      setDialog(null);
      if (answer.error.kind === "not_seated") void model.readDuty();
      else if (answer.error.kind !== "sop_gate") void model.reload();
    }
    setProblem({ incident: incident.id, words: wordsOf(answer.error) });
    return null;
  }

  async function run(act: Act) {
    const gate = gateOf(procedure, act.act);
    const now = await send((id) => api.act(id, act), (refused) => {
      const isHeld = act.act === "take_over" && refused.status === 403;
      return isHeld ? text("act.ownerSits") : refusal(refused, text, name(gate?.text, ""));
    });
    if (now) setDid((before) => ({ act: act.act, n: (before?.n ?? 0) + 1 }));
    if (now && act.act === "open_video") void model.readIncident(now.id);
  }

  const caseRefusal = (refused: Problem) => (refused.status === 409 ? text("act.caseConflict") : refusal(refused, text));

  /** The other one goes on here, with its grants. */
  async function merge(input: MergeInput) {
    const now = await send((id) => api.merge(id, input), caseRefusal);
    if (!now) return;
    void model.readIncident(now.id);
    void model.readFacts(input.other);
  }

  /** The report becomes an incident of its own, which opens where nobody has gone elsewhere meanwhile. */
  async function split(event: string) {
    const made = await send((id) => api.split(id, event), caseRefusal);
    if (made && open.current === incident?.id) model.select(made.id);
  }

  /** Answers whether the act is offered now. */
  function start(act: CardAct): boolean {
    if (!offered.includes(act)) return false;
    setProblem(null);
    if (isAtOnce(act)) void run({ act });
    else setDialog(act);
    return true;
  }

  const words = problem && problem.incident === incident?.id ? problem.words : null;
  return { busy, dialog, closeDialog: () => setDialog(null), problem: words, run, merge, split, start, done, did };
}
