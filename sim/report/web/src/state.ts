// What the page is at: one cursor in picoseconds for all views, and what is chosen. All of it is in the URL.

import { computed, effect, signal } from "@preact/signals";
import type { Run } from "./run";

export const cursor = signal(0);
export const playing = signal(false);
/** Simulated picoseconds a second. */
export const speed = signal(100_000_000);
export const frame = signal(-1);
export const box = signal("");
export const ladder = signal(0);
export const view = signal("timeline");
export const filters = signal({ place: "", layer: "", text: "", all: false });

/** The instants of the run: the slider goes through them at equal steps, since most of a run's time is silence. */
export class Axis {
  readonly instants: number[];
  constructor(run: Run) {
    const seen = new Set<number>([0, ...run.events.ps, run.end]);
    this.instants = [...seen].sort((a, b) => a - b);
  }
  /** The place of `ps`, with a fraction between two instants. */
  place(ps: number): number {
    const after = upper(this.instants, ps);
    const before = Math.max(after - 1, 0);
    const low = this.instants[before] ?? 0;
    const high = this.instants[after];
    return high === undefined ? this.instants.length - 1 : before + (ps - low) / (high - low);
  }
  at(place: number): number {
    const before = Math.min(Math.max(Math.floor(place), 0), this.instants.length - 1);
    const low = this.instants[before] ?? 0;
    const high = this.instants[before + 1] ?? low;
    return Math.round(low + (place - before) * (high - low));
  }
  next(ps: number): number {
    return this.instants[upper(this.instants, ps)] ?? ps;
  }
  previous(ps: number): number {
    return this.instants[Math.max(lower(this.instants, ps) - 1, 0)] ?? 0;
  }
}

/** How many of `sorted` are below `value`. */
export function lower(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many are not above it. */
export function upper(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `1 234.567 890 µs`: microseconds, down to the picosecond. */
export function clock(ps: number): string {
  const us = Math.floor(ps / 1e6);
  const rest = String(Math.round(ps - us * 1e6)).padStart(6, "0");
  return `${String(us).replace(/\B(?=(\d{3})+$)/g, "\u202f")}.${rest.slice(0, 3)}\u202f${rest.slice(3)} µs`;
}

/** A duration in the unit that leaves a whole part. */
export function duration(ps: number): string {
  for (const [size, unit] of [[1e12, "s"], [1e9, "ms"], [1e6, "µs"], [1e3, "ns"]] as const) {
    if (Math.abs(ps) >= size) return `${Number((ps / size).toPrecision(6))} ${unit}`;
  }
  return `${ps} ps`;
}

/** The frame as Wireshark names it: `yellow:7`. */
export function frameName(run: Run, index: number): string {
  const capture = run.frames.capture[index];
  return capture === undefined ? "" : `${run.strings[capture]}:${run.frames.number[index]}`;
}

export const link = computed(() => ({ t: cursor.value, frame: frame.value, view: view.value, ladder: ladder.value }));

/** Read the URL's fragment now and when it changes, and keep it up to date. */
export function followUrl(run: Run): void {
  const read = (): void => {
    const given = new URLSearchParams(location.hash.slice(1));
    const t = Number(given.get("t"));
    const name = given.get("frame");
    if (name !== null) {
      const index = run.frames.capture.findIndex((_, at) => frameName(run, at) === name);
      if (index >= 0) {
        frame.value = index;
        if (!given.has("t")) cursor.value = (run.frames.ns[index] ?? 0) * 1000;
        if (!given.has("view")) view.value = "frame";
      }
    }
    if (given.has("t") && Number.isFinite(t)) cursor.value = Math.min(Math.max(Math.round(t), 0), run.end);
    const asked = given.get("view");
    if (asked !== null) view.value = asked;
    if (given.has("ladder")) ladder.value = Number(given.get("ladder"));
  };
  read();
  let last = "";
  addEventListener("hashchange", () => {
    if (location.hash !== last) read();
  });
  let waiting = 0;
  effect(() => {
    const { t, frame: index, view: shown, ladder: number } = link.value;
    clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      const parts = [`t=${t}`, `view=${shown}`];
      if (index >= 0) parts.push(`frame=${encodeURIComponent(frameName(run, index))}`);
      if (shown === "ladder") parts.push(`ladder=${number}`);
      last = `#${parts.join("&")}`;
      history.replaceState(null, "", last);
    }, 200);
  });
}
