import type { Hold, Role } from "../api/types";
import type { Translate } from "../ui/i18n";
import { kstDateTime, parseTime } from "../ui/time";

/** Who may say that video need not be kept any longer. The server decides; this only avoids offering a certain refusal. */
export const endsHolds = (role: Role): boolean => role === "police" || role === "supervisor" || role === "official";

/** "2026-12-01 21:03" in Seoul. */
const minuteOf = (time: string): string => kstDateTime(parseTime(time)).slice(0, 16);

/** From when until when, in words. */
export const spanOf = ({ from, to }: Pick<Hold, "from"> & { to: string | null }, text: Translate): string =>
  text("hold.from", { from: minuteOf(from), until: to ? text("hold.until", { to: minuteOf(to) }) : text("hold.untilAfterEnd") });

/** The orders of one incident as one: it may have several, as cameras are chosen one after the other. Null when there is none. */
export function joinedOf(holds: readonly Hold[]) {
  const [first] = holds;
  if (!first) return null;
  const ends = holds.map((hold) => hold.to);
  return {
    cameras: new Set(holds.flatMap((hold) => hold.cameras)).size,
    from: holds.reduce((from, hold) => (hold.from < from ? hold.from : from), first.from),
    to: ends.includes(null) ? null : (ends as string[]).reduce((to, each) => (each > to ? each : to)),
    isKept: holds.every((hold) => hold.kept),
  };
}
