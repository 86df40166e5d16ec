import { expect, test } from "vitest";

import { LitCount } from "./lit";

const hour = Date.UTC(2026, 11, 1, 9);

test("seconds add up by camera, and a report begins where the last one ended", () => {
  const count = new LitCount(hour);
  count.count(["a", "b"]);
  count.count(["a"]);
  expect(count.isDue(hour + 2_000)).toBe(false);
  expect(count.isDue(hour + 300_000)).toBe(true);
  expect(count.take(hour + 300_000)).toEqual({ from: "2026-12-01T09:00:00.000Z", to: "2026-12-01T09:05:00.000Z", screens: [{ camera: "a", seconds: 2 }, { camera: "b", seconds: 1 }] });
  expect(count.take(hour + 301_000)).toBeNull();
  count.count(["a"]);
  expect(count.take(hour + 302_000)).toMatchObject({ from: "2026-12-01T09:05:01.000Z" });
});

test("a report stays in its hour and says no more seconds than it is long", () => {
  const count = new LitCount(hour - 2_000);
  for (let i = 0; i < 5; i++) count.count(["a"]);
  expect(count.isDue(hour)).toBe(true);
  expect(count.take(hour + 700)).toEqual({ from: "2026-12-01T08:59:58.000Z", to: "2026-12-01T09:00:00.000Z", screens: [{ camera: "a", seconds: 2 }] });
});
