// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok, type Result } from "../api/result";
import type { Finding, FindingKind } from "../api/types";
import { ko } from "../ui/ko";
import { FindingDialog } from "./FindingDialog";

afterEach(cleanup);

const kinds: FindingKind[] = [
  { kind: "crime", name: { ko: "범죄", en: "Crime" }, grade: "10", agency: "112" },
  { kind: "other", name: { ko: "기타", en: "Other" }, grade: "20", agency: "none" },
];
const found = { incident: "I1" } as Finding;

function show(answer: Result<Finding>) {
  const report = vi.fn(async () => answer);
  const onFound = vi.fn();
  const onClose = vi.fn();
  render(<FindingDialog api={{ reportFinding: report } as unknown as Api} camera="11000-0001" name="서울숲 입구" frame={null} kinds={kinds} onFound={onFound} onClose={onClose} />);
  return { report, onFound, onClose };
}

test("one digit reports, once however often it is pressed", async () => {
  const { report, onFound } = show(ok(found));
  const box = screen.getByTestId("finding");
  expect(document.activeElement).toBe(box);
  fireEvent.keyDown(box, { code: "Digit2" });
  fireEvent.keyDown(box, { code: "Digit2" });
  await vi.waitFor(() => expect(onFound).toHaveBeenCalledExactlyOnceWith(found));
  expect(report).toHaveBeenCalledExactlyOnceWith({ camera: "11000-0001", kind: "other" }, expect.stringMatching(/^[0-9a-f]{32}other$/));
});

test("a digit without a kind, or with a modifier, reports nothing; Esc leaves", () => {
  const { report, onClose } = show(ok(found));
  const box = screen.getByTestId("finding");
  fireEvent.keyDown(box, { code: "Digit7" });
  fireEvent.keyDown(box, { code: "Digit1", ctrlKey: true });
  expect(report).not.toHaveBeenCalled();
  fireEvent.keyDown(box, { key: "Escape" });
  expect(onClose).toHaveBeenCalledTimes(1);
});

test("what was refused is said, and may be tried again", async () => {
  const { report, onFound } = show(fail(403, "the camera was not on the caller's screen"));
  fireEvent.click(screen.getByText("범죄"));
  await screen.findByText(ko["finding.refused"].replace("{detail}", "the camera was not on the caller's screen"));
  expect(onFound).not.toHaveBeenCalled();
  fireEvent.keyDown(screen.getByTestId("finding"), { code: "Numpad1" });
  await vi.waitFor(() => expect(report).toHaveBeenCalledTimes(2));
});
