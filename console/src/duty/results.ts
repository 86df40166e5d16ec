import type { Names, Results, ShiftResult } from "../api/types";
import type { MessageKey, Translate } from "../ui/i18n";
import { clockOf } from "./duty";

export type Cell = string | number;
/** A table as it stands on the screen, on paper and in the workbook. */
export interface Table {
  name: string;
  columns: string[];
  rows: Cell[][];
  /** What all rows come to; as many cells as columns. */
  total: Cell[] | null;
}

interface Column<T> {
  title: MessageKey;
  cell: (row: T) => Cell;
  /** Adds up. */
  sums?: boolean;
}

type Name = (names: Names | undefined, code: string) => string;
interface Words {
  text: Translate;
  name: Name;
  crews: readonly { key: string; name: Names }[];
  kinds: readonly { key: string; name: Names }[];
}

const hours = (minutes: number): number => Math.round(minutes / 6) / 10;
const named = (list: Words["crews"], key: string, name: Name): string => name(list.find((one) => one.key === key)?.name, key);
/** Mean seconds of those that ended; blank where none did. */
export const meanSeconds = ({ handlingSeconds, ended }: ShiftResult["work"]): Cell => (ended > 0 ? Math.round(handlingSeconds / ended) : "");

const shiftColumns = ({ name, crews, kinds }: Words): Column<ShiftResult>[] => [
  { title: "results.day", cell: (row) => row.day },
  { title: "results.shift", cell: (row) => `${named(kinds, row.kind, name)} ${clockOf(row.from)}–${clockOf(row.to)}` },
  { title: "results.crew", cell: (row) => named(crews, row.crew, name) },
  { title: "results.planned", cell: (row) => row.planned, sums: true },
  { title: "results.came", cell: (row) => row.came, sums: true },
  { title: "results.late", cell: (row) => row.late, sums: true },
  { title: "results.absent", cell: (row) => row.absent, sums: true },
  { title: "results.calledIn", cell: (row) => row.calledIn, sums: true },
  { title: "results.hours", cell: (row) => hours(row.workedMinutes), sums: true },
  { title: "results.passes", cell: (row) => row.passes, sums: true },
  { title: "results.lit", cell: (row) => row.camerasLit },
  { title: "results.found", cell: (row) => row.found, sums: true },
  { title: "results.opened", cell: (row) => row.work.opened, sums: true },
  { title: "results.urgent", cell: (row) => row.work.urgent, sums: true },
  { title: "results.received", cell: (row) => row.work.received, sums: true },
  { title: "results.inTime", cell: (row) => row.work.receivedInTime, sums: true },
  { title: "results.ended", cell: (row) => row.work.ended, sums: true },
  { title: "results.false", cell: (row) => row.work.asFalse, sums: true },
  { title: "results.handling", cell: (row) => meanSeconds(row.work) },
  { title: "results.alarms", cell: (row) => row.work.alarms, sums: true },
];

type PersonResult = NonNullable<Results["persons"]>[number];

const personColumns = ({ text, name }: Words): Column<PersonResult>[] => [
  { title: "results.person", cell: (row) => name(row.name ?? undefined, row.user) },
  { title: "results.role", cell: (row) => text(`role.${row.role}` as MessageKey) },
  { title: "results.shifts", cell: (row) => row.shifts, sums: true },
  { title: "results.hours", cell: (row) => hours(row.workedMinutes), sums: true },
  { title: "results.late", cell: (row) => row.late, sums: true },
  { title: "results.passes", cell: (row) => row.passes, sums: true },
  { title: "results.found", cell: (row) => row.findings, sums: true },
];

function tableOf<T>(title: string, columns: Column<T>[], rows: readonly T[], text: Translate): Table {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const sum = (at: number): number => Math.round(cells.reduce((all, row) => all + Number(row[at]), 0) * 10) / 10;
  return {
    name: title,
    columns: columns.map((column) => text(column.title)),
    rows: cells,
    total: cells.length > 1 ? columns.map((column, at) => (at === 0 ? text("results.total") : column.sums ? sum(at) : "")) : null,
  };
}

function findingsTable(results: Results, { text, name }: Words): Table {
  const counts = new Map<string, { title: string; count: number }>();
  for (const shift of results.shifts) {
    for (const { kind, name: names, count } of shift.findings) {
      const known = counts.get(kind);
      counts.set(kind, { title: name(names ?? undefined, kind), count: (known?.count ?? 0) + count });
    }
  }
  const columns: Column<{ title: string; count: number }>[] = [
    { title: "results.kind", cell: (row) => row.title },
    { title: "results.count", cell: (row) => row.count, sums: true },
  ];
  return tableOf(text("results.findings"), columns, [...counts.values()], text);
}

/** The tables of a period; persons where the server tells of them. */
export function tablesOf(results: Results, words: Words): Table[] {
  const { text } = words;
  const tables = [tableOf(text("results.byShift"), shiftColumns(words), results.shifts, text), findingsTable(results, words)];
  return results.persons ? [...tables, tableOf(text("results.byPerson"), personColumns(words), results.persons, text)] : tables;
}

/** A cell that a spreadsheet would run is text: a name may begin with anything (OWASP, CSV injection). */
const safe = (cell: Cell): Cell => (typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell);

/** A workbook of these tables, a sheet each, under one heading. The writer is loaded when it is needed. */
export async function workbookOf(heading: string, tables: readonly Table[]): Promise<Blob> {
  const { default: write } = await import("write-excel-file/universal");
  const bold = (value: string) => ({ value, fontWeight: "bold" as const });
  const cellOf = (value: Cell) => ({ value: safe(value) });
  return write(
    tables.map((table) => ({
      sheet: table.name.slice(0, 31),
      stickyRowsCount: 3,
      columns: table.columns.map((title, at) => ({ width: Math.max(8, ...[title, ...table.rows.map((row) => String(row[at]))].map((each) => each.length * 1.6 + 2)) })),
      data: [[bold(heading)], [], table.columns.map(bold), ...table.rows.map((row) => row.map(cellOf)), ...(table.total ? [table.total.map((value) => (typeof value === "number" ? { value, fontWeight: "bold" as const } : bold(value)))] : [])],
    })),
  ).toBlob();
}
