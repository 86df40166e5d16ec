// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { ok } from "../api/result";
import type { Incident, Report, Role } from "../api/types";
import { seatOf } from "../test/procedures";
import { report } from "../test/record";
import { incident } from "../test/samples";
import { ko } from "../ui/ko";
import { IncidentCard } from "./IncidentCard";
import { Reports } from "./Reports";

afterEach(cleanup);

const opening = report();
const joined = report({ event: "e2", number: "20261201-2", joinedBy: "rule:112-dispatch", distanceM: 28, typeName: { ko: "112 출동", en: "112 dispatch" } });
const merged = report({ event: "e3", sender: "F1100000000", number: "119-7", joinedBy: "user:u2", distanceM: 90, endedAt: "2026-12-01T12:30:00.000000Z", endedCode: "91" });

function show(change: Partial<Incident> = {}, role: Role = "operator", known: Report[] = [opening, joined, merged]) {
  const reports = vi.fn(async () => ok(known));
  const onSplit = vi.fn(async () => undefined);
  const what = incident({ state: "acting", event: "e1", reports: known.length, ...change });
  render(<Reports api={{ reports } as unknown as Api} incident={what} seats={[seatOf("u2", "윤슬기")]} role={role} busy={false} change={0} onSplit={onSplit} />);
  return { reports, onSplit };
}
const row = (event: string) => document.querySelector(`[data-event=${event}]`) as HTMLElement;

test("each sender's report says who, what, when, whether it goes on and how it came here", async () => {
  show();
  expect(await screen.findByRole("heading", { name: "신고 3건" })).toBeTruthy();
  expect(row("e1").textContent).toContain("P1100000000 20261201-1");
  expect(row("e1").textContent).toContain("2026-12-01 21:00:00");
  expect(row("e1").textContent).toContain(ko["reports.opening"]);
  expect(row("e2").textContent).toContain(`자동 병합: ${ko["joining.112-dispatch"]} · 28 m`);
  expect(row("e2").textContent).toContain(ko["reports.goesOn"]);
  expect(row("e3").textContent).toContain("윤슬기 병합 · 90 m");
  expect(row("e3").textContent).toContain("21:30 끝남");
});

test("a rule that this page does not know is shown by its key", async () => {
  show({}, "operator", [opening, { ...joined, joinedBy: "rule:new-one" }]);
  await screen.findByTestId("reports");
  expect(row("e2").textContent).toContain("자동 병합: new-one");
});

test("one report is the incident itself: nothing is read and nothing said", async () => {
  const { reports } = show({ reports: 1 });
  await act(async () => undefined);
  expect(reports).not.toHaveBeenCalled();
  expect(screen.queryByTestId("reports")).toBeNull();
});

test("what goes on is split off, asked once more; not the one that opened it, nor what has ended", async () => {
  const { onSplit } = show();
  await screen.findByTestId("reports");
  expect(document.querySelectorAll("[data-act=split]")).toHaveLength(1);
  fireEvent.click(within(row("e2")).getByRole("button"));
  const dialog = within(screen.getByRole("dialog"));
  expect(dialog.getByText(/20261201-2/)).toBeTruthy();
  expect(onSplit).not.toHaveBeenCalled();
  await act(async () => void fireEvent.click(dialog.getByText(ko["reports.split"])));
  expect(onSplit).toHaveBeenCalledExactlyOnceWith("e2");
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("who looks on splits nothing, and of what has ended nobody does", async () => {
  show({}, "official");
  await screen.findByTestId("reports");
  expect(document.querySelector("[data-act=split]")).toBeNull();
  cleanup();
  show({ state: "closed" });
  await screen.findByTestId("reports");
  expect(document.querySelector("[data-act=split]")).toBeNull();
});

test("what was merged says so and leads on; an agency's card does not", () => {
  const onOther = vi.fn();
  const card = { incident: incident({ state: "closed", mergedInto: "i7" }), acts: [], busy: false, problem: null, onAct: () => undefined };
  const { rerender } = render(<IncidentCard {...card} onOther={onOther} />);
  expect(screen.getByTestId("merged").textContent).toContain(ko["reports.mergedInto"]);
  fireEvent.click(within(screen.getByTestId("merged")).getByRole("button"));
  expect(onOther).toHaveBeenCalledExactlyOnceWith("i7");
  rerender(<IncidentCard {...card} />);
  expect(screen.queryByTestId("merged")).toBeNull();
});

test("the card opens the replay, for who may do nothing else too", () => {
  const onReplay = vi.fn();
  render(<IncidentCard incident={incident({ state: "closed" })} acts={[]} busy={false} problem={null} onAct={() => undefined} onReplay={onReplay} />);
  fireEvent.click(document.querySelector("[data-act=replay]") as HTMLElement);
  expect(onReplay).toHaveBeenCalledTimes(1);
});
