import { expect, test } from "vitest";

import { seatOf } from "../test/procedures";
import { incident } from "../test/samples";
import { actFrom } from "./ActDialog";
import { actsOf, faultKey, handActsOf, heirsOf, practiceOf, typeTitle } from "./incident";

test("an operator may receive what is new and not what is received", () => {
  expect(actsOf(incident({}), "operator", true)).toContain("receive");
  expect(actsOf(incident({ state: "received", owner: "u2" }), "operator", true)).not.toContain("receive");
});

test("what its sender called received, and nobody here has in hand, may be received", () => {
  for (const state of ["received", "acting"] as const) expect(actsOf(incident({ state, owner: null }), "operator", true)[0]).toBe("receive");
  expect(actsOf(incident({ state: "released", owner: null }), "operator", true)).not.toContain("receive");
});

const me = { id: "u1", role: "operator" } as const;
const there = [seatOf("u1", "한가람"), seatOf("u2", "윤슬기")];

test("who has it hands it over to who sits, who leads may take it, others only from an empty seat", () => {
  const mine = incident({ state: "acting", owner: "u1" });
  const theirs = incident({ state: "acting", owner: "u2" });
  expect(handActsOf(mine, me, there)).toEqual(["hand_over", "request_hold", "merge"]);
  expect(handActsOf(mine, me, [seatOf("u1", "한가람")]), "nobody else is there").toEqual(["request_hold", "merge"]);
  expect(handActsOf(theirs, me, there)).toEqual(["request_hold", "merge"]);
  expect(handActsOf(theirs, me, [seatOf("u1", "한가람")])).toEqual(["take_over", "request_hold", "merge"]);
  expect(handActsOf(theirs, { id: "u3", role: "supervisor" }, there)).toEqual(["hand_over", "take_over", "request_hold", "merge"]);
  expect(heirsOf(theirs, "u3", there).map(({ taken }) => taken?.user)).toEqual(["u1"]);
});

test("a police officer commands, also what is new, and yields it; a supervisor ends it", () => {
  const police = { id: "p1", role: "police" } as const;
  expect(handActsOf(incident({}), police, there)).toEqual(["command", "merge"]);
  expect(handActsOf(incident({}), me, there)).toEqual(["merge"]);
  expect(handActsOf(incident({ state: "acting", owner: "p1", commander: "p1" }), police, [])).toEqual(["yield_command", "request_hold", "merge"]);
  expect(handActsOf(incident({ state: "acting", owner: "p1", commander: "p2" }), police, [])).toEqual(["command", "request_hold", "merge"]);
  expect(handActsOf(incident({ state: "acting", owner: "s1", commander: "p1" }), { id: "s1", role: "supervisor" }, [])).toEqual(["yield_command", "request_hold", "merge"]);
});

test("what has ended is nobody's to hand over, and who looks on hands nothing over", () => {
  for (const state of ["released", "closed", "cancelled"] as const) expect(handActsOf(incident({ state, owner: "u1", commander: "u1" }), me, there)).toEqual([]);
  for (const role of ["official", "admin", "agency"] as const) expect(handActsOf(incident({ state: "acting", owner: "x" }), { id: "x", role }, there)).toEqual([]);
});

test("video of an ordinary incident is opened by hand, once", () => {
  expect(actsOf(incident({ grade: "20" }), "operator", false)).toContain("open_video");
  expect(actsOf(incident({ grade: "20" }), "operator", true)).not.toContain("open_video");
  expect(actsOf(incident({ grade: "10" }), "operator", false)).not.toContain("open_video");
  expect(actsOf(incident({ grade: "20", state: "closed" }), "operator", false)).not.toContain("open_video");
});

test("officials, administrators and agencies look on", () => {
  for (const role of ["official", "admin", "agency"] as const) expect(actsOf(incident({}), role, true)).toEqual([]);
});

test("an ended incident takes notes alone", () => {
  for (const state of ["closed", "cancelled", "auto_closed"] as const) expect(actsOf(incident({ state }), "operator", false)).toEqual(["note"]);
});

test("a close needs an outcome, a cancel a reason, a note words", () => {
  expect(actFrom("close", "dispatch", "", "")).toBe("act.needOutcome");
  expect(actFrom("cancel", "dispatch", "  ", "")).toBe("act.needReason");
  expect(actFrom("note", "dispatch", "", "")).toBe("act.needText");
  expect(actFrom("close", "dispatch", "", "true")).toEqual({ act: "close", outcome: "true" });
  expect(actFrom("cancel", "dispatch", " 중복 ", "")).toEqual({ act: "cancel", text: "중복" });
  expect(actFrom("act", "notify_112", "", "")).toEqual({ act: "notify_112" });
});

test("an unknown type is shown as unregistered, with its code", () => {
  expect(typeTitle(incident({ known: false, type: "XX1" }), "이름", "미등록 이벤트")).toBe("미등록 이벤트 (XX1)");
  expect(typeTitle(incident({ known: false, type: "" }), "이름", "미등록 이벤트")).toBe("미등록 이벤트");
  expect(typeTitle(incident({}), "긴급영상", "미등록 이벤트")).toBe("긴급영상");
});

test("a fault of the position is told, also one that this page does not know", () => {
  expect(faultKey("")).toBeNull();
  expect(faultKey("zero")).toBe("fault.zero");
  expect(faultKey("moon")).toBe("fault.other");
});

test("a test offers no video", () => {
  const ordinary = incident({ grade: "20", state: "new" });
  expect(actsOf(ordinary, "operator", false)).toContain("open_video");
  expect(actsOf({ ...ordinary, test: true }, "operator", false)).not.toContain("open_video");
});

test("what is not real is a drill of our own or a sender's test; what became real is neither, whoever sent it", () => {
  const of = (test: boolean, sender?: string) => practiceOf(incident({ test, ...(sender ? { sender } : {}) }));
  expect(of(true, "B1100000000:drill")).toBe("drill");
  expect(of(true, "P1100000000")).toBe("test");
  expect(of(true)).toBe("test");
  expect(of(false, "B1100000000:drill")).toBeNull();
});
