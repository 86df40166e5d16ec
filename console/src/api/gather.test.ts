import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Gatherer } from "./gather";

let now = 0;
let batches: number[][] = [];
/** How long the page works on each batch, ms. */
let cost = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  now = 1000;
  batches = [];
  cost = 0;
});
afterEach(() => vi.useRealTimers());

const gatherer = () =>
  new Gatherer<number>({
    apply: (batch) => {
      batches.push(batch);
      now += cost;
    },
    everyMs: 100,
    mostMs: 400,
    now: () => now,
  });

/** The page is done with the batch: its task is over, and some more. */
async function taskEnds() {
  const { setImmediate } = await vi.importActual<{ setImmediate: (run: () => void) => void }>("node:timers");
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
function pass(ms: number) {
  now += ms;
  vi.advanceTimersByTime(ms);
}

test("what comes after a quiet time is handed on at once", () => {
  const gathering = gatherer();
  gathering.put(1);
  expect(batches).toEqual([[1]]);
});

test("what follows in a rush comes together, in its order, and nothing of it is lost", async () => {
  const gathering = gatherer();
  for (let item = 0; item < 1000; item++) gathering.put(item);
  await taskEnds();
  expect(batches).toEqual([[0]]);
  pass(100);
  expect(batches).toHaveLength(2);
  expect(batches.flat()).toEqual(Array.from({ length: 1000 }, (_, item) => item));
});

test("a batch that was dear is followed by a rest as long as itself, so that the person has half of the page's time", async () => {
  const gathering = gatherer();
  cost = 250;
  gathering.put(1);
  await taskEnds();
  gathering.put(2);
  pass(249);
  expect(batches).toEqual([[1]]);
  pass(1);
  expect(batches).toEqual([[1], [2]]);
});

test("no page is so slow that it hears of nothing", async () => {
  const gathering = gatherer();
  cost = 5000;
  gathering.put(1);
  await taskEnds();
  gathering.put(2);
  pass(400);
  expect(batches).toEqual([[1], [2]]);
});

test("where timers stand still, the next item hands on what is due", async () => {
  const gathering = gatherer();
  gathering.put(1);
  await taskEnds();
  gathering.put(2);
  now += 100;
  gathering.put(3);
  expect(batches).toEqual([[1], [2, 3]]);
});

test("flush hands on at once what waits, drop forgets it", () => {
  const gathering = gatherer();
  gathering.put(1);
  gathering.put(2);
  gathering.flush();
  gathering.flush();
  expect(batches).toEqual([[1], [2]]);
  gathering.put(3);
  gathering.drop();
  pass(1000);
  expect(batches).toEqual([[1], [2]]);
});
