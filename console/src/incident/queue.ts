import type { Incident } from "../api/types";
import type { Alarm } from "../ui/sound";
import { isOpen, isUrgent, isWaiting, practiceOf } from "./incident";

const stateRank: Record<Incident["state"], number> = {
  new: 0,
  received: 1,
  acting: 1,
  released: 2,
  closed: 3,
  cancelled: 3,
  auto_closed: 3,
};

/**
 * What is real before drills and tests; then unacknowledged first, then urgent before ordinary, then who has waited longest. Ended ones
 * last, the newest end first.
 */
export function compare(a: Incident, b: Incident): number {
  if (isOpen(a) !== isOpen(b)) return isOpen(a) ? -1 : 1;
  if (!isOpen(a)) return textOrder(b.endedAt ?? b.updatedAt, a.endedAt ?? a.updatedAt) || textOrder(a.id, b.id);
  return (
    Number(practiceOf(a) !== null) - Number(practiceOf(b) !== null) ||
    stateRank[a.state] - stateRank[b.state] ||
    Number(isUrgent(b)) - Number(isUrgent(a)) ||
    textOrder(a.openedAt, b.openedAt) ||
    textOrder(a.id, b.id)
  );
}

/** RFC 3339 times and ids have no letters of a language in them: comparing them as one costs ten times as much. */
const textOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The order to draw: `sorted`, but while somebody points at the row `anchor`, that row and all above it stay where they were.
 * New rows come below it. Rows that are gone from `sorted` are gone.
 */
export function settle(previous: readonly string[], sorted: readonly string[], anchor: string | null): string[] {
  const at = anchor === null ? -1 : previous.indexOf(anchor);
  if (at < 0) return [...sorted];
  const present = new Set(sorted);
  const fixed = previous.slice(0, at + 1).filter((id) => present.has(id));
  const held = new Set(fixed);
  return [...fixed, ...sorted.filter((id) => !held.has(id))];
}

/** Whether `alarm` is worse than what sounds already. */
export const outranks = (alarm: Alarm, sounding: Alarm): boolean => alarm !== null && alarm !== sounding && sounding !== "urgent";

/** Somebody may be in danger, and nobody has received it: no drill and no test is that. */
export const callsNow = (incident: Incident): boolean => isWaiting(incident) && practiceOf(incident) === null;

/** What the desk should sound: the worst that nobody has acknowledged. A drill is heard, but never as somebody in danger is. */
export function alarmOf(incidents: Iterable<Incident>): Alarm {
  let alarm: "ordinary" | null = null;
  for (const incident of incidents) {
    if (!isWaiting(incident)) continue;
    if (isUrgent(incident) && callsNow(incident)) return "urgent";
    alarm = "ordinary";
  }
  return alarm;
}

/** What stands in the list from top to bottom: a row by its place in the order, or a line between rows. */
export type Line = { kind: "row"; id: string; at: number } | { kind: "empty" | "ended" };

/** The lines of `order`: before the first ended incident stands a heading, and where nothing is open, that. */
export function linesOf(order: readonly string[], isEnded: (id: string) => boolean): Line[] {
  const firstEnded = order.findIndex(isEnded);
  const lines: Line[] = [];
  if (order.length === 0 || firstEnded === 0) lines.push({ kind: "empty" });
  order.forEach((id, at) => {
    if (at === firstEnded) lines.push({ kind: "ended" });
    lines.push({ kind: "row", id, at });
  });
  return lines;
}

/** How far each key moves the mark. */
export const steps = { next: 1, previous: -1, further: 10, nearer: -10, first: -Infinity, last: Infinity } as const;

/** The row `step` away from `current`, the end of the list where that is nearer; from outside the list when nothing is marked. */
export function neighbour(order: readonly string[], current: string | null, step: number): string | null {
  const found = current === null ? -1 : order.indexOf(current);
  const at = found >= 0 || step > 0 ? found : order.length;
  return order[Math.min(Math.max(at + step, 0), order.length - 1)] ?? null;
}
