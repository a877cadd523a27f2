// The run: what sim/report/payload.py has written into the page, decoded once.

export interface Interface { name: string; end: string; address: string; mac: string; mtu: number; duplex: string }
export interface Host { name: string; forwarding: boolean; profile: string; interfaces: Interface[] }
export interface Tap { at_mm: number; end: string }
export interface Coax { name: string; type: string; length_mm: number; delay_fs_per_mm: number; terminators: string[]; taps: Tap[] }
export interface Box { name: string; kind: string; ports: number }
export interface Cable { name: string; kind: string; length_mm: number; delay_fs_per_mm: number; ends: [string, string] }
export interface Network { hosts: Host[]; coaxes: Coax[]; boxes: Box[]; cables: Cable[]; link: object | null }
export interface Manifest {
  title: string; look_for: string; scenario: string; seed: number; network: Network;
  ended: { ps: number; why: string; status: number; failures: string[] } | null;
}
export interface Events { ps: number[]; where: number[]; layer: number[]; text: number[]; weight: number[] }
/** A header: name, source, then [name, offset in bits from the header's first, width in bits] of each field. */
export type Shape = [number, number, ...[number, number, number][]];
export interface Frames {
  capture: number[]; number: number[]; side: number[]; ns: number[]; content: number[];
  lengths: number[]; octets: string; texts: number[]; layers: number[][][]; shapes: Shape[];
}
/** Sender, receiver (places), sent, received (frames), whether again, text. */
export type Arrow = [number, number, number, number, number, number];
export interface Ladder { title: number; places: number[]; arrows: Arrow[] }
export interface Curve {
  place: number; subject: number; plot: number; curve: number; unit: number;
  ps: number[]; values: number[]; connected: boolean;
}
/** A table that the run's events have been folded into: columns, and each change of a row. */
export interface Table {
  name: string; meaning: string;
  columns: { name: string; meaning: string; unit: string; clock: "none" | "left" | "age"; number: boolean }[];
  /** ps, place, key, values or null for a row that is gone. */
  changes: [number, number, number, (string | number | boolean | null)[] | null][];
}
export interface Run {
  format: number; manifest: Manifest | null; missing: string[]; end: number; events: Events;
  transmissions: [number, number, number][]; collisions: [number, number][];
  frames: Frames; ladders: Ladder[]; curves: Curve[]; tables?: Table[]; strings: string[];
}

async function inflated(text: string): Promise<string> {
  const octets = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

export async function readRun(): Promise<Run> {
  const element = document.getElementById("run");
  const run = JSON.parse(await inflated((element?.textContent ?? "").trim())) as Run;
  element?.remove();
  return run;
}

/** Octets of all different frames, one behind the other, and where each begins. */
export class Octets {
  private readonly all: Uint8Array;
  private readonly begins: number[] = [0];
  constructor(frames: Frames) {
    this.all = Uint8Array.from(atob(frames.octets), (one) => one.charCodeAt(0));
    for (const length of frames.lengths) this.begins.push((this.begins.at(-1) ?? 0) + length);
  }
  of(content: number): Uint8Array {
    return this.all.subarray(this.begins[content], this.begins[content + 1]);
  }
}

// Controls and bidirectional marks would change how the text around them is shown: they are written out.
const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function safe(text: string): string {
  return text.replace(ODD, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
