import type { Alarm, Site } from "../api/types";

/** Those that somebody has to look at now, what is worst first. */
export const calling = (alarms: readonly Alarm[]): Alarm[] => alarms.filter((alarm) => alarm.calls);

/** The worst priority that calls; null when nothing does. */
export const worst = (alarms: readonly Alarm[]): number | null => calling(alarms).reduce<number | null>((low, alarm) => Math.min(low ?? 3, alarm.priority), null);

/** A mark of its own for each priority: colour alone would not do. */
export const marks: Record<number, string> = { 1: "▲", 2: "◆", 3: "○" };

/** Those that call and did not before: they have a sound. */
export function fresh(before: readonly Alarm[], now: readonly Alarm[]): Alarm[] {
  const known = new Set(calling(before).map((alarm) => alarm.id));
  return calling(now).filter((alarm) => !known.has(alarm.id));
}

/** The site that an alarm is about, if it is about one. */
export const siteOf = (alarm: Alarm, sites: readonly Site[]): Site | undefined => sites.find((site) => alarm.source === `site:${site.id}`);
