"""`[[hub]]`: a repeater hub."""

from typing import Annotated, NamedTuple, TypedDict, get_args

from sim.scenario.keys import Key, Time, names
from sim.scenario.model import Hub, Reconnection
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, from_to, name, one_of, ppm
from sim.scenario.table import Table
from sim.scenario.tables import values

LEAST_PORTS, MOST_PORTS = 2, 64
LEAST_COLLISIONS, MOST_COLLISIONS = 31, 255
"""CCLimit is more than 30 (802.3 clause 9.6.6.2)."""
RECONNECTIONS: tuple[Reconnection, ...] = get_args(Reconnection)
"""The first is the default."""


class HubKeys(TypedDict, total=False):
    """A repeater hub; the times are those of clause 9."""

    crystal_ppm: Annotated[float, Key("error of its crystal, -100 to 100 parts per million", "0")]
    collision_limit: Annotated[int, Key("consecutive collisions that partition a port (CCLimit)", "31")]
    reconnection: Annotated[Reconnection, Key("standard: on reception or transmission", '"standard"')]
    start_delay: Annotated[Time, Key("from carrier at a port to the first edge at the others", '"1.1 us"')]
    jam_delay: Annotated[Time, Key("from a collision at a port to jam at the others", '"500 ns"')]
    long_collision: Annotated[Time, Key("the longest collision that does not partition (Tw6)", '"110 us"')]
    clean_time: Annotated[Time, Key("without collision until a port is reconnected (Tw5)", '"51.2 us"')]
    jabber_lockup: Annotated[Time, Key("the longest transmission, which is cut then (Tw3)", '"6.5536 ms"')]


class _Time(NamedTuple):
    """What a time may be, in ns; a hub counts it in its own ticks and leaves out what is below one."""

    attribute: str
    least: int
    most: int
    words: str


_TIMES = {
    "start_delay": _Time(
        "start_delay_ns", 800, 3_000, "from 800 ns to 3 us; between two AUIs 800 ns at most"
    ),
    "jam_delay": _Time("jam_delay_ns", 500, 2_000, "from 500 ns to 2 us; between two AUIs 650 ns at most"),
    "long_collision": _Time("long_collision_ns", 100_000, 3_000_000, "from 100 us to 3 ms (Tw6)"),
    "clean_time": _Time("clean_time_ns", 45_000, 56_000, "from 45 us to 56 us (Tw5)"),
    "jabber_lockup": _Time("jabber_lockup_ns", 4_000_000, 7_500_000, "from 4 ms to 7.5 ms (Tw3)"),
}
"""802.3 clause 9.5.5, 9.6.5 and 9.6.6."""


def read(table: Table) -> Hub:
    """Read a hub."""
    table.only("name", "ports", *names(HubKeys))
    given = {time.attribute: values.time(table, key) for key, time in _TIMES.items() if key in table}
    if "collision_limit" in table:
        given["collision_limit"] = table.integer(
            "collision_limit",
            "the collisions in a row that a port may have",
            LEAST_COLLISIONS,
            MOST_COLLISIONS,
        )
    return Hub(
        table.text("name", "a name for the hub"),
        table.integer("ports", "how many it has", LEAST_PORTS, MOST_PORTS),
        values.ppm(table),
        reconnection=table.choice("reconnection", RECONNECTIONS),
        **given,
    )


def check(hub: Hub, plan: Plan) -> None:
    """Raise Fault for a rule that `hub` breaks."""
    name(hub.name, plan.names)
    from_to("ports", hub.ports, LEAST_PORTS, MOST_PORTS)
    ppm(hub.crystal_ppm)
    from_to("collision_limit", hub.collision_limit, LEAST_COLLISIONS, MOST_COLLISIONS)
    one_of("reconnection", hub.reconnection, RECONNECTIONS)
    for key, time in _TIMES.items():
        if not time.least <= getattr(hub, time.attribute) <= time.most:
            raise Fault(key, f"must be {time.words}")
