"""The declared probes: which nets of an adapter are recorded, under which names.

Captures and hardware events need few; a waveform shows them all. The list is part of the engines'
equality: both record exactly these, sampled after each instant has settled.
"""

from collections.abc import Iterator
from typing import Any

from hw.adapter.adapter import Adapter
from hw.mac import bit_transmitter, deference, receive, transmit_link

Probe = tuple[str, Any, tuple[str, ...]]
"""Name below the host, signal, names of its states if it is an enumeration."""

EVENT_WIRES = ("irq", "tx_en", "col")
WAVE_WIRES = (
    "aui_do", "aui_do_active", "aui_di", "aui_di_active",
    "txd", "crs", "rxd", "rx_dv",
    "s_stb", "s_we", "s_adr", "m_stb", "m_we", "m_adr",
)  # fmt: skip


def adapter_probes(adapter: Adapter, *, waves: bool) -> Iterator[Probe]:
    """The probes of one adapter and of the MAU on its AUI: with `waves` all, else those of events."""
    wires = adapter.wires
    for name in EVENT_WIRES:
        yield f"adapter.{name}", wires[name], ()
    yield "adapter.mac.backoff_slots", wires["backoff_slots"], ()
    link, bits, defer, receiver = _processes(adapter)
    yield "adapter.mac.attempts", link["retries"], ()
    yield "adapter.mac.transmit_state", bits["state"], _states(bit_transmitter.State)
    if not waves:
        return
    for name in WAVE_WIRES:
        yield f"adapter.{name}", wires[name], ()
    yield "adapter.mac.link_state", link["state"], _states(transmit_link.State)
    yield "adapter.mac.deference_state", defer["state"], _states(deference.State)
    yield "adapter.mac.receive_state", receiver["state"], _states(receive.State)
    yield "mau.aui_ci", wires["aui_ci"], ()


def _processes(adapter: Adapter) -> tuple[dict[str, Any], ...]:
    """The inner signals of the MAC's processes, by name."""
    subs = {sub.func.__name__: sub.sigdict for sub in adapter.mac_transmit.subs if hasattr(sub, "sigdict")}
    return (
        subs["transmit_link"],
        subs["bit_transmitter"],
        subs["deference"],
        adapter.mac_receive.sigdict,
    )


def _states(enumeration: Any) -> tuple[str, ...]:
    return tuple(enumeration._names)
