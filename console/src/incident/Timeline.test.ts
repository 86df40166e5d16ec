import { expect, test } from "vitest";

import { createApi } from "../api/client";
import type { TimelineEntry } from "../api/types";
import { FakeServer } from "../test/server";
import { en } from "../ui/en";
import type { MessageKey, Translate } from "../ui/i18n";
import { entryTitle, timelineLines } from "./Timeline";

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

test("a long record is read to its newest entry, and from where one stands", async () => {
  const all = Array.from({ length: 450 }, (_, n) => ({ seq: 2 * n + 1, time: "2026-11-23T15:00:00.000000Z", kind: "view.opened" }));
  const server = new FakeServer({
    "GET /api/v1/incidents/i1/timeline": (request) => {
      const query = new URL(request.url).searchParams;
      const left = all.filter((each) => each.seq > Number(query.get("after") ?? 0));
      const items = left.slice(0, Number(query.get("limit") ?? 100));
      return [200, { items, next: left.length > items.length ? String(items.at(-1)!.seq) : null }];
    },
  });
  const api = createApi({ token: () => null, onUnauthenticated: () => undefined, fetch: server.fetch, origin: "http://desk" });

  expect(await api.timeline("i1")).toEqual({ ok: true, value: all });
  expect(await api.timeline("i1", 891)).toEqual({ ok: true, value: all.slice(-4) });
});

test("where a device was is said with its battery, and that it had no position", () => {
  const text = ((key: MessageKey) => en[key]) as Translate;
  expect(entryTitle({ ...entry("device.seen"), position: [126.978, 37.5665], battery: 12 }, text)).toBe("Device was at – 37.56650, 126.97800 · battery 12 %");
  expect(entryTitle({ ...entry("device.seen"), position: null, battery: null }, text)).toBe("Device was at – no position");
});
