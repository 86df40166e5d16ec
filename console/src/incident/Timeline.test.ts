import { expect, test } from "vitest";

import { createApi } from "../api/client";
import type { TimelineEntry } from "../api/types";
import { FakeServer } from "../test/server";
import { en } from "../ui/en";
import { translate, type MessageKey, type Translate } from "../ui/i18n";
import { entryTitle, timelineLines } from "./Timeline";

let seq = 0;
const entry = (kind: string, purpose?: string): TimelineEntry => ({ seq: ++seq, time: "2026-11-23T15:00:00.000000Z", kind, ...(purpose ? { purpose } : {}) });
const shown = (entries: TimelineEntry[]) => timelineLines(entries).map((line) => [line.entry.kind, line.entry.purpose, line.count]);

test("newest first, each thing a line of its own", () => {
  expect(shown([entry("incident.opened"), entry("grant.issued", "a"), entry("grant.issued", "a")])).toEqual([
    ["grant.issued", "a", 1],
    ["grant.issued", "a", 1],
    ["incident.opened", undefined, 1],
  ]);
});

test("the views of one kind and purpose are one line, also when people's views mix", () => {
  expect(shown([entry("view.permitted", "a"), entry("view.permitted", "b"), entry("view.permitted", "a"), entry("view.opened", "a")])).toEqual([
    ["view.opened", "a", 1],
    ["view.permitted", "a", 2],
    ["view.permitted", "b", 1],
  ]);
});

test("views before and after something else stay apart", () => {
  expect(shown([entry("view.opened"), entry("incident.acted"), entry("view.opened")])).toEqual([
    ["view.opened", undefined, 1],
    ["incident.acted", undefined, 1],
    ["view.opened", undefined, 1],
  ]);
});

test("a long record is read to its newest entry, and from where one stands", async () => {
  const all = Array.from({ length: 450 }, (_, n) => ({ seq: 2 * n + 1, time: "2026-11-23T15:00:00.000000Z", kind: "view.opened" }));
  const server = new FakeServer({
    "GET /api/v1/incidents/i1/timeline": (request) => {
      const query = new URL(request.url).searchParams;
      const left = all.filter((each) => each.seq > Number(query.get("after") ?? 0));
      const items = left.slice(0, Number(query.get("limit") ?? 100));
      return [200, { items, next: left.length > items.length ? String(items.at(-1)!.seq) : null }];
    },
  });
  const api = createApi({ token: () => null, onUnauthenticated: () => undefined, fetch: server.fetch, origin: "http://desk" });

  expect(await api.timeline("i1")).toEqual({ ok: true, value: all });
  expect(await api.timeline("i1", 891)).toEqual({ ok: true, value: all.slice(-4) });
});

test("where a device was is said with its battery, and that it had no position", () => {
  const text = ((key: MessageKey) => en[key]) as Translate;
  expect(entryTitle({ ...entry("device.seen"), position: [126.978, 37.5665], battery: 12 }, text)).toBe("Device was at – 37.56650, 126.97800 · battery 12 %");
  expect(entryTitle({ ...entry("device.seen"), position: null, battery: null }, text)).toBe("Device was at – no position");
});

test("a procedure, a hand-over, a hold and a drill are said in words, with whom and which step", () => {
  const said = (language: "ko" | "en", kind: string, more: Partial<TimelineEntry>) => {
    const text: Translate = (key, params) => translate(language, key, params);
    return entryTitle({ ...entry(kind), ...more }, text, { here: "i1", purposeOf: String, personOf: () => "윤슬기", stepOf: () => "hold" });
  };
  expect(said("ko", "incident.acted", { act: "hand_over", person: "u2", from: "acting", to: "acting" })).toBe("담당 인계 → 윤슬기");
  expect(said("en", "incident.acted", { act: "procedure_step", from: "received", to: "acting" })).toBe("Step of the procedure → Acting");
  expect(said("ko", "incident.escalated", { level: 2, after: 90 })).toBe("접수되지 않아 상향 2차");
  expect(said("en", "sop.step_skipped", { step: "hold", reason: "no camera" })).toBe("Step skipped – hold");
  expect(said("ko", "sop.step_done", { step: "tell", to: "112", silent: 120_000_000 })).toBe("절차 단계 완료 – hold");
  expect(said("ko", "hold.ordered", { cameras: ["a", "b"], from: "2026-12-01T11:30:00.000000Z" })).toBe("영상 보존 지시 – 카메라 2대");
  expect(said("en", "hold.bounded", { to: "2026-12-01T13:00:00.000000Z" })).toBe("Hold of video has an end – until 2026-12-01 22:00:00");
  expect(said("ko", "drill.told", { drill: "d1", n: 0 })).toBe("훈련 메시지 전달 – 1번째");
  expect(said("en", "drill.told", { drill: "d1", n: 11 })).toBe("Message of the drill told – number 12");
});

test("what two incidents have in common is said in each as it looks from there", () => {
  const said = (language: "ko" | "en", kind: string, more: Partial<TimelineEntry>) =>
    entryTitle({ ...entry(kind), ...more }, (key, params) => translate(language, key, params), { here: "i1", purposeOf: String, personOf: String, stepOf: String });
  const merged = { from: "received", to: "acting" };
  expect(said("ko", "incident.merged", { incident: "i1", other: "i2", ...merged })).toBe("다른 상황을 병합 → 조치 중");
  expect(said("ko", "incident.merged", { incident: "i2", other: "i1", ...merged }), "the other one's state is not its own").toBe("다른 상황에 병합되어 종료");
  expect(said("en", "incident.split", { incident: "i1", event: "e2", other: "i3" })).toBe("A report split off as an incident of its own");
  expect(said("en", "incident.split", { incident: "i0", event: "e2", other: "i1" })).toBe("Split off from another incident");
  expect(said("ko", "grant.moved", { grant: "g", from: "i2", incident: "i1" })).toBe("다른 상황의 열람 허가 넘겨받음");
  expect(said("ko", "grant.moved", { grant: "g", from: "i1", incident: "i2" })).toBe("열람 허가를 다른 상황으로 넘김");
  expect(said("en", "incident.joined", { sender: "P1", number: "7", distance: 28, rule: "112-dispatch" })).toBe("Another report of the case – P1 7 28 m");
  expect(said("ko", "incident.report_ended", { event: "e2", code: "91", left: 1 })).toBe("신고 한 건 끝남");
});

test("every kind that a procedure, a hold, a hand, a drill or a case of several reports has in the record has words in both languages", () => {
  const kinds = ["incident.joined", "incident.report_ended", "incident.merged", "incident.split", "grant.moved", "incident.escalated", "sop.begun", "sop.step_done", "sop.step_skipped", "sop.acknowledged", "hold.ordered", "hold.bounded", "hold.ended", "drill.told"];
  for (const language of ["ko", "en"] as const) {
    const text: Translate = (key, params) => translate(language, key, params);
    for (const kind of kinds) expect(entryTitle(entry(kind), text), kind).not.toContain(kind);
    for (const act of ["hand_over", "take_over", "command", "yield_command", "procedure_step"]) expect(entryTitle({ ...entry("incident.acted"), act }, text)).not.toMatch(/incident|_/);
  }
});
