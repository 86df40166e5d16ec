// @vitest-environment node
import { unzipSync } from "fflate"; // Of write-excel-file.
import { expect, test } from "vitest";

import type { Results, ShiftResult } from "../api/types";
import { translate } from "../ui/i18n";
import type { MessageKey, Params } from "../ui/i18n";
import { spanOf } from "./Results";
import { meanSeconds, tablesOf, workbookOf } from "./results";

const names = (ko: string) => ({ ko, en: ko });
const work = (change: Partial<ShiftResult["work"]> = {}): ShiftResult["work"] => ({ opened: 4, urgent: 1, received: 3, receivedInTime: 2, ended: 2, asTrue: 1, asFalse: 1, handlingSeconds: 301, alarms: 5, ...change });
const shift = (id: string, change: Partial<ShiftResult> = {}): ShiftResult => ({
  id, day: "2026-12-01", kind: "day", crew: "A", from: "2026-11-30T22:00:00.000000Z", to: "2026-12-01T10:00:00.000000Z", planned: 4, came: 3, late: 1, absent: 1, calledIn: 0, workedMinutes: 2165,
  passes: 40, camerasLit: 12, found: 2, findings: [{ kind: "fire", name: names("화재·연기"), count: 2 }, { kind: "old", name: null, count: 0 }], work: work(), ...change,
});
const results = (change: Partial<Results> = {}): Results => ({ from: "2026-12-01", days: 1, shifts: [shift("a"), shift("b", { passes: 2, work: work({ ended: 0, handlingSeconds: 0 }) })], persons: null, ...change });
const words = { text: (key: MessageKey, params?: Params) => translate("ko", key, params), name: (each: { ko: string } | undefined, code: string) => each?.ko ?? code, crews: [{ key: "A", name: names("1조") }], kinds: [{ key: "day", name: names("주간") }] };

test("a row for each shift, a total of what adds up, and no mean of nothing", () => {
  const [table, findings] = tablesOf(results(), words);
  const at = (title: string) => table!.columns.indexOf(title);
  expect(table!.rows[0]!.slice(0, 3)).toEqual(["2026-12-01", "주간 07:00–19:00", "1조"]);
  expect(table!.rows[0]![at("근무시간")]).toBe(36.1);
  expect(table!.rows[0]![at("평균 처리(초)")]).toBe(151);
  expect(table!.rows[1]![at("평균 처리(초)")]).toBe("");
  expect(table!.total![at("순찰 확인")]).toBe(42);
  expect(table!.total![at("근무시간")]).toBe(72.2);
  expect(table!.total![at("표출 카메라")], "one camera in two shifts is one").toBe("");
  expect(findings!.rows).toEqual([["화재·연기", 4], ["old", 0]]);
  expect(tablesOf(results({ shifts: [shift("a")] }), words)[0]!.total).toBeNull();
  expect(meanSeconds(work({ ended: 0 }))).toBe("");
});

test("persons stand where the server tells of them", () => {
  expect(tablesOf(results(), words)).toHaveLength(2);
  const persons = [{ user: "u1", name: names("한가람"), role: "operator", shifts: 2, late: 0, workedMinutes: 1440, passes: 9, findings: 1 }, { user: "u2", name: null, role: "police", shifts: 1, late: 1, workedMinutes: 30, passes: 0, findings: 0 }];
  const table = tablesOf(results({ persons }), words)[2]!;
  expect(table.rows[0]).toEqual(["한가람", "관제요원", 2, 24, 0, 9, 1]);
  expect(table.rows[1]![0]).toBe("u2");
  expect(table.total!.slice(2)).toEqual([3, 24.5, 1, 9, 1]);
});

test("the workbook has a sheet for each table, numbers as numbers, and runs nothing that somebody is called", async () => {
  const persons = [{ user: "u1", name: names("=1+1"), role: "operator", shifts: 2, late: 0, workedMinutes: 60, passes: 0, findings: 0 }];
  const tables = tablesOf(results({ persons }), words);
  const files = unzipSync(new Uint8Array(await (await workbookOf("일일 관제실적 2026-12-01", tables)).arrayBuffer()));
  const text = (name: string) => new TextDecoder().decode(files[name]);
  const all = Object.keys(files).map(text).join("\n");
  for (const each of ["근무별 실적", "관제 중 발견", "개인별 실적", "일일 관제실적 2026-12-01", "주간 07:00–19:00", "'=1+1"]) expect(all).toContain(each);
  expect(Object.keys(files).filter((name) => /worksheets\/sheet\d/.test(name))).toHaveLength(3);
  expect(text("xl/worksheets/sheet1.xml")).toContain("<v>36.1</v>");
  expect(all).not.toContain("<f>");
});

test("a month is its whole month", () => {
  expect(spanOf("day", "2026-12-31")).toEqual(["2026-12-31", 1]);
  expect(spanOf("month", "2026-12-31")).toEqual(["2026-12-01", 31]);
  expect(spanOf("month", "2028-02-10")).toEqual(["2028-02-01", 29]);
});
