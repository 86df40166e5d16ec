import { expect, test } from "vitest";

import { next, showsPicture, type Tile } from "./tile";

const phases: Tile[] = [
  { phase: "waiting" }, { phase: "asking" }, { phase: "connecting" }, { phase: "live" }, { phase: "stalled" }, { phase: "retry", reason: "blank.lost" },
];

test("a tile goes from ticket to picture", () => {
  let tile: Tile = { phase: "waiting" };
  const seen = (["ask", "ticketed", "frame"] as const).map((kind) => (tile = next(tile, { kind })).phase);
  expect(seen).toEqual(["asking", "connecting", "live"]);
});

test("LIVE is said only while the newest frame is younger than two seconds", () => {
  expect(next({ phase: "live" }, { kind: "aged", ageMs: 1999 }).phase).toBe("live");
  expect(next({ phase: "live" }, { kind: "aged", ageMs: 2000 }).phase).toBe("stalled");
  expect(next({ phase: "stalled" }, { kind: "frame" }).phase).toBe("live");
});

test("a picture that stands for four seconds is taken off", () => {
  expect(next({ phase: "stalled" }, { kind: "aged", ageMs: 4000 })).toEqual({ phase: "retry", reason: "blank.stalled" });
});

test("from every state the end of the grant blanks the tile", () => {
  for (const tile of phases) {
    const after = next(tile, { kind: "ended", reason: "blank.closed" });
    expect(after).toEqual({ phase: "ended", reason: "blank.closed" });
    expect(showsPicture(after)).toBe(false);
  }
});

test("nothing brings an ended tile back, not even a late frame", () => {
  const ended: Tile = { phase: "ended", reason: "blank.closed" };
  for (const event of [{ kind: "ask" }, { kind: "ticketed" }, { kind: "frame" }, { kind: "aged", ageMs: 0 }, { kind: "died", reason: "blank.lost" }] as const) {
    expect(next(ended, event)).toBe(ended);
  }
});

test("a camera that is permitted anew waits to be played; one that plays is left alone", () => {
  expect(next({ phase: "ended", reason: "blank.expired" }, { kind: "permitted" })).toEqual({ phase: "waiting" });
  for (const tile of phases) expect(next(tile, { kind: "permitted" })).toBe(tile);
});

test("a blank tile does not age into a picture", () => {
  expect(next({ phase: "retry", reason: "blank.lost" }, { kind: "aged", ageMs: 0 }).phase).toBe("retry");
});

test("asking for another size leaves the running picture alone", () => {
  expect(next({ phase: "live" }, { kind: "ask" }).phase).toBe("live");
  expect(next({ phase: "live" }, { kind: "ticketed" }).phase).toBe("live");
});
