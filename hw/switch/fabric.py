"""A switch's fabric: the wires between its ports and its core, and the circuits behind them.

Lines of ports are bundled for the core, a bit per port: who wants to store a word or to fetch one, who offers
a frame to the relay, who has a link, room in the queue, nothing to do. The other way a bit of a bundle goes
to its port. What goes with such a pulse is on wires that all ports share. Two circuits stand between ports
and core: the packet memory, and the selection of an offer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hw.bundle import beside, broadcast, bundle_of, gather, scatter
from hw.switch.offer_select import offer_select
from hw.switch.packet_memory import packet_memory

Wires = Mapping[str, Any]

PORT_PINS = (
    *("store_request", "buffer_number", "store_index", "store_word", "store_granted"),
    *("offer", "header_0", "header_1", "header_2", "length", "early", "taken_early", "early_port", "sound"),
    *("served", "copies", "found_port", "returned", "returned_buffer"),
    *("fetch_request", "give_back", "fetch_owner", "fetch_buffer", "fetch_index", "fetch_granted", "fetched"),
    *("enqueue", "queued", "finish", "refused", "link", "room", "idle"),
)
CORE_PINS = (
    *(
        "store_requests",
        "fetch_requests",
        "any_store_request",
        "any_fetch_request",
        "store_grant",
        "fetch_grant",
    ),
    *("offers", "any_offer", "linked", "rooms", "idle_ports", "serving", "source_port"),
    *("header_0", "header_1", "header_2", "buffer_number", "length"),
    *("early", "taken_early", "early_port", "sound"),
    *("served", "copies", "found_port", "enqueue", "queued", "finish", "refused"),
)
"""Wires of a port and of the core, in the order in which the compiled twin takes them."""

GATHERED = {
    "store_request": "store_requests",
    "fetch_request": "fetch_requests",
    "offer": "offers",
    "link": "linked",
    "room": "rooms",
    "idle": "idle_ports",
}
"""Lines of a port, and their bundles at the core."""
SCATTERED = {
    "store_granted": "store_grant",
    "fetch_granted": "fetch_grant",
    "served": "served",
    "enqueue": "enqueue",
    "finish": "finish",
    "refused": "refused",
}
"""The other way."""
COMMON = ("copies", "found_port", "queued", "fetched", "returned_buffer")
"""Wires that are at every port."""


class Fabric:
    """The circuits in MyHDL, between the wires of `ports` (`PORT_PINS`) and the core's (`CORE_PINS`)."""

    def __init__(self, core: Wires, ports: Sequence[Wires]) -> None:
        def each(name: str) -> list[Any]:
            return [port[name] for port in ports]

        for line, bundle in GATHERED.items():
            gather(core[bundle], each(line), core.get(f"any_{line}"))
        for line, bundle in SCATTERED.items():
            scatter(core[bundle], each(line))
        for name in COMMON:
            if name not in _READ:
                broadcast(core[name], each(name))
        buffer_numbers = bundle_of(each("buffer_number"))
        returned = beside(each("returned"))
        scatter(returned, each("returned"))
        fetched, returned_buffer = (beside([ports[0][name]]) for name in _READ)
        broadcast(fetched, each("fetched"))
        broadcast(returned_buffer, each("returned_buffer"))
        memory = packet_memory(
            core_clk=core["core_clk"],
            store_choice=core["store_choice"],
            fetch_choice=core["fetch_choice"],
            port_buffer_number=buffer_numbers,
            **{f"port_{name}": bundle_of(each(name)) for name in _MEMORY_BUNDLES},
            fetched=fetched,
            port_returned=returned,
            returned_buffer=returned_buffer,
        )
        offer = offer_select(
            port_buffer_number=buffer_numbers,
            **{f"port_{name}": bundle_of(each(name)) for name in _OFFERED if name != "buffer_number"},
            **{name: core[name] for name in ("relay_clk", "turn", "source_port", *_OFFERED)},
        )
        self.blocks = [memory, offer]


_MEMORY_BUNDLES = ("store_index", "store_word", "give_back", "fetch_owner", "fetch_buffer", "fetch_index")
_READ = ("fetched", "returned_buffer")
_OFFERED = (
    *("header_0", "header_1", "header_2", "buffer_number", "length"),
    *("early", "taken_early", "early_port", "sound"),
)
