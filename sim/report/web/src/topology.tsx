// The drawing of the network, with the signals on its cables at the cursor, at their real speed.

import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { BOX, type Drawing, type Line, draw } from "./layout";
import { type Run, safe } from "./run";
import { box, cursor, duration, lower, upper } from "./state";

/** What an end transmits: begins and ends (ps), each in the order of time. */
type Sent = Map<string, { begins: number[]; ends: number[] }>;
/** A stretch of a line with a signal on it, from 0 to 1 along it. */
export interface Stretch { from: number; to: number; sender: string }
/** A fragment's or collision's trace stays visible for this long after it was reported. */
const LOUD_PS = 6_400_000;

function transmissions(run: Run): Sent {
  const sent: Sent = new Map();
  for (const [where, begin, end] of run.transmissions) {
    const name = run.strings[where] ?? "";
    const mine = sent.get(name) ?? { begins: [], ends: [] };
    mine.begins.push(begin);
    mine.ends.push(end < 0 ? run.end : end);
    sent.set(name, mine);
  }
  return sent;
}

/** The signals of `sender` that are on a path of `delay` ps at `now`: how far (ps) their tails and fronts have come. */
function underWay(sent: Sent, sender: string, delay: number, now: number): [number, number][] {
  const mine = sent.get(sender);
  if (mine === undefined) return [];
  const found: [number, number][] = [];
  for (let at = lower(mine.ends, now - delay); at < upper(mine.begins, now); at++) {
    found.push([Math.max(now - (mine.ends[at] ?? 0), 0), Math.min(now - (mine.begins[at] ?? 0), delay)]);
  }
  return found;
}

export function stretches(line: Line, sent: Sent, now: number): Stretch[] {
  const whole = (line.length_mm * line.delay_fs_per_mm) / 1000;
  const found: Stretch[] = [];
  if (line.kind === "cable" && line.ends.length === 2) {
    for (const [end, sender] of line.ends.entries()) {
      for (const [tail, front] of underWay(sent, sender, whole, now)) {
        const share: [number, number] = whole > 0 ? [tail / whole, front / whole] : [0, 1];
        found.push(end === 0 ? { from: share[0], to: share[1], sender } : { from: 1 - share[1], to: 1 - share[0], sender });
      }
    }
  }
  if (line.kind === "coax") {
    for (const tap of line.taps) {
      const at = tap.at_mm / line.length_mm;
      for (const [length, direction] of [[1 - at, 1], [at, -1]] as const) {
        for (const [tail, front] of underWay(sent, tap.end, length * whole, now)) {
          const [near, far] = [at + (direction * tail) / whole, at + (direction * front) / whole];
          found.push({ from: Math.min(near, far), to: Math.max(near, far), sender: tap.end });
        }
      }
    }
  }
  return found.filter((one) => one.to > one.from);
}

/** Where signals of two senders are at the same place. */
export function collisions(found: readonly Stretch[]): Stretch[] {
  const both: Stretch[] = [];
  for (const [number, one] of found.entries()) {
    for (const other of found.slice(number + 1)) {
      const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
      if (one.sender !== other.sender && to > from) both.push({ from, to, sender: `${one.sender} and ${other.sender}` });
    }
  }
  return both;
}

function loads(run: Run): Map<string, number> {
  const busy = new Map<string, number>();
  for (const curve of run.curves) {
    if (run.strings[curve.plot] !== "carrier") continue;
    const name = run.strings[curve.place] ?? "";
    const active = (curve.ps.at(-1) ?? 0) - (curve.ps[0] ?? 0);
    if (active > 0) busy.set(name, Math.max(busy.get(name) ?? 0, Math.min((curve.values.at(-1) ?? 0) / active, 1)));
  }
  return busy;
}

export function Topology({ run }: { run: Run }) {
  const network = run.manifest?.network;
  const drawing = useMemo<Drawing | null>(() => (network === undefined ? null : draw(network)), [run]);
  const sent = useMemo(() => transmissions(run), [run]);
  const load = useMemo(() => loads(run), [run]);
  const reported = useComputed(() => {
    const names = new Set<string>();
    for (const [where, ps] of run.collisions) if (ps <= cursor.value && cursor.value < ps + LOUD_PS) names.add(run.strings[where] ?? "");
    return names;
  });
  if (drawing === null) return <section class="topology"><p class="missing">What is in the network is not recorded in this folder.</p></section>;
  return (
    <section class="topology" aria-label="Network">
      <svg viewBox={`0 0 ${drawing.width} ${drawing.height}`} role="group" aria-label="drawing of the network" style={{ maxWidth: `${drawing.width * 1.4}px`, minWidth: `${drawing.width * 0.6}px` }}>
        {drawing.lines.map((line) => <Cable key={`${line.kind} ${line.name}`} line={line} sent={sent} load={load.get(line.name) ?? 0} />)}
        {drawing.nodes.map((node) => (
          <g
            key={node.name} class={`node ${node.kind}`} role="button" tabIndex={0} data-node={node.name}
            aria-pressed={box.value === node.name}
            transform={`translate(${node.x - BOX.width / 2} ${node.y - BOX.height / 2})`}
            onClick={() => { box.value = box.value === node.name ? "" : node.name; }}
            onKeyDown={(event) => { if (event.key === "Enter" || event.key === " ") { box.value = node.name; event.preventDefault(); } }}
          >
            <rect width={BOX.width} height={BOX.height} rx={node.kind === "host" ? 6 : 14} class={reported.value.has(node.name) ? "loud" : ""} />
            <text x={BOX.width / 2} y={node.label.length > 1 ? 18 : 26} class="name">{safe(cut(node.label[0] ?? "", 14))}</text>
            {node.label.length > 1 && <text x={BOX.width / 2} y={34} class="detail">{safe(cut(node.label[1] ?? "", 19))}</text>}
          </g>
        ))}
      </svg>
    </section>
  );
}

function Cable({ line, sent, load }: { line: Line; sent: Sent; load: number }) {
  const [x1, y1] = line.from;
  const [x2, y2] = line.to;
  const at = (share: number): [number, number] => [x1 + (x2 - x1) * share, y1 + (y2 - y1) * share];
  const signals = line.kind === "coax" || line.kind === "cable" ? stretches(line, sent, cursor.value) : [];
  const both = line.kind === "coax" ? collisions(signals) : [];
  const piece = (one: Stretch, kind: string) => {
    const [a, b] = [at(one.from), at(one.to)];
    return <line key={`${kind} ${one.sender} ${one.from}`} class={kind} x1={a[0]} y1={a[1]} x2={b[0]} y2={b[1]} data-sender={one.sender} data-from={one.from.toFixed(4)} data-to={one.to.toFixed(4)} />;
  };
  const metres = line.length_mm / 1000;
  const lower = y2 >= y1 ? 0.72 : 0.28; // near the end that hangs below: names of other cables are elsewhere
  const [mx, my] = at(lower);
  return (
    <g class={`line ${line.kind}`} data-cable={line.name}>
      <line class="wire" x1={x1} y1={y1} x2={x2} y2={y2} style={{ "--load": load }} />
      {signals.map((one) => piece(one, "signal"))}
      {both.map((one) => piece(one, "clash"))}
      {line.taps.map((tap) => <circle key={tap.end} class="tap" cx={tap.x} cy={y1} r={3.5} />)}
      {metres > 0 && (
        <text class="cable-name" x={line.kind === "coax" ? x1 : mx + 6} y={line.kind === "coax" ? y1 - 9 : my} text-anchor="start">
          {safe(line.name)}, {metres} m{line.kind === "coax" ? `, ${duration((line.length_mm * line.delay_fs_per_mm) / 1000)} from end to end` : ""}{load >= 0.005 ? `, ${(100 * load).toFixed(0)} % busy` : ""}
        </text>
      )}
    </g>
  );
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
