import { useState, type FormEvent } from "react";

import type { Act } from "../api/types";
import type { Seats } from "../duty/people";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";

interface Props {
  /** Seats of those to whom it may be handed. */
  heirs: Seats;
  busy: boolean;
  onSubmit: (act: Act) => void;
  onClose: () => void;
}

/** To whom it is handed: a digit chooses, Enter hands it over. */
export function HandOverDialog({ heirs, busy, onSubmit, onClose }: Props) {
  const text = useText();
  const name = useName();
  const [person, setPerson] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget).get("text") ?? "").trim();
    // Who has left the seat meanwhile is on the list no more.
    const chosen = heirs.find(({ taken }) => taken?.user === person)?.taken;
    setMissing(!chosen);
    if (chosen && !busy) onSubmit({ act: "hand_over", person: chosen.user, ...(words ? { text: words } : {}) });
  }

  function onKeyDown(event: React.KeyboardEvent<HTMLFormElement>) {
    const isWriting = event.target instanceof HTMLTextAreaElement;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    const sends = event.key === "Enter" && (isWriting ? event.ctrlKey || event.metaKey : !(event.target instanceof HTMLButtonElement));
    if (sends) event.currentTarget.requestSubmit();
    else if (digit && !isWriting && !event.ctrlKey && !event.altKey && !event.metaKey) setPerson(heirs[Number(digit) - 1]?.taken?.user ?? person);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title={text("act.hand_over")} onClose={onClose}>
      <form onSubmit={submit} onKeyDown={onKeyDown} className="act-form" noValidate data-testid="hand-over">
        <fieldset className="choices" data-first tabIndex={-1}>
          <legend>{text("hand.who")}</legend>
          {heirs.map(({ key, name: seat, taken }, at) => taken && (
            <label key={key}>
              <input type="radio" name="person" value={taken.user} checked={taken.user === person} onChange={() => setPerson(taken.user)} />
              <span>
                {at < 9 && <kbd>{at + 1}</kbd>} <b>{name(taken.name ?? undefined, taken.user.slice(-4))}</b> <span className="dim">{name(seat, key)}</span>
                {taken.breakSince && <span className="badge warn">{text("duty.break")}</span>}
              </span>
            </label>
          ))}
        </fieldset>
        <label>{text("act.text")}<textarea name="text" rows={2} maxLength={600} /></label>
        {missing && <p role="alert" className="form-error">{text("hand.needWho")}</p>}
        <footer>
          <button type="button" onClick={onClose}>{text("act.back")}</button>
          <button type="submit" className="primary" disabled={busy}>{text("act.hand_over")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
