import { useState, type FormEvent } from "react";

import type { Act, ActName, Outcome, ServiceResult } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useName, useText, type MessageKey } from "../ui/i18n";
import { actKinds } from "./incident";

export type DialogAct = "act" | "note" | "close" | "cancel";

interface Props {
  act: DialogAct;
  busy: boolean;
  /** What became of a real case, where its service asks. */
  results?: readonly ServiceResult[];
  onSubmit: (act: Act) => void;
  onClose: () => void;
}

const outcomes: readonly Outcome[] = ["true", "false", "drill", "test", "duplicate", "unknown"];

/** Builds the act that a form stands for, or says which field is missing. */
export function actFrom(act: DialogAct, kind: ActName, text: string, outcome: Outcome | "", result = ""): Act | MessageKey {
  const words = text.trim();
  if (act === "note" && !words) return "act.needText";
  if (act === "cancel" && !words) return "act.needReason";
  if (act === "close" && !outcome) return "act.needOutcome";
  return {
    act: act === "act" ? kind : act,
    ...(words ? { text: words } : {}),
    ...(act === "close" && outcome ? { outcome } : {}),
    ...(act === "close" && outcome === "true" && result ? { result } : {}),
  };
}

export function ActDialog({ act, busy, results = [], onSubmit, onClose }: Props) {
  const text = useText();
  const name = useName();
  const [outcome, setOutcome] = useState("");
  const [missing, setMissing] = useState<MessageKey | null>(null);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const read = (field: string) => String(form.get(field) ?? "");
    const built = actFrom(act, (read("kind") || "dispatch") as ActName, read("text"), read("outcome") as Outcome | "", read("result"));
    if (typeof built === "string") setMissing(built);
    else onSubmit(built);
  }

  return (
    <Dialog title={text(`act.${act}`)} onClose={onClose}>
      <form onSubmit={submit} className="act-form" noValidate>
        {act === "act" && <Choices name="kind" legend={text("act.kind")} values={actKinds} label={(kind) => text(`act.${kind}`)} first="dispatch" />}
        {act === "close" && <Choices name="outcome" legend={text("act.outcome")} values={outcomes} label={(outcome) => text(`outcome.${outcome}`)} first={null} onPick={setOutcome} />}
        {act === "close" && outcome === "true" && results.length > 0 && (
          <Choices name="result" legend={text("act.result")} values={results.map((result) => result.key)} label={(key) => name(results.find((result) => result.key === key)?.name, key)} first={null} />
        )}
        <label>
          {text(act === "cancel" ? "act.reason" : "act.text")}
          <textarea
            name="text"
            rows={3}
            maxLength={600}
            {...(act === "note" || act === "cancel" ? { "data-first": true } : {})}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            }}
          />
        </label>
        {missing && <p role="alert" className="form-error">{text(missing)}</p>}
        <footer>
          <button type="button" onClick={onClose}>{text("act.back")}</button>
          <button type="submit" className="primary" disabled={busy}>
            {text(act === "close" || act === "cancel" ? `act.${act}` : "act.submit")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ChoicesProps<T extends string> {
  name: string;
  legend: string;
  values: readonly T[];
  label: (value: T) => string;
  first: T | null;
  onPick?: (value: T) => void;
}

function Choices<T extends string>({ name, legend, values, label, first, onPick }: ChoicesProps<T>) {
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {values.map((value) => (
        <label key={value}>
          <input type="radio" name={name} value={value} defaultChecked={value === first} onChange={() => onPick?.(value)} />
          <span>{label(value)}</span>
        </label>
      ))}
    </fieldset>
  );
}
