// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { DeadLetter, Delivery } from "../api/types";
import { ko } from "../ui/ko";
import { DeadLetters, senderOf } from "./DeadLetters";

afterEach(cleanup);

const letter = (change: Partial<DeadLetter>): DeadLetter => ({
  seq: 41, time: "2026-01-01T00:00:00Z", actor: "agency:P1100000000", format: "scsns", profile: "default", code: "4102", field: "ocrSts",
  reason: "ocrSts is not a known state", attempts: 0, ...change,
});

function show(letters: DeadLetter[], change: Partial<Api> = {}, role: "supervisor" | "official" = "supervisor") {
  const api = {
    deadLetters: vi.fn(async () => ok({ items: letters, next: null })),
    failedDeliveries: vi.fn(async () => ok([] as Delivery[])),
    retryDelivery: vi.fn(async () => ok({})),
    releaseDeadLetter: vi.fn(async () => ok({ raw: 41, event: "e", incident: "i" })),
    dismissDeadLetter: vi.fn(async () => ok({ raw: 41 })),
    ...change,
  };
  const onClose = vi.fn();
  render(<DeadLetters api={api as unknown as Api} role={role} change={0} onClose={onClose} />);
  return { api, onClose };
}

test("a letter says who sent what is wrong with it", async () => {
  show([letter({})]);
  expect(await screen.findByText("ocrSts is not a known state")).toBeTruthy();
  expect(screen.getByText("P1100000000")).toBeTruthy();
  expect(senderOf("partner:bells")).toBe("bells");
});

test("nothing is released without a reason", async () => {
  const { api } = show([letter({})]);
  fireEvent.click(await screen.findByText("ocrSts is not a known state"));
  fireEvent.click(screen.getByText(ko["dead.release"]));
  expect(screen.getByRole("alert").textContent).toBe(ko["dead.needReason"]);
  expect(api.releaseDeadLetter).not.toHaveBeenCalled();
});

test("with a reason it is released, and the list is read again", async () => {
  const { api } = show([letter({})]);
  fireEvent.click(await screen.findByText("ocrSts is not a known state"));
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "코덱을 고쳤음" } });
  fireEvent.click(screen.getByText(ko["dead.release"]));
  expect((await screen.findByRole("status")).textContent).toBe(ko["dead.released"]);
  expect(api.releaseDeadLetter).toHaveBeenCalledWith(41, "코덱을 고쳤음");
  expect(api.deadLetters).toHaveBeenCalledTimes(2);
});

test("what still cannot be read says why and stays", async () => {
  show([letter({})], { releaseDeadLetter: vi.fn(async () => fail(409, "it still cannot be read: ocrSts")) as never });
  fireEvent.click(await screen.findByText("ocrSts is not a known state"));
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "다시" } });
  fireEvent.click(screen.getByText(ko["dead.release"]));
  expect((await screen.findByRole("status")).textContent).toContain("it still cannot be read");
  expect(screen.getByRole("textbox")).toBeTruthy();
});

test("a letter that lies there by a rule of the agreement can be taken despite it", async () => {
  const { api } = show([letter({ code: "4001", field: "sendCd", reason: "sendCd is not the sender of this session" })]);
  fireEvent.click(await screen.findByText("sendCd is not the sender of this session"));
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "전화로 확인" } });
  fireEvent.click(screen.getByText(ko["dead.despite"]));
  expect((await screen.findByRole("status")).textContent).toBe(ko["dead.released"]);
  expect(api.releaseDeadLetter).toHaveBeenCalledWith(41, "전화로 확인", "sendCd");
});

test("what cannot be read nobody is offered to take", async () => {
  show([letter({})]);
  fireEvent.click(await screen.findByText("ocrSts is not a known state"));
  expect(screen.queryByText(ko["dead.despite"])).toBeNull();
});

test("who may only look is offered no decision", async () => {
  show([letter({})], {}, "official");
  fireEvent.click(await screen.findByText("ocrSts is not a known state"));
  expect(screen.queryByRole("textbox")).toBeNull();
});

test("a message of ours that did not arrive is sent again with a reason", async () => {
  const delivery: Delivery = {
    id: "d1", partner: "police-tcp", incident: "i", number: "2026", code: "91", state: "failed", attempts: 5, why: "no answer",
    queuedAt: "2026-01-01T00:00:00Z", doneAt: null,
  };
  const { api } = show([], { failedDeliveries: vi.fn(async () => ok([delivery])) as never });
  fireEvent.click(await screen.findByText("no answer"));
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "상대 복구" } });
  fireEvent.click(screen.getByText(ko["dead.resend"]));
  expect((await screen.findByRole("status")).textContent).toBe(ko["dead.resent"]);
  expect(api.retryDelivery).toHaveBeenCalledWith("d1", "상대 복구");
});

test("J and K walk the letters", async () => {
  show([letter({}), letter({ seq: 40, reason: "the second" })]);
  const first = (await screen.findByText("ocrSts is not a known state")).closest("button")!;
  first.focus();
  fireEvent.keyDown(first, { code: "KeyJ" });
  expect(document.activeElement?.textContent).toContain("the second");
  fireEvent.keyDown(document.activeElement!, { code: "KeyK" });
  expect(document.activeElement).toBe(first);
});
