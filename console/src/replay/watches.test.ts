import { expect, test } from "vitest";

import { entryAt, kOpened, record } from "../test/record";
import { momentsOf } from "./replay";
import { watchesAt, watchesOf } from "./watches";

const second = (n: number) => kOpened + n * 1000;
const view = (at: number, kind: string, more: Record<string, unknown> = {}) => entryAt(at, kind, { view: "v", grant: "g", camera: "c", holder: "u1", way: "fmp4", ticketKind: "live", ...more });
const of = (...entries: ReturnType<typeof entryAt>[]) => watchesOf(momentsOf(entries), "i1");

test("who watched which camera, how, and whose agency it was, from when the picture stood until it went", () => {
  const watches = watchesOf(momentsOf(record), "i1");
  expect(watches).toMatchObject([{ camera: "11000-a", user: "u1", agency: "B1100000000", way: "whep", from: second(9), to: second(360) }]);
  expect(watchesAt(watches, second(9) - 1)).toEqual([]);
  expect(watchesAt(watches, second(9))).toHaveLength(1);
  expect(watchesAt(watches, second(360))).toEqual([]);
});

test("a ticket that opened no picture is no look, and the centre's own relay is nobody's", () => {
  expect(of(entryAt(1, "view.permitted", { view: "v", camera: "c", user: "u1" }))).toEqual([]);
  expect(of(view(1, "view.opened", { holder: "site:11000", ticketKind: "relay" }), view(2, "view.closed", { holder: "site:11000", ticketKind: "relay" }))).toEqual([]);
});

test("what nobody closed goes on until its grant ends", () => {
  expect(of(view(1, "view.opened"))[0]?.to).toBeNull();
  expect(of(view(1, "view.opened"), entryAt(9, "grant.ended", { grant: "g" }))[0]?.to).toBe(second(9));
  expect(of(view(1, "view.opened"), entryAt(9, "grant.ended", { grant: "g" }), view(10, "view.closed"))[0]?.to, "who was there says it better").toBe(second(10));
});

test("with a grant that moves to another incident its looks go there", () => {
  const moved = (from: string, incident: string) => entryAt(5, "grant.moved", { grant: "g", from, incident });
  expect(of(view(1, "view.opened"), moved("i1", "i2"))[0]?.to).toBe(second(5));
  expect(of(moved("i2", "i1"), view(8, "view.closed"))).toMatchObject([{ user: "u1", from: second(5), to: second(8) }]);
  expect(of(view(8, "view.closed")), "opened nobody knows when").toEqual([]);
});

test("the same ticket opened twice is two looks", () => {
  expect(of(view(1, "view.opened"), view(2, "view.closed"), view(4, "view.opened"), view(6, "view.closed")).map(({ from, to }) => [from, to])).toEqual([
    [second(1), second(2)],
    [second(4), second(6)],
  ]);
});
