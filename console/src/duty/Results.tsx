import { useCallback, useEffect, useMemo, useState } from "react";

import type { Api } from "../api/client";
import type { Duty, Results as Figures } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { kstDateTime } from "../ui/time";
import { today } from "./duty";
import { tablesOf, workbookOf, type Table } from "./results";

interface Props {
  api: Api;
  duty: Duty;
  onClose: () => void;
}

type Period = "day" | "month";

/** The results of a day or a month: on the screen, printed (a browser prints to PDF too), as a workbook. */
export function Results({ api, duty, onClose }: Props) {
  const text = useText();
  const name = useName();
  const now = useNow();
  const [period, setPeriod] = useState<Period>("day");
  const [day, setDay] = useState(() => today(Date.now()));
  const [figures, setFigures] = useState<Figures | null>(null);
  const [problem, setProblem] = useState("");
  const [from, days] = spanOf(period, day);

  const read = useCallback(async () => {
    const answer = await api.results(from, days);
    setProblem(answer.ok ? "" : text("results.failed", { detail: answer.error.detail || String(answer.error.status) }));
    setFigures(answer.ok ? answer.value : null);
  }, [api, from, days, text]);
  useEffect(() => void read(), [read]);

  const tables = useMemo(() => (figures ? tablesOf(figures, { text, name, crews: duty.crews, kinds: duty.kinds }) : []), [figures, text, name, duty.crews, duty.kinds]);
  const heading = text(period === "day" ? "results.ofDay" : "results.ofMonth", { day: period === "day" ? from : from.slice(0, 7) });
  async function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await workbookOf(heading, tables));
    link.download = `${heading}.xlsx`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  return (
    <Dialog title={text("results.title")} onClose={onClose} wide>
      <div className="duty results" data-testid="results" data-first tabIndex={-1}>
        <div className="results-form">
          <label>{text("results.date")} <input type="date" value={day} max={today(now)} onChange={(event) => event.target.value && setDay(event.target.value)} /></label>
          {(["day", "month"] as const).map((each) => (
            <button key={each} type="button" aria-pressed={period === each} onClick={() => setPeriod(each)}>{text(`results.${each}ly`)}</button>
          ))}
          <button type="button" disabled={tables.length === 0} onClick={() => void save()}>{text("results.xlsx")}</button>
          <button type="button" disabled={tables.length === 0} onClick={() => window.print()}>{text("results.print")}</button>
        </div>
        {problem && <p role="alert" className="form-error">{problem}</p>}
        <div className="print-page">
          <h3>{heading}</h3>
          <p className="dim small">{text("results.asOf", { at: kstDateTime(now) })}</p>
          {tables.map((table) => <TablePart key={table.name} table={table} />)}
          {figures?.shifts.length === 0 && <p className="note">{text("results.none")}</p>}
        </div>
      </div>
    </Dialog>
  );
}

/** The day alone, or its whole month. */
export function spanOf(period: Period, day: string): [from: string, days: number] {
  if (period === "day") return [day, 1];
  const [year, month] = day.split("-").map(Number) as [number, number];
  return [`${day.slice(0, 7)}-01`, new Date(Date.UTC(year, month, 0)).getUTCDate()];
}

function TablePart({ table }: { table: Table }) {
  if (table.rows.length === 0) return null;
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label={table.name}>
      <table>
        <caption>{table.name}</caption>
        <thead><tr>{table.columns.map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>{row.map((cell, column) => <td key={column} className={typeof cell === "number" ? "number" : ""}>{cell}</td>)}</tr>
          ))}
        </tbody>
        {table.total && <tfoot><tr>{table.total.map((cell, column) => <td key={column} className={typeof cell === "number" ? "number" : ""}>{cell}</td>)}</tr></tfoot>}
      </table>
    </div>
  );
}
