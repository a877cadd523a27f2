"""Whatever arrives on the cable leaves the receiver able to take the next good frame.

Random streams, each drawn from a generator seeded with its number: noise of cells and of levels, half frames,
frames without SFD or with violations, preambles of up to 100,000 bits, frames glued together. After each
comes a gap of 96 bit times and a good frame.
"""

from collections.abc import Callable
from itertools import accumulate
from random import Random

import manual as m
import pytest
from laboratory import BROADCAST, Received, address, frame, one
from pattern import BIT_PS, HEAD, PREAMBLE, SFD, bits, moves, on_wire

from hw.analogue.generator import HIGH, IDLE, LOW, Move

Measured = Callable[[str], None]
BATCH = 100


def _frame(random: Random) -> bytes:
    destination = random.choice([address(0), address(5), BROADCAST, random.randbytes(6)])
    return frame(
        destination, random.choice([64, 64, 65, 100, random.randrange(64, 400)]), fill=random.randrange(256)
    )


def _cells_of_noise(random: Random) -> str:
    weights = random.choice([(8, 8, 1, 1, 0), (1, 1, 1, 1, 1), (1, 1, 9, 9, 3), (9, 1, 0, 0, 0)])
    return "".join(random.choices("01HL-", weights, k=random.randrange(1, 800)))


def _half_frame(random: Random) -> str:
    cells = on_wire(_frame(random))
    return cells[random.randrange(64) : random.randrange(65, len(cells))]


def _without_sfd(random: Random) -> str:
    return PREAMBLE + random.choice(["", "10101010", "1010", "00"]) + bits(_frame(random))


def _long_preamble(random: Random) -> str:
    length = random.choice([100, 1_000, 3_001, 100_000 if random.randrange(20) == 0 else 500])
    return "10" * (length // 2) + random.choice(["", SFD + bits(_frame(random))])


def _glued(random: Random) -> str:
    gap = "-" * random.choice([0, 0, 1, 2, 3, 5])
    return on_wire(_frame(random)) + gap + random.choice([HEAD, ""]) + bits(_frame(random))


def _violations(random: Random) -> str:
    cells = list(on_wire(_frame(random)))
    for _ in range(random.randrange(1, 30)):
        cells[random.randrange(len(cells))] = random.choice("HL-01")
    return "".join(cells)


def _bits(random: Random) -> str:
    return "".join(random.choices("01", k=random.randrange(1, 1_500)))


def _noise(random: Random) -> list[Move]:
    """Levels at any time, not cells."""
    spread = random.choice([2_000, 60_000, 120_000, 400_000])
    times = accumulate(random.randrange(32, spread) for _ in range(random.randrange(1, 600)))
    made = [(ps, random.choice((LOW, LOW, HIGH, HIGH, IDLE))) for ps in times]
    return [*made, (made[-1][0] + 1_000, IDLE)]


KINDS = (_cells_of_noise, _half_frame, _without_sfd, _long_preamble, _glued, _violations, _bits, _noise)


def stream(random: Random) -> list[Move]:
    """A random stream, its clock up to 200 ppm wrong and its edges up to 30 ns."""
    made = random.choice(KINDS)(random)
    if not isinstance(made, str):
        return made
    jitter = random.choice([0, 0, 5_000, 20_000])
    return moves("1" + made, ppm=random.uniform(-200, 200), jitter_ps=jitter, random=random)


def throw(engine: str, first: int, count: int) -> None:
    """Streams `first` to `first + count - 1`, each a function of its number."""
    with one(engine) as (lab, station):
        for number in range(first, first + count):
            random = Random(number)
            station.write(m.MODER, m.RXEN | m.TXEN | random.choice((0, m.PRO)))
            lab.hear(stream(random), quiet_ps=96 * BIT_PS)
            good = frame(station.address, random.choice([64, 200]), fill=number)
            lab.hear(moves(on_wire(good)), quiet_ps=150 * BIT_PS)
            assert station.received()[-1] == Received(good, 0), f"stream {number}"


def test_R8_five_random_streams(engine: str) -> None:
    throw(engine, 0, 5)


@pytest.mark.parametrize("engine", ["compiled"])
def test_R8_random_streams(engine: str) -> None:
    throw(engine, 0, 400)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["compiled"])
def test_R8_ten_thousand_random_streams(engine: str, measured: Measured) -> None:
    for first in range(0, 10_000, BATCH):
        throw(engine, first, BATCH)
    measured("10,000 random streams: the next good frame is received after each")
