import type { Incident } from "../api/types";
import { isOpen, isUrgent, isWaiting } from "./incident";

/** Rows drawn at once; the rest is a number. An earthquake must not stop the desk. */
export const kRowsMax = 200;

const stateRank: Record<Incident["state"], number> = {
  new: 0,
  received: 1,
  acting: 1,
  released: 2,
  closed: 3,
  cancelled: 3,
  auto_closed: 3,
};

/** Unacknowledged first, then urgent before ordinary, then who has waited longest. Ended ones last, the newest end first. */
export function compare(a: Incident, b: Incident): number {
  if (isOpen(a) !== isOpen(b)) return isOpen(a) ? -1 : 1;
  if (!isOpen(a)) return (b.endedAt ?? b.updatedAt).localeCompare(a.endedAt ?? a.updatedAt) || idOrder(a, b);
  return (
    stateRank[a.state] - stateRank[b.state] ||
    Number(isUrgent(b)) - Number(isUrgent(a)) ||
    a.openedAt.localeCompare(b.openedAt) ||
    idOrder(a, b)
  );
}

const idOrder = (a: Incident, b: Incident): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

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

/** What the desk should sound: the worst that nobody has acknowledged. */
export function alarmOf(incidents: Iterable<Incident>): "urgent" | "ordinary" | null {
  let alarm: "ordinary" | null = null;
  for (const incident of incidents) {
    if (!isWaiting(incident)) continue;
    if (isUrgent(incident)) return "urgent";
    alarm = "ordinary";
  }
  return alarm;
}

/** The row `step` away from `current`; the first one when nothing is marked. */
export function neighbour(order: readonly string[], current: string | null, step: 1 | -1): string | null {
  const at = current === null ? -1 : order.indexOf(current);
  if (at < 0) return order[step === 1 ? 0 : order.length - 1] ?? null;
  return order[Math.min(Math.max(at + step, 0), order.length - 1)] ?? null;
}
