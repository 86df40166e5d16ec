import { useEffect, useState } from "react";

import type { Api } from "../api/client";
import type { Result } from "../api/result";
import type { Duty as DutyNow, DutyPart, User } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { elapsed, parseTime } from "../ui/time";
import { clockOf, free, nameOf, plans, sits } from "./duty";
import { Roster } from "./Roster";
import { Watching } from "./Watching";

interface Props {
  api: Api;
  user: User;
  /** Null while not read. */
  duty: DutyNow | null;
  /** Grows when the server says that something of the duty changed. */
  change: number;
  onChange: () => void;
  onClose: () => void;
  /** To what else there is of the duty. */
  onDoor: (door: "log" | "results" | "holds" | "drills") => void;
}

/** Who is on duty: seats, breaks, what is missing; for planners the roster. */
export function Duty({ api, user, duty, change, onChange, onClose, onDoor }: Props) {
  const text = useText();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");

  async function run(asked: Promise<Result<unknown>>): Promise<boolean> {
    setBusy(true);
    setRefused("");
    const answer = await asked;
    setBusy(false);
    if (!answer.ok) setRefused(text("duty.refused", { detail: answer.error.detail || String(answer.error.status) }));
    onChange();
    return answer.ok;
  }

  return (
    <Dialog title={text("duty.title")} onClose={onClose} wide>
      <div className="duty" data-testid="duty" data-first tabIndex={-1}>
        {refused && <p role="alert" className="form-error">{refused}</p>}
        {duty && (
          <p className="duty-doors">
            <button type="button" onClick={() => onDoor("log")}>{text("log.title")} <kbd>H</kbd></button>
            {plans(user.role) && <button type="button" onClick={() => onDoor("results")}>{text("results.title")} <kbd>U</kbd></button>}
            <button type="button" onClick={() => onDoor("holds")}>{text("hold.title")} <kbd>Shift+Z</kbd></button>
            <button type="button" onClick={() => onDoor("drills")}>{text("drill.title")} <kbd>Shift+T</kbd></button>
          </p>
        )}
        {duty ? <Now duty={duty} user={user} busy={busy} api={api} run={run} /> : <p className="note">{text("duty.none")}</p>}
        {duty && <Watching api={api} change={change} plans={plans(user.role)} />}
        {duty && plans(user.role) && <Roster api={api} duty={duty} change={change} busy={busy} run={run} />}
      </div>
    </Dialog>
  );
}

export type Run = (asked: Promise<Result<unknown>>) => Promise<boolean>;

function Now({ duty, user, busy, api, run }: { duty: DutyNow; user: User; busy: boolean; api: Api; run: Run }) {
  const text = useText();
  const name = useName();
  const shift = (which: DutyNow["shift"]) =>
    text("duty.shift", { kind: name(nameOf(duty.kinds, which.kind), which.kind), crew: name(nameOf(duty.crews, which.crew), which.crew), from: clockOf(which.from), to: clockOf(which.to) });
  return (
    <section aria-label={text("duty.now")}>
      <p className="duty-shift">
        <b data-testid="duty-shift">{shift(duty.shift)}</b> <span className="dim">{text("duty.next", { shift: shift(duty.next) })}</span>
      </p>
      <ul className="duty-needs" aria-label={text("duty.needs")}>
        {duty.needs.map((need) => (
          <li key={need.role} className={need.isMet ? "badge" : "badge warn"} data-role={need.role}>
            {need.isMet ? "" : "△ "}{text(`role.${need.role}`)} {need.there}/{need.needed}{need.isMet ? "" : ` ${text("duty.short")}`}
          </li>
        ))}
      </ul>
      {sits(user.role) && <Own duty={duty} me={duty.me} user={user} busy={busy} api={api} run={run} />}
      <ul className="duty-seats" aria-label={text("duty.seats")}>
        {duty.seats.map((seat) => (
          <li key={seat.key} data-seat={seat.key} className={seat.taken ? "" : "empty"}>
            <span>{name(seat.name, seat.key)}</span>
            {seat.taken ? <Sitting stay={seat.taken} own={seat.taken.user === user.id} /> : <span className="dim">{text("duty.empty")}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Sitting({ stay, own }: { stay: NonNullable<DutyNow["seats"][number]["taken"]>; own: boolean }) {
  const text = useText();
  const name = useName();
  const now = useNow();
  return (
    <>
      <b>{name(stay.name ?? undefined, stay.user)}{own ? ` (${text("duty.you")})` : ""}</b>
      <span className="dim">{text("duty.since", { at: clockOf(stay.since) })}</span>
      {stay.breakSince && <span className="badge warn">{text("duty.onBreak", { t: elapsed(now - parseTime(stay.breakSince)) })}</span>}
    </>
  );
}

function Own({ duty, me, user, busy, api, run }: { duty: DutyNow; me: DutyPart; user: User; busy: boolean; api: Api; run: Run }) {
  const text = useText();
  const name = useName();
  const [leaving, setLeaving] = useState(false);
  const now = useNow();
  const isEarly = me.shift === duty.shift.id && parseTime(duty.shift.to) > now;
  useEffect(() => setLeaving(false), [me.seat]);
  if (!me.seat && !me.expected) return <p className="note" data-testid="duty-own">{text("duty.notPlanned")}</p>;
  if (!me.seat) {
    return (
      <p className="duty-own" data-testid="duty-own">
        <span>{text("duty.notSeated")}</span>
        {free(duty, user.role, me).map((seat) => (
          <button key={seat.key} type="button" className="primary" disabled={busy} onClick={() => void run(api.takeSeat(seat.key))}>
            {text("duty.take", { seat: name(seat.name, seat.key) })}
          </button>
        ))}
      </p>
    );
  }
  return (
    <p className="duty-own" data-testid="duty-own">
      {me.breakSince ? (
        <button type="button" className="primary" disabled={busy} onClick={() => void run(api.endBreak())}>{text("duty.endBreak")}</button>
      ) : (
        <button type="button" disabled={busy} onClick={() => void run(api.beginBreak())}>{text("duty.beginBreak")}</button>
      )}
      {leaving ? (
        <>
          <span role="alert">{text("duty.leaveEarly", { to: clockOf(duty.shift.to) })}</span>
          <button type="button" className="warn-button" disabled={busy} onClick={() => void run(api.leaveSeat())}>{text("duty.leaveYes")}</button>
          <button type="button" onClick={() => setLeaving(false)}>{text("duty.leaveNo")}</button>
        </>
      ) : (
        <button type="button" disabled={busy} onClick={() => (isEarly ? setLeaving(true) : void run(api.leaveSeat()))}>{text("duty.leave")}</button>
      )}
    </p>
  );
}
