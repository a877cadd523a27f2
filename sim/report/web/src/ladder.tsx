// One conversation as a ladder: time runs down, an arrow goes from where a packet was sent to where it was received.

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { type Ladder as Conversation, type Run, safe } from "./run";
import { clock, cursor, duration, frame, ladder, lower, view } from "./state";

const LEAST = 11;
const MOST = 46;
const HEAD = 34;
const LEFT = 170;
const RIGHT = 610;
const WIDTH = 800;

interface Placed { y1: number; y2: number; sent: number; received: number }

/** Heights of all instants: a picosecond counts the same everywhere, as far as that leaves arrows apart. */
export function heights(instants: readonly number[]): Map<number, number> {
  const steps = instants.slice(1).map((ps, at) => ps - (instants[at] ?? 0)).sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)] ?? 1;
  const found = new Map<number, number>();
  let y = HEAD + 16;
  for (const [at, ps] of instants.entries()) {
    if (at > 0) y += Math.min(Math.max(((ps - (instants[at - 1] ?? 0)) / usual) * 16, LEAST), MOST);
    found.set(ps, y);
  }
  return found;
}

function place(run: Run, conversation: Conversation): { placed: Placed[]; height: number; tops: number[] } {
  const time = (index: number): number => (run.frames.ns[index] ?? 0) * 1000;
  const instants = [...new Set(conversation.arrows.flatMap((arrow) => (arrow[3] < 0 ? [time(arrow[2])] : [time(arrow[2]), time(arrow[3])])))].sort((a, b) => a - b);
  const y = heights(instants);
  const placed = conversation.arrows.map(([, , sent, received]) => {
    const y1 = y.get(time(sent)) ?? 0;
    return { y1, y2: received < 0 ? y1 + 18 : y.get(time(received)) ?? y1, sent: time(sent), received: received < 0 ? -1 : time(received) };
  });
  return { placed, height: Math.max(...y.values(), HEAD) + 40, tops: placed.map((one) => one.y1) };
}

export function Ladder({ run }: { run: Run }) {
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const conversation = run.ladders[ladder.value];
  const found = useMemo(() => (conversation === undefined ? null : place(run, conversation)), [conversation]);
  const current = useComputed(() => {
    const shown = run.ladders[ladder.value];
    if (shown === undefined) return -1;
    const times = shown.arrows.map((arrow) => (run.frames.ns[arrow[2]] ?? 0) * 1000);
    return lower(times, cursor.value + 1) - 1;
  });
  useSignalEffect(() => {
    const y = found?.placed[current.value]?.y1;
    const element = scroller.current;
    if (element !== null && y !== undefined && (y < element.scrollTop || y > element.scrollTop + element.clientHeight - 60)) {
      element.scrollTop = y - element.clientHeight / 3;
    }
  });
  if (conversation === undefined || found === null) return <section class="ladder"><p class="missing">No two hosts have spoken with each other.</p></section>;
  const x = (number: number): number => LEFT + (number * (RIGHT - LEFT)) / Math.max(conversation.places.length - 1, 1);
  const first = Math.max(lower(found.tops, top.value - 200), 0);
  const last = lower(found.tops, top.value + 1400);
  return (
    <section class="ladder" aria-label="Ladder">
      <div class="filters">
        <select aria-label="conversation" value={ladder.value} onChange={(event) => { ladder.value = Number(event.currentTarget.value); }}>
          {run.ladders.map((one, number) => <option key={number} value={number}>{safe(run.strings[one.title] ?? "")} ({one.arrows.length})</option>)}
        </select>
        <span class="count">{conversation.arrows.length} packets, {conversation.arrows.filter((arrow) => arrow[3] < 0).length} not received, {conversation.arrows.filter((arrow) => arrow[4]).length} sent again</span>
      </div>
      <div class="scroller" ref={scroller} tabIndex={0} role="group" aria-label="packets" onScroll={(event) => { top.value = event.currentTarget.scrollTop; }}>
        <svg width={WIDTH} height={found.height} role="group" aria-label="ladder diagram">
          {conversation.places.map((name, number) => (
            <g key={name}>
              <line class="life" x1={x(number)} x2={x(number)} y1={HEAD} y2={found.height - 8} />
              <text class="name" x={x(number)} y={22} text-anchor="middle">{safe(run.strings[name] ?? "")}</text>
            </g>
          ))}
          {conversation.arrows.slice(first, last).map((arrow, offset) => {
            const number = first + offset;
            const [from, to, sent, received, again, text] = arrow;
            const at = found.placed[number];
            if (at === undefined) return null;
            const x1 = x(from);
            const x2 = to < 0 ? x1 + (from === 0 ? 1 : -1) * (RIGHT - LEFT) * 0.55 : x(to);
            const words = safe(run.strings[text] ?? "");
            const said = `${words}, sent at ${clock(at.sent)}${received < 0 ? ", not received" : `, received ${duration(at.received - at.sent)} later`}${again ? ", sent again" : ""}`;
            const open = (): void => { frame.value = sent; cursor.value = at.sent; view.value = "frame"; };
            return (
              <g key={number}>
                <text class="time" x={from === 0 ? LEFT - 8 : RIGHT + 8} y={at.y1 + 4} text-anchor={from === 0 ? "end" : "start"}>{clock(at.sent)}</text>
                <g
                  role="button" tabIndex={0} aria-label={said} data-arrow={number}
                  class={`arrow${again ? " again" : ""}${received < 0 ? " lost" : ""}${number === current.value ? " current" : ""}`}
                  onClick={open} onKeyDown={(event) => { if (event.key === "Enter") open(); }}
                >
                  <title>{said}</title>
                  <line x1={x1} y1={at.y1} x2={x2} y2={at.y2} marker-end={received < 0 ? undefined : "url(#head)"} />
                  {received < 0 && <text class="cross" x={x2} y={at.y2 + 5} text-anchor="middle">✕</text>}
                  <text class="words" x={(x1 + x2) / 2} y={(at.y1 + at.y2) / 2 - 4} text-anchor="middle">{words.length > 62 ? `${words.slice(0, 61)}…` : words}</text>
                </g>
              </g>
            );
          })}
          <defs><marker id="head" viewBox="0 0 8 8" refX={8} refY={4} markerWidth={7} markerHeight={7} orient="auto"><path d="M0 0L8 4L0 8z" /></marker></defs>
        </svg>
      </div>
    </section>
  );
}
