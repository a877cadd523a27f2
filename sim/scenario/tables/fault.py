"""`[[fault]]`: what happens to cables, to MAUs, to hosts and to the link during a run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TypedDict, get_args

from sim.scenario.faults import DEFECTS, CableFault, FaultKind
from sim.scenario.keys import Key, Time, names
from sim.scenario.model import LinkPath, is_port
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, above_0, exists, from_to, metres, not_negative, one_of
from sim.scenario.table import Table
from sim.scenario.tables import link, values
from sim.scenario.tables.coax import ENDS, MAX_BURST
from sim.scenario.tables.host import MAX_CLOCK_OFFSET_NS

KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
OF_MAUS = ("receiver off", "receiver on", "babble on", "babble off")
OF_COMPUTERS = ("power off", "power on", "clock step")
OF_ADAPTERS = ("interrupt off", "interrupt on")
OF_PLUGS = ("unplug", "plug", "loose on", "loose off")
OF_HOSTS = (*OF_PLUGS, *DEFECTS, *OF_COMPUTERS, *OF_ADAPTERS)
OF_LINKS = ("partition", "hold", "impair", "heal")
MORE = {
    "noise on": ("rate", "burst"),
    "loose on": ("open", "closed"),
    "power on": ("empty_disk",),
    "clock step": ("by",),
}
"""Keys of faults that happen to a `host`."""


class FaultKeys(TypedDict, total=False):
    """Where a fault happens: at a host, on a coax, or on the link."""

    host: Annotated[str, Key("an adapter or a port of a hub or switch; of power and clocks, a host")]
    cable: Annotated[str, Key("of open, short, repair and terminators, a coax")]
    where: Annotated[
        str, Key('of open and short, such as "100 m"; of a terminator, "left", "right", or such a place')
    ]
    rate: Annotated[float, Key("of noise, the probability that a received bit is wrong")]
    burst: Annotated[int, Key("of noise, how many bits in succession are wrong", "1")]
    open: Annotated[Time, Key("of a loose connector, how long it has no contact, on average")]
    closed: Annotated[Time, Key("of a loose connector, how long it has contact, on average")]
    empty_disk: Annotated[bool, Key("of power on, the host finds its directory empty", "false")]
    by: Annotated[Time, Key("of a clock step, how far the calendar clock is set forward; back if negative")]
    between: Annotated[Sequence[str], Key("of partition, hold, impair and heal, two hosts", "all")]
    one_way: Annotated[bool, Key("of these, only from the first to the second", "false")]
    delay: Annotated[Time, Key("of impair, as of the link; what is not given is as in the link's table")]
    jitter: Annotated[Time, Key("as `delay`")]
    loss: Annotated[float, Key("as `delay`")]
    duplicate: Annotated[float, Key("as `delay`")]
    reorder: Annotated[float, Key("as `delay`")]
    reorder_delay: Annotated[Time, Key("as `delay`")]


def read(table: Table) -> CableFault:
    """Read something that happens."""
    at = values.time(table, "at")
    what = table.word("what", KINDS)
    if what in OF_HOSTS:
        table.only("at", "what", "host", *MORE.get(what, ()))
        where = "the host, its adapter, or the port of a hub, that it happens to"
        return _more(table, CableFault(at, what, host=table.text("host", where)))
    if what in OF_LINKS:
        return _read_link(table, CableFault(at, what))
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
    """What there is to say of noise, a loose connector, a disk and a clock."""
    if fault.what == "noise on":
        rate = table.number("rate", "the probability of a received bit to be wrong", 0, 1)
        return replace(fault, rate=float(rate), burst=values.burst(table, "burst", MAX_BURST))
    if fault.what == "loose on":
        return replace(fault, open_ns=values.time(table, "open"), closed_ns=values.time(table, "closed"))
    if fault.what == "power on":
        return replace(fault, empty_disk=values.flag(table, "empty_disk", "whether its directory is empty"))
    if fault.what == "clock step":
        return replace(fault, by_ns=values.time(table, "by"))
    return fault


def _read_link(table: Table, fault: CableFault) -> CableFault:
    """Which way it is, and what becomes of frames there."""
    path = names(link.PathKeys) if fault.what == "impair" else ()
    table.only("at", "what", *(("between", "one_way") if "between" in table else ("between",)), *path)
    if "between" in table:
        fault = replace(fault, between=link.read_between(table), one_way=link.read_one_way(table))
    return replace(fault, path=tuple(link.read_path(table).items()))


def check(fault: CableFault, plan: Plan) -> None:
    """Raise Fault for a rule that `fault` breaks: it happens to a host, a port of a hub, or a coax."""
    not_negative("at", fault.at_ns)
    one_of("what", fault.what, KINDS)
    if fault.what in OF_COMPUTERS:
        exists(fault.host, plan.host_names)
        if abs(fault.by_ns) > MAX_CLOCK_OFFSET_NS:
            raise Fault("by", "is more than 50 years, which no calendar clock can show")
    elif fault.what in OF_LINKS:
        _check_link(fault, plan)
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


def _check_link(fault: CableFault, plan: Plan) -> None:
    if not plan.link:
        raise Fault("what", f'"{fault.what}" is of a [link]; with cables use "unplug" or "receiver off"')
    if fault.between is not None:
        link.check_between(fault.between, plan)
    if fault.what == "impair" and not fault.path:
        raise Fault("what", f'"impair" changes nothing; give one of {", ".join(names(link.PathKeys))}')
    link.check_path(replace(LinkPath(), **dict(fault.path)))  # type: ignore[arg-type]  # by their names


def _check_coax(fault: CableFault, plan: Plan) -> None:
    lengths = {coax.name: coax.length_mm for coax in plan.coaxes}
    if fault.cable not in lengths:
        known = f"; segments: {', '.join(lengths)}" if lengths else ""
        raise Fault("cable", f'there is no coax "{fault.cable}"{known}')
    if not 0 <= fault.at_mm <= lengths[fault.cable]:
        raise Fault("where", f"is beyond the cable, which is {metres(lengths[fault.cable])} long")
    if fault.end is not None:
        one_of("where", fault.end, ENDS)
