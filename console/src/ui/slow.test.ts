import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { useSlow } from "./slow";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const pass = (ms: number) => act(() => vi.advanceTimersByTime(ms));

test("a value after a quiet time is shown at once, those of a rush once in the time, the last one last", () => {
  const { result, rerender } = renderHook(({ value }) => useSlow(value, 1000), { initialProps: { value: 0 } });
  rerender({ value: 1 });
  expect(result.current).toBe(1);
  for (let value = 2; value <= 20; value++) rerender({ value });
  expect(result.current).toBe(1);
  pass(999);
  expect(result.current).toBe(1);
  pass(1);
  expect(result.current).toBe(20);
  pass(1000);
  rerender({ value: 21 });
  expect(result.current).toBe(21);
});
