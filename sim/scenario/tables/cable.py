"""`[[cable]]`: a twisted pair to a hub or between two hosts, or an AUI crossover between two hosts."""

from typing import get_args

from sim.scenario.model import Cable, Fidelity, Medium, is_port
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, cable_length, name, one_of
from sim.scenario.table import Table
from sim.scenario.tables import values

MEDIA: tuple[Medium, ...] = get_args(Medium)
FIDELITIES: tuple[Fidelity, ...] = get_args(Fidelity)
"""The first is the default."""


def read(table: Table) -> Cable:
    """Read a cable."""
    table.only("name", "length", "ends", "medium", "reversed", "fidelity")
    word = table.text("name", "a name for the cable")
    length = values.length(table, "length", "10 m")
    ends = table.words("ends", 'hosts or ports of hubs, such as ["pc", "hub.1"]')
    if len(ends) != 2:
        raise table.error("ends", f"has {len(ends)} words; a cable has two ends")
    return Cable(
        word,
        length,
        (ends[0], ends[1]),
        medium=table.word("medium", MEDIA) if "medium" in table else None,
        reversed=tuple(table.words("reversed", "ends at which the receiving pair's wires are swapped"))
        if "reversed" in table
        else (),
        fidelity=table.choice("fidelity", FIDELITIES),
    )


def check(cable: Cable, plan: Plan) -> None:
    """Raise Fault for a rule that `cable` breaks; its ends are cabled in `plan`."""
    name(cable.name, plan.names)
    cable_length(cable.length_mm)
    for end in cable.ends:
        plan.free("ends", end)
    if cable.ends[0] == cable.ends[1]:
        raise Fault("ends", f'are both "{cable.ends[0]}"; a cable joins two')
    if cable.medium is not None:
        one_of("medium", cable.medium, MEDIA)
    one_of("fidelity", cable.fidelity, FIDELITIES)
    for end in cable.reversed:
        one_of("reversed", end, cable.ends)
    if not cable.twisted_pair:
        _check_crossover(cable)
    plan.cabled |= dict.fromkeys(cable.ends, cable.name)


def _check_crossover(cable: Cable) -> None:
    """Between two AUIs."""
    if any(is_port(end) for end in cable.ends):
        raise Fault("medium", 'is "aui", and the port of a hub takes a twisted pair')
    if cable.fidelity == "pulses":
        raise Fault("fidelity", 'is "pulses", and an AUI has none; give medium = "twisted pair"')
    if cable.reversed:
        raise Fault("reversed", 'is for twisted pairs; give medium = "twisted pair"')
