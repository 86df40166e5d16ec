import { expect, test } from "vitest";

import { bearingDeg, offset, sector } from "../place/geometry";
import { camera } from "../test/samples";
import { bestCamera, tileOrder } from "./order";

const place = [127, 37.5] as const;
const at = (bearing: number) => [...offset(place, bearing, 50)] as [number, number];

test("tiles stand in walking order round the place", () => {
  const chosen = [camera("west", 900, at(270)), camera("east", 800, at(90)), camera("north", 700, at(1)), camera("south", 600, at(180))];
  expect(tileOrder(["west", "east", "north", "south"], [], chosen, place)).toEqual(["north", "east", "south", "west"]);
});

test("the spot is the camera that sees best, wherever it stands", () => {
  const chosen = [camera("a", 500, at(10)), camera("b", 900, at(200))];
  expect(bestCamera(["a", "b"], ["a", "b"], chosen)).toBe("b");
  expect(bestCamera(["a", "b"], ["b", "a"], [])).toBe("b");
  expect(bestCamera(["a", "b"], ["x", "a", "b"], [])).toBe("a");
  expect(bestCamera([], ["a"], chosen)).toBeNull();
});

test("no camera outside the grant is ever shown, and six at most", () => {
  const chosen = Array.from({ length: 9 }, (_, n) => camera(`c${n}`, 900 - n, at(n * 20)));
  expect(tileOrder(["c1"], [], chosen, place)).toEqual(["c1"]);
  expect(tileOrder(chosen.map((each) => each.id), [], chosen, place)).toEqual(["c0", "c1", "c2", "c3", "c4", "c5"]);
});

test("without a position or scores the grant's own order is kept", () => {
  expect(tileOrder(["b", "a"], [], [], null)).toEqual(["b", "a"]);
});

test("bearings and distances agree with the compass", () => {
  expect(bearingDeg(place, offset(place, 135, 300))).toBeCloseTo(135, 1);
  const ring = sector(place, 90, 60, 100);
  expect(ring[0]).toEqual(ring.at(-1));
  expect(bearingDeg(place, ring[1] as [number, number])).toBeCloseTo(60, 0);
});

test("what has gone dark never takes the place of a picture that may be seen", () => {
  const chosen = Array.from({ length: 7 }, (_, n) => camera(`c${n}`, 900 - n, at(n * 20)));
  expect(tileOrder(["c1", "c2", "c3", "c4", "c5", "c6"], ["c0"], chosen, null)).toEqual(["c1", "c2", "c3", "c4", "c5", "c6"]);
  expect(tileOrder(["c6"], ["c0", "c1"], chosen, null)).toEqual(["c6", "c0", "c1"]);
});
