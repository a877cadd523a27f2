// One frame: its layers and its octets, each field linked with its place; below them its signal.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Octets, type Run, safe } from "./run";
import { cursor, duration, frame, frameName } from "./state";
import { Waveform } from "./waveform";

export interface FieldView { name: string; from: number; to: number; value: string; meaning: string }
export interface LayerView { name: string; source: string; problem: string; fields: FieldView[] }

const MOST_OCTETS = 1600;

export function layersOf(run: Run, content: number): LayerView[] {
  const { strings } = run;
  return (run.frames.layers[content] ?? []).map((written) => {
    const [shape, begin, problem, ...values] = written as [number, number, number, ...number[]];
    const [name, source, ...fields] = run.frames.shapes[shape] ?? [0, 0];
    return {
      name: strings[name] ?? "", source: strings[source] ?? "", problem: strings[problem] ?? "",
      fields: fields.map(([field, offset, width], number) => ({
        name: strings[field] ?? "", from: begin + offset, to: begin + offset + width,
        value: strings[values[2 * number] ?? 0] ?? "", meaning: strings[values[2 * number + 1] ?? 0] ?? "",
      })),
    };
  });
}

export function FrameView({ run }: { run: Run }) {
  const octets = useMemo(() => new Octets(run.frames), [run]);
  const chosen = useSignal<FieldView | null>(null);
  const content = run.frames.content[frame.value];
  const layers = useMemo(() => (content === undefined ? [] : layersOf(run, content)), [content]);
  return (
    <section class="frame" aria-label="Frame">
      <Chooser run={run} />
      {content === undefined ? <p class="missing">Choose a frame: an arrow of the ladder, or here.</p> : (
        <>
          <div class="packet">
            <div class="layers">
              {layers.length === 0 && <p class="missing">This run has very many frames: of this one only the octets are shown.</p>}
              {layers.map((layer, number) => (
                <details key={number} open={number > 0 || layers.length === 1}>
                  <summary><b>{safe(layer.name)}</b> <span class="source">{safe(layer.source)}</span></summary>
                  {layer.problem && <p class="problem">{safe(layer.problem)}</p>}
                  <table>
                    <tbody>
                      {layer.fields.map((field) => (
                        <tr
                          key={field.from} class={chosen.value?.from === field.from && chosen.value.to === field.to ? "chosen" : ""}
                          onMouseEnter={() => { chosen.value = field; }} onFocusCapture={() => { chosen.value = field; }}
                        >
                          <th scope="row"><button type="button" onClick={() => { chosen.value = field; }}>{safe(field.name)}</button></th>
                          <td class="value">{safe(field.value)}</td>
                          <td>{safe(field.meaning)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </details>
              ))}
            </div>
            <Dump octets={octets.of(content)} chosen={chosen.value} layers={layers} choose={(field) => { chosen.value = field; }} />
          </div>
          <Waveform octets={octets.of(content)} layers={layers} ns={run.frames.ns[frame.value] ?? 0} chosen={chosen.value} />
        </>
      )}
    </section>
  );
}

function Chooser({ run }: { run: Run }) {
  const count = run.frames.ns.length;
  const go = (index: number): void => {
    if (index < 0 || index >= count) return;
    frame.value = index;
    cursor.value = (run.frames.ns[index] ?? 0) * 1000;
  };
  const index = frame.value;
  const content = run.frames.content[index];
  return (
    <div class="filters">
      <button type="button" onClick={() => go(index - 1)} disabled={index <= 0} aria-label="previous frame">◀</button>
      <button type="button" onClick={() => go(index + 1)} disabled={index >= count - 1} aria-label="next frame">▶</button>
      <b data-testid="frame-name">{safe(frameName(run, index))}</b>
      <span>{content === undefined ? `${count} frames are recorded` : safe(`${run.strings[run.frames.side[index] ?? 0] ?? ""} ${run.strings[run.frames.texts[content] ?? 0] ?? ""}`)}</span>
      {content !== undefined && <span class="count">{run.frames.lengths[content]} octets and FCS, {duration(((run.frames.lengths[content] ?? 0) + 12) * 800_000)} on a cable</span>}
    </div>
  );
}

function Dump({ octets, chosen, layers, choose }: { octets: Uint8Array; chosen: FieldView | null; layers: LayerView[]; choose: (field: FieldView) => void }) {
  const fields = layers.flatMap((layer) => layer.fields);
  const rows: number[] = [];
  for (let at = 0; at < Math.min(octets.length, MOST_OCTETS); at += 16) rows.push(at);
  return (
    <table class="dump" aria-label="octets">
      <tbody>
        {rows.map((row) => (
          <tr key={row}>
            <th scope="row">{row.toString(16).padStart(4, "0")}</th>
            {Array.from(octets.subarray(row, row + 16), (octet, column) => {
              const bit = 8 * (row + column);
              const lit = chosen !== null && bit < chosen.to && bit + 8 > chosen.from;
              return (
                <td
                  key={column} class={lit ? "lit" : ""}
                  onMouseEnter={() => { const field = fields.find((one) => one.from < bit + 8 && one.to > bit); if (field) choose(field); }}
                >{octet.toString(16).padStart(2, "0")}</td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
