"""The register file: a Wishbone slave whose registers stand in circuits of their own, part by part.

A cycle begins with `s_stb` and ends with `s_ack`, or with `s_err` from 0x800 up, where nothing answers and
ones are read; either is high for one tick. Accesses to descriptors are passed on to the descriptor
controller, which owns their memory (`cpu_request`, answered by `cpu_done`). So is RST, written as one into
MODER: when the controller has let go of everything, all registers take their reset values.

The clock runs while a cycle is open and while the controller has something to tell (`news`).
"""

from typing import Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter import addresses as address_registers
from hw.adapter import flow_control as flow_registers
from hw.adapter import interrupts as interrupt_registers
from hw.adapter import map as m
from hw.adapter import mii_registers as management_registers
from hw.adapter import modes as mode_registers
from hw.adapter.addresses import addresses
from hw.adapter.counters import counters
from hw.adapter.flow_control import flow_control
from hw.adapter.interrupts import interrupts
from hw.adapter.mii_registers import mii_registers
from hw.adapter.modes import modes
from hw.ports import Direction, Port, into, out, register

NOBODY = 0xFFFF
"""Half of the word on a bus that nobody drives."""

CLOCK = "reg_clk"
_INNER = {"data"}


def _of(file: Any) -> tuple[Port, ...]:
    """What leaves the adapter's register file from one of its parts."""
    return tuple(p for p in file.PORTS if p.direction is Direction.OUT and p.name not in _INNER)


PORTS = (
    into("reg_clk", 1, "bus clock, 25 MHz, while a register is needed"),
    into("s_adr", 10, "Wishbone: word address"),
    into("s_dat_w", 32, "Wishbone: word to write"),
    into("s_we", 1, "Wishbone: write"),
    into("s_stb", 1, "Wishbone: a cycle is open"),
    into("cpu_done", 1, "for one tick: the descriptor controller has done it"),
    into("cpu_data", 32, "the word read from a descriptor"),
    into("int_set", 7, "for one tick: bits of INT_SOURCE to set"),
    into("happened", 15, "for one tick: what the counters count"),
    into("tx_status", 10, "of the frame that was sent"),
    into("mii_done", 1, "follows mii_command when the operation is over"),
    into("mii_rx_data", 16, "the word read from the PHY"),
    into("mii_silent", 1, "nobody answered"),
    into("rom_address", 48, "strap: the address ROM's contents"),
    out("s_dat_r", 32, "Wishbone: word read"),
    out("s_ack", 1, "Wishbone: for one tick, the cycle is over"),
    out("s_err", 1, "Wishbone: for one tick, the cycle is over and there is nothing at the address"),
    out("cpu_request", 1, "an access to a descriptor, or RST, waits"),
    out("cpu_adr", 8, "to which word of the descriptors"),
    out("cpu_reset", 1, "it is RST"),
    *_of(interrupt_registers),
    *_of(mode_registers),
    *_of(address_registers),
    *_of(flow_registers),
    *_of(management_registers),
    out("counting", 1, "the clock is needed for the counters"),
)


@block
def registers(
    reg_clk: Any,
    s_adr: Any,
    s_dat_w: Any,
    s_we: Any,
    s_stb: Any,
    cpu_done: Any,
    cpu_data: Any,
    int_set: Any,
    happened: Any,
    tx_status: Any,
    mii_done: Any,
    mii_rx_data: Any,
    mii_silent: Any,
    rom_address: Any,
    s_dat_r: Any,
    s_ack: Any,
    s_err: Any,
    cpu_request: Any,
    cpu_adr: Any,
    cpu_reset: Any,
    irq: Any,
    tx_enable: Any,
    rx_enable: Any,
    no_preamble: Any,
    reject_broadcast: Any,
    individual_hash: Any,
    promiscuous: Any,
    ignore_gap: Any,
    loopback: Any,
    no_backoff: Any,
    wait_forever: Any,
    full_duplex: Any,
    delay_crc: Any,
    crc_always: Any,
    huge_enable: Any,
    pad_always: Any,
    receive_small: Any,
    min_frame: Any,
    max_frame: Any,
    ipgt: Any,
    ipgr1: Any,
    ipgr2: Any,
    collision_valid: Any,
    max_retry: Any,
    tx_bd_num: Any,
    station_address: Any,
    hash_0: Any,
    hash_1: Any,
    pass_all: Any,
    rx_flow: Any,
    tx_pause: Any,
    tx_pause_time: Any,
    mii_command: Any,
    mii_write: Any,
    mii_phy: Any,
    mii_register: Any,
    mii_tx_data: Any,
    mii_no_preamble: Any,
    mii_divider: Any,
    mii_seen: Any,
    counting: Any,
) -> Any:
    """The registers. Ports: `PORTS`. Clock: `reg_clk`."""
    write = register(1)
    clear = register(1)
    mode_data = register(32, mode_registers.MODER_RESET)
    interrupt_data, address_data, flow_data, mii_data, counter_data = [register(32) for _ in range(5)]
    counter_read = register(1)
    counter_ready = register(1)
    address = register(8)
    low_5 = register(5)
    low_7 = register(7)
    low_16 = register(16)
    low_17 = register(17)

    @always_comb
    def slices() -> None:
        address.next = s_adr[8:]
        low_5.next = s_adr[5:]
        low_7.next = s_dat_w[7:]
        low_16.next = s_dat_w[16:]
        low_17.next = s_dat_w[17:]

    @always_comb
    def strobes() -> None:
        write.next = (
            s_stb
            and s_we
            and not s_ack
            and not s_err
            and s_adr[10:8] == 0
            and not (s_adr == m.MODER and s_dat_w[m.RST])
        )
        clear.next = cpu_request and cpu_done and cpu_reset
        counter_read.next = s_stb and not s_we and not s_ack and s_adr[10:5] == m.COUNTERS_WINDOW

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

    parts = (
        interrupts(reg_clk, address, low_7, write, clear, int_set, interrupt_data, irq),
        modes(
            reg_clk, address, s_dat_w, write, clear, mode_data, tx_enable, rx_enable, no_preamble,
            reject_broadcast, individual_hash, promiscuous, ignore_gap, loopback, no_backoff, wait_forever,
            full_duplex, delay_crc, crc_always, huge_enable, pad_always, receive_small, min_frame, max_frame,
            ipgt, ipgr1, ipgr2, collision_valid, max_retry, tx_bd_num,
        ),
        addresses(
            reg_clk, address, s_dat_w, write, clear, rom_address, address_data, station_address, hash_0,
            hash_1,
        ),
        flow_control(
            reg_clk, address, low_17, write, clear, int_set(m.TXC), flow_data, pass_all, rx_flow,
            tx_pause, tx_pause_time,
        ),
        mii_registers(
            reg_clk, address, low_16, write, clear, mii_done, mii_rx_data, mii_silent, mii_data, mii_command,
            mii_write, mii_phy, mii_register, mii_tx_data, mii_no_preamble, mii_divider, mii_seen,
        ),
        counters(
            reg_clk, low_5, counter_read, clear, happened, tx_status, counter_data, counter_ready,
            counting,
        ),
    )  # fmt: skip
    return slices, strobes, slave, parts
