import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";

import type { Api } from "../api/client";
import type { Result } from "../api/result";
import type { DeadLetter, Delivery, Role } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useText } from "../ui/i18n";
import { kstDateTime, parseTime } from "../ui/time";
import { ReleaseAll } from "./ReleaseAll";

interface Props {
  api: Api;
  role: Role;
  /** Grows when the server says that a list changed. */
  change: number;
  onClose: () => void;
}

/** What is done with a letter, and what is said when it is done. */
type Verb = "release" | "dismiss" | "despite" | "resend";
const saidOf = { release: "dead.released", dismiss: "dead.dismissed", despite: "dead.released", resend: "dead.resent" } as const;

/** Codes of the agreement's rules: who says that it sends, and which type. What cannot be read nobody can take. */
const ruleCodes: ReadonlySet<string> = new Set(["4001", "4004"]);

const deciders: ReadonlySet<Role> = new Set(["operator", "police", "supervisor"]);

export const mayDecide = (role: Role): boolean => deciders.has(role);

/** "agency:P1100000000" as a person reads it. */
export const senderOf = (actor: string): string => actor.slice(actor.indexOf(":") + 1);

/** Messages that led to nothing, and those of ours that did not arrive: a person says what becomes of them, and why. */
export function DeadLetters({ api, role, change, onClose }: Props) {
  const text = useText();
  const [letters, setLetters] = useState<readonly DeadLetter[] | null>(null);
  const [unsent, setUnsent] = useState<readonly Delivery[]>([]);
  const [more, setMore] = useState(false);
  const [failed, setFailed] = useState(false);
  const [said, setSaid] = useState<{ ok: boolean; words: string } | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(0);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let gone = false;
    void Promise.all([api.deadLetters(), api.failedDeliveries()]).then(([came, ours]) => {
      if (gone) return;
      setFailed(!came.ok || !ours.ok);
      if (came.ok) {
        setLetters(came.value.items);
        setMore(Boolean(came.value.next));
      }
      if (ours.ok) setUnsent(ours.value);
    });
    return () => {
      gone = true;
    };
  }, [api, change, done]);

  function settle(letter: DeadLetter, verb: Verb, reason: string): Promise<Result<unknown>> {
    if (verb === "dismiss") return api.dismissDeadLetter(letter.seq, reason);
    return verb === "despite" ? api.releaseDeadLetter(letter.seq, reason, letter.field) : api.releaseDeadLetter(letter.seq, reason);
  }

  async function decide(verb: Verb, asked: Promise<Result<unknown>>) {
    setBusy(true);
    const answer = await asked;
    setBusy(false);
    setDone((count) => count + 1);
    if (!answer.ok) return setSaid({ ok: false, words: text("dead.refused", { detail: answer.error.detail || String(answer.error.status) }) });
    setChosen(null);
    setSaid({ ok: true, words: text(saidOf[verb]) });
    box.current?.focus();
  }

  /** J and K or the arrows walk the lists; Enter opens what has the focus, as any button. */
  function walk(event: React.KeyboardEvent) {
    const step = event.code === "KeyJ" || event.code === "ArrowDown" ? 1 : event.code === "KeyK" || event.code === "ArrowUp" ? -1 : 0;
    if (step === 0 || (event.target instanceof Element && event.target.closest("textarea"))) return;
    const heads = [...(box.current?.querySelectorAll<HTMLElement>("[data-letter]") ?? [])];
    const at = heads.indexOf(document.activeElement as HTMLElement);
    event.preventDefault();
    heads[Math.min(Math.max(at + step, 0), heads.length - 1)]?.focus();
  }

  const toggle = (id: string) => setChosen(id === chosen ? null : id);
  return (
    <Dialog title={text("dead.title")} onClose={onClose} wide>
      <div ref={box} className="dead" data-testid="dead-letters" data-first tabIndex={-1} onKeyDown={walk}>
        <p className="dim small">{text("dead.hint")}</p>
        {said && <p role="status" className={said.ok ? "form-done" : "form-error"}>{said.words}</p>}
        {failed && <p role="alert" className="form-error">{text("load.failed")}</p>}
        {mayDecide(role) && letters !== null && <ReleaseAll api={api} waiting={letters.length > 0} onDone={() => setDone((count) => count + 1)} />}
        {letters?.length === 0 && <p className="note">{text("dead.none")}</p>}
        <ul aria-label={text("dead.title")}>
          {letters?.map((letter) => {
            const id = String(letter.seq);
            const verbs: readonly Verb[] = ruleCodes.has(letter.code) ? ["dismiss", "despite", "release"] : ["dismiss", "release"];
            const facts = [letter.format, letter.field, text("dead.code", { n: letter.code }), letter.attempts > 0 && text("dead.attempts", { n: letter.attempts })];
            return (
              <Row key={id} id={id} open={id === chosen} who={senderOf(letter.actor)} at={letter.time} why={letter.reason} facts={facts} onToggle={toggle}>
                {mayDecide(role) && (
                  <Decision busy={busy} verbs={verbs} onDecide={(verb, reason) => void decide(verb, settle(letter, verb, reason))} />
                )}
              </Row>
            );
          })}
        </ul>
        {more && <p className="note">{text("dead.more")}</p>}
        {unsent.length > 0 && <h3>{text("dead.unsent")}</h3>}
        <ul aria-label={text("dead.unsent")}>
          {unsent.map((delivery) => (
            <Row
              key={delivery.id} id={delivery.id} open={delivery.id === chosen} who={delivery.partner} at={delivery.queuedAt} why={delivery.why}
              facts={[delivery.number, text("dead.state", { code: delivery.code }), text("dead.tries", { n: delivery.attempts })]} onToggle={toggle}
            >
              {mayDecide(role) && <Decision busy={busy} verbs={["resend"]} onDecide={(verb, reason) => void decide(verb, api.retryDelivery(delivery.id, reason))} />}
            </Row>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

interface RowProps {
  id: string;
  open: boolean;
  who: string;
  at: string;
  why: string;
  facts: readonly (string | false)[];
  onToggle: (id: string) => void;
  children: ReactNode;
}

function Row({ id, open, who, at, why, facts, onToggle, children }: RowProps) {
  const text = useText();
  return (
    <li className={open ? "open" : ""}>
      <button type="button" className="quiet dead-head" data-letter={id} aria-expanded={open} onClick={() => onToggle(id)}>
        <span className="line">
          <b>{who}</b>
          <span className="dim">{kstDateTime(parseTime(at))}</span>
        </span>
        <span className="why">{why || text("dead.noReason")}</span>
        <span className="dim small">{facts.filter(Boolean).join(" · ")}</span>
      </button>
      {open && children}
    </li>
  );
}

interface DecisionProps {
  busy: boolean;
  /** The last one is what Enter does. */
  verbs: readonly Verb[];
  onDecide: (verb: Verb, reason: string) => void;
}

function Decision({ busy, verbs, onDecide }: DecisionProps) {
  const text = useText();
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const pressed = (event.nativeEvent as SubmitEvent).submitter?.getAttribute("value");
    const verb = verbs.find((each) => each === pressed) ?? verbs.at(-1);
    const reason = field.current?.value.trim() ?? "";
    setMissing(!reason);
    if (reason && verb) onDecide(verb, reason);
  }

  return (
    <form className="act-form" onSubmit={submit} noValidate>
      <label>
        {text("dead.reason")}
        <textarea ref={field} rows={2} maxLength={500} />
      </label>
      {missing && <p role="alert" className="form-error">{text("dead.needReason")}</p>}
      <footer>
        {verbs.map((verb) => (
          <button key={verb} type="submit" value={verb} className={verb === verbs.at(-1) ? "primary" : ""} disabled={busy}>{text(`dead.${verb}`)}</button>
        ))}
      </footer>
    </form>
  );
}
