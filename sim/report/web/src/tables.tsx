// The tables of the chosen host or box, as they were at the cursor.

import { useMemo } from "preact/hooks";
import { type Run, type Table, safe } from "./run";
import { box, cursor, duration, upper } from "./state";

type Values = (string | number | boolean | null)[] | null;
/** Of a place: each row's changes, in the order of time. */
type Rows = Map<number, { ps: number[]; values: Values[] }>;

function rowsOf(table: Table, run: Run, place: string): Rows {
  const rows: Rows = new Map();
  for (const [ps, where, key, values] of table.changes) {
    const name = run.strings[where] ?? "";
    if (name !== place && !name.startsWith(`${place}.`)) continue;
    const row = rows.get(key) ?? { ps: [], values: [] };
    row.ps.push(ps);
    row.values.push(values);
    rows.set(key, row);
  }
  return rows;
}

function text(value: string | number | boolean | null | undefined, unit: string, kind: Table["columns"][number]["clock"]): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") {
    if (kind === "left") return value > cursor.value ? duration(value - cursor.value) : "";
    if (kind === "age") return duration(cursor.value - value);
    if (unit === "ns") return duration(value * 1000);
    return value.toLocaleString("en");
  }
  return safe(value);
}

export function Tables({ run }: { run: Run }) {
  const place = box.value;
  const tables = useMemo(() => (run.tables ?? []).map((table) => ({ table, rows: rowsOf(table, run, place) })).filter(({ rows }) => [...rows.values()].some((row) => row.values.some((values) => values !== null))), [run, place]);
  if (!place) return <section class="tables"><p class="missing">Click a host or a box: its tables at the cursor.</p></section>;
  if (tables.length === 0) return <section class="tables"><p class="missing">No table of {safe(place)} is recorded.</p></section>;
  return (
    <section class="tables" aria-label={`Tables of ${safe(place)}`}>
      {tables.map(({ table, rows }) => {
        const now = [...rows.values()].map((row) => row.values[upper(row.ps, cursor.value) - 1]).filter((values): values is NonNullable<Values> => values !== undefined && values !== null);
        return (
          <details key={table.name} open data-table={table.name}>
            <summary><b>{safe(place)}: {table.name}</b> <span class="source">{table.meaning}</span></summary>
            {now.length === 0 ? <p class="missing">empty now</p> : (
              <div class="wide" tabIndex={0} role="group" aria-label={`rows of ${table.name}`}><table>
                <thead><tr>{table.columns.map((column) => <th key={column.name} scope="col" title={column.meaning}>{column.name}</th>)}</tr></thead>
                <tbody>{now.map((values, number) => <tr key={number}>{table.columns.map((column, at) => <td key={column.name} class={column.number ? "number" : ""}>{text(values[at], column.unit, column.clock)}</td>)}</tr>)}</tbody>
              </table></div>
            )}
          </details>
        );
      })}
    </section>
  );
}
