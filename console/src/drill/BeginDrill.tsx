import { useState, type FormEvent } from "react";

import type { Api } from "../api/client";
import type { Drill, Incident } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useText } from "../ui/i18n";
import { speeds, type DrillSpeed } from "./drill";

interface Props {
  api: Api;
  incident: Incident;
  onBegun: (drill: Drill) => void;
  onClose: () => void;
}

/** How fast the record is told again, and what happens then: a digit chooses, Enter begins. */
export function BeginDrill({ api, incident, onBegun, onClose }: Props) {
  const text = useText();
  const [speed, setSpeed] = useState<DrillSpeed>(1);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefused("");
    const answer = await api.beginDrill({ incident: incident.id, speed });
    if (answer.ok) return onBegun(answer.value);
    setBusy(false);
    setRefused(answer.error.detail || String(answer.error.status));
  }

  /** The digit is the speed itself; 0 stands for 10. */
  function onKeyDown(event: React.KeyboardEvent<HTMLFormElement>) {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    const chosen = speeds.find((each) => String(each % 10) === digit);
    if (!chosen || event.ctrlKey || event.altKey || event.metaKey) return;
    setSpeed(chosen);
    event.currentTarget.querySelector<HTMLInputElement>(`input[value="${chosen}"]`)?.focus();
    event.preventDefault();
  }

  return (
    <Dialog title={text("drill.begin")} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} onKeyDown={onKeyDown} className="act-form" noValidate data-testid="begin-drill" data-speed={speed}>
        <p>{text("drill.how")}</p>
        <p className="dim">{text("drill.howToStop")}</p>
        <fieldset className="choices">
          <legend>{text("drill.speed")}</legend>
          {speeds.map((each) => (
            <label key={each}>
              <input type="radio" name="speed" value={each} checked={each === speed} onChange={() => setSpeed(each)} />
              <span><kbd>{each % 10}</kbd> {text("drill.times", { n: each })}</span>
            </label>
          ))}
        </fieldset>
        {refused && <p role="alert" className="form-error">{text("drill.refused", { detail: refused })}</p>}
        <footer>
          <button type="button" onClick={onClose}>{text("act.back")}</button>
          <button type="submit" className="primary" aria-disabled={busy}>{text("drill.doBegin")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
