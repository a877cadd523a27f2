"""MII, rows M1 to M4: what PHY and MAC show each other, from the side of clause 22.

Another's models drive the converted boxes in tests/hw/test_mac_box.py and test_phy_box.py.
"""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bench import Clocked
from laboratory import Lab, Received, address, frame
from library import Instance
from pattern import BIT_PS, PREAMBLE, SFD, bits, moves, on_wire

from hw.modules import MODULES
from sim.engine.compiled.build import module_library, toolchain
from sim.scenario.circuits import find

Measured = Callable[[str], None]
NIBBLE_PS = 4 * BIT_PS
P, D = 5, 13
FOREIGN = 1 << 4
"""Of `mac_receive`'s status: the address is not the station's."""
COUNTING = '''
"""A receiver that takes no frame until it has counted the gap on its own receive clock."""
from typing import Annotated
from myhdl import Signal, always, always_comb, block, intbv
from hw.hierarchy import by_name
from hw.mac.receive import mac_receive
from hw.ports import Sig, of
Pin = Annotated[Sig, of(mac_receive)]

@block
def counting_receive({ports}):
    idle = Signal(intbv(0)[5:])
    valid = Signal(False)
    gap = Signal(False)

    @always(rx_clk.posedge)
    def count():
        if rx_dv:
            if not gap:
                idle.next = 0
        elif idle != 20:
            idle.next = idle + 1
        gap.next = (rx_dv and gap) or idle == 20

    @always_comb
    def take():
        valid.next = rx_dv and (gap or idle == 20)

    inner = mac_receive(**by_name(mac_receive, locals(), rx_dv=valid))
    return count, take, inner
'''


class MiiLab(Lab):
    """With the lines of MII."""

    watched = (".rxd", ".rx_dv", ".txd", ".tx_en")

    def level(self, line: str, ps: int) -> int:
        """What `line` showed at `ps`."""
        log = self.log[f"s0.adapter.{line}"]
        return next((value for since, value in reversed(log) if since <= ps), 0)

    def spans(self, line: str) -> list[tuple[int, int]]:
        """When it was high: from, to."""
        rises = [ps for ps, value in self.log[f"s0.adapter.{line}"] if value]
        falls = [ps for ps, value in self.log[f"s0.adapter.{line}"] if not value]
        return list(zip(rises, falls, strict=True))


def test_M1_rx_dv_covers_the_sfd(engine: str, measured: Measured) -> None:
    with MiiLab(engine) as lab:
        station = lab.stations[0]
        station.bring_up()
        sent = frame(station.address)
        nibbles = [half for octet in sent for half in (octet & 15, octet >> 4)]
        lab.forget()
        for lost in range(8):
            lab.hear(moves((on_wire(sent))[lost:]), quiet_ps=150 * BIT_PS)
        lab.look()
        assert station.received() == [Received(sent, 0)] * 8
        spans = lab.spans("rx_dv")
        assert len(spans) == 8
        shown = [ps for ps, value in lab.log["s0.adapter.rxd"] if value == D]
        leads = []
        for begin, end in spans:
            sfd = next(ps for ps in shown if begin < ps < end)
            leads.append((sfd - begin) // NIBBLE_PS)
            assert all(lab.level("rxd", ps) == P for ps in range(begin, sfd, BIT_PS))
            found = [lab.level("rxd", ps) for ps in range(sfd + BIT_PS, end, NIBBLE_PS)]
            assert found[: 1 + len(nibbles)] == [D, *nibbles]
            assert len(found) <= 2 + len(nibbles)  # the end of the line takes its time to be noticed
        assert min(leads) >= 1
        measured(f"8 phases of the bits: {min(leads)} to {max(leads)} nibbles 5, D, the frame")


def receiver(engine: str) -> Any:
    """`mac_receive` by itself, on either engine."""
    if engine == "myhdl":
        return Clocked("mac_receive")
    return Instance("mac_receive", library())


@cache
def library() -> Path:
    """`mac_receive`, compiled."""
    return module_library("mac_receive", toolchain())


def taken(engine: str, header: list[int]) -> bool:
    """Whether a MAC takes a frame that has `header` before its nibbles."""
    mac = receiver(engine)
    mac.set(rx_enable=1, promiscuous=1, min_frame=64, max_frame=1518, collision_valid=63)
    sent = frame(address(0))
    ended = mac["rx_end"]
    for nibble in [*header, *(half for octet in sent for half in (octet & 15, octet >> 4))]:
        mac.tick(rx_dv=1, rxd=nibble)
        for word in "01":
            mac.set(**{f"rx_taken_{word}": mac[f"rx_full_{word}"]})
    for _ in range(6):
        mac.tick(rx_dv=0)
    return bool(mac["rx_end"] != ended) and (mac["rx_length"], mac["rx_status"]) == (len(sent), FOREIGN)


def test_M2_search_for_the_sfd(engine: str, measured: Measured) -> None:
    assert all(
        taken(engine, [P] * nibbles + [P, D]) for nibbles in (range(33) if engine == "compiled" else (0, 32))
    )
    places = range(14) if engine == "compiled" else range(0, 14, 6)
    wrong = [[*[P] * place, nibble, *[P] * (13 - place), P, D] for place in places for nibble in range(16)]
    # Behind a 5, D is the SFD itself, wherever it comes.
    wrong = [header for header in wrong if D not in header[1:-1]]
    assert all(taken(engine, header) for header in wrong)
    assert not any(taken(engine, header) for header in ([], [D], [P] * 15, [P, 7, D]))
    measured(f"0 to 32 nibbles 5, and {len(wrong)} preambles with a wrong one: accepted; D without a 5: not")


def test_M3_preamble_and_gap_as_the_mac_sends_them(engine: str, measured: Measured) -> None:
    with MiiLab(engine) as lab:
        station = lab.stations[0]
        station.bring_up()
        lab.forget()
        for _ in range(3):
            station.queue(frame(address(7))[:-4])
        for _ in range(3):
            station.sent()
        lab.look()
        spans = lab.spans("tx_en")
        for begin, _ in spans:
            header = [lab.level("txd", begin + NIBBLE_PS // 2 + n * NIBBLE_PS) for n in range(16)]
            assert header == [P] * 15 + [D]
        gaps = {round((after[0] - before[1]) / NIBBLE_PS) for before, after in pairwise(spans)}
        assert gaps == {24}
        measured("15 nibbles 5 and D before each frame; 24 ticks of tx_clk without tx_en between two")


@pytest.mark.parametrize("running", [False, True])
def test_M4_a_receive_clock_that_runs(engine: str, running: bool, tmp_path: Path, measured: Measured) -> None:
    ports = ", ".join(f"{port.name}: Pin" for port in MODULES["mac_receive"].ports)
    (tmp_path / "counting.py").write_text(COUNTING.replace("{ports}", ports))
    block = find(f"{tmp_path / 'counting.py'}:counting_receive")
    with Lab(engine, circuits=(("mac_receive", block),), receive_clock_runs=running) as lab:
        station = lab.stations[0]
        station.bring_up()
        frames = [frame(station.address, fill=fill) for fill in range(3)]
        for one in frames:
            lab.hear(moves(on_wire(one)), quiet_ps=96 * BIT_PS)
        received = station.received()
        assert received == ([Received(one, 0) for one in frames] if running else [])
        clock, found = ("running", "received") if running else ("stopped", "not received")
        measured(f"{clock}: frames 96 BT apart {found} by a MAC that counts 20 ticks of it")


def test_M4_frames_are_the_same_with_it(engine: str, measured: Measured) -> None:
    logs = []
    for running in (False, True):
        with MiiLab(engine, receive_clock_runs=running) as lab:
            station = lab.stations[0]
            station.bring_up()
            for fill in range(3):
                lab.hear(
                    moves(PREAMBLE + SFD + bits(frame(station.address, fill=fill))), quiet_ps=96 * BIT_PS
                )
            station.queue(frame(address(7))[:-4])
            station.sent()
            lab.look()
            logs.append(station.received())
    assert logs[0] == logs[1] != []
    measured("with our MAC: the same frames as without")
