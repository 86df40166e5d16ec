import type { Grant, Incident, User } from "../api/types";
import type { BlankReason } from "../view/tile";

const endedStates: ReadonlySet<string> = new Set(["ended", "revoked", "expired", "closed"]);

/** A state that this page does not know is left to the server, which refuses tickets of what has ended. */
export const isLive = (grant: Grant): boolean => !endedStates.has(grant.state);

const isMine = (grant: Grant, user: User): boolean =>
  grant.holder.user === user.id || (!grant.holder.user && grant.holder.agency === user.agency);

/** The grant under which `user` watches: a live one before an ended one, one of the person before the agency's, the newest first. */
export function myGrant(grants: readonly Grant[], user: User): Grant | null {
  const rank = (grant: Grant) => (isLive(grant) ? 2 : 0) + (grant.holder.user === user.id ? 1 : 0);
  const mine = grants.filter((grant) => isMine(grant, user));
  mine.sort((a, b) => rank(b) - rank(a) || b.from.localeCompare(a.from));
  return mine[0] ?? null;
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
