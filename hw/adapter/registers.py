"""The register file: a Wishbone slave whose registers are in circuits of their own, by subject.

A cycle begins with `s_stb` and ends with `s_ack`, or with `s_err` from 0x800 up, where there is nothing and
ones are read; either is high for one tick. Accesses to descriptors are passed on to the descriptor
controller, which owns their memory (`cpu_request`, answered by `cpu_done`). So is RST, written as one into
MODER: when controller and MAC have dropped all their work, all registers take their reset values.

The clock runs while a cycle is open and while the controller reports something (`news`).
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter.addresses import addresses
from hw.adapter.counters import NUMBER_BITS, counters
from hw.adapter.flow_control import flow_control
from hw.adapter.interrupts import interrupts
from hw.adapter.map import COUNTERS_WINDOW, INT_SOURCE, MODER, WORD_BITS
from hw.adapter.mii_registers import mii_registers
from hw.adapter.modes import modes
from hw.hierarchy import by_name
from hw.ports import Sig, clock, into, of, out, register

NOBODY = 0xFFFF
"""Half of the word on a bus that nothing drives."""


@block
def registers(
    reg_clk: Annotated[Sig, clock("bus clock, 25 MHz, while a register is needed")],
    s_adr: Annotated[Sig, into(10, "Wishbone: word address")],
    s_dat_w: Annotated[Sig, into(WORD_BITS, "Wishbone: word to write")],
    s_we: Annotated[Sig, into(1, "Wishbone: write")],
    s_stb: Annotated[Sig, into(1, "Wishbone: a cycle is open")],
    cpu_done: Annotated[Sig, into(1, "for one tick: the descriptor controller has done it")],
    cpu_data: Annotated[Sig, into(WORD_BITS, "the word read from a descriptor")],
    int_set: Annotated[Sig, of(interrupts)],
    happened: Annotated[Sig, of(counters)],
    tx_status: Annotated[Sig, of(counters)],
    mii_done: Annotated[Sig, of(mii_registers)],
    mii_rx_data: Annotated[Sig, of(mii_registers)],
    mii_silent: Annotated[Sig, of(mii_registers)],
    rom_address: Annotated[Sig, of(addresses)],
    s_dat_r: Annotated[Sig, out(WORD_BITS, "Wishbone: word read")],
    s_ack: Annotated[Sig, out(1, "Wishbone: for one tick, the cycle is over")],
    s_err: Annotated[Sig, out(1, "Wishbone: for one tick, the cycle is over and nothing is at the address")],
    cpu_request: Annotated[Sig, out(1, "an access to a descriptor, or RST, waits")],
    cpu_adr: Annotated[Sig, out(8, "to which word of the descriptors")],
    cpu_reset: Annotated[Sig, out(1, "it is RST")],
    irq: Annotated[Sig, of(interrupts)],
    tx_enable: Annotated[Sig, of(modes)],
    rx_enable: Annotated[Sig, of(modes)],
    no_preamble: Annotated[Sig, of(modes)],
    reject_broadcast: Annotated[Sig, of(modes)],
    individual_hash: Annotated[Sig, of(modes)],
    promiscuous: Annotated[Sig, of(modes)],
    ignore_gap: Annotated[Sig, of(modes)],
    loopback: Annotated[Sig, of(modes)],
    no_backoff: Annotated[Sig, of(modes)],
    wait_forever: Annotated[Sig, of(modes)],
    full_duplex: Annotated[Sig, of(modes)],
    delay_crc: Annotated[Sig, of(modes)],
    crc_always: Annotated[Sig, of(modes)],
    huge_enable: Annotated[Sig, of(modes)],
    pad_always: Annotated[Sig, of(modes)],
    receive_small: Annotated[Sig, of(modes)],
    min_frame: Annotated[Sig, of(modes)],
    max_frame: Annotated[Sig, of(modes)],
    ipgt: Annotated[Sig, of(modes)],
    ipgr1: Annotated[Sig, of(modes)],
    ipgr2: Annotated[Sig, of(modes)],
    collision_valid: Annotated[Sig, of(modes)],
    max_retry: Annotated[Sig, of(modes)],
    tx_bd_num: Annotated[Sig, of(modes)],
    station_address: Annotated[Sig, of(addresses)],
    hash_0: Annotated[Sig, of(addresses)],
    hash_1: Annotated[Sig, of(addresses)],
    pass_all: Annotated[Sig, of(flow_control)],
    rx_flow: Annotated[Sig, of(flow_control)],
    tx_pause: Annotated[Sig, of(flow_control)],
    tx_pause_time: Annotated[Sig, of(flow_control)],
    mii_command: Annotated[Sig, of(mii_registers)],
    mii_write: Annotated[Sig, of(mii_registers)],
    mii_phy: Annotated[Sig, of(mii_registers)],
    mii_register: Annotated[Sig, of(mii_registers)],
    mii_tx_data: Annotated[Sig, of(mii_registers)],
    mii_no_preamble: Annotated[Sig, of(mii_registers)],
    mii_divider: Annotated[Sig, of(mii_registers)],
    mii_seen: Annotated[Sig, of(mii_registers)],
    counting: Annotated[Sig, of(counters)],
) -> Any:
    """The registers."""
    write = register(1)
    clear = register(1)
    mode_data = register(WORD_BITS, MODER.RESET)
    interrupt_data, address_data, flow_data, mii_data, counter_data = [register(WORD_BITS) for _ in range(5)]
    counter_read = register(1)
    counter_ready = register(1)
    address = register(8)
    number = register(NUMBER_BITS)

    @always_comb
    def slices() -> None:
        address.next = s_adr[8:]
        number.next = s_adr[NUMBER_BITS:]

    @always_comb
    def strobes() -> None:
        write.next = (
            s_stb
            and s_we
            and not s_ack
            and not s_err
            and s_adr[10:8] == 0
            and not (s_adr == MODER.WORD and s_dat_w[MODER.RST])
        )
        clear.next = cpu_request and cpu_done and cpu_reset
        counter_read.next = s_stb and not s_we and not s_ack and s_adr[10:NUMBER_BITS] == COUNTERS_WINDOW

    @always(reg_clk.posedge)
    def slave() -> None:
        if s_ack or s_err:
            s_ack.next = False
            s_err.next = False
        elif cpu_request:
            if cpu_done:
                cpu_request.next = False
                s_dat_r.next = cpu_data
                s_ack.next = True
        elif s_stb:
            if s_adr[9]:
                s_dat_r.next = concat(intbv(NOBODY)[16:], intbv(NOBODY)[16:])
                s_err.next = True
            elif s_adr[8] or (s_we and not write):
                cpu_adr.next = address
                cpu_reset.next = not s_adr[8]
                cpu_request.next = True
            elif counter_read:
                s_dat_r.next = counter_data
                s_ack.next = counter_ready
            else:
                s_dat_r.next = interrupt_data | mode_data | address_data | flow_data | mii_data
                s_ack.next = True

    wires = {**locals(), "word": s_dat_w}
    parts = (
        interrupts(**by_name(interrupts, wires, data=interrupt_data)),
        modes(**by_name(modes, wires, data=mode_data)),
        addresses(**by_name(addresses, wires, data=address_data)),
        flow_control(**by_name(flow_control, wires, sent=int_set(INT_SOURCE.TXC), data=flow_data)),
        mii_registers(**by_name(mii_registers, wires, data=mii_data)),
        counters(
            **by_name(
                counters,
                wires,
                address=number,
                read=counter_read,
                data=counter_data,
                ready=counter_ready,
            )
        ),
    )
    return slices, strobes, slave, parts
