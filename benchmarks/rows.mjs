// A figure's rows: collected, then printed as a table or as one JSON object a line.
import os from 'node:os';

/** The value that `share` of them do not exceed: the nearest rank, never an interpolation. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

const rounded = (value) => Math.round(value * 100) / 100;

export class Rows {
  constructor() { this.rows = []; }

  /** The p99 of `values` for one subject; `target` is printed beside and judges nothing. */
  p99(figure, subject, values, target) {
    if (values.length === 0) throw new Error(`${figure} ${subject}: nothing was measured`);
    this.rows.push({ figure, subject, target, median: rounded(percentile(values, 0.5)),
      row: { figure, subject, value: rounded(percentile(values, 0.99)), unit: 'ms', n: values.length,
        min: rounded(Math.min(...values)), max: rounded(Math.max(...values)) } });
  }

  print(json) {
    if (json) {
      for (const { row } of this.rows) console.log(JSON.stringify(row));
      return;
    }
    const line = (...cells) => console.log(cells.map((cell, at) => (at < 2 ? String(cell).padEnd(20) : String(cell).padStart(10))).join(''));
    line('figure', 'subject', 'p99 ms', 'target', 'median', 'min', 'max', 'n');
    for (const { row, target, median } of this.rows) {
      line(row.figure, row.subject, row.value, target, median, row.min, row.max, row.n);
    }
    console.log(`${os.cpus().length} cores (${os.cpus()[0].model.trim()}), load average ${os.loadavg().map((each) => each.toFixed(2)).join(' ')}`);
  }
}
