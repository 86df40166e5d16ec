import { useState } from "react";

import type { Api } from "../api/client";
import type { Incident, TimelineEntry } from "../api/types";
import { isMessageKey, useText, type MessageKey, type Translate } from "../ui/i18n";
import { useReading } from "../ui/reading";
import { kstClock, kstDateTime, parseTime } from "../ui/time";

const kinds: Record<string, MessageKey> = {
  "message.received": "timeline.received",
  "event.received": "timeline.received",
  "incident.opened": "timeline.opened",
  "incident.changed": "timeline.changed",
  "incident.joined": "timeline.joined",
  "incident.report_ended": "timeline.reportEnded",
  "incident.merged": "timeline.merged",
  "incident.split": "timeline.split",
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
  "grant.moved": "timeline.grantMoved",
  "incident.escalated": "timeline.escalated",
  "sop.begun": "timeline.sopBegun",
  "sop.step_done": "timeline.stepDone",
  "sop.step_skipped": "timeline.stepSkipped",
  "sop.acknowledged": "timeline.acknowledged",
  "hold.ordered": "timeline.holdOrdered",
  "hold.bounded": "timeline.holdBounded",
  "hold.ended": "timeline.holdEnded",
  "drill.told": "timeline.drillTold",
  "ptz.leased": "timeline.ptzLeased",
  "ptz.released": "timeline.ptzReleased",
  "ptz.moved": "timeline.ptzMoved",
  "ptz.rested": "timeline.ptzRested",
  "view.permitted": "timeline.viewPermitted",
  "view.opened": "timeline.viewOpened",
  "view.closed": "timeline.viewClosed",
  "view.refused": "timeline.viewRefused",
};

/** What stands in the records of two incidents, in that of the other one. */
const otherSides: Record<string, MessageKey> = { "incident.merged": "timeline.mergedAway", "incident.split": "timeline.splitOff", "grant.moved": "timeline.grantGone" };
const isOtherSide = ({ kind, other, from }: TimelineEntry, here: string): boolean => kind in otherSides && here === (kind === "grant.moved" ? from : other);

/** What the record has as keys, as people say it. */
export interface Words {
  /** The incident whose record it is. */
  here: string;
  purposeOf: (code: string) => string;
  personOf: (user: string) => string;
  /** The text of a step of the incident's procedure. */
  stepOf: (key: string) => string;
}
const asItCame: Words = { here: "", purposeOf: String, personOf: String, stepOf: String };

/** What happened, in words: the act where there is one, the entry's kind otherwise. */
export function entryTitle(entry: TimelineEntry, text: Translate, words: Words = asItCame): string {
  const act = `act.${entry.act ?? ""}`;
  const isOther = isOtherSide(entry, words.here);
  const kind = isOther ? otherSides[entry.kind] : kinds[entry.kind];
  const title = entry.act && isMessageKey(act) ? text(act) : kind ? text(kind) : entry.kind;
  const to = `state.${entry.to ?? ""}`;
  const outcome = `outcome.${entry.outcome ?? ""}`;
  const late = `late.${entry.kind === "event.late" ? entry.reason : ""}`;
  const details = [
    entry.kind === "device.seen" ? seenAt(entry, text) : "",
    isMessageKey(late) ? `– ${text(late)}` : "",
    entry.note === "SIMULATED, not sent" ? `– ${text("timeline.simulated")}` : "",
    entry.kind.startsWith("outbound.") && entry.code ? `(${entry.code})` : "",
    entry.kind === "incident.joined" ? reportedBy(entry) : "",
    !isOther && entry.from && entry.to && entry.to !== entry.from && isMessageKey(to) && text(to) !== title ? `→ ${text(to)}` : "",
    entry.outcome && isMessageKey(outcome) ? text(outcome) : "",
    typeof entry.person === "string" ? `→ ${words.personOf(entry.person)}` : "",
    entry.kind.startsWith("sop.") && typeof entry.step === "string" ? `– ${words.stepOf(entry.step)}` : "",
    entry.kind === "incident.escalated" ? text("incident.escalated", { n: Number(entry.level) }) : "",
    entry.kind.startsWith("hold.") ? heldOf(entry, text) : "",
    entry.kind.startsWith("ptz.") ? turnedOf(entry, text) : "",
    entry.kind === "drill.told" && typeof entry.n === "number" ? `– ${text("drill.nth", { n: entry.n + 1 })}` : "",
  ];
  return [title, ...details].filter(Boolean).join(" ");
}

/** Where a device was (latitude first, as people read it), and how long it lasts. */
function seenAt(entry: TimelineEntry, text: Translate): string {
  const [lon, lat]: unknown[] = Array.isArray(entry.position) ? entry.position : [];
  const place = typeof lon === "number" && typeof lat === "number" ? `${lat.toFixed(5)}, ${lon.toFixed(5)}` : text("timeline.noPosition");
  return `– ${place}${typeof entry.battery === "number" ? ` · ${text("timeline.battery")} ${entry.battery} %` : ""}`;
}

/** Who says it too, under which number, and how far away. */
function reportedBy({ sender, number, distance }: TimelineEntry): string {
  return `– ${[sender, number, typeof distance === "number" ? `${distance} m` : ""].filter(Boolean).join(" ")}`;
}

/** Of which cameras, and until when. */
function heldOf(entry: TimelineEntry, text: Translate): string {
  const cameras = Array.isArray(entry.cameras) ? text("hold.cameras", { n: entry.cameras.length }) : "";
  const until = entry.to ? text("hold.until", { to: kstDateTime(parseTime(entry.to)) }) : "";
  return [cameras, until].filter(Boolean).map((each) => `– ${each}`).join(" ");
}

/** Which camera, and as whom it was taken or why it was given up. */
function turnedOf(entry: TimelineEntry, text: Translate): string {
  const words = [`ptz.rank.${entry.rank ?? ""}`, `ptz.gone.${entry.kind === "ptz.released" ? entry.why : ""}`].filter(isMessageKey).map((key) => text(key));
  return `– ${[entry.camera, ...words].filter((each) => typeof each === "string").join(" · ")}`;
}

/** The words of who did it: of an act, or why a step was skipped, an order ended, a camera turned. */
export function saidOf(entry: TimelineEntry): string {
  const reason = ["sop.step_skipped", "hold.ended", "ptz.leased"].includes(entry.kind) ? entry.reason : "";
  return entry.text || (typeof reason === "string" ? reason : "");
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
  words: Words;
}

/** The record of one incident; what is new in it is read whenever the stream tells of the incident. */
export function Timeline({ api, incident, change, words }: Props) {
  const text = useText();
  const [known, setKnown] = useState<{ incident: string; entries: readonly TimelineEntry[] }>({ incident: incident.id, entries: [] });
  const entries = known.incident === incident.id ? known.entries : [];
  async function read() {
    const answer = await api.timeline(incident.id, entries.at(-1)?.seq);
    if (answer.ok) setKnown((now) => ({ incident: incident.id, entries: joined(now.incident === incident.id ? now.entries : [], answer.value) }));
  }
  useReading(read, incident.id, incident, change);
  return (
    <section className="timeline" aria-label={text("timeline.title")}>
      <h3>{text("timeline.title")}</h3>
      {entries.length === 0 && <p className="dim small">{text("timeline.empty")}</p>}
      <ol>
        {timelineLines(entries).map(({ entry, count }) => (
          <li key={entry.seq}>
            <time dateTime={entry.time}>{kstClock(parseTime(entry.time))}</time>
            <span>
              {entryTitle(entry, text, words)}
              {count > 1 && ` × ${count}`}
              {typeof entry.purpose === "string" && <span className="dim"> · {words.purposeOf(entry.purpose)}</span>}
              {saidOf(entry) && <q>{saidOf(entry)}</q>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Two readings may begin at the same entry. */
function joined(known: readonly TimelineEntry[], more: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const last = known.at(-1)?.seq ?? 0;
  return [...known, ...more.filter((entry) => entry.seq > last)];
}
