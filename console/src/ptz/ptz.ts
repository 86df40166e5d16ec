import type { Grant, PtzLease, User } from "../api/types";
import type { MessageKey } from "../ui/i18n";

export type Direction = "left" | "right" | "up" | "down" | "nearer" | "farther";

/** Shares of the fastest: right, up and nearer are positive. */
export interface Speed {
  pan: number;
  tilt: number;
  zoom: number;
}

const directions: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left", KeyA: "left", ArrowRight: "right", KeyD: "right", ArrowUp: "up", KeyW: "up", ArrowDown: "down", KeyS: "down",
  Equal: "nearer", NumpadAdd: "nearer", Minus: "farther", NumpadSubtract: "farther",
};
/** By KeyboardEvent.code, so that it works while a Korean input method is on. */
export const directionOf = (code: string): Direction | null => directions[code] ?? null;

const kSlow = 0.35;

/** What all that is held comes to; null where nothing is, or opposites cancel out. */
export function speedOf(held: ReadonlySet<Direction>, fast: boolean): Speed | null {
  const share = fast ? 1 : kSlow;
  const axis = (more: Direction, less: Direction) => (Number(held.has(more)) - Number(held.has(less))) * share;
  const speed = { pan: axis("right", "left"), tilt: axis("up", "down"), zoom: axis("nearer", "farther") };
  return speed.pan || speed.tilt || speed.zoom ? speed : null;
}

/** Of those that permit the picture, the first under which cameras are turned. */
export const turningGrant = (grants: readonly Grant[]): Grant | null => grants.find((grant) => grant.ptz) ?? null;

export const isOwn = (lease: PtzLease | null, user: User): boolean => lease !== null && (lease.own || lease.user === user.id);

/** What a key press says; anything else is said in one's own words. */
export const usualReasons: readonly MessageKey[] = ["ptz.reason.follow", "ptz.reason.look", "ptz.reason.around"];
