// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { createApi } from "../api/client";
import type { Incident, Procedure as ProcedureNow, Role, Told } from "../api/types";
import { procedureAt, seatOf, toldOf } from "../test/procedures";
import { incident } from "../test/samples";
import { FakeServer, type Route } from "../test/server";
import { commandOf } from "../ui/keys";
import { en } from "../ui/en";
import { ko } from "../ui/ko";
import { prefs } from "../ui/prefs";
import { Procedure } from "./Procedure";
import { SkipDialog } from "./SkipDialog";
import { useProcedure, type Work } from "./useProcedure";

// jsdom has no layout to scroll.
const scrolled = vi.fn();
Element.prototype.scrollIntoView = scrolled;

afterEach(() => {
  scrolled.mockClear();
  cleanup();
  prefs.set({ language: "ko" });
});

const path = "/api/v1/incidents/i1/procedure";
const acting = incident({ state: "acting", owner: "u1" });
const words = (key: keyof typeof ko, values: Record<string, string | number>) =>
  Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, String(value)), ko[key] as string);

/** A procedure behind a server: what it answers is `now`, and each step or answer leads to `after`. */
function show(now: ProcedureNow | null, more: { after?: ProcedureNow; refuses?: [number, unknown]; role?: Role; of?: Incident } = {}) {
  const state = { now };
  const sent: unknown[] = [];
  const change: Route = (_, body) => {
    sent.push(body);
    if (more.refuses) return more.refuses;
    state.now = more.after ?? state.now;
    return [201, state.now];
  };
  const server = new FakeServer({
    [`GET ${path}`]: () => (state.now ? [200, state.now] : [404, { type: "/problems/not_found", title: "", status: 404, detail: "" }]),
    [`POST ${path}/steps`]: change,
    [`POST ${path}/acks`]: change,
  });
  const api = createApi({ token: () => null, onUnauthenticated: () => undefined, fetch: server.fetch, origin: "http://desk" });
  const held: { work: Work | null } = { work: null };
  function Shown({ of }: { of: Incident }) {
    const work = useProcedure(api, of, more.role ?? "operator");
    held.work = work;
    return (
      <>
        <button type="button">elsewhere</button>
        <Procedure work={work} seats={[seatOf("u1", "한가람")]} aheadMs={0} />
        {work.open === "skip" && work.current && <SkipDialog step={work.current} busy={work.busy} onSkip={(reason) => work.take({ skip: true, reason })} onClose={work.close} />}
      </>
    );
  }
  const page = render(<Shown of={more.of ?? acting} />);
  return { server, sent, state, work: () => held.work as Work, tell: (of: Incident) => page.rerender(<Shown of={of} />) };
}

const stepOf = (key: string) => document.querySelector(`[data-step="${key}"]`) as HTMLElement;

test("the steps stand in order, each with its state in a mark and a word, in the user's language", async () => {
  show(procedureAt("tell"));
  await screen.findByTestId("procedure");
  expect([...document.querySelectorAll<HTMLElement>("[data-step]")].map((each) => [each.dataset.step, each.dataset.state])).toEqual([
    ["look", "done"], ["search", "passed"], ["tell", "current"], ["hold", "coming"],
  ]);
  expect(stepOf("look").textContent).toMatch(/✓.*look 단계.*보임.*21:00:00 한가람/);
  expect(within(stepOf("search")).getByRole("img", { name: ko["sop.state.passed"] })).toBeTruthy();
  expect(stepOf("tell").getAttribute("aria-current")).toBe("step");
  expect(within(stepOf("hold")).getByTestId("gate").textContent).toBe(words("sop.gate", { act: ko["act.close"] }));
  act(() => prefs.set({ language: "en" }));
  expect(stepOf("hold").textContent).toContain("step hold");
  expect(within(stepOf("hold")).getByTestId("gate").textContent).toBe(en["sop.gate"].replace("{act}", en["act.close"]));
});

test("the key takes the step whose turn it is, and pressed twice it takes one", async () => {
  const { sent, work } = show(procedureAt("tell"), { after: procedureAt("hold") });
  await screen.findByTestId("procedure");
  expect(scrolled, "at first the card shows what the incident is").not.toHaveBeenCalled();
  act(() => expect(work().begin()).toBe(true));
  await vi.waitFor(() => expect(stepOf("hold").dataset.state).toBe("current"));
  expect(scrolled.mock.instances).toEqual([stepOf("hold")]);
  act(() => expect(work().begin(), "what follows has to be seen first").toBe(true));
  expect(sent).toEqual([{ step: "tell", skip: false }]);
});

test("a question opens its answers: the digits are theirs, one answers, and focus goes back", async () => {
  const { sent, work } = show(procedureAt("look"), { after: procedureAt("tell") });
  const answers = await screen.findByTestId("answers");
  const before = screen.getByText("elsewhere");
  before.focus();
  const digit = { code: "Digit2", shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
  expect(commandOf({ ...digit, target: before })).toBe("spot2");
  act(() => void work().begin());
  expect(document.activeElement).toBe(answers);
  expect(commandOf({ ...digit, target: answers }), "no spot key while they are open").toBeNull();
  fireEvent.keyDown(answers, { code: "Digit7" });
  expect(sent).toEqual([]);
  fireEvent.keyDown(answers, { code: "Digit1" });
  await vi.waitFor(() => expect(stepOf("tell").dataset.state).toBe("current"));
  expect(sent).toEqual([{ step: "look", skip: false, answer: "seen" }]);
  expect(document.activeElement).toBe(before);
});

test("Esc closes the answers and answers nothing, and so does a press elsewhere", async () => {
  const { sent, work } = show(procedureAt("look"));
  const answers = await screen.findByTestId("answers");
  act(() => void work().begin());
  fireEvent.keyDown(answers, { key: "Escape", code: "Escape" });
  expect(answers.dataset.open).toBe("false");
  act(() => void work().begin());
  const elsewhere = screen.getByText("elsewhere");
  act(() => elsewhere.focus());
  expect(answers.dataset.open).toBe("false");
  expect(document.activeElement, "focus stays where it was put").toBe(elsewhere);
  expect(sent).toEqual([]);
});

test("a step is skipped with a reason and not without one", async () => {
  const { sent, work } = show(procedureAt("tell"), { after: procedureAt("hold") });
  await screen.findByTestId("procedure");
  act(() => expect(work().askReason()).toBe(true));
  const form = screen.getByTestId("skip-step");
  fireEvent.submit(form);
  expect(within(form).getByRole("alert").textContent).toBe(ko["sop.needReason"]);
  fireEvent.change(within(form).getByLabelText(ko["act.reason"]), { target: { value: " 112가 먼저 알았음 " } });
  fireEvent.submit(form);
  await vi.waitFor(() => expect(sent).toEqual([{ step: "tell", skip: true, reason: "112가 먼저 알았음" }]));
  await vi.waitFor(() => expect(screen.queryByTestId("skip-step")).toBeNull());
});

test("whom nobody has answered is said with its age; one press says that they have", async () => {
  const { sent, work } = show(procedureAt("hold", [toldOf(151)]), { after: procedureAt("hold", [toldOf(151, { acknowledgedAt: "2026-12-01T12:03:00.000000Z", acknowledgedBy: "user:u1" })]) });
  const told = await screen.findByTestId("told");
  expect(told.dataset.silent).toBe("true");
  expect(told.textContent).toMatch(/응답 없음 2:3\d/);
  act(() => expect(work().heard()).toBe(true));
  await vi.waitFor(() => expect(screen.getByTestId("told").textContent).toContain(words("sop.heardAt", { at: "21:03:00", who: "한가람" })));
  expect(sent).toEqual([{ step: "tell" }]);
  act(() => expect(work().heard(), "nobody is silent any more").toBe(false));
});

test("an agency that has its time still is waited for, one without a time is not", async () => {
  const shown = async (told: Told) => {
    show(procedureAt("hold", [told]));
    return screen.findByTestId("told");
  };
  expect((await shown(toldOf(30))).textContent).toContain("응답 대기");
  cleanup();
  const line = await shown(toldOf(999, { silentAfterS: 0 }));
  expect(line.textContent).not.toMatch(/응답 없음|응답 대기/);
});

test("the time of a step runs down, and then says how late it is", async () => {
  const due = (seconds: number): ProcedureNow => {
    const procedure = procedureAt("tell");
    const dueAt = new Date(Date.now() + seconds * 1000).toISOString();
    return { ...procedure, steps: procedure.steps.map((step) => (step.key === "tell" ? { ...step, dueAt } : step)) };
  };
  show(due(90));
  expect((await screen.findByRole("timer")).textContent).toMatch(/남은 시간 1:(29|30|31)/);
  cleanup();
  show(due(-15));
  expect((await screen.findByRole("timer")).className).toContain("late");
});

test("somebody else's step is read anew and said; what is new is read with each frame", async () => {
  const { server, state, work, tell } = show(procedureAt("tell"), { refuses: [409, { type: "/problems/not_current", title: "", status: 409, detail: "" }] });
  await screen.findByTestId("procedure");
  state.now = procedureAt("hold");
  act(() => void work().begin());
  await screen.findByText(ko["sop.notCurrent"]);
  expect(stepOf("hold").dataset.state).toBe("current");
  state.now = procedureAt(null);
  tell({ ...acting });
  await screen.findByText(ko["sop.over"]);
  expect(server.count(`GET ${path}`)).toBe(3);
});

test("what nobody has received has none, and is not asked for", async () => {
  const { server, work } = show(null, { of: incident({}) });
  expect(screen.getByTestId("no-procedure").textContent).toBe(ko["sop.notBegun"]);
  expect(server.calls).toEqual([]);
  expect(work().begin()).toBe(false);
  cleanup();
  show(null, { of: incident({ state: "received" }) });
  expect((await screen.findByTestId("no-procedure")).textContent).toBe(ko["sop.notBegun"]);
});

test("who only looks on, and who looks at what has ended, is offered nothing", async () => {
  const looks = show(procedureAt("tell", [toldOf(200)]), { role: "official" });
  await screen.findByTestId("procedure");
  expect(screen.queryByTestId("step-do")).toBeNull();
  expect(screen.queryByTestId("heard")).toBeNull();
  expect(looks.work().begin()).toBe(false);
  cleanup();
  show(procedureAt("tell"), { of: incident({ state: "closed" }) });
  await screen.findByTestId("procedure");
  expect(screen.queryByTestId("step-skip")).toBeNull();
});
