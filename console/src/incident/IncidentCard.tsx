import type { ReactNode } from "react";

import type { Incident } from "../api/types";
import { useName, useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { elapsed, kstDateTime, parseTime } from "../ui/time";
import { faultKey, isOpen, isUrgent, isWaiting, practiceOf, receiveLimitMs, stateKey, typeTitle, type CardAct, type HandAct } from "./incident";

interface Props {
  incident: Incident;
  /** Of the site in charge; not told where it is of no use. */
  siteName?: string;
  acts: readonly CardAct[];
  /** The second, quieter row. */
  handActs?: readonly HandAct[];
  /** Whose it is; an agency is not told. */
  inHand?: ReactNode;
  /** What is to be done next: above all that is only to be known. */
  procedure?: ReactNode;
  busy: boolean;
  problem: string | null;
  onAct: (act: CardAct) => void;
  /** Opens another incident; an agency has its own alone. */
  onOther?: (incident: string) => void;
  /** Plays its record. */
  onReplay?: () => void;
  children?: ReactNode;
}

const keyOf: Record<CardAct, string> = {
  receive: "A", act: "D", note: "N", close: "C", cancel: "X", open_video: "V",
  hand_over: "O", take_over: "I", command: "Q", yield_command: "Q", request_hold: "Z",
  merge: "Shift+M",
};

/** One incident: what, where, since when, and what may be done now. */
export function IncidentCard({ incident, siteName, acts, handActs = [], inHand, procedure, busy, problem, onAct, onOther, onReplay, children }: Props) {
  const text = useText();
  const name = useName();
  const fault = faultKey(incident.positionFault);
  const practice = practiceOf(incident);
  const facts: [string, string | null | undefined][] = [
    [text("incident.opened"), kstDateTime(parseTime(incident.openedAt))],
    [text("incident.receivedAt"), incident.receivedAt && kstDateTime(parseTime(incident.receivedAt))],
    [text("incident.endedAt"), incident.endedAt && kstDateTime(parseTime(incident.endedAt))],
    [text("incident.sender"), incident.sender],
    [text("incident.number"), incident.number],
    [text("incident.site"), siteName],
  ];
  return (
    <article className="panel card" aria-label={text("region.incident")} aria-busy={busy} tabIndex={-1} data-focus-place data-testid="incident-card" data-state={incident.state}>
      <header>
        <span className={`grade g${incident.grade} ${isOpen(incident) ? "" : "ended"}`}>
          {isUrgent(incident) ? "▲" : "◆"} {text(`grade.${incident.grade}`)}
        </span>
        {practice && <span className="test-mark" data-testid="test-mark" data-practice={practice}>{text(`incident.${practice}`)}</span>}
        <h2>{typeTitle(incident, name(incident.typeName, incident.type), text("incident.unknown"))}</h2>
        <span className={`state-tag ${incident.state}`}>{text(stateKey(incident.state))}</span>
      </header>
      <p className="place">{incident.place || text("incident.noPlace")}</p>
      {practice && <p className="practice-note">{text(`incident.${practice}Note`)}</p>}
      {fault && <p className="fault">△ {text(fault)}</p>}
      <Timer incident={incident} />
      {onOther && incident.mergedInto && <Merged into={incident.mergedInto} onOpen={onOther} />}
      {inHand}
      <div className="acts" role="group">
        {acts.map((act) => (
          <button key={act} type="button" disabled={busy} className={act === "receive" || act === "open_video" ? "primary" : ""} data-act={act} onClick={() => onAct(act)}>
            {text(`act.${act}`)} <kbd>{keyOf[act]}</kbd>
          </button>
        ))}
      </div>
      {(handActs.length > 0 || onReplay) && (
        <div className="acts second" role="group" aria-label={text("incident.hands")}>
          {handActs.map((act) => (
            <button key={act} type="button" disabled={busy} className="quiet" data-act={act} onClick={() => onAct(act)}>
              {text(`act.${act}`)} <kbd>{keyOf[act]}</kbd>
            </button>
          ))}
          {onReplay && (
            <button type="button" className="quiet" aria-haspopup="dialog" data-act="replay" onClick={onReplay}>
              {text("act.replay")} <kbd>Shift+R</kbd>
            </button>
          )}
        </div>
      )}
      {problem && <p role="alert" className="form-error">{problem}</p>}
      {incident.text && <p className="incident-text">{incident.text}</p>}
      {procedure}
      <dl className="facts">
        {facts.map(([label, value]) => value && (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {children}
    </article>
  );
}

/** Where its reports go on. */
function Merged({ into, onOpen }: { into: string; onOpen: (incident: string) => void }) {
  const text = useText();
  return (
    <p className="merged" data-testid="merged" data-into={into}>
      ⤳ {text("reports.mergedInto")} <button type="button" data-act="open-merged" onClick={() => onOpen(into)}>{text("brief.openIt")}</button>
    </p>
  );
}

function Timer({ incident }: { incident: Incident }) {
  const text = useText();
  const now = useNow();
  const opened = parseTime(incident.openedAt);
  if (!isOpen(incident)) {
    return <p className="timer">{text("incident.elapsed")} <b>{elapsed(parseTime(incident.endedAt ?? incident.updatedAt) - opened)}</b></p>;
  }
  const age = now - opened;
  if (!isWaiting(incident)) return <p className="timer">{text("incident.elapsed")} <b>{elapsed(age)}</b></p>;
  const late = age > receiveLimitMs(incident);
  return (
    <p className={late ? "timer late" : "timer"} role="timer">
      {text(late ? "incident.overdue" : "incident.wait", { t: elapsed(age) })}
    </p>
  );
}
