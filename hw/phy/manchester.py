"""Clock recovery as a circuit, for a PHY outside of a simulation: a Manchester decoder that samples the line.

In a simulated network clock recovery is analogue (`hw.analogue.clock_recovery`): a circuit that samples
would tick sixteen times a bit. This one gives the same bits for the same edges.

`phase` counts the bit cell in 1/64 of a sample; an edge is expected in its middle. An edge in the middle half
of the cell is the bit, its direction the bit's value, and the phase follows it: at once at the first three
edges, then by 1/2, 1/4 and so on of the error, at last by 1/64. Edges between cells fall outside. With
±18 ns of jitter on every edge and ±3 ns of a sample the two kinds are 8 ns apart, of which the noise of the
phase takes half. What falls between them is decided by 7.3.1.1: each cell has an edge in its middle. So the
first edge after the middle half is the bit if there was none before, and one just before the middle half is,
if none follows. (At 80 MHz the two kinds would touch.)

Until an edge has been found in sixteen cells, a cell without one starts the search again: a wrong bit in the
preamble has edges at the ends of its cell. Later it is a code violation. The second in 16 bits ends the
reception until the line has been idle; so does the high level that ends a frame, of which no bit may be seen.
Therefore each bit waits until the next cell is over.

`rx_bit_clk` runs all the time, at the line's rate while a frame comes in, else at the crystal's; it is
stretched where a frame begins. The bits change where it falls.

In half duplex nothing is received while the PHY transmits, nor what is left then of another's frame. In
loopback the encoder's output is the line.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, enum, modbv

from hw.ports import Sig, clock, into, out, register

PHASE_BITS = 10
SAMPLE = 64
"""Of a sixteenth of a bit cell."""
MIDDLE = 512
EARLIEST, FIRST, LAST, LATEST = 192, 256, 768, 832
"""The middle half of the cell, and how far it may be exceeded."""
SET_EDGES, LOCKED_EDGES = 3, 16
MOST_EDGES = 63
HIGH_SAMPLES, LEAST_SAMPLES = 8, 12
"""How long `rx_bit_clk` is high, and how far at least its rises are apart."""
MOST_SAMPLES = 31
VIOLATION_BITS = 15

PINS = 8
ISOLATE, LOOPBACK, FULL_DUPLEX, LOOPED, DO_ACTIVE, DO, DI_ACTIVE, DI = range(PINS)
"""Bits of the synchroniser."""

State = enum("IDLE", "SEARCH", "LOCKED", "OVER")


@block
def manchester_decoder(
    sample_clk: Annotated[Sig, clock("160 MHz")],
    reset: Annotated[Sig, into(1, "synchronous reset, under which rx_bit_clk runs on")],
    aui_di: Annotated[Sig, into(1, "the comparator at data-in: its level")],
    aui_di_active: Annotated[Sig, into(1, "the comparator at data-in: the pair is driven")],
    aui_do: Annotated[Sig, into(1, "the encoder's level")],
    aui_do_active: Annotated[Sig, into(1, "this PHY transmits")],
    looped: Annotated[Sig, into(1, "the encoder drives this PHY's receiver")],
    phy_full_duplex: Annotated[Sig, into(1, "transmitting does not hinder receiving")],
    phy_loopback: Annotated[Sig, into(1, "loopback: data-in is ignored")],
    phy_isolate: Annotated[Sig, into(1, "isolated or powered down: nothing is received")],
    rx_bit_clk: Annotated[Sig, out(1, "the recovered clock, 10 MHz")],
    rx_bit: Annotated[Sig, out(1, "the bit")],
    rx_valid: Annotated[Sig, out(1, "it is one")],
    rx_violation: Annotated[Sig, out(1, "there was no edge in the middle of its cell")],
) -> Any:
    """Clock recovery by sampling."""
    pins, meta = register(PINS), register(PINS)
    stable = register(PINS)
    state = Signal(State.IDLE)
    line, driven, deaf, earlier, changed = [register(1) for _ in range(5)]
    phase = Signal(modbv(0)[PHASE_BITS:])
    follows = Signal(modbv(0)[PHASE_BITS:])
    edges = register(6)
    shift = register(3)
    seen, early, value, over = [register(1) for _ in range(4)]
    held, held_value, held_violation, held_doubt = [register(1) for _ in range(4)]
    next_valid, next_bit, next_violation = [register(1) for _ in range(3)]
    recent = register(4)
    age = register(5)
    is_bit = register(1)
    ends = register(1)

    @always_comb
    def gather() -> None:
        pins.next = concat(
            aui_di, aui_di_active, aui_do, aui_do_active, looped, phy_full_duplex, phy_loopback, phy_isolate
        )

    @always(sample_clk.posedge)
    def sample() -> None:
        meta.next = pins
        stable.next = meta
        if stable[LOOPBACK]:
            line.next = stable[DO]
            driven.next = stable[LOOPED]
            deaf.next = stable[ISOLATE]
        else:
            line.next = stable[DI]
            driven.next = stable[DI_ACTIVE]
            deaf.next = stable[ISOLATE] or (stable[DO_ACTIVE] and not stable[FULL_DUPLEX])
        earlier.next = line

    @always_comb
    def look() -> None:
        changed.next = line != earlier
        is_bit.next = (phase >= EARLIEST and phase < LAST) or (phase >= LAST and phase < LATEST and not seen)
        ends.next = phase >= LATEST and not over

    @always_comb
    def follow() -> None:
        """The phase after an edge that is a bit."""
        error = modbv(0)[PHASE_BITS + 1 :]
        error[:] = concat(False, phase) - MIDDLE
        sign = bool(error[PHASE_BITS])
        if shift == 2:
            error[:] = concat(sign, error[11:1])
        elif shift == 3:
            error[:] = concat(sign, sign, error[11:2])
        elif shift == 4:
            error[:] = concat(sign, sign, sign, error[11:3])
        elif shift == 5:
            error[:] = concat(sign, sign, sign, sign, error[11:4])
        elif shift == 6:
            error[:] = concat(sign, sign, sign, sign, sign, error[11:5])
        # The last half is rounded: half a unit at each bit would be 500 ppm.
        error[:] = error + 1
        follows.next = phase + SAMPLE - error[11:1]

    @always(sample_clk.posedge)
    def decode() -> None:
        phase.next = phase + SAMPLE
        if phase < EARLIEST:
            over.next = False
            seen.next = False
        if ends:
            over.next = True
        if reset or not driven:
            state.next = State.IDLE
            edges.next = 0
            next_valid.next = False
        elif deaf or state == State.OVER:
            state.next = State.OVER
            next_valid.next = False
        elif state == State.IDLE:
            state.next = State.SEARCH
            edges.next = 0
            held.next = False
            recent.next = 0
        elif changed and (is_bit or edges < SET_EDGES):
            seen.next = True
            early.next = phase < FIRST and edges >= SET_EDGES
            value.next = line
            if edges < SET_EDGES:
                phase.next = MIDDLE + SAMPLE
                over.next = False
                shift.next = 1
            elif phase >= FIRST:
                phase.next = follows
            if edges != MOST_EDGES:
                edges.next = edges + 1
            if edges == 4 or edges == 8 or edges == 16 or edges == 32 or edges == 62:
                shift.next = shift + 1
            if edges == LOCKED_EDGES:
                state.next = State.LOCKED
        elif ends:
            if state == State.SEARCH:
                if not seen and edges >= SET_EDGES:
                    edges.next = 0
            else:
                next_valid.next = held and (seen or not held_doubt)
                next_bit.next = held_value
                next_violation.next = held_violation
                held.next = True
                held_value.next = value
                held_violation.next = not seen
                held_doubt.next = not seen or early
                if recent != 0:
                    recent.next = recent - 1
                if not seen:
                    recent.next = VIOLATION_BITS
                    if recent != 0 or held_doubt:
                        state.next = State.OVER

    @always(sample_clk.posedge)
    def divide() -> None:
        if ends and age >= LEAST_SAMPLES:
            age.next = 0
            rx_bit_clk.next = True
        elif age != MOST_SAMPLES:
            age.next = age + 1
        if age == HIGH_SAMPLES - 1:
            rx_bit_clk.next = False
            rx_bit.next = next_bit
            rx_valid.next = next_valid
            rx_violation.next = next_valid and next_violation

    return gather, sample, look, follow, decode, divide
