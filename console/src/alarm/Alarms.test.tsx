// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { fail, ok } from "../api/result";
import type { Alarm, Site } from "../api/types";
import { ko } from "../ui/ko";
import { calling, fresh, worst } from "./alarm";
import { Alarms } from "./Alarms";

afterEach(cleanup);

const alarm = (change: Partial<Alarm> = {}): Alarm => ({
  id: "a1", source: "site:11440", rule: "link.silent", name: { ko: "연계가 끊겼습니다", en: "A link is silent" }, priority: 2, detail: "11440", parent: null, calls: true, active: true,
  acked: false, suppressed: false, hides: 0, shelved: "unshelved", shelvedUntil: null, shelveMinutes: 720, activeAt: new Date().toISOString(), clearedAt: null, ackedAt: null, ackedBy: null, ...change,
});
const sites = [{ id: "11440", name: { ko: "마포구", en: "Mapo" }, joined: true, online: false }] as Site[];

function show(alarms: Alarm[], refuses = "") {
  const done = async () => (refuses ? fail(409, refuses) : ok({}));
  const api = { ackAlarm: vi.fn(done), shelveAlarm: vi.fn(done), unshelveAlarm: vi.fn(done) };
  const onChange = vi.fn();
  render(<Alarms api={api as unknown as Api} alarms={alarms} sites={sites} onChange={onChange} onClose={() => undefined} />);
  return { api, onChange };
}

test("an alarm says what, where and how bad in words, and is seen with one press", async () => {
  const { api, onChange } = show([alarm()]);
  expect(screen.getByText("연계가 끊겼습니다")).toBeTruthy();
  expect(screen.getByText(/마포구/)).toBeTruthy();
  expect(screen.getByText(`◆ ${ko["alarm.priority.2"]}`)).toBeTruthy();
  fireEvent.click(screen.getByText(ko["alarm.ack"]));
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1));
  expect(api.ackAlarm).toHaveBeenCalledExactlyOnceWith("a1");
});

test("it is put away with a reason alone, for no longer than its rule says", async () => {
  const { api } = show([alarm({ shelveMinutes: 30 })]);
  fireEvent.click(screen.getByText(ko["alarm.shelve"]));
  const put = screen.getAllByText(ko["alarm.shelve"])[1] as HTMLElement;
  fireEvent.click(put);
  expect(screen.getByRole("alert").textContent).toBe(ko["dead.needReason"]);
  expect([...(screen.getByRole("combobox") as HTMLSelectElement).options].map((option) => option.value)).toEqual(["5", "15", "30"]);
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "회선 점검" } });
  fireEvent.change(screen.getByRole("combobox"), { target: { value: "15" } });
  fireEvent.click(put);
  await vi.waitFor(() => expect(api.shelveAlarm).toHaveBeenCalledExactlyOnceWith("a1", 15, "회선 점검"));
});

test("what cannot be put away offers no shelf, and a refusal is shown", async () => {
  show([alarm({ shelveMinutes: 0 })], "the alarm is acknowledged already");
  expect(screen.queryByText(ko["alarm.shelve"])).toBeNull();
  fireEvent.click(screen.getByText(ko["alarm.ack"]));
  expect(await screen.findByText(ko["alarm.refused"].replace("{detail}", "the alarm is acknowledged already"))).toBeTruthy();
});

test("what was put away is taken out again, what is over says so", async () => {
  const { api } = show([alarm({ shelved: "timed", calls: false }), alarm({ id: "a2", active: false, acked: true, calls: false, shelveMinutes: 0 })]);
  fireEvent.click(screen.getByText(ko["alarm.unshelve"]));
  await vi.waitFor(() => expect(api.unshelveAlarm).toHaveBeenCalledExactlyOnceWith("a1"));
  expect(screen.getByText(ko["alarm.over"])).toBeTruthy();
});

test("only what calls anew has a sound, and the worst is the strip's", () => {
  const seen = alarm({ id: "a2", calls: false });
  expect(fresh([], [alarm(), seen]).map((each) => each.id)).toEqual(["a1"]);
  expect(fresh([alarm()], [alarm()])).toEqual([]);
  expect(fresh([seen], [alarm({ id: "a2" })]).map((each) => each.id), "it calls again").toEqual(["a2"]);
  expect(worst([alarm({ priority: 3 }), alarm({ priority: 1 }), alarm({ priority: 2 })])).toBe(1);
  expect(worst([seen])).toBeNull();
  expect(calling([seen, alarm()])).toHaveLength(1);
});
