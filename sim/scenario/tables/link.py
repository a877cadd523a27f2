"""`[link]`: all hosts side by side, from stack to stack, without hardware; it can lose and delay frames."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Required, TypedDict

from sim.scenario.keys import Key, Rate, Time, names
from sim.scenario.model import Link, LinkPair, LinkPath
from sim.scenario.plan import Plan
from sim.scenario.quantities import rate_bps
from sim.scenario.rules import Fault, above_0, from_to, not_negative, within
from sim.scenario.table import Table
from sim.scenario.tables import values

_PROBABILITIES = {
    "loss": "the part of all frames that is lost",
    "duplicate": "the part of all frames that arrives twice",
    "reorder": "the part of all frames that is held back",
}
_TIMES = {"delay": "delay_ns", "jitter": "jitter_ns", "reorder_delay": "reorder_delay_ns"}


class PathKeys(TypedDict, total=False):
    """What happens to frames from station to station."""

    delay: Annotated[Time, Key("from the last bit sent to the frame's reception", '"1 us"')]
    jitter: Annotated[Time, Key("up to so much is added to the delay of each frame", '"0 ns"')]
    loss: Annotated[float, Key("the probability that a frame is lost", "0")]
    duplicate: Annotated[float, Key("the probability that a frame arrives twice", "0")]
    reorder: Annotated[float, Key("the probability that a frame is held back, and overtaken", "0")]
    reorder_delay: Annotated[Time, Key("how long it is held back", '"3 ms"')]


class LinkPairKeys(PathKeys, total=False):
    """A path of their own for two stations; what is not given is as on the whole link."""

    between: Required[Annotated[Sequence[str], Key("the two hosts, or adapters of routers")]]
    one_way: Annotated[bool, Key("only from the first to the second", "false")]


class LinkKeys(PathKeys, total=False):
    """A link of all hosts, in place of cables and adapters."""

    rate: Annotated[Rate, Key("bits per second that each station sends", '"10 Mb/s"')]
    pairs: Annotated[Sequence[LinkPairKeys], Key("pairs of hosts with keys of their own")]


def read(table: Table) -> Link:
    """Read the link."""
    table.only(*names(LinkKeys))
    path = replace(LinkPath(), **read_path(table))
    pairs = table.tables("pairs", 'written as pairs = [{ between = ["pc", "server"], loss = 0.1 }]')
    link = Link(path, tuple(_pair(pair, path) for pair in pairs))
    if "rate" not in table:
        return link
    return Link(link.path, link.pairs, table.parsed("rate", 'a rate such as "10 Mb/s"', rate_bps))


def _pair(table: Table, whole: LinkPath) -> LinkPair:
    table.only(*names(LinkPairKeys))
    return LinkPair(read_between(table), replace(whole, **read_path(table)), read_one_way(table))


def read_between(table: Table) -> tuple[str, str]:
    """The two stations of a pair."""
    ends = table.words("between", 'two hosts, such as ["pc", "server"]')
    if len(ends) != 2:
        raise table.error("between", f"has {len(ends)} words; a pair has two hosts")
    return ends[0], ends[1]


def read_one_way(table: Table) -> bool:
    """Whether only the way from the first to the second is meant."""
    return values.flag(table, "one_way", "whether it is the path from the first to the second only")


def read_path(table: Table) -> dict[str, Any]:
    """The fields of a path whose keys are in `table`."""
    return {field: values.time(table, key) for key, field in _TIMES.items() if key in table} | {
        key: float(table.number(key, meaning, 0, 1))
        for key, meaning in _PROBABILITIES.items()
        if key in table
    }


def check(link: Link, plan: Plan) -> None:
    """Raise Fault for a rule that `link` breaks."""
    above_0("rate", link.rate)
    check_path(link.path)
    for number, pair in enumerate(link.pairs):
        with within("pairs", number):
            check_between(pair.between, plan)
            check_path(pair.path)


def check_between(between: tuple[str, str], plan: Plan) -> None:
    """Raise Fault if these are not two stations."""
    for end in between:
        plan.adapter("between", end)
    if between[0] == between[1]:
        raise Fault("between", f'has "{between[0]}" twice; a pair joins two hosts')


def check_path(path: LinkPath) -> None:
    """Raise Fault for a time below zero, or what is no probability."""
    for key, field in _TIMES.items():
        not_negative(key, getattr(path, field))
    for key in _PROBABILITIES:
        from_to(key, getattr(path, key), 0, 1)
