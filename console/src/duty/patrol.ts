import type { OwnSet, OwnWatch } from "../api/types";

/** A pass over the own cameras, stop by stop. Pure: the hook that holds it owns the clock. */
export interface Patrol {
  readonly set: OwnSet;
  /** Which stop stands on the screen. */
  readonly at: number;
  /** How long it has stood there. */
  readonly stoodMs: number;
  readonly paused: boolean;
}

export const begin = (set: OwnSet): Patrol => ({ set, at: 0, stoodMs: 0, paused: false });

/** The set was read anew: the same pass over the same stops goes on where it is. */
export function renewed(patrol: Patrol | null, answer: OwnWatch): Patrol | null {
  const { set } = answer;
  if (!set) return null;
  return patrol && sameStops(patrol.set, set) ? { ...patrol, set } : begin(set);
}

function sameStops(a: OwnSet, b: OwnSet): boolean {
  return a.pass === b.pass && a.shift === b.shift && a.stops.length === b.stops.length && a.stops.every((stop, at) => cameraIds(stop).join() === cameraIds(b.stops[at]).join());
}

type Stop = OwnSet["stops"][number];
const cameraIds = (stop: Stop | undefined): string[] => (stop?.cameras ?? []).map(({ id }) => id);

export const isLast = (patrol: Patrol): boolean => patrol.at >= patrol.set.stops.length - 1;

/** What is left of the stop's time. */
export const leftMs = (patrol: Patrol): number => Math.max(0, (patrol.set.stops[patrol.at]?.dwellSeconds ?? 0) * 1000 - patrol.stoodMs);

/** All stops have stood their time: whoever watched says so. */
export const isSeen = (patrol: Patrol): boolean => isLast(patrol) && leftMs(patrol) === 0;

/** Time goes by. The last stop stays until the pass is confirmed. */
export function tick(patrol: Patrol, ms: number): Patrol {
  if (patrol.paused || isSeen(patrol)) return patrol;
  const left = leftMs(patrol);
  if (ms < left || isLast(patrol)) return { ...patrol, stoodMs: patrol.stoodMs + Math.min(ms, left) };
  return { ...patrol, at: patrol.at + 1, stoodMs: 0 };
}

export function step(patrol: Patrol, by: 1 | -1): Patrol {
  const at = Math.min(Math.max(patrol.at + by, 0), patrol.set.stops.length - 1);
  return at === patrol.at ? patrol : { ...patrol, at, stoodMs: 0 };
}

export const pause = (patrol: Patrol): Patrol => ({ ...patrol, paused: !patrol.paused });

export const camerasOf = (patrol: Patrol): Stop["cameras"] => patrol.set.stops[patrol.at]?.cameras ?? [];
