import { useEffect, useRef, useState, type FormEvent } from "react";

import type { Api } from "../api/client";
import type { Result } from "../api/result";
import type { Alarm, Site } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { elapsed, parseTime } from "../ui/time";
import { marks, siteOf } from "./alarm";

interface Props {
  api: Api;
  alarms: readonly Alarm[];
  sites: readonly Site[];
  onChange: () => void;
  onClose: () => void;
}

/** What needs a response: seen, put away, or over by itself when its cause is. */
export function Alarms({ api, alarms, sites, onChange, onClose }: Props) {
  const text = useText();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const [shelving, setShelving] = useState<string | null>(null);

  async function run(asked: Promise<Result<unknown>>) {
    setBusy(true);
    setRefused("");
    const answer = await asked;
    setBusy(false);
    if (answer.ok) setShelving(null);
    else setRefused(text("alarm.refused", { detail: answer.error.detail || String(answer.error.status) }));
    onChange();
  }

  return (
    <Dialog title={text("alarm.title")} onClose={onClose} wide>
      <div className="alarms" data-testid="alarms" data-first tabIndex={-1}>
        {refused && <p role="alert" className="form-error">{refused}</p>}
        {alarms.length === 0 && <p className="note">{text("alarm.none")}</p>}
        <ul className="duty-seats" aria-label={text("alarm.title")}>
          {alarms.map((alarm) => (
            <Row key={alarm.id} alarm={alarm} site={siteOf(alarm, sites)} busy={busy} shelving={shelving === alarm.id}
              onAck={() => void run(api.ackAlarm(alarm.id))} onUnshelve={() => void run(api.unshelveAlarm(alarm.id))}
              onShelving={() => setShelving(shelving === alarm.id ? null : alarm.id)} onShelve={(minutes, reason) => void run(api.shelveAlarm(alarm.id, minutes, reason))} />
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

interface RowProps {
  alarm: Alarm;
  site: Site | undefined;
  busy: boolean;
  shelving: boolean;
  onAck: () => void;
  onUnshelve: () => void;
  onShelving: () => void;
  onShelve: (minutes: number, reason: string) => void;
}

function Row({ alarm, site, busy, shelving, onAck, onUnshelve, onShelving, onShelve }: RowProps) {
  const text = useText();
  const name = useName();
  const now = useNow();
  const about = site ? name(site.name, site.id) : (alarm.detail ?? "");
  const shelved = alarm.shelved !== "unshelved";
  return (
    <li data-rule={alarm.rule} className={alarm.calls ? `calls p${alarm.priority}` : ""}>
      <span>{marks[alarm.priority]} {text(`alarm.priority.${alarm.priority as 1 | 2 | 3}`)}</span>
      <b>{name(alarm.name ?? undefined, alarm.rule)}</b>
      <span className="dim">{[about, text("alarm.since", { t: elapsed(now - parseTime(alarm.activeAt)) }), alarm.hides > 0 && text("alarm.hides", { n: alarm.hides })].filter(Boolean).join(" · ")}</span>
      {!alarm.active && <span className="badge">{text("alarm.over")}</span>}
      {alarm.acked ? <span className="badge">{text("alarm.acked")}</span> : <button type="button" className="primary" disabled={busy} onClick={onAck}>{text("alarm.ack")}</button>}
      {shelved && <button type="button" disabled={busy} onClick={onUnshelve}>{text("alarm.unshelve")}</button>}
      {!shelved && alarm.active && alarm.shelveMinutes > 0 && <button type="button" aria-expanded={shelving} onClick={onShelving}>{text("alarm.shelve")}</button>}
      {shelving && !shelved && <Shelf most={alarm.shelveMinutes} busy={busy} onShelve={onShelve} />}
    </li>
  );
}

function Shelf({ most, busy, onShelve }: { most: number; busy: boolean; onShelve: (minutes: number, reason: string) => void }) {
  const text = useText();
  const [missing, setMissing] = useState(false);
  const reason = useRef<HTMLInputElement>(null);
  const minutes = useRef<HTMLSelectElement>(null);
  useEffect(() => reason.current?.focus(), []);
  const offered = [...new Set([5, 15, 30, 60, 240, most])].filter((each) => each <= most).sort((a, b) => a - b);

  function submit(event: FormEvent) {
    event.preventDefault();
    const why = reason.current?.value.trim() ?? "";
    setMissing(!why);
    if (why) onShelve(Number(minutes.current?.value), why);
  }
  return (
    <form className="act-form crew-form" onSubmit={submit} noValidate>
      <label>{text("dead.reason")}<input ref={reason} maxLength={300} /></label>
      {missing && <p role="alert" className="form-error">{text("dead.needReason")}</p>}
      <label>
        {text("alarm.howLong")}{" "}
        <select ref={minutes}>{offered.map((each) => <option key={each} value={each}>{text("alarm.minutes", { n: each })}</option>)}</select>
      </label>
      <footer><button type="submit" className="primary" disabled={busy}>{text("alarm.shelve")}</button></footer>
    </form>
  );
}
