import { useCallback, useEffect, useRef, useState, type FormEvent } from "react";

import type { Api } from "../api/client";
import type { Hold, Incident, User } from "../api/types";
import { usePersonName, type Seats } from "../duty/people";
import { Dialog } from "../ui/Dialog";
import { useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { kstDateTime, parseTime } from "../ui/time";
import { endsHolds, spanOf } from "./hold";

interface Props {
  api: Api;
  user: User;
  seats: Seats;
  /** Those that the desk knows: the others have a number alone. */
  incidents: ReadonlyMap<string, Incident>;
  onOpen: (incident: string) => void;
  onClose: () => void;
}

/** Orders that video is kept: those that stand, and those that somebody ended. */
export function Holds({ api, user, seats, incidents, onOpen, onClose }: Props) {
  const text = useText();
  const [lists, setLists] = useState<{ standing: Hold[]; ended: Hold[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const [ending, setEnding] = useState<string | null>(null);
  const say = (detail: string, status: number) => setRefused(text("hold.refused", { detail: detail || String(status) }));

  const read = useCallback(async () => {
    const [standing, ended] = await Promise.all([api.holds({ state: "standing" }), api.holds({ state: "ended" })]);
    if (standing.ok && ended.ok) setLists({ standing: standing.value, ended: ended.value });
    else setLists((now) => now ?? { standing: [], ended: [] });
    const failed = [standing, ended].find((answer) => !answer.ok);
    if (failed && !failed.ok) say(failed.error.detail, failed.error.status);
  }, [api]);
  useEffect(() => void read(), [read]);

  async function end(id: string, reason: string) {
    setBusy(true);
    setRefused("");
    const answer = await api.endHold(id, reason);
    setBusy(false);
    if (answer.ok) setEnding(null);
    else say(answer.error.detail, answer.error.status);
    await read();
  }

  const row = (hold: Hold) => (
    <Row key={hold.id} hold={hold} incident={incidents.get(hold.incident)} seats={seats} busy={busy} mayEnd={endsHolds(user.role)} ending={ending === hold.id}
      onEnding={() => setEnding(ending === hold.id ? null : hold.id)} onEnd={(reason) => void end(hold.id, reason)} onOpen={onOpen} />
  );
  return (
    <Dialog title={text("hold.title")} onClose={onClose} wide>
      <div className="duty" data-testid="holds" data-first tabIndex={-1}>
        {refused && <p role="alert" className="form-error">{refused}</p>}
        {lists?.standing.some((hold) => !hold.kept) && <p className="fault">△ {text("hold.notKept")}</p>}
        <h3>{text("hold.standing")}</h3>
        {lists?.standing.length === 0 && <p className="note">{text("hold.none")}</p>}
        <ul className="duty-seats" aria-label={text("hold.standing")}>{lists?.standing.map(row)}</ul>
        {lists && lists.ended.length > 0 && (
          <>
            <h3>{text("hold.ended")}</h3>
            <ul className="duty-seats" aria-label={text("hold.ended")}>{lists.ended.map(row)}</ul>
          </>
        )}
      </div>
    </Dialog>
  );
}

interface RowProps {
  hold: Hold;
  incident: Incident | undefined;
  seats: Seats;
  busy: boolean;
  mayEnd: boolean;
  ending: boolean;
  onEnding: () => void;
  onEnd: (reason: string) => void;
  onOpen: (incident: string) => void;
}

function Row({ hold, incident, seats, busy, mayEnd, ending, onEnding, onEnd, onOpen }: RowProps) {
  const text = useText();
  const named = usePersonName(seats);
  const now = useNow();
  const by = (actor: string, time: string) => text("hold.by", { who: named(actor), at: kstDateTime(parseTime(time)) });
  return (
    <li data-hold={hold.id} data-incident={hold.incident}>
      <b>{incident?.place || `…${hold.incident.slice(-4)}`}</b>
      <span>{text("hold.cameras", { n: hold.cameras.length })} · {spanOf(hold, text)}</span>
      <span className="dim">{by(hold.orderedBy, hold.orderedAt)}</span>
      {!hold.endedAt && parseTime(hold.reviewAt) <= now && <span className="badge warn">△ {text("hold.review")}</span>}
      {hold.endedAt && <span>{text("hold.endedBy", { by: by(hold.endedBy ?? "", hold.endedAt), reason: hold.reason ?? text("hold.erased") })}</span>}
      {incident && <button type="button" onClick={() => onOpen(hold.incident)}>{text("brief.openIt")}</button>}
      {!hold.endedAt && mayEnd && <button type="button" aria-expanded={ending} onClick={onEnding}>{text("hold.end")}</button>}
      {ending && !hold.endedAt && <Reason busy={busy} onEnd={onEnd} />}
    </li>
  );
}

function Reason({ busy, onEnd }: { busy: boolean; onEnd: (reason: string) => void }) {
  const text = useText();
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  function submit(event: FormEvent) {
    event.preventDefault();
    const reason = field.current?.value.trim() ?? "";
    setMissing(!reason);
    if (reason) onEnd(reason);
  }
  return (
    <form className="act-form crew-form" onSubmit={submit} noValidate>
      <label>{text("dead.reason")}<input ref={field} maxLength={500} /></label>
      {missing && <p role="alert" className="form-error">{text("dead.needReason")}</p>}
      <footer><button type="submit" className="primary" disabled={busy}>{text("hold.endIt")}</button></footer>
    </form>
  );
}
