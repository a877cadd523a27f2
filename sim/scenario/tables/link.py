"""`[link]`: all hosts side by side on a link without hardware, from stack to stack."""

from typing import Annotated, TypedDict

from sim.scenario.keys import Key, Time, names
from sim.scenario.model import Link
from sim.scenario.rules import from_to, not_negative
from sim.scenario.table import Table
from sim.scenario.tables import values

DEFAULT_DELAY_NS = 1_000


class LinkKeys(TypedDict, total=False):
    """A link of all hosts, in place of cables and adapters."""

    delay: Annotated[Time, Key("from the last bit sent to the frame's reception", '"1 us"')]
    loss: Annotated[float, Key("the probability that a frame is lost", "0")]


def read(table: Table) -> Link:
    """Read the link."""
    table.only(*names(LinkKeys))
    delay = values.time(table, "delay") if "delay" in table else DEFAULT_DELAY_NS
    loss = table.number("loss", "the part of all frames that is lost", 0, 1) if "loss" in table else 0
    return Link(delay, float(loss))


def check(link: Link) -> None:
    """Raise Fault for a rule that `link` breaks."""
    not_negative("delay", link.delay_ns)
    from_to("loss", link.loss, 0, 1)
