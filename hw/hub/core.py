"""The hub's core: the repeater's state machine, clause 9.6, and the retiming of data.

    carrier ---> which port, collisions -----> enable, tx_bit ---> encoder
    word ------> FIFO -> bits in the hub's time ---^

IDLE until a port has carrier. START lets `start_delay` bit times pass, so that the new PREAMBLE and SFD end
when the FIFO has its margin. DATA: the bits of the one port, in the hub's time. TRANSMIT_COLLISION: a port
has carrier while the hub sends to it (or a coax port's MAU reports it): jam to all, 96 bits at least. A
collision counts when it has lasted for `jam_delay`. ONE_PORT_LEFT: one of the ports still sends; the hub
stops sending to it, so that it can end, and sends jam to the others. RECEIVE_COLLISION: the only active port
reports a collision, has ended before 96 bits were sent, or cannot be decoded: jam to all others, until it is
quiet and 96 bits are sent. WAIT: Tw1, or Tw4 after Tw3 of sending.

Elasticity. The first data bit goes out at least `HOLD` bit times after its word's SFD was seen, some 10 bit
times after it came in: 5 for the end of the line to be noticed, 2.5 for a clock that is 200 ppm slower over
the longest frame, the rest for synchronisers. Data from a faster clock fill the FIFO's 64 bits, as does a
shortened preamble.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, enum, modbv

from hw.hub.port_receive import TAIL, TOGGLE, WORD
from hw.hub.sizes import LINES, WORD_BITS
from hw.ports import Sig, clock, into, out, register

PREAMBLE_BITS = 62
"""Alternating bits before the two ones of the SFD."""
LEAST_BITS = 96
"""Smallest fragment and smallest jam, preamble included (clause 9.6.4)."""
HOLD = 6
FIFO_BITS = 64
FLAGS = 2
TOGGLE_FLAG, BEGUN_FLAG = range(FLAGS)
"""Bits of `flags`, the upper ones of a word."""

State = enum(
    "IDLE",
    "START",
    "PREAMBLE",
    "SFD",
    "DATA",
    "TRANSMIT_COLLISION",
    "ONE_PORT_LEFT",
    "RECEIVE_COLLISION",
    "WAIT",
)


@block
def hub_core(
    core_clk: Annotated[Sig, clock("10 MHz, the hub's; runs while there is carrier or core_busy")],
    carrier: Annotated[Sig, into(LINES, "ports that receive a signal, except partitioned ones")],
    signal_quality: Annotated[Sig, into(LINES, "coax ports whose MAU signals a collision")],
    linked: Annotated[Sig, into(LINES, "ports whose link is up: those that are sent to")],
    word: Annotated[Sig, into(WORD_BITS, f"of the selected port: {WORD}")],
    start_delay: Annotated[
        Sig, into(7, "strap: bit times from carrier to preamble, less about 4; at least 3")
    ],
    jam_delay: Annotated[Sig, into(4, "strap: bit times from a collision to jam, less about 5")],
    transmit_limit: Annotated[Sig, into(17, "strap, Tw3: bit times after which a transmission is cut")],
    limit_pause: Annotated[Sig, into(7, "strap, Tw4: bit times of silence after that")],
    recovery: Annotated[
        Sig, into(7, "strap, Tw1: bit times after any transmission in which ports are ignored")
    ],
    selected: Annotated[Sig, out(LINES, "the port whose word is on the backplane")],
    tx_bit: Annotated[Sig, out(1, "the bit that the encoder sends next")],
    enable: Annotated[Sig, out(LINES, "the ports that it goes to")],
    tx_on: Annotated[Sig, out(1, "enable is not 0")],
    core_busy: Annotated[Sig, out(1, "the clock is needed")],
) -> Any:
    """The repeater."""
    lines = len(carrier)
    state = Signal(State.IDLE)
    carrier_meta, active, quality_meta, quality, linked_meta, usable = [register(lines) for _ in range(6)]
    targets, present, other_ports = [register(lines) for _ in range(3)]
    flags_meta = register(FLAGS)
    flags = register(FLAGS)
    taken = register(1)
    begun = register(1)
    trouble = register(1)
    held_back = register(4)
    ended = register(1)
    data = register(TOGGLE)
    fifo = register(FIFO_BITS)
    fill = Signal(modbv(0)[6:])
    drain = Signal(modbv(0)[6:])
    sent = Signal(modbv(0)[17:])
    count = Signal(modbv(0)[7:])

    @always_comb
    def look() -> None:
        """DataIn or CollIn of any port, and of any except the one that is repeated."""
        present.next = active | quality
        other_ports.next = (active | quality) & ~selected

    @always_comb
    def judge() -> None:
        """A collision: more than one port, or one in which there is a collision already."""
        if state == State.IDLE:
            trouble.next = quality != 0 or (present & (present - 1)) != 0
        else:
            trouble.next = quality != 0 or other_ports != 0

    @always_comb
    def notice_end() -> None:
        ended.next = begun and not flags[BEGUN_FLAG] and flags[TOGGLE_FLAG] == taken

    @always_comb
    def lead_out() -> None:
        if state == State.IDLE or state == State.START or state == State.WAIT:
            tx_on.next = False
            enable.next = 0
        else:
            tx_on.next = True
            enable.next = targets

    @always_comb
    def needed() -> None:
        core_busy.next = state != State.IDLE or carrier_meta != 0 or quality_meta != 0 or present != 0

    @always(core_clk.posedge)
    def synchronise() -> None:
        carrier_meta.next = carrier
        active.next = carrier_meta
        quality_meta.next = signal_quality
        quality.next = quality_meta
        linked_meta.next = linked
        usable.next = linked_meta
        flags_meta.next = word[WORD_BITS:TOGGLE]
        flags.next = flags_meta
        # The word has been stable since its toggle changed, and will be for as long again.
        data.next = word[TOGGLE:]

    @always(core_clk.posedge)
    def take() -> None:
        """Words of the selected port into the FIFO."""
        if state == State.IDLE or state == State.START:
            taken.next = flags[TOGGLE_FLAG]
            begun.next = False
            fill.next = 0
        else:
            if flags[BEGUN_FLAG]:
                begun.next = True
            if flags[TOGGLE_FLAG] != taken:
                taken.next = flags[TOGGLE_FLAG]
                fifo.next[concat(fill[6:2], False, False)] = data[0]
                fifo.next[concat(fill[6:2], False, True)] = data[1]
                fifo.next[concat(fill[6:2], True, False)] = data[2]
                fifo.next[concat(fill[6:2], True, True)] = data[3]
                if data[TOGGLE:TAIL] == 0:
                    fill.next = fill + 4
                else:
                    fill.next = fill + concat(False, False, False, False, data[TOGGLE:TAIL])

    @always(core_clk.posedge)
    def run_machine() -> None:
        if tx_on:
            sent.next = sent + 1
            tx_bit.next = not tx_bit
        if not trouble:
            held_back.next = 0
        elif held_back != jam_delay:
            held_back.next = held_back + 1
        if state == State.IDLE:
            sent.next = 0
            drain.next = 0
            if present != 0 and (not trouble or held_back == jam_delay):
                if (present & (present - 1)) != 0:
                    targets.next = usable
                    tx_bit.next = True
                    count.next = LEAST_BITS
                    state.next = State.TRANSMIT_COLLISION
                else:
                    selected.next = present
                    targets.next = usable & ~present
                    if trouble:
                        tx_bit.next = True
                        state.next = State.RECEIVE_COLLISION
                    else:
                        count.next = start_delay
                        state.next = State.START
        elif state == State.WAIT:
            tx_bit.next = False
            count.next = count - 1
            if count == 0:
                selected.next = 0
                state.next = State.IDLE
        elif state == State.TRANSMIT_COLLISION:
            if not tx_bit:
                targets.next = usable
            if count != 0:
                count.next = count - 1
            elif present == 0:
                count.next = recovery
                state.next = State.WAIT
            elif (present & (present - 1)) == 0:
                selected.next = present
                targets.next = usable & ~present
                state.next = State.ONE_PORT_LEFT
        elif other_ports != 0 and held_back == jam_delay:
            # A port that begins with jam begins it with a 1.
            if not tx_bit:
                tx_bit.next = True
                targets.next = usable
            count.next = LEAST_BITS
            state.next = State.TRANSMIT_COLLISION
        elif quality != 0 and held_back == jam_delay and state != State.ONE_PORT_LEFT:
            tx_bit.next = not tx_bit
            state.next = State.RECEIVE_COLLISION
        elif state == State.START:
            count.next = count - 1
            if count == 0:
                tx_bit.next = True
                count.next = HOLD
                state.next = State.PREAMBLE
        elif state == State.PREAMBLE:
            if begun and count != 0:
                count.next = count - 1
            if begun and count == 0 and sent >= PREAMBLE_BITS - 1 and not tx_bit:
                state.next = State.SFD
            elif present == 0 and not begun:
                state.next = State.RECEIVE_COLLISION
        elif state == State.SFD:
            tx_bit.next = True
            state.next = State.DATA
        elif state == State.DATA:
            if drain != fill:
                tx_bit.next = fifo[drain]
                drain.next = drain + 1
            elif ended and sent >= LEAST_BITS - 1:
                count.next = recovery
                state.next = State.WAIT
            else:
                state.next = State.RECEIVE_COLLISION
        elif present == 0 and sent >= LEAST_BITS - 1:
            count.next = recovery
            state.next = State.WAIT
        if tx_on and sent >= transmit_limit:
            count.next = limit_pause
            state.next = State.WAIT

    return look, judge, notice_end, lead_out, needed, synchronise, take, run_machine
