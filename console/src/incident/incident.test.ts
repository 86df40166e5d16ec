import { expect, test } from "vitest";

import { incident } from "../test/samples";
import { actFrom } from "./ActDialog";
import { actsOf, faultKey, typeTitle } from "./incident";

test("an operator may receive what is new and not what is received", () => {
  expect(actsOf(incident({}), "operator", true)).toContain("receive");
  expect(actsOf(incident({ state: "received" }), "operator", true)).not.toContain("receive");
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
