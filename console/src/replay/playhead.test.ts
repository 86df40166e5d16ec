import { expect, test } from "vitest";

import { Axis, kQuietPlaysMs } from "./axis";
import { isOver, seek, speedAfter, speeds, timeOf, turn, withSpeed, type Head } from "./playhead";

/** Something at 0, 10 s, 110 s and 115 s. */
const times = [0, 10_000, 10_000, 110_000, 115_000];
const whole = new Axis(times, false);
const short = new Axis(times, true);
const standing: Head = { time: 0, since: null, speed: 1 };

test("all of the time plays, or a quiet stretch in two seconds", () => {
  expect([whole.start, whole.end, whole.length]).toEqual([0, 115_000, 115_000]);
  expect(short.length).toBe(10_000 + kQuietPlaysMs + 5_000);
  expect(short.playedAt(60_000)).toBe(10_000 + kQuietPlaysMs / 2);
  expect(short.timeAt(11_000)).toBe(60_000);
  expect(new Axis([0, 20_000], true).length, "20 s are not quiet yet").toBe(20_000);
});

test("the two scales are one: there and back is the same moment, and beyond the ends is nothing", () => {
  for (const time of [0, 1, 9_999, 10_000, 55_555, 110_000, 115_000]) expect(short.timeAt(short.playedAt(time))).toBeCloseTo(time, 6);
  expect(short.timeAt(-5)).toBe(0);
  expect(short.timeAt(1e9)).toBe(115_000);
  expect(short.playedAt(-5)).toBe(0);
  expect(new Axis([7], true).timeAt(100)).toBe(7);
});

test("where it is follows from the clock alone, however often it is drawn", () => {
  for (const speed of speeds) {
    const head = turn({ ...standing, speed }, whole, 1000);
    let drawn = head;
    for (let now = 1000; now <= 1100; now += 7) drawn = seek(drawn, whole, timeOf(drawn, whole, now), now);
    expect(timeOf(drawn, whole, 1100)).toBe(timeOf(head, whole, 1100));
    expect(timeOf(head, whole, 1100)).toBe(Math.min(100 * speed, whole.end));
  }
});

test("at any speed a quiet stretch is skipped and nothing else", () => {
  const head = turn({ ...standing, speed: 10 }, short, 0);
  expect(timeOf(head, short, 1000)).toBe(10_000);
  expect(timeOf(head, short, 1100)).toBe(60_000);
  expect(timeOf(head, short, 1200)).toBe(110_000);
  expect(timeOf(head, short, 1300)).toBe(111_000);
});

test("it stops where it is, goes on from there, and from the end begins anew", () => {
  const played = turn(standing, whole, 0);
  const stopped = turn(played, whole, 3000);
  expect(stopped).toEqual({ time: 3000, since: null, speed: 1 });
  expect(timeOf(stopped, whole, 99_000)).toBe(3000);
  expect(timeOf(turn(stopped, whole, 99_000), whole, 100_000)).toBe(4000);
  expect(isOver(played, whole, 200_000)).toBe(true);
  expect(turn({ ...standing, time: 115_000 }, whole, 5).time).toBe(0);
});

test("another speed begins at the moment that is shown, another place keeps playing", () => {
  const played = turn(standing, whole, 0);
  const faster = withSpeed(played, whole, 60, 2000);
  expect(timeOf(faster, whole, 2000)).toBe(2000);
  expect(timeOf(faster, whole, 3000)).toBe(62_000);
  expect(seek(played, whole, -100, 5000)).toEqual({ time: 0, since: 5000, speed: 1 });
  expect(seek(standing, whole, 1e9, 5000)).toEqual({ time: 115_000, since: null, speed: 1 });
  expect([speedAfter(1, -1), speedAfter(1, 1), speedAfter(60, 1), speedAfter(600, 1)]).toEqual([1, 2, 600, 600]);
});

test("a clock that was read before it began is no time back", () => {
  expect(timeOf(turn({ ...standing, time: 500 }, whole, 1000), whole, 990)).toBe(500);
});
