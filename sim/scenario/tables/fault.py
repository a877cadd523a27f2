"""`[[fault]]`: what happens to the cabling, and to the power of hosts, during a run."""

from dataclasses import replace
from typing import Annotated, TypedDict, get_args

from sim.scenario.keys import Key
from sim.scenario.model import CableFault, FaultKind, is_port
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, exists, metres, not_negative, one_of
from sim.scenario.table import Table
from sim.scenario.tables import values
from sim.scenario.tables.coax import ENDS

KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
_OF_HOSTS = ("unplug", "plug", "power off", "power on")


class FaultKeys(TypedDict, total=False):
    """Where a fault happens: at a host, or on a coax."""

    host: Annotated[str, Key("of plug and unplug, an adapter or a port of a hub or switch; of power, a host")]
    cable: Annotated[str, Key("of the others, a coax")]
    where: Annotated[
        str,
        Key('of open and short, such as "100 m"; of a terminator, "left", "right" or where it is too many'),
    ]


def read(table: Table) -> CableFault:
    """Read something that happens."""
    at = values.time(table, "at")
    what = table.word("what", KINDS)
    if what in _OF_HOSTS:
        table.only("at", "what", "host")
        where = "the host, its adapter, or the port of a hub, that it happens to"
        return CableFault(at, what, host=table.text("host", where))
    table.only("at", "what", "cable", *([] if what == "repair" else ["where"]))
    fault = CableFault(at, what, cable=table.text("cable", "the name of a coax"))
    if what in ("open", "short"):
        return replace(fault, at_mm=values.length(table, "where", "100 m"))
    if what in ("terminator off", "terminator on"):
        if table.text("where", '"left", "right", or a place such as "250 m"') in ENDS:
            return replace(fault, end=table.word("where", ENDS))
        return replace(fault, at_mm=values.length(table, "where", "250 m"), end=None)
    return fault


def check(fault: CableFault, plan: Plan) -> None:
    """Raise Fault for a rule that `fault` breaks: it happens to a host, a port of a hub, or a coax."""
    not_negative("at", fault.at_ns)
    one_of("what", fault.what, KINDS)
    if fault.what in ("power off", "power on"):
        exists(fault.host, plan.host_names)
        return
    if fault.what in _OF_HOSTS:
        if not is_port(fault.host):
            plan.adapter("host", fault.host)
        elif fault.host not in plan.cabled:
            raise Fault("host", f'"{fault.host}" has no cable that could be pulled')
        return
    lengths = {coax.name: coax.length_mm for coax in plan.coaxes}
    if fault.cable not in lengths:
        known = f"; segments: {', '.join(lengths)}" if lengths else ""
        raise Fault("cable", f'there is no coax "{fault.cable}"{known}')
    if not 0 <= fault.at_mm <= lengths[fault.cable]:
        raise Fault("where", f"is beyond the cable, which is {metres(lengths[fault.cable])} long")
    if fault.end is not None:
        one_of("where", fault.end, ENDS)
