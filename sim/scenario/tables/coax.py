"""`[[coax]]`: a segment of thick or thin coax, its taps and terminators."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Required, TypedDict, get_args

from hw.analogue.segment import CoaxType, End
from sim.scenario.keys import Key, Length, Time, names
from sim.scenario.model import Coax, Tap
from sim.scenario.plan import Plan
from sim.scenario.quantities import length_mm
from sim.scenario.rules import Fault, cable_length, from_to, metres, name, one_of, within
from sim.scenario.table import Table
from sim.scenario.tables import values

MAX_TAPS = 100
"""MAUs on one segment (802.3 clause 8.6.2.2); of 10BASE2 clause 10.7.2.2 has 30, and more are warned of."""
TAP_STEP_MM = 2_500
"""The marks of 10BASE5: MAUs only at multiples of 2.5 m, so that their reflections do not add in phase."""
MAX_TRANSMIT_LOSS, MAX_RECEIVE_LOSS = 2, 5
"""Bits that a MAU may lose (802.3 clause 8.2.1); it may corrupt one more each time."""
MAX_JITTER_NS = 18
"""What a DTE's receiver must take (802.3 clause 7)."""
MAX_BURST = 10_000
"""Bits in succession that noise spoils: beyond that it is no noise but a break."""
ENDS: tuple[End, ...] = get_args(End)
TYPES: tuple[CoaxType, ...] = get_args(CoaxType)
"""The first is the default."""


class TapKeys(TypedDict, total=False):
    """A MAU clamped on a coax, and what is plugged into its AUI."""

    at: Required[Annotated[Length, Key("from the left end; of 10BASE5 a multiple of 2.5 m")]]
    host: Required[Annotated[str, Key('the adapter, or the port of a hub or switch, such as "hub.3"')]]
    sqe_test: Annotated[
        bool,
        Key(
            "signal_quality_error after each transmission (clause 7.2.1.2.3); a hub takes it for a collision",
            "false at a port only",
        ),
    ]
    transmit_loss: Annotated[int, Key("bits lost at the start of each transmission, 0 to 2", "0")]
    receive_loss: Annotated[int, Key("bits lost at the start of each reception, 0 to 5", "0")]
    invalid_bit: Annotated[bool, Key("the first bit passed in each direction has no edge", "false")]
    jitter: Annotated[Time, Key("of each transmitted edge, at most 18 ns", '"0 ns"')]
    bit_errors: Annotated[float, Key("the probability that a bit it receives is wrong")]
    error_burst: Annotated[int, Key("how many bits in succession are wrong then", "1")]


class CoaxKeys(TypedDict, total=False):
    """A segment of coax."""

    type: Annotated[CoaxType, Key("thick coax, or thin", '"10BASE5"')]
    terminators: Annotated[
        Sequence[End | Length], Key("the ends that have one, and where there are more", '["left", "right"]')
    ]


def read(table: Table) -> Coax:
    """Read a segment."""
    table.only("name", "length", "taps", *names(CoaxKeys))
    coax = Coax(
        table.text("name", "a name for the segment"),
        values.length(table, "length", "500 m"),
        tuple(_tap(tap) for tap in table.tables("taps", 'written as taps = [{ at = "0 m", host = "…" }, …]')),
    )
    coax = replace(coax, type=table.choice("type", TYPES))
    if "terminators" not in table:
        return coax
    given = table.words("terminators", 'the ends that have one, ["left", "right"] if not given')
    with table.judged():
        extra = tuple(_place(word) for word in given if word not in ENDS)
        if len(set(given)) < len(given):
            raise Fault("terminators", f'names "{given[0]}" twice; an end has one terminator')
    return replace(coax, terminators=tuple(end for end in ENDS if end in given), extra_terminators_mm=extra)


def _place(word: str) -> int:
    """Where a terminator is that is at no end, in mm."""
    try:
        return length_mm(word)
    except ValueError:
        raise Fault(
            "terminators", f'is "{word}" and must be "left" or "right", or a place such as "250 m"'
        ) from None


def _tap(table: Table) -> Tap:
    table.only(*names(TapKeys))
    at = values.length(table, "at", "2.5 m")
    tap = Tap(at, table.text("host", "the host, or the port of a hub, plugged in here"))
    if "sqe_test" in table:
        tap = replace(tap, sqe_test=table.boolean("sqe_test", "whether the MAU does the SQE test"))
    return replace(
        tap,
        transmit_loss=_lost(table, "transmit_loss", "in front of each transmission", MAX_TRANSMIT_LOSS),
        receive_loss=_lost(table, "receive_loss", "in front of what it receives", MAX_RECEIVE_LOSS),
        jitter_ns=values.time_or_0(table, "jitter"),
        bit_errors=values.bit_errors(table),
        error_burst=values.burst(table, "error_burst", MAX_BURST),
        invalid_bit=values.flag(table, "invalid_bit", "whether the first bit that the MAU passes is invalid"),
    )


def _lost(table: Table, key: str, where: str, most: int) -> int:
    return table.integer(key, f"the bits that the MAU loses {where}", 0, most) if key in table else 0


def check(coax: Coax, plan: Plan) -> None:
    """Raise Fault for a rule that `coax` breaks; its taps are cabled in `plan`."""
    name(coax.name, plan.names)
    cable_length(coax.length_mm)
    if not coax.taps:
        raise Fault("taps", 'is missing or empty; give taps = [{ at = "0 m", host = "…" }, …]')
    if len(coax.taps) > MAX_TAPS:
        raise Fault("taps", f"has {len(coax.taps)} taps; a segment carries at most {MAX_TAPS}")
    _terminators(coax)
    for number, tap in enumerate(coax.taps):
        with within("taps", number):
            _check_tap(tap, coax, coax.taps[:number], plan)
        plan.cabled[tap.host] = coax.name


def _terminators(coax: Coax) -> None:
    for end in coax.terminators:
        one_of("terminators", end, ENDS)
    if len(set(coax.terminators)) < len(coax.terminators):
        raise Fault("terminators", f'names "{coax.terminators[0]}" twice; an end has one terminator')
    for at_mm in coax.extra_terminators_mm:
        if not 0 < at_mm < coax.length_mm:
            raise Fault("terminators", f"{metres(at_mm)} is not between the ends of the cable")


def _check_tap(tap: Tap, coax: Coax, others: Sequence[Tap], plan: Plan) -> None:
    """`others` are on the segment already."""
    if not 0 <= tap.at_mm <= coax.length_mm:
        raise Fault("at", f"is beyond the cable, which is {metres(coax.length_mm)} long")
    if coax.type == "10BASE5" and tap.at_mm % TAP_STEP_MM:
        mark = tap.at_mm - tap.at_mm % TAP_STEP_MM
        raise Fault("at", f"is off the 2.5 m marks; the mark before it is {metres(mark)}")
    for other in others:
        if other.at_mm == tap.at_mm:
            raise Fault("at", f'the mark at {metres(tap.at_mm)} already carries the MAU of "{other.host}"')
    from_to("transmit_loss", tap.transmit_loss, 0, MAX_TRANSMIT_LOSS)
    from_to("receive_loss", tap.receive_loss, 0, MAX_RECEIVE_LOSS)
    if not 0 <= tap.jitter_ns <= MAX_JITTER_NS:
        raise Fault("jitter", f"is {tap.jitter_ns} ns and must be from 0 to {MAX_JITTER_NS} ns (clause 7)")
    check_errors(tap.bit_errors, tap.error_burst)
    plan.free("host", tap.host)


def check_errors(bit_errors: float | None, error_burst: int) -> None:
    """Raise Fault for a rule that they break."""
    if bit_errors is not None:
        from_to("bit_errors", bit_errors, 0, 1)
    from_to("error_burst", error_burst, 1, MAX_BURST)
