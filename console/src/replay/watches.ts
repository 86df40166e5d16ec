import type { TimelineEntry } from "../api/types";
import { parseTime } from "../ui/time";
import { personOf, wordOf, type Moment } from "./replay";

/** Somebody saw a camera, from when until when. */
export interface Watch {
  view: string;
  grant: string;
  camera: string;
  user: string;
  /** Of who watched; empty where the permission is in another record. */
  agency: string;
  way: string;
  from: number;
  /** Null while it goes on. */
  to: number | null;
}

/** Media tells when it was; that comes into the record a little later. */
const timeOf = ({ entry, at }: Moment): number => (entry.at ? parseTime(entry.at) : at);

/** A picture that the centre fetches from a district: nobody looks at that one. */
const isRelay = (entry: TimelineEntry): boolean => entry.ticketKind === "relay" || wordOf(entry.holder).startsWith("site:");

function watchOf(entry: TimelineEntry, permission: TimelineEntry | undefined, from: number): Watch {
  const user = wordOf(entry.holder) || wordOf(permission?.user) || personOf(permission?.actor);
  return { view: wordOf(entry.view), grant: wordOf(entry.grant), camera: wordOf(entry.camera), user, agency: wordOf(permission?.agency), way: wordOf(entry.way), from, to: null };
}

/** Every look at a camera that is in the record of the incident `here`. */
export function watchesOf(moments: readonly Moment[], here: string): Watch[] {
  const watches: Watch[] = [];
  const permitted = new Map<string, TimelineEntry>();
  /** By grant: when it came here from another incident, and when it was over. */
  const came = new Map<string, number>();
  const ended = new Map<string, number>();
  const open = (moment: Moment, from: number): Watch => {
    const watch = watchOf(moment.entry, permitted.get(wordOf(moment.entry.view)), from);
    watches.push(watch);
    return watch;
  };
  for (const moment of moments) {
    const { entry, at } = moment;
    const grant = wordOf(entry.grant);
    if (entry.kind === "view.permitted") permitted.set(wordOf(entry.view), entry);
    if (entry.kind === "grant.ended" || (entry.kind === "grant.moved" && entry.from === here)) ended.set(grant, at);
    if (entry.kind === "grant.moved" && entry.from !== here) came.set(grant, at);
    if (!entry.kind.startsWith("view.") || isRelay(entry)) continue;
    if (entry.kind === "view.opened") open(moment, timeOf(moment));
    if (entry.kind !== "view.closed") continue;
    // Opened in another incident's record: seen here since its grant came.
    const since = came.get(grant);
    const known = watches.findLast((watch) => watch.view === entry.view && watch.to === null) ?? (since === undefined ? null : open(moment, since));
    if (known) known.to = timeOf(moment);
  }
  // What nobody could tell the end of any more was over with its grant.
  for (const watch of watches) watch.to ??= ended.get(watch.grant) ?? null;
  return watches;
}

export const watchesAt = (watches: readonly Watch[], time: number): Watch[] => watches.filter(({ from, to }) => from <= time && (to === null || time < to));
