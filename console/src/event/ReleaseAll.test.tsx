// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { BulkRelease, BulkReleaseInput } from "../api/types";
import { ko } from "../ui/ko";
import { ReleaseAll, reasonsOf } from "./ReleaseAll";

afterEach(cleanup);

const outcome = (change: Partial<BulkRelease>): BulkRelease => ({
  dryRun: true, looked: 3, readable: 2, released: 0, erased: 0, refused: [{ seq: 7, reason: "state must be a known code" }], left: 0, next: null, ...change,
});
const words = (key: keyof typeof ko, values: Record<string, string | number>) =>
  Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, String(value)), ko[key] as string);

function show(answers: BulkRelease[]) {
  const api = { releaseDeadLetters: vi.fn(async (_: BulkReleaseInput) => ok(answers.shift() ?? outcome({}))) };
  const onDone = vi.fn();
  render(<ReleaseAll api={api as unknown as Api} waiting onDone={onDone} />);
  return { api, onDone };
}

test("it is tried first, and nothing is released by that", async () => {
  const { api, onDone } = show([outcome({})]);
  fireEvent.click(screen.getByText(ko["dead.tryAll"]));
  expect(await screen.findByText(words("dead.tried", { looked: 3, readable: 2, refused: 1 }))).toBeTruthy();
  expect(screen.getByText(words("dead.triedWhy", { reason: "state must be a known code", n: 1 }))).toBeTruthy();
  expect(api.releaseDeadLetters).toHaveBeenCalledExactlyOnceWith({ dryRun: true, limit: 200, after: 0 });
  expect(onDone).not.toHaveBeenCalled();
  expect(document.activeElement).toBe(screen.getByRole("textbox"));
});

test("for good only with a reason", async () => {
  const { api, onDone } = show([outcome({}), outcome({ dryRun: false, released: 2 })]);
  fireEvent.click(screen.getByText(ko["dead.tryAll"]));
  const go = await screen.findByText(words("dead.releaseAll", { n: 2 }));
  fireEvent.click(go);
  expect(screen.getByRole("alert").textContent).toBe(ko["dead.needReason"]);
  expect(api.releaseDeadLetters).toHaveBeenCalledTimes(1);
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "문자 집합을 고침" } });
  fireEvent.click(go);
  expect(await screen.findByText(words("dead.releasedAll", { n: 2 }))).toBeTruthy();
  expect(api.releaseDeadLetters).toHaveBeenLastCalledWith({ reason: "문자 집합을 고침", limit: 200, after: 0 });
  expect(onDone).toHaveBeenCalledTimes(1);
  expect(document.activeElement).toBe(screen.getByTestId("release-all"));
});

test("what nobody can read yet is not offered", async () => {
  show([outcome({ readable: 0 })]);
  fireEvent.click(screen.getByText(ko["dead.tryAll"]));
  await screen.findByText(ko["dead.leaveAll"]);
  expect(screen.queryByRole("textbox")).toBeNull();
  fireEvent.click(screen.getByText(ko["dead.leaveAll"]));
  expect(document.activeElement, "the keys still go somewhere").toBe(screen.getByTestId("release-all"));
  expect(screen.getByText(ko["dead.tryAll"])).toBeTruthy();
});

test("behind those of one request the next ones are looked at before they are released", async () => {
  const { api } = show([outcome({ left: 40, next: 900 }), outcome({ dryRun: false, released: 2, left: 40, next: 900 }), outcome({ looked: 40 })]);
  fireEvent.click(screen.getByText(ko["dead.tryAll"]));
  expect(await screen.findByText(words("dead.triedLeft", { n: 40 }))).toBeTruthy();
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "고침" } });
  fireEvent.click(screen.getByText(words("dead.releaseAll", { n: 2 })));
  expect(await screen.findByText(words("dead.tried", { looked: 40, readable: 2, refused: 1 }))).toBeTruthy();
  expect(api.releaseDeadLetters).toHaveBeenLastCalledWith({ dryRun: true, limit: 200, after: 900 });
  expect(screen.getByText(words("dead.releasedAll", { n: 2 })), "what was done stays said").toBeTruthy();
});

test("a refusal is said, and it can be tried again", async () => {
  const api = { releaseDeadLetters: vi.fn(async () => fail(409, "another release in bulk is under way")) };
  render(<ReleaseAll api={api as unknown as Api} waiting onDone={() => undefined} />);
  fireEvent.click(screen.getByText(ko["dead.tryAll"]));
  expect((await screen.findByRole("status")).textContent).toContain("another release");
  expect(screen.getByText(ko["dead.tryAll"])).toBeTruthy();
});

test("the most frequent reason comes first", () => {
  const refused = ["a", "b", "b"].map((reason, seq) => ({ seq, reason }));
  expect(reasonsOf(outcome({ refused }))).toEqual([["b", 2], ["a", 1]]);
});
