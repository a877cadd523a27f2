"""`[[fault]]`: what happens to cables, to MAUs and to hosts during a run."""

from dataclasses import replace
from typing import Annotated, TypedDict, get_args

from sim.scenario.faults import DEFECTS, CableFault, FaultKind
from sim.scenario.keys import Key, Time
from sim.scenario.model import is_port
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, above_0, exists, from_to, metres, not_negative, one_of
from sim.scenario.table import Table
from sim.scenario.tables import values
from sim.scenario.tables.coax import ENDS, MAX_BURST

KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
OF_MAUS = ("receiver off", "receiver on", "babble on", "babble off")
OF_POWER = ("power off", "power on")
OF_ADAPTERS = ("interrupt off", "interrupt on")
OF_PLUGS = ("unplug", "plug", "loose on", "loose off")
OF_HOSTS = (*OF_PLUGS, *DEFECTS, *OF_POWER, *OF_ADAPTERS)
MORE = {"noise on": ("rate", "burst"), "loose on": ("open", "closed")}
"""Keys of faults that happen to a `host`."""


class FaultKeys(TypedDict, total=False):
    """Where a fault happens: at a host, or on a coax."""

    host: Annotated[str, Key("an adapter or a port of a hub or switch; of power, a host")]
    cable: Annotated[str, Key("of open, short, repair and terminators, a coax")]
    where: Annotated[
        str, Key('of open and short, such as "100 m"; of a terminator, "left", "right", or such a place')
    ]
    rate: Annotated[float, Key("of noise, the probability that a received bit is wrong")]
    burst: Annotated[int, Key("of noise, how many bits in succession are wrong", "1")]
    open: Annotated[Time, Key("of a loose connector, how long it has no contact, on average")]
    closed: Annotated[Time, Key("of a loose connector, how long it has contact, on average")]


def read(table: Table) -> CableFault:
    """Read something that happens."""
    at = values.time(table, "at")
    what = table.word("what", KINDS)
    if what in OF_HOSTS:
        table.only("at", "what", "host", *MORE.get(what, ()))
        where = "the host, its adapter, or the port of a hub, that it happens to"
        return _more(table, CableFault(at, what, host=table.text("host", where)))
    table.only("at", "what", "cable", *([] if what == "repair" else ["where"]))
    fault = CableFault(at, what, cable=table.text("cable", "the name of a coax"))
    if what in ("open", "short"):
        return replace(fault, at_mm=values.length(table, "where", "100 m"))
    if what in ("terminator off", "terminator on"):
        if table.text("where", '"left", "right", or a place such as "250 m"') in ENDS:
            return replace(fault, end=table.word("where", ENDS))
        return replace(fault, at_mm=values.length(table, "where", "250 m"), end=None)
    return fault


def _more(table: Table, fault: CableFault) -> CableFault:
    """What there is to say of noise and of a loose connector."""
    if fault.what == "noise on":
        rate = table.number("rate", "the probability of a received bit to be wrong", 0, 1)
        return replace(fault, rate=float(rate), burst=values.burst(table, "burst", MAX_BURST))
    if fault.what == "loose on":
        return replace(fault, open_ns=values.time(table, "open"), closed_ns=values.time(table, "closed"))
    return fault


def check(fault: CableFault, plan: Plan) -> None:
    """Raise Fault for a rule that `fault` breaks: it happens to a host, a port of a hub, or a coax."""
    not_negative("at", fault.at_ns)
    one_of("what", fault.what, KINDS)
    if fault.what in OF_POWER:
        exists(fault.host, plan.host_names)
    elif fault.what in OF_HOSTS:
        _check_end(fault, plan)
    else:
        _check_coax(fault, plan)


def _check_end(fault: CableFault, plan: Plan) -> None:
    if fault.what in OF_ADAPTERS or not is_port(fault.host):
        plan.adapter("host", fault.host)
    elif fault.host not in plan.cabled:
        lack = " that could be pulled" if fault.what in OF_PLUGS else f', so "{fault.what}" changes nothing'
        raise Fault("host", f'"{fault.host}" has no cable{lack}')
    if fault.what in (*DEFECTS, *OF_ADAPTERS) and plan.link:
        raise Fault(
            "what", f'"{fault.what}" is of hardware; a [link] has loss, duplicate, reorder and jitter'
        )
    if fault.what in OF_MAUS and any(
        fault.host in cable.ends and not cable.twisted_pair for cable in plan.cables
    ):
        raise Fault("host", f'"{fault.host}" is on an AUI cable, which has no MAU that could break')
    if fault.what == "noise on":
        from_to("rate", fault.rate, 0, 1)
        from_to("burst", fault.burst, 1, MAX_BURST)
    if fault.what == "loose on":
        above_0("open", fault.open_ns)
        above_0("closed", fault.closed_ns)


def _check_coax(fault: CableFault, plan: Plan) -> None:
    lengths = {coax.name: coax.length_mm for coax in plan.coaxes}
    if fault.cable not in lengths:
        known = f"; segments: {', '.join(lengths)}" if lengths else ""
        raise Fault("cable", f'there is no coax "{fault.cable}"{known}')
    if not 0 <= fault.at_mm <= lengths[fault.cable]:
        raise Fault("where", f"is beyond the cable, which is {metres(lengths[fault.cable])} long")
    if fault.end is not None:
        one_of("where", fault.end, ENDS)
