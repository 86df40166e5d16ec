import { expect, test } from "vitest";

import { incidentPoints, pointsNear, samePoints, type PlainPoint } from "./features";

const point = (id: string, lon: number, lat: number, waiting = true): PlainPoint => ({ id, at: [lon, lat], urgent: true, waiting });
const kView = "127.00,37.50,127.02,37.52";

test("points in the view and half of it round about are drawn, none while nothing is seen", () => {
  const points = [point("in", 127.01, 37.51), point("beside", 127.029, 37.51), point("far", 127.04, 37.51), point("north", 127.01, 37.54)];
  expect(pointsNear(points, kView).map((each) => each.id)).toEqual(["in", "beside"]);
  expect(pointsNear(points, null)).toEqual([]);
});

test("a list is another drawing when a point came, went or is no longer waited for", () => {
  const points = [point("a", 127, 37.5), point("b", 127, 37.5)];
  expect(samePoints(points, [point("a", 127, 37.5), point("b", 127, 37.5)])).toBe(true);
  expect(samePoints(points, points.slice(1))).toBe(false);
  expect(samePoints(points, [point("a", 127, 37.5), point("b", 127, 37.5, false)])).toBe(false);
});

test("a point carries what its colour and a click on it need", () => {
  expect(incidentPoints([point("a", 127, 37.5)]).features[0]).toMatchObject({
    geometry: { coordinates: [127, 37.5] }, properties: { id: "a", urgent: true, waiting: true },
  });
});
