// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { Hold, Role, User } from "../api/types";
import { seatOf } from "../test/procedures";
import { incident } from "../test/samples";
import { ko } from "../ui/ko";
import { HoldLine } from "./HoldLine";
import { Holds } from "./Holds";
import { joinedOf } from "./hold";

afterEach(cleanup);

const hold = (change: Partial<Hold> = {}): Hold => ({
  id: "h1", incident: "i1", cameras: ["a", "b"], from: "2026-12-01T11:30:00.000000Z", to: null, orderedAt: "2026-12-01T12:00:00.000000Z", orderedBy: "user:u1",
  reviewAt: "2099-01-01T00:00:00.000000Z", endedAt: null, endedBy: null, reason: null, kept: false, ...change,
});
const ended = hold({ id: "h2", incident: "01J5KQ0000ABCD", to: "2026-12-01T13:00:00.000000Z", endedAt: "2026-12-01T14:00:00.000000Z", endedBy: "user:u1", reason: "오인 신고" });
const words = (key: keyof typeof ko, values: Record<string, string | number>) =>
  Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, String(value)), ko[key] as string);

test("the card says of how many cameras, from when until when, and that nothing is recorded", async () => {
  const holds = vi.fn(async () => ok([hold(), hold({ id: "h3", cameras: ["b", "c"], from: "2026-12-01T11:00:00.000000Z" })]));
  render(<HoldLine api={{ holds } as unknown as Api} incident={incident({ state: "acting" })} />);
  const line = await screen.findByTestId("hold-line");
  expect(line.textContent).toContain(words("hold.cameras", { n: 3 }));
  expect(line.textContent).toContain(words("hold.from", { from: "2026-12-01 20:00", until: ko["hold.untilAfterEnd"] }));
  expect(screen.getByTestId("not-kept").textContent).toContain(ko["hold.notKept"]);
  expect(holds).toHaveBeenCalledExactlyOnceWith({ incident: "i1", state: "standing" });
});

test("of what nobody has received, and where no order stands, nothing is said", async () => {
  const holds = vi.fn(async () => ok([] as Hold[]));
  const { rerender } = render(<HoldLine api={{ holds } as unknown as Api} incident={incident({})} />);
  expect(holds).not.toHaveBeenCalled();
  rerender(<HoldLine api={{ holds } as unknown as Api} incident={incident({ state: "received" })} />);
  await vi.waitFor(() => expect(holds).toHaveBeenCalledTimes(1));
  expect(screen.queryByTestId("hold-line")).toBeNull();
});

test("orders of one incident are one: they end with the last, and while one has no end they have none", () => {
  const bounded = [hold({ to: "2026-12-01T13:00:00.000000Z" }), hold({ to: "2026-12-01T14:00:00.000000Z" })];
  expect(joinedOf(bounded)?.to).toBe("2026-12-01T14:00:00.000000Z");
  expect(joinedOf([...bounded, hold()])?.to).toBeNull();
  expect(joinedOf([])).toBeNull();
});

function show(role: Role, refuses = "", more: Partial<Hold> = {}) {
  const api = {
    holds: vi.fn(async ({ state }: { state: string }) => ok(state === "standing" ? [hold(more)] : [ended])),
    endHold: vi.fn(async () => (refuses ? fail(409, refuses) : ok(ended))),
  };
  const onOpen = vi.fn();
  render(<Holds api={api as unknown as Api} user={{ id: "u9", role } as User} seats={[seatOf("u1", "한가람")]} incidents={new Map([["i1", incident({})]])} onOpen={onOpen} onClose={() => undefined} />);
  return { api, onOpen };
}
const standing = async () => within(await screen.findByRole("list", { name: ko["hold.standing"] }));

test("those that stand and those that ended are told apart, with who and why", async () => {
  const { onOpen } = show("operator", "", { reviewAt: "2026-01-01T00:00:00.000000Z" });
  const list = await standing();
  expect((await list.findByText("서울숲")).closest("li")?.textContent).toContain(ko["hold.review"]);
  const over = screen.getByRole("list", { name: ko["hold.ended"] });
  expect(over.textContent).toContain(words("hold.endedBy", { by: words("hold.by", { who: "한가람", at: "2026-12-01 23:00:00" }), reason: "오인 신고" }));
  expect(over.textContent).toContain("…ABCD");
  expect(list.queryByText(ko["hold.end"]), "an operator ends none").toBeNull();
  fireEvent.click(list.getByText(ko["brief.openIt"]));
  expect(onOpen).toHaveBeenCalledExactlyOnceWith("i1");
});

test("an order is ended with a reason alone, and the lists are read anew", async () => {
  const { api } = show("official");
  const list = await standing();
  fireEvent.click(await list.findByText(ko["hold.end"]));
  fireEvent.click(list.getByText(ko["hold.endIt"]));
  expect(list.getByRole("alert").textContent).toBe(ko["dead.needReason"]);
  fireEvent.change(list.getByRole("textbox"), { target: { value: " 기간 지남 " } });
  fireEvent.click(list.getByText(ko["hold.endIt"]));
  await vi.waitFor(() => expect(api.endHold).toHaveBeenCalledExactlyOnceWith("h1", "기간 지남"));
  await vi.waitFor(() => expect(api.holds).toHaveBeenCalledTimes(4));
});

test("what is refused is said and stays open", async () => {
  show("police", "the order has ended already");
  const list = await standing();
  fireEvent.click(await list.findByText(ko["hold.end"]));
  fireEvent.change(list.getByRole("textbox"), { target: { value: "x" } });
  fireEvent.click(list.getByText(ko["hold.endIt"]));
  await screen.findByText(words("hold.refused", { detail: "the order has ended already" }));
  expect(list.getByRole("textbox")).toBeTruthy();
});
