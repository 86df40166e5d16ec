import { expect, test } from "vitest";

import { incident } from "../test/samples";
import { alarmOf, callsNow, compare, linesOf, neighbour, outranks, settle } from "./queue";

const order = (...incidents: Parameters<typeof compare>[0][]) => incidents.sort(compare).map((each) => each.id);

test("unacknowledged comes before acknowledged, urgent before ordinary, the longest wait first", () => {
  expect(
    order(
      incident({ id: "received", state: "received", openedAt: "2026-01-01T00:00:00Z" }),
      incident({ id: "ordinary", grade: "20", openedAt: "2026-01-01T00:00:00Z" }),
      incident({ id: "urgent-late", openedAt: "2026-01-01T00:00:09Z" }),
      incident({ id: "urgent-early", openedAt: "2026-01-01T00:00:01Z" }),
      incident({ id: "released", state: "released" }),
    ),
  ).toEqual(["urgent-early", "urgent-late", "ordinary", "received", "released"]);
});

test("what is real stands above every drill and test, however long those wait", () => {
  expect(
    order(
      incident({ id: "drill", test: true, sender: "B1100000000:drill", openedAt: "2026-01-01T00:00:00Z" }),
      incident({ id: "test", test: true, openedAt: "2026-01-01T00:00:01Z" }),
      incident({ id: "ordinary", grade: "20", state: "received", openedAt: "2026-01-01T00:00:09Z" }),
      incident({ id: "urgent", openedAt: "2026-01-01T00:00:09Z" }),
    ),
  ).toEqual(["urgent", "ordinary", "drill", "test"]);
});

test("a drill is heard, but neither counted nor heard as somebody in danger", () => {
  const drill = incident({ test: true, sender: "B1100000000:drill" });
  expect(callsNow(drill)).toBe(false);
  expect(callsNow(incident({}))).toBe(true);
  expect(callsNow(incident({ state: "received" }))).toBe(false);
  expect(alarmOf([drill])).toBe("ordinary");
  expect(alarmOf([drill, incident({})])).toBe("urgent");
});

test("ended incidents stand last, the newest end first", () => {
  expect(
    order(
      incident({ id: "old", state: "closed", endedAt: "2026-01-01T01:00:00Z" }),
      incident({ id: "new", state: "cancelled", endedAt: "2026-01-01T02:00:00Z" }),
      incident({ id: "open", state: "acting", grade: "20" }),
    ),
  ).toEqual(["open", "new", "old"]);
});

test("equal incidents are ordered by id, so that two desks agree", () => {
  expect(order(incident({ id: "b" }), incident({ id: "a" }))).toEqual(["a", "b"]);
});

test("the row under the hand and all above it stay where they were", () => {
  expect(settle(["a", "b", "c"], ["new", "c", "a", "b"], "b")).toEqual(["a", "b", "new", "c"]);
});

test("with no hand on the list the true order is drawn", () => {
  expect(settle(["a", "b"], ["new", "b", "a"], null)).toEqual(["new", "b", "a"]);
});

test("a hand on a row that has gone holds nothing", () => {
  expect(settle(["a", "b"], ["b"], "a")).toEqual(["b"]);
});

test("the alarm is the worst that nobody acknowledged", () => {
  expect(alarmOf([incident({ state: "received" })])).toBeNull();
  expect(alarmOf([incident({ grade: "20" }), incident({ state: "acting" })])).toBe("ordinary");
  expect(alarmOf([incident({ grade: "20" }), incident({})])).toBe("urgent");
});

test("J and K walk the order and stop at its ends", () => {
  expect(neighbour(["a", "b"], null, 1)).toBe("a");
  expect(neighbour(["a", "b"], "a", 1)).toBe("b");
  expect(neighbour(["a", "b"], "b", 1)).toBe("b");
  expect(neighbour(["a", "b"], "a", -1)).toBe("a");
  expect(neighbour([], null, 1)).toBeNull();
});

test("a page of rows further, or the end", () => {
  const rows = Array.from({ length: 25 }, (_, at) => String(at));
  expect(neighbour(rows, "3", 10)).toBe("13");
  expect(neighbour(rows, "20", 10)).toBe("24");
  expect(neighbour(rows, "3", -Infinity)).toBe("0");
  expect(neighbour(rows, null, -Infinity)).toBe("0");
  expect(neighbour(rows, null, Infinity)).toBe("24");
  expect(neighbour(rows, null, -1)).toBe("24");
});

test("only a worse alarm than the one that sounds is news to the ear", () => {
  expect(outranks("urgent", null)).toBe(true);
  expect(outranks("urgent", "ordinary")).toBe(true);
  expect(outranks("urgent", "urgent")).toBe(false);
  expect(outranks("ordinary", "urgent")).toBe(false);
  expect(outranks(null, null)).toBe(false);
});

test("a heading stands before what has ended, and a line says that nothing is open", () => {
  const kinds = (order: string[]) => linesOf(order, (id) => id.startsWith("ended")).map((line) => (line.kind === "row" ? line.id : line.kind));
  expect(kinds(["a", "b"])).toEqual(["a", "b"]);
  expect(kinds(["a", "ended1", "ended2"])).toEqual(["a", "ended", "ended1", "ended2"]);
  expect(kinds(["ended1"])).toEqual(["empty", "ended", "ended1"]);
  expect(kinds([])).toEqual(["empty"]);
});

test("five thousand stand in order, whatever order they came in", () => {
  const all = Array.from({ length: 5000 }, (_, at) => incident({ id: `i${(at * 7919) % 5000}`, openedAt: new Date(1_800_000_000_000 + ((at * 7919) % 5000)).toISOString() }));
  expect(order(...all)[4999]).toBe("i4999");
});
