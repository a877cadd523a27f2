"""Manchester waves on a coax, made from the definition, to judge by: one tap, any number of senders."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

from hw.nets import Net, NetKind
from sim.engine.interface import Change

PREAMBLE = b"\x55" * 7 + b"\xd5"


class Sender(NamedTuple):
    """What one station puts on the cable, as seen at the tap: octets after preamble and SFD by default."""

    start_ps: int
    octets: bytes
    ppm: int = 0
    preamble: bytes = PREAMBLE
    extra_bits: str = ""
    cut_ps: int | None = None
    """The carrier stops dead here, without the high level that ends a frame."""


NETS = (
    Net("yellow", "tap0", "level", NetKind.MILLIVOLT),
    Net("yellow", "tap0", "mean", NetKind.MILLIVOLT),
)


def frame(payload: bytes) -> bytes:
    """Pad to 60 octets and add the FCS, least significant octet first."""
    padded = payload.ljust(60, b"\0")
    return padded + zlib.crc32(padded).to_bytes(4, "little")


def bits_of(sender: Sender) -> list[int]:
    octets = sender.preamble + sender.octets
    return [octet >> n & 1 for octet in octets for n in range(8)] + [int(bit) for bit in sender.extra_bits]


def _instant(sender: Sender, half_cells: int) -> int:
    """When halves of bit cells have passed, 50 ns each by the sender's crystal, to the nearest picosecond."""
    speed = 1_000_000 + sender.ppm
    return sender.start_ps + (half_cells * 100_000 * 1_000_000 + speed) // (2 * speed)


def end_of_bits(sender: Sender) -> int:
    return _instant(sender, 2 * len(bits_of(sender)))


def steps(sender: Sender) -> list[tuple[int, int, int]]:
    """(ps, mV, average in mV) from each instant on."""
    made = [
        (_instant(sender, 2 * index + half), 0 if bit == half else -2050, -1025)
        for index, bit in enumerate(bits_of(sender))
        for half in (0, 1)
    ]
    made.append((end_of_bits(sender), 0, -1025))
    end = end_of_bits(sender) + 250_000
    if sender.cut_ps is not None:
        end = sender.cut_ps
        made = [step for step in made if step[0] < end]
    return [*made, (end, 0, 0)]


def changes(senders: Sequence[Sender], mean_first: bool = False) -> list[Change]:
    """Sum what all senders do; of one instant the level comes first, or the average."""
    waves = [steps(sender) for sender in senders]
    moves = sorted((ps, who, mv, mean) for who, wave in enumerate(waves) for ps, mv, mean in wave)
    now = [(0, 0)] * len(senders)
    total = reported = (0, 0)
    changes: list[Change] = []
    for place, (ps, who, mv, mean) in enumerate(moves):
        total = (total[0] + mv - now[who][0], total[1] + mean - now[who][1])
        now[who] = (mv, mean)
        if place + 1 < len(moves) and moves[place + 1][0] == ps:
            continue
        pair = [Change(ps, net, total[net]) for net in (0, 1) if total[net] != reported[net]]
        changes += reversed(pair) if mean_first else pair
        reported = total
    return changes
