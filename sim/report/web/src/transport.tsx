// The bar at the top: where the cursor is, play, speed, steps; and the keyboard.

import { effect } from "@preact/signals";
import type { Run } from "./run";
import { type Axis, clock, cursor, playing, speed } from "./state";

const SPEEDS: [number, string][] = [
  [100_000, "1 bit time a second"], [1_000_000, "1 µs a second"], [10_000_000, "10 µs a second"],
  [100_000_000, "100 µs a second"], [1_000_000_000, "1 ms a second"], [10_000_000_000, "10 ms a second"],
  [100_000_000_000, "100 ms a second"], [1_000_000_000_000, "real time"],
];
/** A silence that would take longer than this (s) to play is passed over. */
const PATIENCE = 1;

/** Move the cursor while it plays. */
export function play(run: Run, axis: Axis): void {
  let last = 0;
  const step = (now: number): void => {
    if (!playing.value) return;
    const passed = Math.min((now - last) / 1000, 0.1);
    last = now;
    const next = axis.next(cursor.value);
    const target = cursor.value + Math.round(passed * speed.value);
    cursor.value = next - cursor.value > PATIENCE * speed.value ? next : Math.min(target, run.end);
    if (cursor.value >= run.end) playing.value = false;
    requestAnimationFrame(step);
  };
  effect(() => {
    if (!playing.value) return;
    last = performance.now();
    requestAnimationFrame(step);
  });
}

export function keyboard(run: Run, axis: Axis): void {
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (target.matches("input:not([type=range]), select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys: Record<string, () => void> = {
      " ": () => { if (!target.matches("button, a, [role=button], summary")) { playing.value = !playing.value; event.preventDefault(); } },
      n: () => { cursor.value = axis.next(cursor.value); },
      p: () => { cursor.value = axis.previous(cursor.value); },
      ".": () => { cursor.value = Math.min(cursor.value + 100_000, run.end); },
      ",": () => { cursor.value = Math.max(cursor.value - 100_000, 0); },
      Home: () => { if (!target.matches("input")) cursor.value = 0; },
      End: () => { if (!target.matches("input")) cursor.value = run.end; },
    };
    keys[event.key]?.();
  });
}

export function Transport({ run, axis }: { run: Run; axis: Axis }) {
  const last = axis.instants.length - 1;
  return (
    <div class="transport" role="group" aria-label="Time">
      <button type="button" onClick={() => { cursor.value = axis.previous(cursor.value); }} title="previous event (p)" aria-label="previous event">◁</button>
      <button type="button" class="play" onClick={() => { if (cursor.value >= run.end) cursor.value = 0; playing.value = !playing.value; }} title="play or pause (space)" aria-label={playing.value ? "pause" : "play"}>
        {playing.value ? "pause" : "play"}
      </button>
      <button type="button" onClick={() => { cursor.value = axis.next(cursor.value); }} title="next event (n)" aria-label="next event">▷</button>
      <input
        type="range" min={0} max={last} step="any" value={axis.place(cursor.value)} aria-label="simulated time"
        aria-valuetext={clock(cursor.value)}
        onInput={(event) => { cursor.value = axis.at(Number(event.currentTarget.value)); }}
      />
      <output class="clock" data-testid="clock">{clock(cursor.value)}</output>
      <select aria-label="speed" value={speed.value} onChange={(event) => { speed.value = Number(event.currentTarget.value); }}>
        {SPEEDS.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
    </div>
  );
}
