import { useState } from "react";

import type { Api } from "../api/client";
import type { Incident, Report, Role } from "../api/types";
import { clockOf } from "../duty/duty";
import { usePersonName, type Seats } from "../duty/people";
import { useName, useText } from "../ui/i18n";
import { useReading } from "../ui/reading";
import { kstDateTime, parseTime } from "../ui/time";
import { joinedWord, maySplit } from "./report";
import { SplitDialog } from "./SplitDialog";

interface Props {
  api: Api;
  incident: Incident;
  seats: Seats;
  role: Role;
  busy: boolean;
  /** Changes when something was done to the incident here. */
  change: number;
  onSplit: (event: string) => Promise<void>;
}

/** What several senders say of the one case; nothing where there is one, which the card tells already. */
export function Reports({ api, incident, seats, role, busy, change, onSplit }: Props) {
  const text = useText();
  const [known, setKnown] = useState<readonly Report[]>([]);
  const [leaving, setLeaving] = useState<Report | null>(null);
  const { reports: count = 1 } = incident;
  async function read() {
    if (count < 2) return;
    const answer = await api.reports(incident.id);
    if (answer.ok) setKnown(answer.value);
  }
  useReading(read, incident.id, incident, change);
  if (count < 2 || known.length < 2) return null;
  return (
    <section className="case-reports" aria-label={text("reports.count", { n: known.length })} data-testid="reports">
      <h3>{text("reports.count", { n: known.length })}</h3>
      <ul>
        {known.map((report) => (
          <Line key={report.event} report={report} seats={seats} onSplit={maySplit(incident, report, role) ? () => setLeaving(report) : null} />
        ))}
      </ul>
      {leaving && <SplitDialog report={leaving} busy={busy} onSplit={() => void onSplit(leaving.event).then(() => setLeaving(null))} onClose={() => setLeaving(null)} />}
    </section>
  );
}

function Line({ report, seats, onSplit }: { report: Report; seats: Seats; onSplit: (() => void) | null }) {
  const text = useText();
  const name = useName();
  const named = usePersonName(seats);
  return (
    <li data-event={report.event} data-ended={report.endedAt !== null}>
      <b>{name(report.typeName, report.type)}</b>
      <span>{report.sender} {report.number}</span>
      <time className="dim" dateTime={report.occurredAt}>{kstDateTime(parseTime(report.occurredAt))}</time>
      <span className="dim">{joinedWord(report, text, named)}</span>
      <span className={report.endedAt ? "dim" : "badge"}>{report.endedAt ? text("reports.ended", { at: clockOf(report.endedAt) }) : text("reports.goesOn")}</span>
      {onSplit && <button type="button" className="quiet" aria-haspopup="dialog" data-act="split" onClick={onSplit}>{text("reports.split")}</button>}
    </li>
  );
}
