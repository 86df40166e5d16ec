import { useEffect, useRef } from "react";

import type { Procedure as ProcedureNow, ProcedureStep, Told } from "../api/types";
import { usePersonName, type Seats } from "../duty/people";
import { isMessageKey, useName, useText, type Translate } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { elapsed, kstClock, parseTime } from "../ui/time";
import type { Work } from "./useProcedure";

const marks: Record<ProcedureStep["state"], string> = { done: "✓", skipped: "⤼", current: "▶", coming: "○", passed: "–" };

/** An agency's word, or what it is called here. */
export function agencyWord(agency: string, text: Translate): string {
  const key = `agency.${agency}`;
  return isMessageKey(key) ? text(key) : agency;
}

interface Props {
  work: Work;
  seats: Seats;
  /** How far the server's clock is ahead of this page's. */
  aheadMs: number;
}

/** What has to be done, in order: what was, what is to be done now, whom nobody has answered. */
export function Procedure({ work, seats, aheadMs }: Props) {
  const text = useText();
  const name = useName();
  const { procedure, current } = work;
  const list = useRef<HTMLOListElement>(null);
  const shown = useRef<string | null>(null);
  // The step that has become current is brought into sight; at first the card shows what the incident is.
  useEffect(() => {
    const before = shown.current;
    shown.current = current?.key ?? null;
    if (before && current && before !== current.key) list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [current?.key]);
  if (!procedure) return work.isToCome ? <p className="dim small" data-testid="no-procedure">{text("sop.notBegun")}</p> : null;
  return (
    <section className="procedure" aria-label={text("sop.title")} data-testid="procedure" data-current={procedure.current ?? ""}>
      <h3>{text("sop.title")} <b>{name(procedure.name, procedure.sop)}</b></h3>
      {work.problem && <p role="alert" className="form-error">{work.problem}</p>}
      <ol ref={list}>
        {procedure.steps.map((step) => (
          <Step key={step.key} step={step} procedure={procedure} work={work} seats={seats} aheadMs={aheadMs} />
        ))}
      </ol>
      {!current && <p className="dim small">{text("sop.over")}</p>}
    </section>
  );
}

interface StepProps extends Props {
  step: ProcedureStep;
  procedure: ProcedureNow;
}

function Step({ step, procedure, work, seats, aheadMs }: StepProps) {
  const text = useText();
  const name = useName();
  const isCurrent = step.state === "current";
  const isAhead = isCurrent || step.state === "coming";
  const told = procedure.told.find((one) => one.step === step.key);
  return (
    <li className={step.state} data-step={step.key} data-state={step.state} aria-current={isCurrent ? "step" : undefined}>
      <span className="mark" role="img" aria-label={text(`sop.state.${step.state}`)}>{marks[step.state]}</span>
      <div>
        <span className="what">{name(step.text, step.key)}</span>
        {step.kind === "tell" && step.to && <span className="badge">→ {agencyWord(step.to, text)}</span>}
        {isAhead && step.gates.map((gate) => <span key={gate} className="badge warn" data-testid="gate">{text("sop.gate", { act: actWord(gate, text) })}</span>)}
        {isCurrent && step.dueAt && <Due at={parseTime(step.dueAt)} aheadMs={aheadMs} />}
        <WasDone step={step} seats={seats} />
        {told && <ToldLine told={told} work={work} seats={seats} aheadMs={aheadMs} />}
        {isCurrent && work.offers && <Now step={step} work={work} />}
      </div>
    </li>
  );
}

function actWord(act: string, text: Translate): string {
  const key = `act.${act}`;
  return isMessageKey(key) ? text(key) : act;
}

function WasDone({ step, seats }: { step: ProcedureStep; seats: Seats }) {
  const name = useName();
  const named = usePersonName(seats);
  const { done } = step;
  if (!done) return null;
  const answer = step.answers.find((one) => one.key === done.answer);
  return (
    <span className="dim small">
      {answer && <b>{name(answer.text, answer.key)} </b>}
      {kstClock(parseTime(done.at))} {named(done.by)}
      {done.reason && <q>{done.reason}</q>}
    </span>
  );
}

function Due({ at, aheadMs }: { at: number; aheadMs: number }) {
  const text = useText();
  const left = at - (useNow() + aheadMs);
  const isLate = left < 0;
  return (
    <span className={isLate ? "due late" : "due"} role="timer">
      {isLate && "△ "}{text(isLate ? "sop.late" : "sop.left", { t: elapsed(Math.abs(left)) })}
    </span>
  );
}

/** What may be done about the step whose turn it is. */
function Now({ step, work }: { step: ProcedureStep; work: Work }) {
  const text = useText();
  return (
    <div className="step-acts" role="group">
      {step.kind === "ask" ? (
        <Answers step={step} work={work} />
      ) : (
        <button type="button" className="primary" disabled={work.busy} data-testid="step-do" onClick={() => work.begin()}>{text("sop.do")} <kbd>Space</kbd></button>
      )}
      <button type="button" className="quiet" disabled={work.busy} data-testid="step-skip" onClick={() => work.askReason()}>{text("sop.skip")} <kbd>Shift+Space</kbd></button>
    </div>
  );
}

/** While they are open the digits are theirs: focus stands in them, and goes back to where it was. */
function Answers({ step, work }: { step: ProcedureStep; work: Work }) {
  const name = useName();
  const text = useText();
  const box = useRef<HTMLDivElement>(null);
  const isOpen = work.open === "answer";
  useEffect(() => {
    if (!isOpen) return;
    const before = document.activeElement;
    box.current?.focus();
    return () => {
      const isLost = box.current?.contains(document.activeElement) || document.activeElement === document.body;
      if (!isLost) return;
      box.current?.blur();
      if (before instanceof HTMLElement) before.focus();
    };
  }, [isOpen]);

  function onKeyDown(event: React.KeyboardEvent) {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (!isOpen || event.ctrlKey || event.altKey || event.metaKey || (!digit && event.key !== "Escape")) return;
    event.preventDefault();
    const answer = step.answers[Number(digit) - 1];
    if (answer && !event.repeat) work.take({ answer: answer.key });
    else if (!digit) work.close();
  }

  return (
    <div
      ref={box} className={isOpen ? "answers open" : "answers"} role="group" aria-label={text(isOpen ? "sop.answers" : "sop.answer")} tabIndex={-1} data-testid="answers"
      data-open={isOpen} {...(isOpen ? { "data-own-digits": true } : {})} onKeyDown={onKeyDown}
      onBlur={(event) => isOpen && !event.currentTarget.contains(event.relatedTarget) && work.close()}
    >
      {step.answers.map((answer, at) => (
        <button key={answer.key} type="button" className="primary" aria-disabled={work.busy} data-answer={answer.key} onClick={() => work.take({ answer: answer.key })}>
          {isOpen && <kbd>{at + 1}</kbd>} {name(answer.text, answer.key)}
        </button>
      ))}
      {!isOpen && <kbd>Space</kbd>}
    </div>
  );
}

/** Whom the step told, and for how long nobody has answered. */
function ToldLine({ told, work, seats, aheadMs }: { told: Told; work: Work; seats: Seats; aheadMs: number }) {
  const text = useText();
  const named = usePersonName(seats);
  const age = useNow() + aheadMs - parseTime(told.at);
  const waits = told.silentAfterS > 0;
  const isSilent = told.silent || (waits && age >= told.silentAfterS * 1000);
  return (
    <span className="told" data-testid="told" data-agency={told.agency} data-silent={isSilent && !told.acknowledgedAt}>
      <span>{text("sop.told", { agency: agencyWord(told.agency, text), at: kstClock(parseTime(told.at)) })}</span>
      {told.acknowledgedAt && <span className="dim">✓ {text("sop.heardAt", { at: kstClock(parseTime(told.acknowledgedAt)), who: named(told.acknowledgedBy ?? "") })}</span>}
      {!told.acknowledgedAt && waits && <b className={isSilent ? "silent" : ""}>{isSilent && "△ "}{text(isSilent ? "sop.silent" : "sop.waiting", { t: elapsed(age) })}</b>}
      {!told.acknowledgedAt && work.offers && (
        <button type="button" className="quiet" disabled={work.busy} data-testid="heard" onClick={() => work.heard(told.step)}>
          {text("sop.heard")} {waits && <kbd>Shift+A</kbd>}
        </button>
      )}
    </span>
  );
}
