// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";

import { createApi } from "../api/client";
import type { PtzLease, PtzNotice } from "../api/types";
import { SeatContext, type Seat } from "../app/context";
import type { DeskState } from "../app/model";
import { useTurning } from "../app/useTurning";
import { grant, user } from "../test/samples";
import { FakeServer } from "../test/server";
import { ko } from "../ui/ko";
import { createStore, type Store } from "../ui/store";
import { TurnPad } from "./TurnPad";

const path = "/api/v1/cameras/c1/ptz";
const lease = (change: Partial<PtzLease> = {}): PtzLease => ({
  id: "L1", camera: "c1", rank: "operator", own: true, user: user.id, name: { ko: "김관제", en: "Kim" }, grant: "g1", reason: "대상 추적",
  since: "2026-12-01T00:00:00.000000Z", expires: "2026-12-01T00:00:30.000000Z", ...change,
});

let held: PtzLease | null;
let turns: { turns: boolean; why: string | null };
let taken: [number, unknown];
let sent: [string, unknown][];
let store: Store<DeskState>;

beforeEach(() => {
  held = null;
  turns = { turns: true, why: null };
  taken = [201, lease()];
  sent = [];
});
afterEach(cleanup);

async function show(permits = [grant({ id: "g1", ptz: true })]) {
  const note = (name: string, answer: () => [number, unknown]) => (_: Request, body: unknown): [number, unknown] => (sent.push([name, body]), answer());
  const server = new FakeServer({
    [`GET ${path}`]: () => [200, { camera: "c1", ...turns, lease: held }],
    [`POST ${path}/lease`]: note("take", () => {
      if (taken[0] === 201) held = taken[1] as PtzLease;
      return taken;
    }),
    [`DELETE ${path}/lease`]: note("release", () => ((held = null), [204, undefined])),
    [`POST ${path}/move`]: note("move", () => [204, undefined]),
    [`POST ${path}/stop`]: note("stop", () => [204, undefined]),
    [`POST ${path}/home`]: note("home", () => [204, undefined]),
    [`POST ${path}/preset`]: note("preset", () => [204, undefined]),
    [`GET ${path}/presets`]: () => [200, { items: [{ token: "t1", name: "정문" }], next: null }],
  });
  store = createStore({ turned: new Map(), mediaLosses: 0 } as unknown as DeskState);
  const api = createApi({ token: () => null, onUnauthenticated: () => undefined, fetch: server.fetch, origin: "http://desk" });
  const seat = { api, user, model: { store }, logout: () => undefined } as unknown as Seat;
  let toggle: () => boolean = () => false;
  function Desk() {
    const turning = useTurning("c1", permits);
    toggle = turning.toggle;
    return <TurnPad turning={turning} />;
  }
  const view = render(<SeatContext value={seat}><Desk /></SeatContext>);
  await settle();
  return { ...view, toggle: () => act(() => void toggle()) };
}
const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 20)));
const tell = async (notice: PtzNotice) => {
  act(() => store.set({ turned: new Map([["c1", notice]]) }));
  await settle();
};
const names = () => sent.map(([name]) => name);
const state = () => screen.getByTestId("turn").dataset.state;
const key = (code: string, up = false) => (up ? fireEvent.keyUp : fireEvent.keyDown)(document.body, { code });

async function take() {
  const shown = await show();
  shown.toggle();
  fireEvent.keyDown(screen.getByTestId("turn-reason-1"), { code: "Digit1", key: "1" });
  await settle();
  return shown;
}

test("two keys take the camera with a reason; its arrows and the keys turn it while they are held", async () => {
  await take();
  expect(sent[0]).toEqual(["take", { grant: "g1", reason: ko["ptz.reason.follow"] }]);
  expect(state()).toBe("mine");
  expect(key("ArrowLeft"), "the desk's own arrows do not hear of it").toBe(false);
  key("KeyW");
  key("ArrowLeft", true);
  key("KeyW", true);
  await settle();
  const moves = sent.filter(([name]) => name === "move").map(([, body]) => body);
  expect(moves).toEqual([{ pan: -0.35, tilt: 0, zoom: 0, ms: 600 }, { pan: -0.35, tilt: 0.35, zoom: 0, ms: 600 }, { pan: 0, tilt: 0.35, zoom: 0, ms: 600 }]);
  expect(names().at(-1)).toBe("stop");
  fireEvent.pointerDown(screen.getByRole("button", { name: ko["ptz.nearer"] }), { pointerId: 1 });
  fireEvent.pointerUp(screen.getByRole("button", { name: ko["ptz.nearer"] }), { pointerId: 1 });
  await settle();
  expect(sent.at(-1)![0]).toBe("stop");
  expect(sent.filter(([name]) => name === "move").at(-1)![1]).toMatchObject({ zoom: 0.35 });
});

test("digits are presets, Home is home, P gives it back", async () => {
  await take();
  for (const code of ["Digit1", "Digit2", "Home", "KeyP"]) {
    key(code);
    await settle();
  }
  expect(sent.slice(1)).toEqual([["preset", { preset: "t1" }], ["home", null], ["release", null]]);
  expect(state()).toBe("free");
});

test("keys that are let go elsewhere do not turn on", async () => {
  await take();
  key("ArrowLeft");
  fireEvent.blur(window);
  await settle();
  expect(names()).toContain("move");
  expect(names().at(-1)).toBe("stop");
});

test("who loses it to the police is told so, and turns nothing more", async () => {
  await take();
  key("ArrowLeft");
  held = lease({ id: "L2", own: false, user: "u9", rank: "police", name: { ko: "박경찰", en: "Park" }, reason: null });
  await tell({ camera: "c1", lease: held, ended: { lease: "L1", user: user.id, why: "taken_over" } });
  expect(names().at(-1)).toBe("stop");
  expect(screen.getByTestId("turn-ended").textContent).toContain("박경찰");
  const said = sent.length;
  key("ArrowLeft");
  expect(sent).toHaveLength(said);
});

test("who has it is shown, and what the server refuses is said", async () => {
  held = lease({ own: false, user: "u9", rank: "police" });
  taken = [409, { type: "/problems/ptz_taken", title: "", status: 409, detail: "taken" }];
  const shown = await show();
  expect(screen.getByTestId("turn-owner").dataset.rank).toBe("police");
  shown.toggle();
  fireEvent.click(screen.getByTestId("turn-reason-2"));
  await settle();
  expect(screen.getByTestId("turn-problem").textContent).toContain(ko["ptz.problem.ptz_taken"]);
  expect(state()).toBe("taken");
});

test("where it cannot be turned it is grey and says why", async () => {
  turns = { turns: false, why: "does_not_turn" };
  await show();
  expect(screen.getByTestId<HTMLButtonElement>("turn-chip").disabled).toBe(true);
  expect(screen.getByTestId("turn-chip").textContent).toContain(ko["ptz.why.does_not_turn"]);
  cleanup();
  turns = { turns: true, why: null };
  await show([grant({ id: "g1", ptz: false })]);
  expect(screen.getByTestId("turn-chip").textContent).toContain(ko["ptz.why.noGrant"]);
});

test("another picture in the large place gives the camera back", async () => {
  const { unmount } = await take();
  unmount();
  await settle();
  expect(names().at(-1)).toBe("release");
});
