// The signal of one frame as it leaves its sender, zoomable from the whole frame to half a bit, with two cursors.

import { useSignal, useSignalEffect } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { FieldView, LayerView } from "./frame";
import { PREAMBLE, SFD, halves, onWire } from "./manchester";
import { duration } from "./state";

const WIDTH = 960;
const LABELS = 70;
const BIT_PS = 100_000;
/** More bits than this in view: levels would be a grey surface, so only fields are drawn. */
const MOST_BITS = 400;

export function Waveform({ octets, layers, ns, chosen }: { octets: Uint8Array; layers: LayerView[]; ns: number; chosen: FieldView | null }) {
  const wire = useMemo(() => onWire(octets), [octets]);
  const levels = useMemo(() => halves(wire.bits), [wire]);
  const total = wire.bits.length;
  const from = useSignal(0);
  const shown = useSignal(96);
  const marks = useSignal<[number, number]>([0, PREAMBLE + SFD]);
  const second = useSignal(false);
  useSignalEffect(() => {
    shown.value = Math.min(Math.max(shown.value, 0.5), total);
    from.value = Math.min(Math.max(from.value, 0), Math.max(total - shown.value, 0));
  });
  const x = (bit: number): number => LABELS + ((bit - from.value) / shown.value) * (WIDTH - LABELS);
  const first = Math.max(Math.floor(from.value), 0);
  const last = Math.min(Math.ceil(from.value + shown.value), total);
  const dense = last - first > MOST_BITS;
  const path = (value: (half: number) => number, top: number, height: number): string => {
    let d = "";
    for (let half = 2 * first; half < 2 * last; half++) {
      const y = top + (1 - value(half)) * height;
      d += `${d ? "L" : "M"}${x(half / 2).toFixed(1)} ${y}L${x((half + 1) / 2).toFixed(1)} ${y}`;
    }
    return d;
  };
  const zoom = (factor: number): void => {
    const middle = from.value + shown.value / 2;
    shown.value = Math.min(Math.max(shown.value * factor, 0.5), total);
    from.value = Math.min(Math.max(middle - shown.value / 2, 0), total - shown.value);
  };
  const bitAt = (event: MouseEvent): number => {
    const bounds = (event.currentTarget as SVGElement).getBoundingClientRect();
    const place = ((event.clientX - bounds.left) / bounds.width) * WIDTH;
    return Math.min(Math.max(Math.round(2 * (from.value + ((place - LABELS) / (WIDTH - LABELS)) * shown.value)) / 2, 0), total);
  };
  const [a, b] = marks.value;
  const fields = layers.flatMap((layer) => layer.fields).map((field) => ({ ...field, from: field.from + PREAMBLE + SFD, to: field.to + PREAMBLE + SFD }));
  const show = (field: { from: number; to: number }): void => {
    shown.value = Math.max(field.to - field.from, 8) * 1.25;
    from.value = Math.max(field.from - shown.value * 0.1, 0);
  };
  return (
    <section class="waveform" aria-label="Waveform of the frame">
      <div class="filters">
        <button type="button" onClick={() => zoom(0.5)} aria-label="zoom in">+</button>
        <button type="button" onClick={() => zoom(2)} aria-label="zoom out">−</button>
        <button type="button" onClick={() => { shown.value = total; from.value = 0; }}>whole frame</button>
        <button type="button" disabled={chosen === null} onClick={() => { if (chosen) show({ from: chosen.from + PREAMBLE + SFD, to: chosen.to + PREAMBLE + SFD }); }}>chosen field</button>
        <label>bit <input type="range" aria-label="first bit shown" min={0} max={Math.max(total - shown.value, 0)} step={0.5} value={from.value} onInput={(event) => { from.value = Number(event.currentTarget.value); }} /></label>
        <span class="count" data-testid="measure">A bit {a}, B bit {b}: {Math.abs(b - a)} bit times, {duration(Math.abs(b - a) * BIT_PS)}</span>
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} 190`} role="img" aria-label={`bits ${first} to ${last} of ${total}`}
        onClick={(event) => { const bit = bitAt(event); marks.value = event.shiftKey || second.value ? [a, bit] : [bit, b]; second.value = !second.value && !event.shiftKey; }}
        onWheel={(event) => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8); }}
      >
        {["fields", "headers", "data", "clock", "level"].map((name, row) => <text key={name} class="row-name" x={4} y={28 + 34 * row}>{name}</text>)}
        <svg x={LABELS} y={0} width={WIDTH - LABELS} height={190} viewBox={`${LABELS} 0 ${WIDTH - LABELS} 190`}>
          {wire.parts.filter((part) => part.to > from.value && part.from < from.value + shown.value).map((part) => (
            <g key={part.name} class="part"><rect x={x(part.from)} width={Math.max(x(part.to) - x(part.from), 1)} y={12} height={22} /><text x={(Math.max(x(part.from), LABELS) + Math.min(x(part.to), WIDTH)) / 2} y={28} text-anchor="middle">{part.name}</text></g>
          ))}
          {fields.filter((field) => field.to > from.value && field.from < from.value + shown.value).map((field) => {
            const wide = x(field.to) - x(field.from);
            const lit = chosen !== null && field.from === chosen.from + PREAMBLE + SFD && field.to === chosen.to + PREAMBLE + SFD;
            return <g key={field.from} class={lit ? "part field lit" : "part field"}><rect x={x(field.from)} width={Math.max(wide, 1)} y={46} height={22} />{wide > 7 * field.name.length && <text x={(Math.max(x(field.from), LABELS) + Math.min(x(field.to), WIDTH)) / 2} y={62} text-anchor="middle">{field.name}</text>}</g>;
          })}
          {dense ? <text class="row-name" x={WIDTH / 2} y={130} text-anchor="middle">zoom in to see bits</text> : (
            <>
              <path class="trace data" d={path((half) => wire.bits[half >> 1] ?? 0, 82, 20)} />
              {shown.value <= 64 && Array.from(wire.bits.subarray(first, last), (bit, at) => <text key={at} class="bit" x={x(first + at + 0.5)} y={97} text-anchor="middle">{bit}</text>)}
              <path class="trace clock" d={path((half) => half & 1, 116, 20)} />
              <path class="trace level" d={path((half) => levels[half] ?? 0, 150, 24)} />
            </>
          )}
          {[a, b].map((bit, number) => <g key={number} class="mark"><line x1={x(bit)} x2={x(bit)} y1={6} y2={180} /><text x={x(bit) + 3} y={186}>{number === 0 ? "A" : "B"}</text></g>)}
        </svg>
      </svg>
      <p class="note">As the adapter sends it, from its octets: least significant bit first, the level is high in the second half of a 1. It is recorded at {duration(ns * 1000)}. Click sets A, then B.</p>
    </section>
  );
}
