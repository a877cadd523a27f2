"""The driver and its PHY, frame by frame of the management interface, and the adapter's own counters.

A PHY is a list of registers at an address; registers of the adapter as in the OpenCores specification.
"""

import pytest
from declared import declared

from driver import mii
from driver.bus import Job, Read, Wait, Write
from driver.counters import adapter_counters
from driver.driver import RX_RING, Driver, Link
from driver.settings import TX_RING, Settings
from journal.event import FieldValue
from journal.kind import EventKind

MIIMODER, MIICOMMAND, MIIADDRESS, MIITX_DATA, MIIRX_DATA, MIISTATUS = range(0x28, 0x40, 4)
MODER, ROM = 0x00, 0x60
RD_OR_E = 1 << 15
RSTAT, WCTRLDATA, BUSY = 2, 4, 2
FRAME_NS = 64 * 400
LINK = 1 << 2
FULL_DUPLEX = 1 << 8


def descriptor(number: int) -> int:
    return 0x400 + 8 * number


class Management:
    """A management interface with PHYs on it: register lists by address. Link status latches low."""

    def __init__(self, phys: dict[int, list[int]], *, looks: int = 1) -> None:
        self.phys = phys
        self.frames: list[tuple[int, int, int | None]] = []
        """(PHY address, register, value written or None) of every frame."""
        self.waited = 0
        self._looks, self._busy = looks, 0
        self.words: dict[int, int] = {}
        """What the registers hold."""
        self.written: list[int] = []
        """The registers that were written, in order."""

    def run(self, job: Job[object]) -> object:
        value: int | None = None
        while True:
            try:
                operation = job.send(value)
            except StopIteration as end:
                return end.value
            value = None
            if isinstance(operation, Wait):
                self.waited += operation.ns
                self._busy -= 1
            elif isinstance(operation, Write):
                self.words[operation.register] = operation.value
                self.written.append(operation.register)
                if operation.register == MIICOMMAND and operation.value:
                    self._frame(operation.value)
            else:
                assert isinstance(operation, Read)
                value = self.words.get(operation.register, 0)
                if operation.register == MIISTATUS:
                    value = BUSY if self._busy > 0 else 0
                assert not self._busy or operation.register == MIISTATUS

    def _frame(self, command: int) -> None:
        phy, register = self.words[MIIADDRESS] & 31, self.words[MIIADDRESS] >> 8
        registers = self.phys.get(phy)
        self._busy = self._looks
        if command == WCTRLDATA:
            self.frames.append((phy, register, self.words[MIITX_DATA]))
            assert registers is not None
            registers[register] = self.words[MIITX_DATA]
        else:
            assert command == RSTAT
            self.frames.append((phy, register, None))
            self.words[MIIRX_DATA] = 0xFFFF if registers is None else registers[register]
            if registers is not None and register == 1 and not registers[1] & LINK and registers[4]:
                registers[1] |= LINK


def phy(*, up: bool = True, control: int = 0, latched: bool = False) -> list[int]:
    """Control, status, identifiers, and whether the link is there again behind a latched loss."""
    return [control, LINK if up and not latched else 0, 0x0022, 0x5610, int(up)]


class Host:
    def __init__(self, settings: Settings, management: Management) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.driver = Driver(memoryview(bytearray(128 * 1024)), settings, self._emit)
        self.management = management

    def _emit(self, kind: type[EventKind], /, **fields: FieldValue) -> None:
        self.events.append(declared(kind, fields)[1:])


HALF = Settings()


@pytest.mark.parametrize("address", [1, 2, 31, 0])
def test_the_phy_is_found_by_its_identifier_wherever_it_is(address: int) -> None:
    management = Management({address: phy()})
    assert management.run(mii.find()) == address
    searched = [frame[0] for frame in management.frames]
    assert searched == [*range(1, 32), 0][: len(searched)]
    assert {frame[1:] for frame in management.frames} == {(2, None)}


def test_without_a_phy_the_driver_says_so_and_knows_no_link() -> None:
    host = Host(HALF, Management({}))
    host.management.run(host.driver.open_phy())
    assert len(host.management.frames) == 32
    assert host.driver.link == Link(None, None)
    assert host.events == [("no PHY answers", {})]
    assert host.management.run(host.driver.tick()) == Link(None, None)


def test_a_frame_of_the_management_interface_is_waited_for() -> None:
    management = Management({1: phy()}, looks=1)
    management.run(mii.read(1, 2))
    assert FRAME_NS < management.waited < 2 * FRAME_NS


def test_a_management_interface_that_never_finishes_is_an_error() -> None:
    with pytest.raises(mii.ManagementError, match="still busy"):
        Management({1: phy()}, looks=100).run(mii.read(1, 2))


@pytest.mark.parametrize(
    ("full_duplex", "before", "written"),
    [(False, 0, []), (True, 0, [FULL_DUPLEX]), (False, FULL_DUPLEX, [0]), (True, FULL_DUPLEX, [])],
)
def test_the_phy_is_told_the_duplex_mode_if_it_has_another(
    full_duplex: bool, before: int, written: list[int]
) -> None:
    host = Host(Settings(full_duplex=full_duplex), Management({1: phy(control=before)}))
    host.management.run(host.driver.open_phy())
    assert [frame for frame in host.management.frames if frame[2] is not None] == [
        (1, 0, value) for value in written
    ]
    assert host.events == [("link up", {"phy": 1, "full_duplex": full_duplex, "negotiated": False})]


def test_a_link_that_is_down_at_the_start_is_told() -> None:
    host = Host(HALF, Management({1: phy(up=False)}))
    host.management.run(host.driver.open_phy())
    assert host.driver.link == Link(1, False)
    assert host.events == [("link down", {"phy": 1})]


def test_ticks_tell_changes_only() -> None:
    management = Management({1: phy()})
    host = Host(HALF, management)
    host.management.run(host.driver.open_phy())
    host.events.clear()
    host.management.run(host.driver.tick())
    assert host.events == []
    management.phys[1] = phy(up=False)
    host.management.run(host.driver.tick())
    host.management.run(host.driver.tick())
    assert host.events == [("link down", {"phy": 1})]
    management.phys[1] = phy()
    host.management.run(host.driver.tick())
    assert [kind for kind, _ in host.events] == ["link down", "link up"]


def test_a_loss_between_two_ticks_is_told_because_the_phy_latches_it() -> None:
    management = Management({1: phy()})
    host = Host(HALF, management)
    host.management.run(host.driver.open_phy())
    host.events.clear()
    management.phys[1] = phy(latched=True)
    host.management.run(host.driver.tick())
    assert [kind for kind, _ in host.events] == ["link down", "link up"]
    assert host.driver.link == Link(1, True)


def test_another_duplex_mode_begins_both_rings_anew_and_writes_only_what_is_in_use() -> None:
    """RXEN and TXEN that rise begin at the first descriptors; what was under way is reported as lost."""
    negotiates, able, full, acknowledge = 1 << 12, 1 << 3, 1 << 6, 1 << 14
    management = Management({1: [negotiates, LINK | able, 0x0022, 0x5610, full, full | acknowledge]})
    management.words |= {ROM: 2, ROM + 4: 2}
    host = Host(Settings(negotiate=True), management)
    management.run(host.driver.probe())
    management.run(host.driver.transmit(bytes(60)))
    for number in range(2):  # two frames that nobody has taken yet
        management.words[descriptor(TX_RING + number)] ^= RD_OR_E
    management.written.clear()
    host.events.clear()
    management.run(host.driver.open_phy())
    assert host.driver.full_duplex
    rings = [register for register in management.written if register >= descriptor(0)]
    assert rings == [descriptor(0), descriptor(TX_RING), descriptor(TX_RING + 1)]
    assert [management.words[descriptor(number)] & RD_OR_E for number in range(TX_RING)] == [0] * TX_RING
    received = range(TX_RING, TX_RING + RX_RING)
    assert all(management.words[descriptor(number)] & RD_OR_E for number in received)
    assert management.written.index(MODER) < management.written.index(descriptor(0))
    assert management.written[-1] == MODER
    assert host.driver.counters.tx_errors == 1
    assert host.driver.counters.rx_errors == 2
    assert [fields for kind, fields in host.events if kind == "received frame dropped"] == 2 * [
        {"reason": "duplex mode changed"}
    ]


RFC2665 = """alignment_errors fcs_errors single_collision_frames multiple_collision_frames sqe_test_errors
deferred_transmissions late_collisions excessive_collisions internal_mac_transmit_errors carrier_sense_errors
frame_too_longs internal_mac_receive_errors symbol_errors in_pause_frames out_pause_frames
in_range_length_errors excessive_deferrals transmitted_frames received_frames short_frames missed_frames"""


def test_the_adapter_s_counters_are_read_by_their_addresses() -> None:
    job = adapter_counters()
    operation = next(job)
    while True:
        assert isinstance(operation, Read)
        try:
            operation = job.send(operation.register * 1000)
        except StopIteration as end:
            counters = end.value
            break
    assert counters == {name: (0x80 + 4 * n) * 1000 for n, name in enumerate(RFC2665.split())}
