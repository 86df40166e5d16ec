// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok, type Result } from "../api/result";
import type { Drill, Role, User } from "../api/types";
import { seatOf } from "../test/procedures";
import { incident } from "../test/samples";
import { en } from "../ui/en";
import { ko } from "../ui/ko";
import { BeginDrill } from "./BeginDrill";
import { Drills } from "./Drills";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const drill = (change: Partial<Drill> = {}): Drill => ({
  id: "d1", incident: "i1", speed: 2, begunAt: "2026-12-01T12:00:00.000000Z", begunBy: "user:u1", endedAt: null, endedBy: null, reason: null, steps: 9, told: 4, incidents: [], ...change,
});
const over = drill({ id: "d2", incident: "01J5KQ0000ABCD", told: 9, endedAt: "2026-12-01T13:00:00.000000Z", endedBy: "site:11000", reason: "told" });
const stopped = drill({ id: "d3", endedAt: "2026-12-01T14:00:00.000000Z", endedBy: "user:u2", reason: "stopped", incidents: ["i0", "i7"] });
const words = (key: keyof typeof ko, values: Record<string, string | number>) =>
  Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, String(value)), ko[key] as string);

function show(role: Role, list: () => Result<Drill[]>, stops: Result<Drill> = ok(stopped)) {
  const api = {
    drills: vi.fn(async () => list()), stopDrill: vi.fn(async () => stops),
    people: vi.fn(async () => ok([{ id: "u2", login: "c", role: "official", name: { ko: "최나래", en: "Choi" } }])),
  };
  const onOpen = vi.fn();
  const known = new Map([["i1", incident({})], ["i7", incident({ id: "i7", test: true, sender: "B1100000000:drill" })]]);
  const shown = render(<Drills api={api as unknown as Api} user={{ id: "u9", role } as User} seats={[seatOf("u1", "한가람")]} incidents={known} onOpen={onOpen} onClose={() => undefined} />);
  return { api, onOpen, ...shown };
}
const rows = async () => within(await screen.findByRole("list", { name: ko["drill.title"] })).findAllByRole("listitem");

test("which incident, how far, how fast, and who began and stopped it, with a shape and a word", async () => {
  const { onOpen } = show("official", () => ok([drill(), over, stopped]));
  const [running, told, away] = (await rows()) as [HTMLElement, HTMLElement, HTMLElement];
  expect([running, told, away].map(({ dataset }) => dataset.state)).toEqual(["running", "told", "stopped"]);
  expect(running.textContent).toContain(`▶ ${ko["drill.state.running"]}서울숲112센터 긴급영상 지원${words("drill.toldOf", { n: 4, of: 9 })} · ${words("drill.times", { n: 2 })}`);
  expect(running.textContent).toContain(words("drill.by", { at: "2026-12-01 21:00:00", who: "한가람" }));
  expect(told.textContent).toContain("…ABCD");
  expect(told.textContent).toContain(words("drill.endedAt", { at: "2026-12-01 22:00:00" }));
  await vi.waitFor(() => expect(away.textContent, "who may know all people reads their names").toContain(words("drill.stoppedBy", { at: "2026-12-01 23:00:00", who: "최나래" })));
  fireEvent.click(within(away).getByText(ko["brief.openIt"]));
  expect(onOpen, "what it opened").toHaveBeenCalledExactlyOnceWith("i7");
  expect(within(running).queryByText(ko["brief.openIt"])).toBeNull();
});

test("it is stopped after a question, by those who plan, and the focus stays in the list", async () => {
  let list = [drill()];
  const { api } = show("supervisor", () => ok(list));
  const [row] = (await rows()) as [HTMLElement];
  fireEvent.click(within(row).getByText(ko["drill.stop"]));
  expect(within(row).getByRole("alert").textContent).toBe(ko["drill.stopHow"]);
  expect(document.activeElement).toBe(within(row).getByRole("button", { name: ko["drill.doStop"] }));
  fireEvent.click(within(row).getByText(ko["act.back"]));
  expect(document.activeElement, "thought better of it").toBe(within(row).getByText(ko["drill.stop"]));
  fireEvent.click(within(row).getByText(ko["drill.stop"]));
  list = [{ ...stopped, id: "d1" }];
  const button = within(row).getByRole("button", { name: ko["drill.doStop"] });
  fireEvent.click(button);
  fireEvent.click(button);
  await vi.waitFor(() => expect(row.dataset.state).toBe("stopped"));
  expect(api.stopDrill).toHaveBeenCalledExactlyOnceWith("d1");
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("drills")));
});

test("an operator sees the list and stops none", async () => {
  const { api } = show("operator", () => ok([drill()]));
  const [row] = (await rows()) as [HTMLElement];
  expect(within(row).queryByText(ko["drill.stop"])).toBeNull();
  expect(api.people).not.toHaveBeenCalled();
});

test("a refusal is said, and so is a list that cannot be read", async () => {
  show("official", () => ok([drill()]), fail(409, "the drill has ended already"));
  const [row] = (await rows()) as [HTMLElement];
  fireEvent.click(within(row).getByText(ko["drill.stop"]));
  fireEvent.click(within(row).getByRole("button", { name: ko["drill.doStop"] }));
  await screen.findByText(words("drill.refused", { detail: "the drill has ended already" }));
  cleanup();
  show("operator", () => fail(0, ""));
  await screen.findByText(words("drill.unread", { detail: "0" }));
});

test("it is read each two seconds while one runs, and no more when none does or nobody looks", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let list = [drill()];
  const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
  const { api, unmount } = show("operator", () => ok(list));
  await wait(0);
  await wait(1999);
  expect(api.drills).toHaveBeenCalledTimes(1);
  list = [drill({ told: 5 })];
  await wait(1);
  expect(screen.getByRole("listitem").dataset.told).toBe("5");
  list = [over];
  await wait(2000);
  await wait(60_000);
  expect(api.drills, "none runs").toHaveBeenCalledTimes(3);
  unmount();
  const second = show("operator", () => ok([drill()]));
  await wait(0);
  await wait(2000);
  second.unmount();
  await wait(60_000);
  expect(second.api.drills, "nobody looks").toHaveBeenCalledTimes(2);
});

test("a reading that goes wrong is said and tried again", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let answer: Result<Drill[]> = ok([drill()]);
  const { api } = show("operator", () => answer);
  await act(() => vi.advanceTimersByTimeAsync(0));
  answer = fail(503, "busy");
  await act(() => vi.advanceTimersByTimeAsync(2000));
  expect(screen.getByRole("alert").textContent).toBe(words("drill.unread", { detail: "busy" }));
  answer = ok([drill({ told: 6 })]);
  await act(() => vi.advanceTimersByTimeAsync(2000));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByRole("listitem").dataset.told).toBe("6");
  expect(api.drills).toHaveBeenCalledTimes(3);
});

test("a digit is the speed, 0 is ten, and what is refused is said and stays open", async () => {
  const beginDrill = vi.fn(async () => fail(409, "5 drills run already"));
  const onBegun = vi.fn();
  render(<BeginDrill api={{ beginDrill } as unknown as Api} incident={incident({})} onBegun={onBegun} onClose={() => undefined} />);
  const form = screen.getByTestId("begin-drill");
  expect(document.activeElement, "arrows and Enter work at once").toBe(within(form).getAllByRole("radio")[0]);
  for (const [code, speed] of [["Digit2", "2"], ["Digit3", "2"], ["Digit0", "10"], ["Numpad5", "5"], ["Digit1", "1"], ["Digit0", "10"]] as const) {
    fireEvent.keyDown(document.activeElement as Element, { code });
    expect(form.dataset.speed, code).toBe(speed);
    expect((document.activeElement as HTMLInputElement).value, "arrows go on from it").toBe(speed);
  }
  fireEvent.submit(form);
  fireEvent.submit(form);
  expect((await within(form).findByRole("alert")).textContent).toBe(words("drill.refused", { detail: "5 drills run already" }));
  expect(beginDrill).toHaveBeenCalledExactlyOnceWith({ incident: "i1", speed: 10 });
  expect(onBegun).not.toHaveBeenCalled();
});

test("who begins one reads the word that the desks will show", () => {
  expect(en["drill.how"]).toContain(en["incident.drill"]);
  expect(ko["drill.how"]).toContain(ko["incident.drill"]);
});
