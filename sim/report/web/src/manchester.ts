// A frame as the MAC and PHY send it: preamble, SFD, octets, pad, FCS; then Manchester half bits (802.3 clause 7.3.1.1).

export const PREAMBLE = 56;
export const SFD = 8;
const LEAST = 60;

export function crc32(octets: Uint8Array): number {
  let crc = 0xffffffff;
  for (const octet of octets) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

export interface Part { name: string; from: number; to: number }

/** The bits in the order in which they are sent, and what they are. */
export function onWire(octets: Uint8Array): { bits: Uint8Array; parts: Part[] } {
  const padded = new Uint8Array(Math.max(octets.length, LEAST));
  padded.set(octets);
  const fcs = crc32(padded);
  const all = new Uint8Array([0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5, ...padded, fcs & 255, (fcs >>> 8) & 255, (fcs >>> 16) & 255, fcs >>> 24]);
  const bits = new Uint8Array(8 * all.length);
  for (const [at, octet] of all.entries()) for (let bit = 0; bit < 8; bit++) bits[8 * at + bit] = (octet >> bit) & 1;
  const begin = PREAMBLE + SFD;
  const parts: Part[] = [
    { name: "PRE", from: 0, to: PREAMBLE }, { name: "SFD", from: PREAMBLE, to: begin },
    { name: "DA", from: begin, to: begin + 48 }, { name: "SA", from: begin + 48, to: begin + 96 },
    { name: "TYPE", from: begin + 96, to: begin + 112 },
    { name: "DATA", from: begin + 112, to: begin + 8 * Math.max(octets.length, 14) },
  ];
  if (padded.length > octets.length) parts.push({ name: "PAD", from: begin + 8 * octets.length, to: begin + 8 * padded.length });
  parts.push({ name: "FCS", from: begin + 8 * padded.length, to: bits.length });
  return { bits, parts };
}

/** The level of each half bit: first the complement of the bit, then the bit. */
export function halves(bits: Uint8Array): Uint8Array {
  const found = new Uint8Array(2 * bits.length);
  for (const [at, bit] of bits.entries()) {
    found[2 * at] = 1 - bit;
    found[2 * at + 1] = bit;
  }
  return found;
}
