import { useState } from "react";

import type { Problem } from "../api/result";
import type { Act, Incident } from "../api/types";
import type { CardAct } from "../incident/incident";
import type { DialogAct } from "../incident/ActDialog";
import { useText, type Translate } from "../ui/i18n";
import { useSeat } from "./context";

/** Doing things to the open incident: the server's answer, or a sentence that says why not. */
export function useActs(incident: Incident | null, offered: readonly CardAct[]) {
  const text = useText();
  const { api, model } = useSeat();
  const [busy, setBusy] = useState(false);
  const [dialog, setDialog] = useState<DialogAct | null>(null);
  const [problem, setProblem] = useState<{ incident: string; words: string } | null>(null);
  const [done, setDone] = useState(0);

  async function run(act: Act) {
    if (!incident || busy) return;
    setBusy(true);
    setProblem(null);
    const answer = await api.act(incident.id, act);
    setBusy(false);
    if (answer.ok) {
      setDialog(null);
      model.putIncident(answer.value);
      setDone((count) => count + 1);
      if (act.act === "open_video") void model.readIncident(incident.id);
      return;
    }
    if (answer.error.status === 409) {
      setDialog(null);
      void model.reload();
    }
    setProblem({ incident: incident.id, words: sentence(answer.error, text) });
  }

  /** Answers whether the act is offered now. */
  function start(act: CardAct): boolean {
    if (!offered.includes(act)) return false;
    setProblem(null);
    if (act === "receive" || act === "open_video") void run({ act });
    else setDialog(act);
    return true;
  }

  const words = problem && problem.incident === incident?.id ? problem.words : null;
  return { busy, dialog, closeDialog: () => setDialog(null), problem: words, run, start, done };
}

function sentence(problem: Problem, text: Translate): string {
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
