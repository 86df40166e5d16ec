// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Seats } from "../duty/people";
import { seatOf } from "../test/procedures";
import { incident } from "../test/samples";
import { ko } from "../ui/ko";
import { IncidentQueue } from "./IncidentQueue";

// jsdom has no layout: a list of no height draws no row.
beforeEach(() => {
  for (const side of ["offsetHeight", "offsetWidth"] as const) vi.spyOn(HTMLElement.prototype, side, "get").mockReturnValue(600);
});
afterEach(cleanup);

const sorted = [
  incident({ id: "i1", state: "acting", owner: "u1", commander: "u2", reports: 2 }), incident({ id: "i2", state: "received", owner: null, test: true, sender: "B1100000000:drill" }),
  incident({ id: "i3", state: "closed", owner: "u1", test: true, sender: "P1100000000" }),
];
const show = (seats?: Seats) =>
  render(
    <IncidentQueue
      incidents={new Map(sorted.map((each) => [each.id, each]))} sorted={sorted} selected={null} marked={null} title="" {...(seats ? { seats } : {})}
      onMark={() => undefined} onOpen={() => undefined} onOrder={() => undefined}
    />,
  );
const row = (id: string) => document.querySelector(`[data-incident=${id}]`) as HTMLElement;

test("a row says whose it is and that it is commanded, with a shape and a word, while it is open", () => {
  show([seatOf("u1", "한가람")]);
  expect(row("i1").querySelector("[data-testid=row-owner]")?.textContent).toBe("한가람");
  expect(row("i1").querySelector("[data-testid=row-command]")?.textContent).toBe(`⚑ ${ko["incident.commanded"]}`);
  expect(row("i1").textContent, "the grade is said although it is not seen").toContain(ko["grade.10"]);
  expect(screen.getAllByTestId("row-owner")).toHaveLength(1);
});

test("an agency's row says neither", () => {
  show();
  expect(row("i1").textContent).toContain(ko["state.acting"]);
  expect(screen.queryByTestId("row-owner")).toBeNull();
  expect(screen.queryByTestId("row-command")).toBeNull();
});

test("a row says in a mark, and in words to who hears it, that several report the case", () => {
  show([]);
  const mark = row("i1").querySelector("[data-testid=row-reports]");
  expect(mark?.querySelector("[aria-hidden]")?.textContent).toBe("×2");
  expect(mark?.querySelector(".said")?.textContent).toBe(ko["reports.count"].replace("{n}", "2"));
  expect(mark?.closest(".line"), "it takes no room of a line, which would grow").toBeNull();
  expect(screen.getAllByTestId("row-reports")).toHaveLength(1);
});

test("a row says which of both it is that is not real: a drill of our own, or a sender's test", () => {
  show([]);
  expect([...document.querySelectorAll("[data-testid=row-practice]")].map(({ textContent }) => textContent)).toEqual([ko["incident.drill"], ko["incident.test"]]);
  expect(row("i1").querySelector("[data-testid=row-practice]")).toBeNull();
});

test("a hand that moves holds the rows for as long as it does, one that rests for some seconds", () => {
  vi.useFakeTimers();
  const queue = (ids: string[]) => {
    const listed = ids.map((id) => incident({ id }));
    return <IncidentQueue incidents={new Map(listed.map((each) => [each.id, each]))} sorted={listed} selected={null} marked={null} title="" onMark={() => undefined} onOpen={() => undefined} onOrder={() => undefined} />;
  };
  const order = () => [...document.querySelectorAll("[role=option]")].sort((a, b) => Number(a.ariaPosInSet ?? a.getAttribute("aria-posinset")) - Number(b.ariaPosInSet ?? b.getAttribute("aria-posinset"))).map((each) => each.getAttribute("data-incident"));
  try {
    const { rerender } = render(queue(["a", "b", "c"]));
    fireEvent.mouseMove(row("b"));
    rerender(queue(["new", "c", "a", "b"]));
    for (let second = 0; second < 10; second++) {
      expect(order()).toEqual(["a", "b", "new", "c"]);
      fireEvent.mouseMove(row("b"));
      act(() => void vi.advanceTimersByTime(1000));
    }
    act(() => void vi.advanceTimersByTime(5000));
    expect(order()).toEqual(["new", "c", "a", "b"]);
  } finally {
    vi.useRealTimers();
  }
});
