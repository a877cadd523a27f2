"""The arbiter of the descriptor controller: it chooses the job of each tick (`hw.adapter.jobs`).

The controller does one thing at a time. In IDLE the first in this order that waits is done: an access of the
processor, a received word, the end of a received frame, a rewind after a collision, the end of a transmitted
frame, a word to transmit, events of the MAC, a look at the next transmit descriptor. Some jobs have steps:

                                    IDLE
      +---------+------------+------+---+----------+-----------+-------------+
      |ACCESS   |RX_LOOK     |RX_STORE, |RX_CLOSE  |TX_LOOK    |TX_FETCH     |TX_CLOSE
      v         v            |RX_FLUSH  v          v           v             v
     CPU    RX_STATUS        v       RX_NEXT   TX_STATUS    TX_READ       TX_NEXT
      |         |RX_ACCEPT  RX_WRITE    |          |TX_ACCEPT  |             |
      |         v            |          |          v           |             |
      |     RX_POINTER       |          |      TX_POINTER      |             |
      v         v            v          v          v           v             v
                                    IDLE

A change of TXEN or RXEN comes between any two of them. RX_WRITE and TX_READ last as long as the DMA cycle.

RST leads to RESET, which lasts for 128 ticks and ends with CLEAR. In the first half of them `mac_reset` is
high, a level that MII's clocks have time to see; in the second they see its end. So the MAC is at rest when
the register file clears itself and the bus cycle ends.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv

from hw.adapter import toggles as bits
from hw.adapter.jobs import JOB, JOB_BITS, Job
from hw.adapter.map import DESCRIPTORS, RX_DESCRIPTOR, TX_DESCRIPTOR, WORD_BITS
from hw.mac import status
from hw.ports import Sig, clock, into, out, register

SHORTEST = 4
"""A transmit descriptor with this number of octets or fewer is not ready, whatever its RD bit says."""

RESET_BITS = 7
LONGEST = (1 << RESET_BITS) - 1
HALF = 1 << RESET_BITS - 1
"""RST takes 5.12 us at 25 MHz: six ticks of a clock of 2.5 MHz with `mac_reset`, six without."""

State = enum(
    "IDLE", "CPU", "RESET", "TX_STATUS", "TX_POINTER", "TX_READ", "TX_NEXT",
    "RX_STATUS", "RX_POINTER", "RX_WRITE", "RX_NEXT",
)  # fmt: skip


@block
def job_arbiter(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz, while the controller is needed")],
    cpu_request: Annotated[Sig, into(1, "the processor wants a descriptor's word, or RST")],
    cpu_reset: Annotated[Sig, into(1, "it is RST")],
    memory_out: Annotated[Sig, into(WORD_BITS, "the word of the descriptor that was read")],
    rx_toggles: Annotated[Sig, into(bits.RX_TOGGLES, "the MAC's toggles, synchronised")],
    tx_toggles: Annotated[Sig, into(bits.TX_TOGGLES, "the MAC's toggles, synchronised")],
    event_toggles: Annotated[Sig, into(bits.EVENTS, "the MAC's toggles that belong to no frame")],
    events_seen: Annotated[Sig, into(bits.EVENTS, "those that have been reported")],
    m_stb: Annotated[Sig, into(1, "DMA: a cycle is open")],
    m_ack: Annotated[Sig, into(1, "DMA: the cycle is over")],
    m_err: Annotated[Sig, into(1, "DMA: the cycle is over, and there is no memory at the address")],
    receive_small: Annotated[Sig, into(1, "RECSMALL: store runts")],
    pass_all: Annotated[Sig, into(1, "PASSALL: store control frames")],
    tx_bd_num: Annotated[Sig, into(8, "TX_BD_NUM: number of transmit descriptors")],
    tx_enable: Annotated[Sig, into(1, "TXEN")],
    tx_enabled: Annotated[Sig, into(1, "TXEN, as the ring has seen it")],
    tx_look: Annotated[Sig, into(1, "the next descriptor may be ready")],
    tx_open: Annotated[Sig, into(1, "the MAC has a frame")],
    tx_words: Annotated[Sig, into(17, "number of words that are still to be made")],
    tx_index: Annotated[Sig, into(1, "the next word is tx_word_1")],
    tx_full_0: Annotated[Sig, into(1, "tx_word_0 is full")],
    tx_full_1: Annotated[Sig, into(1, "tx_word_1 is full")],
    tx_rewound: Annotated[Sig, into(1, "follows tx_rewind")],
    done_seen: Annotated[Sig, into(1, "follows tx_done")],
    rx_enable: Annotated[Sig, into(1, "RXEN")],
    rx_enabled: Annotated[Sig, into(1, "RXEN, as the ring has seen it")],
    rx_open: Annotated[Sig, into(1, "a frame has begun")],
    rx_discard: Annotated[Sig, into(1, "the words of the frame are not stored")],
    rx_missed: Annotated[Sig, into(1, "because no descriptor was empty")],
    rx_index: Annotated[Sig, into(1, "the next word is rx_word_1")],
    rx_taken_0: Annotated[Sig, into(1, "rx_word_0 has been taken")],
    rx_taken_1: Annotated[Sig, into(1, "rx_word_1 has been taken")],
    rx_offset: Annotated[Sig, into(2, "octets of the next word of memory before the buffer")],
    rx_length: Annotated[Sig, into(16, "octets of the received frame")],
    rx_status: Annotated[Sig, into(status.STATUS_BITS, status.RX_STATUS)],
    end_seen: Annotated[Sig, into(1, "follows rx_end")],
    job: Annotated[Sig, out(JOB_BITS, JOB)],
    cpu_done: Annotated[Sig, out(1, "for one tick: done")],
    mac_reset: Annotated[Sig, out(1, "the MAC returns to its beginning")],
    busy: Annotated[Sig, out(1, "the clock is needed")],
) -> Any:
    """The arbiter."""
    state = Signal(State.IDLE)
    settle = register(1)
    left = register(RESET_BITS)

    @always_comb
    def choose() -> None:
        # Where the last octet of the frame goes, in octets from the beginning of a word of memory.
        last_lane = intbv(0)[4:]
        last_lane[:] = concat(intbv(0)[2:], rx_length[2:]) + 3 & 3
        last_lane[:] = last_lane + concat(intbv(0)[2:], rx_offset)
        job.next = Job.REST
        if settle:
            job.next = Job.WAIT
        elif tx_enable != tx_enabled or rx_enable != rx_enabled:
            job.next = Job.ENABLE
        elif state == State.IDLE:
            if cpu_request and not cpu_done:
                if cpu_reset:
                    job.next = Job.RESET
                else:
                    job.next = Job.ACCESS
            elif (rx_index and rx_toggles[bits.RX_FULL_1] != rx_taken_1) or (
                not rx_index and rx_toggles[bits.RX_FULL_0] != rx_taken_0
            ):
                if not rx_open:
                    job.next = Job.RX_LOOK
                elif rx_discard:
                    job.next = Job.RX_DROP
                else:
                    job.next = Job.RX_STORE
            elif rx_toggles[bits.RX_END] != end_seen:
                if not rx_discard and last_lane > 3:
                    job.next = Job.RX_FLUSH
                elif (rx_status[status.RX_SF] and not receive_small) or (
                    rx_status[status.RX_CF] and not pass_all
                ):
                    job.next = Job.RX_REJECT
                elif rx_missed:
                    job.next = Job.RX_MISS
                else:
                    job.next = Job.RX_CLOSE
            elif tx_toggles[bits.TX_REWIND] != tx_rewound:
                job.next = Job.TX_REWIND
            elif tx_toggles[bits.TX_DONE] != done_seen:
                job.next = Job.TX_CLOSE
            elif tx_words != 0 and (
                (tx_index and tx_full_1 == tx_toggles[bits.TX_TAKEN_1])
                or (not tx_index and tx_full_0 == tx_toggles[bits.TX_TAKEN_0])
            ):
                job.next = Job.TX_FETCH
            elif event_toggles != events_seen:
                job.next = Job.EVENTS
            elif tx_look and tx_enable and not tx_open:
                job.next = Job.TX_LOOK
        elif state == State.CPU:
            job.next = Job.ANSWER
        elif state == State.RESET:
            if left == 0:
                job.next = Job.CLEAR
            else:
                job.next = Job.WAIT
        elif state == State.TX_STATUS:
            if (
                memory_out[TX_DESCRIPTOR.RD]
                and memory_out[TX_DESCRIPTOR.LEN.end : TX_DESCRIPTOR.LEN] > SHORTEST
            ):
                job.next = Job.TX_ACCEPT
            else:
                job.next = Job.TX_REFUSE
        elif state == State.TX_POINTER:
            job.next = Job.TX_BEGIN
        elif state == State.TX_READ:
            if m_ack or not m_stb:
                job.next = Job.TX_FETCHED
            elif m_err:
                job.next = Job.TX_FAIL
            else:
                job.next = Job.WAIT
        elif state == State.TX_NEXT:
            job.next = Job.TX_NEXT
        elif state == State.RX_STATUS:
            if memory_out[RX_DESCRIPTOR.E] and tx_bd_num != DESCRIPTORS:
                job.next = Job.RX_ACCEPT
            else:
                job.next = Job.RX_REFUSE
        elif state == State.RX_POINTER:
            job.next = Job.RX_BEGIN
        elif state == State.RX_WRITE:
            if m_ack or m_err:
                job.next = Job.RX_STORED
            else:
                job.next = Job.WAIT
        else:
            job.next = Job.RX_NEXT

    @always(bus_clk.posedge)
    def step() -> None:
        busy.next = job != Job.REST
        cpu_done.next = job == Job.CLEAR or job == Job.ANSWER
        settle.next = False
        if left != 0:
            left.next = left - 1
            if left == HALF:
                mac_reset.next = False
        if job == Job.WAIT or job == Job.ENABLE:
            state.next = state
        elif job == Job.REST:
            state.next = State.IDLE
        elif job == Job.RESET:
            mac_reset.next = True
            left.next = LONGEST
            state.next = State.RESET
        elif job == Job.ACCESS:
            state.next = State.CPU
            settle.next = True
        elif job == Job.RX_LOOK:
            state.next = State.RX_STATUS
            settle.next = True
        elif job == Job.RX_ACCEPT:
            state.next = State.RX_POINTER
            settle.next = True
        elif job == Job.RX_STORE or job == Job.RX_FLUSH:
            state.next = State.RX_WRITE
        elif job == Job.RX_CLOSE:
            state.next = State.RX_NEXT
        elif job == Job.TX_LOOK:
            state.next = State.TX_STATUS
            settle.next = True
        elif job == Job.TX_ACCEPT:
            state.next = State.TX_POINTER
            settle.next = True
        elif job == Job.TX_FETCH:
            state.next = State.TX_READ
        elif job == Job.TX_CLOSE:
            state.next = State.TX_NEXT
        else:
            state.next = State.IDLE

    return choose, step
