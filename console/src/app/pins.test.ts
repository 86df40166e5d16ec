import { renderHook } from "@testing-library/react";
import { expect, test } from "vitest";

import { incident } from "../test/samples";
import { kPinsMax, pointsOf, usePins } from "./pins";

const many = (count: number) => Array.from({ length: count }, (_, at) => incident({ id: `i${at}` }));

test("the first of the queue have pins, every other open incident is a point: none is missing from the map", () => {
  const all = many(kPinsMax + 50);
  const { pins, points } = renderHook(() => usePins(all, null)).result.current;
  expect(pins).toHaveLength(kPinsMax);
  expect([...pins, ...points].map((each) => each.id)).toEqual(all.map((each) => each.id));
});

test("the selected incident has a pin wherever it stands, also when it has ended", () => {
  const all = [...many(kPinsMax + 50), incident({ id: "ended", state: "closed" })];
  const pinsWith = (selected: string) => renderHook(() => usePins(all, selected)).result.current.pins;
  expect(pinsWith("i149").find((pin) => pin.selected)?.id).toBe("i149");
  expect(pinsWith("ended").find((pin) => pin.selected)?.id).toBe("ended");
});

test("what has ended or lies nowhere is no point and takes nobody's pin", () => {
  const nowhere = incident({ id: "nowhere", position: null });
  const all = [nowhere, ...many(kPinsMax), incident({ id: "last" }), incident({ id: "ended", state: "closed" })];
  expect(pointsOf(all).map((point) => point.id)).toEqual(["last"]);
});
