// All events, as many rows as fit: the list may have a hundred thousand.

import { computed, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Run, safe } from "./run";
import { clock, cursor, filters, upper } from "./state";

const ROW = 22;
const SPARE = 8;

export function Timeline({ run }: { run: Run }) {
  const { events, strings } = run;
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  const shown = useComputed(() => {
    const { place, layer, text, all } = filters.value;
    const wanted = text.toLowerCase();
    const found: number[] = [];
    for (let at = 0; at < events.ps.length; at++) {
      if ((events.weight[at] ?? 0) < (all ? 0 : 1)) continue;
      const where = strings[events.where[at] ?? 0] ?? "";
      if (place && where !== place && !where.startsWith(`${place}.`)) continue;
      if (layer && strings[events.layer[at] ?? 0] !== layer) continue;
      if (wanted && !(strings[events.text[at] ?? 0] ?? "").toLowerCase().includes(wanted)) continue;
      found.push(at);
    }
    return found;
  });
  const times = useComputed(() => shown.value.map((at) => events.ps[at] ?? 0));
  const current = useComputed(() => upper(times.value, cursor.value) - 1);
  useSignalEffect(() => {
    const element = scroller.current;
    const row = current.value * ROW;
    if (element === null) return;
    if (row < element.scrollTop || row > element.scrollTop + element.clientHeight - 2 * ROW) {
      element.scrollTop = Math.max(row - element.clientHeight / 3, 0);
    }
  });
  const first = Math.max(Math.floor(top.value / ROW) - SPARE, 0);
  const rows = shown.value.slice(first, first + Math.ceil(height.value / ROW) + 2 * SPARE);
  return (
    <section class="timeline" aria-label="Timeline">
      <Filters run={run} count={shown.value.length} />
      <div
        class="scroller" ref={scroller} tabIndex={0} role="group" aria-label="events"
        onScroll={(event) => { top.value = event.currentTarget.scrollTop; height.value = event.currentTarget.clientHeight; }}
      >
        <div style={{ height: `${shown.value.length * ROW}px` }}>
          <div class="rows" style={{ transform: `translateY(${first * ROW}px)` }}>
            {rows.map((at, place) => (
              <button
                type="button" key={at} class={`row weight${events.weight[at]}`}
                aria-current={first + place === current.value ? "true" : undefined}
                onClick={() => { cursor.value = events.ps[at] ?? 0; }}
              >
                <span class="time">{clock(events.ps[at] ?? 0)}</span>
                <span class="where">{safe(strings[events.where[at] ?? 0] ?? "")}</span>
                <span class={`layer ${safe(strings[events.layer[at] ?? 0] ?? "")}`}>{safe(strings[events.layer[at] ?? 0] ?? "")}</span>
                <span class="text">{safe(strings[events.text[at] ?? 0] ?? "")}</span>
              </button>
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}

function Filters({ run, count }: { run: Run; count: number }) {
  const { events, strings } = run;
  const names = useRef(computed(() => {
    const of = (column: number[]): string[] => [...new Set(column)].map((one) => strings[one] ?? "");
    return { places: of(events.where), layers: of(events.layer) };
  })).current.value;
  const change = (part: Partial<typeof filters.value>): void => { filters.value = { ...filters.value, ...part }; };
  return (
    <div class="filters">
      <select aria-label="place" value={filters.value.place} onChange={(event) => change({ place: event.currentTarget.value })}>
        <option value="">everywhere</option>
        {names.places.map((name) => <option key={name} value={name}>{safe(name)}</option>)}
      </select>
      <select aria-label="layer" value={filters.value.layer} onChange={(event) => change({ layer: event.currentTarget.value })}>
        <option value="">all layers</option>
        {names.layers.map((name) => <option key={name} value={name}>{safe(name)}</option>)}
      </select>
      <input type="search" aria-label="text" placeholder="find" value={filters.value.text} onInput={(event) => change({ text: event.currentTarget.value })} />
      <label><input type="checkbox" checked={filters.value.all} onChange={(event) => change({ all: event.currentTarget.checked })} /> also what repeats others</label>
      <span class="count" data-testid="count">{count.toLocaleString("en")} events</span>
    </div>
  );
}
