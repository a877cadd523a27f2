"""A hub's backplane: the logic between its ports and its core.

For each port it shows the core whether the port receives a signal (`carrier`), and whether its MAU reports a
collision (`signal_quality`). While the hub sends to a port, that port's MAU returns what is sent; this does
not count as carrier. A partitioned port shows neither. `word` is that of the `selected` port; several would
be combined by OR.

In the other direction `td`, the same signal, goes to all ports in `drive`. A port's output is high while it
is not driven, and active while it is driven or in `hold`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from myhdl import always_comb, block, modbv

from hw.bundle import beside, bundle_of, gather, scatter
from hw.hub.port_receive import WORD
from hw.hub.sizes import LINES, MOST_PORTS, WORD_BITS
from hw.ports import PerPort, Sig, into, out

Wires = Mapping[str, Any]


@block
def hub_backplane(
    port_aui_di_active: Annotated[Sig, into(LINES, "ports that receive a signal")],
    port_aui_ci: Annotated[Sig, into(LINES, "ports whose MAU signals a collision")],
    port_partitioned: Annotated[Sig, into(LINES, "ports that nothing is repeated from")],
    port_word: Annotated[Sig, into(PerPort(WORD_BITS, MOST_PORTS), f"of each port: {WORD}")],
    selected: Annotated[Sig, into(LINES, "the port whose word the core takes")],
    td: Annotated[Sig, into(1, "the signal for all ports: 1 is HI")],
    drive: Annotated[Sig, into(LINES, "ports that it is driven to")],
    hold: Annotated[Sig, into(LINES, "ports that are held high after their last bit")],
    port_aui_do: Annotated[Sig, out(LINES, "of each port: data out", initial=(1 << MOST_PORTS) - 1)],
    port_aui_do_active: Annotated[Sig, out(LINES, "ports that are sent to")],
    carrier: Annotated[Sig, out(LINES, "ports that receive a signal that is to be repeated")],
    signal_quality: Annotated[Sig, out(LINES, "ports whose collision counts")],
    any_carrier: Annotated[Sig, out(1, "a bit of one of both is high: the core's clock is needed")],
    word: Annotated[Sig, out(WORD_BITS, f"of the selected port: {WORD}")],
) -> Any:
    """Combinational logic."""
    lines = len(port_aui_di_active)
    every = (1 << lines) - 1

    @always_comb
    def listen() -> None:
        carrier.next = port_aui_di_active & ~port_aui_do_active & ~port_partitioned
        signal_quality.next = port_aui_ci & ~port_partitioned
        any_carrier.next = ((port_aui_di_active & ~port_aui_do_active | port_aui_ci) & ~port_partitioned) != 0

    @always_comb
    def choose() -> None:
        chosen = modbv(0)[WORD_BITS:]
        word_at = 0
        for n in range(lines):
            if selected[n]:
                chosen[:] = chosen | port_word[word_at + WORD_BITS : word_at]
            word_at = word_at + WORD_BITS
        word.next = chosen

    @always_comb
    def activate() -> None:
        port_aui_do_active.next = drive[lines:] | hold[lines:]

    @always_comb
    def send() -> None:
        if td:
            port_aui_do.next = every
        else:
            port_aui_do.next = ~drive[lines:]

    return listen, choose, activate, send


PORT_PINS = ("aui_do", "aui_do_active", "aui_di_active", "aui_ci", "link", "word", "partitioned")
CORE_PINS = ("carrier", "signal_quality", "linked", "any_carrier", "word", "selected", "td", "drive", "hold")
"""Wires of a port and of the core, in the order in which the compiled twin takes them."""


class Backplane:
    """The circuit in MyHDL, between the wires of `ports` (`PORT_PINS`) and the core's (`CORE_PINS`)."""

    def __init__(self, core: Wires, ports: Sequence[Wires]) -> None:
        def each(name: str) -> list[Any]:
            return [port[name] for port in ports]

        gather(core["linked"], each("link"))
        sent = {name: beside(each(name)) for name in ("aui_do", "aui_do_active")}
        for name, bundle in sent.items():
            scatter(bundle, each(name))
        circuit = hub_backplane(
            **{f"port_{name}": bundle for name, bundle in sent.items()},
            **{
                f"port_{name}": bundle_of(each(name))
                for name in ("aui_di_active", "aui_ci", "partitioned", "word")
            },
            **{name: core[name] for name in CORE_PINS if name != "linked"},
        )
        self.blocks = [circuit]
