"""`[[switch]]`: a switching hub, a bridge of 802.1D."""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from sim.scenario.keys import Key, Time, names
from sim.scenario.model import Duplex, Switch
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, from_to, name, one_of, ppm
from sim.scenario.table import Table
from sim.scenario.tables import values
from sim.scenario.tables.adapter import DUPLEXES

LEAST_PORTS, MOST_PORTS = 2, 48
SECOND_NS = 1_000_000_000
LEAST_AGEING_S, MOST_AGEING_S = 10, 1_000_000
"""802.1D clause 7.9.2."""
LEAST_ADDRESSES, MOST_ADDRESSES = 4, 8192
LEAST_BUFFERS, MOST_BUFFERS = 1, 32


class SwitchKeys(TypedDict, total=False):
    """A switching hub, a bridge of 802.1D."""

    crystal_ppm: Annotated[float, Key("error of its crystal, -100 to 100 parts per million", "0")]
    ageing: Annotated[
        Time, Key("how long an address is kept that sends nothing, 10 s to 1000000 s", '"300 s"')
    ]
    cut_through: Annotated[
        bool, Key("a frame is forwarded as soon as its addresses and its type are received", "false")
    ]
    addresses: Annotated[int, Key("entries of its address table, a power of two, 4 to 8192", "8192")]
    buffers: Annotated[int, Key("frames of each port that can wait, 1 to 32", "32")]
    duplex: Annotated[Duplex | Sequence[Duplex], Key("of all ports, or of each", '"auto"')]


def read(table: Table) -> Switch:
    """Read a switch; a duplex mode that is given as one word is that of all ports."""
    table.only("name", "ports", *names(SwitchKeys))
    word = table.text("name", "a name for the switch")
    ports = table.integer("ports", "how many it has", LEAST_PORTS, MOST_PORTS)
    given: dict[str, int] = {}
    if "ageing" in table:
        given["ageing_ns"] = values.time(table, "ageing")
    if "addresses" in table:
        given["addresses"] = table.integer(
            "addresses", "how many stations it can remember", LEAST_ADDRESSES, MOST_ADDRESSES
        )
    if "buffers" in table:
        given["buffers"] = table.integer("buffers", "frames that may wait", LEAST_BUFFERS, MOST_BUFFERS)
    return Switch(
        word,
        ports,
        values.ppm(table),
        cut_through=values.flag(table, "cut_through", "whether frames leave before all of them has come"),
        duplex=_duplex(table, ports),
        **given,
    )


def _duplex(table: Table, ports: int) -> tuple[Duplex, ...]:
    words = table.one_or_more("duplex", 'a mode such as "full", or an array with one for each port')
    with table.judged():
        for word in words:
            one_of("duplex", word, DUPLEXES)
    if len(words) not in (0, 1, ports):
        raise table.error(
            "duplex", f"has {len(words)} words; give one for all, or one for each of the {ports} ports"
        )
    modes = tuple(mode for word in words for mode in DUPLEXES if mode == word)
    return modes * ports if len(modes) == 1 else modes


def check(switch: Switch, plan: Plan) -> None:
    """Raise Fault for a rule that `switch` breaks."""
    name(switch.name, plan.names)
    from_to("ports", switch.ports, LEAST_PORTS, MOST_PORTS)
    ppm(switch.crystal_ppm)
    seconds, rest = divmod(switch.ageing_ns, SECOND_NS)
    if rest or not LEAST_AGEING_S <= seconds <= MOST_AGEING_S:
        raise Fault("ageing", "must be whole seconds, from 10 s to 1000000 s (802.1D clause 7.9.2)")
    from_to("addresses", switch.addresses, LEAST_ADDRESSES, MOST_ADDRESSES)
    if switch.addresses & (switch.addresses - 1):
        raise Fault("addresses", f"is {switch.addresses} and must be a power of two")
    from_to("buffers", switch.buffers, LEAST_BUFFERS, MOST_BUFFERS)
    if len(switch.duplex) > switch.ports:
        raise Fault("duplex", f"has {len(switch.duplex)} words; the switch has {switch.ports} ports")
    for mode in switch.duplex:
        one_of("duplex", mode, DUPLEXES)
