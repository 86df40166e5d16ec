import { useEffect, useMemo, useRef, useState } from "react";

import type { Incident } from "../api/types";
import { useName, useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { elapsed, parseTime } from "../ui/time";
import { isOpen, isUrgent, isWaiting, receiveLimitMs, stateKey, typeTitle } from "./incident";
import { compare, kRowsMax, settle } from "./queue";

interface Props {
  incidents: ReadonlyMap<string, Incident>;
  selected: string | null;
  /** The row that the keyboard marks. */
  marked: string | null;
  title: string;
  onMark: (id: string) => void;
  onOpen: (id: string) => void;
  /** The order on screen, for J and K. */
  onOrder: (order: readonly string[]) => void;
}

/** A hand that rests for this long no longer holds the rows. */
const kHoldMs = 4000;

/** The queue. Rows never move under the pointer or the keyboard's mark. */
export function IncidentQueue({ incidents, selected, marked, title, onMark, onOpen, onOrder }: Props) {
  const text = useText();
  const [held, setHeld] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const previous = useRef<string[]>([]);

  const order = useMemo(() => {
    const sorted = [...incidents.values()].sort(compare).map((incident) => incident.id);
    previous.current = settle(previous.current, sorted, held);
    return previous.current;
  }, [incidents, held]);
  useEffect(() => onOrder(order), [order, onOrder]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const hold = (id: string | null) => {
    clearTimeout(timer.current);
    setHeld(id);
    if (id) timer.current = setTimeout(() => setHeld(null), kHoldMs);
  };
  useEffect(() => {
    if (marked) hold(marked);
  }, [marked]);

  const rows = order.slice(0, kRowsMax).flatMap((id) => incidents.get(id) ?? []);
  const waiting = [...incidents.values()].filter(isWaiting).length;
  const firstEnded = rows.findIndex((incident) => !isOpen(incident));
  return (
    <section className="panel queue" aria-label={text("region.queue")}>
      <header>
        <h2>{title}</h2>
        <span className={waiting ? "badge urgent" : "badge"}>{text("queue.waiting", { n: waiting })}</span>
      </header>
      <ul role="listbox" aria-label={title} tabIndex={0} aria-activedescendant={marked ? `row-${marked}` : undefined} onMouseLeave={() => hold(null)}>
        {firstEnded !== 0 || rows.length === 0 ? null : <li role="presentation" className="note">{text("queue.empty")}</li>}
        {rows.length === 0 && <li role="presentation" className="note">{text("queue.empty")}</li>}
        {rows.map((incident, at) => (
          <Row
            key={incident.id}
            incident={incident}
            heading={at === firstEnded ? text("queue.ended") : null}
            selected={incident.id === selected}
            marked={incident.id === marked}
            onHover={() => held !== incident.id && hold(incident.id)}
            onOpen={() => {
              onMark(incident.id);
              onOpen(incident.id);
            }}
          />
        ))}
        {order.length > kRowsMax && <li role="presentation" className="note">{text("queue.more", { n: order.length - kRowsMax })}</li>}
      </ul>
    </section>
  );
}

interface RowProps {
  incident: Incident;
  heading: string | null;
  selected: boolean;
  marked: boolean;
  onHover: () => void;
  onOpen: () => void;
}

function Row({ incident, heading, selected, marked, onHover, onOpen }: RowProps) {
  const text = useText();
  const name = useName();
  const now = useNow();
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (marked) element.current?.scrollIntoView({ block: "nearest" });
  }, [marked]);

  const age = now - parseTime(incident.openedAt);
  const ended = parseTime(incident.endedAt ?? incident.updatedAt);
  const late = isWaiting(incident) && age > receiveLimitMs(incident);
  const shape = !isOpen(incident) ? "ended" : isUrgent(incident) ? "urgent" : "ordinary";
  const classes = ["incident-row", shape, isWaiting(incident) && "waiting", selected && "selected", marked && "marked"];
  return (
    <>
      {heading && <li role="presentation" className="note heading">{heading}</li>}
      <li
        ref={element}
        id={`row-${incident.id}`}
        role="option"
        aria-selected={selected}
        className={classes.filter(Boolean).join(" ")}
        data-testid="incident-row"
        data-incident={incident.id}
        data-state={incident.state}
        onMouseMove={onHover}
        onClick={onOpen}
      >
        <span className={`mark ${shape}`} aria-hidden="true">
          {shape === "urgent" ? "▲" : shape === "ordinary" ? "◆" : "○"}
        </span>
        <span className="line">
          <span className="what">
            {incident.test && <b className="test-mark">{text("incident.test")}</b>}
            {typeTitle(incident, name(incident.typeName, incident.type), text("incident.unknown"))}
          </span>
          <span className={late ? "age late" : "age"}>{elapsed(isOpen(incident) ? age : ended - parseTime(incident.openedAt))}</span>
        </span>
        <span className="line">
          <span className="where">{incident.place || text("incident.noPlace")}</span>
          <span className={`state ${incident.state}`}>
            {text(`grade.${incident.grade}`)} · {text(stateKey(incident.state))}
          </span>
        </span>
      </li>
    </>
  );
}
