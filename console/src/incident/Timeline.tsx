import { useEffect, useState } from "react";

import type { Api } from "../api/client";
import type { Incident, TimelineEntry } from "../api/types";
import { isMessageKey, useText, type MessageKey, type Translate } from "../ui/i18n";
import { kstClock, parseTime } from "../ui/time";

const kinds: Record<string, MessageKey> = {
  "message.received": "timeline.received",
  "event.received": "timeline.received",
  "incident.opened": "timeline.opened",
  "incident.changed": "timeline.changed",
  "event.late": "timeline.late",
  "event.repeated": "timeline.repeated",
  "device.seen": "timeline.deviceSeen",
  "outbound.queued": "timeline.told",
  "outbound.delivered": "timeline.toldDone",
  "outbound.tried": "timeline.toldTried",
  "outbound.failed": "timeline.toldFailed",
  "outbound.requeued": "timeline.toldAgain",
  "cameras.chosen": "timeline.cameras",
  "duty.found": "timeline.found",
  "grant.issued": "timeline.granted",
  "grant.changed": "timeline.grantChanged",
  "grant.ended": "timeline.grantEnded",
  "view.permitted": "timeline.viewPermitted",
  "view.opened": "timeline.viewOpened",
  "view.closed": "timeline.viewClosed",
  "view.refused": "timeline.viewRefused",
};

/** What happened, in words: the act where there is one, the entry's kind otherwise. */
export function entryTitle(entry: TimelineEntry, text: Translate): string {
  const act = `act.${entry.act ?? ""}`;
  const title = entry.act && isMessageKey(act) ? text(act) : kinds[entry.kind] ? text(kinds[entry.kind] as MessageKey) : entry.kind;
  const to = `state.${entry.to ?? ""}`;
  const outcome = `outcome.${entry.outcome ?? ""}`;
  const late = `late.${entry.kind === "event.late" ? entry.reason : ""}`;
  const details = [
    entry.kind === "device.seen" ? seenAt(entry, text) : "",
    isMessageKey(late) ? `– ${text(late)}` : "",
    entry.note === "SIMULATED, not sent" ? `– ${text("timeline.simulated")}` : "",
    entry.kind.startsWith("outbound.") && entry.code ? `(${entry.code})` : "",
    entry.from && entry.to && entry.to !== entry.from && isMessageKey(to) && text(to) !== title ? `→ ${text(to)}` : "",
    entry.outcome && isMessageKey(outcome) ? text(outcome) : "",
  ];
  return [title, ...details].filter(Boolean).join(" ");
}

/** Where a device was (latitude first, as people read it), and how long it lasts. */
function seenAt(entry: TimelineEntry, text: Translate): string {
  const [lon, lat]: unknown[] = Array.isArray(entry.position) ? entry.position : [];
  const place = typeof lon === "number" && typeof lat === "number" ? `${lat.toFixed(5)}, ${lon.toFixed(5)}` : text("timeline.noPosition");
  return `– ${place}${typeof entry.battery === "number" ? ` · ${text("timeline.battery")} ${entry.battery} %` : ""}`;
}

/** One line of the record: one entry, or a run of views of the same kind. */
export interface TimelineLine {
  entry: TimelineEntry;
  count: number;
}

const isView = (entry: TimelineEntry): boolean => entry.kind.startsWith("view.");

/** Newest first. Many tiles open at once, for several people: views of one kind and purpose among views are one line. */
export function timelineLines(entries: readonly TimelineEntry[]): TimelineLine[] {
  const lines: TimelineLine[] = [];
  for (const entry of [...entries].reverse()) {
    const since = lines.findLastIndex((line) => !isView(line.entry)) + 1;
    const same = isView(entry) ? lines.slice(since).find((line) => line.entry.kind === entry.kind && line.entry.purpose === entry.purpose) : undefined;
    if (same) same.count++;
    else lines.push({ entry, count: 1 });
  }
  return lines;
}

interface Props {
  api: Api;
  incident: Incident;
  change: number;
  /** The name of a purpose's code. */
  purposeOf: (code: string) => string;
}

/** The record of one incident; what is new in it is read whenever the incident changes. */
export function Timeline({ api, incident, change, purposeOf }: Props) {
  const text = useText();
  const [known, setKnown] = useState<{ incident: string; entries: readonly TimelineEntry[] }>({ incident: incident.id, entries: [] });
  const entries = known.incident === incident.id ? known.entries : [];
  useEffect(() => {
    let current = true;
    void api.timeline(incident.id, entries.at(-1)?.seq).then((answer) => {
      if (current && answer.ok) setKnown({ incident: incident.id, entries: [...entries, ...answer.value] });
    });
    return () => {
      current = false;
    };
  }, [api, incident.id, incident.updatedAt, change]);
  return (
    <section className="timeline" aria-label={text("timeline.title")}>
      <h3>{text("timeline.title")}</h3>
      {entries.length === 0 && <p className="dim small">{text("timeline.empty")}</p>}
      <ol>
        {timelineLines(entries).map(({ entry, count }) => (
          <li key={entry.seq}>
            <time dateTime={entry.time}>{kstClock(parseTime(entry.time))}</time>
            <span>
              {entryTitle(entry, text)}
              {count > 1 && ` × ${count}`}
              {typeof entry.purpose === "string" && <span className="dim"> · {purposeOf(entry.purpose)}</span>}
              {entry.text && <q>{entry.text}</q>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
