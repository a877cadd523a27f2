"""The declared probes: which nets of an adapter are recorded, under which names.

Captures and hardware events need few; a waveform shows them all. The list is part of the engines'
equality: all record exactly these, sampled after each instant has settled.
"""

from dataclasses import dataclass

from hw.hub import core as hub_core
from hw.mac import bit_transmitter, deference, receive, transmit_link
from hw.modules import MODULES
from hw.nets import Net, NetKind
from sim.scenario.model import Cable


@dataclass(frozen=True, slots=True)
class Inner:
    """A register inside a circuit: `register`, or `part.register` when the circuit is made of parts."""

    circuit: str
    register: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A net, whose box is not named yet, and where it is: a wire by name, or an inner register."""

    net: Net
    source: str | Inner


def _widths() -> dict[str, int]:
    return {port.name: port.width for circuit in MODULES.values() for port in circuit.ports}


def _wire(name: str, port: str = "adapter") -> Probe:
    width = _WIDTHS.get(name, 1)
    return Probe(Net("", port, name, NetKind.BIT if width == 1 else NetKind.VECTOR, width), name)


def _state(name: str, inner: Inner, names: tuple[str, ...]) -> Probe:
    return Probe(Net("", "adapter.mac", name, NetKind.STATE, states=names), inner)


_WIDTHS = _widths()
_LINK = Inner("mac_transmit", "transmit_link.state")
_RETRIES = Inner("mac_transmit", "transmit_link.retries")
_BITS = Inner("mac_transmit", "bit_transmitter.state")
_DEFERENCE = Inner("mac_transmit", "deference.state")
_RECEIVE = Inner("mac_receive", "state")

EVENT_PROBES = (
    _wire("irq"),
    _wire("tx_en"),
    _wire("col"),
    _wire("link"),
    _wire("polarity"),
    _wire("backoff_slots", "adapter.mac"),
    Probe(Net("", "adapter.mac", "attempts", NetKind.VECTOR, 4), _RETRIES),
    _state("transmit_state", _BITS, tuple(bit_transmitter.State._names)),
    _state("receive_state", _RECEIVE, tuple(receive.State._names)),
)
"""What hardware events are decoded from."""
WAVE_PROBES = (
    *(_wire(name) for name in ("aui_do", "aui_do_active", "aui_di", "aui_di_active")),
    *(_wire(name) for name in ("txd", "crs", "rxd", "rx_dv")),
    *(_wire(name) for name in ("s_stb", "s_we", "s_adr", "m_stb", "m_we", "m_adr")),
    _state("link_state", _LINK, tuple(transmit_link.State._names)),
    _state("deference_state", _DEFERENCE, tuple(deference.State._names)),
    _wire("aui_ci", "mau"),
)
"""What a waveform shows besides."""


def probes(*, waves: bool) -> tuple[Probe, ...]:
    """The probes of one adapter and the MAU on its AUI, in the order in which they are recorded."""
    return EVENT_PROBES + WAVE_PROBES if waves else EVENT_PROBES


HUB_EVENT_PROBES = (
    _wire("selected", "core"),
    Probe(
        Net("", "core", "state", NetKind.STATE, states=tuple(hub_core.State._names)),
        Inner("hub_core", "state"),
    ),
)
HUB_WAVE_PROBES = tuple(
    _wire(name, "core") for name in ("carrier", "signal_quality", "tx_bit", "td", "drive", "hold")
)
PORT_EVENT_PROBES = tuple(
    Probe(Net("", "", name, NetKind.BIT), name) for name in ("partitioned", "aui_ci", "link")
)
PORT_WAVE_PROBES = tuple(
    Probe(Net("", "", name, NetKind.BIT), name)
    for name in ("aui_di", "aui_di_active", "aui_do", "aui_do_active")
)


def hub_probes(*, waves: bool) -> tuple[Probe, ...]:
    """The probes of a hub's core."""
    return HUB_EVENT_PROBES + HUB_WAVE_PROBES if waves else HUB_EVENT_PROBES


def port_probes(*, waves: bool) -> tuple[Probe, ...]:
    """The probes of each of a hub's ports, after the core's."""
    return PORT_EVENT_PROBES + PORT_WAVE_PROBES if waves else PORT_EVENT_PROBES


SWITCH_EVENT_PROBES = tuple(
    _wire(name, "core")
    for name in (
        *("source_port", "sender", "destination", "learnt", "moved", "unlearnt", "known", "targets"),
        "relayed",
    )
)
"""The last one tells that the others have been told."""
SWITCH_WAVE_PROBES = tuple(
    _wire(name, "core") for name in ("offers", "serving", "enqueue", "refused", "store_grant", "fetch_grant")
)
SWITCH_COUNTERS = (
    "received",
    "bad",
    "no_buffer",
    "filtered",
    "sent",
    "unsent",
    "queue_full",
    "delay_exceeded",
)
SWITCH_PORT_EVENT_PROBES = tuple(
    Probe(Net("", "", name, NetKind.VECTOR, _WIDTHS[name]), name) for name in SWITCH_COUNTERS
) + tuple(
    Probe(Net("", "", name, NetKind.BIT), name) for name in ("full_duplex", "pause_running", "tx_pause")
)
SWITCH_PORT_WAVE_PROBES = PORT_WAVE_PROBES + tuple(
    Probe(Net("", "", name, NetKind.BIT), name) for name in ("rx_dv", "tx_en", "offer", "room")
)


def switch_probes(*, waves: bool) -> tuple[Probe, ...]:
    """The probes of a switch's core."""
    return SWITCH_EVENT_PROBES + SWITCH_WAVE_PROBES if waves else SWITCH_EVENT_PROBES


def switch_port_probes(*, waves: bool) -> tuple[Probe, ...]:
    """The probes of each of a switch's ports, after the core's."""
    return SWITCH_PORT_EVENT_PROBES + SWITCH_PORT_WAVE_PROBES if waves else SWITCH_PORT_EVENT_PROBES


def line_net(cable: Cable, end: str) -> Net:
    """What the box at `end` drives into its pair of `cable`, where that is captured."""
    return Net(cable.name, end, "line", NetKind.MILLIVOLT)
