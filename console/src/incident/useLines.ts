import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef } from "react";

import { usePrefs } from "../ui/prefs";
import type { Line } from "./queue";

/** A row with a title of one line at 100 %, and what stands beyond the edges of the list. */
const kRowPx = 57;
const kBeyond = 8;

const keyOf = (line: Line | undefined): string => (line?.kind === "row" ? line.id : (line?.kind ?? ""));

/**
 * Draws of a long list what is to be seen of it, and the marked row wherever it is: a thousand incidents are some thirty rows.
 * While a person has scrolled, what stands at the top stays there when rows come and go above it.
 */
export function useLines(lines: readonly Line[], marked: string | null) {
  const host = useRef<HTMLUListElement>(null);
  const { scale } = usePrefs();
  const markedAt = marked === null ? -1 : lines.findIndex((line) => line.kind === "row" && line.id === marked);
  const virtual = useVirtualizer<HTMLUListElement, HTMLLIElement>({
    count: lines.length,
    getScrollElement: () => host.current,
    estimateSize: () => (kRowPx * scale) / 100,
    getItemKey: useCallback((at: number) => keyOf(lines[at]), [lines]),
    overscan: kBeyond,
    rangeExtractor: useCallback(
      (range: Range) => {
        const shown = defaultRangeExtractor(range);
        return markedAt < 0 || shown.includes(markedAt) ? shown : [...shown, markedAt].sort((a, b) => a - b);
      },
      [markedAt],
    ),
  });

  useEffect(() => virtual.measure(), [virtual, scale]);
  useEffect(() => {
    if (markedAt >= 0) virtual.scrollToIndex(markedAt, { align: "auto" });
    // Only a new mark, or letters of another size, move the list, not rows that come.
  }, [virtual, marked, scale]);

  const top = useRef<{ key: string; start: number } | null>(null);
  useLayoutEffect(() => {
    const { current } = host;
    const was = top.current;
    if (!current || current.scrollTop <= 0 || !was) return;
    const now = virtual.measurementsCache[lines.findIndex((line) => keyOf(line) === was.key)];
    if (now && now.start !== was.start) current.scrollTop += now.start - was.start;
  }, [virtual, lines]);
  const first = virtual.getVirtualItems().find((item) => item.end > (virtual.scrollOffset ?? 0));
  useLayoutEffect(() => {
    top.current = first ? { key: String(first.key), start: first.start } : null;
  });
  return { host, items: virtual.getVirtualItems(), height: virtual.getTotalSize(), measure: virtual.measureElement };
}
