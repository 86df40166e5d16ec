// @vitest-environment jsdom
import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { useReading } from "./reading";

afterEach(cleanup);

/** Readings that end when they are told to. */
function reader() {
  const ends: (() => void)[] = [];
  const read = vi.fn(() => new Promise<void>((done) => ends.push(done)));
  return { read, end: async () => (ends.shift()?.(), await Promise.resolve(), await Promise.resolve()) };
}
const use = (read: () => Promise<void>) => renderHook(({ subject, news }) => useReading(read, subject, news), { initialProps: { subject: "a", news: 0 } });

test("what comes while a reading is under way is one reading more, behind it", async () => {
  const { read, end } = reader();
  const { rerender } = use(read);
  for (const news of [1, 2, 3]) rerender({ subject: "a", news });
  expect(read).toHaveBeenCalledTimes(1);
  await end();
  expect(read).toHaveBeenCalledTimes(2);
  await end();
  expect(read).toHaveBeenCalledTimes(2);
  rerender({ subject: "a", news: 4 });
  expect(read).toHaveBeenCalledTimes(3);
});

test("another subject does not wait for the one before, and what has gone is read no more", async () => {
  const { read, end } = reader();
  const { rerender, unmount } = use(read);
  rerender({ subject: "b", news: 0 });
  expect(read).toHaveBeenCalledTimes(2);
  rerender({ subject: "b", news: 1 });
  await end();
  expect(read, "the first subject's chain is over").toHaveBeenCalledTimes(2);
  unmount();
  await end();
  expect(read).toHaveBeenCalledTimes(2);
});
