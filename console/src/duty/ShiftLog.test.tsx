// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { Brief, Duty, Person, Role, Shift, Shortcoming, ShiftLog as Log, User } from "../api/types";
import { ko } from "../ui/ko";
import { ShiftLog } from "./ShiftLog";

afterEach(cleanup);

const names = (ko: string) => ({ ko, en: ko });
const shift = (id: string): Shift => ({ id, day: "2026-12-01", kind: "day", crew: "A", from: "2026-11-30T22:00:00.000000Z", to: "2026-12-01T10:00:00.000000Z" });
const dutyOf = (seat: string | null): Duty => ({
  now: "2026-12-01T00:00:00.000000Z", shift: shift("today"), next: shift("tonight"), before: shift("night"), crews: [], kinds: [], needs: [],
  seats: [{ key: "op-1", name: names("관제 1석"), role: "operator", taken: null }],
  me: { onDuty: seat !== null, expected: null, seat, shift: seat && "today", since: null, breakSince: null },
});
const item = (kind: Brief["items"][number]["kind"], subject: string, text: string | null, acked = false): Brief["items"][number] => ({
  kind, subject, state: kind === "incident" ? "acting" : null, about: null, text, ackedBy: acked ? "u9" : null, ackedName: acked ? names("윤슬기") : null, ackedAt: acked ? "2026-12-01T00:00:00.000000Z" : null,
});
const brief: Brief = { shift: "night", to: "today", at: "2026-11-30T22:00:00.000000Z", items: [item("incident", "I1", "서울숲"), item("note", "7", "문이 안 잠김", true)] };
const line = (kind: Log["lines"][number]["kind"], detail: string | null, text: string | null = null): Log["lines"][number] => ({ at: "2026-12-01T00:00:00.000000Z", kind, user: "u1", name: names("한가람"), subject: kind === "incident" ? "I1" : null, detail, about: null, text });
const log: Log = { shift: "today", from: shift("x").from, to: shift("x").to, persons: [], lines: [line("came", "op-1"), line("left", "left early"), line("ended", "true"), line("noted", null, "비가 옴"), line("incident", "112UC001", "서울숲")] };
const report = (no: string, change: Partial<Shortcoming> = {}): Shortcoming => ({
  no, state: "reported", user: "u1", name: names("한가람"), shift: "today", text: "의자가 부서짐", at: log.from, assignedTo: null, assignedName: null, assignedAt: null, answer: null, answeredBy: null, answeredName: null, answeredAt: null, ...change,
});

function show(role: Role, seat: string | null, reports: Shortcoming[] = [report("2026-0001")]) {
  const api = {
    brief: vi.fn(async () => ok(brief)), ackBriefItem: vi.fn(async () => ok(brief)), postNote: vi.fn(async () => ok({})), shiftLog: vi.fn(async (id: string) => ok({ ...log, shift: id })),
    shortcomings: vi.fn(async () => ok(reports)), reportShortcoming: vi.fn(async () => fail(409, "not now")), assignShortcoming: vi.fn(async () => ok(reports[0])), answerShortcoming: vi.fn(async () => ok(reports[0])),
    people: vi.fn(async () => ok([{ id: "u5", login: "maint", role: "operator", name: names("정비") } as Person])),
  };
  const onOpen = vi.fn();
  render(<ShiftLog api={api as unknown as Api} user={{ id: "u1", role } as User} duty={dutyOf(seat)} change={0} onOpen={onOpen} onClose={() => undefined} />);
  return { api, onOpen };
}

const enabled = (button: HTMLElement) => vi.waitFor(() => expect((button as HTMLButtonElement).disabled).toBe(false));

test("who takes over acknowledges what is open, item by item", async () => {
  const { api, onOpen } = show("operator", "op-1");
  const part = await screen.findByTestId("brief");
  expect(part.textContent).toContain(ko["brief.open"].replace("{n}", "1"));
  expect(within(part).getAllByText(ko["brief.ack"])).toHaveLength(1);
  fireEvent.click(within(part).getByText(ko["brief.ack"]));
  await vi.waitFor(() => expect(api.ackBriefItem).toHaveBeenCalledExactlyOnceWith("night", "incident", "I1"));
  fireEvent.click(within(part).getByText(ko["brief.openIt"]));
  expect(onOpen).toHaveBeenCalledExactlyOnceWith("I1");
});

test("who does not sit there reads and writes nothing", async () => {
  show("official", null);
  const part = await screen.findByTestId("brief");
  expect(within(part).queryByText(ko["brief.ack"])).toBeNull();
  expect(screen.queryByText(ko["log.write"])).toBeNull();
  expect(screen.queryByText(ko["short.report"])).toBeNull();
});

test("the log says what happened in words, newest first, and another shift's is read when it is chosen", async () => {
  const { api } = show("operator", "op-1");
  const part = await screen.findByTestId("log");
  await within(part).findByText("비가 옴");
  for (const words of ["관제 1석", ko["log.left.left_early"], ko["outcome.true"], ko["log.kind.incident"]]) expect(part.textContent).toContain(words);
  fireEvent.change(within(part).getByRole("combobox"), { target: { value: "night" } });
  await vi.waitFor(() => expect(api.shiftLog).toHaveBeenLastCalledWith("night"));
});

test("a note is written once, with its mark for the next shift; an empty one is not", async () => {
  const { api } = show("operator", "op-1");
  const field = await screen.findByLabelText(ko["log.note"]);
  fireEvent.click(screen.getByText(ko["log.write"]));
  expect(api.postNote).not.toHaveBeenCalled();
  fireEvent.change(field, { target: { value: " 3번 문 " } });
  fireEvent.click(screen.getByLabelText(ko["log.handOver"]));
  fireEvent.click(screen.getByText(ko["log.write"]));
  await vi.waitFor(() => expect(api.postNote).toHaveBeenCalledExactlyOnceWith("3번 문", true));
});

test("a planner gives a report to somebody and answers it; what is refused is said", async () => {
  const { api } = show("supervisor", "chief", [report("2026-0002"), report("2026-0001", { state: "answered", answer: "고침" })]);
  const part = await screen.findByTestId("shortcomings");
  await within(part).findByText(ko["short.answer"].replace("{words}", "고침"));
  fireEvent.change(await within(part).findByLabelText(ko["short.assign"].replace("{no}", "2026-0002")), { target: { value: "u5" } });
  expect(api.assignShortcoming, "a choice that passes by is none").not.toHaveBeenCalled();
  fireEvent.click(within(part).getByText(ko["short.doAssign"]));
  await vi.waitFor(() => expect(api.assignShortcoming).toHaveBeenCalledExactlyOnceWith("2026-0002", "u5"));
  fireEvent.change(within(part).getByLabelText(ko["short.answerTo"].replace("{no}", "2026-0002")), { target: { value: "내일 교체" } });
  await enabled(within(part).getByText(ko["short.doAnswer"]));
  fireEvent.click(within(part).getByText(ko["short.doAnswer"]));
  await vi.waitFor(() => expect(api.answerShortcoming).toHaveBeenCalledExactlyOnceWith("2026-0002", "내일 교체"));
  fireEvent.change(within(part).getByLabelText(ko["short.what"]), { target: { value: "불이 나감" } });
  await enabled(within(part).getByText(ko["short.report"]));
  fireEvent.click(within(part).getByText(ko["short.report"]));
  await screen.findByText(ko["log.refused"].replace("{detail}", "not now"));
});
