// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, renderHook, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { ok } from "../api/result";
import type { Ahead, Camera } from "../api/types";
import { incident } from "../test/samples";
import { ko } from "../ui/ko";
import { AheadNote } from "./AheadNote";
import { isMoving, useAhead } from "./useAhead";

const now = Date.parse("2026-12-01T12:00:00Z");
beforeEach(() => void vi.useFakeTimers({ now, shouldAdvanceTime: true }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const seenBy = (id: string): Camera => ({ id, name: `${id} 이름`, site: "11200", position: [127, 37.5], bearing: 0, state: "streaming", live: true }) as Camera;
const ahead = (change: Partial<Ahead> = {}): Ahead => ({
  incident: "i1", at: [127, 37.5], seenAt: "2026-12-01T11:59:48Z", ageS: 12, staleAfterS: 60, horizonS: 60, moves: true, pace: "run", headingDeg: 90,
  trail: [{ position: [126.999, 37.5], seenAt: "2026-12-01T11:59:30Z" }, { position: [127, 37.5], seenAt: "2026-12-01T11:59:48Z" }],
  now: [], next: [{ ...seenBy("11200-1"), inS: 9, where: [127.001, 37.5], reasons: ["next:9s"] }],
  exits: [{ where: [127.002, 37.5], inS: 30, camera: seenBy("11200-2"), reasons: ["exit:30s"] }, { where: [126.998, 37.5], inS: 41, camera: null, reasons: [] }, { where: [126.997, 37.5], inS: 44, camera: null, reasons: [] }],
  allExits: true, onRoad: true, lost: false, reached: [], coming: [], ...change,
});

test("what comes next, the ways out, and the one that no camera sees", () => {
  const spot = vi.fn();
  render(<AheadNote ahead={ahead()} order={["11200-1"]} aheadMs={0} onSpot={spot} />);
  expect(screen.getByText(/0:12/)).toBeTruthy();
  expect(screen.getByText(/3곳을 막으면/)).toBeTruthy();
  expect(screen.getAllByText(`○ ${ko["ahead.unseen"]}`)).toHaveLength(1);
  expect(screen.getByText("×2 41초"), "two ways without a camera, the sooner one's time").toBeTruthy();
  expect(screen.queryByRole("status"), "it is young").toBeNull();
  fireEvent.click(screen.getByRole("button", { name: /11200-1 이름/ }));
  expect(spot).toHaveBeenCalledWith("11200-1");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: /11200-2 이름/ }).disabled, "no tile of it").toBe(true);
});

test("an old place is said to be old, with its age, and one that is too old says no more", () => {
  render(<AheadNote ahead={ahead({ seenAt: "2026-12-01T11:57:50Z", lost: true, onRoad: false, next: [], exits: [] })} order={[]} aheadMs={0} onSpot={() => undefined} />);
  expect(screen.getByRole("status").textContent).toContain("2:10");
  expect(screen.getByText(ko["ahead.lost"])).toBeTruthy();
  expect(screen.queryByText(ko["ahead.exits"])).toBeNull();
});

test("only what is open, moves and has a place is asked about, anew each five seconds, and its age goes on meanwhile", async () => {
  expect(isMoving(incident({ moves: 0 }))).toBe(false);
  expect(isMoving(incident({ moves: 2, state: "closed" }))).toBe(false);
  const asked = vi.fn(() => Promise.resolve(ok(ahead({ ageS: 50 }))));
  const api = { ahead: asked } as unknown as Api;
  const { result, rerender } = renderHook(({ moves }) => useAhead(api, incident({ moves })), { initialProps: { moves: 0 } });
  expect(asked).not.toHaveBeenCalled();
  rerender({ moves: 1 });
  await act(() => vi.advanceTimersByTimeAsync(100));
  expect(result.current.ahead?.next).toHaveLength(1);
  expect(result.current.age).toBeUndefined();
  await act(() => vi.advanceTimersByTimeAsync(5000));
  expect(asked).toHaveBeenCalledTimes(2);
  asked.mockImplementation(() => new Promise(() => undefined));
  await act(() => vi.advanceTimersByTimeAsync(11000));
  expect(result.current.age, "the server is silent and the place grows old").toBe("1:01");
});
