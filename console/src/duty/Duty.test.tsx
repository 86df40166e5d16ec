// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { Crew, Duty as DutyNow, Person, Role, Shift, ShiftPersons, User, Watch } from "../api/types";
import { ko } from "../ui/ko";
import { Duty } from "./Duty";
import { clockOf, coming, free } from "./duty";

afterEach(cleanup);

const hours = (n: number): string => new Date(Date.now() + n * 3_600_000).toISOString();
const running: Shift = { id: "2026-12-01-day", day: "2026-12-01", kind: "day", crew: "A", from: hours(-1), to: hours(11) };
const next: Shift = { id: "2026-12-01-night", day: "2026-12-01", kind: "night", crew: "B", from: hours(11), to: hours(23) };
const names = (ko: string) => ({ ko, en: ko });
const seat = (key: string, role: "operator" | "police" | "supervisor", taken: DutyNow["seats"][number]["taken"] = null) => ({ key, name: names(key), role, taken });
const stay = (user: string, shift = running.id) =>
  ({ user, name: names("한가람"), role: "operator", seat: "op-1", shift, crew: "A", source: "login", since: hours(-1), breakSince: null }) as const;

function dutyOf(change: Partial<DutyNow> = {}): DutyNow {
  return {
    now: hours(0), shift: running, next, before: { ...running, id: "2026-11-30-night", kind: "night", crew: "B", from: hours(-13), to: hours(-1) }, crews: [{ key: "A", name: names("1조") }, { key: "B", name: names("2조") }], kinds: [{ key: "day", name: names("주간") }, { key: "night", name: names("야간") }],
    seats: [seat("police", "police"), seat("op-1", "operator"), seat("op-2", "operator")],
    needs: [{ role: "operator", needed: 2, there: 0, isMet: false }, { role: "police", needed: 1, there: 1, isMet: true }],
    me: { onDuty: false, expected: running, seat: null, shift: null, since: null, breakSince: null }, ...change,
  };
}

const watchOf = (): Watch => ({
  sets: [{ user: "u1", name: names("한가람"), seat: "op-1", away: true, own: ["11000-0001", "11000-0002"], lent: ["11000-0003"] }],
  unwatched: { count: 4, cameras: ["11000-0009"] }, passes: [],
  load: { monitored: 9, onDuty: 1, employed: 8, perOnDuty: 60.5, perEmployed: 1.1, limit: 50, missingPersons: 1 },
});
const person = (id: string, role: Role): Person => ({ id, login: id, role, name: names(id) });
const planned = (user: string, absent: ShiftPersons["planned"][number]["absent"] = null) => ({ user, name: names(user), role: "operator", seat: null, calledIn: false, absent }) as const;

function show(duty: DutyNow, role: Role = "operator", refuses = "") {
  const done = async () => (refuses ? fail(409, refuses) : ok({}));
  const persons: ShiftPersons = { ...running, planned: [planned("u1"), planned("u2", "sick")], attendance: [], needs: duty.needs };
  const crews: Crew[] = [{ crew: "A", members: [{ user: "u1", name: names("u1"), role: "operator", seat: "op-1" }] }, { crew: "B", members: [{ user: "u3", name: names("u3"), role: "operator", seat: null }] }];
  const api = {
    takeSeat: vi.fn(done), leaveSeat: vi.fn(done), beginBreak: vi.fn(done), endBreak: vi.fn(done),
    shifts: vi.fn(async () => ok([running, next])), shift: vi.fn(async () => ok(persons)), crews: vi.fn(async () => ok(crews)),
    people: vi.fn(async () => ok([person("u1", "operator"), person("u2", "operator"), person("u3", "operator"), person("p1", "police"), person("o1", "official")])),
    watch: vi.fn(async () => ok(watchOf())), litHours: vi.fn(async () => ok([{ hour: hours(0), cameras: 7, monitored: 9, seconds: 600 }])),
    litCameras: vi.fn(async () => ok([{ hour: hours(0), camera: "11000-0001", user: "u1", name: names("한가람"), seconds: 33 }])),
    markAbsent: vi.fn(done), withdrawAbsence: vi.fn(done), callIn: vi.fn(done), setCrew: vi.fn(done),
  };
  const onChange = vi.fn();
  const onDoor = vi.fn();
  const user = { id: "u1", role, site: "11000", agency: "B", name: names("한가람") } as User;
  render(<Duty api={api as unknown as Api} user={user} duty={duty} change={0} onChange={onChange} onClose={() => undefined} onDoor={onDoor} />);
  return { api, onChange, onDoor };
}
const words = (key: keyof typeof ko, values: Record<string, string | number>) =>
  Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, String(value)), ko[key] as string);

test("who is expected takes one of the free seats of their role", async () => {
  const { api, onChange } = show(dutyOf({ seats: [seat("police", "police"), seat("op-1", "operator", stay("u9")), seat("op-2", "operator")] }));
  expect(screen.queryByText(words("duty.take", { seat: "police" }))).toBeNull();
  expect(screen.queryByText(words("duty.take", { seat: "op-1" }))).toBeNull();
  fireEvent.click(screen.getByText(words("duty.take", { seat: "op-2" })));
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1));
  expect(api.takeSeat).toHaveBeenCalledExactlyOnceWith("op-2");
});

test("what is short is said with a word and a number", () => {
  show(dutyOf());
  const needs = screen.getByRole("list", { name: ko["duty.needs"] });
  expect(within(needs).getByText(/관제요원 0\/2 부족/)).toBeTruthy();
  expect(within(needs).getByText(/상주 경찰관 1\/1/).className).not.toContain("warn");
});

test("who is on no roster is told what to do", () => {
  show(dutyOf({ me: { onDuty: false, expected: null, seat: null, shift: null, since: null, breakSince: null } }));
  expect(screen.getByTestId("duty-own").textContent).toBe(ko["duty.notPlanned"]);
});

test("leaving before the shift's end is asked twice, a refusal is shown", async () => {
  const me = { onDuty: true, expected: running, seat: "op-1", shift: running.id, since: hours(-1), breakSince: null };
  const { api } = show(dutyOf({ me, seats: [seat("op-1", "operator", stay("u1"))] }), "operator", "the record cannot be written");
  fireEvent.click(screen.getByText(ko["duty.leave"]));
  expect(api.leaveSeat).not.toHaveBeenCalled();
  expect(screen.getByRole("alert").textContent).toBe(words("duty.leaveEarly", { to: clockOf(running.to) }));
  fireEvent.click(screen.getByText(ko["duty.leaveYes"]));
  expect(await screen.findByText(words("duty.refused", { detail: "the record cannot be written" }))).toBeTruthy();
  expect(api.leaveSeat).toHaveBeenCalledTimes(1);
});

test("a break is begun and ended from the seat", async () => {
  const me = { onDuty: true, expected: running, seat: "op-1", shift: running.id, since: hours(-1), breakSince: null };
  const { api } = show(dutyOf({ me }));
  fireEvent.click(screen.getByText(ko["duty.beginBreak"]));
  await vi.waitFor(() => expect(api.beginBreak).toHaveBeenCalledTimes(1));
  cleanup();
  const second = show(dutyOf({ me: { ...me, breakSince: hours(0) } }));
  fireEvent.click(screen.getByText(ko["duty.endBreak"]));
  await vi.waitFor(() => expect(second.api.endBreak).toHaveBeenCalledTimes(1));
});

test("an operator sees no roster", () => {
  const { api } = show(dutyOf());
  expect(screen.queryByText(ko["duty.roster"])).toBeNull();
  expect(api.people).not.toHaveBeenCalled();
});

test("a planner marks somebody absent, takes it back, calls somebody in", async () => {
  const { api } = show(dutyOf(), "official");
  const list = await screen.findByRole("list", { name: ko["duty.planned"] });
  fireEvent.change(within(list).getByLabelText(words("duty.markAbsent", { who: "u1" })), { target: { value: "training" } });
  await vi.waitFor(() => expect(api.markAbsent).toHaveBeenCalledExactlyOnceWith(running.id, "u1", "training"));
  const there = within(list).getByText(ko["duty.there"]) as HTMLButtonElement;
  await vi.waitFor(() => expect(there.disabled, "one thing after the other").toBe(false));
  fireEvent.click(there);
  await vi.waitFor(() => expect(api.withdrawAbsence).toHaveBeenCalledExactlyOnceWith(running.id, "u2"));
  const others = screen.getByLabelText(ko["duty.callIn"]) as HTMLSelectElement;
  expect([...others.options].map((option) => option.value)).toEqual(["", "u3", "p1"]);
  fireEvent.change(others, { target: { value: "p1" } });
  await vi.waitFor(() => expect((screen.getByText(ko["duty.callInDo"]) as HTMLButtonElement).disabled).toBe(false));
  fireEvent.click(screen.getByText(ko["duty.callInDo"]));
  await vi.waitFor(() => expect(api.callIn).toHaveBeenCalledExactlyOnceWith(running.id, "p1"));
});

test("a crew is saved whole, with the seats that were planned, and nobody of another crew is offered", async () => {
  const { api } = show(dutyOf(), "supervisor");
  fireEvent.click((await screen.findAllByText(ko["duty.edit"]))[0] as HTMLElement);
  const form = screen.getByRole("group", { name: ko["duty.members"] });
  expect(within(form).getAllByRole("checkbox")).toHaveLength(3);
  fireEvent.click(within(form).getByLabelText(/p1/));
  fireEvent.click(screen.getByText(ko["duty.save"]));
  await vi.waitFor(() => expect(api.setCrew).toHaveBeenCalledTimes(1));
  const [crew, body] = api.setCrew.mock.calls[0] as unknown as [string, { from: string; members: unknown[] }];
  expect(crew).toBe("A");
  expect(body.members).toEqual([{ user: "u1", seat: "op-1" }, { user: "p1" }]);
  expect(body.from).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});

test("a seat of the shift before may be taken, and shifts that are over are not offered", () => {
  const old = stay("u9", "2026-11-30-night");
  expect(free(dutyOf({ seats: [seat("op-1", "operator", old)] }), "operator", dutyOf().me).map((each) => each.key)).toEqual(["op-1"]);
  expect(coming([{ ...running, to: hours(-1) }, next], Date.now())).toEqual([next]);
});

test("who watches how much, what nobody watches and the load by both figures are said to all, names by the hour to planners", async () => {
  show(dutyOf());
  const part = await screen.findByTestId("watching");
  expect(part.textContent).toContain(words("watch.onDuty", { n: 60.5, of: 50 }));
  expect(part.textContent).toContain(words("watch.employed", { n: 1.1, of: 50 }));
  expect(part.textContent).toContain(words("watch.missing", { n: 1 }));
  expect(within(part).getByTestId("unwatched").textContent).toContain("11000-0009");
  expect(part.textContent).toContain(words("watch.own", { n: 2 }));
  await vi.waitFor(() => expect(within(part).getByTestId("lit-hours").textContent).toContain(words("lit.cameras", { n: 7, of: 9 })));
  expect(within(part).queryByText(ko["lit.which"])).toBeNull();
  cleanup();

  show(dutyOf(), "official");
  fireEvent.click(await screen.findByText(ko["lit.which"]));
  await screen.findByText(words("lit.seconds", { n: 33 }), { exact: false });
});

test("the log, the holds and the drills are doors for all, the results for planners", () => {
  const crew = show(dutyOf());
  fireEvent.click(screen.getByText(ko["log.title"]));
  fireEvent.click(screen.getByText(ko["hold.title"]));
  fireEvent.click(screen.getByText(ko["drill.title"]));
  expect(crew.onDoor.mock.calls).toEqual([["log"], ["holds"], ["drills"]]);
  expect(screen.queryByText(ko["results.title"])).toBeNull();
  cleanup();
  const planner = show(dutyOf(), "official");
  fireEvent.click(screen.getByText(ko["results.title"]));
  expect(planner.onDoor).toHaveBeenCalledExactlyOnceWith("results");
});
