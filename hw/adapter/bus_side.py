"""The adapter's bus side: registers, descriptors, DMA and interrupt, on the bus clock.

Everything that comes from the MAC's clocks is a toggle through two flip-flops and a word that stays still
meanwhile. The clock runs while a Wishbone cycle is open, while the controller is busy and while a toggle
differs from `seen`; so an adapter that nobody talks to costs nothing.
"""

from typing import Any

from myhdl import block

from hw.adapter import descriptors as descriptor_controller
from hw.adapter import registers as register_file
from hw.adapter.descriptors import descriptors
from hw.adapter.registers import registers
from hw.ports import Port, register

CLOCK = "bus_clk"
INNER = frozenset(
    {
        "cpu_done",
        "cpu_data",
        "cpu_adr",
        "int_set",
        "cpu_request",
        "tx_enable",
        "crc_always",
        "pad_always",
        "tx_bd_num",
    }
)
"""Wires between the register file and the descriptor controller."""


def _outer_ports() -> tuple[Port, ...]:
    ports = {port.name: port for port in (*descriptor_controller.PORTS, *register_file.PORTS)}
    return tuple(port for name, port in ports.items() if name not in INNER)


PORTS = _outer_ports()


@block
def bus_side(
    bus_clk: Any,
    s_adr: Any,
    s_dat_w: Any,
    s_we: Any,
    s_stb: Any,
    rom_address: Any,
    m_dat_r: Any,
    m_ack: Any,
    tx_taken_0: Any,
    tx_taken_1: Any,
    tx_rewind: Any,
    tx_done: Any,
    tx_status: Any,
    rx_word_0: Any,
    rx_word_1: Any,
    rx_full_0: Any,
    rx_full_1: Any,
    rx_end: Any,
    rx_length: Any,
    rx_status: Any,
    s_dat_r: Any,
    s_ack: Any,
    irq: Any,
    rx_enable: Any,
    promiscuous: Any,
    reject_broadcast: Any,
    station_address: Any,
    min_frame: Any,
    max_frame: Any,
    ipgt: Any,
    ipgr1: Any,
    ipgr2: Any,
    collision_valid: Any,
    max_retry: Any,
    m_adr: Any,
    m_dat_w: Any,
    m_we: Any,
    m_stb: Any,
    tx_frame: Any,
    tx_length: Any,
    tx_pad: Any,
    tx_crc: Any,
    tx_word_0: Any,
    tx_word_1: Any,
    tx_full_0: Any,
    tx_full_1: Any,
    tx_rewound: Any,
    rx_taken_0: Any,
    rx_taken_1: Any,
    seen: Any,
    busy: Any,
) -> Any:
    """The bus side. Ports: `PORTS`. Clock: `bus_clk`."""
    cpu_done = register(1)
    cpu_data = register(32)
    int_set = register(7)
    cpu_request = register(1)
    tx_enable = register(1)
    crc_always = register(1)
    pad_always = register(1)
    tx_bd_num = register(8, register_file.TX_BD_NUM_RESET)
    file = registers(
        bus_clk, s_adr, s_dat_w, s_we, s_stb, cpu_done, cpu_data, int_set, rom_address, s_dat_r, s_ack,
        irq, cpu_request, tx_enable, rx_enable, promiscuous, reject_broadcast, crc_always, pad_always,
        station_address, min_frame, max_frame, ipgt, ipgr1, ipgr2, collision_valid, max_retry, tx_bd_num,
    )  # fmt: skip
    controller = descriptors(
        bus_clk, cpu_request, s_adr(8, 0), s_dat_w, s_we, m_dat_r, m_ack, tx_enable, rx_enable,
        crc_always, pad_always, tx_bd_num, tx_taken_0, tx_taken_1, tx_rewind, tx_done, tx_status, rx_word_0,
        rx_word_1, rx_full_0, rx_full_1, rx_end, rx_length, rx_status, cpu_done, cpu_data, int_set,
        m_adr, m_dat_w, m_we, m_stb, tx_frame, tx_length, tx_pad, tx_crc, tx_word_0, tx_word_1,
        tx_full_0, tx_full_1, tx_rewound, rx_taken_0, rx_taken_1, seen, busy,
    )  # fmt: skip
    return file, controller
