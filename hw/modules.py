"""All circuits by name: what can be converted, and what each must look like from outside."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from hw.adapter import (
    address_rom,
    addresses,
    counters,
    descriptors,
    flow_control,
    interrupts,
    mii_management,
    mii_registers,
    modes,
    registers,
)
from hw.hub import core, encoder, partition, port_receive
from hw.mac import (
    address_filter,
    backoff,
    bit_transmitter,
    crc32,
    defer_test,
    deference,
    frame_type,
    pause,
    receive,
    transmit,
    transmit_link,
    word_store,
)
from hw.mau import control_in, jabber, sqe_test
from hw.phy import link
from hw.phy import management as phy_management
from hw.phy import receive as phy_receive
from hw.phy import transmit as phy_transmit
from hw.ports import Port
from hw.switch import (
    ageing,
    arbiter,
    backpressure,
    buffers,
    duplex,
    egress,
    ingress,
    queue,
    relay,
    round_robin,
    table,
    transit,
)


@dataclass(frozen=True, slots=True)
class Circuit:
    """A MyHDL block, its declared ports, and the name of its clock ("" for none)."""

    block: Any
    ports: tuple[Port, ...]
    clock: str


def _circuit(file: ModuleType, name: str) -> tuple[str, Circuit]:
    return name, Circuit(getattr(file, name), file.PORTS, file.CLOCK)


MODULES: dict[str, Circuit] = dict(
    [
        _circuit(address_filter, "address_filter"),
        _circuit(address_rom, "address_rom"),
        _circuit(addresses, "addresses"),
        _circuit(backoff, "backoff_timer"),
        ("backoff_random", Circuit(backoff.backoff_random, backoff.RANDOM_PORTS, backoff.RANDOM_CLOCK)),
        _circuit(bit_transmitter, "bit_transmitter"),
        _circuit(crc32, "crc32"),
        _circuit(defer_test, "defer_test"),
        _circuit(deference, "deference"),
        _circuit(counters, "counters"),
        _circuit(descriptors, "descriptors"),
        _circuit(flow_control, "flow_control"),
        _circuit(frame_type, "frame_type"),
        _circuit(interrupts, "interrupts"),
        _circuit(transmit, "mac_transmit"),
        _circuit(receive, "mac_receive"),
        _circuit(core, "hub_core"),
        _circuit(encoder, "hub_encoder"),
        _circuit(partition, "hub_partition"),
        _circuit(port_receive, "hub_port_receive"),
        _circuit(mii_management, "mii_management"),
        _circuit(mii_registers, "mii_registers"),
        _circuit(modes, "modes"),
        _circuit(control_in, "control_in"),
        _circuit(jabber, "jabber_timer"),
        _circuit(sqe_test, "sqe_test"),
        _circuit(link, "link_integrity"),
        _circuit(pause, "pause_timer"),
        _circuit(phy_management, "phy_management"),
        _circuit(phy_receive, "phy_receive"),
        _circuit(phy_transmit, "phy_transmit"),
        _circuit(registers, "registers"),
        _circuit(ageing, "switch_ageing"),
        _circuit(arbiter, "switch_arbiter"),
        _circuit(backpressure, "backpressure"),
        _circuit(buffers, "frame_buffers"),
        _circuit(duplex, "switch_duplex"),
        _circuit(egress, "switch_egress"),
        _circuit(transit, "switch_transit"),
        _circuit(ingress, "switch_ingress"),
        _circuit(queue, "output_queue"),
        _circuit(relay, "switch_relay"),
        _circuit(round_robin, "round_robin"),
        _circuit(table, "address_table"),
        _circuit(transmit_link, "transmit_link"),
        _circuit(word_store, "word_store"),
    ]
)
"""Modules of the boxes, and the circuits that they are made of."""
