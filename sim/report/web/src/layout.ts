// Where everything is drawn. A coax is a line to scale with its taps; hosts, hubs and switches are layered by dagre.

import dagre from "@dagrejs/dagre";
import type { Coax, Network } from "./run";

export interface Node { name: string; kind: string; x: number; y: number; label: string[] }
export interface Line {
  name: string; kind: "coax" | "cable" | "drop" | "link";
  from: [number, number]; to: [number, number];
  length_mm: number; delay_fs_per_mm: number;
  /** What is at its ends (a cable) or where (a coax: mm from its left end). */
  ends: [string, string] | []; taps: { end: string; at_mm: number; x: number }[];
}
export interface Drawing { nodes: Node[]; lines: Line[]; width: number; height: number }

export const BOX = { width: 104, height: 44 };
const COAX_LEAST = 420;

export function boxOf(end: string): string {
  return end.split(".")[0] ?? end;
}

export function draw(whole: Network): Drawing {
  const known = new Set([...whole.boxes, ...whole.hosts].map((one) => one.name));
  const isKnown = (end: string): boolean => known.has(boxOf(end)); // a damaged run.json: the rest is drawn
  const network: Network = {
    ...whole,
    coaxes: whole.coaxes.map((coax) => ({ ...coax, taps: coax.taps.filter((tap) => isKnown(tap.end)) })),
    cables: whole.cables.filter((cable) => cable.ends.every(isKnown)),
  };
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 26, ranksep: 60, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const coax of network.coaxes) graph.setNode(`coax ${coax.name}`, { width: coaxWidth(coax), height: 34 });
  for (const one of [...network.boxes, ...network.hosts]) graph.setNode(one.name, { ...BOX });
  for (const coax of network.coaxes) for (const tap of coax.taps) graph.setEdge(`coax ${coax.name}`, boxOf(tap.end), {}, tap.end);
  const boxes = new Set(network.boxes.map((one) => one.name));
  for (const cable of network.cables) {
    const [one, other] = cable.ends.map(boxOf) as [string, string];
    if (boxes.has(other) && !boxes.has(one)) graph.setEdge(other, one, {}, cable.name);
    else graph.setEdge(one, other, {}, cable.name);
  }
  if (network.link !== null) {
    graph.setNode("link", { width: 90, height: 30 });
    for (const host of network.hosts) graph.setEdge("link", host.name, {}, host.name);
  }
  dagre.layout(graph);
  const at = (name: string): { x: number; y: number } => graph.node(name) as { x: number; y: number };
  for (const coax of network.coaxes) arrange(coax, at, (name) => (graph.nodeEdges(name) ?? []).length);

  const nodes: Node[] = [
    ...network.boxes.map((box) => ({ name: box.name, kind: box.kind, ...at(box.name), label: [box.name, `${box.kind}, ${box.ports} ports`] })),
    ...network.hosts.map((host) => ({
      name: host.name, kind: host.forwarding ? "router" : "host", ...at(host.name),
      label: [host.name, host.interfaces.length === 1 ? host.interfaces[0]?.address ?? "" : `${host.interfaces.length} adapters`],
    })),
  ];
  const lines: Line[] = [];
  for (const coax of network.coaxes) {
    const { x, y } = at(`coax ${coax.name}`);
    const half = coaxWidth(coax) / 2 - 10;
    const place = (mm: number): number => x - half + (2 * half * mm) / coax.length_mm;
    const taps = coax.taps.map((tap) => ({ end: tap.end, at_mm: tap.at_mm, x: place(tap.at_mm) }));
    lines.push({ name: coax.name, kind: "coax", from: [x - half, y], to: [x + half, y], length_mm: coax.length_mm, delay_fs_per_mm: coax.delay_fs_per_mm, ends: [], taps });
    for (const tap of taps) {
      const end = at(boxOf(tap.end));
      const side = end.y > y ? -BOX.height / 2 : BOX.height / 2;
      lines.push({ name: `${tap.end} at ${coax.name}`, kind: "drop", from: [tap.x, y], to: [end.x, end.y + side], length_mm: 0, delay_fs_per_mm: 0, ends: [], taps: [] });
    }
  }
  for (const cable of network.cables) {
    const [one, other] = cable.ends.map((end) => at(boxOf(end))) as [{ x: number; y: number }, { x: number; y: number }];
    lines.push({ name: cable.name, kind: "cable", from: [one.x, one.y], to: [other.x, other.y], length_mm: cable.length_mm, delay_fs_per_mm: cable.delay_fs_per_mm, ends: cable.ends, taps: [] });
  }
  if (network.link !== null) {
    const middle = at("link");
    nodes.push({ name: "link", kind: "link", ...middle, label: ["link"] });
    for (const host of network.hosts) {
      const end = at(host.name);
      lines.push({ name: `${host.name} at the link`, kind: "link", from: [middle.x, middle.y], to: [end.x, end.y], length_mm: 0, delay_fs_per_mm: 0, ends: [], taps: [] });
    }
  }
  const size = graph.graph() as { width?: number; height?: number };
  return { nodes, lines, width: size.width ?? 400, height: size.height ?? 200 };
}

/** Put what hangs on this coax only into the order of its taps: drops do not cross. */
function arrange(coax: Coax, at: (name: string) => { x: number; y: number }, edges: (name: string) => number): void {
  const taps = [...coax.taps].sort((one, other) => one.at_mm - other.at_mm);
  const nodes = [...new Set(taps.map((tap) => boxOf(tap.end)))].filter((name) => edges(name) === 1).map(at);
  const places = nodes.map((node) => ({ x: node.x, y: node.y })).sort((one, other) => one.x - other.x);
  for (const [number, node] of nodes.entries()) Object.assign(node, places[number]);
}

function coaxWidth(coax: Coax): number {
  return Math.max(COAX_LEAST, coax.taps.length * (BOX.width + 30));
}
