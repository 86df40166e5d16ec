// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { seatOf } from "../test/procedures";
import { ko } from "../ui/ko";
import { HandOverDialog } from "./HandOverDialog";

afterEach(cleanup);

function show() {
  const onSubmit = vi.fn();
  const onClose = vi.fn();
  const heirs = [seatOf("u2", "윤슬기"), seatOf("u3", "정다운", { breakSince: "2026-12-01T00:00:00.000000Z" })];
  render(<HandOverDialog heirs={heirs} busy={false} onSubmit={onSubmit} onClose={onClose} />);
  return { onSubmit, onClose, form: screen.getByTestId("hand-over") };
}
const list = () => screen.getByRole("group", { name: ko["hand.who"] });

test("a digit chooses and Enter hands over, with words where there are some", () => {
  const { onSubmit, form } = show();
  expect(document.activeElement).toBe(list());
  fireEvent.keyDown(list(), { code: "Digit2", key: "2" });
  expect((screen.getByLabelText(/정다운/) as HTMLInputElement).checked).toBe(true);
  expect(form.textContent, "who is on a break may be waited for").toContain(ko["duty.break"]);
  fireEvent.change(screen.getByLabelText(ko["act.text"]), { target: { value: " 북문 쪽 " } });
  fireEvent.keyDown(list(), { code: "Enter", key: "Enter" });
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith({ act: "hand_over", person: "u3", text: "북문 쪽" });
});

test("nobody is chosen for one: Enter alone hands nothing over", () => {
  const { onSubmit } = show();
  fireEvent.keyDown(list(), { code: "Digit9", key: "9" });
  fireEvent.keyDown(list(), { code: "Enter", key: "Enter" });
  expect(onSubmit).not.toHaveBeenCalled();
  expect(screen.getByRole("alert").textContent).toBe(ko["hand.needWho"]);
});

test("digits and Enter typed into the words are words", () => {
  const { onSubmit } = show();
  const words = screen.getByLabelText(ko["act.text"]);
  fireEvent.keyDown(words, { code: "Digit1", key: "1" });
  fireEvent.keyDown(words, { code: "Enter", key: "Enter" });
  expect((screen.getByLabelText(/윤슬기/) as HTMLInputElement).checked).toBe(false);
  expect(onSubmit).not.toHaveBeenCalled();
});
