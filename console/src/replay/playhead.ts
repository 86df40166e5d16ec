import type { Axis } from "./axis";

export const speeds = [1, 2, 5, 10, 60, 600] as const;
export type Speed = (typeof speeds)[number];

/** Where a record stands, or from where on it has been playing. Where it is follows from a clock alone, however seldom it is drawn. */
export interface Head {
  /** Of the record, ms. */
  time: number;
  /** By the page's clock, since when it has been playing; null while it stands. */
  since: number | null;
  speed: Speed;
}

/** The record's time at `now`, to its own millisecond. */
export function timeOf(head: Head, axis: Axis, now: number): number {
  const played = axis.playedAt(head.time) + (head.since === null ? 0 : Math.max(0, now - head.since) * head.speed);
  return Math.round(axis.timeAt(played));
}

export const isOver = (head: Head, axis: Axis, now: number): boolean => timeOf(head, axis, now) >= axis.end;

/** At another place; what plays goes on from there. */
export const seek = (head: Head, axis: Axis, time: number, now: number): Head => ({
  ...head,
  time: Math.min(Math.max(time, axis.start), axis.end),
  since: head.since === null ? null : now,
});

/** Plays what stands and stops what plays; from the end it begins anew. */
export function turn(head: Head, axis: Axis, now: number): Head {
  if (head.since !== null) return { ...head, time: timeOf(head, axis, now), since: null };
  return { ...head, time: isOver(head, axis, now) ? axis.start : head.time, since: now };
}

export const withSpeed = (head: Head, axis: Axis, speed: Speed, now: number): Head => ({ ...seek(head, axis, timeOf(head, axis, now), now), speed });

/** The speed `by` steps further; the ends are ends. */
export const speedAfter = (speed: Speed, by: 1 | -1): Speed => speeds[Math.min(Math.max(speeds.indexOf(speed) + by, 0), speeds.length - 1)] as Speed;
