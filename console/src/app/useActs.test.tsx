// @vitest-environment jsdom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { createApi } from "../api/client";
import type { Procedure } from "../api/types";
import type { CardAct } from "../incident/incident";
import { procedureAt } from "../test/procedures";
import { incident, user } from "../test/samples";
import { FakeServer, type Route } from "../test/server";
import { en } from "../ui/en";
import { ko } from "../ui/ko";
import { prefs } from "../ui/prefs";
import { SeatContext, type Seat } from "./context";
import { useActs } from "./useActs";

afterEach(() => {
  cleanup();
  prefs.set({ language: "ko" });
});

const acting = incident({ state: "acting", owner: "u1" });

function use(answer: [number, unknown], offered: CardAct[], procedure: Procedure | null = null) {
  const sent: unknown[] = [];
  const server = new FakeServer({
    ...Object.fromEntries(["acts", "merge", "split"].map((verb): [string, Route] => [`POST /api/v1/incidents/i1/${verb}`, (_, body) => {
      sent.push(body);
      return answer;
    }])),
  });
  const api = createApi({ token: () => null, onUnauthenticated: () => undefined, fetch: server.fetch, origin: "http://desk" });
  const model = { putIncident: vi.fn(), reload: vi.fn(), readDuty: vi.fn(), readIncident: vi.fn(), readFacts: vi.fn(), select: vi.fn() };
  const seat = { api, user, model, logout: () => undefined } as unknown as Seat;
  const { result } = renderHook(() => useActs(acting, offered, procedure), { wrapper: ({ children }) => <SeatContext value={seat}>{children}</SeatContext> });
  return { sent, model, acts: () => result.current };
}
const refused = (kind: string, status = 409): [number, unknown] => [status, { type: `/problems/${kind}`, title: "", status, detail: "act 'close' waits for the step hold" }];

test("a close that waits for a step says which, in the user's language, and reads nothing anew", async () => {
  const shown = use(refused("sop_gate"), ["close"], procedureAt("tell"));
  act(() => expect(shown.acts().start("close")).toBe(true));
  await act(() => shown.acts().run({ act: "close", outcome: "true" }));
  expect(shown.acts().problem).toBe(ko["sop.waits"].replace("{step}", "hold 단계"));
  expect(shown.acts().dialog, "the step is to be seen").toBeNull();
  expect(shown.model.reload).not.toHaveBeenCalled();
  act(() => prefs.set({ language: "en" }));
  await act(() => shown.acts().run({ act: "close", outcome: "true" }));
  expect(shown.acts().problem).toBe(en["sop.waits"].replace("{step}", "step hold"));
});

test("a procedure that is not read yet is no reason to say nothing", async () => {
  const shown = use(refused("sop_gate"), ["close"]);
  await act(() => shown.acts().run({ act: "close", outcome: "true" }));
  expect(shown.acts().problem).toBe(ko["sop.waitsForStep"]);
});

test("who has left the seat meanwhile is said, and the seats are read anew", async () => {
  const shown = use(refused("not_seated"), ["hand_over"]);
  act(() => void shown.acts().start("hand_over"));
  expect(shown.acts().dialog).toBe("hand_over");
  await act(() => shown.acts().run({ act: "hand_over", person: "u2" }));
  expect(shown.acts().problem).toBe(ko["act.notSeated"]);
  expect(shown.acts().dialog).toBeNull();
  expect(shown.model.readDuty).toHaveBeenCalledTimes(1);
});

test("who may not take over hears that the owner is there, not that the role is wrong", async () => {
  const shown = use(refused("forbidden", 403), ["take_over"]);
  await act(() => shown.acts().run({ act: "take_over" }));
  expect(shown.acts().problem).toBe(ko["act.ownerSits"]);
});

test("taking over, commanding and holding video are one key each, and only what is offered is done", async () => {
  for (const name of ["take_over", "command", "yield_command", "request_hold"] as const) {
    const shown = use([201, acting], [name]);
    await act(async () => void shown.acts().start(name));
    await vi.waitFor(() => expect(shown.model.putIncident).toHaveBeenCalledExactlyOnceWith(acting));
    expect(shown.sent).toEqual([{ act: name }]);
    act(() => expect(shown.acts().start("note")).toBe(false));
  }
});

test("what was merged goes on here: its grants and the other one's end are read", async () => {
  const shown = use([200, acting], ["merge"]);
  act(() => expect(shown.acts().start("merge")).toBe(true));
  expect(shown.acts().dialog).toBe("merge");
  await act(() => shown.acts().merge({ other: "i2", text: "같은 건" }));
  expect(shown.sent).toEqual([{ other: "i2", text: "같은 건" }]);
  expect(shown.acts().dialog).toBeNull();
  expect(shown.model.putIncident).toHaveBeenCalledExactlyOnceWith(acting);
  expect(shown.model.readIncident).toHaveBeenCalledExactlyOnceWith("i1");
  expect(shown.model.readFacts).toHaveBeenCalledExactlyOnceWith("i2");
});

test("a report that was split off opens as an incident of its own", async () => {
  const made = incident({ id: "i9", state: "received", owner: "u1" });
  const shown = use([201, made], []);
  await act(() => shown.acts().split("e2"));
  expect(shown.sent).toEqual([{ event: "e2" }]);
  expect(shown.model.putIncident).toHaveBeenCalledExactlyOnceWith(made);
  expect(shown.model.select).toHaveBeenCalledExactlyOnceWith("i9");
});

test("what has ended meanwhile is not merged and not split: said, read anew, and nothing opens", async () => {
  for (const verb of ["merge", "split"] as const) {
    const shown = use(refused("conflict"), ["merge"]);
    await act(async () => void (await (verb === "merge" ? shown.acts().merge({ other: "i2" }) : shown.acts().split("e2"))));
    expect(shown.acts().problem).toBe(ko["act.caseConflict"]);
    expect(shown.model.reload).toHaveBeenCalledTimes(1);
    expect(shown.model.select).not.toHaveBeenCalled();
  }
});
