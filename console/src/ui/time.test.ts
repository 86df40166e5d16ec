import { expect, test } from "vitest";

import { elapsed, kstClock, kstDateTime, kstWeekday, parseTime } from "./time";

test("times are shown in Seoul whatever the PC's zone is", () => {
  const ms = parseTime("2019-11-20T15:30:05.000000Z");
  expect(kstDateTime(ms)).toBe("2019-11-21 00:30:05");
  expect(kstClock(ms)).toBe("00:30:05");
  expect(kstWeekday(ms)).toBe(4);
});

test("durations read as a stopwatch and are never negative", () => {
  expect(elapsed(7_900)).toBe("0:07");
  expect(elapsed(750_000)).toBe("12:30");
  expect(elapsed(11_049_000)).toBe("3:04:09");
  expect(elapsed(-5)).toBe("0:00");
});

test("what is no time counts as none", () => {
  expect(parseTime("yesterday")).toBe(0);
  expect(parseTime(null)).toBe(0);
});
