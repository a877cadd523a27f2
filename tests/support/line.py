"""A receiving station on a pair of wires: clock recovery, PHY and MAC, joined as the adapter joins them."""

from collections.abc import Sequence
from random import Random
from typing import Any

from bench import Bench
from manchester import Sender, changes
from myhdl import Signal
from receiving import STATION, WordTaker

from hw.analogue.clock_recovery import PINS, ClockRecovery
from hw.analogue.coax import HYSTERESIS_MV
from hw.analogue.events import CABLE, Clock, at, on_change, on_grid
from hw.mac.receive import mac_receive
from hw.phy.receive import phy_receive
from hw.ports import ports_of

Edge = tuple[int, str, int]


class Line(Bench):
    """`hear` plays senders to it. `mac.frames` are what the MAC announced; `starts` counts rises of rx_dv."""

    def __init__(self) -> None:
        pins: dict[str, Any] = {
            "aui_di": Signal(True),
            "aui_di_active": Signal(False),
            "bit_clk": Clock(),
            "rx_clk": Clock(),
        }
        pins |= {name: Signal(False) for name in PINS if name not in pins}
        phy = {port.name: pins.setdefault(port.name, port.signal()) for port in ports_of(phy_receive)}
        mac = {port.name: pins.setdefault(port.name, port.signal()) for port in ports_of(mac_receive)}
        self.pins = pins
        ClockRecovery(pins, pins["bit_clk"], pins["rx_clk"])
        self.mac = WordTaker(pins)
        self.starts = 0
        for name in ("rx_full_0", "rx_full_1", "rx_end"):
            on_change(pins[name], self.mac.look)
        on_change(pins["rx_dv"], self._data_valid)
        super().__init__(phy_receive(**phy), mac_receive(**mac))
        pins["rx_enable"].next = 1
        pins["station_address"].next = int.from_bytes(STATION, "big")
        pins["min_frame"].next = 64
        pins["max_frame"].next = 1518
        self.run_for(1)

    def hear(self, *senders: Sender, jitter_ps: int = 0, seed: int = 0) -> None:
        """Play what a tap would show of `senders`, each edge off by up to `jitter_ps`, until all is quiet."""
        end = self.play(edges(senders, jitter_ps, Random(seed)))
        self.run_to(end + 20_000_000)

    def play(self, moves: Sequence[Edge]) -> int:
        """Schedule level changes; return the time of the last one."""
        _Player(self.pins, sorted(moves)).wait()
        return max(ps for ps, _, _ in moves)

    def _data_valid(self) -> None:
        self.starts += bool(self.pins["rx_dv"])


class _Player:
    """Plays moves one after the other: MyHDL sorts what is pending at every step."""

    def __init__(self, pins: dict[str, Any], moves: Sequence[Edge]) -> None:
        self._pins = pins
        self._moves = iter(moves)
        self._next: Edge | None = next(self._moves)

    def wait(self) -> None:
        """For the next move."""
        if self._next is not None:
            at(on_grid(self._next[0], CABLE), self._move)

    def _move(self) -> None:
        assert self._next is not None
        _, pin, level = self._next
        self._pins[pin].next = level
        self._next = next(self._moves, None)
        self.wait()


def edges(senders: Sequence[Sender], jitter_ps: int, random: Random) -> list[Edge]:
    """The comparators' view of the summed wave: data against the mean, activity."""
    moves: list[Edge] = []
    level = mean = 0
    data, active = 1, 0
    wave = changes(list(senders), mean_first=True)
    for place, (ps, net, value) in enumerate(wave):
        level, mean = (value, mean) if net == 0 else (level, value)
        if place + 1 < len(wave) and wave[place + 1][0] == ps:
            continue
        if (mean < 0) != active:
            active = int(mean < 0)
            moves.append((ps, "aui_di_active", active))
        shown = data
        if level > mean + HYSTERESIS_MV or not active:
            shown = 1
        elif level < mean - HYSTERESIS_MV:
            shown = 0
        if shown != data:
            data = shown
            moved = ps + random.randint(-jitter_ps, jitter_ps) if moves[-1][0] != ps else ps
            moves.append((moved, "aui_di", data))
    return moves
