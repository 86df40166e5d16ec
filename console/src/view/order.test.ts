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

const ahead = (id: string, score: number, bearing: number, ...reasons: string[]) => ({ ...camera(id, score, at(bearing)), reasons });

test("of a target that moves: who sees it, what it comes to, the ways out; who is behind it last", () => {
  const chosen = [
    ahead("n1", 900, 200), ahead("n2", 800, 10), ahead("n3", 700, 90), ahead("n4", 650, 300),
    ahead("x1", 300, 0, "next:5s"), ahead("x2", 299, 0, "next:20s"), ahead("x3", 298, 0, "next:40s"), ahead("e1", 150, 0, "exit:50s"), ahead("l1", 0, 0, "leaving"),
  ];
  const ids = chosen.map((each) => each.id);
  expect(tileOrder(ids, [], chosen, place)).toEqual(["n2", "n3", "n1", "x1", "x2", "e1"]);
  expect(tileOrder(["n1", "x1", "x2", "x3", "e1", "l1"], [], chosen, place)).toEqual(["n1", "x1", "x2", "x3", "e1", "l1"]);
  expect(tileOrder(["n1", "l1"], [], chosen, place), "a picture that is still permitted fills what is free").toEqual(["n1", "l1"]);
  expect(tileOrder(["n1", "n2", "n3", "n4", "l1"], [], chosen, null)).toEqual(["n1", "n2", "n3", "n4", "l1"]);
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
