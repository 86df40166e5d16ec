import { expect, test } from "vitest";

import type { TimelineEntry } from "../api/types";
import { timelineLines } from "./Timeline";

let seq = 0;
const entry = (kind: string, purpose?: string): TimelineEntry => ({ seq: ++seq, time: "2026-11-23T15:00:00.000000Z", kind, ...(purpose ? { purpose } : {}) });
const shown = (entries: TimelineEntry[]) => timelineLines(entries).map((line) => [line.entry.kind, line.entry.purpose, line.count]);

test("newest first, each thing a line of its own", () => {
  expect(shown([entry("incident.opened"), entry("grant.issued", "a"), entry("grant.issued", "a")])).toEqual([
    ["grant.issued", "a", 1],
    ["grant.issued", "a", 1],
    ["incident.opened", undefined, 1],
  ]);
});

test("the views of one kind and purpose are one line, also when people's views mix", () => {
  expect(shown([entry("view.permitted", "a"), entry("view.permitted", "b"), entry("view.permitted", "a"), entry("view.opened", "a")])).toEqual([
    ["view.opened", "a", 1],
    ["view.permitted", "a", 2],
    ["view.permitted", "b", 1],
  ]);
});

test("views before and after something else stay apart", () => {
  expect(shown([entry("view.opened"), entry("incident.acted"), entry("view.opened")])).toEqual([
    ["view.opened", undefined, 1],
    ["incident.acted", undefined, 1],
    ["view.opened", undefined, 1],
  ]);
});
