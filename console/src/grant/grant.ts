import type { Grant, Incident, User } from "../api/types";
import type { BlankReason } from "../view/tile";

const endedStates: ReadonlySet<string> = new Set(["ended", "revoked", "expired", "closed"]);

/** A state that this page does not know is left to the server, which refuses tickets of what has ended. */
export const isLive = (grant: Grant): boolean => !endedStates.has(grant.state);

const isMine = (grant: Grant, user: User): boolean =>
  grant.holder.user === user.id || (!grant.holder.user && grant.holder.agency === user.agency);

/** What somebody may see of an incident: the union of the grants that the person or the agency holds. */
export interface Cover {
  /** All of them, ended ones too. */
  readonly grants: readonly Grant[];
  /** By camera the grants that permit it now, the preferred one first; never an empty list. */
  readonly living: ReadonlyMap<string, readonly Grant[]>;
  /** Why a camera that was granted before is dark. No camera stands in both. */
  readonly dark: ReadonlyMap<string, BlankReason>;
}

export const noCover: Cover = { grants: [], living: new Map(), dark: new Map() };

/**
 * `grants` are those of the incident. A grant adds cameras and never takes away what another one permits. All is in the order of preference: living ones first, the person's own grants
 * before the agency's, the incident's before one that somebody opened by hand, the one that ends last first.
 */
export function coverOf(grants: Iterable<Grant>, incident: Incident | null, user: User): Cover {
  const mine = [...grants].filter((grant) => isMine(grant, user) && (grant.kinds?.includes("live") ?? true));
  mine.sort((a, b) => preference(b, user) - preference(a, user) || b.to.localeCompare(a.to) || b.id.localeCompare(a.id));
  const living = new Map<string, Grant[]>();
  for (const grant of mine) {
    if (darkReason(grant, incident)) continue;
    for (const camera of grant.cameras) living.set(camera, [...(living.get(camera) ?? []), grant]);
  }
  const dark = new Map<string, BlankReason>();
  for (const grant of mine) {
    const reason = darkReason(grant, incident);
    if (!reason) continue;
    for (const camera of grant.cameras) if (!living.has(camera) && !dark.has(camera)) dark.set(camera, reason);
  }
  return { grants: mine, living, dark };
}

/** True when opening the incident's video would add nothing. Before the choice is known, anything that lives counts as all of it. */
export function coversAll(cover: Cover, chosen: readonly { id: string }[] | undefined): boolean {
  return cover.living.size > 0 && (chosen ?? []).every((camera) => cover.living.has(camera.id));
}

/** A limit on the height gives way to a grant without one: the spot is a main stream. */
function preference(grant: Grant, user: User): number {
  return (isLive(grant) ? 8 : 0) + (grant.holder.user === user.id ? 4 : 0) + (grant.event ? 2 : 0) + (grant.height ? 0 : 1);
}

/** One line of what the pictures rest on. */
export interface Ground {
  readonly grant: Grant;
  /** When the first of its cameras goes dark, if nothing more is granted. */
  readonly until: string;
}

/** The purposes and legal bases under which `cameras` are shown, each once; the last one when nothing is permitted any more. */
export function groundsOf(cover: Cover, cameras: readonly string[]): Ground[] {
  const grounds = new Map<string, Ground>();
  for (const camera of cameras) {
    const ends = new Map<string, Ground>();
    for (const grant of cover.living.get(camera) ?? []) {
      const key = `${grant.purpose} ${grant.basis}`;
      const known = ends.get(key);
      if (!known || grant.to > known.until) ends.set(key, { grant: known?.grant ?? grant, until: grant.to });
    }
    for (const [key, ground] of ends) {
      const known = grounds.get(key);
      if (!known || ground.until < known.until) grounds.set(key, ground);
    }
  }
  const last = cover.grants[0];
  return grounds.size > 0 || !last ? [...grounds.values()] : [{ grant: last, until: last.to }];
}

/** Why the pictures of `grant` are dark; null while they may be seen. */
export function darkReason(grant: Grant, incident: Incident | null): BlankReason | null {
  switch (incident?.state) {
    case "closed":
    case "cancelled":
    case "released":
    case "auto_closed":
      return `blank.${incident.state}`;
  }
  if (isLive(grant)) return null;
  return grant.state.startsWith("expire") || grant.reason?.includes("expire") ? "blank.expired" : "blank.revoked";
}
