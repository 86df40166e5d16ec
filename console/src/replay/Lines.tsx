import { useMemo } from "react";

import type { TimelineEntry } from "../api/types";
import { entryTitle, saidOf, timelineLines, type Words } from "../incident/Timeline";
import { useText } from "../ui/i18n";
import { kstClock, parseTime } from "../ui/time";

/** What stands further down is reached by going back. */
const kLinesMax = 200;

interface Props {
  /** Up to the moment that is shown. */
  entries: readonly TimelineEntry[];
  words: Words;
  onGo: (seq: number) => void;
}

/** The record up to there, the newest first and marked; a line is the way to its moment. */
export function Lines({ entries, words, onGo }: Props) {
  const text = useText();
  const lines = useMemo(() => timelineLines(entries), [entries]);
  return (
    <section className="panel replay-lines" aria-label={text("replay.lines", { n: entries.length })} data-testid="replay-lines" data-count={entries.length}>
      <h3>{text("replay.lines", { n: entries.length })}</h3>
      <ol>
        {lines.slice(0, kLinesMax).map(({ entry, count }, at) => (
          <li key={entry.seq} data-seq={entry.seq} aria-current={at === 0 ? "true" : undefined}>
            <button type="button" className="quiet" tabIndex={at === 0 ? 0 : -1} onMouseDown={(event) => event.preventDefault()} onClick={() => onGo(entry.seq)}>
              <time dateTime={entry.time}>{kstClock(parseTime(entry.time))}</time>
              <span>
                {at === 0 && <span aria-hidden="true">▶ </span>}
                {entryTitle(entry, text, words)}
                {count > 1 && ` × ${count}`}
                {typeof entry.purpose === "string" && <span className="dim"> · {words.purposeOf(entry.purpose)}</span>}
                {saidOf(entry) && <q>{saidOf(entry)}</q>}
              </span>
            </button>
          </li>
        ))}
      </ol>
      {lines.length > kLinesMax && <p className="dim small">{text("replay.older", { n: lines.length - kLinesMax })}</p>}
    </section>
  );
}
