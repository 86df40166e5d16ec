import { memo, useCallback, useEffect, useMemo, useRef, useState, type CSSProperties, type Ref } from "react";

import type { Incident } from "../api/types";
import { usePersonName, type Seats } from "../duty/people";
import { useName, useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { elapsed, parseTime } from "../ui/time";
import { isOpen, isUrgent, isWaiting, practiceOf, receiveLimitMs, stateKey, typeTitle } from "./incident";
import { callsNow, linesOf, settle } from "./queue";
import { useLines } from "./useLines";

interface Props {
  incidents: ReadonlyMap<string, Incident>;
  /** The same ones in the order of the queue. */
  sorted: readonly Incident[];
  selected: string | null;
  /** The row that the keyboard marks. */
  marked: string | null;
  title: string;
  /** Who sits where, for the names of those who have an incident in hand; an agency is not told. */
  seats?: Seats;
  onMark: (id: string) => void;
  onOpen: (id: string) => void;
  /** The order on screen, for J and K. */
  onOrder: (order: readonly string[]) => void;
}

/** A hand that rests for this long no longer holds the rows; one that moves does, for as long as it does. */
const kHoldMs = 4000;

/** The queue. Rows never move under the pointer or the keyboard's mark. */
export function IncidentQueue({ incidents, sorted, selected, marked, title, seats, onMark, onOpen, onOrder }: Props) {
  const text = useText();
  const named = usePersonName(seats ?? []);
  const [held, setHeld] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const previous = useRef<string[]>([]);

  const order = useMemo(() => {
    previous.current = settle(previous.current, sorted.map((incident) => incident.id), held);
    return previous.current;
  }, [sorted, held]);
  useEffect(() => onOrder(order), [order, onOrder]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const hold = useCallback((id: string | null) => {
    clearTimeout(timer.current);
    setHeld(id);
    if (id) timer.current = setTimeout(() => setHeld(null), kHoldMs);
  }, []);
  useEffect(() => {
    if (marked) hold(marked);
  }, [marked, hold]);
  const onPick = useCallback(
    (id: string) => {
      onMark(id);
      onOpen(id);
    },
    [onMark, onOpen],
  );

  const lines = useMemo(() => linesOf(order, (id) => !isOpen(incidents.get(id) as Incident)), [order, incidents]);
  const waiting = useMemo(() => sorted.reduce((count, incident) => count + Number(callsNow(incident)), 0), [sorted]);
  const { host, items, height, measure } = useLines(lines, marked);
  // The form of the login is gone: the keyboard begins here.
  useEffect(() => {
    if (document.activeElement === document.body) host.current?.focus();
  }, [host]);
  return (
    <section className="panel queue" aria-label={text("region.queue")}>
      <header>
        <h2>{title}</h2>
        <span className={waiting ? "badge urgent" : "badge"} data-testid="waiting">{text("queue.waiting", { n: waiting })}</span>
      </header>
      <ul ref={host} role="listbox" aria-label={title} tabIndex={0} data-focus-place aria-activedescendant={marked && incidents.has(marked) ? `row-${marked}` : undefined} onMouseLeave={() => hold(null)}>
        <li role="presentation" className="extent" style={{ height }} />
        {items.map(({ index, key, start }) => {
          const line = lines[index];
          if (!line) return null;
          const place = { transform: `translateY(${start}px)` };
          if (line.kind !== "row") {
            return (
              <li key={key} ref={measure} data-index={index} role="presentation" className={line.kind === "ended" ? "note heading" : "note"} style={place}>
                {text(line.kind === "ended" ? "queue.ended" : "queue.empty")}
              </li>
            );
          }
          const incident = incidents.get(line.id);
          return incident && (
            <Row
              key={key}
              incident={incident}
              owner={seats && isOpen(incident) && incident.owner ? named(incident.owner) : ""}
              commanded={seats !== undefined && isOpen(incident) && !!incident.commander}
              selected={line.id === selected}
              marked={line.id === marked}
              index={index}
              at={line.at + 1}
              of={order.length}
              start={start}
              measure={measure}
              onHover={hold}
              onOpen={onPick}
            />
          );
        })}
      </ul>
    </section>
  );
}

interface RowProps {
  incident: Incident;
  /** The name of who has it in hand; empty while nobody does. */
  owner: string;
  commanded: boolean;
  selected: boolean;
  marked: boolean;
  /** Among the lines; the row's place in the queue is `at` of `of`. */
  index: number;
  at: number;
  of: number;
  /** Where it stands in the list, px. */
  start: number;
  measure: Ref<HTMLLIElement>;
  onHover: (id: string) => void;
  onOpen: (id: string) => void;
}

const Row = memo(function Row({ incident, owner, commanded, selected, marked, index, at, of, start, measure, onHover, onOpen }: RowProps) {
  const text = useText();
  const name = useName();
  const now = useNow();
  const age = now - parseTime(incident.openedAt);
  const ended = parseTime(incident.endedAt ?? incident.updatedAt);
  const late = isWaiting(incident) && age > receiveLimitMs(incident);
  const shape = !isOpen(incident) ? "ended" : isUrgent(incident) ? "urgent" : "ordinary";
  const classes = ["incident-row", shape, isWaiting(incident) && "waiting", selected && "selected", marked && "marked"];
  const place: CSSProperties = { transform: `translateY(${start}px)` };
  const { reports = 1 } = incident;
  const practice = practiceOf(incident);
  return (
    <li
      ref={measure}
      id={`row-${incident.id}`}
      role="option"
      aria-selected={selected}
      aria-posinset={at}
      aria-setsize={of}
      className={classes.filter(Boolean).join(" ")}
      style={place}
      data-index={index}
      data-testid="incident-row"
      data-incident={incident.id}
      data-state={incident.state}
      onMouseMove={() => onHover(incident.id)}
      onClick={() => onOpen(incident.id)}
    >
      <span className={`mark ${shape}`} aria-hidden="true">
        {shape === "urgent" ? "▲" : shape === "ordinary" ? "◆" : "○"}
      </span>
      <span className="line">
        <span className="what">
          {practice && <b className="test-mark" data-testid="row-practice">{text(`incident.${practice}`)}</b>}
          {typeTitle(incident, name(incident.typeName, incident.type), text("incident.unknown"))}
        </span>
        <span className={late ? "age late" : "age"}>{elapsed(isOpen(incident) ? age : ended - parseTime(incident.openedAt))}</span>
      </span>
      <span className="line">
        <span className="where">{incident.place || text("incident.noPlace")}</span>
        {commanded && <span className="commanded" data-testid="row-command" title={text("incident.commander")}>⚑ {text("incident.commanded")}</span>}
        {owner && <span className="owner" title={text("incident.ownerIs", { who: owner })} data-testid="row-owner">{owner}</span>}
        <span className={`state ${incident.state}`}>
          <span className={owner || commanded ? "said" : ""}>{text(`grade.${incident.grade}`)} · </span>
          {text(stateKey(incident.state))}
        </span>
      </span>
      {reports > 1 && (
        <span className="reports" title={text("reports.count", { n: reports })} data-testid="row-reports">
          <span aria-hidden="true">×{reports}</span>
          <span className="said">{text("reports.count", { n: reports })}</span>
        </span>
      )}
    </li>
  );
});
