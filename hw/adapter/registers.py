"""The register file: a Wishbone slave with the programming model's registers, and the interrupt.

A cycle begins with `s_stb` and ends with `s_ack`, which is high for one tick. Accesses to descriptors are
passed on to the descriptor controller, which owns their memory (`cpu_request`, answered by `cpu_done`).
INT_SOURCE bits are set whether masked or not and cleared by writing ones; `irq` is a level, the OR of what
is unmasked.
"""

from typing import Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter import map as m
from hw.adapter.address_rom import address_rom
from hw.ports import into, out, register

MODER_RESET = 0xA000
IPGT_RESET = 0x12
IPGR1_RESET = 0x0C
IPGR2_RESET = 0x12
MIN_FRAME_RESET = 64
MAX_FRAME_RESET = 1536
MAX_RETRY_RESET = 15
COLLISION_VALID_RESET = 0x3F
TX_BD_NUM_RESET = 0x40
MOST_TX_DESCRIPTORS = 0x80

CLOCK = "bus_clk"
PORTS = (
    into("bus_clk", 1, "bus clock, 25 MHz"),
    into("s_adr", 10, "Wishbone: word address"),
    into("s_dat_w", 32, "Wishbone: word to write"),
    into("s_we", 1, "Wishbone: write"),
    into("s_stb", 1, "Wishbone: a cycle is open"),
    into("cpu_done", 1, "for one tick: the access to a descriptor is done"),
    into("cpu_data", 32, "the word read from it"),
    into("int_set", 7, "for one tick: bits of INT_SOURCE to set"),
    into("rom_address", 48, "strap: the address ROM's contents"),
    out("s_dat_r", 32, "Wishbone: word read"),
    out("s_ack", 1, "Wishbone: for one tick, the cycle is over"),
    out("irq", 1, "an unmasked interrupt is pending"),
    out("cpu_request", 1, "an access to a descriptor waits"),
    out("tx_enable", 1, "TXEN"),
    out("rx_enable", 1, "RXEN"),
    out("promiscuous", 1, "PRO"),
    out("reject_broadcast", 1, "BRO"),
    out("crc_always", 1, "CRCEN"),
    out("pad_always", 1, "PAD"),
    out("station_address", 48, "MAC_ADDR1 and MAC_ADDR0"),
    out("min_frame", 16, "MINFL", MIN_FRAME_RESET),
    out("max_frame", 16, "MAXFL", MAX_FRAME_RESET),
    out("ipgt", 7, "IPGT", IPGT_RESET),
    out("ipgr1", 7, "IPGR1", IPGR1_RESET),
    out("ipgr2", 7, "IPGR2", IPGR2_RESET),
    out("collision_valid", 6, "COLLVALID", COLLISION_VALID_RESET),
    out("max_retry", 4, "MAXRET", MAX_RETRY_RESET),
    out("tx_bd_num", 8, "TX_BD_NUM", TX_BD_NUM_RESET),
)


@block
def registers(
    bus_clk: Any,
    s_adr: Any,
    s_dat_w: Any,
    s_we: Any,
    s_stb: Any,
    cpu_done: Any,
    cpu_data: Any,
    int_set: Any,
    rom_address: Any,
    s_dat_r: Any,
    s_ack: Any,
    irq: Any,
    cpu_request: Any,
    tx_enable: Any,
    rx_enable: Any,
    promiscuous: Any,
    reject_broadcast: Any,
    crc_always: Any,
    pad_always: Any,
    station_address: Any,
    min_frame: Any,
    max_frame: Any,
    ipgt: Any,
    ipgr1: Any,
    ipgr2: Any,
    collision_valid: Any,
    max_retry: Any,
    tx_bd_num: Any,
) -> Any:
    """The registers. Ports: `PORTS`. Clock: `bus_clk`."""
    moder = register(17, MODER_RESET)
    int_source = register(7)
    int_mask = register(7)
    rom_select = register(1)
    rom_data = register(32)
    rom = address_rom(rom_select, rom_address, rom_data)

    @always_comb
    def modes() -> None:
        tx_enable.next = moder[m.TXEN]
        rx_enable.next = moder[m.RXEN]
        promiscuous.next = moder[m.PRO]
        reject_broadcast.next = moder[m.BRO]
        crc_always.next = moder[m.CRCEN]
        pad_always.next = moder[m.PAD]

    @always_comb
    def interrupt() -> None:
        irq.next = (int_source & int_mask) != 0

    @always(bus_clk.posedge)
    def slave() -> None:
        rom_select.next = s_adr[0]
        if int_set != 0:
            int_source.next = int_source | int_set
        if s_ack:
            s_ack.next = False
        elif cpu_request:
            if cpu_done:
                cpu_request.next = False
                s_dat_r.next = cpu_data
                s_ack.next = True
        elif s_stb:
            if s_adr[8]:
                cpu_request.next = True
            elif s_we:
                s_ack.next = True
                if s_adr == m.MODER:
                    moder.next = s_dat_w[17:]
                elif s_adr == m.INT_SOURCE:
                    int_source.next = (int_source & ~s_dat_w[7:]) | int_set
                elif s_adr == m.INT_MASK:
                    int_mask.next = s_dat_w[7:]
                elif s_adr == m.IPGT:
                    ipgt.next = s_dat_w[7:]
                elif s_adr == m.IPGR1:
                    ipgr1.next = s_dat_w[7:]
                elif s_adr == m.IPGR2:
                    ipgr2.next = s_dat_w[7:]
                elif s_adr == m.PACKETLEN:
                    min_frame.next = s_dat_w[32:16]
                    max_frame.next = s_dat_w[16:]
                elif s_adr == m.COLLCONF:
                    max_retry.next = s_dat_w[20:16]
                    collision_valid.next = s_dat_w[6:]
                elif s_adr == m.TX_BD_NUM:
                    if s_dat_w[8:] <= MOST_TX_DESCRIPTORS:
                        tx_bd_num.next = s_dat_w[8:]
                elif s_adr == m.MAC_ADDR0:
                    station_address.next = concat(station_address[48:32], s_dat_w)
                elif s_adr == m.MAC_ADDR1:
                    station_address.next = concat(s_dat_w[16:], station_address[32:])
            elif (s_adr == m.ROM_0 or s_adr == m.ROM_1) and rom_select != s_adr[0]:
                # The ROM's word is selected one tick before it is read.
                s_ack.next = False
            else:
                s_ack.next = True
                if s_adr == m.MODER:
                    s_dat_r.next = concat(intbv(0)[15:], moder)
                elif s_adr == m.INT_SOURCE:
                    s_dat_r.next = concat(intbv(0)[25:], int_source)
                elif s_adr == m.INT_MASK:
                    s_dat_r.next = concat(intbv(0)[25:], int_mask)
                elif s_adr == m.IPGT:
                    s_dat_r.next = concat(intbv(0)[25:], ipgt)
                elif s_adr == m.IPGR1:
                    s_dat_r.next = concat(intbv(0)[25:], ipgr1)
                elif s_adr == m.IPGR2:
                    s_dat_r.next = concat(intbv(0)[25:], ipgr2)
                elif s_adr == m.PACKETLEN:
                    s_dat_r.next = concat(min_frame, max_frame)
                elif s_adr == m.COLLCONF:
                    s_dat_r.next = concat(intbv(0)[12:], max_retry, intbv(0)[10:], collision_valid)
                elif s_adr == m.TX_BD_NUM:
                    s_dat_r.next = concat(intbv(0)[24:], tx_bd_num)
                elif s_adr == m.MAC_ADDR0:
                    s_dat_r.next = station_address[32:]
                elif s_adr == m.MAC_ADDR1:
                    s_dat_r.next = concat(intbv(0)[16:], station_address[48:32])
                elif s_adr == m.ROM_0 or s_adr == m.ROM_1:
                    s_dat_r.next = rom_data
                else:
                    s_dat_r.next = 0

    return rom, modes, interrupt, slave
