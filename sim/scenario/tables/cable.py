"""`[[cable]]`: a twisted pair to a hub or between two hosts, or an AUI crossover between two hosts."""

from collections.abc import Sequence
from typing import Annotated, TypedDict, get_args

from hw.analogue.twisted_pair import LOSS_MDB
from sim.scenario.keys import Attenuation, Key, Time, names
from sim.scenario.model import Cable, Fidelity, Medium, Wiring, is_port
from sim.scenario.plan import Plan
from sim.scenario.quantities import loss_mdb
from sim.scenario.rules import Fault, cable_length, from_to, name, one_of
from sim.scenario.table import Table
from sim.scenario.tables import values
from sim.scenario.tables.coax import MAX_BURST, check_errors

MAX_TRANSMIT_LOSS, MAX_RECEIVE_LOSS = 2, 5
"""Bits that a MAU may lose (802.3 clause 14.2.1.1 and 14.2.1.2); it may corrupt one more each time."""
MAX_MAU_DELAY_NS = 200
"""Two bit times each way (802.3 clause 14.2.1.1 and 14.2.1.2)."""
_TOLERANCES = ("transmit_loss", "receive_loss", "mau_delay")
MAX_LOSS_MDB = 100_000
"""Beyond that nothing arrives from the next room."""
MEDIA: tuple[Medium, ...] = get_args(Medium)
WIRINGS: tuple[Wiring, ...] = get_args(Wiring)
FIDELITIES: tuple[Fidelity, ...] = get_args(Fidelity)
"""The first is the default."""


class CableKeys(TypedDict, total=False):
    """A twisted pair, or an AUI crossover between two hosts."""

    medium: Annotated[Medium, Key("between two hosts; to a hub or switch, always twisted pair", '"aui"')]
    reversed: Annotated[Sequence[str], Key("the ends at which the wires of the receiving pair are swapped")]
    wiring: Annotated[
        Wiring, Key("a cable made for a station and a hub, or for two of a kind", "as is right for its ends")
    ]
    fidelity: Annotated[Fidelity, Key("whether link status is a level, or found by link pulses", '"level"')]
    capture: Annotated[bool, Key("whether frames are recorded", "unless at a hub")]
    attenuation: Annotated[Attenuation, Key("of 100 m; below 450 mV at the far end, no link", '"9.8 dB"')]
    transmit_loss: Annotated[int, Key("bits lost at the start of each transmission, 0 to 2", "0")]
    receive_loss: Annotated[int, Key("bits lost at the start of each reception, 0 to 5", "0")]
    mau_delay: Annotated[Time, Key("through each of its MAUs, at most 200 ns", '"0 ns"')]
    bit_errors: Annotated[float, Key("the probability that a bit arrives wrong, at either end")]
    error_burst: Annotated[int, Key("how many bits in succession are wrong then", "1")]


def read(table: Table) -> Cable:
    """Read a cable."""
    table.only("name", "length", "ends", *names(CableKeys))
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
        wiring=table.word("wiring", WIRINGS) if "wiring" in table else None,
        reversed=tuple(table.words("reversed", "ends at which the receiving pair's wires are swapped"))
        if "reversed" in table
        else (),
        fidelity=table.choice("fidelity", FIDELITIES),
        transmit_loss=_lost(table, "transmit_loss", "in front of each transmission", MAX_TRANSMIT_LOSS),
        receive_loss=_lost(table, "receive_loss", "in front of what they receive", MAX_RECEIVE_LOSS),
        mau_delay_ns=values.time_or_0(table, "mau_delay"),
        bit_errors=values.bit_errors(table),
        error_burst=values.burst(table, "error_burst", MAX_BURST),
        loss_mdb=table.parsed("attenuation", 'what 100 m take from a signal, such as "9.8 dB"', loss_mdb)
        if "attenuation" in table
        else LOSS_MDB,
        capture=table.boolean("capture", "whether what passes is recorded") if "capture" in table else None,
    )


def _lost(table: Table, key: str, where: str, most: int) -> int:
    return table.integer(key, f"the bits that its MAUs lose {where}", 0, most) if key in table else 0


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
    if cable.wiring is not None:
        one_of("wiring", cable.wiring, WIRINGS)
    one_of("fidelity", cable.fidelity, FIDELITIES)
    for end in cable.reversed:
        one_of("reversed", end, cable.ends)
    _check_maus(cable)
    check_errors(cable.bit_errors, cable.error_burst)
    if not 0 <= cable.loss_mdb <= MAX_LOSS_MDB:
        raise Fault("attenuation", f"is of 100 m and must be from 0 to {MAX_LOSS_MDB // 1000} dB")
    if not cable.twisted_pair:
        _check_crossover(cable)
    plan.cabled |= dict.fromkeys(cable.ends, cable.name)


def _check_maus(cable: Cable) -> None:
    """Those at both ends of a twisted pair."""
    from_to("transmit_loss", cable.transmit_loss, 0, MAX_TRANSMIT_LOSS)
    from_to("receive_loss", cable.receive_loss, 0, MAX_RECEIVE_LOSS)
    if not 0 <= cable.mau_delay_ns <= MAX_MAU_DELAY_NS:
        raise Fault("mau_delay", f"is {cable.mau_delay_ns} ns and must be from 0 to {MAX_MAU_DELAY_NS} ns")
    for key, given in zip(
        _TOLERANCES, (cable.transmit_loss, cable.receive_loss, cable.mau_delay_ns), strict=True
    ):
        if given and not cable.twisted_pair:
            raise Fault(key, "is of the MAUs of a twisted pair, and an AUI crossover has none")
        if given and key != "mau_delay" and cable.pulses:
            raise Fault(key, 'would remove link pulses; leave out fidelity = "pulses"')


def _check_crossover(cable: Cable) -> None:
    """Between two AUIs."""
    if cable.loss_mdb != LOSS_MDB:
        raise Fault("attenuation", 'is for twisted pairs; give medium = "twisted pair"')
    if any(is_port(end) for end in cable.ends):
        raise Fault("medium", 'is "aui", and the port of a hub takes a twisted pair')
    if cable.fidelity == "pulses":
        raise Fault("fidelity", 'is "pulses", and an AUI has none; give medium = "twisted pair"')
    if cable.wiring is not None:
        raise Fault("wiring", 'is for twisted pairs; give medium = "twisted pair"')
    if cable.reversed:
        raise Fault("reversed", 'is for twisted pairs; give medium = "twisted pair"')
