// Curves over time, one plot a unit; the line is the cursor, and a click moves it.

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type Curve, type Run, safe } from "./run";
import { clock, cursor, upper } from "./state";

interface Plot { title: string; unit: string; curves: { name: string; ps: number[]; values: number[]; connected: boolean }[] }
const BINS = 160;

/** Curves of one place, subject and plot; what is busy becomes utilisation. */
export function plotsOf(run: Run): Plot[] {
  const found = new Map<string, Plot>();
  for (const curve of run.curves) {
    const text = (one: number): string => run.strings[one] ?? "";
    const [place, subject, plot, unit] = [text(curve.place), text(curve.subject), text(curve.plot), text(curve.unit)];
    const busy = plot === "carrier";
    const kind = busy ? "utilisation" : plot === "measured" ? text(curve.curve) : plot;
    const title = [place, busy ? "" : subject].filter(Boolean).join(", ") + `: ${kind}`;
    const mine = found.get(title) ?? { title, unit: busy ? "%" : unit, curves: [] };
    mine.curves.push(busy
      ? { name: subject ? `from ${subject}` : "busy", ...utilisation(curve), connected: true }
      : { name: text(curve.curve), ps: curve.ps, values: curve.values, connected: curve.connected });
    found.set(title, mine);
  }
  return [...found.values()];
}

/** How much of each of `BINS` stretches between the first point and the last the cable was busy. */
function utilisation(curve: Curve): { ps: number[]; values: number[] } {
  const [begin, end] = [curve.ps[0] ?? 0, curve.ps.at(-1) ?? 0];
  const width = Math.max((end - begin) / BINS, 1);
  const at = (ps: number): number => curve.values[upper(curve.ps, ps) - 1] ?? 0;
  const ps: number[] = [];
  const values: number[] = [];
  for (let bin = 0; bin < BINS; bin++) {
    const from = begin + bin * width;
    ps.push(Math.round(from));
    values.push(Math.min((100 * (at(from + width) - at(from))) / width, 100));
  }
  return { ps, values };
}

/** One row of instants for all curves, as uPlot wants it; a value stays until the next. */
function aligned(plot: Plot): uPlot.AlignedData {
  const instants = [...new Set(plot.curves.flatMap((curve) => curve.ps))].sort((a, b) => a - b);
  const columns = plot.curves.map((curve) => {
    const places = new Map(curve.ps.map((ps, at) => [ps, curve.values[at] ?? null]));
    let last: number | null = null;
    return instants.map((ps) => {
      const value = places.get(ps);
      if (value !== undefined) last = value;
      return value ?? (curve.connected ? last : null);
    });
  });
  return [instants.map((ps) => ps / 1e9), ...columns] as uPlot.AlignedData;
}

const COLOURS = ["--c1", "--c2", "--c3", "--c4", "--c5"];

function Chart({ plot }: { plot: Plot }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const style = getComputedStyle(element);
    const ink = style.getPropertyValue("--ink");
    const grid = { stroke: style.getPropertyValue("--rule"), width: 1 };
    const axis = { stroke: ink, grid, ticks: grid };
    const made = new uPlot({
      width: element.clientWidth, height: 220,
      scales: { x: { time: false } },
      axes: [{ ...axis, label: "ms" }, { ...axis, label: plot.unit, size: 64 }],
      series: [{ label: "ms" }, ...plot.curves.map((curve, at) => ({
        label: curve.name, stroke: style.getPropertyValue(COLOURS[at % COLOURS.length] ?? "--c1"), width: 1.5,
        ...(curve.connected ? { paths: uPlot.paths.stepped?.({ align: 1 }) } : { paths: () => null, points: { show: true, size: 7 } }),
      }))],
      cursor: { drag: { x: true, y: false } },
      hooks: {
        draw: [(one) => {
          const x = one.valToPos(cursor.value / 1e9, "x", true);
          if (x < one.bbox.left || x > one.bbox.left + one.bbox.width) return;
          one.ctx.save();
          one.ctx.strokeStyle = style.getPropertyValue("--accent");
          one.ctx.lineWidth = 2;
          one.ctx.beginPath();
          one.ctx.moveTo(x, one.bbox.top);
          one.ctx.lineTo(x, one.bbox.top + one.bbox.height);
          one.ctx.stroke();
          one.ctx.restore();
        }],
      },
    } as uPlot.Options, aligned(plot), element);
    made.over.addEventListener("click", (event) => { cursor.value = Math.max(Math.round(made.posToVal(event.offsetX, "x") * 1e9), 0); });
    chart.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: 220 }));
    resized.observe(element);
    return () => { resized.disconnect(); made.destroy(); chart.current = null; };
  }, [plot]);
  useSignalEffect(() => { void cursor.value; chart.current?.redraw(false); });
  const now = plot.curves.flatMap((curve) => {
    const value = curve.values[upper(curve.ps, cursor.value) - 1];
    return value === undefined ? [] : [`${curve.name} ${value.toLocaleString("en")} ${plot.unit}`];
  }).join(", ");
  return (
    <figure class="plot" data-plot={plot.title}>
      <figcaption>{safe(plot.title)} <span class="count" data-testid="now">at {clock(cursor.value)}: {safe(now) || "nothing yet"}</span></figcaption>
      <div ref={place} role="img" aria-label={safe(`${plot.title}, in ${plot.unit}`)} />
    </figure>
  );
}

const AT_ONCE = 4;

export function Plots({ run }: { run: Run }) {
  const plots = useMemo(() => plotsOf(run), [run]);
  const wanted = useSignal("");
  const many = useSignal(AT_ONCE);
  const shown = plots.filter((plot) => plot.title.toLowerCase().includes(wanted.value.toLowerCase()));
  return (
    <section class="plots" aria-label="Plots">
      <div class="filters">
        <input type="search" aria-label="which plots" placeholder="windows, round trip, yellow, pc …" value={wanted.value} onInput={(event) => { wanted.value = event.currentTarget.value; many.value = AT_ONCE; }} />
        <span class="count">{shown.length} of {plots.length} plots; drag to zoom, double-click to see all</span>
      </div>
      <div class="scroller" tabIndex={0} role="group" aria-label="plots">
        {shown.slice(0, many.value).map((plot) => <Chart key={plot.title} plot={plot} />)}
        {shown.length > many.value && <button type="button" onClick={() => { many.value += AT_ONCE; }}>more</button>}
      </div>
    </section>
  );
}
