import { expect, test } from "vitest";

import { incident } from "../test/samples";
import { alarmOf, compare, neighbour, settle } from "./queue";

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
