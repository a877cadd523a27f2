"""The levels of a frame at the first tap of its coax, read from the run's waveform, if there is one.

A file of gigabytes is not read: the instants in it grow, so the frame's place is found by bisection.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sim.record.timeline import clock
from sim.record.wire import ONE_SENDER_MV

WAVEFORM = "waves.vcd"
_OHM = 25
"""Two halves of the cable side by side, of 50 ohm each (802.3 clause 8.4.1)."""
_LO_MV = 2 * ONE_SENDER_MV
"""Of one sender; half of it on average (clause 8.3.1.3)."""
_NEAR = 65_536
"""Octets that are read through."""
_SHOWN = 6
"""Changes that are listed."""


def levels(folder: Path, cable: str, start_ps: int, end_ps: int) -> list[str]:
    """How the voltage changes from `start_ps` on, and between which levels up to `end_ps`."""
    path = folder / WAVEFORM
    if not path.is_file():
        return []
    with path.open("rb") as file:
        found = _variable(file, cable)
        if found is None:
            return []
        place, code = found
        _seek(file, start_ps)
        changes = list(_changes(file, code, start_ps, end_ps))
    if not changes:
        return []
    values = sorted({volts for _, volts in changes}, reverse=True)
    return [
        f"Levels at the tap of {place}: {', '.join(f'{volts:g} V' for volts in values)}",
        f"(A sender drives 0 or {-_LO_MV // _OHM} mA into {_OHM} ohm: 0 or {_LO_MV / 1000:g} V at its tap.)",
        *(f"{clock(ps):>18}  {volts:g} V" for ps, volts in changes[:_SHOWN]),
        f"{len(changes)} changes, the last at {clock(changes[-1][0])}",
    ]


def _variable(file: BinaryIO, cable: str) -> tuple[str, bytes] | None:
    """The first tap of `cable`, and the code of its level; leaves the file at the end of its header."""
    scopes: list[str] = []
    found = None
    for line in file:
        words = line.split()
        if words[:1] == [b"$scope"]:
            scopes.append(words[2].decode())
        elif words[:1] == [b"$upscope"]:
            scopes.pop()
        elif words[:2] == [b"$var", b"real"] and scopes[-2:-1] == [cable] and words[4] == b"level_V":
            found = found or (scopes[-1], words[3])
        elif words[:1] == [b"$enddefinitions"]:
            break
    return found


def _seek(file: BinaryIO, ps: int) -> None:
    """Go to a line before the first change at `ps`."""
    low, high = file.tell(), file.seek(0, 2)
    while high - low > _NEAR:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline()
        instant = next((int(line[1:]) for line in file if line.startswith(b"#")), None)
        if instant is None or instant >= ps:
            high = middle
        else:
            low = middle
    file.seek(low)
    if low:
        file.readline()


def _changes(file: BinaryIO, code: bytes, start_ps: int, end_ps: int) -> Iterator[tuple[int, float]]:
    ps = -1
    for line in file:
        if line.startswith(b"#"):
            ps = int(line[1:])
            if ps > end_ps:
                return
        elif ps >= start_ps and line.startswith(b"r") and line.split()[1:] == [code]:
            yield ps, float(line[1:].split()[0])
