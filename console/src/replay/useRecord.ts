import { useRef, useState } from "react";

import { kTimelineMax, type Api } from "../api/client";
import type { Incident, TimelineEntry } from "../api/types";
import { goesOn } from "../incident/incident";
import { useReading } from "../ui/reading";
import { momentsOf, type Moment } from "./replay";

/** A record as far as it is known. */
export interface Known {
  moments: readonly Moment[];
  /** Up to when it tells, ms: its last entry, or now while the incident goes on. */
  until: number;
}

/** The whole record of an incident, page by page; what is new in it is read whenever the stream tells of the incident. */
export function useRecord(api: Api, incident: Incident, aheadMs: number) {
  const [known, setKnown] = useState<Known | null>(null);
  const [failed, setFailed] = useState("");
  const entries = useRef<TimelineEntry[]>([]);
  const lastSeq = () => entries.current.at(-1)?.seq ?? 0;
  async function read() {
    for (let isMore = true; isMore; ) {
      const answer = await api.timeline(incident.id, lastSeq());
      if (!answer.ok) return setFailed(answer.error.detail || String(answer.error.status));
      // Two readings may begin at the same entry.
      const known = lastSeq();
      entries.current.push(...answer.value.filter(({ seq }) => seq > known));
      isMore = answer.value.length >= kTimelineMax;
    }
    const moments = momentsOf(entries.current);
    const last = moments.at(-1)?.at ?? 0;
    setFailed("");
    setKnown({ moments, until: goesOn(incident) ? Math.max(last, Date.now() + aheadMs) : last });
  }
  useReading(read, incident.id, incident);
  return { known, failed, retry: () => void read() };
}
