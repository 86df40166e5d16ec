import { useState, type FormEvent } from "react";

import type { ProcedureStep } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";

interface Props {
  step: ProcedureStep;
  busy: boolean;
  onSkip: (reason: string) => void;
  onClose: () => void;
}

/** A step is not skipped without a reason. */
export function SkipDialog({ step, busy, onSkip, onClose }: Props) {
  const text = useText();
  const name = useName();
  const [missing, setMissing] = useState(false);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get("reason") ?? "").trim();
    setMissing(!reason);
    if (reason) onSkip(reason);
  }

  return (
    <Dialog title={text("sop.skipTitle")} onClose={onClose}>
      <form onSubmit={submit} className="act-form" noValidate data-testid="skip-step">
        <p><b>{name(step.text, step.key)}</b></p>
        <label>{text("act.reason")}<input name="reason" maxLength={500} data-first /></label>
        <p className="dim small">{text("sop.skipHint")}</p>
        {missing && <p role="alert" className="form-error">{text("sop.needReason")}</p>}
        <footer>
          <button type="button" onClick={onClose}>{text("act.back")}</button>
          <button type="submit" className="primary" disabled={busy}>{text("sop.skip")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
