// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { CaseService, Role, Service, ServiceFigures, ServiceTimes, User } from "../api/types";
import { ActDialog } from "../incident/ActDialog";
import { ko } from "../ui/ko";
import { shareWithin } from "./service";
import { ServiceLine } from "./ServiceLine";
import { Services } from "./Services";

afterEach(cleanup);

const times = (change: Partial<ServiceTimes> = {}): ServiceTimes => ({ n: 0, notMeasured: 3, p50S: null, p90S: null, maxS: null, within5Min: 0, within7Min: 0, ...change });
const service = (change: Partial<Service> = {}): Service => ({
  key: "119-dispatch", version: 2, life: "running", name: { ko: "119 긴급출동 지원", en: "119" }, senders: ["F"], types: [{ id: "119UC001", name: null }], purposes: [], codes: [],
  sop: null, desk: ["police"], stages: [], results: [{ key: "guided", name: { ko: "진입로 안내", en: "Guided" }, helped: true }], digest: "d", since: "2026-12-01T12:00:00.000000Z", by: "site:11000", ...change,
});
const figures = (change: Partial<ServiceFigures> = {}): ServiceFigures => ({
  service: "119-dispatch", name: { ko: "", en: "" }, life: "running", opened: 4, ended: 2, tests: 1, refused: 0, outcomes: {}, results: { guided: 2 }, helped: { n: 2, of: 3 },
  picture: times({ n: 4, notMeasured: 0, p50S: 0.4, p90S: 2.6, maxS: 3 }), seen: times(), arrival: times({ n: 2, notMeasured: 2, p50S: 200, p90S: 400, maxS: 400, within5Min: 1, within7Min: 2 }), ...change,
});

function show(role: Role, refuses = "") {
  const api = {
    services: vi.fn(async () => ok([service(), service({ key: "e-anklet", life: "retired" })])),
    serviceStatistics: vi.fn(async () => ok([figures()])),
    reloadServices: vi.fn(async () => (refuses ? fail(409, refuses) : ok({ added: ["ninth"], changed: [], removed: [] }))),
  };
  render(<Services api={api as unknown as Api} user={{ id: "u1", role } as User} seats={[]} onClose={() => undefined} />);
  return api;
}
const row = async (key: string) => within((await screen.findByRole("list", { name: ko["service.title"] })).querySelector(`[data-service="${key}"]`) as HTMLElement);

test("what was measured is a number with its n, what was not says so", async () => {
  show("supervisor");
  const fire = await row("119-dispatch");
  const of = (label: keyof typeof ko) => fire.getByText(ko[label] as string).nextElementSibling?.textContent;
  expect(of("service.picture")).toContain("0.4초");
  expect(of("service.picture")).toContain("n = 4");
  expect(of("service.seen")).toBe(ko["service.notMeasured"]);
  expect(of("service.arrival")).toContain("3분 20초");
  expect(of("service.arrival")).toContain("50%");
  expect(of("service.helped")).toContain("3건 중 2건");
  expect(of("service.results")).toBe("진입로 안내 2");
  expect(of("service.since")).toContain(ko["service.atStart"]);
  expect((await row("e-anklet")).getByText(ko["service.life.retired"])).toBeTruthy();
  expect(screen.queryByRole("button", { name: ko["service.reloadIt"] })).toBeNull();
});

test("an official puts the files in force with a reason, and hears what is wrong with them", async () => {
  const api = show("official", "services/ninth.toml: life must be");
  const press = () => fireEvent.click(screen.getByRole("button", { name: ko["service.reloadIt"] }));
  await row("119-dispatch");
  press();
  expect(screen.getByRole("alert").textContent).toBe(ko["dead.needReason"]);
  expect(api.reloadServices).not.toHaveBeenCalled();
  fireEvent.change(screen.getByRole("textbox"), { target: { value: " 협약 " } });
  press();
  expect((await screen.findByText("services/ninth.toml: life must be")).getAttribute("role")).toBe("alert");
  expect(api.reloadServices).toHaveBeenCalledExactlyOnceWith("협약");
});

test("the share within minutes is of what was measured alone", () => {
  expect(shareWithin(times({ n: 8, within5Min: 6, within7Min: 8 }), 5)).toBe(75);
  expect(shareWithin(times(), 7)).toBeNull();
});

test("the card says what the code decided and how far its sender's people are; of nothing it says nothing", () => {
  const known: CaseService = {
    service: { key: "112-emergency-video", name: { ko: "112", en: "112" }, life: "pilot" }, results: [], result: null,
    codes: [{ event: "e1", code: 3, decision: "refused" }], stages: [{ key: "arrived", name: { ko: "현장도착", en: "On scene" }, at: "2026-12-01T12:00:00.000000Z" }],
  };
  const { rerender } = render(<ServiceLine known={known} />);
  expect(screen.getByTestId("service-line").textContent).toContain(ko["service.decision.refused"]);
  expect(screen.getByRole("list", { name: ko["service.stages"] }).textContent).toContain("현장도착");
  expect(screen.getByText(ko["service.life.pilot"])).toBeTruthy();
  rerender(<ServiceLine known={{ ...known, service: null, codes: [], stages: [] }} />);
  expect(screen.queryByTestId("service-line")).toBeNull();
});

test("what became of it is asked of a real case alone, and need not be answered", () => {
  const onSubmit = vi.fn();
  render(<ActDialog act="close" busy={false} results={service().results} onSubmit={onSubmit} onClose={() => undefined} />);
  expect(screen.queryByRole("group", { name: ko["act.result"] })).toBeNull();
  fireEvent.click(screen.getByRole("radio", { name: ko["outcome.false"] }));
  expect(screen.queryByRole("group", { name: ko["act.result"] })).toBeNull();
  fireEvent.click(screen.getByRole("radio", { name: ko["outcome.true"] }));
  fireEvent.click(within(screen.getByRole("group", { name: ko["act.result"] })).getByRole("radio", { name: "진입로 안내" }));
  fireEvent.click(screen.getByRole("button", { name: ko["act.close"] }));
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith({ act: "close", outcome: "true", result: "guided" });
});
