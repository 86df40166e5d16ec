// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { Drill, Incident, Role, TimelineEntry } from "../api/types";
import { seatOf } from "../test/procedures";
import { entryAt, kOpened, record } from "../test/record";
import { camera, incident, user } from "../test/samples";
import { ko } from "../ui/ko";
import { replayCommandOf, replayKeys } from "./keys";
import { Replay } from "./Replay";

vi.mock("../place/MapView", () => ({
  MapView: ({ pins, chosen, marks, place, directory }: { pins: { waiting: boolean }[]; chosen: { id: string }[]; marks: { order: string[] }; place: number[] | null; directory: boolean }) => (
    <div data-testid="map" data-place={String(place)} data-chosen={chosen.map(({ id }) => id).join()} data-order={marks.order.join()} data-waiting={pins[0]?.waiting} data-directory={directory} />
  ),
}));

let clock = 1000;
beforeEach(() => {
  clock = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
});
afterEach(cleanup);

interface Shown {
  entries?: readonly TimelineEntry[];
  incident?: Partial<Incident>;
  role?: Role;
  waiting?: number;
}
async function show(shown: Shown = {}) {
  const timeline = vi.fn(async (_: string, after = 0) => ok((shown.entries ?? record).filter(({ seq }) => seq > after)));
  const camerasIn = vi.fn(async () => ok([{ ...camera("11000-c", 0, [127.001, 37.501]), state: "unreachable" as const }]));
  const api = {
    timeline, camerasIn,
    chosenCameras: async () => ok([camera("11000-a", 900, [127, 37.5]), camera("11000-b", 800, [127, 37.5])]),
    procedure: async () => fail(404, ""),
    beginDrill: vi.fn(async () => ok({ id: "d1", incident: "i1", speed: 5, steps: 3 } as Drill)),
    people: vi.fn(async () => ok([{ id: "p1", login: "p", role: "police", name: { ko: "윤슬기", en: "Yun" } }])),
  };
  const onClose = vi.fn();
  const onDrills = vi.fn();
  const what = incident({ state: "closed", ...shown.incident });
  const props = { user: { ...user, role: shown.role ?? "operator" }, seats: [seatOf("u1", "한가람")], grants: new Map(), aheadMs: 0, waiting: shown.waiting ?? 0, onDrills, onClose };
  const { rerender } = render(<Replay api={api as unknown as Api} incident={what} {...props} />);
  await screen.findByTestId("replay-controls");
  await screen.findByTestId("map");
  await vi.waitFor(() => expect(camerasIn).toHaveBeenCalled());
  return { api, onClose, onDrills, again: (change: Partial<Incident>) => rerender(<Replay api={api as unknown as Api} incident={{ ...what, ...change }} {...props} />) };
}

const controls = () => screen.getByTestId("replay-controls").dataset;
const scene = () => screen.getByTestId("replay-scene");
const seconds = () => (Date.parse(controls().time ?? "") - kOpened) / 1000;
const press = (code: string, more: Partial<KeyboardEvent> = {}, on: Element = document.activeElement ?? document.body) => void fireEvent.keyDown(on, { code, ...more });
const goTo = (second: number) => {
  press("Home");
  for (let minute = 0; minute < Math.floor(second / 60); minute++) press("ArrowRight", { shiftKey: true });
  for (let ten = 0; ten < Math.floor((second % 60) / 10); ten++) press("ArrowRight");
};

test("it begins at the opening, stands, and cannot be taken for now", async () => {
  await show();
  expect([seconds(), controls().playing]).toEqual([0, "false"]);
  expect(screen.getByRole("dialog").className).toContain("full");
  expect(screen.getByRole("heading", { level: 2 }).textContent).toContain(ko["replay.mark"]);
  expect(screen.getByText(ko["replay.noVideo"])).toBeTruthy();
  expect(document.querySelector("video")).toBeNull();
  expect(document.activeElement, "Space plays at once").toBe(screen.getByTestId("replay-slider"));
});

test("Space plays and stops, brackets change the speed, and a quiet stretch is skipped", async () => {
  await show();
  press("Space");
  clock += 5000;
  await vi.waitFor(() => expect(seconds()).toBe(5));
  press("BracketRight");
  press("BracketRight");
  expect(controls().speed).toBe("5");
  clock += 5400;
  await vi.waitFor(() => expect(seconds(), "25 s, and the quiet 30 s behind them as two").toBe(60));
  press("Space");
  const stood = seconds();
  clock += 60_000;
  await act(async () => void (await new Promise((done) => setTimeout(done, 250))));
  expect([seconds(), controls().playing]).toEqual([stood, "false"]);
});

test("it stops by itself at the end, and Space begins anew", async () => {
  await show();
  press("End");
  expect(seconds()).toBe(600);
  press("Space");
  expect(seconds()).toBe(0);
  clock += 3_600_000;
  await vi.waitFor(() => expect(controls().playing).toBe("false"));
  expect(seconds()).toBe(600);
});

test("every step by keyboard: ten seconds, a minute, an entry, the ends", async () => {
  await show();
  for (const [code, more, at] of [["Period", {}, 1], ["Period", {}, 8], ["Comma", {}, 1], ["ArrowRight", {}, 11], ["ArrowRight", { shiftKey: true }, 71], ["ArrowLeft", {}, 61],
    ["ArrowLeft", { shiftKey: true }, 1], ["End", {}, 600], ["Period", {}, 600], ["Home", {}, 0], ["Comma", {}, 0], ["ArrowLeft", {}, 0]] as const) {
    press(code, more);
    expect(seconds(), code).toBe(at);
  }
  (document.activeElement as HTMLElement).blur();
  press("Period", {}, document.body);
  expect(seconds(), "also where the focus is lost").toBe(1);
});

test("the incident as it stood: state, hands, cameras and map", async () => {
  await show({ role: "supervisor" });
  expect(scene().dataset).toMatchObject({ state: "new", owner: "", commander: "" });
  expect(screen.getByTestId("map").dataset).toMatchObject({ place: "127,37.5", chosen: "11000-a,11000-b", order: "11000-a,11000-b", waiting: "true", directory: "false" });
  goTo(30);
  expect(scene().dataset).toMatchObject({ state: "received", owner: "u1", commander: "p1" });
  expect(scene().textContent).toContain("한가람");
  await vi.waitFor(() => expect(scene().textContent, "who may know all people reads their names").toContain("윤슬기"));
  goTo(300);
  await vi.waitFor(() => expect(screen.getByTestId("map").dataset).toMatchObject({ place: "127.001,37.501", chosen: "11000-c", waiting: "false" }));
});

test("who watched what, and whether an agency had answered", async () => {
  const { api } = await show();
  const watches = () => within(screen.getByTestId("replay-watches")).queryAllByRole("listitem").map(({ textContent }) => textContent);
  const told = () => [...screen.getByTestId("replay-told").querySelectorAll<HTMLElement>("[data-agency]")].map(({ dataset }) => [dataset.agency, dataset.answered, dataset.silent]);
  expect(watches()).toEqual([]);
  goTo(60);
  expect(watches()).toEqual([`한가람11000-a aWebRTC 0:51`]);
  expect(told()).toEqual([["112", "false", "false"]]);
  goTo(200);
  expect(told()).toEqual([["112", "false", "true"]]);
  goTo(310);
  expect(told()).toEqual([["112", "true", "false"]]);
  expect(screen.getByTestId("replay-told").textContent).toContain(ko["timeline.told"]);
  goTo(360);
  expect(watches()).toEqual([]);
  expect(screen.getByTestId("replay-told").textContent).toContain(ko["timeline.toldDone"]);
  expect(api.people, "an operator may not know all people").not.toHaveBeenCalled();
});

test("the record up to there, the newest marked; a line is the way to its moment", async () => {
  await show();
  const lines = () => within(screen.getByTestId("replay-lines")).getAllByRole("listitem");
  expect(lines()).toHaveLength(2);
  press("End");
  expect(lines()[0]?.getAttribute("aria-current")).toBe("true");
  expect(lines().filter((line) => line.hasAttribute("aria-current"))).toHaveLength(1);
  expect(lines()[0]?.textContent).toContain(ko["act.close"]);
  fireEvent.click(within(lines()[1] as HTMLElement).getByRole("button"));
  expect(seconds()).toBe(370);
  expect(scene().dataset.owner).toBe("u2");
});

test("the slider is the record's time as it plays, with or without its quiet stretches", async () => {
  await show();
  const slider = screen.getByTestId("replay-slider") as HTMLInputElement;
  const skipping = Number(slider.max);
  goTo(60);
  press("KeyS");
  expect((screen.getByTestId("replay-skips") as HTMLInputElement).checked).toBe(false);
  expect(seconds(), "another scale, the same moment").toBe(60);
  expect(Number(slider.max)).toBe(600_000);
  expect(skipping).toBeLessThan(120_000);
  fireEvent.change(slider, { target: { value: "300000" } });
  expect(seconds()).toBe(300);
  expect(slider.getAttribute("aria-valuetext")).toBe("2026-12-01 21:05:00");
});

test("what goes on is played up to now, and what comes is added behind", async () => {
  const entries = [...record.slice(0, -1)];
  const { api, again } = await show({ entries, incident: { state: "acting" } });
  const end = () => {
    press("End");
    return Date.parse(controls().time ?? "");
  };
  expect(Math.abs(end() - Math.max(Date.now(), kOpened + 370_000))).toBeLessThan(10_000);
  entries.push(entryAt(600, "incident.acted", { actor: "user:u2", act: "close", from: "acting", to: "closed" }));
  again({ state: "closed", updatedAt: "2026-12-01T12:10:00.000000Z" });
  await vi.waitFor(() => expect(api.timeline).toHaveBeenLastCalledWith("i1", entries.at(-2)?.seq));
  await vi.waitFor(() => expect(end()).toBe(kOpened + 600_000));
});

test("who plays hears how many wait, and Esc leaves", async () => {
  const { onClose } = await show({ waiting: 2 });
  expect(screen.getByTestId("replay-waiting").textContent).toContain("2");
  press("Escape", { key: "Escape" });
  expect(onClose).toHaveBeenCalledTimes(1);
});

test("a record that cannot be read is said, and read again on demand", async () => {
  const timeline = vi.fn(async () => (timeline.mock.calls.length > 1 ? ok(record) : fail(503, "busy")));
  const api = { timeline, chosenCameras: async () => ok([]), camerasIn: async () => ok([]), procedure: async () => fail(404, "") };
  render(<Replay api={api as unknown as Api} user={user} incident={incident({ state: "closed" })} seats={[]} grants={new Map()} aheadMs={0} waiting={0} onDrills={() => undefined} onClose={() => undefined} />);
  expect((await screen.findByRole("alert")).textContent).toContain("busy");
  fireEvent.click(screen.getByText(ko["load.retry"]));
  await screen.findByTestId("replay-controls");
  expect(screen.queryByRole("alert")).toBeNull();
});

test("who plans begins a drill by T and a digit; meanwhile no key plays", async () => {
  const { api, onClose, onDrills } = await show({ role: "supervisor" });
  press("KeyT");
  const form = screen.getByTestId("begin-drill");
  expect(form.textContent).toContain(ko["drill.how"]);
  press("Digit5");
  press("Space");
  press("ArrowRight");
  expect([form.dataset.speed, controls().playing, seconds()]).toEqual(["5", "false", 0]);
  fireEvent.submit(form);
  await vi.waitFor(() => expect(screen.getByTestId("drill-begun").textContent).toContain(ko["drill.begun"].replace("{n}", "3").replace("{speed}", "5")));
  expect(api.beginDrill).toHaveBeenCalledExactlyOnceWith({ incident: "i1", speed: 5 });
  expect(document.activeElement, "the focus is where it was").toBe(screen.getByTestId("replay-slider"));
  fireEvent.click(within(screen.getByTestId("drill-begun")).getByRole("button"));
  expect(onDrills).toHaveBeenCalledTimes(1);
  press("KeyT");
  press("Escape", { key: "Escape" });
  expect(screen.queryByTestId("begin-drill"), "Esc leaves the innermost").toBeNull();
  expect(onClose).not.toHaveBeenCalled();
});

test("an operator is offered no drill", async () => {
  await show();
  press("KeyT");
  expect(screen.queryByTestId("begin-drill")).toBeNull();
  expect(document.querySelector("[data-act=drill]")).toBeNull();
});

test("Tab stays inside: from the last stop to the first", async () => {
  await show();
  press("End");
  const dialog = screen.getByRole("dialog");
  const stops = [...dialog.querySelectorAll<HTMLElement>("button, input")].filter((stop) => stop.tabIndex >= 0);
  stops.at(-1)?.focus();
  press("Tab", { key: "Tab" });
  expect(document.activeElement).toBe(stops[0]);
  press("Tab", { key: "Tab", shiftKey: true });
  expect(document.activeElement).toBe(stops.at(-1));
});

test("no key of the replay stands twice, and what belongs to a control or the map is theirs", () => {
  const codes = replayKeys.flatMap((key) => key.codes);
  expect(new Set(codes).size).toBe(codes.length);
  const pressed = (code: string, target: Element | null, more = {}) => replayCommandOf({ code, target, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more });
  document.body.innerHTML = "<button></button><section data-own-arrows><canvas></canvas></section><input type=range><input type=checkbox>";
  const find = (selector: string) => document.querySelector(selector);
  expect(pressed("Space", find("button"))).toBeNull();
  expect(pressed("Space", find("[type=checkbox]"))).toBeNull();
  expect(pressed("Space", find("[type=range]"))).toBe("turn");
  expect(pressed("ArrowLeft", find("canvas"))).toBeNull();
  expect(pressed("ArrowLeft", find("[type=range]"))).toBe("back");
  expect(pressed("ArrowLeft", null, { shiftKey: true })).toBe("farBack");
  expect(pressed("Space", null, { ctrlKey: true })).toBeNull();
  expect(pressed("KeyT", find("[type=range]"))).toBe("drill");
  document.body.innerHTML = "";
});
