import { useEffect, useState, type FormEvent } from "react";

import type { Api } from "../api/client";
import type { Incident, MergeInput, NearIncident } from "../api/types";
import { usePersonName, type Seats } from "../duty/people";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { elapsed, parseTime } from "../ui/time";
import { isUrgent, stateKey, typeTitle } from "./incident";

interface Props {
  api: Api;
  incident: Incident;
  seats: Seats;
  busy: boolean;
  onSubmit: (input: MergeInput) => void;
  onClose: () => void;
}

/** Which incident is the same case as the open one: a digit chooses, Enter merges it. */
export function MergeDialog({ api, incident, seats, busy, onSubmit, onClose }: Props) {
  const text = useText();
  const { near, failed } = useNear(api, incident.id);
  const [other, setOther] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget).get("text") ?? "").trim();
    setMissing(!other);
    if (other && !busy) onSubmit({ other, ...(words ? { text: words } : {}) });
  }

  function onKeyDown(event: React.KeyboardEvent<HTMLFormElement>) {
    const isWriting = event.target instanceof HTMLTextAreaElement;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    const sends = event.key === "Enter" && (isWriting ? event.ctrlKey || event.metaKey : !(event.target instanceof HTMLButtonElement));
    if (sends) event.currentTarget.requestSubmit();
    else if (digit && !isWriting && !event.ctrlKey && !event.altKey && !event.metaKey) setOther(near?.[Number(digit) - 1]?.id ?? other);
    else return;
    event.preventDefault();
  }

  const has = near !== null && near.length > 0;
  return (
    <Dialog title={text("merge.title")} onClose={onClose} wide>
      <form onSubmit={submit} onKeyDown={onKeyDown} className="act-form" noValidate data-testid="merge" data-near={near?.length ?? ""}>
        <fieldset className="choices near" data-first tabIndex={-1}>
          <legend>{text("merge.which")}</legend>
          {!near && !failed && <p className="note">{text("merge.reading")}</p>}
          {near?.length === 0 && <p className="note" role="status">{text(incident.position ? "merge.none" : "merge.noPosition")}</p>}
          {near?.map((one, at) => <Choice key={one.id} near={one} at={at} seats={seats} chosen={one.id === other} onChoose={setOther} />)}
        </fieldset>
        {has && <p className="dim small">{text("merge.hint")}</p>}
        {has && <label>{text("act.text")}<textarea name="text" rows={2} maxLength={600} /></label>}
        {failed && <p role="alert" className="form-error">{text("merge.failed", { detail: failed })}</p>}
        {missing && has && <p role="alert" className="form-error">{text("merge.needWhich")}</p>}
        <footer>
          <button type="button" onClick={onClose}>{text("act.back")}</button>
          {has && <button type="submit" className="primary" disabled={busy}>{text("act.merge")}</button>}
        </footer>
      </form>
    </Dialog>
  );
}

/** Read once: what a digit stands for must not become another one while somebody looks. */
function useNear(api: Api, incident: string) {
  const [near, setNear] = useState<readonly NearIncident[] | null>(null);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    let isGone = false;
    void api.near(incident).then((answer) => {
      if (isGone) return;
      if (answer.ok) setNear(answer.value);
      else setFailed(answer.error.detail || String(answer.error.status));
    });
    return () => {
      isGone = true;
    };
  }, [api, incident]);
  return { near, failed };
}

interface ChoiceProps {
  near: NearIncident;
  at: number;
  seats: Seats;
  chosen: boolean;
  onChoose: (incident: string) => void;
}

function Choice({ near, at, seats, chosen, onChoose }: ChoiceProps) {
  const text = useText();
  const name = useName();
  const named = usePersonName(seats);
  const now = useNow();
  return (
    <label data-near-incident={near.id}>
      <input type="radio" name="other" value={near.id} checked={chosen} onChange={() => onChoose(near.id)} />
      <span>
        {at < 9 && <kbd>{at + 1}</kbd>} <b>{near.distanceM} m</b> {isUrgent(near) ? "▲" : "◆"} {typeTitle(near, name(near.typeName, near.type), text("incident.unknown"))}
        <span className="dim"> · {near.place || text("incident.noPlace")} · {text("merge.age", { t: elapsed(now - parseTime(near.openedAt)) })} · {text(stateKey(near.state))}</span>
        <span className="dim"> · {near.owner ? text("incident.ownerIs", { who: named(near.owner) }) : text("incident.noOwner")}</span>
      </span>
    </label>
  );
}
