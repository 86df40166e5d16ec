import { useEffect, useState, type FormEvent } from "react";

import type { Api } from "../api/client";
import type { Crew, Duty, Person, Shift, ShiftPersons } from "../api/types";
import { useName, useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { coming, nameOf, reasonsOfAbsence, sits, today } from "./duty";
import type { Run } from "./Duty";

interface Props {
  api: Api;
  duty: Duty;
  change: number;
  busy: boolean;
  run: Run;
}

/** The planners' part: a shift's persons, and the crews' lists. */
export function Roster({ api, duty, change, busy, run }: Props) {
  const text = useText();
  const name = useName();
  const now = useNow();
  const [shifts, setShifts] = useState<readonly Shift[]>([]);
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [failed, setFailed] = useState(false);
  const [chosen, setChosen] = useState(duty.shift.id);

  useEffect(() => {
    let gone = false;
    void Promise.all([api.shifts(), api.people()]).then(([coming, all]) => {
      if (gone) return;
      setFailed(!coming.ok || !all.ok);
      if (coming.ok) setShifts(coming.value);
      if (all.ok) setPeople(all.value.filter((one) => sits(one.role)));
    });
    return () => {
      gone = true;
    };
  }, [api]);

  const words = (shift: Shift) => `${shift.day} ${name(nameOf(duty.kinds, shift.kind), shift.kind)} ${name(nameOf(duty.crews, shift.crew), shift.crew)}`;
  const open = coming(shifts.some((shift) => shift.id === duty.shift.id) ? shifts : [duty.shift, ...shifts], now);
  return (
    <section className="roster" aria-label={text("duty.roster")}>
      <h3>{text("duty.roster")}</h3>
      {failed && <p role="alert" className="form-error">{text("load.failed")}</p>}
      <label>
        {text("duty.ofShift")}{" "}
        <select value={chosen} onChange={(event) => setChosen(event.target.value)} data-testid="roster-shift">
          {open.map((shift) => <option key={shift.id} value={shift.id}>{words(shift)}</option>)}
        </select>
      </label>
      <OneShift key={chosen} api={api} id={chosen} change={change} people={people} busy={busy} run={run} />
      <Crews api={api} duty={duty} change={change} people={people} busy={busy} run={run} />
    </section>
  );
}

interface OfShift extends Omit<Props, "duty"> {
  id: string;
  people: readonly Person[];
}

function OneShift({ api, id, change, people, busy, run }: OfShift) {
  const text = useText();
  const name = useName();
  const [shift, setShift] = useState<ShiftPersons | null>(null);
  const [caller, setCaller] = useState("");
  useEffect(() => {
    let gone = false;
    void api.shift(id).then((answer) => !gone && setShift(answer.ok ? answer.value : null));
    return () => {
      gone = true;
    };
  }, [api, id, change]);
  if (!shift) return null;
  const others = people.filter((one) => !shift.planned.some((member) => member.user === one.id));

  function callIn(event: FormEvent) {
    event.preventDefault();
    if (caller) void run(api.callIn(id, caller)).then((done) => done && setCaller(""));
  }

  return (
    <>
      {shift.planned.length === 0 && <p className="note">{text("duty.noRoster")}</p>}
      <ul className="duty-seats" aria-label={text("duty.planned")}>
        {shift.planned.map((member) => (
          <li key={member.user} data-person={member.user}>
            <span>{text(`role.${member.role}`)}</span>
            <b>{name(member.name ?? undefined, member.user)}</b>
            {member.calledIn && <span className="badge">{text("duty.calledIn")}</span>}
            {member.absent ? (
              <>
                <span className="badge warn">{text(`absence.${member.absent}`)}</span>
                <button type="button" disabled={busy} onClick={() => void run(api.withdrawAbsence(id, member.user))}>{text("duty.there")}</button>
              </>
            ) : (
              <select aria-label={text("duty.markAbsent", { who: name(member.name ?? undefined, member.user) })} value="" disabled={busy} onChange={(event) => void run(api.markAbsent(id, member.user, event.target.value))}>
                <option value="">{text("duty.expected")}</option>
                {reasonsOfAbsence.map((reason) => <option key={reason} value={reason}>{text(`absence.${reason}`)}</option>)}
              </select>
            )}
          </li>
        ))}
      </ul>
      <p className="dim small">{shift.needs.filter((need) => !need.isMet).map((need) => text("duty.lacks", { role: text(`role.${need.role}`), n: need.needed - need.there })).join(" · ")}</p>
      <form className="duty-own" onSubmit={callIn}>
        <label>
          {text("duty.callIn")}{" "}
          <select value={caller} onChange={(event) => setCaller(event.target.value)}>
            <option value="">–</option>
            {others.map((one) => <option key={one.id} value={one.id}>{text(`role.${one.role}`)} {name(one.name, one.login)}</option>)}
          </select>
        </label>
        <button type="submit" disabled={busy || !caller}>{text("duty.callInDo")}</button>
      </form>
    </>
  );
}

function Crews({ api, duty, change, people, busy, run }: Props & { people: readonly Person[] }) {
  const text = useText();
  const name = useName();
  const [crews, setCrews] = useState<readonly Crew[]>([]);
  const [edited, setEdited] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    void api.crews().then((answer) => !gone && answer.ok && setCrews(answer.value));
    return () => {
      gone = true;
    };
  }, [api, change]);
  return (
    <>
      <h3>{text("duty.crews")}</h3>
      <ul className="duty-seats" aria-label={text("duty.crews")}>
        {crews.map((crew) => (
          <li key={crew.crew} data-crew={crew.crew}>
            <b>{name(nameOf(duty.crews, crew.crew), crew.crew)}</b>
            <span>{crew.members.map((member) => name(member.name ?? undefined, member.user)).join(", ") || text("duty.noRoster")}</span>
            <button type="button" aria-expanded={edited === crew.crew} onClick={() => setEdited(edited === crew.crew ? null : crew.crew)}>{text("duty.edit")}</button>
            {edited === crew.crew && <EditCrew api={api} crew={crew} crews={crews} people={people} busy={busy} run={run} onDone={() => setEdited(null)} />}
          </li>
        ))}
      </ul>
    </>
  );
}

interface Editing {
  api: Api;
  crew: Crew;
  crews: readonly Crew[];
  people: readonly Person[];
  busy: boolean;
  run: Run;
  onDone: () => void;
}

function EditCrew({ api, crew, crews, people, busy, run, onDone }: Editing) {
  const text = useText();
  const name = useName();
  const now = useNow();
  const seatOf = new Map(crew.members.map((member) => [member.user, member.seat ?? ""]));
  const [members, setMembers] = useState<ReadonlySet<string>>(new Set(seatOf.keys()));
  const [from, setFrom] = useState(today(now));
  const elsewhere = new Set(crews.filter((other) => other.crew !== crew.crew).flatMap((other) => other.members.map((member) => member.user)));

  function save(event: FormEvent) {
    event.preventDefault();
    const wanted = [...members].map((user) => ({ user, ...(seatOf.get(user) ? { seat: seatOf.get(user) as string } : {}) }));
    void run(api.setCrew(crew.crew, { from, members: wanted })).then((done) => done && onDone());
  }
  function toggle(user: string) {
    const next = new Set(members);
    if (!next.delete(user)) next.add(user);
    setMembers(next);
  }

  return (
    <form className="act-form crew-form" onSubmit={save}>
      <fieldset className="choices">
        <legend>{text("duty.members")}</legend>
        {people.filter((one) => !elsewhere.has(one.id)).map((one) => (
          <label key={one.id}>
            <input type="checkbox" checked={members.has(one.id)} onChange={() => toggle(one.id)} /> {name(one.name, one.login)} <span className="dim">{text(`role.${one.role}`)}</span>
          </label>
        ))}
      </fieldset>
      <label>
        {text("duty.from")}
        <input type="date" value={from} min={today(now)} required onChange={(event) => setFrom(event.target.value)} />
      </label>
      <footer>
        <button type="button" onClick={onDone}>{text("duty.leaveNo")}</button>
        <button type="submit" className="primary" disabled={busy}>{text("duty.save")}</button>
      </footer>
    </form>
  );
}
