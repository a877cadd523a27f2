"""What was to be reached, beside what was."""

from collections.abc import Callable
from typing import NamedTuple

from sim.bench.results import ABSENT, Table, number

Figures = dict[str, float]


class Goal(NamedTuple):
    """A row; `show` makes its last cell of the figures, and may miss one."""

    what: str
    goal: str
    least: str
    show: Callable[[Figures], str]


def _flat(figures: Figures) -> str:
    return "; ".join(
        f"{octets} octets: {figures[f'flat one {octets}']:.2f} × with one sender, "
        f"{figures[f'flat all {octets}']:.2f} × with all sending"
        for octets in (64, 1518)
    )


def _closet(medium: str) -> Callable[[Figures], str]:
    return lambda figures: "; ".join(
        f"{octets} octets: {figures[f'{medium} / coax {octets}']:.2f} ×" for octets in (64, 1518)
    )


GOALS = (
    Goal(
        "two stations, saturated 1518-octet frames, compiled, no waveform",
        "1.0 × real time",
        "0.3 ×",
        lambda f: f"{f['real time, captures']:.3f} × with captures; nothing decoded {f['real time']:.3f} ×",
    ),
    Goal(
        "compiled against `myhdl`, same run",
        "1000 ×",
        "200 ×",
        lambda f: (
            f"{number(f['compiled / myhdl, captures'])} × with captures; nothing decoded "
            f"{number(f['compiled / myhdl'])} × (the load above)"
        ),
    ),
    Goal(
        "compiled against Icarus, same converted source and stimulus",
        "60 ×",
        "20 ×",
        lambda f: (
            f"{number(f['Icarus / verilated'])} ×; the whole engine against the modules alone "
            f"in Icarus {number(f['Icarus / engine'])} ×"
        ),
    ),
    Goal("cost per bit and station from 2 to 100 stations on one coax", "flat", "within 1.5 ×", _flat),
    Goal(
        "24 stations on a hub, all ports active, per bit and port against 24 on a coax",
        "1.0 ×",
        "1.0 ×",
        _closet("hub"),
    ),
    Goal("the same on a switch", "1.0 ×", "1.0 ×", _closet("switch")),
    Goal(
        "`campus` with 50 more idle hosts, whole run",
        "1.0 ×",
        "1.2 ×",
        lambda f: (
            f"{f['idle hosts, quiet']:.2f} × behind the router, where nobody speaks; "
            f"{f['idle hosts, crowded']:.2f} × where they receive all broadcasts"
        ),
    ),
    Goal(
        "100 idle stations, 10 simulated seconds",
        "0.1 s",
        "1 s",
        lambda f: (
            f"{f['idle coax']:.5f} s; 64 on a hub {f['idle hub']:.5f} s, "
            f"48 on a switch {f['idle switch']:.5f} s"
        ),
    ),
    Goal(
        "24 stations, saturated 64-octet frames, frames/s against ns-3's packet-level CSMA",
        "1.0 ×",
        "0.2 ×",
        lambda f: f"{f['ns-3']:.4f} ×",
    ),
    Goal("first build of the adapter", "15 s", "40 s", lambda f: f"{f['build']:.1f} s"),
    Goal(
        "start of a new topology",
        "0.2 s",
        "1 s",
        lambda f: f"{f['start']:.3f} s; with the start of Python {f['whole start']:.2f} s",
    ),
    Goal(
        "TCP payload from stack to stack, round trip 1 ms, per second of processor time",
        "100 Mbit",
        "50 Mbit",
        lambda f: f"{number(f['tcp'])} Mbit",
    ),
    Goal("memory, 100 stations", "200 MB", "1 GB", lambda f: f"{number(f['memory'])} MB"),
)


def table(figures: Figures) -> Table:
    """The goals and what `figures` say of them."""
    result = Table("Goals", ("what", "goal", "least", "reached"))
    for what, goal, least, show in GOALS:
        try:
            reached = show(figures)
        except KeyError:
            reached = ABSENT
        result.rows.append((what, goal, least, reached))
    return result
