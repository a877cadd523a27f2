"""The descriptor controller: 128 buffer descriptors, DMA both ways, and the events that they report.

         processor           MAC                             host memory
             |                | toggles, words, status            |
             |            toggles                                 |
             |                | synchronised                      |
             +---------- job_arbiter <-- what waits ---+          |
             |                | job                    |          |
             |    +-----------+-----+----------+-------+------+   |
             |    |           |     |          |              |   |
    descriptor_memory   transmit_ring     receive_ring      dma_port      reports --> interrupts, counters

One machine owns the descriptor memory and the DMA port and does one thing at a time; a word of the line
takes 3.2 us, one of its jobs less than 0.4. Nothing is polled: it looks at a transmit descriptor when a
status word is written, when a frame ends or when TXEN rises, and at a receive descriptor when the first
word of a frame comes.

A transmit descriptor is closed with the frame's status and its RD bit cleared, a receive descriptor with
length, status and its E bit cleared. A runt leaves its descriptor as it was unless RECSMALL, a control frame
unless PASSALL. A frame that finds none empty is dropped with BUSY when it is over. When TXEN or RXEN falls,
the frame in progress comes to its end. RST breaks it off in the MAC, too, and it leaves no trace.

A DMA cycle that ends with `m_err` ends the data: a frame to transmit runs into an underrun (UR), of a
received one nothing more is stored (OR).
"""

from typing import Annotated, Any

from myhdl import block

from hw.adapter.arbiter import job_arbiter
from hw.adapter.descriptor_memory import descriptor_memory
from hw.adapter.dma import dma_port
from hw.adapter.receive_ring import receive_ring
from hw.adapter.reports import reports
from hw.adapter.toggles import toggles
from hw.adapter.transmit_ring import transmit_ring
from hw.hierarchy import by_name
from hw.ports import Direction, Sig, of, ports_of

PARTS = (toggles, job_arbiter, descriptor_memory, transmit_ring, receive_ring, dma_port, reports)


@block
def descriptors(
    bus_clk: Annotated[Sig, of(toggles)],
    cpu_request: Annotated[Sig, of(job_arbiter)],
    cpu_reset: Annotated[Sig, of(job_arbiter)],
    cpu_adr: Annotated[Sig, of(descriptor_memory)],
    s_dat_w: Annotated[Sig, of(descriptor_memory)],
    s_we: Annotated[Sig, of(transmit_ring)],
    m_dat_r: Annotated[Sig, of(transmit_ring)],
    m_ack: Annotated[Sig, of(job_arbiter)],
    m_err: Annotated[Sig, of(receive_ring)],
    tx_enable: Annotated[Sig, of(transmit_ring)],
    rx_enable: Annotated[Sig, of(receive_ring)],
    crc_always: Annotated[Sig, of(transmit_ring)],
    pad_always: Annotated[Sig, of(transmit_ring)],
    receive_small: Annotated[Sig, of(job_arbiter)],
    pass_all: Annotated[Sig, of(job_arbiter)],
    tx_bd_num: Annotated[Sig, of(job_arbiter)],
    tx_taken_0: Annotated[Sig, of(toggles)],
    tx_taken_1: Annotated[Sig, of(toggles)],
    tx_rewind: Annotated[Sig, of(toggles)],
    tx_done: Annotated[Sig, of(toggles)],
    tx_status: Annotated[Sig, of(descriptor_memory)],
    late_event: Annotated[Sig, of(toggles)],
    sqe_error: Annotated[Sig, of(toggles)],
    defer_event: Annotated[Sig, of(toggles)],
    tx_pause_done: Annotated[Sig, of(toggles)],
    rx_pause: Annotated[Sig, of(toggles)],
    rx_word_0: Annotated[Sig, of(dma_port)],
    rx_word_1: Annotated[Sig, of(dma_port)],
    rx_full_0: Annotated[Sig, of(toggles)],
    rx_full_1: Annotated[Sig, of(toggles)],
    rx_end: Annotated[Sig, of(toggles)],
    rx_length: Annotated[Sig, of(descriptor_memory)],
    rx_status: Annotated[Sig, of(descriptor_memory)],
    cpu_done: Annotated[Sig, of(job_arbiter)],
    cpu_data: Annotated[Sig, of(descriptor_memory)],
    mac_reset: Annotated[Sig, of(job_arbiter)],
    news: Annotated[Sig, of(reports)],
    int_set: Annotated[Sig, of(reports)],
    happened: Annotated[Sig, of(reports)],
    m_adr: Annotated[Sig, of(dma_port)],
    m_dat_w: Annotated[Sig, of(dma_port)],
    m_sel: Annotated[Sig, of(dma_port)],
    m_we: Annotated[Sig, of(dma_port)],
    m_stb: Annotated[Sig, of(dma_port)],
    tx_frame: Annotated[Sig, of(transmit_ring)],
    tx_length: Annotated[Sig, of(transmit_ring)],
    tx_pad: Annotated[Sig, of(transmit_ring)],
    tx_crc: Annotated[Sig, of(transmit_ring)],
    tx_word_0: Annotated[Sig, of(transmit_ring)],
    tx_word_1: Annotated[Sig, of(transmit_ring)],
    tx_full_0: Annotated[Sig, of(transmit_ring)],
    tx_full_1: Annotated[Sig, of(transmit_ring)],
    tx_rewound: Annotated[Sig, of(transmit_ring)],
    rx_taken_0: Annotated[Sig, of(receive_ring)],
    rx_taken_1: Annotated[Sig, of(receive_ring)],
    seen: Annotated[Sig, of(toggles)],
    busy: Annotated[Sig, of(job_arbiter)],
) -> Any:
    """The descriptor controller."""
    wires = {**locals(), "cpu_adr_0": cpu_adr(0), "rx_first": tx_bd_num(7, 0)}
    for circuit in PARTS:
        for port in ports_of(circuit):
            if port.direction is Direction.OUT and port.name not in wires:
                wires[port.name] = port.signal()
    parts = []
    for circuit in PARTS:
        parts.append(circuit(**by_name(circuit, wires)))
    return parts
