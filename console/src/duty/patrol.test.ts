import { expect, test } from "vitest";

import type { OwnSet } from "../api/types";
import { begin, camerasOf, isSeen, leftMs, pause, renewed, step, tick } from "./patrol";

const camera = (id: string) => ({ id }) as OwnSet["stops"][number]["cameras"][number];
const setOf = (pass: number, ...stops: string[][]): OwnSet => ({ grant: "G", shift: "S", pass, lent: [], stops: stops.map((ids) => ({ dwellSeconds: 10, cameras: ids.map(camera) })) });

test("a pass goes from stop to stop in its time and stays at the last one until it is confirmed", () => {
  let patrol = begin(setOf(0, ["a", "b"], ["c"]));
  patrol = tick(patrol, 9_000);
  expect(camerasOf(patrol).map(({ id }) => id)).toEqual(["a", "b"]);
  expect(leftMs(patrol)).toBe(1_000);
  patrol = tick(patrol, 1_000);
  expect(camerasOf(patrol).map(({ id }) => id)).toEqual(["c"]);
  expect(isSeen(patrol)).toBe(false);
  patrol = tick(tick(patrol, 60_000), 60_000);
  expect(isSeen(patrol)).toBe(true);
  expect(camerasOf(patrol).map(({ id }) => id)).toEqual(["c"]);
});

test("held, time stands still; by hand one goes on and back, and no further than the ends", () => {
  let patrol = pause(begin(setOf(0, ["a"], ["b"])));
  expect(tick(patrol, 60_000)).toBe(patrol);
  patrol = step(patrol, 1);
  expect(patrol.at).toBe(1);
  expect(step(patrol, 1)).toBe(patrol);
  expect(step(step(patrol, -1), -1).at).toBe(0);
  expect(tick(pause(patrol), 500).stoodMs).toBe(500);
});

test("read anew the same pass goes on, another one begins", () => {
  const under = tick(step(begin(setOf(0, ["a"], ["b"])), 1), 3_000);
  expect(renewed(under, { set: setOf(0, ["a"], ["b"]) })).toMatchObject({ at: 1, stoodMs: 3_000 });
  expect(renewed(under, { set: setOf(1, ["a"], ["b"]) })).toMatchObject({ at: 0, stoodMs: 0 });
  expect(renewed(under, { set: setOf(0, ["a", "z"], ["b"]) })).toMatchObject({ at: 0 });
  expect(renewed(under, { set: null })).toBeNull();
  expect(isSeen(begin(setOf(0)))).toBe(true);
});
