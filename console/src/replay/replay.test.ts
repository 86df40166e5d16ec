import { expect, test } from "vitest";

import type { TimelineEntry } from "../api/types";
import { entryAt, kOpened, record } from "../test/record";
import { countAt, momentsOf, nextAt, previousAt, sceneOf, type Scene } from "./replay";

const moments = momentsOf(record);
const at = (second: number): Scene => sceneOf(moments.slice(0, countAt(moments, kOpened + second * 1000)), "i1");
const of = (...entries: TimelineEntry[]): Scene => sceneOf(momentsOf(entries), "i1");

test("before it was opened there is nothing, and then it is new, at its place, with its cameras", () => {
  expect(at(-1).state).toBeNull();
  expect(at(0)).toMatchObject({ state: "new", grade: "10", owner: null, commander: null, position: [127, 37.5], place: "서울숲", cameras: ["11000-a", "11000-b"], told: [] });
});

test("whose it was and who commanded it changes with the acts, as the server has it", () => {
  expect(at(8)).toMatchObject({ state: "received", owner: "u1", commander: null });
  expect(at(30)).toMatchObject({ state: "received", owner: "u1", commander: "p1" });
  expect(at(369)).toMatchObject({ state: "acting", owner: "u1" });
  expect(at(370).owner).toBe("u2");
  expect(at(600)).toMatchObject({ state: "closed", owner: "u2", commander: "p1" });
  expect(of(...record.slice(0, 7), entryAt(40, "incident.acted", { actor: "user:p1", act: "yield_command", from: "received", to: "received" })).commander).toBeNull();
});

test("who does something about what nobody has, has it; who looks or writes does not", () => {
  const [opened] = record as [TimelineEntry];
  const acts = (act: string) => of(opened, entryAt(1, "incident.acted", { actor: "user:u1", act, from: "received", to: "acting" })).owner;
  for (const act of ["receive", "dispatch", "procedure_step", "request_hold"]) expect(acts(act), act).toBe("u1");
  for (const act of ["note", "open_video", "command"]) expect(acts(act), act).toBeNull();
});

test("it moves, and other cameras are chosen for the new place", () => {
  expect(at(299)).toMatchObject({ position: [127, 37.5], cameras: ["11000-a", "11000-b"] });
  expect(at(300)).toMatchObject({ position: [127.001, 37.501], place: "서울숲 북문", cameras: ["11000-c"] });
});

test("an agency is told once by the act and its step, and answers later", () => {
  const [told, ...others] = at(60).told;
  expect(others).toEqual([]);
  expect(told).toMatchObject({ agency: "112", step: "tell", at: kOpened + 60_000, silentMs: 120_000, answeredAt: null });
  expect(at(310).told[0]).toMatchObject({ answeredAt: kOpened + 310_000, answeredBy: "user:u1" });
});

test("an act that is no step tells, and nobody waits for its answer", () => {
  const told = of(record[0] as TimelineEntry, entryAt(5, "incident.acted", { actor: "user:u1", act: "notify_119", from: "received", to: "acting" })).told;
  expect(told).toMatchObject([{ agency: "119", step: null, silentMs: 0, answeredAt: null }]);
});

test("what the program sent to the sender's was queued, then delivered; a person may send it again", () => {
  expect(at(61).sent).toMatchObject([{ partner: "seoul-112", state: "queued", isSimulated: false }]);
  expect(at(311).sent).toMatchObject([{ state: "delivered" }]);
  const queued = entryAt(1, "outbound.queued", { id: "o", partner: "p" });
  expect(of(queued, entryAt(2, "outbound.tried", { id: "o" })).sent).toMatchObject([{ state: "queued" }]);
  expect(of(queued, entryAt(2, "outbound.failed", { id: "o" }), entryAt(3, "outbound.requeued", { id: "o" })).sent).toMatchObject([{ state: "queued" }]);
});

test("of a merger the one goes on, in the hand of who merged it where nobody had it, and the other is closed", () => {
  const opened = record[0] as TimelineEntry;
  const merged = (incident: string, other: string) => entryAt(5, "incident.merged", { actor: "user:u1", incident, other, from: "new", to: "acting", grade: "10" });
  expect(of({ ...opened, grade: "20" }, merged("i1", "i2"))).toMatchObject({ state: "acting", owner: "u1", grade: "10" });
  expect(of(opened, merged("i2", "i1"))).toMatchObject({ state: "closed", owner: null });
  expect(of({ ...opened, grade: "20" }, entryAt(5, "incident.joined", { grade: "10" })).grade, "the worse of two reports").toBe("10");
});

test("what was erased is not known at any time", () => {
  expect(of(entryAt(0, "incident.opened", { state: "new", grade: "10" }))).toMatchObject({ state: "new", position: null, place: "" });
  expect(of(entryAt(0, "cameras.chosen")).cameras).toEqual([]);
});

test("the record's order is what happened, also where a clock was set back", () => {
  const back = momentsOf([entryAt(10, "a"), entryAt(5, "b"), entryAt(12, "c")]);
  expect(back.map((moment) => (moment.at - kOpened) / 1000)).toEqual([10, 10, 12]);
  expect(countAt(back, kOpened + 9_999)).toBe(0);
  expect(countAt(back, kOpened + 10_000)).toBe(2);
});

test("from entry to entry: those of one moment are one step, and the ends are ends", () => {
  expect(nextAt(moments, kOpened)).toBe(kOpened + 1000);
  expect(nextAt(moments, kOpened + 600_000)).toBeNull();
  expect(previousAt(moments, kOpened + 8000)).toBe(kOpened + 1000);
  expect(previousAt(moments, kOpened + 8500)).toBe(kOpened + 8000);
  expect(previousAt(moments, kOpened)).toBeNull();
});
