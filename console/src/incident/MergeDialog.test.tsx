// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { Incident, NearIncident } from "../api/types";
import { seatOf } from "../test/procedures";
import { incident } from "../test/samples";
import { ko } from "../ui/ko";
import { MergeDialog } from "./MergeDialog";

afterEach(cleanup);

const near = (id: string, distanceM: number, change: Partial<Incident> = {}): NearIncident => ({ ...incident({ id, state: "received", ...change }), distanceM });
const two = [near("i2", 28, { owner: "u2", place: "서울숲 북문" }), near("i3", 120, { state: "new", grade: "20" })];

function show(answer: ReturnType<Api["near"]> = Promise.resolve(ok(two)), change: Partial<Incident> = {}) {
  const onSubmit = vi.fn();
  const api = { near: vi.fn(() => answer) };
  render(<MergeDialog api={api as unknown as Api} incident={incident(change)} seats={[seatOf("u2", "윤슬기")]} busy={false} onSubmit={onSubmit} onClose={() => undefined} />);
  return { onSubmit, api };
}
const list = () => screen.getByRole("group", { name: ko["merge.which"] });
const shown = () => vi.waitFor(() => expect(screen.getByTestId("merge").dataset.near).not.toBe(""));
const choice = (id: string) => document.querySelector(`[data-near-incident=${id}]`) as HTMLElement;

test("what is near says how far, what, where, since when, how far it has come and whose it is", async () => {
  const { api } = show();
  await shown();
  expect(api.near).toHaveBeenCalledExactlyOnceWith("i1");
  for (const words of ["28 m", "112센터 긴급영상 지원", "서울숲 북문", ko["state.received"], "담당 윤슬기"]) expect(choice("i2").textContent).toContain(words);
  expect(choice("i3").textContent).toContain(ko["incident.noOwner"]);
  expect(choice("i3").textContent).toContain("◆");
});

test("a digit chooses and Enter merges it into the open one, with words where there are some", async () => {
  const { onSubmit } = show();
  expect(document.activeElement, "digits are the list's from the first moment").toBe(list());
  await shown();
  fireEvent.keyDown(list(), { code: "Digit2", key: "2" });
  expect((choice("i3").querySelector("input") as HTMLInputElement).checked).toBe(true);
  fireEvent.change(screen.getByLabelText(ko["act.text"]), { target: { value: " 같은 사람 " } });
  fireEvent.keyDown(list(), { code: "Enter", key: "Enter" });
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith({ other: "i3", text: "같은 사람" });
});

test("none is chosen for one: Enter alone merges nothing", async () => {
  const { onSubmit } = show();
  await shown();
  fireEvent.keyDown(list(), { code: "Digit9", key: "9" });
  fireEvent.keyDown(list(), { code: "Enter", key: "Enter" });
  expect(onSubmit).not.toHaveBeenCalled();
  expect(screen.getByRole("alert").textContent).toBe(ko["merge.needWhich"]);
});

test("digits and Enter typed into the words are words", async () => {
  const { onSubmit } = show();
  await shown();
  const words = screen.getByLabelText(ko["act.text"]);
  fireEvent.keyDown(words, { code: "Digit1", key: "1" });
  fireEvent.keyDown(words, { code: "Enter", key: "Enter" });
  expect((choice("i2").querySelector("input") as HTMLInputElement).checked).toBe(false);
  expect(onSubmit).not.toHaveBeenCalled();
});

test("where nothing is near, or nothing can be, that is said and nothing is offered", async () => {
  show(Promise.resolve(ok([])));
  expect((await screen.findByRole("status")).textContent).toBe(ko["merge.none"]);
  expect(screen.queryByText(ko["act.merge"])).toBeNull();
  cleanup();
  show(Promise.resolve(ok([])), { position: null });
  expect((await screen.findByRole("status")).textContent).toBe(ko["merge.noPosition"]);
});

test("what could not be read is said", async () => {
  show(Promise.resolve(fail(503, "busy")));
  expect((await screen.findByRole("alert")).textContent).toContain("busy");
});
