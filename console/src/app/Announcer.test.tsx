// @vitest-environment jsdom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Incident } from "../api/types";
import { incident } from "../test/samples";
import { ko } from "../ui/ko";
import { Announcer } from "./Announcer";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const of = (...all: Incident[]) => new Map(all.map((each) => [each.id, each]));
const came = () => screen.getByTestId("said-came").textContent;
const changed = () => screen.getByTestId("said-changed").textContent;

test("what stood there at first is no news; what comes is said, in a rush as one sentence", () => {
  vi.useFakeTimers();
  const page = (incidents: Map<string, Incident>, loaded = true) => <Announcer incidents={incidents} selected={null} loaded={loaded} />;
  const { rerender } = render(page(of(), false));
  rerender(page(of(incident({ id: "old" }))));
  expect(came()).toBe("");
  act(() => void vi.advanceTimersByTime(2000));
  rerender(page(of(incident({ id: "old" }), incident({ id: "new", place: "홍대입구역" }))));
  expect(came()).toContain("홍대입구역");
  const many = of(...["old", "new", "a", "b"].map((id) => incident({ id })), incident({ id: "seen", state: "received" }));
  rerender(page(many));
  expect(came()).toContain("홍대입구역");
  act(() => void vi.advanceTimersByTime(2000));
  expect(came()).toBe(ko["said.cameMore"].replace("{what}", `${ko["grade.10"]} 112센터 긴급영상 지원 서울숲`).replace("{n}", "1"));
});

test("the open incident is named, and each state that it takes", () => {
  const page = (selected: Incident | null) => <Announcer incidents={of()} selected={selected} loaded />;
  const { rerender } = render(page(incident({})));
  expect(changed()).toContain("서울숲");
  rerender(page(incident({ state: "received" })));
  expect(changed()).toContain(ko["state.received"]);
});
