import { useCallback, useEffect, useState, type FormEvent } from "react";

import type { Api } from "../api/client";
import type { Result } from "../api/result";
import type { Brief, Duty, Person, Shortcoming, ShiftLog as Log, User } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { isMessageKey, useName, useText, type Translate } from "../ui/i18n";
import { clockOf, nameOf, plans, sits } from "./duty";

interface Props {
  api: Api;
  user: User;
  duty: Duty;
  /** Grows with each news of the duty. */
  change: number;
  onOpen: (incident: string) => void;
  onClose: () => void;
}

type Run = (asked: Promise<Result<unknown>>) => Promise<boolean>;

/** The shift's log: what the shift before left, what happened, what is reported as wanting. */
export function ShiftLog({ api, user, duty, change, onOpen, onClose }: Props) {
  const text = useText();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const [done, setDone] = useState(0);
  const run: Run = useCallback(
    async (asked) => {
      setBusy(true);
      setRefused("");
      const answer = await asked;
      setBusy(false);
      if (!answer.ok) setRefused(text("log.refused", { detail: answer.error.detail || String(answer.error.status) }));
      setDone((count) => count + 1);
      return answer.ok;
    },
    [text],
  );
  const news = `${change} ${done}`;
  return (
    <Dialog title={text("log.title")} onClose={onClose} wide>
      <div className="duty" data-testid="shift-log" data-first tabIndex={-1}>
        {refused && <p role="alert" className="form-error">{refused}</p>}
        <BriefPart api={api} duty={duty} news={news} busy={busy} run={run} onOpen={onOpen} />
        {sits(user.role) && duty.me.seat && <NoteForm api={api} busy={busy} run={run} />}
        <LogPart api={api} duty={duty} news={news} onOpen={onOpen} />
        <Shortcomings api={api} user={user} duty={duty} news={news} busy={busy} run={run} />
      </div>
    </Dialog>
  );
}

/** A kind or word that this page does not know is shown as it came. */
function word(text: Translate, prefix: string, code: string): string {
  const key = `${prefix}.${code}`;
  return isMessageKey(key) ? text(key) : code;
}

function useRead<T>(read: () => Promise<Result<T>>, news: string): T | null {
  const [value, setValue] = useState<T | null>(null);
  useEffect(() => {
    let stands = true;
    void read().then((answer) => stands && answer.ok && setValue(answer.value));
    return () => {
      stands = false;
    };
  }, [read, news]);
  return value;
}

function BriefPart({ api, duty, news, busy, run, onOpen }: { api: Api; duty: Duty; news: string; busy: boolean; run: Run; onOpen: (incident: string) => void }) {
  const text = useText();
  const name = useName();
  const shift = duty.before.id;
  const brief = useRead<Brief>(useCallback(() => api.brief(shift), [api, shift]), news);
  if (!brief || brief.shift !== shift) return null;
  const takes = duty.me.seat !== null && duty.me.shift === brief.to;
  const open = brief.items.filter((item) => !item.ackedAt).length;
  return (
    <section aria-label={text("brief.title")} data-testid="brief">
      <h3>{text("brief.title")} <span className={open > 0 ? "badge warn" : "badge"}>{text(open > 0 ? "brief.open" : "brief.all", { n: open })}</span></h3>
      {brief.items.length === 0 && <p className="note">{text("brief.empty")}</p>}
      <ul className="duty-seats">
        {brief.items.map((item) => (
          <li key={`${item.kind} ${item.subject}`} data-kind={item.kind}>
            <span>{text(`brief.kind.${item.kind}`)}</span>
            <b>{item.text ?? (item.about ? name(item.about, item.subject) : item.kind === "missing" ? word(text, "role", item.subject) : item.subject)}</b>
            {item.state && !item.about && <span className="dim">{word(text, item.kind === "shortcoming" ? "short.state" : "state", item.state)}</span>}
            {item.kind === "incident" && <button type="button" onClick={() => onOpen(item.subject)}>{text("brief.openIt")}</button>}
            {item.ackedAt ? (
              <span className="badge">{text("brief.acked", { who: name(item.ackedName ?? undefined, item.ackedBy ?? ""), at: clockOf(item.ackedAt) })}</span>
            ) : (
              takes && <button type="button" className="primary" disabled={busy} onClick={() => void run(api.ackBriefItem(shift, item.kind, item.subject))}>{text("brief.ack")}</button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function NoteForm({ api, busy, run }: { api: Api; busy: boolean; run: Run }) {
  const text = useText();
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const words = String(data.get("text") ?? "").trim();
    if (words && (await run(api.postNote(words, data.get("handOver") === "on")))) form.reset();
  }
  return (
    <form className="log-form" onSubmit={(event) => void submit(event)}>
      <label>{text("log.note")}<input name="text" maxLength={1000} /></label>
      <label className="check"><input type="checkbox" name="handOver" /> {text("log.handOver")}</label>
      <button type="submit" disabled={busy}>{text("log.write")}</button>
    </form>
  );
}

function LogPart({ api, duty, news, onOpen }: { api: Api; duty: Duty; news: string; onOpen: (incident: string) => void }) {
  const text = useText();
  const name = useName();
  const [shift, setShift] = useState(duty.shift.id);
  const log = useRead<Log>(useCallback(() => api.shiftLog(shift), [api, shift]), news);
  const label = (which: Duty["shift"]) => text("duty.shift", { kind: name(nameOf(duty.kinds, which.kind), which.kind), crew: name(nameOf(duty.crews, which.crew), which.crew), from: clockOf(which.from), to: clockOf(which.to) });
  const lines = log?.shift === shift ? [...log.lines].reverse() : [];
  return (
    <section aria-label={text("log.title")} data-testid="log">
      <h3>{text("log.lines")}</h3>
      <label>
        {text("log.shift")}{" "}
        <select value={shift} onChange={(event) => setShift(event.target.value)}>
          {[duty.shift, duty.before].map((each) => <option key={each.id} value={each.id}>{label(each)}</option>)}
        </select>
      </label>
      {log?.shift === shift && (
        <ul className="duty-needs">
          {log.persons.map((person) => (
            <li key={`${person.user} ${person.from}`} className="badge">
              {name(person.name ?? undefined, person.user)} {clockOf(person.from)}–{person.to ? clockOf(person.to) : ""} {text("watch.passes", { n: person.passes })}
            </li>
          ))}
        </ul>
      )}
      <ol className="log-lines" tabIndex={0} aria-label={text("log.lines")}>
        {lines.map((line, at) => (
          <li key={`${line.at} ${line.kind} ${at}`} data-kind={line.kind}>
            <time>{clockOf(line.at)}</time> <b>{text(`log.kind.${line.kind}`)}</b> {line.user && <span>{name(line.name ?? undefined, line.user)}</span>}{" "}
            <span className="dim">{detailOf(line, duty, text, name)}</span> {line.text && <span>{line.text}</span>}
            {(line.kind === "incident" || line.kind === "found") && line.subject && <button type="button" className="quiet" onClick={() => onOpen(line.subject as string)}>{text("brief.openIt")}</button>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function detailOf(line: Log["lines"][number], duty: Duty, text: Translate, name: ReturnType<typeof useName>): string {
  const detail = line.detail ?? "";
  switch (line.kind) {
    case "came":
      return name(nameOf(duty.seats, detail), detail);
    case "left":
      return word(text, "log.left", detail.replaceAll(" ", "_"));
    case "break":
      return text("log.minutes", { n: Number(detail) });
    case "ended":
      return word(text, "outcome", detail);
    case "noted":
      return detail ? text("log.handOver") : "";
    case "alarm":
      return [name(line.about ?? undefined, line.subject ?? ""), detail].filter(Boolean).join(" ");
    case "found":
      return name(line.about ?? undefined, detail);
    case "shortcoming":
      return line.subject ?? "";
    default:
      return detail;
  }
}

function Shortcomings({ api, user, duty, news, busy, run }: { api: Api; user: User; duty: Duty; news: string; busy: boolean; run: Run }) {
  const text = useText();
  const name = useName();
  const list = useRead<Shortcoming[]>(api.shortcomings, news) ?? [];
  const planner = plans(user.role);
  const people = useRead<Person[]>(useCallback(() => (planner ? api.people() : Promise.resolve({ ok: true as const, value: [] })), [api, planner]), "") ?? [];
  async function report(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const words = String(new FormData(form).get("text") ?? "").trim();
    if (words && (await run(api.reportShortcoming(words)))) form.reset();
  }
  async function assign(event: FormEvent<HTMLFormElement>, no: string) {
    event.preventDefault();
    const user = String(new FormData(event.currentTarget).get("user") ?? "");
    if (user) await run(api.assignShortcoming(no, user));
  }
  async function answer(event: FormEvent<HTMLFormElement>, no: string) {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget).get("text") ?? "").trim();
    if (words) await run(api.answerShortcoming(no, words));
  }
  return (
    <section aria-label={text("short.title")} data-testid="shortcomings">
      <h3>{text("short.title")}</h3>
      {duty.me.seat && (
        <form className="log-form" onSubmit={(event) => void report(event)}>
          <label>{text("short.what")}<input name="text" maxLength={1000} /></label>
          <button type="submit" disabled={busy}>{text("short.report")}</button>
        </form>
      )}
      <ul className="duty-seats">
        {list.map((one) => (
          <li key={one.no} data-no={one.no} data-state={one.state}>
            <span>{one.no}</span> <b>{one.text ?? text("short.erased")}</b>
            <span className="dim">{name(one.name ?? undefined, one.user)}</span>
            <span className={one.state === "answered" ? "badge" : "badge warn"}>{text(`short.state.${one.state}`)}</span>
            {one.assignedTo && <span className="dim">{text("short.by", { who: name(one.assignedName ?? undefined, one.assignedTo) })}</span>}
            {one.answer && <span>{text("short.answer", { words: one.answer })}</span>}
            {one.state !== "answered" && planner && (
              <form className="log-form" onSubmit={(event) => void assign(event, one.no)}>
                <select name="user" aria-label={text("short.assign", { no: one.no })} defaultValue={one.assignedTo ?? ""}>
                  <option value="">{text("short.toWhom")}</option>
                  {people.map((person) => <option key={person.id} value={person.id}>{name(person.name, person.login)}</option>)}
                </select>
                <button type="submit" disabled={busy}>{text("short.doAssign")}</button>
              </form>
            )}
            {one.state !== "answered" && (planner || one.assignedTo === user.id) && (
              <form className="log-form" onSubmit={(event) => void answer(event, one.no)}>
                <label><span className="dim">{text("short.answerLabel")}</span> <input name="text" maxLength={1000} aria-label={text("short.answerTo", { no: one.no })} /></label>
                <button type="submit" disabled={busy}>{text("short.doAnswer")}</button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
