import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ok } from "../api/result";
import { directionOf, speedOf, type Speed } from "./ptz";
import { Turner } from "./turner";

let said: (Speed | "stop")[];
let answer: () => Promise<ReturnType<typeof ok>>;
let turner: Turner;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  answer = async () => ok(undefined);
  turner = new Turner({
    move: (speed) => (said.push(speed), answer()),
    stop: () => (said.push("stop"), answer()),
    onAnswer: () => undefined,
  });
});
afterEach(() => vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const left = { pan: -0.35, tilt: 0, zoom: 0 };

test("a held key is said at once and again while it is held, and stops the camera when it is let go", async () => {
  turner.press("left");
  expect(said).toEqual([left]);
  await pass(650);
  expect(said).toEqual([left, left, left]);
  turner.lift("left");
  expect(said.at(-1)).toBe("stop");
  await pass(2000);
  expect(said).toHaveLength(4);
});

test("a stop that may have overtaken a word is said again behind it", async () => {
  answer = () => new Promise((resolve) => setTimeout(() => resolve(ok(undefined)), 50));
  turner.press("left");
  turner.lift("left");
  expect(said).toEqual([left, "stop"]);
  await pass(60);
  expect(said).toEqual([left, "stop", "stop"]);
  turner.press("left");
  turner.lift("left");
  turner.press("left");
  await pass(60);
  expect(said.slice(3), "held again meanwhile: nothing is stopped").toEqual([left, "stop", left]);
});

test("what the camera is sent to waits for the stop before it, and no stop comes behind it", async () => {
  answer = () => new Promise((resolve) => setTimeout(() => resolve(ok(undefined)), 50));
  turner.press("left");
  turner.lift("left");
  let gone = false;
  void turner.still().then(() => (gone = true));
  await pass(40);
  expect(gone).toBe(false);
  await pass(40);
  expect(gone).toBe(true);
  expect(said).toEqual([left, "stop"]);
});

test("two keys are one direction; another one is said at once", async () => {
  turner.press("left");
  turner.press("up");
  expect(said.at(-1)).toEqual({ pan: -0.35, tilt: 0.35, zoom: 0 });
  turner.lift("left");
  expect(said.at(-1)).toEqual({ pan: 0, tilt: 0.35, zoom: 0 });
  turner.press("down");
  expect(said.at(-1)).toBe("stop");
});

test("a page that loses the keys stops, once", () => {
  turner.press("nearer", true);
  expect(said).toEqual([{ pan: 0, tilt: 0, zoom: 1 }]);
  turner.rest();
  turner.rest();
  turner.lift("nearer");
  expect(said).toEqual([{ pan: 0, tilt: 0, zoom: 1 }, "stop"]);
  expect(turner.moves).toBe(false);
});

test("a camera that answers slowly is not asked for more, but its stop is never kept back", async () => {
  answer = () => new Promise((resolve) => setTimeout(() => resolve(ok(undefined)), 5000));
  turner.press("left");
  await pass(3000);
  expect(said).toHaveLength(2);
  turner.rest();
  expect(said.at(-1)).toBe("stop");
});

test("arrows and WASD turn, + and - zoom, by the place of the key", () => {
  expect(["ArrowLeft", "KeyA", "KeyW", "Equal", "NumpadSubtract", "KeyQ"].map(directionOf)).toEqual(["left", "left", "up", "nearer", "farther", null]);
  expect(speedOf(new Set(["left", "right"]), false)).toBeNull();
});
