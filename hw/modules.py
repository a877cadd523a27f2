"""All circuits by name: what can be converted, and what each must look like from outside."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hw.adapter.address_rom import address_rom
from hw.adapter.addresses import addresses
from hw.adapter.arbiter import job_arbiter
from hw.adapter.counters import counters
from hw.adapter.descriptor_memory import descriptor_memory
from hw.adapter.descriptors import descriptors
from hw.adapter.dma import dma_port
from hw.adapter.flow_control import flow_control
from hw.adapter.interrupts import interrupts
from hw.adapter.mdc_divider import mdc_divider
from hw.adapter.mii_management import mii_management
from hw.adapter.mii_registers import mii_registers
from hw.adapter.modes import modes
from hw.adapter.receive_ring import receive_ring
from hw.adapter.registers import registers
from hw.adapter.reports import reports
from hw.adapter.reset_control import reset_control, reset_synchroniser
from hw.adapter.toggles import toggles
from hw.adapter.transmit_ring import transmit_ring
from hw.adapter.wishbone_port import wishbone_port
from hw.hub.backplane import hub_backplane
from hw.hub.core import hub_core
from hw.hub.encoder import hub_encoder
from hw.hub.partition import hub_partition
from hw.hub.port_receive import hub_port_receive
from hw.mac.address_filter import address_filter
from hw.mac.backoff import backoff_random, backoff_timer
from hw.mac.bit_transmitter import bit_transmitter
from hw.mac.crc32 import crc32
from hw.mac.defer_test import defer_test
from hw.mac.deference import deference
from hw.mac.frame_type import frame_type
from hw.mac.pause import pause_timer
from hw.mac.receive import mac_receive
from hw.mac.slow_clocks import clock_divider, slow_clocks
from hw.mac.transmit import mac_transmit
from hw.mac.transmit_link import transmit_link
from hw.mac.word_store import word_store
from hw.mau.control_in import control_in
from hw.mau.jabber import jabber_timer
from hw.mau.sqe_test import sqe_test
from hw.phy.link import link_integrity
from hw.phy.management import phy_management
from hw.phy.manchester import manchester_decoder
from hw.phy.mii import mii_carrier, mii_receive, mii_transmit
from hw.phy.receive import phy_receive
from hw.phy.transmit import phy_transmit
from hw.ports import PerPort, Port, ports_of
from hw.switch.ageing import switch_ageing
from hw.switch.arbiter import switch_arbiter
from hw.switch.backpressure import backpressure
from hw.switch.buffers import frame_buffers
from hw.switch.duplex import switch_duplex
from hw.switch.egress import switch_egress
from hw.switch.ingress import switch_ingress
from hw.switch.offer_select import offer_select
from hw.switch.packet_memory import packet_memory
from hw.switch.queue import output_queue
from hw.switch.relay import switch_relay
from hw.switch.round_robin import round_robin
from hw.switch.table import address_table
from hw.switch.transit import switch_transit


@dataclass(frozen=True)
class Circuit:
    """A MyHDL block in a box of `number` ports; 0 if nothing in it depends on how many there are.

    Its ports are read off its signature when they are asked for: a run needs those of few circuits.
    `probes` are registers inside that can be watched, each `register`, or `part.register`. `verilog` is what
    a circuit in the place of one of ours has been converted to (`hw.substitute`).
    """

    block: Any
    number: int = 0
    probes: tuple[str, ...] = ()
    verilog: str = ""

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """The declared ports, in the order of the signature."""
        ports = ports_of(self.block)
        return tuple(port.with_ports(self.number) for port in ports) if self.number else ports

    @cached_property
    def clock(self) -> str:
        """The name of its clock, "" for none."""
        return next((port.name for port in self.ports if port.is_clock), "")

    @property
    def has_bundles(self) -> bool:
        """Its width depends on how many ports its box has."""
        return any(isinstance(port.width, PerPort) for port in self.ports)

    def with_ports(self, number: int) -> "Circuit":
        """The circuit in a box of `number` ports."""
        return replace(self, number=number)


_BLOCKS = (
    address_filter,
    address_rom,
    addresses,
    backoff_timer,
    backoff_random,
    bit_transmitter,
    crc32,
    defer_test,
    deference,
    counters,
    descriptors,
    job_arbiter,
    descriptor_memory,
    dma_port,
    receive_ring,
    reports,
    toggles,
    transmit_ring,
    flow_control,
    frame_type,
    interrupts,
    mac_transmit,
    mac_receive,
    hub_core,
    hub_encoder,
    hub_partition,
    hub_port_receive,
    mii_management,
    mii_registers,
    modes,
    control_in,
    jabber_timer,
    sqe_test,
    link_integrity,
    pause_timer,
    phy_management,
    phy_receive,
    phy_transmit,
    registers,
    switch_ageing,
    switch_arbiter,
    backpressure,
    frame_buffers,
    switch_duplex,
    switch_egress,
    switch_transit,
    switch_ingress,
    output_queue,
    switch_relay,
    round_robin,
    address_table,
    transmit_link,
    word_store,
    clock_divider,
    slow_clocks,
    mdc_divider,
    reset_control,
    reset_synchroniser,
    wishbone_port,
    mii_transmit,
    mii_receive,
    mii_carrier,
    manchester_decoder,
)
_BETWEEN = (hub_backplane, offer_select, packet_memory)
_PROBES = {
    "mac_transmit": (
        "transmit_link.retries",
        "transmit_link.state",
        "bit_transmitter.state",
        "deference.state",
    ),
    "mac_receive": ("state",),
    "hub_core": ("state",),
}
FEW = 4
"""Ports of the circuits between ports and core, if nothing else is asked for. With the most they are big."""

MODULES: dict[str, Circuit] = {block.func.__name__: Circuit(block, FEW) for block in _BETWEEN} | {
    block.func.__name__: Circuit(block, probes=_PROBES.get(block.func.__name__, ())) for block in _BLOCKS
}
"""Modules of the boxes, and the circuits that they are made of."""
